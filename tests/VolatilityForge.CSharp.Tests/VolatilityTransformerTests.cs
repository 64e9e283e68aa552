using System.Linq;
using NUnit.Framework;
using TorchSharp;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class VolatilityTransformerTests : EngineFixture
{
    private static readonly TransformerConfig Small = new()
    {
        Dim = 8,
        Depth = 2,
        Heads = 4,
        KvHeads = 2,
    };

    [Test]
    public void TheFeedForwardWidthIsAMultipleOfEight()
    {
        var config = new TransformerConfig { Dim = 512, FfnDimMultiplier = 2.67 };
        Assert.That(config.FfnDim % 8, Is.Zero);
        Assert.That(config.FfnDim, Is.InRange(8 / 3.0 * 512 * 2.67, 8 / 3.0 * 512 * 2.67 + 8));
    }

    [Test]
    public void OneNumberPerSample()
    {
        using var scope = torch.NewDisposeScope();
        using var model = new VolatilityTransformer(50, Small, pooling: "attention");
        var output = model.Forward(torch.randn([32, 50]));
        Assert.That(output.shape, Is.EqualTo(new long[] { 32 }));
        Assert.That(model.Forward(torch.randn([3, 11, 50])).shape, Is.EqualTo(new long[] { 3 }));
        Assert.That(Core.Ops.toArray(output), Is.All.Zero, "untrained");
    }

    [TestCase("attention")]
    [TestCase("mean")]
    [TestCase("last")]
    public void ThePoolingIsChosenByName(string pooling)
    {
        using var model = new VolatilityTransformer(3, Small, pooling);
        Assert.That(model.Config, Is.EqualTo(Small with { Pooling = pooling }));
        Assert.That(
            model.Parameters.Any(parameter => parameter.Name == "pool"),
            Is.EqualTo(pooling == "attention"),
            "the other poolings have no weights"
        );
    }

    [Test]
    public void NamesAreUnique()
    {
        using var model = new VolatilityTransformer(3, Small);
        Assert.That(model.Parameters.Select(parameter => parameter.Name), Is.Unique);
        Assert.That(model.Parameters, Has.Count.EqualTo(2 + 2 * 9 + 2 + 2));
        Assert.That(
            model.Parameters.Single(parameter => parameter.Name == "embed.weight").Decays,
            Is.True
        );
    }

    [Test]
    public void EveryWrongSizeIsNamed()
    {
        var broken = Small with { Heads = 3, Depth = 0, NormEps = 0 };
        Assert.That(
            Raised.By(() => _ = new VolatilityTransformer(3, broken)).Flatten(),
            Has.Count.EqualTo(4)
        );
        Assert.That(
            Raised.By(() => _ = new VolatilityTransformer(3, Small, "max")).IsUnknownName,
            Is.True
        );
        Assert.That(
            Raised.By(() => _ = new VolatilityTransformer(3, Small, device: "tpu")).Describe(),
            Does.Contain("device")
        );
    }

    [Test]
    public void AShapeThatDoesNotFitIsNamed()
    {
        using var scope = torch.NewDisposeScope();
        using var model = new VolatilityTransformer(3, Small with { MaxSequenceLength = 4 });
        Assert.That(
            Raised.By(() => model.Forward(torch.zeros(2, 5))).Describe(),
            Does.Contain("transformer: features must be 3")
        );
        Assert.That(
            Raised.By(() => model.Forward(torch.zeros(2, 5, 3))).Describe(),
            Does.Contain("transformer: time must be at most 4")
        );
    }

    [Test]
    public void DisposingFreesTheWeights()
    {
        var before = Core.Scope.liveCount();
        new VolatilityTransformer(3, Small).Dispose();
        new VolatilityTransformer(3, Small, pooling: "mean").Dispose();
        Assert.That(Core.Scope.liveCount(), Is.EqualTo(before));
    }
}
