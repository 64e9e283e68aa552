/// An experiment's files: result.json, forecasts.csv, checkpoint.safetensors. Nothing is put in place before all of it is complete.
namespace VolatilityForge

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Text.Json.Nodes

/// Writing results.
[<RequireQualifiedAccess>]
module ResultFiles =

    // JSON has no NaN and no infinity; a figure that can't be computed is null.
    let private number (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create value
        else
            null

    let private date (day: DateOnly) : string =
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)

    let private object' (fields: (string * JsonNode) list) : JsonObject =
        let json = JsonObject()

        for key, value in fields do
            json[key] <- value

        json

    let private array (items: JsonNode seq) : JsonNode = JsonArray(Seq.toArray items)

    /// Losses as JSON: qlike; mse_variance and rmse_variance per day; mae_volatility per root day.
    let metrics (metrics: Metrics) : (string * JsonNode) list =
        [
            "qlike", number metrics.Qlike
            "mse_variance", number (float metrics.Mse)
            "rmse_variance", number (float metrics.Rmse)
            "mae_volatility", number (float metrics.Mae)
            "days", JsonValue.Create metrics.Count
            "days_left_out_of_qlike", JsonValue.Create metrics.Excluded
        ]

    let private row (row: ReportRow) : JsonNode =
        object' (
            [
                "model", JsonValue.Create row.Model :> JsonNode
                "horizon", JsonValue.Create row.Horizon
            ]
            @ metrics row.Metrics
            @ [
                "qlike_ratio", number row.QlikeRatio
                "dm_statistic",
                row.Versus
                |> Option.map (fun test -> number test.Statistic)
                |> Option.defaultValue null
                "dm_p_value",
                row.Versus
                |> Option.map (fun test -> number test.PValue)
                |> Option.defaultValue null
                "mcs_p_value",
                row.Confidence
                |> Option.map (fun place -> number place.PValue)
                |> Option.defaultValue null
                "in_confidence_set",
                row.Confidence
                |> Option.map (fun place -> JsonValue.Create place.Included :> JsonNode)
                |> Option.defaultValue null
                "clamped", JsonValue.Create row.Clamped
                "fits", JsonValue.Create row.Refits
                "next_variance", number (float row.Next)
            ]
        )

    let private epoch (metrics: EpochMetrics) : JsonNode =
        object'
            [
                "epoch", JsonValue.Create metrics.Epoch
                "train_loss", number metrics.TrainLoss
                "validation_loss", number metrics.ValidationLoss
                "learning_rate", number metrics.LearningRate
                "gradient_norm", number metrics.GradientNorm
            ]

    /// One member's training as JSON.
    let training (ensemble: TrainedEnsemble) (trained: TrainedMember) : JsonNode =
        object'
            [
                "model", JsonValue.Create ensemble.Model
                "horizon", JsonValue.Create ensemble.Horizon
                "fitted_on", JsonValue.Create(date ensemble.FittedOn)
                "seed", JsonValue.Create trained.Seed
                "best_epoch", JsonValue.Create trained.State.BestEpoch
                "epochs", trained.State.History |> List.rev |> Seq.map epoch |> array
            ]

    let private bound (value: Variance) : JsonNode = number (float value)

    let private risk (track: RiskTrack) : JsonNode =
        object'
            [
                "model", JsonValue.Create track.Model
                "horizon", JsonValue.Create track.Horizon
                "next_lower", track.NextInterval |> Option.map (_.Lower >> bound) |> Option.toObj
                "next_upper", track.NextInterval |> Option.map (_.Upper >> bound) |> Option.toObj
                "next",
                array
                    [
                        for tail in track.Tails ->
                            object'
                                [
                                    "level", number tail.Level
                                    "value_at_risk", number tail.NextQuantile
                                    "expected_shortfall", number tail.NextShortfall
                                ]
                    ]
            ]

    let private pooledRow (row: PooledRow) : JsonNode =
        object'
            [
                "model", JsonValue.Create row.Model
                "horizon", JsonValue.Create row.Horizon
                "symbols", JsonValue.Create row.Symbols
                "qlike", number row.Qlike
                "qlike_ratio", number row.QlikeRatio
                "dm_statistic", row.Versus |> Option.map (fun test -> number test.Statistic) |> Option.toObj
                "dm_p_value", row.Versus |> Option.map (fun test -> number test.PValue) |> Option.toObj
                "wins", JsonValue.Create row.Wins
                "best", JsonValue.Create row.Best
            ]

    let private symbolJson (result: ExperimentResult) : JsonNode =
        object'
            [
                "symbol", JsonValue.Create result.Table.Symbol
                "table", result.Table.Rows |> Seq.map row |> array
                "training",
                array
                    [
                        for ensemble in result.Training do
                            for trained in ensemble.Members -> training ensemble trained
                    ]
                if not result.Risk.IsEmpty then
                    "risk", result.Risk |> Seq.map risk |> array
            ]

    /// The table over all symbols of results of one config; empty for one symbol, and where symbols can't be pooled.
    let pooled (results: ExperimentResult list) : PooledRow list =
        if results.Length < 2 then
            []
        else
            results
            |> List.collect _.Tracks
            |> PooledReport.ofTracks HacLag.Automatic results.Head.Table.Baseline
            |> Result.defaultValue []

    /// The results of one config on one or more symbols, but for the single forecasts, as one JSON object.
    let json (results: ExperimentResult list) : JsonObject =
        object'
            [
                "baseline", JsonValue.Create results.Head.Table.Baseline
                "config", ConfigJson.toNode results.Head.Config
                "results", results |> Seq.map symbolJson |> array
                match pooled results with
                | [] -> ()
                | rows -> "pooled", rows |> Seq.map pooledRow |> array
            ]

    /// One line per symbol, model, horizon and origin: date of the origin, forecast and realised mean daily variance,
    /// and whether the day counts in QLIKE.
    let writeForecasts (writer: TextWriter) (tracks: ForecastTrack list) : unit =
        let plain =
            {
                Intervals = None
                Levels = []
                Tail = TailShape.Historical
            }

        ForecastCsv.write plain writer tracks []

    let private indented = JsonSerializerOptions(WriteIndented = true)

    /// Files that a run may have left in a folder before: what --force may remove.
    let private isOurs (name: string) : bool =
        match name with
        | "result.json"
        | "forecasts.csv"
        | "report.html" -> true
        | other ->
            other.StartsWith("checkpoint", StringComparison.Ordinal)
            && other.EndsWith(".safetensors", StringComparison.Ordinal)

    /// Puts finished files into an existing folder: each takes the place of its namesake, a result of an earlier run that
    /// has no namesake goes, and every other file of the folder stays.
    let private merge (staging: string) (target: string) : unit =
        let finished =
            Directory.GetFiles staging |> Array.map Path.GetFileName |> Set.ofArray

        for name in finished do
            File.Move(Path.Combine(staging, name), Path.Combine(target, name), true)

        for path in Directory.GetFiles target do
            let name = Path.GetFileName path

            if isOurs name && not (finished.Contains name) then
                File.Delete path

    let private guarded (path: string) (body: unit -> 'a) : Result<'a, Fault> =
        try
            Ok(body ())
        with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? ArgumentException as error ->
            Error(Fault.BadFile(path, $"can't be written ({error.Message.TrimEnd '.'})", ""))

    /// Runs `fill` on a new neighbour of `directory` and, when all of it succeeded, puts the files it wrote in place.
    /// An existing folder is a fault unless `replace` is set; then results take the place of results and other files stay.
    /// When anything fails before that, nothing in the folder has changed and nothing else is left. Exceptions of `fill`
    /// pass.
    let intoFolder (directory: string) (replace: bool) (fill: string -> Result<'a, Fault>) : Result<'a, Fault> =
        let filledInto (target: string) (staging: string) =
            try
                either {
                    do! guarded directory (fun () -> Directory.CreateDirectory staging |> ignore)
                    let! filled = fill staging

                    do!
                        guarded directory (fun () ->
                            if Directory.Exists target then
                                merge staging target
                            else
                                Directory.Move(staging, target))

                    return filled
                }
            finally
                // What can't be removed is no reason to hide what happened.
                guarded staging (fun () ->
                    if Directory.Exists staging then
                        Directory.Delete(staging, true))
                |> ignore

        either {
            let! target =
                guarded directory (fun () -> Path.TrimEndingDirectorySeparator(Path.GetFullPath directory))

            if File.Exists target then
                return! Error(Fault.BadFile(directory, "it is a file, not a folder", ""))

            if Directory.Exists target && not replace then
                let remedy = "Name another one, or replace it with --force."
                return! Error(Fault.BadFile(directory, "the folder exists", remedy))

            // A name that no folder of the user's can have.
            return! filledInto target $"{target}.{Guid.NewGuid():N}{Disk.partial}"
        }

    let private checkpointName (results: ExperimentResult list) (result: ExperimentResult) : string =
        if results.Length = 1 then
            "checkpoint.safetensors"
        else
            // A symbol comes from a file and may hold what a file name may not.
            $"checkpoint-{Uri.EscapeDataString result.Table.Symbol}.safetensors"

    /// Writes result.json, forecasts.csv and checkpoint.safetensors (one per symbol, named after it, when there are several) into an
    /// existing folder.
    let write (directory: string) (results: ExperimentResult list) : Result<unit, Fault> =
        let path (name: string) = Path.Combine(directory, name)

        either {
            do!
                guarded directory (fun () ->
                    File.WriteAllText(path "result.json", (json results).ToJsonString indented + "\n")

                    using (File.CreateText(path "forecasts.csv")) (fun writer ->
                        let risk = results.Head.Config.Risk |> Fault.orRaise

                        ForecastCsv.write
                            risk
                            writer
                            (results |> List.collect _.Tracks)
                            (results |> List.collect _.Risk)))

            for result in results do
                do!
                    EnsembleCheckpoint.latest result.Training
                    |> EnsembleCheckpoint.ofEnsembles result.Config
                    |> EnsembleCheckpoint.withRisk result.Risk
                    |> Checkpoint.save (path (checkpointName results result))
        }

    /// As `write`, into a folder; nothing in it changes before every file is complete.
    let save (directory: string) (replace: bool) (results: ExperimentResult list) : Result<unit, Fault> =
        intoFolder directory replace (fun staging -> write staging results)
