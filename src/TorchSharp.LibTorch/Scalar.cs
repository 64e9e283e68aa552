using System;

namespace TorchSharp;

/// <summary>A number whose kind (integer, floating point, truth value) is decided at run time.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly Tag Tag;
    internal readonly long Bits;

    internal Scalar(long value, torch.ScalarType type)
    {
        Tag = type == torch.ScalarType.Bool ? Tag.Bool : Tag.Int;
        Bits = value;
        Type = type == torch.ScalarType.Bool ? type : torch.ScalarType.Int64;
    }

    internal Scalar(double value)
    {
        Tag = Tag.Double;
        Bits = BitConverter.DoubleToInt64Bits(value);
        Type = torch.ScalarType.Float64;
    }

    /// <summary>Int64, Float64 or Bool: a scalar keeps no narrower type.</summary>
    public torch.ScalarType Type { get; }

    internal double Double => Tag == Tag.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long Int => Tag == Tag.Double ? (long)Double : Bits;

    public static implicit operator Scalar(byte value) => value.ToScalar();

    public static implicit operator Scalar(sbyte value) => value.ToScalar();

    public static implicit operator Scalar(short value) => value.ToScalar();

    public static implicit operator Scalar(int value) => value.ToScalar();

    public static implicit operator Scalar(long value) => value.ToScalar();

    public static implicit operator Scalar(float value) => value.ToScalar();

    public static implicit operator Scalar(double value) => value.ToScalar();

    public static implicit operator Scalar(bool value) => value.ToScalar();

    public void Dispose()
    {
        // Nothing native is held; TorchSharp's callers dispose.
    }
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => new(value, torch.ScalarType.Int64);

    public static Scalar ToScalar(this sbyte value) => new(value, torch.ScalarType.Int64);

    public static Scalar ToScalar(this short value) => new(value, torch.ScalarType.Int64);

    public static Scalar ToScalar(this int value) => new(value, torch.ScalarType.Int64);

    public static Scalar ToScalar(this long value) => new(value, torch.ScalarType.Int64);

    public static Scalar ToScalar(this float value) => new(value);

    public static Scalar ToScalar(this double value) => new(value);

    public static Scalar ToScalar(this bool value) => new(value ? 1 : 0, torch.ScalarType.Bool);

    public static float ToSingle(this Scalar value) => (float)value.Double;

    public static double ToDouble(this Scalar value) => value.Double;

    public static sbyte ToSByte(this Scalar value) => checked((sbyte)value.Int);

    public static byte ToByte(this Scalar value) => checked((byte)value.Int);

    public static short ToInt16(this Scalar value) => checked((short)value.Int);

    public static int ToInt32(this Scalar value) => checked((int)value.Int);

    public static long ToInt64(this Scalar value) => value.Int;

    public static bool ToBoolean(this Scalar value) => value.Double != 0;
}
