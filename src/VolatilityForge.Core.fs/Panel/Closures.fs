/// Sessions and holidays of all markets of a panel, by weekday: what is known to be closed, what is expected to be. Knows no regression.
namespace VolatilityForge

open System
open System.Threading.Tasks

/// Closed days of a panel from its first weekday on. Expectations go on for some weekdays after the last, and use days at least 60 calendar
/// days before the one that they are of.
[<Sealed>]
type Closures
    internal
    (panel: Panel, dates: DateOnly[], expected: bool[][], today: Map<string, float[]>, ahead: Map<string, float[]>) =

    /// The panel they are of.
    member _.Panel: Panel = panel

    /// The weekdays' dates, those after the panel's last included.
    member _.Dates: DateOnly[] = dates

    /// Whether a symbol is expected to have no session, by weekday.
    member _.Expected(symbol: int) : bool[] = expected[symbol]

    /// Share of a group's markets that are closed on the weekday, as known at its close.
    member _.ShareClosed(group: string) : float[] = today[group]

    /// Share of a group's markets that are expected to be closed on a weekday.
    member _.ShareExpected(group: string) : float[] = ahead[group]

/// Finding closed days.
[<RequireQualifiedAccess>]
module Closures =

    /// The group of all symbols, where a panel has no groups.
    let everywhere: string = "(all)"

    /// The group of the lead market alone.
    let lead: string = "(lead)"

    /// Weekdays after the last for which there are expectations.
    let private after = 60

    /// Most groups that have terms of their own.
    let private mostGroups = 8

    /// Groups that have terms of their own: those of the panel in ordinal order; all symbols as one where there is none or more than eight.
    let groups (panel: Panel) : string list =
        let names = panel.Groups |> Map.values |> Seq.distinct |> List.ofSeq
        let names = names |> List.sortWith (fun a b -> String.CompareOrdinal(a, b))

        if names.IsEmpty || names.Length > mostGroups then
            [ everywhere ]
        else
            names

    /// The places of a group's symbols.
    let members (panel: Panel) (group: string) : int[] =
        [|
            for symbol in 0 .. panel.Count - 1 do
                if
                    (group = lead && panel.Lead = Some panel.Symbols[symbol])
                    || group = everywhere
                    || panel.Groups.TryFind panel.Symbols[symbol] = Some group
                then
                    symbol
        |]

    let private sessions (panel: Panel) (days: int) (symbol: int) : bool[] =
        let open' = Array.create days false

        for date in panel.Histories[symbol].Dates do
            let weekday = MarketDay.ofDate date

            if MarketDay.date weekday = date then
                open'[MarketDay.between panel.First weekday] <- true

        open'

    let private share (days: int) (members: int[]) (count: int -> int -> bool) (value: int -> int -> float) : float[] =
        Array.init days (fun day ->
            let mutable sum = 0.0
            let mutable counted = 0

            for symbol in members do
                if count symbol day then
                    sum <- sum + value symbol day
                    counted <- counted + 1

            if counted = 0 then 0.0 else sum / float counted)

    /// Closed days of a panel, with so many threads.
    let ofPanel (threads: int) (panel: Panel) : Closures =
        let days = MarketDay.between panel.First panel.Last + 1

        let dates =
            Array.init (days + after) (fun day -> MarketDay.date (MarketDay.add day panel.First))

        let rules = dates |> Array.map ClosedDays.rules
        let expected = Array.zeroCreate<bool[]> panel.Count
        let today = Array.zeroCreate<float[]> panel.Count

        Parallel.For(
            0,
            panel.Count,
            ParallelOptions(MaxDegreeOfParallelism = max 1 threads),
            fun symbol ->
                let session = sessions panel days symbol
                expected[symbol] <- ClosedDays.predict dates rules session
                today[symbol] <- ClosedDays.today session
        )
        |> ignore

        let alive (symbol: int) (day: int) : bool =
            dates[day].DayNumber - panel.Histories[symbol].Dates[0].DayNumber
            >= ClosedDays.Lag

        let names = lead :: everywhere :: groups panel |> List.distinct

        let byGroup (make: int[] -> float[]) : Map<string, float[]> =
            names |> List.map (fun name -> name, make (members panel name)) |> Map.ofList

        let known (symbol: int) (day: int) : bool = not (Double.IsNaN(today[symbol][day]))
        let closed (symbol: int) (day: int) : float = today[symbol][day]

        let holiday (symbol: int) (day: int) : float =
            if expected[symbol][day] then 1.0 else 0.0

        Closures(
            panel,
            dates,
            expected,
            byGroup (fun members -> share days members known closed),
            byGroup (fun members -> share dates.Length members alive holiday)
        )
