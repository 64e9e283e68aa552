/// Quotes and trades of files and databases as frames for features: cleaned, with every other column of numbers, trades beside the quotes before
/// them. Knows no feature.
namespace VolatilityForge

open System
open System.IO

/// A symbol's ticks as a frame, and what became of them on the way.
type TickFrame =
    {
        Frame: Frame
        /// What each step of cleaning did.
        Counts: CleaningCount list
        /// The exchanges whose ticks are left, in ordinal order; empty where the source doesn't tell.
        Exchanges: string list
    }

/// Frames from files of ticks.
[<RequireQualifiedAccess>]
module TickFrames =

    let private grown
        (kind: TickKind<'ticks>)
        (others: (string * float[]) list)
        (ticks: 'ticks)
        (frame: Frame)
        : Result<Frame, Fault> =
        // A column called like one of the frame's, whose part another plays, has no name left.
        let others =
            others |> List.filter (fun (name, _) -> not (List.contains name frame.Names))

        let columns =
            match kind.Origin ticks with
            | Some positions ->
                others
                |> List.map (fun (name, values) -> name, TickRules.gather positions values)
            | None -> others

        match columns with
        | (_, first) :: _ when first.Length <> TickKind.length kind ticks ->
            // A step of one's own that makes new ticks has lost where they came from.
            Ok frame
        | _ -> Frame.own frame.Symbol frame.Index (frame.Columns @ columns)

    let private ofTables
        (kind: TickKind<'ticks>)
        (steps: CleaningStep<'ticks> list)
        (tables: ('ticks * (string * float[]) list) list, notes: IngestNote list)
        : Result<TickFrame list * IngestNote list, Fault> =
        tables
        |> Checked.traverse (fun (ticks, others) ->
            let cleaned = Cleaning.run (TickKind.length kind) steps ticks

            kind.ToFrame cleaned.Ticks
            |> Result.bind (grown kind others cleaned.Ticks)
            |> Result.map (fun frame ->
                {
                    Frame = frame
                    Counts = cleaned.Counts
                    Exchanges =
                        kind.Exchange cleaned.Ticks
                        |> Option.defaultValue [||]
                        |> Array.distinct
                        |> Array.sort
                        |> List.ofArray
                }))
        |> Result.map (fun frames -> frames, notes)

    /// The frames of a text of quotes, one per symbol: bid, ask and their sizes after cleaning, then the other columns of numbers by
    /// their names, further levels of a book as bid_2, ask_2, bid_size_2, ask_size_2, ... Where the steps merge quotes of one time, the
    /// other columns are those of the last; one called bid while another plays that part is left out. Faults: those of reading, and two
    /// quotes of one time that no step merged.
    let ofQuotesText
        (steps: CleaningStep<Quotes> list)
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<TickFrame list * IngestNote list, Fault> =
        TickTable.withOthers QuotesCsv.table true options source text
        |> Result.bind (ofTables Quotes.kind steps)

    /// The frames of quotes of a source as Sources.frames takes it, as ofQuotesText.
    let ofQuotes
        (steps: CleaningStep<Quotes> list)
        (options: TableOptions)
        (source: string)
        : Result<TickFrame list * IngestNote list, Fault> =
        TickSources.quoteTables options source
        |> Result.bind (ofTables Quotes.kind steps)

    /// The frames of a text of trades, one per symbol: price and size after cleaning, then the other columns of numbers by their names.
    /// Faults as ofQuotesText.
    let ofTradesText
        (steps: CleaningStep<Trades> list)
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<TickFrame list * IngestNote list, Fault> =
        TickTable.withOthers TradesCsv.table true options source text
        |> Result.bind (ofTables Trades.kind steps)

    /// The frames of trades of a source as Sources.frames takes it, as ofTradesText.
    let ofTrades
        (steps: CleaningStep<Trades> list)
        (options: TableOptions)
        (source: string)
        : Result<TickFrame list * IngestNote list, Fault> =
        TickSources.tradeTables options source
        |> Result.bind (ofTables Trades.kind steps)

    /// Trades with the columns of the last quote before each, strictly, on its day: a quote of the trade's own time may be its
    /// consequence. NaN where there is none. Fault.BadSetting where both have a column of one name.
    let beside (quotes: Frame) (trades: Frame) : Result<Frame, Fault> =
        let standing = Array.create trades.Length -1
        let mutable last = -1

        for row in 0 .. trades.Length - 1 do
            let time = trades.Index[row]

            while last + 1 < quotes.Length && quotes.Index[last + 1] < time do
                last <- last + 1

            if last >= 0 && quotes.Index[last].Date = time.Date then
                standing[row] <- last

        quotes.Columns
        |> List.map (fun (name, values) -> name, standing |> Array.map (fun at -> if at < 0 then nan else values[at]))
        |> List.append trades.Columns
        |> Frame.own trades.Symbol trades.Index
