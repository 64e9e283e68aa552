using System;
using System.Collections.Generic;
using System.Linq;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Side by side along a dimension in which alone the shapes may differ; of one tensor, another handle on it.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) =>
        tensors.Count switch
        {
            0 => throw new ArgumentException(nameof(tensors)),
            1 => tensors[0].alias(),
            _ => Ops.cat.Call(Array(tensors), dim),
        };

    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    /// <summary>Along a new dimension; the shapes must be equal.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) =>
        Ops.stack.Call(Array(tensors), dim);

    public static Tensor hstack(IList<Tensor> tensors) => Ops.hstack.Call(Array(tensors));

    public static Tensor vstack(IList<Tensor> tensors) => Ops.vstack.Call(Array(tensors));

    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) =>
        input.chunk(chunks, dim);

    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0L) =>
        tensor.split(split_size_or_sections, dim);

    public static Tensor[] unbind(Tensor input, long dim = 0L) => input.unbind(dim);

    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") =>
        Ops.meshgrid.CallList(Array(tensors), indexing);

    private static Tensor[] Array(IEnumerable<Tensor> tensors) =>
        tensors as Tensor[] ?? tensors.ToArray();

    public partial class Tensor
    {
        /// <summary>Views of about equal size; the last may be smaller.</summary>
        public Tensor[] chunk(long chunks, long dim = 0L) => Ops.chunk.CallList(this, chunks, dim);

        public Tensor[] split(long size, int dim = 0) => Ops.split.CallList(this, size, dim);

        public Tensor[] split(long[] sizes, long dim = 0) =>
            Ops.split_with_sizes.CallList(this, sizes, dim);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) =>
            split(sizes.ToArray(), dim);

        public Tensor[] split(params long[] sizes) => split(sizes, 0L);

        public Tensor[] tensor_split(long size, long dim = 0L) =>
            Ops.tensor_split.CallList(this, size, dim);

        /// <summary>A view of each slice along a dimension, without that dimension.</summary>
        public Tensor[] unbind(long dimension = 0L) => Ops.unbind.CallList(this, dimension);
    }
}
