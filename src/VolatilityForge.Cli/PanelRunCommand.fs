/// `volforge run` on a panel: variances of many symbols in; table, report and forecasts out.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.Threading
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module PanelRunCommand =

    /// Whether one of the names, case ignored, is among others.
    let private names (known: string list) (given: string list) : bool =
        given
        |> List.exists (fun name ->
            known
            |> List.exists (fun other -> String.Equals(name, other, StringComparison.OrdinalIgnoreCase)))

    /// True when a panel model is named, or an option that only panels have.
    let isPanel (arguments: ParseResults<RunArgs>) : bool =
        let named =
            arguments.TryGetResult RunArgs.Models
            |> Option.map CommaList.words
            |> Option.defaultValue []

        names PanelNetworks.names named
        || arguments.Contains RunArgs.Groups
        || arguments.Contains RunArgs.Lead
        || arguments.Contains RunArgs.Extra
        || arguments.Contains RunArgs.Measures
        || arguments.Contains RunArgs.Blocks

    let private reads (argument: RunArgs) : bool =
        match argument with
        | RunArgs.Data _
        | RunArgs.Out _
        | RunArgs.Force
        | RunArgs.Resume
        | RunArgs.Models _
        | RunArgs.Baseline _
        | RunArgs.Horizons _
        | RunArgs.Measure _
        | RunArgs.Window _
        | RunArgs.Refit_Every _
        | RunArgs.Threads _
        | RunArgs.Shard _
        | RunArgs.Groups _
        | RunArgs.Lead _
        | RunArgs.Extra _
        | RunArgs.Measures _
        | RunArgs.From _
        | RunArgs.Warm_Up _
        | RunArgs.Near_Zero _
        | RunArgs.Blocks
        | RunArgs.Members _
        | RunArgs.Network_Base _
        | RunArgs.Network_Gain _
        | RunArgs.Network_Months _ -> true
        | RunArgs.Config _
        | RunArgs.Expanding
        | RunArgs.Clamp _
        | RunArgs.Epochs _
        | RunArgs.Patience _
        | RunArgs.Batch_Size _
        | RunArgs.Accumulation _
        | RunArgs.Learning_Rate _
        | RunArgs.Ema_Decay _
        | RunArgs.Mixed_Precision
        | RunArgs.Precision _
        | RunArgs.Optimiser _
        | RunArgs.Schedule _
        | RunArgs.Device _
        | RunArgs.Embargo _
        | RunArgs.Refit_All_Every _
        | RunArgs.Intervals _
        | RunArgs.Interval_Method _
        | RunArgs.Var_Levels _
        | RunArgs.Var_Tail _ -> false

    let private isOfNetworks (argument: RunArgs) : bool =
        match argument with
        | RunArgs.Members _
        | RunArgs.Network_Base _
        | RunArgs.Network_Gain _
        | RunArgs.Network_Months _ -> true
        | _ -> false

    /// Refuses what only networks read in a run that has none.
    let private checkNetworkOptions (arguments: ParseResults<RunArgs>) (config: PanelConfig) : Result<unit, Fault> =
        if names (List.map fst PanelNetworks.known) config.Models then
            Ok()
        else
            Shared.checkReads "a panel run without a network" (isOfNetworks >> not) arguments

    let private optional (value: 'a option) (read: 'a -> Result<'b, Fault>) : Result<'b option, Fault> =
        match value with
        | None -> Ok None
        | Some given -> read given |> Result.map Some

    /// What networks have in common: `--members` seeds from `--seed` upwards.
    let private network (shared: ParseResults<Arguments>) (arguments: ParseResults<RunArgs>) : PanelNetworkSettings =
        let usual = PanelConfig.defaults.Network

        let first =
            shared.TryGetResult Arguments.Seed |> Option.defaultValue usual.Seeds.Head

        let members =
            arguments.TryGetResult RunArgs.Members |> Option.defaultValue usual.Seeds.Length

        {
            Base = arguments.TryGetResult RunArgs.Network_Base |> Option.defaultValue usual.Base
            Seeds = List.init (max 0 members) (fun place -> first + int64 place)
            RefitMonths =
                arguments.TryGetResult RunArgs.Network_Months
                |> Option.defaultValue usual.RefitMonths
            Gain = arguments.TryGetResult RunArgs.Network_Gain |> Option.defaultValue usual.Gain
        }

    let private settings
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<RunArgs>)
        (common: CommonSeries list)
        : Result<PanelConfig, Fault> =
        let defaults = PanelConfig.defaults

        either {
            let! horizons =
                optional (arguments.TryGetResult RunArgs.Horizons) (CommaList.numbers "--horizons")

            let! groups = optional (arguments.TryGetResult RunArgs.Groups) PanelFiles.groups

            let! from =
                optional
                    (arguments.TryGetResult RunArgs.From)
                    (Shared.date "--from" "must be a date such as 2004-01-01")

            let! measures =
                arguments.TryGetResult RunArgs.Measures
                |> Option.map CommaList.words
                |> Option.defaultValue []
                |> Checked.traverse PanelMeasure.ofText

            let read =
                { defaults with
                    Common = common |> List.map _.Name
                    Measures = measures |> List.map PanelMeasure.toText
                }

            let! extra = PanelExperiment.extraBlocks read

            let models =
                arguments.TryGetResult RunArgs.Models
                |> Option.map CommaList.words
                |> Option.defaultValue defaults.Models

            let models =
                if arguments.Contains RunArgs.Blocks then
                    models @ "eb-log-full" :: PanelModels.ablations extra |> List.distinct
                else
                    models

            let baseline =
                arguments.TryGetResult RunArgs.Baseline |> Option.defaultValue defaults.Baseline

            return
                { read with
                    Models =
                        if List.contains baseline models || arguments.Contains RunArgs.Baseline then
                            models
                        else
                            baseline :: models
                    Baseline = baseline
                    Horizons = Option.defaultValue defaults.Horizons horizons
                    Groups = Option.defaultValue [] groups
                    Lead = arguments.TryGetResult RunArgs.Lead
                    From = from
                    WarmUp = arguments.TryGetResult RunArgs.Warm_Up |> Option.defaultValue defaults.WarmUp
                    RefitEvery =
                        arguments.TryGetResult RunArgs.Refit_Every
                        |> Option.defaultValue defaults.RefitEvery
                    Window = arguments.TryGetResult RunArgs.Window
                    NearZero =
                        arguments.TryGetResult RunArgs.Near_Zero
                        |> Option.defaultValue defaults.NearZero
                    Network = network shared arguments
                }
        }

    /// Series of the files of --extra, each name once.
    let internal common (shared: ParseResults<Arguments>) (files: string list) : Result<CommonSeries list, Fault> =
        either {
            let! options = Shared.measureOptions shared
            let! series = files |> Checked.traverse (PanelFiles.common options.Table)
            let series = List.concat series
            let names = series |> List.map _.Name

            do!
                List.distinct names = names
                |> Checked.require (
                    Fault.BadSetting("--extra", "must give series of different names", String.Join(", ", names))
                )

            return series
        }

    /// Runs the command; every fault is the caller's to tell.
    let run
        (cancellation: CancellationToken)
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<RunArgs>)
        : Result<unit, Fault> =
        let voice = Shared.voice shared
        let data = arguments.GetResult RunArgs.Data

        either {
            do! Shared.checkReads "a panel run" reads arguments
            do! Shared.checkMeasure shared (arguments.TryGetResult RunArgs.Measure) data
            let! output = RunOutput.asked arguments
            do! RunOutput.checkFree output
            let! threads = Shared.threads (arguments.TryGetResult RunArgs.Threads)
            let! common = arguments.GetResults RunArgs.Extra |> common shared
            let! config = settings shared arguments common
            do! checkNetworkOptions arguments config

            let usual = ExperimentConfig.Default Inputs.names.Length

            let asked =
                match arguments.TryGetResult RunArgs.Measure with
                | Some name -> usual.WithMeasure name
                | None -> usual

            let! read, histories = Shared.histories shared asked data
            let config = { config with Measure = read.Measure }

            let under (kept: ResumeFolder) (work: PanelMonitor -> Result<'a, Fault>) : Result<'a, Fault> =
                Terminal.progress voice "forecasting" (fun report ->
                    work
                        {
                            Progress = report
                            Cancellation = cancellation
                            Recall = PanelJournal.recall kept.Path
                            Keep = PanelJournal.keep kept.Path
                        })
                |> Result.mapError (Shared.inFile data)

            return!
                RunOutput.fill
                    voice
                    (arguments.Contains RunArgs.Resume)
                    output
                    (PanelJournal.identity config common histories)
                    (fun kept ->
                        {
                            OfShard =
                                fun shard path ->
                                    under kept (fun monitor ->
                                        PanelShards.run config threads monitor shard path common histories)
                            Whole =
                                fun () ->
                                    under kept (fun monitor ->
                                        PanelExperiment.run config threads monitor common histories)
                            Write = PanelView.write
                            Tell = PanelView.tell voice
                        })
        }
