/// `volforge run`: bars in, table, report, forecasts and checkpoint out.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.Text.Json.Nodes
open System.Threading
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module RunCommand =

    let private usual: ExperimentConfig = ExperimentConfig.Default Inputs.names.Length

    /// The settings of a file over the usual ones, but without models where it names none.
    let private readConfig (path: string option) : Result<ExperimentConfig, Fault> =
        let unnamed = { usual with Models = [] }

        match path with
        | None -> Ok unnamed
        | Some file ->
            Shared.readText file
            |> Result.bind (fun text -> ConfigJson.withText text unnamed)

    /// The settings with models that run on any data.
    let private onAnyData (config: ExperimentConfig) : Result<ExperimentConfig, Fault> =
        { config with
            Models =
                if List.contains config.Baseline usual.Models then
                    usual.Models
                else
                    config.Baseline :: usual.Models
        }
            .Build()

    /// The settings, checked as far as they can be before the data say which models they allow.
    let private checkedSettings (config: ExperimentConfig) : Result<ExperimentConfig, Fault> =
        if config.Models.IsEmpty then
            onAnyData config |> Result.map (fun _ -> config)
        else
            config.Build()

    /// The settings with the models that the data allow, where none was named; a note tells which of them lack what. Several symbols
    /// have different data, and get the models that run on any.
    let private withModels
        (voice: Voice)
        (config: ExperimentConfig)
        (histories: History list)
        : Result<ExperimentConfig, Fault> =
        match config.Models, histories with
        | [], [ history ] ->
            either {
                let! baselines = Baselines.ofHistory config history

                Baselines.describe baselines
                |> Option.iter (fun told -> Terminal.note voice $"note: {told}.")

                return!
                    { config with
                        Models = baselines.Models
                    }
                        .Build()
            }
        | [], _ -> onAnyData config
        | _ -> Ok config

    /// The value of an option, if given, put into the settings.
    let private set (value: 'a option) (change: 'a -> ExperimentConfig -> ExperimentConfig) (config: ExperimentConfig) =
        match value with
        | Some given -> change given config
        | None -> config

    let private settings
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<RunArgs>)
        : Result<ExperimentConfig, Fault> =
        either {
            let! config = readConfig (arguments.TryGetResult RunArgs.Config)

            let! horizons =
                match arguments.TryGetResult RunArgs.Horizons with
                | Some text -> CommaList.numbers "--horizons" text |> Result.map Some
                | None -> Ok None

            let! levels =
                match arguments.TryGetResult RunArgs.Var_Levels with
                | Some text -> CommaList.reals "--var-levels" text |> Result.map Some
                | None -> Ok None

            let members =
                arguments.TryGetResult RunArgs.Members
                |> Option.defaultValue config.Seeds.Length

            let firstSeed = shared.TryGetResult Arguments.Seed

            let seeds =
                match firstSeed with
                | None when members = config.Seeds.Length -> config.Seeds
                | _ -> List.init (max 0 members) (fun index -> defaultArg firstSeed 1L + int64 index)

            return!
                config
                |> set (arguments.TryGetResult RunArgs.Models) (fun names c ->
                    let names = CommaList.words names

                    // A baseline that was not asked for is no reason to refuse the models that were.
                    if List.contains c.Baseline names || arguments.Contains RunArgs.Baseline then
                        { c with Models = names }
                    else
                        { c with Models = c.Baseline :: names })
                |> set (arguments.TryGetResult RunArgs.Baseline) (fun name c -> c.WithBaseline name)
                |> set horizons (fun days c -> { c with Horizons = days })
                |> set (arguments.TryGetResult RunArgs.Measure) (fun name c -> c.WithMeasure name)
                |> set (arguments.TryGetResult RunArgs.Window) (fun labels c ->
                    match c.Window with
                    | WindowRule.Rolling _ -> c.WithRollingWindow labels
                    | WindowRule.Expanding _ -> c.WithExpandingWindow labels)
                |> set (arguments.TryGetResult RunArgs.Epochs) (fun epochs c -> c.WithEpochs epochs)
                |> set (arguments.TryGetResult RunArgs.Patience) (fun epochs c -> c.WithPatience epochs)
                |> set (arguments.TryGetResult RunArgs.Batch_Size) (fun samples c -> c.WithBatchSize samples)
                |> set (arguments.TryGetResult RunArgs.Accumulation) (fun batches c -> c.WithAccumulation batches)
                |> set (arguments.TryGetResult RunArgs.Learning_Rate) (fun rate c -> c.WithLearningRate rate)
                |> set (arguments.TryGetResult RunArgs.Ema_Decay) (fun decay c -> c.WithEmaDecay decay)
                |> set (arguments.TryGetResult RunArgs.Refit_Every) (fun days c -> c.WithRefitEvery days)
                |> set (arguments.TryGetResult RunArgs.Embargo) (fun days c -> c.WithEmbargo days)
                |> set (arguments.TryGetResult RunArgs.Clamp) (fun name c -> c.WithClamp name)
                |> set (arguments.TryGetResult RunArgs.Refit_All_Every) (fun days c -> c.WithRefitAllEvery days)
                |> set (arguments.TryGetResult RunArgs.Intervals) (fun coverage c -> c.WithIntervals coverage)
                |> set (arguments.TryGetResult RunArgs.Interval_Method) (fun name c -> c.WithIntervalMethod name)
                |> set levels (fun levels c -> { c with VarLevels = levels })
                |> set (arguments.TryGetResult RunArgs.Var_Tail) (fun name c -> c.WithVarTail name)
                |> set (arguments.TryGetResult RunArgs.Device) (fun name c -> c.WithDevice name)
                |> fun c ->
                    if arguments.Contains RunArgs.Mixed_Precision then
                        c.WithMixedPrecision true
                    else
                        c
                |> set (arguments.TryGetResult RunArgs.Precision) (fun name c -> c.WithPrecision name)
                |> set (arguments.TryGetResult RunArgs.Optimiser) (fun name c -> c.WithOptimiser name)
                |> set (arguments.TryGetResult RunArgs.Schedule) (fun name c -> c.WithSchedule name)
                |> fun c ->
                    match c.Window with
                    | WindowRule.Rolling labels when arguments.Contains RunArgs.Expanding ->
                        c.WithExpandingWindow labels
                    | _ -> c
                |> fun c -> { c with Seeds = seeds }
                |> checkedSettings
        }

    let private needsEngine (config: ExperimentConfig) : bool =
        not (Models.networks Models.registry config).IsEmpty

    let private reads (argument: RunArgs) : bool =
        match argument with
        | RunArgs.Data _
        | RunArgs.Out _
        | RunArgs.Force
        | RunArgs.Resume
        | RunArgs.Config _
        | RunArgs.Models _
        | RunArgs.Baseline _
        | RunArgs.Horizons _
        | RunArgs.Measure _
        | RunArgs.Window _
        | RunArgs.Expanding
        | RunArgs.Clamp _
        | RunArgs.Epochs _
        | RunArgs.Patience _
        | RunArgs.Batch_Size _
        | RunArgs.Accumulation _
        | RunArgs.Learning_Rate _
        | RunArgs.Ema_Decay _
        | RunArgs.Members _
        | RunArgs.Refit_Every _
        | RunArgs.Mixed_Precision
        | RunArgs.Precision _
        | RunArgs.Optimiser _
        | RunArgs.Schedule _
        | RunArgs.Device _
        | RunArgs.Threads _
        | RunArgs.Shard _
        | RunArgs.Embargo _
        | RunArgs.Refit_All_Every _
        | RunArgs.Intervals _
        | RunArgs.Interval_Method _
        | RunArgs.Var_Levels _
        | RunArgs.Var_Tail _ -> true
        | RunArgs.Groups _
        | RunArgs.Lead _
        | RunArgs.Extra _
        | RunArgs.Measures _
        | RunArgs.From _
        | RunArgs.Warm_Up _
        | RunArgs.Near_Zero _
        | RunArgs.Blocks
        | RunArgs.Network_Base _
        | RunArgs.Network_Gain _
        | RunArgs.Network_Months _ -> false

    let private runSymbols
        (cancellation: CancellationToken)
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<RunArgs>)
        : Result<unit, Fault> =
        let voice = Shared.voice shared
        let data = arguments.GetResult RunArgs.Data

        either {
            do! Shared.checkReads "a run without a panel model" reads arguments
            do! Shared.checkMeasure shared (arguments.TryGetResult RunArgs.Measure) data
            let! config = settings shared arguments
            let! output = RunOutput.asked arguments
            let! threads = Shared.threads (arguments.TryGetResult RunArgs.Threads)
            do! RunOutput.checkFree output

            let! config, histories = Shared.histories shared config data
            let! config = withModels voice config histories

            if needsEngine config then
                let! _ = Engine.check ()
                let! _ = Engine.device config.Device
                ()

            let under (kept: ResumeFolder) (work: ExperimentMonitor -> Result<'a, Fault>) : Result<'a, Fault> =
                Terminal.progress voice "forecasting" (fun report ->
                    work
                        { Experiment.unmonitored with
                            Progress = report
                            Cancellation = cancellation
                            Checkpoints = Some kept.Path
                            OnNote = Terminal.note voice
                            Threads = threads
                        })
                |> Result.mapError (Shared.inFile data)

            return!
                RunOutput.fill
                    voice
                    (arguments.Contains RunArgs.Resume)
                    output
                    (ExperimentIdentity.ofRun config histories)
                    (fun kept ->
                        {
                            OfShard =
                                fun shard path ->
                                    under kept (fun monitor ->
                                        ShardSet.runWith Models.registry config monitor shard path histories)
                            Whole = fun () -> under kept (fun monitor -> Experiment.runPanel config monitor histories)
                            Write = ResultView.write
                            Tell = ResultView.tell voice
                        })
        }

    // A mistyped panel model makes no panel run, so its name has to be looked for among theirs here.
    let rec private amongPanelModels (fault: Fault) : Fault =
        match fault with
        | Fault.UnknownName("model", name, known) ->
            Fault.UnknownName("model", name, known @ List.except known PanelNetworks.names)
        | Fault.Several faults -> Fault.Several(List.map amongPanelModels faults)
        | other -> other

    /// Runs the command, on a panel where the arguments ask for one; every fault is the caller's to tell.
    let run
        (cancellation: CancellationToken)
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<RunArgs>)
        : Result<unit, Fault> =
        if PanelRunCommand.isPanel arguments then
            PanelRunCommand.run cancellation shared arguments
        else
            runSymbols cancellation shared arguments |> Result.mapError amongPanelModels
