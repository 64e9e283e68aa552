using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Columns of ticks as this library's arrays.</summary>
internal static class TickColumns
{
    public static ImmutableArray<T> AsImmutable<T>(this T[] column) =>
        ImmutableCollectionsMarshal.AsImmutableArray(column);

    public static ImmutableArray<T>? AsImmutable<T>(this FSharpOption<T[]>? column) =>
        column is null ? null : ImmutableCollectionsMarshal.AsImmutableArray(column.Value);

    public static FSharpOption<T[]>? Copied<T>(this T[]? column) =>
        column is null ? null : FSharpOption<T[]>.Some([.. column]);
}
