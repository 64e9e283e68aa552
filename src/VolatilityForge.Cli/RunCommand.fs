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

    let private readConfig (path: string option) : Result<ExperimentConfig, Fault> =
        match path with
        | None -> Ok(ExperimentConfig.Default Inputs.names.Length)
        | Some file ->
            try
                ConfigJson.ofText (File.ReadAllText file)
            with
            | :? IOException
            | :? UnauthorizedAccessException as error ->
                Error(Fault.BadFile(file, $"can't be read ({error.Message.TrimEnd '.'})", ""))

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
                | Some text -> Shared.numbers "--horizons" text |> Result.map Some
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
                    let names = Shared.words names

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
                |> _.Build()
        }

    let private header: string list =
        [
            "model"
            "days ahead"
            "QLIKE"
            "ratio"
            "RMSE %²"
            "DM p"
            "MCS p"
            "clamped"
            "next %/year"
        ]

    let private shown (format: string) (value: float) : string =
        if Double.IsFinite value then
            value.ToString(format, CultureInfo.InvariantCulture)
        else
            "-"

    /// A p-value too small for its digits is shown as a bound.
    let private shownP (p: float) : string =
        if p < 0.001 then "<0.001" else shown "0.000" p

    let private rows (result: ExperimentResult) : string list list =
        result.Table.Rows
        |> List.map (fun row ->
            [
                row.Model
                string row.Horizon
                shown "0.0000" row.Metrics.Qlike
                shown "0.000" row.QlikeRatio
                // Squared percent per day: the scale on which daily variances are near 1.
                shown "0.000" (1e4 * float row.Metrics.Rmse)
                row.Versus
                |> Option.map (fun test -> shownP test.PValue)
                |> Option.defaultValue ""
                row.Confidence
                |> Option.map (fun place -> shownP place.PValue + (if place.Included then "*" else ""))
                |> Option.defaultValue ""
                string row.Clamped
                shown "0.0" (100.0 * (row.Next |> Units.volatility |> Units.annualisedVolatility |> float))
            ])

    let private title (result: ExperimentResult) : string =
        let track = result.Tracks.Head

        let symbol =
            if result.Table.Symbol = "" then
                ""
            else
                result.Table.Symbol + ": "

        $"{symbol}{track.Origins.Length} forecasts from {track.Dates[0]:O} on; {result.Config.Measure} variance; "
        + $"ratio and DM against {result.Table.Baseline}; * in the 90 %% confidence set"

    let private needsEngine (config: ExperimentConfig) : bool =
        not (Models.networks Models.registry config).IsEmpty

    let private runOne
        (voice: Voice)
        (cancellation: CancellationToken)
        (checkpoints: string option)
        (config: ExperimentConfig)
        (bars: Bars)
        : Result<ExperimentResult, Fault> =
        let name =
            if bars.Symbol = "" then
                "forecasting"
            else
                $"forecasting {bars.Symbol}"

        Terminal.progress voice name (fun report ->
            Experiment.runBars
                config
                { Experiment.unmonitored with
                    Progress = report
                    Cancellation = cancellation
                    Checkpoints = checkpoints
                    OnNote = Terminal.note voice
                }
                bars)

    let private stem (path: string) : string =
        let name = Path.GetFileName path
        name.Split('.')[0]

    /// Runs the command; every fault is the caller's to tell.
    let run
        (cancellation: CancellationToken)
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<RunArgs>)
        : Result<unit, Fault> =
        let voice = Shared.voice shared
        let data = arguments.GetResult RunArgs.Data

        let folder =
            arguments.TryGetResult RunArgs.Out
            |> Option.defaultWith (fun () -> Path.Combine("out", stem data))

        let replace = arguments.Contains RunArgs.Force

        either {
            let! config = settings shared arguments

            // Known before the work, not after it.
            if Directory.Exists folder && not replace then
                return! Error(Fault.BadFile(folder, "the folder exists", "Name another with --out, or add --force."))

            if needsEngine config then
                let! _ = Engine.check ()
                let! _ = Engine.device config.Device
                ()

            let! bars = Shared.bars shared data

            let! checkpoints =
                if needsEngine config then
                    ResumeFolder.prepare (arguments.Contains RunArgs.Resume) replace folder config
                    |> Result.map Some
                else
                    Ok None

            use _ =
                match checkpoints with
                | Some held -> held :> IDisposable
                | None -> null

            // The folder is made first: one that can't be written shows before the work.
            let outcome =
                ResultFiles.intoFolder folder replace (fun staging ->
                    either {
                        let! results =
                            bars
                            |> Either.traverse (runOne voice cancellation (checkpoints |> Option.map _.Path) config)
                            |> Result.mapError (Shared.inFile data)

                        do!
                            Shared.writeText (Path.Combine(staging, "report.html")) false (fun writer ->
                                writer.Write(ReportPage.html header rows results))

                        do! ResultFiles.write staging results
                        return results
                    })

            match checkpoints with
            | Some kept when ResumeFolder.close outcome.IsOk kept ->
                Console.Error.WriteLine $"Checkpoints are kept in {kept.Path}; the same command with --resume goes on."
            | _ -> ()

            let! results = outcome

            if voice.Json then
                let json = ResultFiles.json results
                json["folder"] <- JsonValue.Create folder
                Terminal.json json
            else
                for result in results do
                    Terminal.table (title result) 1 header (rows result)

                let page = Path.Combine(folder, "report.html")
                Console.Out.WriteLine $"report: {page}"
        }
