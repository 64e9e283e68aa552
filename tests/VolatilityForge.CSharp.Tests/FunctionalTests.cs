using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class FunctionalTests
{
    [Test]
    public void APipeAppliesItsStepsLeftToRight()
    {
        Assert.That(Functional.Pipe(3, x => x + 1, x => x * 10, x => x - 2), Is.EqualTo(38));
        Assert.That(Functional.Pipe(3), Is.EqualTo(3));
        Assert.That(
            Functional.Pipe("ab", s => s.Length, n => n / 4.0, x => $"{x}"),
            Is.EqualTo("0.5")
        );
        Assert.That(
            Functional.Pipe("ab", s => s.Length, n => n / 4.0, x => x > 0.0, b => b ? 'y' : 'n'),
            Is.EqualTo('y')
        );
    }

    [Test]
    public void CompositionAppliesTheLastFunctionFirst()
    {
        var transform = Functional.Compose<double>(x => x * x, x => x + 1, x => x / 2);
        Assert.That(transform(6), Is.EqualTo(16));
        Assert.That(Functional.Compose<double>()(6), Is.EqualTo(6));
        var length = Functional.Compose((int n) => n * 2, (string s) => s.Length);
        Assert.That(length("abc"), Is.EqualTo(6));
    }

    [Test]
    public void UncurryUndoesCurry()
    {
        Func<int, string, string> repeat = (n, s) => string.Concat(Enumerable.Repeat(s, n));
        Assert.That(Functional.Curry(repeat)(3)("ab"), Is.EqualTo("ababab"));
        Assert.That(Functional.Uncurry(Functional.Curry(repeat))(3, "ab"), Is.EqualTo("ababab"));
    }

    [Test]
    public void FlipExchangesArgumentsAndFlippedTwiceChangesNothing()
    {
        Func<int, double, double> divide = (a, b) => a / b;
        Assert.That(Functional.Flip(divide)(4.0, 1), Is.EqualTo(0.25));
        Assert.That(Functional.Flip(Functional.Flip(divide))(1, 4.0), Is.EqualTo(0.25));
    }

    [Test]
    public void AMemoizedFunctionComputesOncePerKeptArgument()
    {
        var calls = 0;
        var square = Functional.Memoize((int x) => (calls++, x * x).Item2, 2);
        Assert.That(new[] { 3, 3, 4, 3 }.Select(square), Is.EqualTo(new[] { 9, 9, 16, 9 }));
        Assert.That(calls, Is.EqualTo(2));
        square(5);
        square(4);
        Assert.That(calls, Is.EqualTo(4), "4 was used longest ago and made way for 5");
    }

    [Test]
    public void ALazyEvaluatorComputesOnceFromManyThreads()
    {
        var calls = 0;
        var evaluator = new LazyEvaluator<string, int>(text =>
        {
            Interlocked.Increment(ref calls);
            return text.Length;
        });
        Parallel.For(0, 100, _ => Assert.That(evaluator.Invoke("abc"), Is.EqualTo(3)));
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void ANullIsAnErrorWhereItIsGiven()
    {
        Func<int, int> none = null!;
        Assert.That(() => Functional.Compose(none, none), Throws.ArgumentNullException);
        Assert.That(() => Functional.Curry<int, int, int>(null!), Throws.ArgumentNullException);
        Assert.That(() => Functional.Uncurry<int, int, int>(null!), Throws.ArgumentNullException);
        Assert.That(() => Functional.Flip<int, int, int>(null!), Throws.ArgumentNullException);
        Assert.That(() => Functional.Memoize(none), Throws.ArgumentNullException);
        Assert.That(() => new LazyEvaluator<int, int>(none), Throws.ArgumentNullException);
        Assert.That(
            () => new Registry<int, int>("x").Register("y", none),
            Throws.ArgumentNullException
        );
        Assert.That(() => new ExperimentRunner(null!), Throws.ArgumentNullException);
        Assert.That(
            () => new ExperimentRunner(ExperimentConfig.Default(), [null!]),
            Throws.ArgumentNullException
        );
    }

    [Test]
    public void ACacheWithoutRoomIsAFault() =>
        Assert.That(
            Raised.By(() => _ = new LazyEvaluator<int, int>(x => x, 0)).Describe(),
            Does.Contain("capacity: must be at least 1. Found 0.")
        );
}
