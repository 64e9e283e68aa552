using System;
using System.Linq;
using NUnit.Framework;
using TorchSharp;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class TensorOpsTests : EngineFixture
{
    // Float32 sums of a few products.
    private const float Tolerance = 1e-5f;

    private DisposeScope scope = null!;

    [SetUp]
    public void Begin() => scope = torch.NewDisposeScope();

    [TearDown]
    public void End() => scope.Dispose();

    private static torch.Tensor Waves(params long[] shape)
    {
        var count = shape.Aggregate(1L, (product, extent) => product * extent);
        var values = Enumerable.Range(0, (int)count).Select(i => MathF.Sin(1 + i * 0.7f)).ToArray();
        return torch.tensor(values).reshape(shape);
    }

    private static float[] Values(torch.Tensor tensor) => Core.Ops.toArray(tensor);

    /// <summary>softmax(scale q k^T) v by loops; shapes as ScaledDotProductAttention.</summary>
    private static float[] Attend(
        torch.Tensor q,
        torch.Tensor k,
        torch.Tensor v,
        double scale,
        Func<long, long, bool> isRead
    )
    {
        var (batch, heads, queries, width) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        var (keyHeads, keys) = (k.shape[1], k.shape[2]);
        var (qs, ks, vs) = (Values(q), Values(k), Values(v));
        var output = new float[batch * heads * queries * width];
        for (var b = 0L; b < batch; b++)
        for (var h = 0L; h < heads; h++)
        for (var t = 0L; t < queries; t++)
        {
            var keyHead = b * keyHeads + h * keyHeads / heads;
            var row = ((b * heads + h) * queries + t) * width;
            var weights = new double[keys];
            for (var s = 0L; s < keys; s++)
            {
                var dot = 0.0;
                for (var d = 0L; d < width; d++)
                    dot += qs[row + d] * ks[(keyHead * keys + s) * width + d];
                weights[s] = isRead(t, s) ? Math.Exp(scale * dot) : 0.0;
            }
            for (var s = 0L; s < keys; s++)
            for (var d = 0L; d < width; d++)
                output[row + d] += (float)(
                    weights[s] / weights.Sum() * vs[(keyHead * keys + s) * width + d]
                );
        }
        return output;
    }

    [Test]
    public void ScaledDotProductAttentionIsItsLoops()
    {
        var (q, k, v) = (Waves(2, 3, 5, 7), Waves(2, 3, 11, 7), Waves(2, 3, 11, 7).neg());
        var output = TensorOps.ScaledDotProductAttention(q, k, v, mask: null, scale: 0.125);
        Assert.That(output.shape, Is.EqualTo(new long[] { 2, 3, 5, 7 }));
        Assert.That(
            Values(output),
            Is.EqualTo(Attend(q, k, v, 0.125, (_, _) => true)).Within(Tolerance)
        );
        Assert.That(
            Values(TensorOps.ScaledDotProductAttention(q, k, v)),
            Is.EqualTo(Attend(q, k, v, 1 / Math.Sqrt(7), (_, _) => true)).Within(Tolerance)
        );
    }

    [Test]
    public void ACausalMaskHidesWhatComesAfter()
    {
        var (q, k, v) = (Waves(2, 3, 5, 7), Waves(2, 3, 5, 7).neg(), Waves(2, 3, 5, 7));
        var mask = TensorOps.CausalMask(5, 5);
        Assert.That(mask.shape, Is.EqualTo(new long[] { 5, 5 }));
        Assert.That(
            Values(TensorOps.ScaledDotProductAttention(q, k, v, mask)),
            Is.EqualTo(Attend(q, k, v, 1 / Math.Sqrt(7), (t, s) => s <= t)).Within(Tolerance)
        );
    }

    [Test]
    public void GroupedQueryAttentionSharesKeyHeads()
    {
        var (q, k, v) = (Waves(2, 6, 5, 7), Waves(2, 3, 11, 7), Waves(2, 3, 11, 7).neg());
        var output = TensorOps.GroupedQueryAttention(q, k, v, scale: 0.3);
        Assert.That(output.shape, Is.EqualTo(q.shape));
        Assert.That(
            Values(output),
            Is.EqualTo(Attend(q, k, v, 0.3, (_, _) => true)).Within(Tolerance)
        );
    }

    [Test]
    public void FusedSwiGluIsItsFormula()
    {
        var (x, gate, up, down) = (Waves(2, 3), Waves(3, 5), Waves(3, 5).neg(), Waves(5, 3));
        var gated = x.matmul(gate);
        var expected = (gated / (gated.neg().exp() + 1) * x.matmul(up)).matmul(down);
        var output = TensorOps.FusedSwiGlu(x, gate, up, down);
        Assert.That(output.shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(Values(output), Is.EqualTo(Values(expected)).Within(Tolerance));
    }

    [Test]
    public void RmsNormLeavesAMeanSquareOfOne()
    {
        var output = TensorOps.RmsNorm(Waves(2, 3, 13), torch.ones(13), 1e-12);
        foreach (var row in Values(output).Chunk(13))
            Assert.That(row.Average(value => value * value), Is.EqualTo(1).Within(Tolerance));
    }

    [Test]
    public void RotaryKeepsTheLengthOfEveryPair()
    {
        var x = Waves(2, 5, 3, 8);
        var turned = TensorOps.Rotary(x);
        var (before, after) = (Values(x), Values(turned));
        for (var row = 0; row < before.Length; row += 8)
        for (var pair = row; pair < row + 4; pair++)
            Assert.That(
                MathF.Sqrt(after[pair] * after[pair] + after[pair + 4] * after[pair + 4]),
                Is.EqualTo(
                        MathF.Sqrt(
                            before[pair] * before[pair] + before[pair + 4] * before[pair + 4]
                        )
                    )
                    .Within(Tolerance)
            );
        Assert.That(after[..24], Is.EqualTo(before[..24]), "position 0 stays");
        Assert.That(after[24..], Is.Not.EqualTo(before[24..]));
    }

    [Test]
    public void PoolingAConstantSequenceGivesTheConstant()
    {
        var constant = Waves(2, 1, 7).expand(2, 5, 7);
        var pooled = TensorOps.AttentionPooling(constant, Waves(7));
        Assert.That(pooled.shape, Is.EqualTo(new long[] { 2, 7 }));
        Assert.That(Values(pooled), Is.EqualTo(Values(Waves(2, 1, 7))).Within(Tolerance));
    }

    [Test]
    public void OnlyTheResultOutlivesAnOperation()
    {
        var (q, k, v) = (Waves(2, 3, 5, 7), Waves(2, 3, 11, 7), Waves(2, 3, 11, 7));
        var before = Core.Scope.liveCount();
        using (TensorOps.ScaledDotProductAttention(q, k, v))
            Assert.That(Core.Scope.liveCount(), Is.EqualTo(before + 1));
        Assert.That(Core.Scope.liveCount(), Is.EqualTo(before));
    }

    private static readonly (string Named, Action Act)[] Mistakes =
    [
        (
            "scaled_dot_product_attention",
            () =>
                TensorOps.ScaledDotProductAttention(Waves(3, 5, 7), Waves(3, 5, 7), Waves(3, 5, 7))
        ),
        (
            "axis d of operand 2",
            () =>
                TensorOps.ScaledDotProductAttention(
                    Waves(2, 3, 5, 7),
                    Waves(2, 3, 5, 11),
                    Waves(2, 3, 5, 7)
                )
        ),
        (
            "heads must be a multiple of kvHeads (3)",
            () =>
                TensorOps.GroupedQueryAttention(
                    Waves(2, 5, 5, 7),
                    Waves(2, 3, 5, 7),
                    Waves(2, 3, 5, 7)
                )
        ),
        (
            "model of gate",
            () => TensorOps.FusedSwiGlu(Waves(2, 3), Waves(5, 7), Waves(5, 7), Waves(7, 5))
        ),
        (
            "hidden of down",
            () => TensorOps.FusedSwiGlu(Waves(2, 3), Waves(3, 7), Waves(3, 7), Waves(5, 3))
        ),
        ("model of gain", () => TensorOps.RmsNorm(Waves(2, 3), Waves(5))),
        ("headDim must be even", () => TensorOps.Rotary(Waves(2, 5, 7))),
        ("rotary: the input", () => TensorOps.Rotary(Waves(5, 8))),
        ("attention pooling", () => TensorOps.AttentionPooling(Waves(2, 7), Waves(7))),
    ];

    [Test]
    public void AShapeThatDoesNotFitIsNamed()
    {
        foreach (var (named, act) in Mistakes)
        {
            var fault = Raised.By(act);
            Assert.That(fault.IsBadShape, Is.True, named);
            Assert.That(fault.Describe(), Does.Contain(named));
        }
    }
}
