/// Experiment settings as JSON, one line per field. Knows no model.
namespace VolatilityForge

open System.Text.Json
open System.Text.Json.Nodes

/// One setting: its JSON name, how it is written, how it is read.
type private Field =
    {
        Key: string
        Write: ExperimentConfig -> JsonNode
        Read: JsonElement -> ExperimentConfig -> ExperimentConfig
    }

/// Writing and reading ExperimentConfig. Fields that are absent keep their defaults; unknown ones are a fault.
[<RequireQualifiedAccess>]
module ConfigJson =

    let private value (item: 'a) : JsonNode = JsonValue.Create<'a> item

    let private list (items: 'a list) : JsonNode =
        JsonArray([| for item in items -> value item |])

    let private items (read: JsonElement -> 'a) (element: JsonElement) : 'a list =
        [ for item in element.EnumerateArray() -> read item ]

    let private text (element: JsonElement) : string = element.GetString()
    let private whole (element: JsonElement) : int = element.GetInt32()
    let private real (element: JsonElement) : float = element.GetDouble()
    let private flag (element: JsonElement) : bool = element.GetBoolean()

    let private field key write read =
        {
            Key = key
            Write = write
            Read = read
        }

    /// A setting of the Transformer, under the key "transformer.NAME".
    let private size
        key
        (write: TransformerConfig -> JsonNode)
        (read: JsonElement -> TransformerConfig -> TransformerConfig)
        =
        field ("transformer." + key) (fun c -> write c.Transformer) (fun e c ->
            { c with
                Transformer = read e c.Transformer
            })

    let private window =
        [
            field
                "window"
                (fun c ->
                    match c.Window with
                    | WindowRule.Rolling _ -> value "rolling"
                    | WindowRule.Expanding _ -> value "expanding")
                (fun e c ->
                    let (WindowRule.Rolling labels | WindowRule.Expanding labels) = c.Window

                    match text e with
                    | "rolling" -> c.WithRollingWindow labels
                    | "expanding" -> c.WithExpandingWindow labels
                    | other -> Fault.raiseWith (Fault.UnknownName("window", other, [ "rolling"; "expanding" ])))
            field
                "window_labels"
                (fun c ->
                    let (WindowRule.Rolling labels | WindowRule.Expanding labels) = c.Window
                    value labels)
                (fun e c ->
                    match c.Window with
                    | WindowRule.Rolling _ -> c.WithRollingWindow(whole e)
                    | WindowRule.Expanding _ -> c.WithExpandingWindow(whole e))
        ]

    let private fields: Field list =
        [
            field "features" (fun c -> value c.Features) (fun e c -> { c with Features = whole e })
            field "models" (fun c -> list c.Models) (fun e c -> { c with Models = items text e })
            field "baseline" (fun c -> value c.Baseline) (fun e c -> { c with Baseline = text e })
            field "horizons" (fun c -> list c.Horizons) (fun e c -> { c with Horizons = items whole e })
            field "measure" (fun c -> value c.Measure) (fun e c -> { c with Measure = text e })
            yield! window
            field "ewma_decay" (fun c -> value c.EwmaDecay) (fun e c -> { c with EwmaDecay = real e })
            size "dim" (fun t -> value t.Dim) (fun e t -> { t with Dim = whole e })
            size "depth" (fun t -> value t.Depth) (fun e t -> { t with Depth = whole e })
            size "heads" (fun t -> value t.Heads) (fun e t -> { t with Heads = whole e })
            size "kv_heads" (fun t -> value t.KvHeads) (fun e t -> { t with KvHeads = whole e })
            size "ffn_multiplier" (fun t -> value t.FfnMultiplier) (fun e t -> { t with FfnMultiplier = real e })
            size "norm_eps" (fun t -> value t.NormEps) (fun e t -> { t with NormEps = real e })
            size "max_length" (fun t -> value t.MaxLength) (fun e t -> { t with MaxLength = whole e })
            size "dropout" (fun t -> value t.Dropout) (fun e t -> { t with Dropout = real e })
            size "pooling" (fun t -> value (Pooling.toName t.Pooling)) (fun e t ->
                { t with
                    Pooling = Pooling.ofName (text e) |> Fault.orRaise
                })
            size "causal" (fun t -> value t.Causal) (fun e t -> { t with Causal = flag e })
            size "attention_path" (fun t -> value (AttentionPath.toName t.Path)) (fun e t ->
                { t with
                    Path = AttentionPath.ofName (text e) |> Fault.orRaise
                })
            size "checkpointing" (fun t -> value t.Checkpointing) (fun e t -> { t with Checkpointing = flag e })
            field "mlp.hidden" (fun c -> list c.Mlp.Hidden) (fun e c ->
                { c with
                    Mlp = { c.Mlp with Hidden = items whole e }
                })
            field "mlp.dropout" (fun c -> value c.Mlp.Dropout) (fun e c ->
                { c with
                    Mlp = { c.Mlp with Dropout = real e }
                })
            field "harnet.channels" (fun c -> value c.HarNet.Channels) (fun e c ->
                { c with
                    HarNet = { c.HarNet with Channels = whole e }
                })
            field "harnet.dropout" (fun c -> value c.HarNet.Dropout) (fun e c ->
                { c with
                    HarNet = { c.HarNet with Dropout = real e }
                })
            field "sequence_length" (fun c -> value c.SequenceLength) (fun e c -> { c with SequenceLength = whole e })
            field "seeds" (fun c -> list c.Seeds) (fun e c ->
                { c with
                    Seeds = items (fun item -> item.GetInt64()) e
                })
            field "gain" (fun c -> value c.Gain) (fun e c -> { c with Gain = real e })
            field "refit_every" (fun c -> value c.RefitEvery) (fun e c -> { c with RefitEvery = whole e })
            field "epochs" (fun c -> value c.Epochs) (fun e c -> { c with Epochs = whole e })
            field "patience" (fun c -> value c.Patience) (fun e c -> { c with Patience = whole e })
            field "batch_size" (fun c -> value c.BatchSize) (fun e c -> { c with BatchSize = whole e })
            field "learning_rate" (fun c -> value c.LearningRate) (fun e c -> { c with LearningRate = real e })
            field "weight_decay" (fun c -> value c.WeightDecay) (fun e c -> { c with WeightDecay = real e })
            field "gradient_clip" (fun c -> value c.GradientClip) (fun e c -> { c with GradientClip = real e })
            field "objective" (fun c -> value c.Objective) (fun e c -> { c with Objective = text e })
            field "optimiser" (fun c -> value c.Optimiser) (fun e c -> { c with Optimiser = text e })
            field "schedule" (fun c -> value c.Schedule) (fun e c -> { c with Schedule = text e })
            field "accumulation" (fun c -> value c.Accumulation) (fun e c -> { c with Accumulation = whole e })
            field "ema_decay" (fun c -> value c.EmaDecay) (fun e c -> { c with EmaDecay = real e })
            field "precision" (fun c -> value c.Precision) (fun e c -> { c with Precision = text e })
            field "device" (fun c -> value c.Device) (fun e c -> { c with Device = text e })
            field "intervals" (fun c -> value c.Intervals) (fun e c -> { c with Intervals = real e })
            field "interval_method" (fun c -> value c.IntervalMethod) (fun e c -> { c with IntervalMethod = text e })
            field "var_levels" (fun c -> list c.VarLevels) (fun e c -> { c with VarLevels = items real e })
            field "embargo" (fun c -> value c.Embargo) (fun e c -> { c with Embargo = whole e })
            field "clamp" (fun c -> value c.Clamp) (fun e c -> { c with Clamp = text e })
            field "refit_all_every" (fun c -> value c.RefitAllEvery) (fun e c -> { c with RefitAllEvery = whole e })
            field "var_tail" (fun c -> value c.VarTail) (fun e c -> { c with VarTail = text e })
        ]

    /// Settings of earlier files, read but not written.
    let private former: Field list =
        [
            field "mixed_precision" (fun c -> value c.MixedPrecision) (fun e c -> c.WithMixedPrecision(flag e))
        ]

    /// The settings as a JSON object.
    let toNode (config: ExperimentConfig) : JsonObject =
        let json = JsonObject()

        for field in fields do
            json[field.Key] <- field.Write config

        json

    /// The settings as indented JSON text.
    let toText (config: ExperimentConfig) : string =
        (toNode config).ToJsonString(JsonSerializerOptions(WriteIndented = true))

    let private read (config: ExperimentConfig) (entry: JsonProperty) : ExperimentConfig =
        match fields @ former |> List.tryFind (fun field -> field.Key = entry.Name) with
        | None -> Fault.raiseWith (Fault.UnknownName("setting", entry.Name, fields |> List.map _.Key))
        | Some field ->
            try
                field.Read entry.Value config
            with
            | :? System.InvalidOperationException
            | :? System.FormatException ->
                Fault.raiseWith (Fault.BadSetting(entry.Name, "has the wrong type", entry.Value.GetRawText()))

    /// Settings with those of a JSON text in place of their own. Faults name the setting that is unknown or of the wrong type; Build
    /// checks the rest.
    let withText (json: string) (config: ExperimentConfig) : Result<ExperimentConfig, Fault> =
        try
            use document = JsonDocument.Parse json

            if document.RootElement.ValueKind <> JsonValueKind.Object then
                Error(Fault.BadSetting("configuration", "must be a JSON object", string document.RootElement.ValueKind))
            else
                Fault.catch (fun () -> document.RootElement.EnumerateObject() |> Seq.fold read config)
        with :? JsonException as error ->
            Error(Fault.BadSetting("configuration", $"must be JSON ({error.Message.TrimEnd '.'})", "other text"))

    /// The settings of a JSON text; those that are absent are the defaults. Faults as `withText`.
    let ofText (json: string) : Result<ExperimentConfig, Fault> =
        withText json (ExperimentConfig.Default 5)
