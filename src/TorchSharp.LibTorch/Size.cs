using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The sizes of a tensor's dimensions.</summary>
    public struct Size : IEnumerable<long>
    {
        private readonly long[] sizes;

        public Size(long[] shape) => sizes = shape;

        public Size(int[] shape) => sizes = shape.Select(size => (long)size).ToArray();

        public Size(long size) => sizes = [size];

        public Size(int size) => sizes = [size];

        public readonly int Length => sizes.Length;

        internal readonly long[] Shape => sizes;

        public readonly long this[int idx] => sizes[idx];

        public readonly long this[long idx] => sizes[idx];

        public static implicit operator Size(long size) => new(size);

        /// <summary>The product of the sizes.</summary>
        public readonly long numel() => sizes.Aggregate(1L, (product, size) => product * size);

        public readonly IEnumerator<long> GetEnumerator() => sizes.AsEnumerable().GetEnumerator();

        readonly IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
