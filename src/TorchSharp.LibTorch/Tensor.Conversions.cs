using System;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public static implicit operator Tensor(byte value) => Scalar0<byte>(value);

        public static implicit operator Tensor(sbyte value) => Scalar0<sbyte>(value);

        public static implicit operator Tensor(short value) => Scalar0<short>(value);

        public static implicit operator Tensor(int value) => Scalar0<int>(value);

        public static implicit operator Tensor(long value) => Scalar0<long>(value);

        public static implicit operator Tensor(float value) => Scalar0<float>(value);

        public static implicit operator Tensor(double value) => Scalar0<double>(value);

        public static implicit operator Tensor(bool value) => Scalar0<bool>(value);

        public static implicit operator Tensor(byte[] value) =>
            FromData<byte>(value, [value.LongLength], null, null, false, null);

        public static implicit operator Tensor(sbyte[] value) =>
            FromData<sbyte>(value, [value.LongLength], null, null, false, null);

        public static implicit operator Tensor(short[] value) =>
            FromData<short>(value, [value.LongLength], null, null, false, null);

        public static implicit operator Tensor(int[] value) =>
            FromData<int>(value, [value.LongLength], null, null, false, null);

        public static implicit operator Tensor(long[] value) =>
            FromData<long>(value, [value.LongLength], null, null, false, null);

        public static implicit operator Tensor(float[] value) =>
            FromData<float>(value, [value.LongLength], null, null, false, null);

        public static implicit operator Tensor(double[] value) =>
            FromData<double>(value, [value.LongLength], null, null, false, null);

        public static implicit operator Tensor(bool[] value) =>
            FromData<bool>(value, [value.LongLength], null, null, false, null);

        // C# must find two conversions and call it ambiguous, as it does with TorchSharp, rather than take this one.
        public static implicit operator Tensor(Scalar scalar) =>
            throw new InvalidOperationException("Should not be called.");

        private static Tensor Scalar0<T>(T value)
            where T : unmanaged => FromData<T>([value], [], null, null, false, null);
    }
}
