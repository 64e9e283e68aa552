using System.Linq;
using Microsoft.FSharp.Collections;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class FaultTests
{
    private static readonly Core.Fault Setting = Core.Fault.NewBadSetting(
        "heads",
        "must divide dim (32)",
        "5"
    );
    private static readonly Core.Fault Short = Core.Fault.NewTooShort("A fit", 100, 7);

    [Test]
    public void AFaultDescribesItself()
    {
        Assert.That(Setting.Describe(), Is.EqualTo("heads: must divide dim (32). Found 5."));
        Assert.That(Setting.ToException().Message, Is.EqualTo(Setting.Describe()));
        Assert.That(Setting.ToException().Fault, Is.SameAs(Setting));
    }

    [Test]
    public void ExitCodesTellUsageFromData()
    {
        Assert.That(Setting.ExitCode(), Is.EqualTo(2));
        Assert.That(Short.ExitCode(), Is.EqualTo(3));
        Assert.That(Core.Fault.NewCancelled("A run").ExitCode(), Is.EqualTo(130));
    }

    [Test]
    public void FaultsFoundTogetherOpenUp()
    {
        var inner = Core.Fault.NewSeveral(ListModule.OfSeq([Short, Setting]));
        var outer = Core.Fault.NewSeveral(ListModule.OfSeq([Setting, inner]));
        Assert.That(outer.Flatten().ToArray(), Is.EqualTo(new[] { Setting, Short, Setting }));
    }
}
