/// Moments of symbols' rows at the fits of a schedule, and their sums over symbols. Knows no estimator.
namespace VolatilityForge

open System.Threading.Tasks

/// Walking moments forward.
[<RequireQualifiedAccess>]
module internal PanelMoments =

    /// Symbols whose sums are made at once; blocks are added in order, so that the sums are the same for any number of threads.
    [<Literal>]
    let private BlockSymbols = 8

    /// Bytes of rows that are kept between passes over the symbols; beyond them rows are made again in each pass.
    [<Literal>]
    let KeptBytes = 268_435_456L

    /// Adds to moments the rows from `day` on that are known at the close of a weekday; the first day that isn't.
    let private advance (keep: float) (rows: PanelRows) (moments: RowMoments) (day: int) (until: MarketDay) : int =
        let known = PanelRows.known rows (MarketDay.date until)

        for day in day .. known - 1 do
            if rows.Complete[day] then
                moments.Add(PanelRows.row rows day, rows.LogLabel[day], keep)

        max day known

    /// Tells the moments of a symbol's rows that are known at each fit, and how many days that is. A row's weight is multiplied by `keep`
    /// with each row after it.
    let walk (keep: float) (rows: PanelRows) (refits: MarketDay[]) (tell: int -> RowMoments -> int -> unit) : unit =
        let moments = RowMoments(rows.Width + 1)
        let mutable known = 0

        for fit in 0 .. refits.Length - 1 do
            known <- advance keep rows moments known refits[fit]
            tell fit moments known

    /// Sums at each fit over the symbols with so many rows or more. Rows of as many symbols as there are threads are held at once.
    let pooled
        (threads: int)
        (keep: float)
        (minimumRows: int)
        (width: int)
        (rows: PanelRowSource)
        (refits: MarketDay[])
        : PooledSums[] =
        let empty () =
            refits |> Array.map (fun _ -> PanelPrior.emptySums width)

        let sums = empty ()
        let blocks = (rows.Count + BlockSymbols - 1) / BlockSymbols

        let ofBlock (block: int) : PooledSums[] =
            let own = empty ()

            for symbol in block * BlockSymbols .. min rows.Count ((block + 1) * BlockSymbols) - 1 do
                walk keep (rows.Get symbol) refits (fun fit moments _ ->
                    if moments.Count >= minimumRows then
                        PanelPrior.addMoments own[fit] moments)

            own

        for first in 0 .. max 1 threads .. blocks - 1 do
            let made = Array.zeroCreate (min (max 1 threads) (blocks - first))

            Parallel.For(
                0,
                made.Length,
                ParallelOptions(MaxDegreeOfParallelism = max 1 threads),
                fun i -> made[i] <- ofBlock (first + i)
            )
            |> ignore

            for own in made do
                Array.iter2 PanelPrior.addSums sums own

        sums
