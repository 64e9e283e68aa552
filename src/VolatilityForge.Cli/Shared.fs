/// Reading bars by the command line's options and writing files whole. Knows no command.
namespace VolatilityForge.Cli

open System
open System.IO
open System.Reflection
open Argu
open Microsoft.FSharp.Reflection
open VolatilityForge

/// Options that every command shares, read once.
[<RequireQualifiedAccess>]
module Shared =

    /// A time such as 2020-12-31T10:00, to 100 nanoseconds and without a zone.
    let instant (text: string) : DateTime option =
        match
            DateTime.TryParseExact(
                text,
                [|
                    "yyyy-MM-dd'T'HH:mm"
                    "yyyy-MM-dd'T'HH:mm:ss"
                    "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"
                |],
                Globalization.CultureInfo.InvariantCulture,
                Globalization.DateTimeStyles.None
            )
        with
        | true, time -> Some time
        | _ -> None

    /// How many units of work at the same time: as asked, else one per core.
    let threads (asked: int option) : Result<int, Fault> =
        match asked with
        | Some count when count < 1 -> Error(Fault.BadSetting("--threads", "must be at least 1", string count))
        | Some count -> Ok count
        | None -> Ok Environment.ProcessorCount

    /// How much the command says.
    let voice (arguments: ParseResults<Arguments>) : Voice =
        let json = arguments.Contains Arguments.Json

        {
            Json = json
            Quiet = json || arguments.Contains Arguments.Quiet
        }

    /// Refuses an option that was given and that the chosen path doesn't read: to ignore it would give another result than was asked.
    let checkReads
        (path: string)
        (reads: 'argument -> bool)
        (arguments: ParseResults<'argument>)
        : Result<unit, Fault> =
        let name (argument: 'argument) : string =
            let case, _ =
                FSharpValue.GetUnionFields(argument, typeof<'argument>, BindingFlags.NonPublic ||| BindingFlags.Public)

            "--" + case.Name.Replace('_', '-').ToLowerInvariant()

        match
            arguments.GetAllResults()
            |> List.filter (reads >> not)
            |> List.map name
            |> List.distinct
        with
        | [] -> Ok()
        | names ->
            names
            |> List.map (fun name -> Fault.BadSetting(name, $"has no meaning for {path}; leave it out", "given"))
            |> Fault.combine
            |> Error

    let private roles: (string * BarColumn) list =
        [
            "date", BarColumn.Date
            "open", BarColumn.Open
            "high", BarColumn.High
            "low", BarColumn.Low
            "close", BarColumn.Close
            "adjusted-close", BarColumn.AdjustedClose
            "volume", BarColumn.Volume
            "symbol", BarColumn.Symbol
        ]

    let private pair (field: string) (rule: string) (text: string) : Result<string * string, Fault> =
        match text.Split('=', 2) with
        | [| left; right |] -> Ok(left, right)
        | _ -> Error(Fault.BadSetting(field, rule, text))

    let private role: string -> Result<string * string, Fault> =
        pair "--column" "must be ROLE=NAME"

    let private column (text: string) : Result<BarColumn * string, Fault> =
        role text
        |> Result.bind (fun (role, name) ->
            match roles |> List.tryFind (fun (known, _) -> known = role.ToLowerInvariant()) with
            | Some(_, column) -> Ok(column, name)
            | None -> Error(Fault.UnknownName("column role", role, List.map fst roles)))

    /// What --duplicates says.
    let duplicates (policy: string option) : Result<DuplicateDates, Fault> =
        match policy with
        | None -> Ok DuplicateDates.Reject
        | Some "first" -> Ok DuplicateDates.KeepFirst
        | Some "last" -> Ok DuplicateDates.KeepLast
        | Some other -> Error(Fault.UnknownName("policy for duplicates", other, [ "first"; "last" ]))

    // Everything but the columns, which readers name in ways of their own.
    let private reading (arguments: ParseResults<Arguments>) : Result<TableOptions, Fault> =
        arguments.TryGetResult Arguments.Duplicates
        |> duplicates
        |> Result.map (fun duplicates ->
            { TableOptions.Default with
                Delimiter = arguments.TryGetResult Arguments.Delimiter
                DateFormat = arguments.TryGetResult Arguments.Date_Format
                DecimalComma = arguments.Contains Arguments.Decimal_Comma
                BadRows =
                    if arguments.Contains Arguments.Drop_Bad_Rows then
                        BadRows.Drop
                    else
                        BadRows.Reject
                Duplicates = duplicates
                Sort = arguments.Contains Arguments.Sort
                Symbols =
                    arguments.TryGetResult Arguments.Symbol
                    |> Option.map CommaList.plain
                    |> Option.defaultValue []
            })

    /// How bars are read.
    let ingest (arguments: ParseResults<Arguments>) : Result<IngestOptions, Fault> =
        checked' {
            let! columns = arguments.GetResults Arguments.Column |> Checked.traverse column
            and! reading = reading arguments

            return
                { Ingest.defaults with
                    Columns = Map.ofList columns
                    Delimiter = reading.Delimiter
                    DateFormat = reading.DateFormat
                    DecimalComma = reading.DecimalComma
                    BadRows = reading.BadRows
                    Duplicates = reading.Duplicates
                    Sort = reading.Sort
                    Symbols = reading.Symbols
                }
        }

    /// How tables of ticks and frames are read; roles of columns are the reader's to check.
    let table (arguments: ParseResults<Arguments>) : Result<TableOptions, Fault> =
        checked' {
            let! columns = arguments.GetResults Arguments.Column |> Checked.traverse role
            and! reading = reading arguments

            return
                { reading with
                    Columns = Map.ofList columns
                }
        }

    /// Tells the notes of a file.
    let tell (arguments: ParseResults<Arguments>) (notes: IngestNote list) : unit =
        for note in notes do
            Terminal.note (voice arguments) ("note: " + Ingest.describe note)

    /// The bars of a source, its notes told.
    let bars (arguments: ParseResults<Arguments>) (source: string) : Result<Bars list, Fault> =
        either {
            let! options = ingest arguments
            let! ingested = Sources.bars options source

            tell arguments ingested.Notes
            return ingested.Panel
        }

    /// A fault of the data in the file, with the file named where the library knows only the symbol.
    let rec inFile (path: string) (fault: Fault) : Fault =
        let name = Sources.name path

        match fault with
        | Fault.BadData(place, rule, found, remedy) when
            place.Source <> name
            && not (place.Source.StartsWith(name + ", ", StringComparison.Ordinal))
            ->
            Fault.BadData(
                { place with
                    Source = $"{name}, {place.Source}"
                },
                rule,
                found,
                remedy
            )
        | Fault.TooShort(what, needed, found) -> Fault.TooShort($"{name}: {what}", needed, found)
        | Fault.Several faults -> Fault.Several(List.map (inFile path) faults)
        | other -> other

    let private measureColumn (text: string) : Result<string * string, Fault> =
        let rule = "must be NAME=COLUMN"

        pair "--measure-column" rule text
        |> Result.bind (fun (name, column) ->
            if name <> "" && column <> "" then
                Ok(name, column)
            else
                Error(Fault.BadSetting("--measure-column", rule, text)))

    let private missing (policy: string option) : Result<MissingVariance, Fault> =
        match policy with
        | None
        | Some "drop" -> Ok MissingVariance.Drop
        | Some "floor" -> Ok MissingVariance.Floor
        | Some other -> Error(Fault.UnknownName("policy for missing variances", other, [ "drop"; "floor" ]))

    /// How a file of daily measures is read.
    let measureOptions (arguments: ParseResults<Arguments>) : Result<MeasureFileOptions, Fault> =
        checked' {
            let! table = table arguments

            and! measures =
                arguments.GetResults Arguments.Measure_Column |> Checked.traverse measureColumn

            and! missing = arguments.TryGetResult Arguments.Missing |> missing

            return
                { MeasureFile.defaults with
                    Table = table
                    Variance = arguments.TryGetResult Arguments.Variance
                    Return = arguments.TryGetResult Arguments.Return_Column
                    Price = arguments.TryGetResult Arguments.Price_Column
                    Measures = measures
                    Missing = missing
                    Wide = arguments.Contains Arguments.Wide
                }
        }

    let private readsMeasures (arguments: ParseResults<Arguments>) (path: string) : bool =
        arguments.Contains Arguments.Variance
        || arguments.Contains Arguments.Wide
        || not (arguments.Contains Arguments.Column) && MeasureFile.isMeasureFile path

    /// Options of files of daily measures alone, where they are given.
    let private ofMeasureFiles (arguments: ParseResults<Arguments>) : string list =
        [
            if arguments.Contains Arguments.Return_Column then
                "--return-column"
            if arguments.Contains Arguments.Price_Column then
                "--price-column"
            if arguments.Contains Arguments.Measure_Column then
                "--measure-column"
            if arguments.Contains Arguments.Missing then
                "--missing"
        ]

    /// Refuses --measure for a file whose variances are there already.
    let checkMeasure (arguments: ParseResults<Arguments>) (asked: string option) (path: string) : Result<unit, Fault> =
        match asked with
        | Some name when readsMeasures arguments path ->
            let rule =
                $"is measured from bars; {Sources.name path} holds daily measures, whose column --variance names"

            Error(Fault.BadSetting("--measure", rule, name))
        | _ -> Ok()

    /// The histories of a file of bars, measured as the settings say, or of daily measures, and the settings with the measure that
    /// they are of. Notes are told.
    let histories
        (arguments: ParseResults<Arguments>)
        (config: ExperimentConfig)
        (path: string)
        : Result<ExperimentConfig * History list, Fault> =
        let voice = voice arguments

        if readsMeasures arguments path then
            either {
                let! options = measureOptions arguments
                let! file = MeasureFile.read options path

                tell arguments file.Notes

                for symbol, days in file.Dropped do
                    Terminal.note
                        voice
                        $"""note: {symbol}: {Noun.counted days "day"} without a positive variance left out."""

                for symbol, days in file.Floored do
                    Terminal.note
                        voice
                        $"""note: {symbol}: {Noun.counted days "day"} without a positive variance set to a floor, unscored."""

                if file.Returns <> "" && options.Return.IsNone && options.Price.IsNone then
                    Terminal.note voice $"note: returns are those of the column {file.Returns}."

                for symbol in file.Unreturned do
                    Terminal.note
                        voice
                        $"note: {symbol}: the column {file.Returns} has gaps, so that there are no returns; name it with --return-column or --price-column to see which."

                return config.WithMeasure(MeasureFile.measure file), file.Histories
            }
        elif not (ofMeasureFiles arguments).IsEmpty then
            ofMeasureFiles arguments
            |> List.map (fun name ->
                Fault.BadSetting(
                    name,
                    $"is of files of daily measures; {Sources.name path} holds bars unless --variance is given",
                    "given"
                ))
            |> Fault.combine
            |> Error
        else
            bars arguments path
            |> Result.bind (Checked.traverse (Experiment.historyOf config))
            |> Result.mapError (inFile path)
            |> Result.map (fun histories -> config, histories)

    /// Refuses data measured in another way than what the forecast goes on from read.
    let checkVariance (origin: string) (expected: string) (read: ExperimentConfig) : Result<unit, Fault> =
        if read.Measure = expected then
            Ok()
        else
            Error(Fault.BadSetting("the variance", $"must be what {origin} read, {expected}", read.Measure))

    /// A day such as 2020-12-31.
    let date (field: string) (rule: string) (text: string) : Result<DateOnly, Fault> =
        match
            DateOnly.TryParseExact(
                text,
                "yyyy-MM-dd",
                Globalization.CultureInfo.InvariantCulture,
                Globalization.DateTimeStyles.None
            )
        with
        | true, date -> Ok date
        | _ -> Error(Fault.BadSetting(field, rule, text))

    /// A whole text file; Fault.BadFile where it can't be read.
    let readText (path: string) : Result<string, Fault> =
        try
            Ok(File.ReadAllText path)
        with
        | :? IOException
        | :? UnauthorizedAccessException as error ->
            Error(Fault.BadFile(path, $"can't be read ({error.Message.TrimEnd '.'})", ""))

    /// Writes a text file whole or not at all. An existing file is a fault unless `replace` is set.
    let writeText (path: string) (replace: bool) (write: TextWriter -> unit) : Result<unit, Fault> =
        let staging = path + ".partial"

        if File.Exists path && not replace then
            Error(Fault.BadFile(path, "the file exists", "Name another one, or replace it with --force."))
        else
            try
                try
                    let folder = Path.GetDirectoryName(Path.GetFullPath path)
                    Directory.CreateDirectory folder |> ignore
                    using (File.CreateText staging) write
                    File.Move(staging, path, true)
                    Ok()
                with
                | :? IOException
                | :? UnauthorizedAccessException as error ->
                    Error(Fault.BadFile(path, $"can't be written ({error.Message.TrimEnd '.'})", ""))
            finally
                if File.Exists staging then
                    File.Delete staging
