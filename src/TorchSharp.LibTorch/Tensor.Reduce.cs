using System;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Ops.sum.Call(this, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) =>
            Ops.sum_dim.Call(this, dim, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            sum(dim.ToArray(), keepdim, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            Ops.sum_dim.Call(this, dim, keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) =>
            sum([dim0, dim1], keepdim, type);

        public Tensor sum(
            long dim0,
            long dim1,
            long dim2,
            bool keepdim = false,
            ScalarType? type = null
        ) => sum([dim0, dim1, dim2], keepdim, type);

        public Tensor mean() => Ops.mean.Call(this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Ops.mean_dim.Call(this, dimensions, keepdim, type);

        public Tensor prod(ScalarType? type = null) => Ops.prod.Call(this, type);

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) =>
            Ops.prod_dim.Call(this, dim, keepdim, type);

        /// <summary>Divides by n - 1, or by n if not unbiased.</summary>
        public Tensor var(bool unbiased = true) => Ops.var.Call(this, unbiased);

        /// <summary>Divides by n - 1, or by n if not unbiased. As in TorchSharp, the type is not used.</summary>
        public Tensor var(
            long[] dimensions,
            bool unbiased = true,
            bool keepdim = false,
            ScalarType? type = null
        ) => Ops.var_dim.Call(this, dimensions, unbiased, keepdim);

        public Tensor var(
            ReadOnlySpan<long> dimensions,
            bool unbiased = true,
            bool keepdim = false,
            ScalarType? type = null
        ) => var(dimensions.ToArray(), unbiased, keepdim, type);

        public Tensor var(
            long dim,
            bool unbiased = true,
            bool keepdim = false,
            ScalarType? type = null
        ) => var([dim], unbiased, keepdim, type);

        public Tensor std(bool unbiased = true) => Ops.std.Call(this, unbiased);

        public Tensor std(
            long[] dimensions,
            bool unbiased = true,
            bool keepdim = false,
            ScalarType? type = null
        ) => Ops.std_dim.Call(this, dimensions, unbiased, keepdim);

        public Tensor std(
            ReadOnlySpan<long> dimensions,
            bool unbiased = true,
            bool keepdim = false,
            ScalarType? type = null
        ) => std(dimensions.ToArray(), unbiased, keepdim, type);

        public Tensor std(
            long dim,
            bool unbiased = true,
            bool keepdim = false,
            ScalarType? type = null
        ) => std([dim], unbiased, keepdim, type);

        public (Tensor @var, Tensor mean) var_mean(bool unbiased = true) =>
            Ops.var_mean.Call2(this, unbiased);

        public (Tensor std, Tensor mean) std_mean(bool unbiased = true) =>
            Ops.std_mean.Call2(this, unbiased);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null
                ? Ops.amax.Call(this, dims, keepdim)
                : Ops.amax_out.Call(this, dims, keepdim, @out);

        public Tensor amax(params long[] dims) => amax(dims, false, null);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            amax(dims.ToArray(), keepdim, @out);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null
                ? Ops.amin.Call(this, dims, keepdim)
                : Ops.amin_out.Call(this, dims, keepdim, @out);

        public Tensor amin(params long[] dims) => amin(dims, false, null);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            amin(dims.ToArray(), keepdim, @out);

        public Tensor max() => Ops.max.Call(this);

        public Tensor max(Tensor other) => maximum(other);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) =>
            Ops.max_dim.Call2(this, dim, keepdim);

        public Tensor min() => Ops.min.Call(this);

        public Tensor min(Tensor other) => minimum(other);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) =>
            Ops.min_dim.Call2(this, dim, keepdim);

        /// <summary>Index into the flattened tensor.</summary>
        public Tensor argmax() => Ops.argmax.Call(this);

        public Tensor argmax(long dim, bool keepdim = false) => Ops.argmax.Call(this, dim, keepdim);

        public Tensor argmin() => Ops.argmin.Call(this);

        public Tensor argmin(long dim, bool keepdim = false) => Ops.argmin.Call(this, dim, keepdim);

        public Tensor all() => Ops.all.Call(this);

        public Tensor all(long dim, bool keepdim = false) => Ops.all_dim.Call(this, dim, keepdim);

        public Tensor any() => Ops.any.Call(this);

        public Tensor any(long dim, bool keepdim = false) => Ops.any_dim.Call(this, dim, keepdim);

        public Tensor count_nonzero(long[]? dims = null) =>
            Ops.count_nonzero.Call(this, dims ?? []);

        /// <summary>The lower of two middle values.</summary>
        public Tensor median() => Ops.median.Call(this);

        /// <summary>Linear interpolation between order statistics.</summary>
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) =>
            Ops.quantile.Call(this, q, dim, keepdim);

        public Tensor nansum() => Ops.nansum.Call(this);

        public Tensor logsumexp(long dim, bool keepdim = false) =>
            Ops.logsumexp.Call(this, dim, keepdim);

        public Tensor softmax(long dim, ScalarType? dtype = null) =>
            Ops.softmax.Call(this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) =>
            Ops.log_softmax.Call(this, dim, dtype);

        public Tensor cumsum(long dim, ScalarType? type = null) => Ops.cumsum.Call(this, dim, type);

        public Tensor cumprod(long dim, ScalarType? type = null) =>
            Ops.cumprod.Call(this, dim, type);

        public (Tensor values, Tensor indexes) cummax(long dim) => Ops.cummax.Call2(this, dim);

        public (Tensor values, Tensor indexes) cummin(long dim) => Ops.cummin.Call2(this, dim);

        public Tensor logcumsumexp(long dim) => Ops.logcumsumexp.Call(this, dim);

        public (Tensor Values, Tensor Indices) sort(
            long dim = -1,
            bool descending = false,
            bool stable = false
        ) => Ops.sort.Call2(this, stable, dim, descending);

        public Tensor argsort(long dim = -1, bool descending = false) =>
            Ops.argsort.Call(this, dim, descending);

        public (Tensor values, Tensor indexes) topk(
            int k,
            int dim = -1,
            bool largest = true,
            bool sorted = true
        ) => Ops.topk.Call2(this, k, dim, largest, sorted);
    }
}
