using NUnit.Framework;
using TorchSharp;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class FlashAttentionTests : EngineFixture
{
    private static torch.Tensor Input() =>
        torch.linspace(-1, 1, 2 * 7 * 24).reshape(2, 7, 24).sin();

    private static double Distance(torch.Tensor left, torch.Tensor right) =>
        Core.Ops.toFloat((left - right).abs().max());

    [Test]
    public void TheFlashLayerIsTheStandardLayerOfTheSameSeed()
    {
        using var scope = torch.NewDisposeScope();
        var config = AttentionConfig.FromDim(dim: 24, heads: 6, kvHeads: 3);
        using var standard = new GroupedQueryAttention(config, seed: 5);
        using var flash = new FlashAttention(config, blockSize: 3, seed: 5);
        Assert.That(new FlashAttention(config).BlockSize, Is.EqualTo(128));
        // Two float32 sums of a few numbers of size 1.
        Assert.That(Distance(flash.Forward(Input()), standard.Forward(Input())), Is.LessThan(1e-5));
        var causal = TensorOps.CausalMask(7, 7);
        Assert.That(
            Distance(flash.Forward(Input(), causal: true), standard.Forward(Input(), mask: causal)),
            Is.LessThan(1e-5)
        );
    }

    [Test]
    public void AWrongBlockIsAFault() =>
        Assert.That(
            Raised.By(() => new FlashAttention(AttentionConfig.FromDim(24, 6, 3), blockSize: 0)),
            Is.Not.Null
        );

    [Test]
    public void CheckpointingGivesThePlainGradientsToTheBit()
    {
        using var scope = torch.NewDisposeScope();
        var weight = torch.linspace(-1, 1, 24 * 5).reshape(24, 5).requires_grad_();
        var x = Input().requires_grad_();
        static torch.Tensor Layer(torch.Tensor[] inputs) => inputs[0].matmul(inputs[1]).tanh();
        var plain = torch.autograd.grad([Layer([x, weight]).sum()], [x, weight]);
        var again = torch.autograd.grad(
            [TensorOps.GradientCheckpointing(Layer, [x, weight]).sum()],
            [x, weight]
        );
        Assert.That(Core.Ops.toArray(again[0]), Is.EqualTo(Core.Ops.toArray(plain[0])));
        Assert.That(Core.Ops.toArray(again[1]), Is.EqualTo(Core.Ops.toArray(plain[1])));
        var one = TensorOps.GradientCheckpointing(input => input.sin(), x);
        Assert.That(Core.Ops.toArray(one), Is.EqualTo(Core.Ops.toArray(x.sin())));
    }

    [Test]
    public void CheckpointingReplaysAGenerator()
    {
        using var scope = torch.NewDisposeScope();
        float[] Gradient(bool checkpoint)
        {
            using var generator = new torch.Generator(5);
            var x = Input().requires_grad_();
            torch.Tensor Layer(torch.Tensor[] inputs) =>
                inputs[0].sin() * torch.rand([2, 7, 24], generator: generator);
            var result = checkpoint
                ? TensorOps.GradientCheckpointing(Layer, [x], generator)
                : Layer([x]);
            return Core.Ops.toArray(torch.autograd.grad([result.sum()], [x])[0]);
        }

        Assert.That(Gradient(true), Is.EqualTo(Gradient(false)));
    }

    [Test]
    public void TheCheckerTellsTheWorstElement()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.linspace(0.5, 1.5, 6, dtype: torch.float64).reshape(2, 3);
        var report = TensorOps.CheckGradients(inputs => inputs[0].sin(), ("x", x));
        Assert.That(report.Passed, Is.True);
        Assert.That((report.Input, report.Count, report.Index.Count), Is.EqualTo(("x", 6, 2)));
        // detach hides x from autograd, not from differences.
        var wrong = TensorOps.CheckGradients(inputs => inputs[0] * inputs[0].detach(), ("x", x));
        Assert.That(wrong.Passed, Is.False);
        Assert.That(wrong.Autograd / wrong.Difference, Is.EqualTo(0.5).Within(1e-6));
    }

    [Test]
    public void ANetworkSaysItsPathAndTakesTheOneItIsTold()
    {
        using var scope = torch.NewDisposeScope();
        var config = new TransformerConfig { MaxSequenceLength = 5_000 };
        using var network = new VolatilityTransformer(3, config);
        Assert.That(network.AttentionPath(22), Is.EqualTo("standard"));
        Assert.That(network.AttentionPath(4_000), Is.EqualTo("flash"));
        using var told = new VolatilityTransformer(3, config with { AttentionPath = "flash" });
        Assert.That(told.AttentionPath(22, training: true), Is.EqualTo("flash"));
        Assert.That(
            Raised.By(() => new VolatilityTransformer(3, config with { AttentionPath = "flesh" })),
            Is.Not.Null
        );
    }
}
