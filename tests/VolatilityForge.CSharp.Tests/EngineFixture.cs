using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

/// <summary>Tests that need tensors; skipped on a machine without the engine.</summary>
public abstract class EngineFixture
{
    [OneTimeSetUp]
    public void RequireEngine()
    {
        var engine = Core.Engine.check();
        if (engine.IsError)
            Assert.Ignore(engine.ErrorValue.Describe());
    }
}
