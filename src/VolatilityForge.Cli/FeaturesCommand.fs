/// `volforge features`: a recipe's features of a file's rows, as CSV. Computes nothing itself.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The features command.
[<RequireQualifiedAccess>]
module FeaturesCommand =

    /// Roles of columns that the reader of tables itself needs to know.
    let private readerRoles = [ "date"; "time"; "symbol" ]

    let private renaming (text: string) : Result<string * string, Fault> =
        match text.Split('=', 2) with
        | [| role; name |] -> Ok(role.ToLowerInvariant(), name)
        | _ -> Error(Fault.BadSetting("--column", "must be ROLE=NAME", text))

    let private options
        (shared: ParseResults<Arguments>)
        (roles: (string * string) list)
        : Result<TableOptions, Fault> =
        shared.TryGetResult Arguments.Duplicates
        |> Shared.duplicates
        |> Result.map (fun duplicates ->
            { TableOptions.Default with
                Columns =
                    roles
                    |> List.filter (fun (role, _) -> List.contains role readerRoles)
                    |> Map.ofList
                Delimiter = shared.TryGetResult Arguments.Delimiter
                DateFormat = shared.TryGetResult Arguments.Date_Format
                DecimalComma = shared.Contains Arguments.Decimal_Comma
                BadRows =
                    if shared.Contains Arguments.Drop_Bad_Rows then
                        BadRows.Drop
                    else
                        BadRows.Reject
                Duplicates = duplicates
                Sort = shared.Contains Arguments.Sort
                Symbols =
                    shared.TryGetResult Arguments.Symbol
                    |> Option.map Shared.words
                    |> Option.defaultValue []
            })

    /// The frame with columns renamed to the roles they play.
    let private renamed (roles: (string * string) list) (frame: Frame) : Result<Frame, Fault> =
        let roles =
            roles |> List.filter (fun (role, _) -> not (List.contains role readerRoles))

        either {
            let! columns =
                frame.Names
                |> Checked.traverse (fun name ->
                    Frame.column name frame
                    |> Result.map (fun values ->
                        match roles |> List.tryFind (fun (_, known) -> known = name) with
                        | Some(role, _) -> role, values
                        | None -> name, values))

            match roles |> List.tryFind (fun (_, name) -> not (List.contains name frame.Names)) with
            | Some(_, missing) -> return! Error(Fault.UnknownName("column", missing, frame.Names))
            | None -> return! Frame.create frame.Symbol frame.Index columns
        }

    let private readText (path: string) : Result<string, Fault> =
        try
            Ok(File.ReadAllText path)
        with
        | :? IOException
        | :? UnauthorizedAccessException as error ->
            Error(Fault.BadFile(path, $"can't be read ({error.Message.TrimEnd '.'})", ""))

    /// A fault of a recipe's text, with the file named.
    let private ofFile (path: string) (result: Result<'a, Fault>) : Result<'a, Fault> =
        let rec named (fault: Fault) =
            match fault with
            | Fault.BadSetting(field, rule, found) -> Fault.BadSetting($"{path}: {field}", rule, found)
            | Fault.UnknownName(kind, name, known) -> Fault.UnknownName($"{kind} in {path} named", name, known)
            | Fault.Several faults -> Fault.Several(List.map named faults)
            | other -> other

        Result.mapError named result

    let private pipeline (recipe: string) (names: string list) : Result<FeaturePipeline, Fault> =
        match recipe with
        | "default" -> Ok(FeaturePipeline.defaultFor names)
        | path -> readText path |> Result.bind (PipelineJson.ofText [] >> ofFile path)

    let private date (text: string) : Result<DateTime, Fault> =
        match DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None) with
        // A date stands for its whole day.
        | true, time when time.TimeOfDay = TimeSpan.Zero -> Ok(time.AddDays(1.0).AddTicks -1L)
        | true, time -> Ok time
        | _ -> Error(Fault.BadSetting("--fit-until", "must be a date or a time such as 2012-12-31", text))

    let private fitted (arguments: ParseResults<FeaturesArgs>) (frames: Frame list) : Result<FittedPipeline, Fault> =
        let kept = arguments.TryGetResult FeaturesArgs.Fitted

        match arguments.TryGetResult FeaturesArgs.Recipe, kept with
        | None, None ->
            Error(
                Fault.BadSetting("--recipe", "must be a file or default, or --fitted a file that was kept", "neither")
            )
        | None, Some path -> readText path |> Result.bind (PipelineJson.fittedOfText [] >> ofFile path)
        | Some recipe, _ ->
            either {
                let! pipeline = pipeline recipe frames.Head.Names

                let! training =
                    match arguments.TryGetResult FeaturesArgs.Fit_Until with
                    | None -> Ok frames
                    | Some text -> date text |> Result.map (fun until -> frames |> List.map (Frame.upTo until))

                let! fitted = pipeline.Fit training

                match kept with
                | None -> return fitted
                | Some path ->
                    let force = arguments.Contains FeaturesArgs.Force
                    do! Shared.writeText path force (fun writer -> writer.WriteLine(PipelineJson.fittedToText fitted))
                    return fitted
            }

    let private learned (values: float list) : string =
        let text (value: float) =
            value.ToString("G6", CultureInfo.InvariantCulture)

        match values with
        | [] -> ""
        | few when few.Length <= 3 -> few |> List.map text |> String.concat " "
        | many -> $"{text many.Head} .. {text (List.last many)} ({many.Length})"

    let private explain (fitted: FittedPipeline) : unit =
        Terminal.table
            "features"
            5
            [ "name"; "family"; "unit"; "formula"; "learned"; "memory" ]
            [
                for line in fitted.Explain() ->
                    [
                        line.Name
                        (string line.Family).ToLowerInvariant()
                        line.Unit
                        line.Formula
                        learned line.Learned
                        string line.Memory
                    ]
            ]

    let private explained (fitted: FittedPipeline) : JsonNode =
        JsonArray(
            [|
                for line in fitted.Explain() ->
                    let entry = JsonObject()
                    entry["name"] <- JsonValue.Create line.Name
                    entry["family"] <- JsonValue.Create((string line.Family).ToLowerInvariant())
                    entry["unit"] <- JsonValue.Create line.Unit
                    entry["formula"] <- JsonValue.Create line.Formula
                    entry["summary"] <- JsonValue.Create line.Summary
                    entry["source"] <- JsonValue.Create line.Source
                    entry["learned"] <- JsonArray([| for value in line.Learned -> JsonValue.Create value :> JsonNode |])
                    entry["memory"] <- JsonValue.Create line.Memory
                    entry :> JsonNode
            |]
        )

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<FeaturesArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let data = arguments.GetResult FeaturesArgs.Data
        let out = arguments.TryGetResult FeaturesArgs.Out
        let force = arguments.Contains FeaturesArgs.Force

        let threads =
            arguments.TryGetResult FeaturesArgs.Threads
            |> Option.defaultValue Environment.ProcessorCount

        either {
            let! roles = shared.GetResults Arguments.Column |> Checked.traverse renaming
            let! options = options shared roles
            let! frames, notes = FrameCsv.readNoted options data

            for note in notes do
                Terminal.note voice ("note: " + Ingest.describe note)

            let! frames =
                frames
                |> Checked.traverse (renamed roles)
                |> Result.mapError (Shared.inFile data)

            do! Either.require (Fault.TooShort(data, 1, 0)) (not frames.IsEmpty)
            let! fitted = fitted arguments frames |> Result.mapError (Shared.inFile data)

            let! transformed =
                frames
                |> Checked.traverse (fun frame -> fitted.Transform(frame, threads))
                |> Result.mapError (Shared.inFile data)

            match out with
            | Some path -> do! FrameCsv.write force path transformed
            | None -> ()

            let rows = transformed |> List.sumBy _.Length

            if voice.Json then
                let written = JsonObject()

                written["file"] <-
                    out
                    |> Option.map (fun path -> JsonValue.Create path :> JsonNode)
                    |> Option.toObj

                written["rows"] <- JsonValue.Create rows
                written["features"] <- explained fitted
                Terminal.json written
            else
                if arguments.Contains FeaturesArgs.Explain then
                    explain fitted

                match out with
                | Some path -> Terminal.note voice $"{path}: {rows} rows, {fitted.Names.Length} columns"
                | None when arguments.Contains FeaturesArgs.Explain -> ()
                | None -> FrameCsv.writeText transformed Console.Out
        }
