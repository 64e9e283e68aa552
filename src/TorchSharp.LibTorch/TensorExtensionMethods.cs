using System;
using System.Globalization;
using System.Linq;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>How ToString writes a tensor. This engine writes Metadata, and the elements in one form for the others.</summary>
public enum TensorStringStyle
{
    Metadata,
    Julia,
    Numpy,
    Default,
}

public static class TensorExtensionMethods
{
    public static float ToSingle(this Tensor value) => value.ToScalar().ToSingle();

    public static double ToDouble(this Tensor value) => value.ToScalar().ToDouble();

    public static sbyte ToSByte(this Tensor value) => value.ToScalar().ToSByte();

    public static byte ToByte(this Tensor value) => value.ToScalar().ToByte();

    public static short ToInt16(this Tensor value) => value.ToScalar().ToInt16();

    public static int ToInt32(this Tensor value) => value.ToScalar().ToInt32();

    public static long ToInt64(this Tensor value) => value.ToScalar().ToInt64();

    public static bool ToBoolean(this Tensor value) => value.ToScalar().ToBoolean();

    /// <summary>Shape, type and device, and the elements unless the style is Metadata.</summary>
    public static string str(
        this Tensor tensor,
        string? fltFormat = null,
        int? width = null,
        string? newLine = "\n",
        CultureInfo? cultureInfo = null,
        TensorStringStyle style = TensorStringStyle.Default
    ) => tensor.ToString(style, fltFormat, width, cultureInfo, newLine);
}

public static partial class torch
{
    public partial class Tensor
    {
        public override string ToString() =>
            IsInvalid ? "" : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        public string ToString(
            TensorStringStyle style,
            string? fltFormat = null,
            int? width = null,
            CultureInfo? cultureInfo = null,
            string? newLine = null
        )
        {
            if (IsInvalid || style == TensorStringStyle.Metadata)
            {
                return ToString();
            }

            using DisposeScope scope = NewDisposeScope();
            double[] elements = detach().cpu().to_type(ScalarType.Float64).data<double>().ToArray();
            var text = new StringBuilder(ToString()).Append(", value = ");
            int next = 0;
            Write(
                text,
                shape,
                0,
                elements,
                ref next,
                fltFormat ?? "g5",
                cultureInfo ?? CultureInfo.CurrentCulture
            );
            return text.ToString();
        }

        private static void Write(
            StringBuilder text,
            long[] shape,
            int dim,
            double[] elements,
            ref int next,
            string format,
            CultureInfo culture
        )
        {
            if (dim == shape.Length)
            {
                text.Append(elements[next++].ToString(format, culture));
                return;
            }

            text.Append('[');
            for (long i = 0; i < shape[dim]; i++)
            {
                text.Append(i == 0 ? "" : ", ");
                Write(text, shape, dim + 1, elements, ref next, format, culture);
            }

            text.Append(']');
        }
    }
}
