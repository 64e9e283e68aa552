using System;

namespace TorchSharp;

/// <summary>What pad puts around a tensor.</summary>
public enum PaddingModes
{
    Zeros = 0,
    Reflect = 1,
    Replicate = 2,
    Circular = 3,
    Constant = 4,
}

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What becomes of a loss's elements.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            public static Tensor relu(Tensor x, bool inplace = false) =>
                inplace ? x.relu_().alias() : x.relu();

            /// <summary>x times the sigmoid of x.</summary>
            public static Tensor silu(Tensor x, bool inplace = false) =>
                inplace ? x.silu_().alias() : x.silu();

            /// <summary>x times the standard normal distribution function of x.</summary>
            public static Tensor gelu(Tensor x, bool inplace = false) =>
                inplace ? x.gelu_() : x.gelu();

            /// <summary>log(1 + exp(beta x)) / beta, linear where beta x is above the threshold.</summary>
            public static Tensor softplus(Tensor x, double beta = 1.0, double threshold = 20.0) =>
                x.softplus(beta, threshold);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) =>
                input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) =>
                input.log_softmax(dim, dtype);

            /// <summary>input (*, in), weights (out, in), bias (out): (*, out).</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Ops.linear.Call(input, weights, Arg.Optional(bias));

            /// <summary>Zeros elements with probability p and scales the others by 1 / (1 - p); draws from the default stream.</summary>
            public static Tensor dropout(
                Tensor input,
                double p = 0.5,
                bool training = true,
                bool inplace = false
            ) =>
                inplace
                    ? Ops.dropout_.Change(input, input, p, training).alias()
                    : Ops.dropout.Call(input, p, training);

            /// <summary>Sizes to add, in pairs, from the last dimension on.</summary>
            public static Tensor pad(
                Tensor input,
                long[] pad,
                PaddingModes mode = PaddingModes.Constant,
                double value = 0
            ) =>
                mode is PaddingModes.Constant or PaddingModes.Zeros
                    ? Ops.pad.Call(input, pad, "constant", mode == PaddingModes.Zeros ? 0 : value)
                    : Ops.pad.Call(input, pad, mode.ToString().ToLowerInvariant());

            public static Tensor pad(
                Tensor input,
                ReadOnlySpan<long> pad,
                PaddingModes mode = PaddingModes.Constant,
                double value = 0
            ) => functional.pad(input, pad.ToArray(), mode, value);

            /// <summary>input (batch, in, length), weight (out, in / groups, kernel).</summary>
            public static Tensor conv1d(
                Tensor input,
                Tensor weight,
                Tensor? bias = null,
                long? stride = null,
                long? padding = null,
                long? dilation = null,
                long groups = 1
            ) =>
                Ops.conv1d.Call(
                    input,
                    weight,
                    Arg.Optional(bias),
                    stride ?? 1,
                    padding ?? 0,
                    dilation ?? 1,
                    groups
                );

            /// <summary>Mean 0 and variance 1 over the last dimensions, whose sizes are normalized_shape.</summary>
            public static Tensor layer_norm(
                Tensor input,
                long[] normalized_shape,
                Tensor? weight = null,
                Tensor? bias = null,
                double eps = 1e-5
            ) =>
                Ops.layer_norm.Call(
                    input,
                    normalized_shape,
                    Arg.Optional(weight),
                    Arg.Optional(bias),
                    eps
                );

            /// <summary>
            /// softmax(query keyᵀ / √dim) value. A mask is true where attention is allowed, or is added to the scores.
            /// Composed of matrix products where libtorch (before 2.0) has no operator of that name.
            /// </summary>
            public static Tensor scaled_dot_product_attention(
                Tensor query,
                Tensor key,
                Tensor value,
                Tensor? attn_mask = null,
                double p = 0.0,
                bool is_casual = false
            )
            {
                if (p < 0)
                {
                    throw new ArgumentException(
                        "Dropout probability must be greater than or equal to zero."
                    );
                }

                if (is_casual && attn_mask is not null)
                {
                    throw new ArgumentException("Casual attention masking cannot pass a mask.");
                }

                return Ops.scaled_dot_product_attention.Exists
                    ? Ops.scaled_dot_product_attention.Call(
                        query,
                        key,
                        value,
                        Arg.Optional(attn_mask),
                        p,
                        is_casual
                    )
                    : Attend(query, key, value, attn_mask, p, is_casual);
            }

            public static Tensor mse_loss(
                Tensor input,
                Tensor target,
                Reduction reduction = Reduction.Mean
            ) => Ops.mse_loss.Call(input, target, (long)reduction);

            public static Tensor l1_loss(
                Tensor input,
                Tensor target,
                Reduction reduction = Reduction.Mean
            ) => Ops.l1_loss.Call(input, target, (long)reduction);

            public static Tensor smooth_l1_loss(
                Tensor input,
                Tensor target,
                Reduction reduction = Reduction.Mean,
                double beta = 1.0
            ) => Ops.smooth_l1_loss.Call(input, target, (long)reduction, beta);

            public static Tensor huber_loss(
                Tensor input,
                Tensor target,
                double delta = 1.0,
                Reduction reduction = Reduction.Mean
            ) => Ops.huber_loss.Call(input, target, (long)reduction, delta);

            /// <summary>Int64 classes become rows with a single 1; num_classes -1 is one more than the largest.</summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1) =>
                x.dtype == ScalarType.Int64
                    ? Ops.one_hot.Call(x, num_classes)
                    : throw new ArgumentException(
                        "OneHot input tensor must have elements of type Int64"
                    );

            private static Tensor Attend(
                Tensor query,
                Tensor key,
                Tensor value,
                Tensor? mask,
                double p,
                bool causal
            )
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor scores = (query * (1.0 / Math.Sqrt(query.size(-1)))).matmul(
                    key.transpose(-2, -1)
                );
                Tensor? allowed =
                    causal
                        ? ones([query.size(-2), key.size(-2)], ScalarType.Bool, query.device).tril()
                    : mask?.dtype == ScalarType.Bool ? mask
                    : null;
                if (allowed is not null)
                {
                    scores = scores.masked_fill(allowed.logical_not(), double.NegativeInfinity);
                }
                else if (mask is not null)
                {
                    scores = scores.add(mask);
                }

                Tensor weights = scores.softmax(-1);
                return (p > 0 ? dropout(weights, p) : weights)
                    .matmul(value)
                    .MoveToOuterDisposeScope();
            }
        }
    }

    public partial class Tensor
    {
        public Tensor gelu() => Ops.gelu.Call(this);

        public Tensor gelu_() => Ops.gelu_.Change(this, this).alias();

        public Tensor softplus(double beta = 1, double threshold = 20) =>
            Ops.softplus.Call(this, beta, threshold);
    }

    public static partial class special
    {
        public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) =>
            input.softmax(dim, dtype);

        public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) =>
            input.log_softmax(dim, dtype);
    }

    public static partial class linalg
    {
        /// <summary>Over all elements when dims is null.</summary>
        public static Tensor vector_norm(
            Tensor input,
            double ord = 2d,
            long[]? dims = null,
            bool keepdim = false
        ) => Ops.vector_norm.Call(input, ord, dims, keepdim);
    }
}
