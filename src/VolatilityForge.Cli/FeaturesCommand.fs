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

    /// A fault of a recipe's text, with the file named.
    let private ofFile (path: string) (result: Result<'a, Fault>) : Result<'a, Fault> =
        let rec named (fault: Fault) =
            match fault with
            | Fault.BadSetting(field, rule, found) -> Fault.BadSetting($"{path}: {field}", rule, found)
            | Fault.UnknownName(kind, name, known) -> Fault.UnknownName($"{kind} in {path} named", name, known)
            | Fault.Several faults -> Fault.Several(List.map named faults)
            | other -> other

        Result.mapError named result

    let private pipeline (voice: Voice) (recipe: string) (training: Frame list) : Result<FeaturePipeline, Fault> =
        match recipe with
        | "default" ->
            FeaturePipeline.defaultOf training
            |> Result.map (fun (pipeline, empty) ->
                if not empty.IsEmpty then
                    let listed = String.Join(", ", empty)

                    Terminal.note
                        voice
                        $"note: the default recipe leaves out transforms of features with fewer than 2 values in the training part: {listed}"

                pipeline)
        | path -> Shared.readText path |> Result.bind (PipelineJson.ofText [] >> ofFile path)

    // A date stands for its whole day; a time, midnight too, for itself.
    let private date (text: string) : Result<DateTime, Fault> =
        match DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None) with
        | true, day -> Ok(day.ToDateTime TimeOnly.MaxValue)
        | _ ->
            Shared.instant text
            |> Either.ofOption (
                Fault.BadSetting("--fit-until", "must be a date or a time such as 2012-12-31 or 2012-12-31T16:00", text)
            )

    /// What is learned of every row is learned of rows that a forecast may not know.
    let private learnedOfAll (voice: Voice) (fitted: FittedPipeline) : unit =
        match fitted.Features |> List.filter _.Definition.Fit.IsSome with
        | [] -> ()
        | learning ->
            let listed =
                learning |> List.map _.Spec.Feature |> List.distinct |> String.concat ", "

            Terminal.note
                voice
                $"note: {listed} learned from all rows, so earlier rows know of later ones; --fit-until ends the training part"

    // Beyond so many the count says enough.
    let private mostListed = 10

    /// A symbol that begins after the training part is transformed by what other symbols taught.
    let private untaught (voice: Voice) (training: Frame list) (fitted: FittedPipeline) : unit =
        let without = training |> List.filter (fun frame -> frame.Length = 0)

        if not without.IsEmpty && fitted.Features |> List.exists _.Definition.Fit.IsSome then
            let listed =
                without |> List.truncate mostListed |> List.map _.Symbol |> String.concat ", "

            let more = if without.Length > mostListed then ", ..." else ""

            Terminal.note
                voice
                $"""note: {Noun.counted without.Length "symbol"} without rows in the training part ({listed}{more}): learned scales are those of the others"""

    let private fitted
        (voice: Voice)
        (arguments: ParseResults<FeaturesArgs>)
        (frames: Frame list)
        : Result<FittedPipeline, Fault> =
        let kept = arguments.TryGetResult FeaturesArgs.Fitted

        match arguments.TryGetResult FeaturesArgs.Recipe, kept with
        | None, None ->
            Error(
                Fault.BadSetting("--recipe", "must be a file or default, or --fitted a file that was kept", "neither")
            )
        | None, Some _ when arguments.Contains FeaturesArgs.Fit_Until ->
            Error(Fault.BadSetting("--fit-until", "must come with a --recipe: what is read is fitted already", "alone"))
        | None, Some path ->
            Shared.readText path
            |> Result.bind (PipelineJson.fittedOfText [] >> ofFile path)
        | Some recipe, _ ->
            either {
                let! training =
                    match arguments.TryGetResult FeaturesArgs.Fit_Until with
                    | None -> Ok frames
                    | Some text -> date text |> Result.map (fun until -> frames |> List.map (Frame.upTo until))

                let! pipeline = pipeline voice recipe training
                let! fitted = pipeline.Fit training
                untaught voice training fitted

                if not (arguments.Contains FeaturesArgs.Fit_Until) then
                    learnedOfAll voice fitted

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
        Json.array
            [
                for line in fitted.Explain() ->
                    Json.object'
                        [
                            "name", JsonValue.Create line.Name
                            "family", JsonValue.Create((string line.Family).ToLowerInvariant())
                            "unit", JsonValue.Create line.Unit
                            "formula", JsonValue.Create line.Formula
                            "summary", JsonValue.Create line.Summary
                            "source", JsonValue.Create line.Source
                            "learned", Json.numbers line.Learned
                            "memory", JsonValue.Create line.Memory
                        ]
            ]

    /// Frames to a file by its name: CSV, CSV.gz or Parquet.
    let private write (force: bool) (path: string) (frames: Frame list) : Result<unit, Fault> =
        if path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) then
            FrameParquet.write force path frames
        else
            FrameCsv.write force path frames

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<FeaturesArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let data = arguments.GetResult FeaturesArgs.Data
        let out = arguments.TryGetResult FeaturesArgs.Out

        let inFile (result: Result<'a, Fault>) =
            Result.mapError (Shared.inFile data) result

        let threads =
            arguments.TryGetResult FeaturesArgs.Threads
            |> Option.defaultValue Environment.ProcessorCount

        either {
            let! chain, frames = FeatureSource.read shared arguments data

            // What option chains are read as is what the default recipe would make of them.
            let asRead = chain && arguments.TryGetResult FeaturesArgs.Recipe = Some "default"

            let ignored =
                [
                    "--fitted", arguments.Contains FeaturesArgs.Fitted
                    "--explain", arguments.Contains FeaturesArgs.Explain
                    "--fit-until", arguments.Contains FeaturesArgs.Fit_Until
                ]
                |> List.tryFind snd

            match ignored with
            | Some(name, _) when asRead ->
                return!
                    Error(
                        Fault.BadSetting(
                            name,
                            "must come with a recipe file: the default of a chain is its characteristics, fitted on nothing",
                            "--recipe default"
                        )
                    )
            | _ -> ()

            let! fitted =
                if asRead then
                    Ok None
                else
                    fitted voice arguments frames |> inFile |> Result.map Some

            let! made =
                match fitted with
                | None -> Ok frames
                | Some fitted ->
                    frames
                    |> Checked.traverse (fun frame -> fitted.Transform(frame, threads))
                    |> inFile

            match out with
            | Some path -> do! write (arguments.Contains FeaturesArgs.Force) path made
            | None -> ()

            let rows = made |> List.sumBy _.Length
            let told = arguments.Contains FeaturesArgs.Explain && fitted.IsSome

            if voice.Json then
                Terminal.json (
                    Json.object'
                        [
                            "file", out |> Json.optional (fun path -> JsonValue.Create path)
                            "rows", JsonValue.Create rows
                            "columns", Json.texts made.Head.Names
                            "features", fitted |> Json.optional explained
                        ]
                )
            else
                if told then
                    explain fitted.Value

                match out with
                | Some path ->
                    Terminal.note
                        voice
                        $"""{path}: {Noun.counted rows "row"}, {Noun.counted made.Head.Names.Length "column"}"""
                | None when told -> ()
                | None -> FrameCsv.writeText made Console.Out
        }
