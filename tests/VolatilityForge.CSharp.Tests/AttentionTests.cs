using System.Linq;
using Microsoft.FSharp.Core;
using NUnit.Framework;
using TorchSharp;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class AttentionTests : EngineFixture
{
    [Test]
    public void AConfigKnowsItsWidths()
    {
        var config = AttentionConfig.FromDim(dim: 512, heads: 8, kvHeads: 2, dropout: 0.1);
        Assert.That(
            (config.Dim, config.Heads, config.KvHeads, config.HeadDim),
            Is.EqualTo((512, 8, 2, 64))
        );
        Assert.That(config.Dropout, Is.EqualTo(0.1));
        Assert.That(config, Is.EqualTo(AttentionConfig.FromDim(512, 8, 2, 0.1)));
    }

    [Test]
    public void EveryWrongWidthIsNamed()
    {
        var fault = Raised.By(() =>
            AttentionConfig.FromDim(dim: 30, heads: 4, kvHeads: 3, dropout: 1)
        );
        Assert.That(fault.Flatten(), Has.Count.EqualTo(3));
        Assert.That(AttentionConfig.TryFromDim(30, 4, 2).IsLeft, Is.True);
    }

    [Test]
    public void TheLayerKeepsTheShapeAndItsSeedItsBits()
    {
        using var scope = torch.NewDisposeScope();
        var config = AttentionConfig.FromDim(dim: 24, heads: 6, kvHeads: 3);
        using var layer = new GroupedQueryAttention(config, seed: 5);
        using var twin = new GroupedQueryAttention(config, seed: 5);
        var x = torch.linspace(-1, 1, 2 * 7 * 24).reshape(2, 7, 24);
        var output = layer.Forward(x);
        Assert.That(output.shape, Is.EqualTo(new long[] { 2, 7, 24 }));
        Assert.That(Core.Ops.toArray(twin.Forward(x)), Is.EqualTo(Core.Ops.toArray(output)));
        Assert.That(
            layer.Parameters.Select(parameter => parameter.Name),
            Is.EqualTo(
                new[] { "attention.query", "attention.key", "attention.value", "attention.output" }
            )
        );
        Assert.That(layer.Parameters[0].Value.shape, Is.EqualTo(new long[] { 24, 3, 2, 4 }));
    }

    [Test]
    public void UnderACausalMaskThePastIgnoresTheFuture()
    {
        using var scope = torch.NewDisposeScope();
        using var layer = new GroupedQueryAttention(AttentionConfig.FromDim(8, 2, 1));
        var x = torch.linspace(-1, 1, 5 * 8).reshape(1, 5, 8);
        var changed = torch.cat([x.narrow(1, 0, 4), x.narrow(1, 4, 1) * 3], 1);
        var mask = TensorOps.CausalMask(5, 5);
        Assert.That(
            Core.Ops.toArray(layer.Forward(changed, mask: mask).narrow(1, 0, 4)),
            Is.EqualTo(Core.Ops.toArray(layer.Forward(x, mask: mask).narrow(1, 0, 4)))
        );
    }

    [Test]
    public void CausalIsTheCausalMask()
    {
        using var scope = torch.NewDisposeScope();
        using var layer = new GroupedQueryAttention(AttentionConfig.FromDim(8, 2, 1), seed: 3);
        var x = torch.linspace(-1, 1, 5 * 8).reshape(1, 5, 8).sin();
        var causal = Core.Ops.toArray(layer.Forward(x, causal: true));
        var masked = Core.Ops.toArray(layer.Forward(x, mask: TensorOps.CausalMask(5, 5)));
        Assert.That(causal, Is.EqualTo(masked));
        Assert.That(causal, Is.Not.EqualTo(Core.Ops.toArray(layer.Forward(x))));
    }

    [Test]
    public void AMaskThatIsNotBooleanIsRefused()
    {
        using var scope = torch.NewDisposeScope();
        var config = AttentionConfig.FromDim(8, 2, 1);
        using var layer = new GroupedQueryAttention(config);
        using var flash = new FlashAttention(config);
        var mask = torch.zeros(5, 5);
        var x = torch.zeros(1, 5, 8);
        var heads = torch.zeros(1, 2, 5, 4);
        foreach (
            var fault in new[]
            {
                Raised.By(() => layer.Forward(x, mask: mask)),
                Raised.By(() => layer.Forward(x, causal: true, mask: mask)),
                Raised.By(() => flash.Forward(x, mask: mask)),
                Raised.By(() => TensorOps.ScaledDotProductAttention(heads, heads, heads, mask)),
                Raised.By(() => TensorOps.GroupedQueryAttention(heads, heads, heads, mask)),
            }
        )
            Assert.That(fault.Describe(), Does.Contain("must be boolean"));
    }

    [Test]
    public void StepsGiveTheCausalPass()
    {
        using var scope = torch.NewDisposeScope();
        var config = AttentionConfig.FromDim(dim: 24, heads: 6, kvHeads: 3);
        using var layer = new GroupedQueryAttention(config, seed: 5);
        var x = torch.linspace(-1, 1, 2 * 7 * 24).reshape(2, 7, 24).sin();
        using var cache = new KeyValueCache(config, batch: 2, maxLength: 7);
        var first = layer.Step(cache, x.narrow(1, 0, 5));
        var steps = torch.cat([first, layer.Step(cache, x.narrow(1, 5, 2))], 1);
        // Two float32 sums of a few numbers of size 1.
        Assert.That(
            Core.Ops.toFloat((steps - layer.Forward(x, causal: true)).abs().max()),
            Is.LessThan(1e-5)
        );
        Assert.That(cache.Length, Is.EqualTo(7));
        Assert.That(Raised.By(() => layer.Step(cache, x)).IsBadShape, Is.True);
        cache.Clear();
        Assert.That(cache.Length, Is.Zero);
    }

    [Test]
    public void ANetworkAnswersStepByStep()
    {
        using var scope = torch.NewDisposeScope();
        var config = new TransformerConfig { Causal = true, MaxSequenceLength = 11 };
        using var network = new VolatilityTransformer(3, config, seed: 5);
        // An untrained head answers 0 whatever it reads.
        foreach (var parameter in network.Parameters)
            Core.Scope.inference(FuncConvert.FromFunc(() => parameter.Value.add_(0.1f)));
        var x = torch.linspace(-1, 1, 2 * 11 * 3).reshape(2, 11, 3).sin();
        using var cache = new TransformerCache(network, batch: 2);
        foreach (var (first, count) in new[] { (0, 7), (7, 1), (8, 3) })
        {
            var answer = cache.Step(x.narrow(1, first, count));
            var whole = network.Forward(x.narrow(1, 0, first + count));
            Assert.That(Core.Ops.toArray(whole), Has.All.Not.Zero);
            // Two float32 sums of a few numbers of size 1.
            Assert.That(Core.Ops.toFloat((answer - whole).abs().max()), Is.LessThan(1e-4));
        }

        Assert.That(cache.Length, Is.EqualTo(11));
        cache.Clear();
        Assert.That(cache.Length, Is.Zero);
        using var both = new VolatilityTransformer(3, new TransformerConfig());
        using var refused = new TransformerCache(both, batch: 2);
        Assert.That(Raised.By(() => refused.Step(x)), Is.Not.Null);
    }

    [Test]
    public void AShapeThatDoesNotFitIsNamed()
    {
        using var scope = torch.NewDisposeScope();
        using var layer = new GroupedQueryAttention(AttentionConfig.FromDim(8, 2, 1));
        Assert.That(
            Raised.By(() => layer.Forward(torch.zeros(2, 5, 7))).Describe(),
            Does.Contain("grouped_query_attention: model must be 8")
        );
        Assert.That(Raised.By(() => layer.Forward(torch.zeros(8))).IsBadShape, Is.True);
    }

    [Test]
    public void DisposingFreesTheWeights()
    {
        var before = Core.Scope.liveCount();
        var layer = new GroupedQueryAttention(AttentionConfig.FromDim(8, 2, 1));
        Assert.That(Core.Scope.liveCount(), Is.EqualTo(before + 4));
        layer.Dispose();
        layer.Dispose();
        Assert.That(Core.Scope.liveCount(), Is.EqualTo(before));
    }
}
