/// The frames that `volforge features` works on, from whatever its DATA is. Computes no feature.
namespace VolatilityForge.Cli

open System
open System.IO
open Argu
open VolatilityForge

/// Reading by the kind of the data.
[<RequireQualifiedAccess>]
module FeatureSource =

    /// Roles of columns that every reader of frames knows; any other role renames a column.
    let private readerRoles = [ "date"; "time"; "symbol" ]

    let private renamed (roles: (string * string) list) (frame: Frame) : Result<Frame, Fault> =
        match roles |> List.tryFind (fun (_, name) -> not (List.contains name frame.Names)) with
        | Some(_, missing) -> Error(Fault.UnknownName("column", missing, frame.Names))
        | None ->
            frame.Names
            |> Checked.traverse (fun name ->
                Frame.column name frame
                |> Result.map (fun values ->
                    match roles |> List.tryFind (fun (_, known) -> known = name) with
                    | Some(role, _) -> role, values
                    | None -> name, values))
            |> Result.bind (Frame.create frame.Symbol frame.Index)

    let private ofTable (options: TableOptions) (data: string) : Result<Frame list * IngestNote list, Fault> =
        let own, renaming =
            options.Columns
            |> Map.toList
            |> List.partition (fun (role, _) -> List.contains role readerRoles)

        let options =
            { options with
                Columns = Map.ofList own
            }

        either {
            let! frames, notes =
                if
                    File.Exists data
                    && not (data.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
                then
                    FrameCsv.readNoted options data
                else
                    Sources.framesWith options data |> Result.map (fun frames -> frames, [])

            let! frames = frames |> Checked.traverse (renamed renaming)
            return frames, notes
        }

    let private ofBars (bars: Bars) : Result<Frame, Fault> =
        let optional (name: string) (values: float[] option) =
            values |> Option.map (fun values -> name, values) |> Option.toList

        Frame.create
            bars.Symbol
            (bars.Dates |> Array.map _.ToDateTime(TimeOnly.MinValue))
            ([ "open", bars.Open; "high", bars.High; "low", bars.Low; "close", bars.Close ]
             @ optional "adjusted_close" bars.AdjustedClose
             @ optional "volume" bars.Volume)

    let private counted (voice: Voice) (symbol: string) (counts: CleaningCount list) : unit =
        for count in counts do
            let label = if symbol = "" then "" else symbol + ": "
            Terminal.note voice $"{label}{count.Step}: {count.Touched} ({count.Rule}); {count.Left} left"

    /// The kind of the data, and its frames, one per symbol: bars as they are, quotes and trades cleaned by the standard steps and told
    /// how, option quotes as their characteristics over time, any other table as it is.
    let read (shared: ParseResults<Arguments>) (data: string) : Result<TableKind * Frame list, Fault> =
        let voice = Shared.voice shared

        either {
            let! options = Shared.table shared

            let! kind =
                if
                    File.Exists data
                    && not (data.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
                then
                    TableKind.detect options data
                else
                    Ok TableKind.Frame

            let! frames =
                match kind with
                | TableKind.Bars -> Shared.bars shared data |> Result.bind (Checked.traverse ofBars)
                | TableKind.Quotes ->
                    either {
                        let! quotes, notes = QuotesCsv.readNoted options data
                        Shared.tell shared notes

                        return!
                            quotes
                            |> Checked.traverse (fun quotes ->
                                let cleaned = QuoteCleaning.run QuoteCleaning.standard quotes
                                counted voice quotes.Symbol cleaned.Counts
                                Quotes.toFrame cleaned.Ticks)
                    }
                | TableKind.Trades ->
                    either {
                        let! trades, notes = TradesCsv.readNoted options data
                        Shared.tell shared notes

                        return!
                            trades
                            |> Checked.traverse (fun trades ->
                                let cleaned = TradeCleaning.run TradeCleaning.standard trades
                                counted voice trades.Symbol cleaned.Counts
                                Trades.toFrame cleaned.Ticks)
                    }
                | TableKind.OptionQuotes ->
                    either {
                        let! quotes, notes = OptionsCsv.readNoted options data
                        Shared.tell shared notes

                        return!
                            quotes
                            |> Checked.traverse (OptionSurface.characteristics OptionSurface.defaults)
                    }
                | TableKind.Frame ->
                    ofTable options data
                    |> Result.map (fun (frames, notes) ->
                        Shared.tell shared notes
                        frames)

            do! Either.require (Fault.TooShort(data, 1, 0)) (frames |> List.exists (fun frame -> frame.Length > 0))
            return kind, frames
        }
