/// Every model by name: the registry that the command line, F# and C# draw from. Knows no data.
namespace VolatilityForge

open System.Text.RegularExpressions

/// What a registered name stands for.
[<RequireQualifiedAccess>]
type Model =
    /// A forecaster that is fitted by itself.
    | Forecaster of IForecaster
    /// A network, trained by NeuralForecaster with the training settings of the experiment.
    | Network of NetworkRecipe

/// Makers of models by name, from the settings of an experiment. Makers raise the faults of those settings.
type ModelRegistry = Registry<ExperimentConfig, Model>

/// Making models by name.
[<RequireQualifiedAccess>]
module Models =

    /// The training settings of a config. Raises the fault of an unknown name.
    let training (config: ExperimentConfig) : TrainingConfig =
        { Loop.standard with
            Limits =
                {
                    Epochs = config.Epochs
                    Patience = Some config.Patience
                }
            BatchSize = config.BatchSize
            Accumulation = config.Accumulation
            Objective = Objective.ofName config.Objective |> Fault.orRaise
            PeakRate = config.LearningRate
            Schedule = ScheduleShape.ofName config.Schedule |> Fault.orRaise
            Optimiser =
                { Optimiser.standard with
                    Rule = Optimiser.ofName config.Optimiser |> Fault.orRaise
                    Decay = config.WeightDecay
                    ClipNorm = Some config.GradientClip
                }
            LossScale = Precision.ofName config.Precision |> Fault.orRaise |> LossScale.ofPrecision
            Average =
                if config.EmaDecay = 0.0 then
                    None
                else
                    Some
                        { Average.standard with
                            Decay = config.EmaDecay
                        }
        }

    /// How a config uses a network as a forecaster.
    let neuralOptions (name: string) (recipe: NetworkRecipe) (config: ExperimentConfig) : NeuralOptions =
        { NeuralForecaster.options name recipe with
            Device = config.Device
            Training = training config
            Time = config.SequenceLength
            Seeds = config.Seeds
            Gain = config.Gain
            RefitEvery = config.RefitEvery
        }

    /// What the combinations average unless they are told: none of them reads more than variances.
    let private combined: string list =
        [ "ewma"; "har"; "log-har"; "wls-har"; "qlike-har" ]

    let private combinations: (string * CombinationRule) list =
        [
            "equal-weight", CombinationRule.Equal
            "qlike-weight", CombinationRule.InverseQlike Combination.JudgedLabels
        ]

    /// The models that come with the library. Add one's own with Registry.add, Models.addNetwork and Models.addForecaster.
    let registry: ModelRegistry =
        let forecaster make config = Model.Forecaster(make config)
        let network recipe config = Model.Network(recipe config)

        let family =
            [
                for options in HarFamily.known -> options.Name, forecaster (fun _ -> HarFamily.forecaster options)
            ]

        let single: (string * (ExperimentConfig -> Model)) list =
            [
                "random-walk", forecaster (fun _ -> RandomWalk.forecaster RandomWalk.defaults)
                "ewma",
                forecaster (fun config ->
                    Ewma.forecaster
                        { Ewma.defaults with
                            Lambda = config.EwmaDecay
                        })
                "har", forecaster (fun _ -> Har.forecaster Har.defaults)
                "log-har", forecaster (fun _ -> LogHar.forecaster LogHar.defaults)
                "log-har-smearing",
                forecaster (fun _ ->
                    LogHar.named
                        "log-har-smearing"
                        { LogHar.defaults with
                            Bias = LogHarBias.Smearing
                        })
                yield! family
                for options in PenalisedHar.known do
                    options.Name, forecaster (fun _ -> PenalisedHar.forecaster options)
                "riskmetrics2006", forecaster (fun _ -> RiskMetrics2006.forecaster RiskMetrics2006.defaults)
                "rfsv", forecaster (fun _ -> RoughVolatility.forecaster RoughVolatility.defaults)
                for name in GarchSpec.names do
                    name, forecaster (fun _ -> GarchForecaster.ofName name |> Fault.orRaise)
                for name in [ "realized-garch"; "heavy" ] do
                    name, forecaster (fun _ -> RealizedForecaster.ofName name |> Fault.orRaise)
            ]

        let alone = Registry.ofList "model" single

        let membersOf (config: ExperimentConfig) : IForecaster list =
            [
                for name in combined do
                    match Registry.create name config alone |> Fault.orRaise with
                    | Model.Forecaster forecaster -> forecaster
                    | Model.Network _ -> ()
            ]

        single
        @ [
            for name, rule in combinations do
                name, forecaster (fun config -> Combination.forecaster { Name = name; Rule = rule } (membersOf config))
            "transformer", network Networks.transformer
            "mlp", network Networks.mlp
            "harnet", network Networks.harNet
        ]
        |> Registry.ofList "model"

    /// The registry with one more network.
    let addNetwork (name: string) (recipe: ExperimentConfig -> NetworkRecipe) (models: ModelRegistry) : ModelRegistry =
        models |> Registry.add name (recipe >> Model.Network)

    /// The registry with one more forecaster. The forecaster's own name should be the registered one.
    let addForecaster (name: string) (make: ExperimentConfig -> IForecaster) (models: ModelRegistry) : ModelRegistry =
        models |> Registry.add name (make >> Model.Forecaster)

    /// The parts between the pluses that stand outside brackets.
    let private parts (text: string) : string list =
        let struct (_, last, before) =
            text
            |> Seq.fold
                (fun (struct (depth, current: string, before)) letter ->
                    match letter with
                    | '+' when depth = 0 -> struct (0, "", current :: before)
                    | '(' -> struct (depth + 1, current + "(", before)
                    | ')' -> struct (depth - 1, current + ")", before)
                    | other -> struct (depth, current + string other, before))
                (struct (0, "", []))

        last :: before |> List.rev |> List.map _.Trim()

    /// The parts of a name such as "equal-weight(har+garch)": what stands before the brackets, and between pluses in them. None of a
    /// name without brackets.
    let composed (name: string) : (string * string list) option =
        let shape = Regex.Match(name.Trim(), @"^([a-z-]+)\((.+)\)$")

        if shape.Success then
            Some(shape.Groups[1].Value, parts shape.Groups[2].Value)
        else
            None

    /// The model of a name, registered or composed: "equal-weight(A+B)" and "qlike-weight(A+B)" combine registered forecasters,
    /// "har-x(M+N)" and "log-har-x(M+N)" add the cascades of daily measures, "garch(2,1)" and "realized-garch(2,1)" carry
    /// orders, "gjr(1,1;student-t;ar(1);x(M))" innovation, mean, start and regressors besides, "heavy(targeting)" its fit. Fault.UnknownName with the known names, or the faults of the settings that it is made of.
    let rec create (models: ModelRegistry) (config: ExperimentConfig) (name: string) : Result<Model, Fault> =
        let registered () =
            Fault.catch (fun () -> Registry.create name config models |> Fault.orRaise)

        let forecasterOf (text: string) : Result<IForecaster, Fault> =
            create models config text
            |> Result.bind (fun model ->
                match model with
                | Model.Forecaster forecaster -> Ok forecaster
                | Model.Network _ ->
                    Error(
                        Fault.BadSetting($"{name} members", "must be forecasters that are fitted by themselves", text)
                    ))

        match Registry.tryFind name models, composed name with
        | None, Some(("har-x" | "log-har-x") as family, measures) ->
            HarFamily.withMeasures name (family = "log-har-x") measures
            |> HarFamily.check
            |> Result.map (HarFamily.forecaster >> Model.Forecaster)
        | None, Some(family, members) ->
            match combinations |> List.tryFind (fun (known, _) -> known = family) with
            | Some(_, rule) ->
                members
                |> Checked.traverse forecasterOf
                |> Result.map (Combination.forecaster { Name = name; Rule = rule } >> Model.Forecaster)
            | None ->
                if family = "heavy" || List.contains family RealizedGarchSpec.names then
                    RealizedForecaster.ofName name |> Result.map Model.Forecaster
                elif family = "zarch" || List.contains family GarchSpec.names then
                    GarchForecaster.ofName name |> Result.map Model.Forecaster
                else
                    registered ()
        | _ -> registered ()

    /// The model of a name as a forecaster; faults as `create`.
    let forecaster
        (models: ModelRegistry)
        (monitor: TrainingMonitor)
        (config: ExperimentConfig)
        (name: string)
        : Result<IForecaster, Fault> =
        create models config name
        |> Result.map (fun model ->
            match model with
            | Model.Forecaster forecaster -> forecaster
            | Model.Network recipe -> neuralOptions name recipe config |> NeuralForecaster.forecaster monitor)

    /// The config's models that are networks, in its order; models that can't be made are left out.
    let networks (models: ModelRegistry) (config: ExperimentConfig) : (string * NetworkRecipe) list =
        [
            for name in config.Models do
                match create models config name with
                | Ok(Model.Network recipe) -> name, recipe
                | _ -> ()
        ]
