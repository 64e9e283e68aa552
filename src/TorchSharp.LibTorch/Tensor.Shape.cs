using System;
using System.Collections.Generic;
using System.Linq;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The same elements in another shape, a view where the strides allow; one size may be -1.</summary>
        public Tensor reshape(params long[] shape) => Ops.reshape.Call(this, shape);

        /// <summary>As reshape, but fails where it would have to copy.</summary>
        public Tensor view(params long[] shape) => Ops.view.Call(this, shape);

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            Ops.flatten.Call(this, start_dim, end_dim);

        public Tensor ravel() => Ops.ravel.Call(this);

        /// <summary>One dimension becomes several, whose sizes multiply to its size.</summary>
        public Tensor unflatten(long dim, params long[] sizes) =>
            dim < 0 || dim >= ndim ? throw new ArgumentException($"Invalid 'dim' argument: {dim}.")
            : sizes.Length == 0 ? throw new ArgumentException("The number of output sizes is zero.")
            : Ops.unflatten.Call(this, dim, sizes);

        public Tensor unflatten(long dim, Size sizes) => unflatten(dim, sizes.Shape);

        public Tensor squeeze(long? dim = null) =>
            dim is null ? Ops.squeeze.Call(this) : Ops.squeeze_dim.Call(this, dim.Value);

        public Tensor squeeze_(long? dim = null) =>
            dim is null
                ? Ops.squeeze_.Change(this, this)
                : Ops.squeeze_dim_.Change(this, this, dim.Value);

        public Tensor unsqueeze(long dim) => Ops.unsqueeze.Call(this, dim);

        public Tensor unsqueeze_(long dim) => Ops.unsqueeze_.Change(this, this, dim);

        public Tensor t() => Ops.t.Call(this);

        /// <summary>A view with the dimensions in reverse order.</summary>
        public Tensor T =>
            permute(Enumerable.Range(0, (int)ndim).Reverse().Select(i => (long)i).ToArray());

        /// <summary>A view with the last two dimensions swapped.</summary>
        public Tensor mT => transpose(-2, -1);

        public Tensor transpose(long dim0, long dim1) => Ops.transpose.Call(this, dim0, dim1);

        public Tensor transpose_(long dim0, long dim1) =>
            Ops.transpose_.Change(this, this, dim0, dim1);

        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor permute(params long[] permutation) => Ops.permute.Call(this, permutation);

        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());

        public Tensor movedim(long[] source, long[] destination) =>
            Ops.movedim.Call(this, source, destination);

        public Tensor moveaxis(long[] source, long[] destination) => movedim(source, destination);

        /// <summary>A view in which dimensions of size one are repeated; -1 keeps a size.</summary>
        public Tensor expand(long[] sizes, bool isImplicit = false) =>
            Ops.expand.Call(this, sizes, isImplicit);

        public Tensor expand(params long[] sizes) => Ops.expand.Call(this, sizes);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) =>
            expand(sizes.ToArray(), isImplicit);

        public Tensor expand(Size sizes, bool isImplicit = false) =>
            expand(sizes.Shape, isImplicit);

        public Tensor expand_as(Tensor other) => expand(other.shape);

        public Tensor broadcast_to(params long[] shape) => Ops.broadcast_to.Call(this, shape);

        /// <summary>Copies of the whole tensor, side by side along each dimension.</summary>
        public Tensor repeat(params long[] sizes) => Ops.repeat.Call(this, sizes);

        public Tensor tile(long[] reps) => Ops.tile.Call(this, reps);

        /// <summary>Each element repeated in place; without dim the tensor is flattened first.</summary>
        public Tensor repeat_interleave(
            Tensor repeats,
            long? dim = null,
            long? output_size = null
        ) => Ops.repeat_interleave_tensor.Call(this, repeats, dim, output_size);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Ops.repeat_interleave.Call(this, repeats, dim, output_size);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0L) =>
            Ops.as_strided.Call(this, size, strides, storageOffset);

        /// <summary>Windows of that size along a dimension, as a new last dimension.</summary>
        public Tensor unfold(long dimension, long size, long step) =>
            Ops.unfold.Call(this, dimension, size, step);

        public Tensor contiguous() => Ops.contiguous.Call(this);

        public Tensor flip(params long[] dims) => Ops.flip.Call(this, dims);

        /// <summary>Elements that leave at one end come in at the other; without dims the tensor is flattened first.</summary>
        public Tensor roll(long shifts, long? dims = null) =>
            dims is null
                ? Ops.roll.Call(this, new[] { shifts })
                : Ops.roll.Call(this, new[] { shifts }, new[] { dims.Value });

        public Tensor roll(long[] shifts, long[] dims) => Ops.roll.Call(this, shifts, dims);

        public Tensor roll(long[] shifts) => roll(shifts, [0]);
    }

    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);

    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) =>
        input.flatten(start_dim, end_dim);

    public static Tensor ravel(Tensor input) => input.ravel();

    public static Tensor unflatten(Tensor input, long dim, params long[] sizes) =>
        input.unflatten(dim, sizes);

    public static Tensor unflatten(Tensor input, long dim, Size sizes) =>
        input.unflatten(dim, sizes);

    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);

    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);

    public static Tensor t(Tensor input) => input.t();

    public static Tensor transpose(Tensor input, long dim0, long dim1) =>
        input.transpose(dim0, dim1);

    public static Tensor swapdims(Tensor input, long dim0, long dim1) => input.swapdims(dim0, dim1);

    public static Tensor permute(Tensor input, params long[] permutation) =>
        input.permute(permutation);

    public static Tensor movedim(Tensor input, long source, long destination) =>
        input.movedim([source], [destination]);

    public static Tensor movedim(Tensor input, long[] source, long[] destination) =>
        input.movedim(source, destination);

    public static Tensor broadcast_to(Tensor input, params long[] shape) =>
        input.broadcast_to(shape);

    public static Tensor tile(Tensor input, long[] dims) => input.tile(dims);

    public static Tensor repeat_interleave(
        Tensor input,
        long repeats,
        long? dim = null,
        long? output_size = null
    ) => input.repeat_interleave(repeats, dim, output_size);

    public static Tensor repeat_interleave(
        Tensor input,
        Tensor repeats,
        long? dim = null,
        long? output_size = null
    ) => input.repeat_interleave(repeats, dim, output_size);

    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);

    public static Tensor roll(Tensor input, long shifts, long? dims = null) =>
        input.roll(shifts, dims);

    public static Tensor roll(Tensor input, long[] shifts, long[] dims) => input.roll(shifts, dims);

    public static Tensor roll(Tensor input, long[] shifts) => input.roll(shifts);
}
