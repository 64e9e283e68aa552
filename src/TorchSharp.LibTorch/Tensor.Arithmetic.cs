namespace TorchSharp;

public static partial class torch
{
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    public partial class Tensor
    {
        public Tensor add(Tensor target) => Ops.add_tensor.Call(this, target);

        /// <summary>This plus alpha times target.</summary>
        public Tensor add(Tensor target, Scalar alpha) => Ops.add_tensor.Call(this, target, alpha);

        public Tensor add(Scalar scalar) => Ops.add_scalar.Call(this, scalar);

        public Tensor add(Scalar scalar, Scalar alpha) => Ops.add_scalar.Call(this, scalar, alpha);

        public Tensor add_(Tensor target) => Ops.add_tensor_.Change(this, this, target);

        public Tensor add_(Tensor target, Scalar alpha) =>
            Ops.add_tensor_.Change(this, this, target, alpha);

        public Tensor add_(Scalar scalar) => Ops.add_scalar_.Change(this, this, scalar);

        public Tensor add_(Scalar scalar, Scalar alpha) =>
            Ops.add_scalar_.Change(this, this, scalar, alpha);

        public Tensor sub(Tensor target) => Ops.sub_tensor.Call(this, target);

        public Tensor sub(Scalar target) => Ops.sub_scalar.Call(this, target);

        public Tensor subtract(Tensor target) => sub(target);

        public Tensor subtract(Scalar target) => sub(target);

        public Tensor sub_(Tensor target) => Ops.sub_tensor_.Change(this, this, target);

        public Tensor sub_(Scalar target) => Ops.sub_scalar_.Change(this, this, target);

        public Tensor subtract_(Tensor target) => sub_(target);

        public Tensor subtract_(Scalar target) => sub_(target);

        public Tensor mul(Tensor target) => Ops.mul_tensor.Call(this, target);

        public Tensor mul(Scalar target) => Ops.mul_scalar.Call(this, target);

        public Tensor multiply(Tensor target) => mul(target);

        public Tensor multiply(Scalar target) => mul(target);

        public Tensor mul_(Tensor target) => Ops.mul_tensor_.Change(this, this, target);

        public Tensor mul_(Scalar target) => Ops.mul_scalar_.Change(this, this, target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? Ops.div_tensor.Call(this, target)
                : Ops.div_tensor_mode.Call(this, target, Mode(rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? Ops.div_scalar.Call(this, target)
                : Ops.div_scalar_mode.Call(this, target, Mode(rounding_mode));

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            div(target, rounding_mode);

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            div(target, rounding_mode);

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Ops.div_tensor_mode_.Change(this, this, target, Mode(rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Ops.div_scalar_mode_.Change(this, this, target, Mode(rounding_mode));

        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            div_(target, rounding_mode);

        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            div_(target, rounding_mode);

        public Tensor floor_divide(Tensor other) => Ops.floor_divide.Call(this, other);

        public Tensor floor_divide(Scalar other) => Ops.floor_divide_scalar.Call(this, other);

        public Tensor remainder(Tensor target) => Ops.remainder_tensor.Call(this, target);

        public Tensor remainder(Scalar scalar) => Ops.remainder_scalar.Call(this, scalar);

        public Tensor fmod(Tensor target) => Ops.fmod_tensor.Call(this, target);

        public Tensor fmod(Scalar scalar) => Ops.fmod_scalar.Call(this, scalar);

        public Tensor pow(Tensor exponent) => Ops.pow_tensor.Call(this, exponent);

        public Tensor pow(Scalar exponent) => Ops.pow_scalar.Call(this, exponent);

        public Tensor pow_(Tensor exponent) => Ops.pow_tensor_.Change(this, this, exponent);

        public Tensor pow_(Scalar exponent) => Ops.pow_scalar_.Change(this, this, exponent);

        public Tensor float_power(Tensor target) => Ops.float_power.Call(this, target);

        public Tensor atan2(Tensor other) => Ops.atan2.Call(this, other);

        public Tensor hypot(Tensor other) => Ops.hypot.Call(this, other);

        public Tensor logaddexp(Tensor other) => Ops.logaddexp.Call(this, other);

        public Tensor xlogy(Tensor y) => Ops.xlogy_tensor.Call(this, y);

        public Tensor xlogy(Scalar y) => Ops.xlogy_scalar.Call(this, y);

        /// <summary>This plus value times tensor1 times tensor2.</summary>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Ops.addcmul.Call(this, tensor1, tensor2, value);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Ops.addcmul_.Change(this, this, tensor1, tensor2, value);

        /// <summary>This plus value times tensor1 over tensor2.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Ops.addcdiv.Call(this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) =>
            Ops.addcdiv.Call(this, tensor1, tensor2);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Ops.addcdiv_.Change(this, this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) =>
            Ops.addcdiv_.Change(this, this, tensor1, tensor2);

        /// <summary>This plus weight times the difference of end and this.</summary>
        public Tensor lerp(Tensor end, Tensor weight) => Ops.lerp.Call(this, end, weight);

        public Tensor lerp_(Tensor end, Tensor weight) => Ops.lerp_.Change(this, this, end, weight);

        public Tensor maximum(Tensor other) => Ops.maximum.Call(this, other);

        public Tensor minimum(Tensor other) => Ops.minimum.Call(this, other);

        /// <summary>As maximum, but a NaN on one side yields the other.</summary>
        public Tensor fmax(Tensor other) => Ops.fmax.Call(this, other);

        public Tensor fmin(Tensor other) => Ops.fmin.Call(this, other);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) =>
            Ops.clamp.Call(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) =>
            Ops.clamp_tensor.Call(this, Arg.Optional(min), Arg.Optional(max));

        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) =>
            Ops.clamp_.Change(this, this, min, max);

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) =>
            Ops.clamp_tensor_.Change(this, this, Arg.Optional(min), Arg.Optional(max));

        public Tensor clamp_max(Scalar max) => Ops.clamp_max.Call(this, max);

        public Tensor clamp_max_(Scalar max) => Ops.clamp_max_.Change(this, this, max);

        public Tensor clamp_min(Scalar min) => Ops.clamp_min.Call(this, min);

        public Tensor clamp_min_(Scalar min) => Ops.clamp_min_.Change(this, this, min);

        /// <summary>Replaces NaN and infinities; without a replacement, an infinity becomes the type's largest or least.</summary>
        public Tensor nan_to_num(double nan = 0d, double? posinf = null, double? neginf = null) =>
            Ops.nan_to_num.Call(this, nan, posinf, neginf);

        private static string? Mode(RoundingMode mode) =>
            mode switch
            {
                RoundingMode.trunc => "trunc",
                RoundingMode.floor => "floor",
                _ => null,
            };
    }
}
