using System;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place between the brackets of an indexing expression.</summary>
    public readonly struct TensorIndex
    {
        internal readonly Kind Form;
        internal readonly long? Start;
        internal readonly long? Stop;
        internal readonly long? Step;
        internal readonly Tensor? Selector;

        private TensorIndex(
            Kind form,
            long? start = null,
            long? stop = null,
            long? step = null,
            Tensor? selector = null
        )
        {
            Form = form;
            Start = start;
            Stop = stop;
            Step = step;
            Selector = selector;
        }

        internal enum Kind
        {
            NewAxis,
            Single,
            Slice,
            Ellipsis,
            Bool,
            Tensor,
        }

        /// <summary>All dimensions that the other places leave.</summary>
        public static TensorIndex Ellipsis => new(Kind.Ellipsis);

        /// <summary>A new dimension of size one.</summary>
        public static TensorIndex None => new(Kind.NewAxis);

        /// <summary>A new dimension of size one.</summary>
        public static TensorIndex Null => new(Kind.NewAxis);

        /// <summary>A whole dimension.</summary>
        public static TensorIndex Colon => Slice();

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(Signed(index));

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(Kind.Slice, start, stop, step);

        public static TensorIndex Slice((int? start, int? end) range) =>
            Slice((long?)range.start, range.end);

        public static TensorIndex Slice(Range range) =>
            Slice(
                Signed(range.Start),
                range.End is { IsFromEnd: true, Value: 0 } ? null : Signed(range.End)
            );

        public static TensorIndex Bool(bool value) => new(Kind.Bool, value ? 1 : 0);

        public static TensorIndex Single(long? index) => new(Kind.Single, index);

        /// <summary>Whole numbers choose elements; truth values keep those at which they are true.</summary>
        public static TensorIndex Tensor(Tensor tensor) => new(Kind.Tensor, selector: tensor);

        private static long Signed(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
