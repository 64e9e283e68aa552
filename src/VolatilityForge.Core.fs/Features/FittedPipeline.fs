/// A fitted pipeline: features with what they learned, applied to frames. Knows no step and no file.
namespace VolatilityForge

open System
open System.Collections.Generic

/// A feature with what it learned from the training part.
[<NoEquality; NoComparison>]
type FittedFeature =
    {
        Definition: FeatureDefinition
        /// With every column and setting.
        Spec: FeatureSpec
        /// In the order the definition's summary tells; empty for a feature that learns nothing.
        Learned: float[]
        Outputs: FeatureOutput list
        /// Rows before a row that its value depends on, of its own columns.
        Memory: int
    }

/// What a pipeline was fitted on.
type TrainingPart =
    {
        First: DateTime
        Last: DateTime
        /// Rows of all frames.
        Rows: int
    }

/// A line of `Explain`.
type FeatureLine =
    {
        Name: string
        Family: FeatureFamily
        Unit: string
        /// The feature, its columns and settings.
        Formula: string
        Summary: string
        Source: string
        Learned: float list
        /// Rows before a row that its value depends on, through every step: the first so many rows may lack a value.
        Memory: int
    }

/// Features with what they learned. Immutable; made by FeaturePipeline.Fit or from a file.
[<Sealed>]
type FittedPipeline internal (features: FittedFeature list, keepInputs: bool, training: TrainingPart) =

    let made =
        features
        |> List.collect _.Outputs
        |> List.map (fun (output: FeatureOutput) -> output.Name)
        |> HashSet

    let inputs =
        features
        |> List.collect (fun feature -> feature.Spec.Columns)
        |> List.filter (made.Contains >> not)
        |> List.distinct

    let isRead =
        features |> List.collect (fun feature -> feature.Spec.Columns) |> HashSet

    /// Features of one wave read nothing that the same wave or a later one makes.
    let waves =
        let depth = Dictionary<string, int>()

        let depthOf (feature: FittedFeature) =
            1
            + (feature.Spec.Columns
               |> List.fold
                   (fun deepest name ->
                       match depth.TryGetValue name with
                       | true, level -> max deepest level
                       | _ -> deepest)
                   0)

        let placed =
            features
            |> List.map (fun feature ->
                let level = depthOf feature

                for output in feature.Outputs do
                    depth[output.Name] <- level

                level, feature)

        placed
        |> List.groupBy fst
        |> List.sortBy fst
        |> List.map (fun (_, group) -> group |> List.map snd |> Array.ofList)
        |> Array.ofList

    let memories =
        let through = Dictionary<string, int>()

        features
        |> List.map (fun feature ->
            let before =
                feature.Spec.Columns
                |> List.fold
                    (fun most name ->
                        match through.TryGetValue name with
                        | true, rows -> max most rows
                        | _ -> most)
                    0

            for output in feature.Outputs do
                through[output.Name] <- before + feature.Memory

            before + feature.Memory)

    /// The features in an order in which each finds its columns.
    member _.Features: FittedFeature list = features

    /// The columns of the source that it reads.
    member _.Inputs: string list = inputs

    /// Whether the source's columns that it reads stand before the features in what it gives.
    member _.KeepInputs: bool = keepInputs

    /// What it was fitted on.
    member _.Training: TrainingPart = training

    /// The columns it gives.
    member _.Outputs: FeatureOutput list =
        [
            if keepInputs then
                for name in inputs do
                    {
                        Name = name
                        Unit = FeatureUnit.ofColumn name
                    }
            for feature in features do
                yield! feature.Outputs
        ]

    /// The names of the columns it gives.
    member pipeline.Names: string list =
        pipeline.Outputs |> List.map (fun output -> output.Name)

    /// Rows of history after which every feature with a finite memory has its value.
    member _.Memory: int = if memories.IsEmpty then 0 else List.max memories

    /// One line per feature column: name, unit, formula, source, what was learned, memory.
    member _.Explain() : FeatureLine list =
        [
            for feature, memory in List.zip features memories do
                let settings =
                    feature.Spec.Settings
                    |> Map.toList
                    |> List.map (fun (name, value) ->
                        $" {name}={value.ToString(Globalization.CultureInfo.InvariantCulture)}")
                    |> String.concat ""

                for output in feature.Outputs do
                    {
                        Name = output.Name
                        Family = feature.Definition.Family
                        Unit =
                            match output.Unit with
                            | Some unit' -> FeatureUnit.toText unit'
                            | None -> "?"
                        Formula = $"""{feature.Definition.Name}({String.Join(", ", feature.Spec.Columns)}){settings}"""
                        Summary = feature.Definition.Summary
                        Source = feature.Definition.Source
                        Learned = List.ofArray feature.Learned
                        Memory = memory
                    }
        ]

    member private pipeline.Fill(frame: Frame, threads: int, room: string -> float[]) : Result<Frame, Fault> =
        either {
            do! Either.require (Fault.BadSetting("threads", "must be 1 or more", string threads)) (threads >= 1)
            let columns = Dictionary<string, float[]>()

            let! source =
                inputs
                |> Checked.traverse (fun name -> Frame.column name frame |> Result.map (fun values -> name, values))

            for name, values in source do
                columns[name] <- values

            let bind (feature: FittedFeature) =
                let written =
                    feature.Outputs |> List.map (fun output -> room output.Name) |> Array.ofList

                feature.Outputs
                |> List.iteri (fun at output -> columns[output.Name] <- written[at])

                let read =
                    feature.Spec.Columns |> List.map (fun name -> columns[name]) |> Array.ofList

                FeatureBlocks.bound
                    feature.Definition
                    feature.Spec
                    feature.Learned
                    read
                    written
                    (not (feature.Outputs |> List.exists (fun output -> isRead.Contains output.Name)))

            waves |> Array.map (Array.map bind) |> FeatureBlocks.run threads frame.Index

            // Names differ since the fit, and kernels leave no infinity: nothing is left to check.
            return Frame(frame.Symbol, frame.Index, pipeline.Names |> List.map (fun name -> name, columns[name]))
        }

    /// The features of a frame, one row for each of its rows, on so many threads (1 or more). Each row depends on rows up to it
    /// only; the number of threads changes no bit. Fault.UnknownName for a column that the frame lacks.
    member pipeline.Transform(frame: Frame, threads: int) : Result<Frame, Fault> =
        pipeline.Fill(frame, threads, (fun _ -> FreshColumn.create frame.Length))

    /// The features of a frame, on one thread.
    member pipeline.Transform(frame: Frame) : Result<Frame, Fault> = pipeline.Transform(frame, 1)

    /// The same features in columns that a transform before may have written to: the frames it gave then show the new values. Without
    /// fresh memory for every frame, cheap features take a third of the time. Faults as Transform.
    member pipeline.TransformInto(columns: FeatureColumns, frame: Frame, threads: int) : Result<Frame, Fault> =
        pipeline.Fill(frame, threads, (fun name -> columns.Of(name, frame.Length)))
