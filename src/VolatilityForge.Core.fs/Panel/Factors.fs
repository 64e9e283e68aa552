/// What moves all symbols, a group of them, or follows from the lead market, by weekday. Knows no regression.
namespace VolatilityForge

open System.Threading.Tasks

/// Sums of standings by weekday over some symbols, from which one can be taken out again.
[<Struct>]
type internal StandingSum =
    {
        Sum: float[]
        Squares: float[]
        Count: int[]
    }

/// Factors of a panel by weekday, from `panel.First` on; NaN where missing. Made in one pass over the symbols, of which none is kept.
[<Sealed>]
type Factors
    internal
    (
        panel: Panel,
        all: StandingSum,
        groups: Map<string, StandingSum>,
        lead: float[] option,
        common: Map<string, float[]>
    ) =

    // Keeps the logarithm finite where all symbols stand alike.
    let smallestDispersion = 1e-3

    let mean (sum: StandingSum) : float[] =
        Array.map2 (fun total count -> if count > 0 then total / float count else nan) sum.Sum sum.Count

    let everywhere = mean all

    let dispersion =
        Array.init everywhere.Length (fun day ->
            if all.Count[day] < 2 then
                nan
            else
                let mean = everywhere[day]
                let variance = all.Squares[day] / float all.Count[day] - mean * mean
                log (smallestDispersion + sqrt (max 0.0 variance)))

    /// The panel they are of.
    member _.Panel: Panel = panel

    /// Mean standing of all symbols.
    member _.Global: float[] = everywhere

    /// ln of the standard deviation of standings over symbols.
    member _.Dispersion: float[] = dispersion

    /// Standing of the lead market; None where the panel names none.
    member _.Lead: float[] option = lead

    /// Mean standing of a group's symbols; None where no symbol has the group.
    member _.Group(name: string) : float[] option = groups.TryFind name |> Option.map mean

    /// A common series by weekday, carried forward for a week; None where the panel has none of that name.
    member _.Common(name: string) : float[] option = common.TryFind name

    /// Mean standing of the others of a symbol's group, given the symbol's own; None where it has no group.
    member _.Others(symbol: string, own: float[]) : float[] option =
        panel.Groups.TryFind symbol
        |> Option.map (fun name ->
            let group = groups[name]

            Array.init own.Length (fun day ->
                if System.Double.IsNaN own[day] then
                    if group.Count[day] > 0 then
                        group.Sum[day] / float group.Count[day]
                    else
                        nan
                elif group.Count[day] > 1 then
                    (group.Sum[day] - own[day]) / float (group.Count[day] - 1)
                else
                    nan))

/// Making factors.
[<RequireQualifiedAccess>]
module Factors =

    /// Weekdays a symbol's standing stays known after its last own day.
    let carry: int = 5

    /// Weekdays the lead market's standing stays known.
    let leadCarry: int = 10

    /// Symbols whose sums are made at once; the sums are the same for any number of threads because blocks are added in order.
    [<Literal>]
    let private BlockSymbols = 64

    /// The standing of one symbol by weekday of the panel.
    let standing (panel: Panel) (carry: int) (symbol: int) : float[] =
        let history = panel.Histories[symbol]
        Standing.onWeekdays panel.First panel.Last carry history.Dates (Standing.ofHistory history)

    let private empty (days: int) : StandingSum =
        {
            Sum = Array.zeroCreate days
            Squares = Array.zeroCreate days
            Count = Array.zeroCreate days
        }

    let private addTo (sum: StandingSum) (values: float[]) : unit =
        for day in 0 .. values.Length - 1 do
            if not (System.Double.IsNaN values[day]) then
                sum.Sum[day] <- sum.Sum[day] + values[day]
                sum.Squares[day] <- sum.Squares[day] + values[day] * values[day]
                sum.Count[day] <- sum.Count[day] + 1

    let private merge (sum: StandingSum) (other: StandingSum) : unit =
        for day in 0 .. sum.Sum.Length - 1 do
            sum.Sum[day] <- sum.Sum[day] + other.Sum[day]
            sum.Squares[day] <- sum.Squares[day] + other.Squares[day]
            sum.Count[day] <- sum.Count[day] + other.Count[day]

    /// The factors of a panel, with so many threads.
    let ofPanel (threads: int) (panel: Panel) : Factors =
        let days = MarketDay.between panel.First panel.Last + 1
        let names = panel.Groups |> Map.values |> Seq.distinct |> Seq.sort |> List.ofSeq
        let blocks = (panel.Count + BlockSymbols - 1) / BlockSymbols

        let sums: struct (StandingSum * Map<string, StandingSum>)[] =
            Array.zeroCreate blocks

        let ofBlock (block: int) : unit =
            let all = empty days
            let groups = names |> List.map (fun name -> name, empty days) |> Map.ofList

            for symbol in block * BlockSymbols .. min panel.Count ((block + 1) * BlockSymbols) - 1 do
                let own = standing panel carry symbol
                addTo all own

                match panel.Groups.TryFind panel.Symbols[symbol] with
                | Some name -> addTo groups[name] own
                | None -> ()

            sums[block] <- struct (all, groups)

        Parallel.For(0, blocks, ParallelOptions(MaxDegreeOfParallelism = max 1 threads), ofBlock)
        |> ignore

        let all = empty days
        let groups = names |> List.map (fun name -> name, empty days) |> Map.ofList

        for struct (blockAll, blockGroups) in sums do
            merge all blockAll

            for name in names do
                merge groups[name] blockGroups[name]

        let lead =
            panel.Lead
            |> Option.map (fun symbol -> standing panel leadCarry (System.Array.IndexOf(panel.Symbols, symbol)))

        let common =
            panel.Common
            |> List.map (fun series ->
                // A blank row carries the value before it on, as a missing row does.
                let known =
                    Array.zip series.Dates series.Values
                    |> Array.filter (fun (_, value) -> not (System.Double.IsNaN value))

                let dates, values = Array.unzip known
                series.Name, Standing.onWeekdays panel.First panel.Last carry dates values)
            |> Map.ofList

        Factors(panel, all, groups, lead, common)
