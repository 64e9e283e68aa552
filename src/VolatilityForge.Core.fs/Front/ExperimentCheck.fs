/// Which settings an experiment can run with. Runs nothing.
namespace VolatilityForge

/// Checks before any work.
[<RequireQualifiedAccess>]
module internal ExperimentCheck =

    /// How a config walks forward. Raises the fault of an unknown clamp.
    let walkForwardOf (config: ExperimentConfig) : WalkForwardConfig =
        { WalkForwardConfig.defaults with
            Window = config.Window
            Horizons = config.Horizons
            Embargo = config.Embargo
            Clamp = ClampRule.ofName config.Clamp |> Fault.orRaise
            RefitEvery =
                if config.RefitAllEvery = 0 then
                    None
                else
                    Some config.RefitAllEvery
        }

    /// The settings, or every one outside its domain; the models' names are those of the registry.
    let check (models: ModelRegistry) (config: ExperimentConfig) : Result<ExperimentConfig, Fault> =
        let known (name: string) : Result<unit, Fault> =
            if List.contains name (Registry.names models) then
                Ok()
            elif (Registry.tryFind name models).IsSome then
                // Results are told apart by names: another case of one is another name.
                Error(Fault.UnknownName(models.Kind, name, Registry.names models))
            else
                Models.create models config name |> Result.map ignore

        // The sizes of the library's networks are checked below, whichever of them is among the models.
        let sizes =
            [
                TransformerConfig.check config.Transformer |> Result.map ignore
                MlpConfig.check config.Mlp |> Result.map ignore
                HarNetConfig.check config.HarNet |> Result.map ignore
            ]

        let makeable (name: string) : Result<unit, Fault> =
            match Registry.tryFind name models with
            | Some _ when List.forall Result.isOk sizes -> Models.create models config name |> Result.map ignore
            | _ -> Ok()

        // Neighbouring values of a window share most of their days, so that tomorrow's would nearly be known.
        let singleDay (measure: VarianceMeasure) : Result<unit, Fault> =
            match measure with
            | VarianceMeasure.YangZhang _ ->
                let rule =
                    "must measure single days to be forecast; Yang-Zhang averages over a window"

                Error(Fault.BadSetting("measure", rule, config.Measure))
            | _ -> Ok()

        let names =
            Checked.all
                [
                    Objective.ofName config.Objective |> Result.map ignore
                    Optimiser.ofName config.Optimiser |> Result.map ignore
                    ScheduleShape.ofName config.Schedule |> Result.map ignore
                    Precision.ofName config.Precision |> Result.map ignore
                ]

        // The rest of the training settings are checked even when a name is wrong.
        let training =
            let sound = ExperimentConfig.Default config.Features

            Models.training
                { config with
                    Objective = sound.Objective
                    Optimiser = sound.Optimiser
                    Schedule = sound.Schedule
                    Precision = sound.Precision
                }
            |> Loop.check
            |> Result.map ignore

        let neural =
            { NeuralForecaster.options "network" (NetworkRecipe.residual (fun _ -> invalidOp "never made")) with
                Time = config.SequenceLength
                Seeds = config.Seeds
                Gain = config.Gain
                RefitEvery = config.RefitEvery
            }
            |> NeuralForecaster.check
            |> Result.map ignore

        let walkForward =
            Fault.catch (fun () -> walkForwardOf config)
            |> Result.bind WalkForwardConfig.check
            |> Result.map ignore

        Checked.all
            [
                config.Features >= 1
                |> Checked.require (Fault.BadSetting("features", "must be at least 1", string config.Features))
                not config.Models.IsEmpty
                |> Checked.require (Fault.BadSetting("models", "must be one or more", "none"))
                config.Models |> List.map known |> Checked.all
                config.Models |> List.map makeable |> Checked.all
                List.contains config.Baseline config.Models
                |> Checked.require (
                    Fault.BadSetting("baseline", "must be one of the models of the run", config.Baseline)
                )
                if MeasureFile.isColumn config.Measure then
                    Ok()
                else
                    Range.parse config.Measure |> Result.bind singleDay
                Ewma.check
                    { Ewma.defaults with
                        Lambda = config.EwmaDecay
                    }
                |> Result.map ignore
                yield! sizes
                config.SequenceLength <= config.Transformer.MaxLength
                |> Checked.require (
                    Fault.BadSetting(
                        "sequence length",
                        $"must be at most the Transformer's max length ({config.Transformer.MaxLength})",
                        string config.SequenceLength
                    )
                )
                Engine.checkDeviceName config.Device
                names
                training
                neural
                walkForward
                config.Risk |> Result.map ignore
            ]
        |> Result.map (fun () -> config)
