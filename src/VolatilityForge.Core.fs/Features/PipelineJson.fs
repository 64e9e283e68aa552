/// Pipelines and fitted pipelines as JSON. Knows no step's meaning.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Globalization
open System.Text.Json
open System.Text.Json.Nodes

/// Recipes and fitted recipes, to the last bit. One's own features are named; whoever reads hands their definitions over.
[<RequireQualifiedAccess>]
module PipelineJson =

    /// The format's name and its version, which every file carries.
    let format: string = "volatilityforge-features"

    /// The version that is written; others are refused.
    let version: int = 1

    let private words (items: string list) : JsonNode =
        JsonArray([| for item in items -> JsonValue.Create item :> JsonNode |])

    let private number (value: float) : JsonNode = JsonValue.Create value

    let private record (entries: (string * JsonNode) list) : JsonObject =
        let json = JsonObject()

        for name, value in entries do
            json[name] <- value

        json

    let private settingsNode (settings: Map<string, float>) : JsonNode =
        record [ for KeyValue(name, value) in settings -> name, number value ]

    let private specNode (spec: FeatureSpec) : JsonObject =
        record
            [
                "feature", JsonValue.Create spec.Feature
                if not spec.Columns.IsEmpty then
                    "columns", words spec.Columns
                if not spec.Settings.IsEmpty then
                    "settings", settingsNode spec.Settings
            ]

    let private specNodes (specs: FeatureSpec list) : JsonNode =
        JsonArray([| for spec in specs -> specNode spec :> JsonNode |])

    let private familyEntries (options: FamilyOptions) : (string * JsonNode) list =
        [
            if not options.Features.IsEmpty then
                "features", words options.Features
            if not options.Columns.IsEmpty then
                "columns", record [ for KeyValue(role, name) in options.Columns -> role, JsonValue.Create name ]
            if not options.Settings.IsEmpty then
                "settings", settingsNode options.Settings
        ]

    let private stepNode (step: FeatureStep) : JsonNode =
        record
            [
                "step", JsonValue.Create(FeatureStep.name step)
                match step with
                | FeatureStep.Microstructure options
                | FeatureStep.OptionCharacteristics options -> yield! familyEntries options
                | FeatureStep.NonlinearTransforms options ->
                    if not options.Columns.IsEmpty then
                        "columns", words options.Columns

                    "apply", specNodes options.Apply
                | FeatureStep.Interactions options ->
                    if not options.Columns.IsEmpty then
                        "columns", words options.Columns

                    match options.Rule with
                    | InteractionRule.Products -> "rule", JsonValue.Create "products"
                    | InteractionRule.Ratios -> "rule", JsonValue.Create "ratios"
                    | InteractionRule.Polynomial degree ->
                        "rule", JsonValue.Create "polynomial"
                        "degree", JsonValue.Create degree
                | FeatureStep.Listed specs -> "features", specNodes specs
            ]

    let private header (kind: string) : (string * JsonNode) list =
        [
            "format", JsonValue.Create format
            "version", JsonValue.Create version
            "kind", JsonValue.Create kind
        ]

    let private indented = JsonSerializerOptions(WriteIndented = true)

    /// A pipeline as indented JSON.
    let toText (pipeline: FeaturePipeline) : string =
        header "pipeline"
        @ [
            "keep_inputs", JsonValue.Create pipeline.KeepInputs
            "steps", JsonArray([| for step in pipeline.Steps -> stepNode step |])
        ]
        |> record
        |> _.ToJsonString(indented)

    let private stamp (time: DateTime) : JsonNode =
        JsonValue.Create(time.ToString("O", CultureInfo.InvariantCulture))

    let private featureNode (feature: FittedFeature) : JsonNode =
        let json = specNode feature.Spec

        if feature.Learned.Length > 0 then
            json["learned"] <- JsonArray([| for value in feature.Learned -> number value |])

        json["outputs"] <-
            JsonArray(
                [|
                    for output in feature.Outputs ->
                        record
                            [
                                "name", JsonValue.Create output.Name
                                "unit",
                                output.Unit
                                |> Option.map (fun unit' -> JsonValue.Create(FeatureUnit.toText unit') :> JsonNode)
                                |> Option.toObj
                            ]
                        :> JsonNode
                |]
            )

        json

    /// A fitted pipeline as indented JSON, what was learned to the last bit.
    let fittedToText (pipeline: FittedPipeline) : string =
        header "fitted-pipeline"
        @ [
            "keep_inputs", JsonValue.Create pipeline.KeepInputs
            "trained",
            record
                [
                    "first", stamp pipeline.Training.First
                    "last", stamp pipeline.Training.Last
                    "rows", JsonValue.Create pipeline.Training.Rows
                ]
            "inputs", words pipeline.Inputs
            "features", JsonArray([| for feature in pipeline.Features -> featureNode feature |])
        ]
        |> record
        |> _.ToJsonString(indented)

    let private entries (known: string list) (json: JsonElement) : Map<string, JsonElement> =
        for entry in json.EnumerateObject() do
            if not (List.contains entry.Name known) then
                Fault.raiseWith (Fault.UnknownName("entry", entry.Name, known))

        Map.ofSeq (json.EnumerateObject() |> Seq.map (fun entry -> entry.Name, entry.Value))

    let private wordList (json: JsonElement) : string list =
        [ for item in json.EnumerateArray() -> item.GetString() ]

    let private settingsOf (json: JsonElement) : Map<string, float> =
        json.EnumerateObject()
        |> Seq.map (fun entry -> entry.Name, entry.Value.GetDouble())
        |> Map.ofSeq

    let private orElse (fallback: 'a) (read: JsonElement -> 'a) (name: string) (from: Map<string, JsonElement>) : 'a =
        from |> Map.tryFind name |> Option.map read |> Option.defaultValue fallback

    let private needed (name: string) (from: Map<string, JsonElement>) : JsonElement =
        match Map.tryFind name from with
        | Some value -> value
        | None -> Fault.raiseWith (Fault.BadSetting(name, "must be there", "nothing"))

    let private specOf (from: Map<string, JsonElement>) : FeatureSpec =
        {
            Feature = (needed "feature" from).GetString()
            Columns = orElse [] wordList "columns" from
            Settings = orElse Map.empty settingsOf "settings" from
        }

    let private specsOf (json: JsonElement) : FeatureSpec list =
        [
            for item in json.EnumerateArray() -> specOf (entries [ "feature"; "columns"; "settings" ] item)
        ]

    let private familyOf (from: Map<string, JsonElement>) : FamilyOptions =
        {
            Features = orElse [] wordList "features" from
            Columns =
                orElse
                    Map.empty
                    (fun json ->
                        json.EnumerateObject()
                        |> Seq.map (fun entry -> entry.Name, entry.Value.GetString())
                        |> Map.ofSeq)
                    "columns"
                    from
            Settings = orElse Map.empty settingsOf "settings" from
        }

    let private ruleOf (from: Map<string, JsonElement>) : InteractionRule =
        match orElse "products" (_.GetString()) "rule" from with
        | "products" -> InteractionRule.Products
        | "ratios" -> InteractionRule.Ratios
        | "polynomial" -> InteractionRule.Polynomial(orElse 2 (_.GetInt32()) "degree" from)
        | other ->
            Fault.raiseWith (Fault.UnknownName("interaction rule", other, [ "products"; "ratios"; "polynomial" ]))

    let private stepNames =
        [ "microstructure"; "options"; "nonlinear"; "interactions"; "features" ]

    let private stepOf (json: JsonElement) : FeatureStep =
        match json.TryGetProperty "step" with
        | false, _ -> Fault.raiseWith (Fault.BadSetting("step", "must be there in every step", "nothing"))
        | true, name ->
            match name.GetString() with
            | "microstructure" ->
                entries [ "step"; "features"; "columns"; "settings" ] json
                |> familyOf
                |> FeatureStep.Microstructure
            | "options" ->
                entries [ "step"; "features"; "columns"; "settings" ] json
                |> familyOf
                |> FeatureStep.OptionCharacteristics
            | "nonlinear" ->
                let from = entries [ "step"; "columns"; "apply" ] json

                FeatureStep.NonlinearTransforms
                    {
                        Columns = orElse [] wordList "columns" from
                        Apply = orElse FeatureStep.nonlinear.Apply specsOf "apply" from
                    }
            | "interactions" ->
                let from = entries [ "step"; "columns"; "rule"; "degree" ] json

                FeatureStep.Interactions
                    {
                        Columns = orElse [] wordList "columns" from
                        Rule = ruleOf from
                    }
            | "features" ->
                entries [ "step"; "features" ] json
                |> needed "features"
                |> specsOf
                |> FeatureStep.Listed
            | other -> Fault.raiseWith (Fault.UnknownName("step", other, stepNames))

    let private pipelineOf (own: FeatureDefinition list) (from: Map<string, JsonElement>) : FeaturePipeline =
        let steps = [ for step in (needed "steps" from).EnumerateArray() -> stepOf step ]

        let known =
            own
            |> List.fold (fun (pipeline: FeaturePipeline) feature -> pipeline.Knowing feature) FeaturePipeline.Empty

        let stepped =
            steps
            |> List.fold (fun (pipeline: FeaturePipeline) step -> pipeline.Add step) known

        for spec in
            steps
            |> List.collect (function
                | FeatureStep.Listed specs -> specs
                | _ -> []) do
            FeatureRegistry.find own spec.Feature
            |> Result.bind (fun definition -> Feature.complete definition spec)
            |> Fault.orRaise
            |> ignore

        if orElse false (_.GetBoolean()) "keep_inputs" from then
            stepped.WithInputs()
        else
            stepped

    /// One feature, and the units of the columns so far with those it adds.
    let private featureOf
        (own: FeatureDefinition list)
        (units: Map<string, FeatureUnit option>)
        (json: JsonElement)
        : FittedFeature * Map<string, FeatureUnit option> =
        let from = entries [ "feature"; "columns"; "settings"; "learned"; "outputs" ] json
        let spec = specOf from
        let definition = FeatureRegistry.find own spec.Feature |> Fault.orRaise
        let completed = Feature.complete definition spec |> Fault.orRaise

        let unitOf (name: string) =
            match Map.tryFind name units with
            | Some unit' -> unit'
            | None -> FeatureUnit.ofColumn name

        let outputs = Feature.outputs unitOf definition completed
        let names = outputs |> List.map _.Name

        let written =
            [
                for output in (needed "outputs" from).EnumerateArray() ->
                    (needed "name" (entries [ "name"; "unit" ] output)).GetString()
            ]

        if written <> names then
            let listed (items: string list) = String.Join(", ", items)
            Fault.raiseWith (Fault.BadSetting($"outputs of {spec.Feature}", $"must be {listed names}", listed written))

        let learned =
            orElse [||] (fun list -> [| for value in list.EnumerateArray() -> value.GetDouble() |]) "learned" from

        Feature.checkLearned definition completed learned |> Fault.orRaise

        {
            Definition = definition
            Spec = completed
            Learned = learned
            Outputs = outputs
            Memory = definition.Memory completed
        },
        outputs
        |> List.fold (fun known output -> Map.add output.Name output.Unit known) units

    let private fittedOf (own: FeatureDefinition list) (from: Map<string, JsonElement>) : FittedPipeline =
        let trained = entries [ "first"; "last"; "rows" ] (needed "trained" from)

        let time (name: string) =
            DateTime.ParseExact(
                (needed name trained).GetString(),
                "O",
                CultureInfo.InvariantCulture,
                DateTimeStyles.RoundtripKind
            )

        let features, _ =
            List.ofSeq ((needed "features" from).EnumerateArray())
            |> List.mapFold (featureOf own) Map.empty

        let pipeline =
            FittedPipeline(
                features,
                orElse false (_.GetBoolean()) "keep_inputs" from,
                {
                    First = time "first"
                    Last = time "last"
                    Rows = (needed "rows" trained).GetInt32()
                }
            )

        let inputs = wordList (needed "inputs" from)

        if inputs <> pipeline.Inputs then
            Fault.raiseWith (
                Fault.BadSetting(
                    "inputs",
                    $"""must be {String.Join(", ", pipeline.Inputs)}""",
                    String.Join(", ", inputs)
                )
            )

        pipeline

    /// Reads a text of a kind; whatever is wrong with it is a fault.
    let private read
        (kind: string)
        (known: string list)
        (build: Map<string, JsonElement> -> 'a)
        (json: string)
        : Result<'a, Fault> =
        let bad (rule: string) (found: string) =
            Error(Fault.BadSetting(kind, rule, found))

        try
            use document = JsonDocument.Parse json

            if document.RootElement.ValueKind <> JsonValueKind.Object then
                bad "must be a JSON object" (string document.RootElement.ValueKind)
            else
                Fault.catch (fun () ->
                    let from =
                        entries ([ "format"; "version"; "kind"; "keep_inputs" ] @ known) document.RootElement

                    let told = (needed "format" from).GetString(), (needed "version" from).GetInt32()
                    let toldKind = (needed "kind" from).GetString()

                    if told <> (format, version) then
                        let rule = $"must be of format {format}, version {version}"
                        Fault.raiseWith (Fault.BadSetting(kind, rule, $"{fst told}, version {snd told}"))
                    elif toldKind <> kind then
                        Fault.raiseWith (Fault.BadSetting("kind", $"must be {kind}", toldKind))
                    else
                        build from)
        with
        | :? JsonException as error -> bad $"must be JSON ({error.Message.TrimEnd '.'})" "other text"
        | :? InvalidOperationException
        | :? FormatException
        | :? KeyNotFoundException
        | :? ArgumentException as error -> bad "must have entries of the right type" (error.Message.TrimEnd '.')

    /// The pipeline of a text, with the definitions of one's own features that it names. Faults name the entry, feature,
    /// setting or step that is unknown or wrong.
    let ofText (own: FeatureDefinition list) (json: string) : Result<FeaturePipeline, Fault> =
        read "pipeline" [ "steps" ] (pipelineOf own) json

    /// The fitted pipeline of a text, with the definitions of one's own features that it names. Faults as ofText; the format,
    /// version, names and what was learned must be those that were written.
    let fittedOfText (own: FeatureDefinition list) (json: string) : Result<FittedPipeline, Fault> =
        read "fitted-pipeline" [ "trained"; "inputs"; "features" ] (fittedOf own) json
