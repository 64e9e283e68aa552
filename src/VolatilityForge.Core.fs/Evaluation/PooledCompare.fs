/// Comparing two models over many symbols at once: days, not symbol-days, are what is independent. Knows no model.
namespace VolatilityForge

open System

/// One symbol's differences of losses, first less second, by the day of the forecast.
type DatedDifference =
    {
        Symbol: string
        Dates: DateOnly[]
        Difference: float[]
    }

/// Pooled tests.
[<RequireQualifiedAccess>]
module PooledCompare =

    let private what = "Pooled Diebold-Mariano"

    /// Tests that the mean difference over all symbol-days is zero. Differences of one day are added before the long-run variance
    /// is taken over days (Driscoll and Kraay 1998), because symbols share their shocks; symbols may come and go. MeanDifference
    /// is over symbol-days, Count is of days. Faults: those of Compare.zeroMean, series of different lengths in a symbol.
    let dieboldMariano (rule: HacLag) (horizon: int) (panel: DatedDifference list) : Result<DieboldMariano, Fault> =
        let uneven =
            panel
            |> List.tryFind (fun symbol -> symbol.Dates.Length <> symbol.Difference.Length)

        match uneven with
        | Some symbol ->
            Error(
                Fault.BadShape(
                    $"{what}, {symbol.Symbol}",
                    "differences",
                    string symbol.Dates.Length,
                    string symbol.Difference.Length
                )
            )
        | None ->
            let days =
                panel
                |> Seq.collect (fun symbol -> Seq.zip symbol.Dates symbol.Difference)
                |> Seq.groupBy fst
                |> Seq.sortBy fst
                |> Seq.map (fun (_, group) -> Seq.length group, Seq.sumBy snd group)
                |> Array.ofSeq

            let total = days |> Array.sumBy fst
            let mean = (days |> Array.sumBy snd) / float (max 1 total)
            // Each day's sum about the pooled mean, moved back so that its mean over days is the pooled mean.
            let perDay = float total / float (max 1 days.Length)

            let series =
                days
                |> Array.map (fun (symbols, sum) -> mean + (sum - float symbols * mean) / perDay)

            Compare.zeroMean what rule horizon series
