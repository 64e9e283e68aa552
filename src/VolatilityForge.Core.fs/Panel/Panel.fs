/// Daily histories of many symbols with their own calendars, spans and gaps. Knows no feature and no model.
namespace VolatilityForge

open System

/// A daily series that every symbol may read, such as an implied volatility: dates strictly increasing, NaN where missing.
type CommonSeries =
    {
        Name: string
        Dates: DateOnly[]
        Values: float[]
    }

/// Histories of one or more symbols, in ordinal order of the symbols, with what is known of them as a whole.
[<Sealed>]
type Panel internal (histories: History[], groups: Map<string, string>, lead: string option, common: CommonSeries list)
    =

    let symbols = histories |> Array.map _.Symbol

    let first =
        histories |> Array.map (fun h -> MarketDay.ofDate h.Dates[0]) |> Array.min

    let last =
        histories
        |> Array.map (fun h -> MarketDay.ofDate h.Dates[h.Dates.Length - 1])
        |> Array.max

    /// One history per symbol.
    member _.Histories: History[] = histories

    /// The symbols, in ordinal order.
    member _.Symbols: string[] = symbols

    /// Symbols in the panel.
    member _.Count: int = histories.Length

    /// Group of each symbol that has one, such as its region.
    member _.Groups: Map<string, string> = groups

    /// The market that others follow, if one is named.
    member _.Lead: string option = lead

    /// Series that every symbol may read.
    member _.Common: CommonSeries list = common

    /// The first weekday on which a symbol has a value.
    member _.First: MarketDay = first

    /// The last weekday on which a symbol has a value.
    member _.Last: MarketDay = last

    /// The last own day of a symbol dated at or before a date; None before its first day.
    member _.OwnDay(symbol: int, date: DateOnly) : OwnDay voption =
        let dates = histories[symbol].Dates
        let found = Array.BinarySearch(dates, date)
        let index = if found >= 0 then found else ~~~found - 1
        if index >= 0 then ValueSome(OwnDay index) else ValueNone

    /// The last own day of a symbol that is known at the close of a weekday.
    member panel.OwnDay(symbol: int, day: MarketDay) : OwnDay voption =
        panel.OwnDay(symbol, MarketDay.date day)

    /// The weekday of a symbol's own day.
    member _.MarketDay(symbol: int, day: OwnDay) : MarketDay =
        MarketDay.ofDate histories[symbol].Dates[day.Index]

/// Making panels.
[<RequireQualifiedAccess>]
module Panel =

    /// A panel of histories in any order. Faults: TooShort for none, BadSetting for a symbol that comes twice.
    let create (histories: History list) : Result<Panel, Fault> =
        let sorted =
            histories
            |> List.toArray
            |> Array.sortWith (fun a b -> String.CompareOrdinal(a.Symbol, b.Symbol))

        let repeated =
            sorted
            |> Array.pairwise
            |> Array.tryFind (fun (before, after) -> before.Symbol = after.Symbol)

        match repeated with
        | _ when sorted.Length = 0 -> Error(Fault.TooShort("A panel", 1, 0))
        | Some(symbol, _) -> Error(Fault.BadSetting("symbols", "must differ from each other", symbol.Symbol))
        | None ->
            match sorted |> Array.tryFind (fun history -> history.Dates.Length = 0) with
            | Some empty -> Error(Fault.TooShort($"The history of {empty.Symbol}", 1, 0))
            | None -> Ok(Panel(sorted, Map.empty, None, []))

    /// The place of a symbol, or a fault that lists the symbols.
    let find (symbol: string) (panel: Panel) : Result<int, Fault> =
        match Array.BinarySearch(panel.Symbols, symbol, StringComparer.Ordinal) with
        | index when index >= 0 -> Ok index
        | _ -> Error(Fault.UnknownName("symbol in the panel", symbol, List.ofArray panel.Symbols))

    /// The panel with the group of each symbol, such as its region; symbols may be left out. A fault for a symbol that the panel
    /// doesn't have.
    let withGroups (groups: (string * string) list) (panel: Panel) : Result<Panel, Fault> =
        groups
        |> Checked.traverse (fun (symbol, _) -> find symbol panel)
        |> Result.map (fun _ -> Panel(panel.Histories, Map.ofList groups, panel.Lead, panel.Common))

    /// The panel with the market that others follow.
    let withLead (symbol: string) (panel: Panel) : Result<Panel, Fault> =
        find symbol panel
        |> Result.map (fun _ -> Panel(panel.Histories, panel.Groups, Some symbol, panel.Common))

    /// The panel with one more series that every symbol may read, in place of one of that name. Faults: BadShape for other numbers of
    /// dates and values, BadSetting for dates that don't increase or an infinite value.
    let withCommon (series: CommonSeries) (panel: Panel) : Result<Panel, Fault> =
        if series.Dates.Length <> series.Values.Length then
            Error(Fault.BadShape(series.Name, "values", string series.Dates.Length, string series.Values.Length))
        elif (Series.firstUnordered series.Dates).IsSome then
            Error(Fault.BadSetting(series.Name, "must have strictly increasing dates", "dates out of order"))
        elif series.Values |> Array.exists Double.IsInfinity then
            Error(Fault.BadSetting(series.Name, "must be finite, or NaN where missing", "an infinite value"))
        else
            let others = panel.Common |> List.filter (fun other -> other.Name <> series.Name)
            Ok(Panel(panel.Histories, panel.Groups, panel.Lead, others @ [ series ]))

    /// What was known at the close of a date: symbols that begin later are left out, as group members and as the lead too. A fault where
    /// none is left.
    let upTo (date: DateOnly) (panel: Panel) : Result<Panel, Fault> =
        let cut (history: History) : History option =
            match Array.BinarySearch(history.Dates, date) with
            | found when found >= 0 -> Some(History.upTo found history)
            | missing when ~~~missing > 0 -> Some(History.upTo (~~~missing - 1) history)
            | _ -> None

        let histories = panel.Histories |> Array.choose cut

        let common =
            panel.Common
            |> List.map (fun series ->
                let known = series.Dates |> Array.filter (fun day -> day <= date) |> Array.length

                { series with
                    Dates = series.Dates[.. known - 1]
                    Values = series.Values[.. known - 1]
                })

        if histories.Length = 0 then
            Error(Fault.TooShort($"The panel up to {date:O}", 1, 0))
        else
            let left = histories |> Array.map _.Symbol |> Set.ofArray
            let groups = panel.Groups |> Map.filter (fun symbol _ -> left.Contains symbol)
            Ok(Panel(histories, groups, Option.filter left.Contains panel.Lead, common))
