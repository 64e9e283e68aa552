/// `volforge evaluate`: a file of forecasts in, losses, tests and backtests out.
namespace VolatilityForge.Cli

open System.Globalization
open System.IO
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module EvaluateCommand =

    let private config
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<EvaluateArgs>)
        : Result<EvaluationConfig, Fault> =
        either {
            let! loss =
                match arguments.TryGetResult EvaluateArgs.Loss with
                | Some name -> LossRule.ofName name
                | None -> Ok ForecastEvaluation.defaults.Loss

            return
                { ForecastEvaluation.defaults with
                    Loss = loss
                    Level =
                        arguments.TryGetResult EvaluateArgs.Level
                        |> Option.defaultValue ForecastEvaluation.defaults.Level
                    Statistic =
                        if arguments.Contains EvaluateArgs.Pairwise then
                            ConfidenceStatistic.Range
                        else
                            ConfidenceStatistic.Max
                    Baseline =
                        arguments.TryGetResult EvaluateArgs.Baseline
                        |> Option.defaultValue ForecastEvaluation.defaults.Baseline
                    Bootstrap =
                        Some
                            { StationaryBootstrap.defaults with
                                Draws =
                                    arguments.TryGetResult EvaluateArgs.Draws
                                    |> Option.defaultValue StationaryBootstrap.defaults.Draws
                                Seed = shared.TryGetResult Arguments.Seed |> Option.defaultValue 1L
                            }
                }
        }

    /// The settings for one horizon: blocks follow it, and a baseline that nobody asked for gives way to the first model.
    let private forSet (asked: bool) (config: EvaluationConfig) (set: ForecastSet) : EvaluationConfig =
        let models = set.Forecasts |> List.map fst

        { config with
            Baseline =
                if asked || List.contains config.Baseline models then
                    config.Baseline
                else
                    models.Head
            Bootstrap =
                config.Bootstrap
                |> Option.map (fun bootstrap ->
                    { bootstrap with
                        Block = (StationaryBootstrap.forHorizon set.Horizon).Block
                    })
        }

    /// Every loss and the running sum of its difference to the baseline's, day by day.
    let private writeLosses (rule: LossRule) (writer: TextWriter) (sets: (ForecastSet * SetEvaluation) list) : unit =
        let text (value: float) =
            value.ToString("R", CultureInfo.InvariantCulture)

        writer.WriteLine "symbol,horizon,model,origin,loss,cumulative_difference"

        for set, found in sets do
            let days = ForecastSet.scoredDates set

            for (_, forecast), model in List.zip set.Forecasts found.Models do
                let losses = ForecastSet.losses rule set forecast

                for day in 0 .. days.Length - 1 do
                    let origin = Cell.date days[day]
                    let figures = $"{text losses[day]},{text model.Cumulative[day]}"
                    writer.WriteLine $"{set.Symbol},{set.Horizon},{model.Model},{origin},{figures}"

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<EvaluateArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let path = arguments.GetResult EvaluateArgs.Forecasts
        let asked = arguments.Contains EvaluateArgs.Baseline

        either {
            let! config = config shared arguments
            let horizon = arguments.TryGetResult EvaluateArgs.Horizon |> Option.defaultValue 1
            let! file = ForecastFile.read horizon path

            let! sets =
                file.Sets
                |> Checked.traverse (fun set -> ForecastEvaluation.ofSet (forSet asked config set) set)
                |> Result.mapError (Shared.inFile path)

            let! pooled =
                match file.Sets with
                | [] -> Ok []
                | first :: _ -> ForecastEvaluation.pooled (forSet asked config first) file.Sets

            let bootstrap = config.Bootstrap |> Option.defaultValue StationaryBootstrap.defaults

            let! risks =
                file.Risks
                |> Checked.traverse (RiskSet.evaluate bootstrap.Draws bootstrap.Seed)
                |> Result.mapError (Shared.inFile path)

            let! intervals =
                file.Intervals
                |> Checked.traverse (IntervalSet.evaluate config.Lag)
                |> Result.mapError (Shared.inFile path)

            match arguments.TryGetResult EvaluateArgs.Losses with
            | None -> ()
            | Some target ->
                do!
                    Shared.writeText target (arguments.Contains EvaluateArgs.Force) (fun writer ->
                        writeLosses config.Loss writer (List.zip file.Sets sets))

            if voice.Json then
                Terminal.json (EvaluateJson.ofEvaluation config sets pooled risks intervals)
            else
                List.iter (EvaluateView.set config) sets
                EvaluateView.pooled pooled

                if not risks.IsEmpty then
                    EvaluateView.risks risks

                if not intervals.IsEmpty then
                    EvaluateView.intervals intervals
        }
