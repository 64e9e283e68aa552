/// An experiment on samples that the user has made: train, validation and test. Makes no features of its own.
namespace VolatilityForge

open System

/// What training, validation and test samples gave.
type SampleResult =
    {
        Config: ExperimentConfig
        /// Losses of the ensemble on the test samples.
        TestMetrics: Metrics
        /// Losses of a constant on the same samples: the geometric mean variance of the training samples.
        BaselineMetrics: Metrics
        /// Variance forecasts of the test samples.
        Forecasts: Variance[]
        /// The members: weights and training history.
        Members: TrainedMember list
    }

/// Running networks on samples.
[<RequireQualifiedAccess>]
module SampleExperiment =

    /// The targets must be variances; the network learns their logarithms.
    let private checkSamples (config: ExperimentConfig) (name: string) (samples: Samples) : Result<Samples, Fault> =
        let positive () =
            match samples.Targets |> Array.tryFindIndex (fun target -> not (target > 0.0f)) with
            | None -> Ok samples
            | Some index ->
                let place =
                    {
                        Source = name + " samples"
                        Row = index + 1
                        Column = "target"
                    }

                Error(
                    Fault.BadData(
                        place,
                        "targets must be variances above zero",
                        string samples.Targets[index],
                        "Leave out days without a variance."
                    )
                )

        let sameFeatures () =
            if samples.Features = config.Features then
                Ok()
            else
                Error(Fault.BadShape(name + " samples", "features", string config.Features, string samples.Features))

        Batches.check samples
        |> Result.bind (fun _ -> Checked.map2 (fun _ () -> samples) (positive ()) (sameFeatures ()))

    let private inFeatureOrder (samples: Samples) : float[][] =
        Array.init samples.Features (fun feature ->
            Array.init (samples.Count * samples.Time) (fun row ->
                float samples.Inputs[row * samples.Features + feature]))

    let private prepare (scaler: Scaler) (level: float) (samples: Samples) : Samples =
        let inputs =
            samples.Inputs
            |> Array.mapi (fun index value ->
                let feature = index % samples.Features
                let scaled = (float value - scaler.Mean[feature]) / scaler.Scale[feature]
                float32 (Math.Clamp(scaled, -Inputs.bound, Inputs.bound)))

        { samples with
            Inputs = inputs
            Targets =
                samples.Targets
                |> Array.map (fun target -> float32 (log (float target) - level))
        }

    /// The first network among the config's models.
    let private network (models: ModelRegistry) (config: ExperimentConfig) : Result<string * NetworkRecipe, Fault> =
        match Models.networks models config with
        | first :: _ -> Ok first
        | [] ->
            let names = String.Join(", ", config.Models)
            Error(Fault.BadSetting("models", "must name a network, which alone learns from samples", names))

    /// Trains the first network among the config's models on the first samples, stops by the second, and scores the third.
    /// Targets are mean daily variances; inputs are standardised by the training samples. Faults: those of the settings and
    /// the samples, Fault.NoEngine without the tensor engine.
    let runWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (train: Samples)
        (validation: Samples)
        (test: Samples)
        : Result<SampleResult, Fault> =
        let training (name: string) (recipe: NetworkRecipe) : Result<SampleResult, Fault> =
            let scaler = inFeatureOrder train |> Inputs.fit 0 (train.Count * train.Time - 1)
            let level = train.Targets |> Array.averageBy (fun target -> log (float target))

            // What the answers are counted from: residuals from the mean log variance, levels from zero.
            let origin =
                match recipe.Answer with
                | NetworkAnswer.Residual -> level
                | NetworkAnswer.Level -> 0.0

            let options = Models.neuralOptions name recipe config

            let watcher =
                {
                    OnTrained = ignore
                    Callbacks = monitor.Callbacks
                    Cancellation = monitor.Cancellation
                    Checkpoints = monitor.Checkpoints
                    OnNote = monitor.OnNote
                }

            let prepared = prepare scaler origin

            Fault.catch (fun () ->
                let context =
                    { (NeuralForecaster.context options scaler None |> Fault.orRaise) with
                        Time = train.Time
                    }

                let members =
                    config.Seeds
                    |> List.map (fun seed ->
                        NeuralForecaster.train
                            options
                            watcher
                            context
                            $"{options.Name}.samples.seed{seed}"
                            (prepared train)
                            (prepared validation)
                            seed)

                let answers =
                    members |> List.map (NeuralForecaster.predict recipe context (prepared test))

                Array.init test.Count (fun sample ->
                    let mean = answers |> List.averageBy (fun answer -> float answer[sample])
                    exp (origin + mean) * 1.0< / day>),
                members)
            |> Result.bind (fun (forecasts, members) ->
                let realised = test.Targets |> Array.map (fun target -> float target * 1.0< / day>)
                let scored = Array.create test.Count true
                let constant = Array.create test.Count (exp level * 1.0< / day>)

                Checked.zip
                    (Metrics.ofForecasts forecasts realised scored)
                    (Metrics.ofForecasts constant realised scored)
                |> Result.map (fun (own, baseline) ->
                    {
                        Config = config
                        TestMetrics = own
                        BaselineMetrics = baseline
                        Forecasts = forecasts
                        Members = members
                    }))

        either {
            let! _ = Experiment.checkWith models config
            let! name, recipe = network models config
            let! _ = Engine.check ()

            let! _ =
                [ "train", train; "validation", validation; "test", test ]
                |> Checked.traverse (fun (name, samples) -> checkSamples config name samples)

            return! training name recipe
        }

    /// As `runWith`, with the models that come with the library.
    let run
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (train: Samples)
        (validation: Samples)
        (test: Samples)
        : Result<SampleResult, Fault> =
        runWith Models.registry config monitor train validation test
