/// A pipeline of feature steps that is yet to be fitted. Knows no file.
namespace VolatilityForge

open System
open System.Collections.Generic

/// Steps that make features, in order; each sees the columns of the source and of the steps before. Immutable: every member
/// gives a new pipeline. It can't transform: only what `Fit` gives can.
[<Sealed>]
type FeaturePipeline private (steps: FeatureStep list, own: FeatureDefinition list, keepInputs: bool) =

    /// A pipeline without steps.
    static member Empty: FeaturePipeline = FeaturePipeline([], [], false)

    /// The steps in order.
    member _.Steps: FeatureStep list = steps

    /// The user's own features among the steps.
    member _.Own: FeatureDefinition list = own

    /// Whether what the fitted pipeline gives begins with the source's columns that it reads.
    member _.KeepInputs: bool = keepInputs

    /// With one more step.
    member _.Add(step: FeatureStep) : FeaturePipeline =
        FeaturePipeline(steps @ [ step ], own, keepInputs)

    /// With these features as a step.
    member pipeline.Add(specs: FeatureSpec list) : FeaturePipeline = pipeline.Add(FeatureStep.Listed specs)

    /// With a feature of one's own as a step, over its usual columns.
    member _.Add(feature: FeatureDefinition) : FeaturePipeline =
        let step = FeatureStep.Listed [ FeatureSpec.create feature.Name ]
        FeaturePipeline(steps @ [ step ], own @ [ feature ], keepInputs)

    /// With a feature of one's own made known to the recipe, without a step.
    member _.Knowing(feature: FeatureDefinition) : FeaturePipeline =
        FeaturePipeline(steps, own @ [ feature ], keepInputs)

    /// With features of quotes, trades and bars; by default all whose columns are there.
    member pipeline.AddMicrostructure(?options: FamilyOptions) : FeaturePipeline =
        pipeline.Add(FeatureStep.Microstructure(defaultArg options FeatureStep.family))

    /// With features of options; by default all whose columns are there.
    member pipeline.AddOptionCharacteristics(?options: FamilyOptions) : FeaturePipeline =
        pipeline.Add(FeatureStep.OptionCharacteristics(defaultArg options FeatureStep.family))

    /// With features of one column each; by default z-scores, lags and normal scores of what the steps before made.
    member pipeline.AddNonlinearTransforms(?options: NonlinearOptions) : FeaturePipeline =
        pipeline.Add(FeatureStep.NonlinearTransforms(defaultArg options FeatureStep.nonlinear))

    /// With features of several columns each; by default products of the pairs that the steps before made, transforms left
    /// out.
    member pipeline.AddInteractions(?options: InteractionOptions) : FeaturePipeline =
        pipeline.Add(FeatureStep.Interactions(defaultArg options FeatureStep.interactions))

    /// With the source's columns in what the fitted pipeline gives.
    member _.WithInputs() : FeaturePipeline = FeaturePipeline(steps, own, true)

    /// Fits on several frames at once: what a feature learns, it learns of the rows of all of them together. The rows of the
    /// frames are the training part and all that is seen. Faults: no frame or no row, no step, a column that is missing, a
    /// setting outside its domain, an output name that is taken, a feature that can't learn of these rows.
    member _.Fit(training: Frame list) : Result<FittedPipeline, Fault> =
        let known = List<KnownColumn>()
        let units = Dictionary<string, FeatureUnit option>()
        let fitted = List<FittedFeature>()

        // Columns of each frame by name, grown in place: a pipeline of F features is otherwise F copies of F columns.
        let grown =
            training
            |> List.map (fun frame ->
                let columns = Dictionary<string, float[]>()

                for name, values in frame.Columns do
                    columns[name] <- values

                frame, columns)

        let know (column: KnownColumn) =
            known.Add column
            units[column.Name] <- column.Unit

        let readOf (spec: FeatureSpec) (_: Frame, columns: Dictionary<string, float[]>) =
            spec.Columns
            |> Checked.traverse (fun name ->
                match columns.TryGetValue name with
                | true, values -> Ok values
                | _ -> Error(Fault.UnknownName("column", name, List.ofSeq columns.Keys)))
            |> Result.map Array.ofList

        // A fault of the fit tells the feature; which of many columns it was about is known here.
        let ofColumns (spec: FeatureSpec) (fault: Fault) =
            let what = $"""{spec.Feature} of {String.Join(", ", spec.Columns)}"""

            match fault with
            | Fault.TooShort(_, needed, found) -> Fault.TooShort(what, needed, found)
            | Fault.NotComputable(_, reason, remedy) -> Fault.NotComputable(what, reason, remedy)
            | other -> other

        let fitSpec (spec: FeatureSpec) : Result<unit, Fault> =
            either {
                let! definition = FeatureRegistry.find own spec.Feature
                let! completed = Feature.complete definition spec
                let! columns = grown |> Either.traverse (readOf completed)

                let unitOf (name: string) =
                    match units.TryGetValue name with
                    | true, unit' -> unit'
                    | _ -> None

                let outputs = Feature.outputs unitOf definition completed

                match outputs |> List.tryFind (fun output -> units.ContainsKey output.Name) with
                | Some taken ->
                    return!
                        Error(
                            Fault.BadSetting(
                                $"output of {definition.Name}",
                                "must have a name that no column before it has",
                                taken.Name
                            )
                        )
                | None -> ()

                let! learned =
                    match definition.Fit with
                    | None -> Ok [||]
                    | Some fit ->
                        Array.init completed.Columns.Length (fun at ->
                            columns |> List.map (fun frame -> frame[at]) |> Array.concat)
                        |> fit completed
                        |> Result.mapError (ofColumns completed)

                for (frame, made), read in List.zip grown columns do
                    let values =
                        FeatureBlocks.batch definition completed learned outputs.Length frame.Index read

                    outputs |> List.iteri (fun at output -> made[output.Name] <- values[at])

                for output in outputs do
                    know
                        {
                            Name = output.Name
                            Unit = output.Unit
                            Family = Some definition.Family
                        }

                fitted.Add
                    {
                        Definition = definition
                        Spec = completed
                        Learned = learned
                        Outputs = outputs
                        Memory = definition.Memory completed
                    }
            }

        let fitStep (step: FeatureStep) : Result<unit, Fault> =
            either {
                let! specs = FeatureStep.specs own (List.ofSeq known) step
                let count = fitted.Count + specs.Length

                do!
                    Either.require
                        (Fault.BadSetting(
                            "steps",
                            $"must make at most {FeatureStep.Most} features; name fewer columns",
                            string count
                        ))
                        (count <= FeatureStep.Most)

                do! specs |> Either.traverse fitSpec |> Result.map ignore
            }

        let rows = training |> List.sumBy _.Length

        either {
            do! Either.require (Fault.TooShort("Fitting features", 1, 0)) (rows > 0)
            do! Either.require (Fault.BadSetting("steps", "must be one or more", "none")) (not steps.IsEmpty)

            for name in training.Head.Names do
                know
                    {
                        Name = name
                        Unit = FeatureUnit.ofColumn name
                        Family = None
                    }

            do! steps |> Either.traverse fitStep |> Result.map ignore
            let features = List.ofSeq fitted
            let filled = training |> List.filter (fun frame -> frame.Length > 0)

            let part =
                {
                    First = filled |> List.map (fun frame -> frame.Index[0]) |> List.min
                    Last = filled |> List.map (fun frame -> frame.Index[frame.Length - 1]) |> List.max
                    Rows = rows
                }

            return FittedPipeline(features, keepInputs, part)
        }

    /// Fits on one frame; its rows are the training part.
    member pipeline.Fit(training: Frame) : Result<FittedPipeline, Fault> = pipeline.Fit [ training ]

    /// Fits on the rows up to a time, it included.
    member pipeline.Fit(frame: Frame, until: DateTime) : Result<FittedPipeline, Fault> =
        pipeline.Fit [ Frame.upTo until frame ]

    /// Fits on a frame and transforms it: for exploration, as every row is then in the training part.
    member pipeline.FitTransform(frame: Frame) : Result<Frame, Fault> =
        pipeline.Fit frame |> Result.bind _.Transform(frame)

/// Words for pipelines, data last.
[<RequireQualifiedAccess>]
module FeaturePipeline =

    /// Fits on a training part.
    let fit (training: Frame) (pipeline: FeaturePipeline) : Result<FittedPipeline, Fault> = pipeline.Fit training

    /// The features of a frame.
    let transform (fitted: FittedPipeline) (frame: Frame) : Result<Frame, Fault> = fitted.Transform frame

    /// The steps that make sense of these columns: microstructure and options where there are columns for them, else
    /// HAR means; then the default transforms. Of the columns of OptionRows, whose price is no trade's, no microstructure that reads it.
    let defaultFor (names: string list) : FeaturePipeline =
        let known =
            names
            |> List.map (fun name ->
                {
                    Name = name
                    Unit = None
                    Family = None
                })

        let specs (step: FeatureStep) =
            FeatureStep.specs [] known step |> Result.defaultValue []

        let all = FeatureStep.Microstructure FeatureStep.family

        // The price of a contract's row is the middle of its quotes: no trade, so it has no side and no spread of its own.
        let microstructure =
            if OptionRows.names |> List.forall (fun name -> List.contains name names) then
                specs all
                |> List.filter (fun spec -> not (List.contains "price" spec.Columns))
                |> List.map _.Feature
                |> List.distinct
                |> function
                    | [] -> []
                    | features ->
                        [
                            FeatureStep.Microstructure
                                { FeatureStep.family with
                                    Features = features
                                }
                        ]
            else
                [ all ]

        let offered =
            microstructure @ [ FeatureStep.OptionCharacteristics FeatureStep.family ]
            |> List.filter (fun step -> not (specs step).IsEmpty)

        let start =
            match offered with
            | [] ->
                [
                    FeatureStep.NonlinearTransforms
                        {
                            Columns = names
                            Apply = [ FeatureSpec.create "har" ]
                        }
                ]
            | found -> found

        start @ [ FeatureStep.NonlinearTransforms FeatureStep.nonlinear ]
        |> List.fold (fun (pipeline: FeaturePipeline) step -> pipeline.Add step) FeaturePipeline.Empty

    /// The steps of `defaultFor`, the transforms of those features only that have two values in the training part, and the names of the
    /// features that don't: their windows are longer than it, or their columns are empty. Faults of `Fit`.
    let defaultOf (training: Frame list) : Result<FeaturePipeline * string list, Fault> =
        let names = training |> List.tryHead |> Option.map _.Names |> Option.defaultValue []
        let whole = defaultFor names

        let start =
            whole.Steps
            |> List.truncate (whole.Steps.Length - 1)
            |> List.fold (fun (pipeline: FeaturePipeline) step -> pipeline.Add step) FeaturePipeline.Empty

        either {
            let! fitted = start.Fit training
            let! made = training |> Either.traverse fitted.Transform

            let valued (name: string) =
                made
                |> List.sumBy (fun frame ->
                    frame.TryColumn name
                    |> Option.map (Array.sumBy (fun value -> if Double.IsNaN value then 0 else 1))
                    |> Option.defaultValue 0)
                |> fun count -> count >= 2

            match fitted.Names |> List.partition valued with
            | _, [] -> return whole, []
            | [], empty -> return start, empty
            | sound, empty ->
                let transforms =
                    FeatureStep.NonlinearTransforms
                        { FeatureStep.nonlinear with
                            Columns = sound
                        }

                return start.Add transforms, empty
        }
