using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class RegistryTests
{
    private static readonly Registry<int, string> Empty = new("model");

    private static readonly Registry<int, string> Two = Empty
        .Register("transformer", n => $"transformer of {n}")
        .Register("har", n => $"har of {n}");

    [Test]
    public void ANameMakesItsValue()
    {
        Assert.That(Two.Create("Transformer", 50), Is.EqualTo("transformer of 50"));
        Assert.That(Two.TryCreate("har", 3).GetOrElse(""), Is.EqualTo("har of 3"));
        Assert.That(Two.Kind, Is.EqualTo("model"));
    }

    [Test]
    public void RegisteringLeavesTheOldRegistryAlone()
    {
        var changed = Two.Register("transformer", _ => "another").Register("garch", _ => "garch");
        Assert.That(Empty.Names, Is.Empty);
        Assert.That(Two.Names, Is.EqualTo(new[] { "transformer", "har" }));
        Assert.That(changed.Names, Is.EqualTo(new[] { "transformer", "har", "garch" }));
        Assert.That(Two.Create("transformer", 1), Is.EqualTo("transformer of 1"));
        Assert.That(changed.Create("transformer", 1), Is.EqualTo("another"));
    }

    [Test]
    public void AnUnknownNameSaysWhatWasMeantAndWhatThereIs()
    {
        var message = Two.TryCreate("transfomer", 1).Match(fault => fault.Describe(), _ => "");
        Assert.That(message, Does.Contain("Did you mean 'transformer'?").And.Contain("har"));
        Assert.That(Raised.By(() => Two.Create("garch", 1)).IsUnknownName, Is.True);
    }
}
