using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>The coefficients of a model over its refits, about one a month.</summary>
public sealed class ParameterPath
{
    internal ParameterPath(Core.ParameterPath path)
    {
        Model = path.Model;
        Horizon = path.Horizon;
        Dates = ImmutableCollectionsMarshal.AsImmutableArray(path.Dates);
        Names = [.. path.Names];
        Values = [.. path.Values.Select(ImmutableCollectionsMarshal.AsImmutableArray)];
    }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>Days ahead.</summary>
    public int Horizon { get; }

    /// <summary>Days of the fits.</summary>
    public ImmutableArray<DateOnly> Dates { get; }

    /// <summary>Names of the coefficients.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>By day, then by name.</summary>
    public IReadOnlyList<ImmutableArray<double>> Values { get; }
}
