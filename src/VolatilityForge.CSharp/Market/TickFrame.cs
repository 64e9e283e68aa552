using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A symbol's ticks as a frame for features, and what became of them on the way.</summary>
/// <param name="Frame">The ticks that are left, with every other column of numbers of their source.</param>
/// <param name="Counts">What each step of cleaning did, in order.</param>
/// <param name="Exchanges">The exchanges whose ticks are left; empty where the source doesn't tell.</param>
public sealed record TickFrame(
    Frame Frame,
    IReadOnlyList<CleaningCount> Counts,
    IReadOnlyList<string> Exchanges
)
{
    /// <summary>Trades with the columns of the last quote strictly before each on its day; NaN where there is none.</summary>
    /// <exception cref="Core.VolatilityForgeException">Both have a column of one name.</exception>
    public static Frame Beside(Frame quotes, Frame trades) =>
        new(Core.TickFrames.beside(quotes.CoreFrame, trades.CoreFrame).OrThrow());

    internal static IReadOnlyList<TickFrame> Of(
        FSharpResult<
            Tuple<FSharpList<Core.TickFrame>, FSharpList<Core.IngestNote>>,
            Core.Fault
        > result
    ) =>
        [
            .. result
                .OrThrow()
                .Item1.Select(made => new TickFrame(
                    new(made.Frame),
                    CleaningCount.Of(made.Counts),
                    [.. made.Exchanges]
                )),
        ];
}
