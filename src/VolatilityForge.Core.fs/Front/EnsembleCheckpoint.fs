/// Trained ensembles and their settings as a checkpoint, and back. Knows no file.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Globalization
open System.Text.Json
open System.Text.Json.Nodes

/// Converting ensembles to named tensors with the settings in the metadata.
[<RequireQualifiedAccess>]
module EnsembleCheckpoint =

    /// Raised when the meaning of a name or a metadata field changes.
    let private version = "2"

    let private prefix (start: string) (ensemble: TrainedEnsemble) (seed: int64) : string =
        $"{start}{ensemble.Model}.h{ensemble.Horizon}.seed{seed}."

    let private numbers (values: float[]) : JsonNode =
        JsonArray([| for value in values -> JsonValue.Create value :> JsonNode |])

    /// All of an ensemble but its weights and its training history.
    let internal describe (ensemble: TrainedEnsemble) : JsonNode =
        let json = JsonObject()
        json["model"] <- JsonValue.Create ensemble.Model
        json["horizon"] <- JsonValue.Create ensemble.Horizon
        json["fitted_on"] <- JsonValue.Create(ensemble.FittedOn.ToString("O", CultureInfo.InvariantCulture))
        json["seeds"] <- JsonArray([| for each in ensemble.Members -> JsonValue.Create each.Seed :> JsonNode |])
        json["mean"] <- numbers ensemble.Scaler.Mean
        json["scale"] <- numbers ensemble.Scaler.Scale
        // Intercept and correction, then the slopes.
        json["base"] <-
            numbers
                [|
                    ensemble.Base.Intercept
                    ensemble.Base.Correction
                    yield! ensemble.Base.Slopes
                |]

        json

    /// The weights of an ensemble, their names after `start`.
    let internal tensors (start: string) (ensemble: TrainedEnsemble) : StoredTensor list =
        [
            for trained in ensemble.Members do
                for weight in trained.Weights ->
                    { weight with
                        Name = prefix start ensemble trained.Seed + weight.Name
                    }
        ]

    /// The last ensemble of each model and horizon: what forecasts of new days need.
    let latest (ensembles: TrainedEnsemble list) : TrainedEnsemble list =
        ensembles
        |> List.rev
        |> List.distinctBy (fun ensemble -> ensemble.Model, ensemble.Horizon)
        |> List.rev

    /// The ensembles as a checkpoint. Tensors are named MODEL.hHORIZON.seedSEED.WEIGHT.
    let ofEnsembles (config: ExperimentConfig) (ensembles: TrainedEnsemble list) : Checkpoint =
        {
            Tensors = ensembles |> List.collect (tensors "")
            Metadata =
                Map
                    [
                        "volatilityforge", version
                        "config", (ConfigJson.toNode config).ToJsonString()
                        "ensembles", JsonArray([| for ensemble in ensembles -> describe ensemble |]).ToJsonString()
                    ]
        }

    /// An ensemble out of what `describe` and `tensors` made.
    let internal restore (start: string) (tensors: StoredTensor list) (entry: JsonElement) : TrainedEnsemble =
        let floats (name: string) =
            [| for value in entry.GetProperty(name).EnumerateArray() -> value.GetDouble() |]

        let fittedBase = floats "base"

        let empty =
            {
                Model = entry.GetProperty("model").GetString()
                Horizon = entry.GetProperty("horizon").GetInt32()
                FittedOn =
                    DateOnly.ParseExact(entry.GetProperty("fitted_on").GetString(), "O", CultureInfo.InvariantCulture)
                Scaler =
                    {
                        Mean = floats "mean"
                        Scale = floats "scale"
                    }
                Base =
                    {
                        Intercept = fittedBase[0]
                        Correction = fittedBase[1]
                        Slopes = fittedBase[2..]
                    }
                Members = []
            }

        { empty with
            Members =
                [
                    for seed in entry.GetProperty("seeds").EnumerateArray() do
                        let start = prefix start empty (seed.GetInt64())

                        {
                            Seed = seed.GetInt64()
                            State = Trainer.ready
                            Weights =
                                tensors
                                |> List.filter (fun tensor -> tensor.Name.StartsWith(start, StringComparison.Ordinal))
                                |> List.map (fun tensor ->
                                    { tensor with
                                        Name = tensor.Name.Substring start.Length
                                    })
                        }
                ]
        }

    /// The settings and ensembles of a checkpoint read from `path`. Training histories are not kept in it.
    let toEnsembles (path: string) (checkpoint: Checkpoint) : Result<ExperimentConfig * TrainedEnsemble list, Fault> =
        let reject reason =
            Error(Fault.BadFile(path, reason, "Use the checkpoint of a run of this version."))

        let entry name = Map.tryFind name checkpoint.Metadata

        match entry "volatilityforge", entry "config", entry "ensembles" with
        | Some written, _, _ when written <> version ->
            reject $"it is of version {written}; this program reads version {version}"
        | Some _, Some config, Some ensembles ->
            ConfigJson.ofText config
            |> Result.bind (fun config ->
                try
                    use document = JsonDocument.Parse ensembles

                    Ok(
                        config,
                        [
                            for entry in document.RootElement.EnumerateArray() -> restore "" checkpoint.Tensors entry
                        ]
                    )
                with
                | :? JsonException
                | :? KeyNotFoundException
                | :? FormatException
                | :? InvalidOperationException -> reject "its metadata can't be read")
        | _ -> reject "it holds no VolatilityForge settings"

    let private riskKey = "risk"

    let private riskName (model: string) (horizon: int) (what: string) : string = $"{model}.h{horizon}.{what}"

    let private series (name: string) (values: float[]) : StoredTensor =
        {
            Name = name
            Shape = [| int64 values.Length |]
            Values = StoredValues.Float64 values
        }

    /// The checkpoint with what intervals and quantiles were calibrated to, so that a forecast of later days has them.
    let withRisk (risks: RiskTrack list) (checkpoint: Checkpoint) : Checkpoint =
        if risks.IsEmpty then
            checkpoint
        else
            let entry (track: RiskTrack) : JsonNode =
                let json = JsonObject()
                json["model"] <- JsonValue.Create track.Model
                json["horizon"] <- JsonValue.Create track.Horizon

                json["miss"] <-
                    match track.State.Conformal with
                    | Some state -> JsonValue.Create state.MissShare
                    | None -> null

                json

            { checkpoint with
                Tensors =
                    checkpoint.Tensors
                    @ [
                        for track in risks do
                            let name = riskName track.Model track.Horizon

                            match track.State.Conformal with
                            | Some state -> series (name "errors") state.PastErrors
                            | None -> ()

                            series (name "standardised") track.State.Standardised
                    ]
                Metadata =
                    checkpoint.Metadata.Add(riskKey, JsonArray([| for track in risks -> entry track |]).ToJsonString())
            }

    /// By model and horizon, what intervals and quantiles of the settings were calibrated to; empty for a checkpoint without them.
    /// Fault.BadFile where they can't be read.
    let risks
        (path: string)
        (config: ExperimentConfig)
        (checkpoint: Checkpoint)
        : Result<Map<string * int, RiskState>, Fault> =
        let reject () =
            Error(Fault.BadFile(path, "its intervals can't be read", "Use the checkpoint of a run of this version."))

        let values (name: string) : float[] =
            checkpoint.Tensors
            |> List.find (fun tensor -> tensor.Name = name)
            |> fun tensor -> StoredValues.toFloats tensor.Values

        let state (conformal: ConformalConfig option) (entry: JsonElement) =
            let model, horizon =
                entry.GetProperty("model").GetString(), entry.GetProperty("horizon").GetInt32()

            let restored =
                match conformal with
                | Some config ->
                    Conformal.restore
                        config
                        (values (riskName model horizon "errors"))
                        (entry.GetProperty("miss").GetDouble())
                    |> Result.map Some
                | None -> Ok None

            restored
            |> Result.map (fun restored ->
                (model, horizon),
                {
                    Conformal = restored
                    Standardised = values (riskName model horizon "standardised")
                })

        match checkpoint.Metadata.TryFind riskKey with
        | None -> Ok Map.empty
        | Some text ->
            config.Risk
            |> Result.bind (fun risk ->
                try
                    use document = JsonDocument.Parse text

                    [ for entry in document.RootElement.EnumerateArray() -> entry ]
                    |> Checked.traverse (state risk.Intervals)
                    |> Result.map Map.ofList
                with
                | :? JsonException
                | :? KeyNotFoundException
                | :? FormatException
                | :? InvalidOperationException -> reject ())
