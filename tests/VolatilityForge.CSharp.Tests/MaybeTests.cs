using System;
using System.Linq;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class MaybeTests
{
    private static readonly Maybe<int>[] Samples =
    [
        Maybe.None<int>(),
        .. new[] { -3, 0, 8 }.Select(Maybe.Some),
    ];

    private static Maybe<int> Half(int x) => x % 2 == 0 ? Maybe.Some(x / 2) : Maybe.None<int>();

    private static Maybe<int> Positive(int x) => x > 0 ? Maybe.Some(x) : Maybe.None<int>();

    [TestCaseSource(nameof(Samples))]
    public void MappingTheIdentityChangesNothing(Maybe<int> value) =>
        Assert.That(value.Map(x => x), Is.EqualTo(value));

    [TestCaseSource(nameof(Samples))]
    public void MappingTwiceIsMappingTheComposition(Maybe<int> value)
    {
        Func<int, int> add = x => x + 1;
        Func<int, string> show = x => $"<{x}>";
        Assert.That(value.Map(add).Map(show), Is.EqualTo(value.Map(x => show(add(x)))));
    }

    [TestCase(-4)]
    [TestCase(3)]
    [TestCase(8)]
    public void SomeIsTheLeftIdentityOfFlatMap(int value) =>
        Assert.That(Maybe.Some(value).FlatMap(Half), Is.EqualTo(Half(value)));

    [TestCaseSource(nameof(Samples))]
    public void SomeIsTheRightIdentityOfFlatMap(Maybe<int> value) =>
        Assert.That(value.FlatMap(Maybe.Some), Is.EqualTo(value));

    [TestCaseSource(nameof(Samples))]
    public void FlatMapIsAssociative(Maybe<int> value) =>
        Assert.That(
            value.FlatMap(Half).FlatMap(Positive),
            Is.EqualTo(value.FlatMap(x => Half(x).FlatMap(Positive)))
        );

    [Test]
    public void AChainEndsAtTheFirstStepWithoutAValue()
    {
        static int Chain(int[]? data) =>
            Maybe.Of(data).Map(d => d.Length).Filter(n => n > 1).FlatMap(Half).GetOrElse(-1);

        Assert.That(Chain([5, 6, 7, 8]), Is.EqualTo(2));
        Assert.That(Chain([5, 6, 7]), Is.EqualTo(-1));
        Assert.That(Chain([5]), Is.EqualTo(-1));
        Assert.That(Chain(null), Is.EqualTo(-1));
    }

    [Test]
    public void NullAndAnEmptyNullableAreNothing()
    {
        Assert.That(Maybe.Of((string?)null), Is.EqualTo(Maybe<string>.None));
        Assert.That(Maybe.Of((int?)null), Is.EqualTo(Maybe<int>.None));
        Assert.That(Maybe.Of((int?)4), Is.EqualTo(Maybe.Some(4)));
        Assert.That(Maybe.Of(0), Is.EqualTo(Maybe.Some(0)));
        Assert.That(default(Maybe<int>).IsSome, Is.False);
    }

    [Test]
    public void AFallbackRunsOnlyWhenNeeded()
    {
        static int Never() => throw new InvalidOperationException();
        Assert.That(Maybe.Some(3).GetOrElse(Never), Is.EqualTo(3));
        Assert.That(Maybe.None<int>().GetOrElse(() => 4), Is.EqualTo(4));
        Assert.That(Maybe.None<int>().OrElse(Maybe.Some(5)), Is.EqualTo(Maybe.Some(5)));
        Assert.That(Maybe.Some(3).OrElse(Maybe.Some(5)), Is.EqualTo(Maybe.Some(3)));
    }

    [Test]
    public void EveryWayOutAgrees()
    {
        Assert.That(Maybe.Some(3).TryGet(out var three), Is.True);
        Assert.That(three, Is.EqualTo(3));
        Assert.That(Maybe.None<int>().TryGet(out _), Is.False);
        Assert.That(Maybe.Some(3).Match(x => x, () => 0), Is.EqualTo(3));
        Assert.That(Maybe.None<int>().Match(x => x, () => 0), Is.Zero);
        Assert.That(Maybe.Some(3).ToEither("e"), Is.EqualTo(Either<string, int>.Right(3)));
        Assert.That(Maybe.None<int>().ToEither("e"), Is.EqualTo(Either<string, int>.Left("e")));
        Assert.That(Maybe.Some(3).ToString(), Is.EqualTo("Some(3)"));
        Assert.That(Maybe.None<int>().ToString(), Is.EqualTo("None"));
    }
}
