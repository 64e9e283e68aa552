namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Ops.eq_tensor.Call(this, target);

        public Tensor eq(Scalar target) => Ops.eq_scalar.Call(this, target);

        public Tensor eq_(Tensor target) => Ops.eq_tensor_.Change(this, this, target);

        public Tensor eq_(Scalar target) => Ops.eq_scalar_.Change(this, this, target);

        public Tensor ne(Tensor target) => Ops.ne_tensor.Call(this, target);

        public Tensor ne(Scalar target) => Ops.ne_scalar.Call(this, target);

        public Tensor ne_(Tensor target) => Ops.ne_tensor_.Change(this, this, target);

        public Tensor ne_(Scalar target) => Ops.ne_scalar_.Change(this, this, target);

        public Tensor not_equal(Tensor target) => ne(target);

        public Tensor lt(Tensor target) => Ops.lt_tensor.Call(this, target);

        public Tensor lt(Scalar target) => Ops.lt_scalar.Call(this, target);

        public Tensor lt_(Tensor target) => Ops.lt_tensor_.Change(this, this, target);

        public Tensor lt_(Scalar target) => Ops.lt_scalar_.Change(this, this, target);

        public Tensor less(Tensor target) => lt(target);

        public Tensor le(Tensor target) => Ops.le_tensor.Call(this, target);

        public Tensor le(Scalar target) => Ops.le_scalar.Call(this, target);

        public Tensor le_(Tensor target) => Ops.le_tensor_.Change(this, this, target);

        public Tensor le_(Scalar target) => Ops.le_scalar_.Change(this, this, target);

        public Tensor less_equal(Tensor target) => le(target);

        public Tensor gt(Tensor target) => Ops.gt_tensor.Call(this, target);

        public Tensor gt(Scalar target) => Ops.gt_scalar.Call(this, target);

        public Tensor gt_(Tensor target) => Ops.gt_tensor_.Change(this, this, target);

        public Tensor gt_(Scalar target) => Ops.gt_scalar_.Change(this, this, target);

        public Tensor greater(Tensor target) => gt(target);

        public Tensor ge(Tensor target) => Ops.ge_tensor.Call(this, target);

        public Tensor ge(Scalar target) => Ops.ge_scalar.Call(this, target);

        public Tensor ge_(Tensor target) => Ops.ge_tensor_.Change(this, this, target);

        public Tensor ge_(Scalar target) => Ops.ge_scalar_.Change(this, this, target);

        public Tensor greater_equal(Tensor target) => ge(target);

        public Tensor logical_and(Tensor other) => Ops.logical_and.Call(this, other);

        public Tensor logical_and_(Tensor other) => Ops.logical_and_.Change(this, this, other);

        public Tensor bitwise_and(Tensor other) => Ops.bitwise_and.Call(this, other);

        public Tensor logical_or(Tensor other) => Ops.logical_or.Call(this, other);

        public Tensor logical_or_(Tensor other) => Ops.logical_or_.Change(this, this, other);

        public Tensor bitwise_or(Tensor other) => Ops.bitwise_or.Call(this, other);

        public Tensor logical_xor(Tensor other) => Ops.logical_xor.Call(this, other);

        public Tensor logical_xor_(Tensor other) => Ops.logical_xor_.Change(this, this, other);

        public Tensor bitwise_xor(Tensor other) => Ops.bitwise_xor.Call(this, other);

        /// <summary>Elementwise, as <see cref="eq(Tensor)"/>; for one truth value use Equals.</summary>
        public Tensor equal(Tensor target) => eq(target);

        /// <summary>Same shape and same elements.</summary>
        public bool Equals(Tensor? target) =>
            target is not null && Ops.equal.CallValue(this, target).Int != 0;

        public bool allclose(
            Tensor target,
            double rtol = 1e-05,
            double atol = 1e-08,
            bool equal_nan = false
        ) =>
            target is not null
            && Ops.allclose.CallValue(this, target, rtol, atol, equal_nan).Int != 0;

        public Tensor isclose(
            Tensor other,
            double rtol = 1e-05,
            double atol = 1e-08,
            bool nanEqual = false
        ) => Ops.isclose.Call(this, other, rtol, atol, nanEqual);

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);

        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);

        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);

        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);

        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);

        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);

        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);

        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);

        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);

        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);

        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);

        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);

        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);

        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);

        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);

        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);

        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);

        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);

        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);

        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);

        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);

        public static Tensor operator ~(Tensor left) => left.bitwise_not();
    }
}
