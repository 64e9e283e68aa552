using System;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class EitherTests
{
    private static readonly Either<string, int>[] Samples =
    [
        Either<string, int>.Left("broken"),
        Either<string, int>.Right(-3),
        Either<string, int>.Right(8),
    ];

    private static Either<string, int> Half(int x) =>
        x % 2 == 0 ? Either<string, int>.Right(x / 2) : Either<string, int>.Left($"{x} is odd");

    private static Either<string, int> Positive(int x) =>
        x > 0 ? Either<string, int>.Right(x) : Either<string, int>.Left($"{x} is not positive");

    [TestCaseSource(nameof(Samples))]
    public void MappingTheIdentityChangesNothing(Either<string, int> value)
    {
        Assert.That(value.Map(x => x), Is.EqualTo(value));
        Assert.That(value.MapLeft(x => x), Is.EqualTo(value));
    }

    [TestCaseSource(nameof(Samples))]
    public void MappingTwiceIsMappingTheComposition(Either<string, int> value) =>
        Assert.That(
            value.Map(x => x + 1).Map(x => $"<{x}>"),
            Is.EqualTo(value.Map(x => $"<{x + 1}>"))
        );

    [TestCase(-4)]
    [TestCase(3)]
    public void RightIsTheLeftIdentityOfFlatMap(int value) =>
        Assert.That(Either.Of<string, int>(value).FlatMap(Half), Is.EqualTo(Half(value)));

    [TestCaseSource(nameof(Samples))]
    public void RightIsTheRightIdentityOfFlatMap(Either<string, int> value) =>
        Assert.That(value.FlatMap(Either<string, int>.Right), Is.EqualTo(value));

    [TestCaseSource(nameof(Samples))]
    public void FlatMapIsAssociative(Either<string, int> value) =>
        Assert.That(
            value.FlatMap(Half).FlatMap(Positive),
            Is.EqualTo(value.FlatMap(x => Half(x).FlatMap(Positive)))
        );

    [Test]
    public void TheFirstErrorWins()
    {
        Assert.That(Half(3).FlatMap(Positive), Is.EqualTo(Either<string, int>.Left("3 is odd")));
        Assert.That(
            Half(-8).FlatMap(Positive),
            Is.EqualTo(Either<string, int>.Left("-4 is not positive"))
        );
    }

    [Test]
    public void AFilterMakesItsErrorOfTheValue()
    {
        static Either<string, int> Small(Either<string, int> value) =>
            value.Filter(x => x < 5, x => $"{x} is large");

        Assert.That(Small(Half(8)), Is.EqualTo(Either<string, int>.Right(4)));
        Assert.That(Small(Half(12)), Is.EqualTo(Either<string, int>.Left("6 is large")));
        Assert.That(Small(Half(3)), Is.EqualTo(Either<string, int>.Left("3 is odd")));
    }

    [Test]
    public void EveryWayOutAgrees()
    {
        Assert.That(Half(8).GetOrElse(0), Is.EqualTo(4));
        Assert.That(Half(3).GetOrElse(error => error.Length), Is.EqualTo(8));
        Assert.That(Half(8).Match(_ => 0, x => x), Is.EqualTo(4));
        Assert.That(Half(8).ToMaybe(), Is.EqualTo(Maybe.Some(4)));
        Assert.That(Half(3).ToMaybe(), Is.EqualTo(Maybe<int>.None));
        Assert.That(Half(8).IsRight, Is.True);
        Assert.That(Half(3).IsLeft, Is.True);
        Assert.That(Half(3).ToString(), Is.EqualTo("Left(3 is odd)"));
        Assert.That(Half(8).ToString(), Is.EqualTo("Right(4)"));
    }

    [Test]
    public void OneThatNobodyMadeSaysSo() =>
        Assert.That(
            () => default(Either<string, int>).IsRight,
            Throws.TypeOf<InvalidOperationException>()
        );

    [Test]
    public void AFaultOnTheLeftIsThrown()
    {
        var fault = Core.Fault.NewCancelled("The test");
        var either = Either<Core.Fault, int>.Left(fault);
        Assert.That(Raised.By(() => either.OrThrow()), Is.EqualTo(fault));
        Assert.That(Either<Core.Fault, int>.Right(3).OrThrow(), Is.EqualTo(3));
    }
}
