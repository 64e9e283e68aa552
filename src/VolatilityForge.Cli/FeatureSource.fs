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

    /// Steps by --clean, after those of --session; the causal ones without it, none for "none". Tells which look ahead.
    let private steps
        (voice: Voice)
        (clean: string option)
        (calendar: Calendar option)
        (cleaning: TickCleaning<'ticks>)
        : Result<CleaningStep<'ticks> list, Fault> =
        TickCleaning.chosen cleaning cleaning.Causal clean
        |> Result.map (fun steps ->
            for step in steps do
                if List.contains step.Name cleaning.LookingAhead then
                    Terminal.note
                        voice
                        $"note: {step.Name} judges a row by what came after it, so these features know more than a forecast may"

            TickCleaning.within cleaning calendar steps)

    let private counted (voice: Voice) (made: TickFrame) : unit =
        let symbol = made.Frame.Symbol
        let label = if symbol = "" then "" else symbol + ": "

        for count in made.Counts do
            Terminal.note voice $"{label}{count.Step}: {count.Touched} ({count.Rule}); {count.Left} left"

        if made.Exchanges.Length > 1 then
            let listed = String.Join(" ", made.Exchanges)

            Terminal.note
                voice
                $"note: {label}rows of {made.Exchanges.Length} exchanges ({listed}) follow each other, so changes from row to row are not those of one book; --clean with exchange:NAME keeps one"

    let private told (shared: ParseResults<Arguments>) (frames: TickFrame list, notes: IngestNote list) : Frame list =
        Shared.tell shared notes
        frames |> List.iter (counted (Shared.voice shared))
        frames |> List.map _.Frame

    let private ofTicks
        (cleaning: TickCleaning<'ticks>)
        (read: CleaningStep<'ticks> list -> TableOptions -> string -> Result<TickFrame list * IngestNote list, Fault>)
        (shared: ParseResults<Arguments>)
        (options: TableOptions)
        (clean: string option)
        (calendar: Calendar option)
        (path: string)
        : Result<Frame list, Fault> =
        either {
            let! steps = steps (Shared.voice shared) clean calendar cleaning
            return! read steps options path |> Result.map (told shared)
        }

    let private ofQuotes = ofTicks TickCleaning.quotes TickFrames.ofQuotes

    let private ofTrades = ofTicks TickCleaning.trades TickFrames.ofTrades

    /// Trades beside the quotes of their symbol; a lone series of each belong together whatever they are called.
    let private joined (quotes: Frame list) (trades: Frame list) : Result<Frame list, Fault> =
        match quotes, trades with
        | [ quotes ], [ trades ] -> TickFrames.beside quotes trades |> Result.map List.singleton
        | _ ->
            trades
            |> Checked.traverse (fun frame ->
                match quotes |> List.tryFind (fun other -> other.Symbol = frame.Symbol) with
                | Some quotes -> TickFrames.beside quotes frame
                | None -> Error(Fault.UnknownName("symbol in --quotes", frame.Symbol, quotes |> List.map _.Symbol)))

    let private optionRows = "option-rows"

    /// What --kind says: the kind, and whether a chain is read contract by contract.
    let private asked (arguments: ParseResults<FeaturesArgs>) : Result<(TableKind * bool) option, Fault> =
        match arguments.TryGetResult FeaturesArgs.Kind with
        | None -> Ok None
        | Some name when name.ToLowerInvariant() = optionRows -> Ok(Some(TableKind.OptionQuotes, true))
        | Some name ->
            match TableKind.parse name with
            | Ok kind -> Ok(Some(kind, false))
            | Error(Fault.UnknownName(what, name, known)) ->
                Error(Fault.UnknownName(what, name, known @ [ optionRows ]))
            | Error fault -> Error fault

    /// Expiries that gave no smile, counted by reason.
    let private withoutSmile (voice: Voice) (quotes: OptionQuotes) : unit =
        let reasons =
            OptionQuotes.snapshots quotes
            |> List.collect (snd >> OptionSurface.expiries OptionSurface.defaults)
            |> List.choose (fun (expiry, smile) ->
                match smile with
                | Ok _ -> None
                | Error fault -> Some(expiry, Fault.describe fault))

        for reason, expiries in List.groupBy snd reasons do
            let first =
                (fst expiries.Head).ToString("yyyy-MM-dd", Globalization.CultureInfo.InvariantCulture)

            Terminal.note
                voice
                $"""note: {Noun.counted expiries.Length "expiry"} without a smile, the first {first}: {reason}"""

    let private ofOptions
        (shared: ParseResults<Arguments>)
        (options: TableOptions)
        (rows: bool)
        (path: string)
        : Result<Frame list, Fault> =
        either {
            let! quotes, notes = OptionsCsv.readNoted options path
            Shared.tell shared notes
            quotes |> List.iter (withoutSmile (Shared.voice shared))

            return!
                if rows then
                    quotes
                    |> Checked.traverse (OptionRows.frames OptionSurface.defaults)
                    |> Result.map List.concat
                else
                    quotes
                    |> Checked.traverse (OptionSurface.characteristics OptionSurface.defaults)
        }

    // An option that the kind of the data has no use for is a mistake, not a wish to be passed over.
    let private unused (arguments: ParseResults<FeaturesArgs>) (kind: TableKind) : Result<unit, Fault> =
        let refuse (given: bool) (name: string) (rule: string) =
            Checked.require (Fault.BadSetting(name, rule, $"data of kind {TableKind.name kind}")) (not given)

        let ticks = kind = TableKind.Quotes || kind = TableKind.Trades

        Checked.all
            [
                refuse
                    (arguments.Contains FeaturesArgs.Quotes && kind <> TableKind.Trades)
                    "--quotes"
                    "must come with trades"
                refuse (arguments.Contains FeaturesArgs.Clean && not ticks) "--clean" "must come with quotes or trades"
                refuse
                    (arguments.Contains FeaturesArgs.Session && not ticks)
                    "--session"
                    "must come with quotes or trades"
            ]

    /// Whether the data are a chain's characteristics, and the frames, one per symbol: bars as they are; quotes and trades cleaned and
    /// told how, by default by steps that look at no later row; option quotes as their characteristics or contracts over time; any
    /// other table as it is.
    let read
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<FeaturesArgs>)
        (data: string)
        : Result<bool * Frame list, Fault> =
        either {
            let! options = Shared.table shared
            let! asked = asked arguments

            let! kind, rows =
                match asked with
                | Some told -> Ok told
                | None when
                    File.Exists data
                    && not (data.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
                    ->
                    TableKind.detect options data |> Result.map (fun kind -> kind, false)
                | None -> Ok(TableKind.Frame, false)

            do! unused arguments kind
            let clean = arguments.TryGetResult FeaturesArgs.Clean

            let! calendar =
                match arguments.TryGetResult FeaturesArgs.Session with
                | None -> Ok None
                | Some hours -> Session.parse hours |> Result.map (Calendar.weekdays >> Some)

            let! frames =
                match kind with
                | TableKind.Bars -> Shared.bars shared data |> Result.bind (Checked.traverse ofBars)
                | TableKind.Quotes -> ofQuotes shared options clean calendar data
                | TableKind.Trades ->
                    either {
                        let! trades = ofTrades shared options clean calendar data

                        match arguments.TryGetResult FeaturesArgs.Quotes with
                        | None -> return trades
                        | Some path ->
                            let! quotes = ofQuotes shared { options with Columns = Map.empty } None calendar path
                            return! joined quotes trades
                    }
                | TableKind.OptionQuotes -> ofOptions shared options rows data
                | TableKind.Frame ->
                    ofTable options data
                    |> Result.map (fun (frames, notes) ->
                        Shared.tell shared notes
                        frames)

            do!
                Either.require
                    (Fault.TooShort(Sources.name data, 1, 0))
                    (frames |> List.exists (fun frame -> frame.Length > 0))

            return (kind = TableKind.OptionQuotes && not rows), frames
        }
