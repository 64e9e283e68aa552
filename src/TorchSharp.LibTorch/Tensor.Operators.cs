namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) =>
            Ops.add_tensor.Call(left, right);

        public static Tensor operator +(Tensor left, Scalar right) =>
            Ops.add_scalar.Call(left, right);

        public static Tensor operator +(Scalar left, Tensor right) =>
            Ops.add_scalar.Call(right, left);

        public static Tensor operator +(Tensor left, int right) => Ops.add_scalar.Call(left, right);

        public static Tensor operator +(Tensor left, long right) =>
            Ops.add_scalar.Call(left, right);

        public static Tensor operator +(Tensor left, float right) =>
            Ops.add_scalar.Call(left, right);

        public static Tensor operator +(Tensor left, double right) =>
            Ops.add_scalar.Call(left, right);

        public static Tensor operator +(int left, Tensor right) => Ops.add_scalar.Call(right, left);

        public static Tensor operator +(long left, Tensor right) =>
            Ops.add_scalar.Call(right, left);

        public static Tensor operator +(float left, Tensor right) =>
            Ops.add_scalar.Call(right, left);

        public static Tensor operator +(double left, Tensor right) =>
            Ops.add_scalar.Call(right, left);

        public static Tensor operator *(Tensor left, Tensor right) =>
            Ops.mul_tensor.Call(left, right);

        public static Tensor operator *(Tensor left, Scalar right) =>
            Ops.mul_scalar.Call(left, right);

        public static Tensor operator *(Scalar left, Tensor right) =>
            Ops.mul_scalar.Call(right, left);

        public static Tensor operator *(Tensor left, int right) => Ops.mul_scalar.Call(left, right);

        public static Tensor operator *(Tensor left, long right) =>
            Ops.mul_scalar.Call(left, right);

        public static Tensor operator *(Tensor left, float right) =>
            Ops.mul_scalar.Call(left, right);

        public static Tensor operator *(Tensor left, double right) =>
            Ops.mul_scalar.Call(left, right);

        public static Tensor operator *(int left, Tensor right) => Ops.mul_scalar.Call(right, left);

        public static Tensor operator *(long left, Tensor right) =>
            Ops.mul_scalar.Call(right, left);

        public static Tensor operator *(float left, Tensor right) =>
            Ops.mul_scalar.Call(right, left);

        public static Tensor operator *(double left, Tensor right) =>
            Ops.mul_scalar.Call(right, left);

        public static Tensor operator -(Tensor left, Tensor right) =>
            Ops.sub_tensor.Call(left, right);

        public static Tensor operator -(Tensor left, Scalar right) =>
            Ops.sub_scalar.Call(left, right);

        public static Tensor operator -(Scalar left, Tensor right) =>
            Ops.rsub_scalar.Call(right, left);

        public static Tensor operator -(Tensor left, int right) => Ops.sub_scalar.Call(left, right);

        public static Tensor operator -(Tensor left, long right) =>
            Ops.sub_scalar.Call(left, right);

        public static Tensor operator -(Tensor left, float right) =>
            Ops.sub_scalar.Call(left, right);

        public static Tensor operator -(Tensor left, double right) =>
            Ops.sub_scalar.Call(left, right);

        public static Tensor operator -(int left, Tensor right) =>
            Ops.rsub_scalar.Call(right, left);

        public static Tensor operator -(long left, Tensor right) =>
            Ops.rsub_scalar.Call(right, left);

        public static Tensor operator -(float left, Tensor right) =>
            Ops.rsub_scalar.Call(right, left);

        public static Tensor operator -(double left, Tensor right) =>
            Ops.rsub_scalar.Call(right, left);

        public static Tensor operator /(Tensor left, Tensor right) =>
            Ops.div_tensor.Call(left, right);

        public static Tensor operator /(Tensor left, Scalar right) =>
            Ops.div_scalar.Call(left, right);

        public static Tensor operator /(Scalar left, Tensor right) => right.reciprocal().mul(left);

        public static Tensor operator /(Tensor left, int right) => Ops.div_scalar.Call(left, right);

        public static Tensor operator /(Tensor left, long right) =>
            Ops.div_scalar.Call(left, right);

        public static Tensor operator /(Tensor left, float right) =>
            Ops.div_scalar.Call(left, right);

        public static Tensor operator /(Tensor left, double right) =>
            Ops.div_scalar.Call(left, right);

        public static Tensor operator /(int left, Tensor right) => right.reciprocal().mul(left);

        public static Tensor operator /(long left, Tensor right) => right.reciprocal().mul(left);

        public static Tensor operator /(float left, Tensor right) => right.reciprocal().mul(left);

        public static Tensor operator /(double left, Tensor right) => right.reciprocal().mul(left);

        public static Tensor operator %(Tensor left, Tensor right) =>
            Ops.remainder_tensor.Call(left, right);

        public static Tensor operator %(Tensor left, Scalar right) =>
            Ops.remainder_scalar.Call(left, right);

        public static Tensor operator %(Tensor left, int right) =>
            Ops.remainder_scalar.Call(left, right);

        public static Tensor operator %(Tensor left, long right) =>
            Ops.remainder_scalar.Call(left, right);

        public static Tensor operator %(Tensor left, float right) =>
            Ops.remainder_scalar.Call(left, right);

        public static Tensor operator %(Tensor left, double right) =>
            Ops.remainder_scalar.Call(left, right);

        public static Tensor operator -(Tensor tensor) => tensor.neg();
    }
}
