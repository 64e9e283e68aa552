using System;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

/// <summary>The fault that an action raises.</summary>
internal static class Raised
{
    public static Core.Fault By(Action action)
    {
        try
        {
            action();
        }
        catch (Core.VolatilityForgeException raised)
        {
            return raised.Fault;
        }
        throw new AssertionException("Nothing was raised.");
    }
}
