using System;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>
/// The network's operations on tensors. Results are the caller's; what is made on the way is freed. Shapes that don't fit
/// raise <see cref="Core.VolatilityForgeException"/> with operation, axis, expected and found.
/// </summary>
public static class TensorOps
{
    /// <summary>softmax(scale * query key^T + mask) value.</summary>
    /// <param name="query">(batch, heads, queries, headDim).</param>
    /// <param name="key">(batch, heads, keys, headDim).</param>
    /// <param name="value">(batch, heads, keys, headDim).</param>
    /// <param name="mask">Boolean, true = read; broadcasts to (batch, heads, queries, keys).</param>
    /// <param name="scale">Null is 1 / sqrt(headDim).</param>
    /// <returns>(batch, heads, queries, headDim); zeros where the mask lets nothing through.</returns>
    public static torch.Tensor ScaledDotProductAttention(
        torch.Tensor query,
        torch.Tensor key,
        torch.Tensor value,
        torch.Tensor? mask = null,
        double? scale = null
    ) =>
        One(() =>
            Core.Attention.scaledDotProduct(
                Optional(mask),
                OptionModule.OfNullable(scale),
                query,
                key,
                value
            )
        );

    /// <summary>
    /// Grouped-query attention on separate heads: query head i reads key head i * kvHeads / heads, rounded down.
    /// </summary>
    /// <param name="query">(batch, heads, queries, headDim).</param>
    /// <param name="key">(batch, kvHeads, keys, headDim).</param>
    /// <param name="value">(batch, kvHeads, keys, headDim).</param>
    /// <param name="mask">Boolean, true = read; broadcasts to (batch, kvHeads, group, queries, keys).</param>
    /// <param name="scale">Null is 1 / sqrt(headDim).</param>
    /// <returns>(batch, heads, queries, headDim).</returns>
    public static torch.Tensor GroupedQueryAttention(
        torch.Tensor query,
        torch.Tensor key,
        torch.Tensor value,
        torch.Tensor? mask = null,
        double? scale = null
    ) =>
        One(() =>
            Core.Attention.groupedQuery(
                Optional(mask),
                OptionModule.OfNullable(scale),
                query,
                key,
                value
            )
        );

    /// <summary>
    /// The causal mask for queries at the end of a run of keys: query i reads keys up to keys - queries + i.
    /// </summary>
    /// <returns>Boolean (queries, keys).</returns>
    public static torch.Tensor CausalMask(long queries, long keys, torch.Device? device = null) =>
        One(() => Core.Attention.causalMask(device ?? torch.CPU, queries, keys));

    /// <summary>(silu(x gate) * (x up)) down.</summary>
    /// <param name="x">(..., model).</param>
    /// <param name="gate">(model, hidden).</param>
    /// <param name="up">(model, hidden).</param>
    /// <param name="down">(hidden, model).</param>
    /// <returns>(..., model).</returns>
    public static torch.Tensor FusedSwiGlu(
        torch.Tensor x,
        torch.Tensor gate,
        torch.Tensor up,
        torch.Tensor down
    ) => One(() => Core.SwiGlu.forward(new Core.SwiGlu<torch.Tensor>(gate, up, down), x));

    /// <summary>gain * x / sqrt(mean(x^2) + epsilon) over the last axis.</summary>
    /// <param name="x">(..., model).</param>
    /// <param name="gain">(model).</param>
    /// <param name="epsilon">Added inside the root.</param>
    /// <returns>(..., model).</returns>
    public static torch.Tensor RmsNorm(torch.Tensor x, torch.Tensor gain, double epsilon = 1e-6) =>
        One(() => Core.Norm.rms(epsilon, gain, x));

    /// <summary>Rotates the pairs (x[i], x[i + headDim/2]) of every position by an angle proportional to it.</summary>
    /// <param name="x">(batch, time, ..., headDim) with any axes between; headDim even.</param>
    /// <returns>The shape of x.</returns>
    public static torch.Tensor Rotary(torch.Tensor x)
    {
        if (x.shape.Length < 3)
            throw Core
                .Fault.NewBadShape(
                    "rotary",
                    "the input",
                    "(batch, time, ..., headDim)",
                    $"({string.Join(", ", x.shape)})"
                )
                .ToException();
        return One(() =>
            Core.Rotary.apply(Core.Rotary.table(x.dtype, x.device, x.shape[1], x.shape[^1]), x)
        );
    }

    /// <summary>softmax over time of x query / sqrt(model), times x.</summary>
    /// <param name="x">(batch, time, model).</param>
    /// <param name="query">(model).</param>
    /// <returns>(batch, model).</returns>
    public static torch.Tensor AttentionPooling(torch.Tensor x, torch.Tensor query) =>
        One(() => Core.PoolingModule.attend(query, x));

    /// <summary>
    /// The function of x, computed again in the backward pass instead of keeping what it makes on the way. Gradients are those
    /// of the plain run, on CPU bit for bit. They reach x alone: parameters that the function reads go to the other form.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The function reads another tensor that requires a gradient, where gradients are recorded.
    /// </exception>
    public static torch.Tensor GradientCheckpointing(
        Func<torch.Tensor, torch.Tensor> function,
        torch.Tensor x
    ) => GradientCheckpointing(inputs => function(inputs[0]), [x]);

    /// <summary>As the form of one tensor, for several, with dropout replayed.</summary>
    /// <param name="function">A function of the inputs and the generators alone.</param>
    /// <param name="inputs">Every tensor that gradients must reach, parameters included.</param>
    /// <param name="generators">What the function draws from; alive until the backward pass.</param>
    public static torch.Tensor GradientCheckpointing(
        Func<torch.Tensor[], torch.Tensor> function,
        torch.Tensor[] inputs,
        params torch.Generator[] generators
    ) =>
        One(() =>
            Core.Checkpointing.many(
                ListModule.OfSeq(generators),
                FuncConvert.FromFunc(function),
                inputs
            )
        );

    /// <summary>Compares autograd's gradients of any function of float64 tensors with central differences.</summary>
    /// <param name="function">What is checked; it must draw the same each time, if it draws.</param>
    /// <param name="inputs">Inputs by name, float64; every element of each is moved, and put back.</param>
    /// <exception cref="Core.VolatilityForgeException">No input, or one that isn't float64.</exception>
    public static GradientReport CheckGradients(
        Func<torch.Tensor[], torch.Tensor> function,
        params (string Name, torch.Tensor Value)[] inputs
    ) =>
        GradientReport.Of(
            Core.GradientCheck.run(
                Core.GradientCheck.standard,
                FuncConvert.FromFunc(function),
                ListModule.OfSeq(inputs.Select(input => Tuple.Create(input.Name, input.Value)))
            )
        );

    internal static FSharpOption<T>? Optional<T>(T? value)
        where T : class => value is null ? null : FSharpOption<T>.Some(value);

    internal static torch.Tensor One(Func<torch.Tensor> body) =>
        Core.Scope.one(FuncConvert.FromFunc(body));
}
