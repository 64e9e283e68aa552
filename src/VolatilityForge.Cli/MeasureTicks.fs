/// Daily measures from quotes and trades: cleaned, counted, cut into sessions. Writes no file.
namespace VolatilityForge.Cli

open System
open System.Globalization
open Argu
open VolatilityForge

/// What was removed from one symbol's ticks.
type SymbolCounts =
    {
        Symbol: string
        Counts: CleaningCount list
    }

/// Measuring ticks.
[<RequireQualifiedAccess>]
module MeasureTicks =

    let private pairs
        (field: string)
        (rule: string)
        (separator: char)
        (text: string)
        : Result<(string * string) list, Fault> =
        CommaList.words text
        |> Checked.traverse (fun word ->
            match word.Split(separator, 2) with
            | [| left; right |] -> Ok(left, right)
            | _ -> Error(Fault.BadSetting(field, rule, word)))

    let private day (field: string) (text: string) : Result<DateOnly, Fault> =
        Shared.date field "must have dates such as 2020-12-31" text

    let private instant (text: string) : Result<DateTime, Fault> =
        Shared.instant text
        |> Either.ofOption (Fault.BadSetting("--halts", "must have times such as 2020-12-31T10:00", text))

    let private halfDay (date: string, hours: string) : Result<DateOnly * Session, Fault> =
        match day "--half-days" date, Session.parse hours with
        | Ok date, Ok session -> Ok(date, session)
        | Error fault, _
        | _, Error fault -> Error fault

    let private halt (from: string, until: string) : Result<Halt, Fault> =
        match instant from, instant until with
        | Ok from, Ok until -> Ok { From = from; Until = until }
        | Error fault, _
        | _, Error fault -> Error fault

    /// Which hours count, by the options: all of them without --session.
    let private calendar (arguments: ParseResults<MeasureArgs>) : Result<Calendar, Fault> =
        let listed (argument: string option) (read: string -> Result<'a list, Fault>) =
            argument |> Option.map read |> Option.defaultValue (Ok [])

        either {
            let! regular =
                match arguments.TryGetResult MeasureArgs.Session with
                | Some text -> Session.parse text |> Result.map Calendar.weekdays
                | None -> Ok Calendar.always

            let! holidays =
                listed
                    (arguments.TryGetResult MeasureArgs.Holidays)
                    (CommaList.words >> Checked.traverse (day "--holidays"))

            let! halfDays =
                listed (arguments.TryGetResult MeasureArgs.Half_Days) (fun text ->
                    pairs "--half-days" "must be as 2020-11-27=09:30-13:00" '=' text
                    |> Result.bind (Checked.traverse halfDay))

            let! halts =
                listed (arguments.TryGetResult MeasureArgs.Halts) (fun text ->
                    pairs "--halts" "must be as 2020-03-09T09:34/2020-03-09T09:49" '/' text
                    |> Result.bind (Checked.traverse halt))

            return
                regular
                |> Calendar.withHolidays holidays
                |> Calendar.withHalfDays halfDays
                |> Calendar.withHalts halts
        }

    let private config (arguments: ParseResults<MeasureArgs>) : Result<IntradayConfig, Fault> =
        either {
            let! calendar = calendar arguments

            let! sampling =
                match arguments.TryGetResult MeasureArgs.Sampling with
                | Some text -> Sampling.parse text
                | None -> Ok Sampling.fiveMinutes

            return
                { Intraday.defaults with
                    Calendar = calendar
                    Sampling = sampling
                    Grids = arguments.GetResult(MeasureArgs.Grids, Intraday.defaults.Grids)
                }
        }

    /// The measures of every symbol of a source of quotes or trades, and what cleaning removed; the kind as it is given or known.
    let run
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<MeasureArgs>)
        (kind: TableKind option)
        (source: string)
        : Result<RealisedMeasures list * SymbolCounts list, Fault> =
        either {
            let! options = Shared.table shared
            let! config = config arguments

            let! measures =
                match arguments.TryGetResult MeasureArgs.Measures with
                | Some names -> CommaList.words names |> Checked.traverse IntradayMeasure.parse
                | None -> Ok IntradayMeasure.all

            let returns =
                if arguments.Contains MeasureArgs.Arithmetic then
                    ReturnKind.Arithmetic
                else
                    ReturnKind.Log

            let restricted = config.Calendar <> Calendar.always
            let signed = returns = ReturnKind.Arithmetic

            if not restricted then
                Terminal.note
                    (Shared.voice shared)
                    "note: without --session every hour of every day counts, and days end at midnight."

            let measured
                (cleaning: TickCleaning<'ticks>)
                (run: CleaningStep<'ticks> list -> 'ticks -> Cleaned<'ticks>)
                (symbol: 'ticks -> string)
                (prices: ReturnKind -> 'ticks -> Result<TickPrices, Fault>)
                (ticks: 'ticks list)
                : Result<(RealisedMeasures * SymbolCounts) list, Fault> =
                let usual = if signed then cleaning.Signed else cleaning.Standard
                let calendar = if restricted then Some config.Calendar else None

                either {
                    let! steps =
                        TickCleaning.chosen cleaning usual (arguments.TryGetResult MeasureArgs.Clean)
                        |> Result.map (TickCleaning.within cleaning calendar)

                    return!
                        ticks
                        |> Checked.traverse (fun own ->
                            let cleaned = run steps own

                            prices returns cleaned.Ticks
                            |> Result.bind (Intraday.measure config measures)
                            |> Result.map (fun measured ->
                                measured,
                                {
                                    Symbol = symbol own
                                    Counts = cleaned.Counts
                                }))
                }

            let! ticks, notes = TickSources.read options kind source
            Shared.tell shared notes

            let! results =
                match ticks with
                | MarketTicks.Quotes quotes ->
                    measured TickCleaning.quotes QuoteCleaning.run _.Symbol TickPrices.ofQuotes quotes
                | MarketTicks.Trades trades ->
                    measured TickCleaning.trades TradeCleaning.run _.Symbol TickPrices.ofTrades trades

            return List.unzip results
        }
