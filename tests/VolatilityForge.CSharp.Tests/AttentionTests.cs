using System.Linq;
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
            Core.Ops.toArray(layer.Forward(changed, mask).narrow(1, 0, 4)),
            Is.EqualTo(Core.Ops.toArray(layer.Forward(x, mask).narrow(1, 0, 4)))
        );
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
