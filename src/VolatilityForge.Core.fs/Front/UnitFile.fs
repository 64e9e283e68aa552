/// Done units of an experiment's walk-forward on disk: what a shard gives and what an interrupted run leaves. Runs nothing.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Text.Json
open System.Text.Json.Nodes

/// A unit of an experiment's walk-forward that is done.
type ExperimentPart =
    {
        Result: UnitResult
        /// Its fits of a network, in order.
        Training: TrainedEnsemble list
    }

/// Done units with what they belong to.
type UnitFile =
    {
        Identity: ExperimentIdentity
        /// The part of the plan that they are of.
        Shard: Shard
        /// The symbols' dates, variances and returns, where the file is to be joined without the data; measures are left out.
        Histories: History list
        Parts: ExperimentPart list
    }

/// Writing and reading unit files: safetensors, with a checksum, written whole or not at all.
[<RequireQualifiedAccess>]
module UnitFile =

    /// Raised when the meaning of a name or a metadata field changes.
    let private layout = "1"

    let private kind = "volatilityforge.units"

    // JSON has no NaN and no infinity.
    let private number (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create value
        else
            JsonValue.Create(string value)

    let private numberOf (element: JsonElement) : float =
        if element.ValueKind = JsonValueKind.String then
            Double.Parse(element.GetString(), Globalization.CultureInfo.InvariantCulture)
        else
            element.GetDouble()

    let private array (items: JsonNode seq) : JsonNode = JsonArray(Seq.toArray items)

    let private floats (name: string) (values: float[]) : StoredTensor =
        {
            Name = name
            Shape = [| int64 values.Length |]
            Values = StoredValues.Float64 values
        }

    let private epoch (metrics: EpochMetrics) : JsonNode =
        array
            [
                number (float metrics.Epoch)
                number metrics.TrainLoss
                number metrics.ValidationLoss
                number metrics.LearningRate
                number metrics.GradientNorm
            ]

    let private epochOf (element: JsonElement) : EpochMetrics =
        {
            Epoch = int (numberOf element[0])
            TrainLoss = numberOf element[1]
            ValidationLoss = numberOf element[2]
            LearningRate = numberOf element[3]
            GradientNorm = numberOf element[4]
        }

    let private ensemble (trained: TrainedEnsemble) : JsonNode =
        let json = EnsembleCheckpoint.describe trained

        json["histories"] <-
            array
                [
                    for each in trained.Members do
                        let state = JsonObject()
                        state["best_epoch"] <- JsonValue.Create each.State.BestEpoch
                        state["epochs"] <- array (each.State.History |> Seq.map epoch)
                        state
                ]

        json

    let private ensembleOf (start: string) (tensors: StoredTensor list) (entry: JsonElement) : TrainedEnsemble =
        let restored = EnsembleCheckpoint.restore start tensors entry

        let states =
            [
                for state in entry.GetProperty("histories").EnumerateArray() ->
                    { Trainer.ready with
                        BestEpoch = state.GetProperty("best_epoch").GetInt32()
                        History = [ for each in state.GetProperty("epochs").EnumerateArray() -> epochOf each ]
                    }
            ]

        { restored with
            Members = List.map2 (fun each state -> { each with State = state }) restored.Members states
        }

    let private start (index: int) (fit: int) : string = $"unit.{index}.fit.{fit}."

    let private part (index: int) (part: ExperimentPart) : JsonNode * StoredTensor list =
        let result = part.Result
        let unit = result.Unit
        let json = JsonObject()
        json["symbol"] <- JsonValue.Create unit.Symbol
        json["model"] <- JsonValue.Create unit.Model
        json["horizon"] <- JsonValue.Create unit.Horizon
        json["first"] <- JsonValue.Create unit.First
        json["last"] <- JsonValue.Create unit.Last
        json["closing"] <- JsonValue.Create unit.Closing
        json["clamped"] <- JsonValue.Create result.Clamped
        json["refits"] <- JsonValue.Create result.Refits

        json["next"] <-
            match result.Next with
            | Some next -> number (Units.strip next)
            | None -> null

        json["parameters"] <-
            match result.Parameters with
            | [] -> null
            | first :: _ -> array [ for name, _ in first.Values -> JsonValue.Create name ]

        json["fits"] <- array (part.Training |> Seq.map ensemble)

        json,
        [
            floats $"unit.{index}.forecast" (result.Forecast |> Array.map Units.strip)
            floats $"unit.{index}.impact" (result.NewsImpact |> Array.map Units.strip)
            if not result.Parameters.IsEmpty then
                {
                    Name = $"unit.{index}.fitted"
                    Shape = [| int64 result.Parameters.Length |]
                    Values = StoredValues.Int64 [| for point in result.Parameters -> int64 point.Origin |]
                }

                floats
                    $"unit.{index}.parameters"
                    [|
                        for point in result.Parameters do
                            for _, value in point.Values -> value
                    |]
            for fit, trained in List.indexed part.Training do
                yield! EnsembleCheckpoint.tensors (start index fit) trained
        ]

    let private partOf
        (byName: Dictionary<string, StoredTensor>)
        (weights: int -> StoredTensor list)
        (index: int)
        (entry: JsonElement)
        : ExperimentPart =
        let whole (name: string) = entry.GetProperty(name).GetInt32()

        let values (name: string) =
            StoredValues.toFloats byName[$"unit.{index}.{name}"].Values

        let parameters =
            let names = entry.GetProperty "parameters"

            if names.ValueKind = JsonValueKind.Null then
                []
            else
                let names = [ for name in names.EnumerateArray() -> name.GetString() ]
                let table = values "parameters"

                [
                    for point, origin in Array.indexed (values "fitted") ->
                        {
                            Origin = int origin
                            Values = names |> List.mapi (fun place name -> name, table[point * names.Length + place])
                        }
                ]

        {
            Result =
                {
                    Unit =
                        {
                            Symbol = entry.GetProperty("symbol").GetString()
                            Model = entry.GetProperty("model").GetString()
                            Horizon = whole "horizon"
                            First = whole "first"
                            Last = whole "last"
                            Closing = entry.GetProperty("closing").GetBoolean()
                        }
                    Forecast = values "forecast" |> Array.map (fun value -> value * 1.0< / day>)
                    Clamped = whole "clamped"
                    Refits = whole "refits"
                    Next =
                        match entry.GetProperty "next" with
                        | next when next.ValueKind = JsonValueKind.Null -> None
                        | next -> Some(numberOf next * 1.0< / day>)
                    Parameters = parameters
                    NewsImpact = values "impact" |> Array.map (fun value -> value * 1.0< / day>)
                }
            Training =
                [
                    for fit, trained in Seq.indexed (entry.GetProperty("fits").EnumerateArray()) ->
                        ensembleOf (start index fit) (weights index) trained
                ]
        }

    let private history (index: int) (history: History) : StoredTensor list =
        let name (field: string) = $"history.{index}.{field}"
        let shape = [| int64 (History.length history) |]

        [
            {
                Name = name "dates"
                Shape = shape
                Values = StoredValues.Int64 [| for date in history.Dates -> int64 date.DayNumber |]
            }
            floats (name "variance") (history.Variance |> Array.map Units.strip)
            floats (name "returns") history.Returns
            {
                Name = name "scored"
                Shape = shape
                Values = StoredValues.Byte [| for scored in history.Scored -> Convert.ToByte scored |]
            }
        ]

    let private historyOf (byName: Dictionary<string, StoredTensor>) (index: int) (symbol: string) : History =
        let values (field: string) =
            StoredValues.toFloats byName[$"history.{index}.{field}"].Values

        {
            Symbol = symbol
            Dates = values "dates" |> Array.map (int >> DateOnly.FromDayNumber)
            Variance = values "variance" |> Array.map (fun value -> value * 1.0< / day>)
            Returns = values "returns"
            Scored = values "scored" |> Array.map (fun value -> value <> 0.0)
            Measures = Map.empty
        }

    /// Writes the file. An unwritable path is a fault.
    let save (path: string) (file: UnitFile) : Result<unit, Fault> =
        let parts = file.Parts |> List.mapi part

        Checkpoint.save
            path
            {
                Tensors = List.concat [ yield! List.map snd parts; yield! List.mapi history file.Histories ]
                Metadata =
                    Map
                        [
                            kind, layout
                            "version", file.Identity.Version
                            "config", file.Identity.Settings
                            "data", file.Identity.Data
                            "shard", Shard.toText file.Shard
                            "symbols",
                            (array [ for history in file.Histories -> JsonValue.Create history.Symbol ]).ToJsonString()
                            "units", (parts |> Seq.map fst |> array).ToJsonString()
                        ]
            }

    /// Reads a file that `save` made. Fault.BadFile for one that is missing, damaged, of another kind or layout.
    let load (path: string) : Result<UnitFile, Fault> =
        let reject (reason: string) =
            Error(Fault.BadFile(path, reason, "Give files that `volforge run --shard` of this version wrote."))

        Checkpoint.load path
        |> Result.bind (fun stored ->
            match stored.Metadata.TryFind kind with
            | None -> reject "it is no file of a shard"
            | Some found when found <> layout -> reject $"its layout is {found}; this program reads {layout}"
            | Some _ ->
                try
                    let text (key: string) = stored.Metadata[key]
                    use symbols = JsonDocument.Parse(text "symbols")
                    use units = JsonDocument.Parse(text "units")
                    let byName = Dictionary()

                    for tensor in stored.Tensors do
                        byName[tensor.Name] <- tensor

                    // Names are unit.INDEX.fit...
                    let byUnit =
                        stored.Tensors
                        |> List.filter (fun tensor -> tensor.Name.Contains ".fit.")
                        |> List.groupBy (fun tensor -> tensor.Name.Split('.')[1])
                        |> Map.ofList

                    let weights (index: int) =
                        byUnit.TryFind(string index) |> Option.defaultValue []

                    Shard.parse (text "shard")
                    |> Result.map (fun shard ->
                        {
                            Identity =
                                {
                                    Version = text "version"
                                    Settings = text "config"
                                    Data = text "data"
                                }
                            Shard = shard
                            Histories =
                                [
                                    for index, symbol in Seq.indexed (symbols.RootElement.EnumerateArray()) ->
                                        historyOf byName index (symbol.GetString())
                                ]
                            Parts =
                                [
                                    for index, entry in Seq.indexed (units.RootElement.EnumerateArray()) ->
                                        partOf byName weights index entry
                                ]
                        })
                with
                | :? JsonException
                | :? KeyNotFoundException
                | :? FormatException
                | :? IndexOutOfRangeException
                | :? ArgumentException
                | :? InvalidOperationException -> reject "its contents can't be read")
