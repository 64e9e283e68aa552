/// `volforge evaluate`: a file of forecasts in, losses, tests and backtests out.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.Text.Json.Nodes
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

    // JSON has no NaN and no infinity; a figure that can't be computed is null.
    let private number (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create value
        else
            null

    let private optional (node: 'a -> JsonNode) (value: 'a option) : JsonNode =
        value |> Option.map node |> Option.defaultValue null

    let private object' (fields: (string * JsonNode) list) : JsonNode =
        let json = JsonObject()

        for key, value in fields do
            json[key] <- value

        json

    let private array (items: JsonNode seq) : JsonNode = JsonArray(Seq.toArray items)

    let private chiSquare (test: ChiSquareTest) : JsonNode =
        object'
            [
                "statistic", number test.Statistic
                "freedom", JsonValue.Create test.Freedom
                "p_value", number test.PValue
            ]

    let private dieboldMariano (test: DieboldMariano) : JsonNode =
        object'
            [
                "statistic", number test.Statistic
                "p_value", number test.PValue
                "mean_difference", number test.MeanDifference
                "lag", JsonValue.Create test.Lag
            ]

    let private modelJson (row: ModelEvaluation) : JsonNode =
        object' (
            [ "model", JsonValue.Create row.Model :> JsonNode ]
            @ ResultFiles.metrics row.Metrics
            @ [
                "mean_loss", number row.MeanLoss
                "ratio", number row.Ratio
                "diebold_mariano", optional dieboldMariano row.Versus
                "giacomini_white", optional (fun (test: GiacominiWhite) -> chiSquare test.Test) row.Conditional
                "baseline_encompasses",
                row.Encompassed
                |> optional (fun test ->
                    object'
                        [
                            "weight", number test.Weight
                            "statistic", number test.Statistic
                            "p_value", number test.PValue
                        ])
                "mincer_zarnowitz",
                row.Efficiency
                |> optional (fun test ->
                    object'
                        [
                            "intercept", number test.Intercept
                            "slope", number test.Slope
                            "efficient", chiSquare test.Efficient
                        ])
                "mcs_p_value", row.Confidence |> optional (fun place -> number place.PValue)
                "in_confidence_set",
                row.Confidence
                |> optional (fun place -> JsonValue.Create place.Included :> JsonNode)
                "beats_baseline_stepwise", row.Superior |> optional (fun found -> JsonValue.Create found :> JsonNode)
            ]
        )

    let private setJson (set: SetEvaluation) : JsonNode =
        object'
            [
                "symbol", JsonValue.Create set.Symbol
                "horizon", JsonValue.Create set.Horizon
                "baseline", JsonValue.Create set.Baseline
                "superior_ability",
                set.Superiority
                |> optional (fun test ->
                    object'
                        [
                            "best", JsonValue.Create test.Best
                            "statistic", number test.Statistic
                            "p_lower", number test.Lower
                            "p_value", number test.Consistent
                            "p_upper", number test.Upper
                        ])
                "models", set.Models |> Seq.map modelJson |> array
            ]

    let private riskJson (risk: RiskEvaluation) : JsonNode =
        object'
            [
                "symbol", JsonValue.Create risk.Symbol
                "model", JsonValue.Create risk.Model
                "level", number risk.Level
                "days", JsonValue.Create risk.Coverage.Days
                "exceedances", JsonValue.Create risk.Coverage.Exceedances
                "kupiec", chiSquare risk.Coverage.Unconditional
                "independence", optional chiSquare risk.Coverage.Independent
                "conditional_coverage", optional chiSquare risk.Coverage.Conditional
                "dynamic_quantile", optional chiSquare risk.DynamicQuantile
                "duration",
                risk.Duration
                |> optional (fun test -> object' [ "shape", number test.Shape; "p_value", number test.Test.PValue ])
                "mcneil_frey",
                risk.Shortfall
                |> optional (fun test -> object' [ "statistic", number test.Statistic; "p_value", number test.PValue ])
                "shortfall_regression",
                risk.Regression
                |> optional (fun test ->
                    object'
                        [
                            "intercept", number test.Intercept
                            "slope", number test.Slope
                            "strict", chiSquare test.Strict
                            "strict_resampled_p_value", number test.StrictPValue
                            "excess", number test.Excess
                            "excess_p_value", number test.PValue
                            "excess_one_sided_p_value", number test.OneSided
                        ])
                "quantile_loss", number risk.QuantileLoss
                "fissler_ziegel", optional number risk.FisslerZiegel
            ]

    let private intervalJson (set: IntervalEvaluation) : JsonNode =
        object'
            [
                "symbol", JsonValue.Create set.Symbol
                "model", JsonValue.Create set.Model
                "horizon", JsonValue.Create set.Horizon
                "coverage", number set.Coverage
                "days", JsonValue.Create set.Days
                "held", number set.Held
                "p_value", set.Test |> optional (fun test -> number test.PValue)
                "log_width", number set.LogWidth
            ]

    let private pooledJson (row: PooledEvaluation) : JsonNode =
        object'
            [
                "model", JsonValue.Create row.Model
                "horizon", JsonValue.Create row.Horizon
                "symbols", JsonValue.Create row.Symbols
                "mean_loss", number row.MeanLoss
                "ratio", number row.Ratio
                "diebold_mariano", optional dieboldMariano row.Versus
            ]

    let private shown (format: string) (value: float) : string =
        if Double.IsFinite value then
            value.ToString(format, CultureInfo.InvariantCulture)
        else
            "-"

    let private shownP (p: float) : string =
        if p < 0.001 then "<0.001" else shown "0.000" p

    let private orBlank (text: 'a -> string) (value: 'a option) : string =
        value |> Option.map text |> Option.defaultValue ""

    let private showSet (config: EvaluationConfig) (set: SetEvaluation) : unit =
        let symbol = if set.Symbol = "" then "" else set.Symbol + ": "
        let days = set.Models.Head.Metrics.Count

        let superiority =
            set.Superiority
            |> orBlank (fun test -> $"; nothing beats {set.Baseline}: p {shownP test.Consistent}")

        let loss = LossRule.name config.Loss
        let level = shown "0.#" (100.0 * config.Level)

        let title =
            $"{symbol}{set.Horizon} ahead, {days} days; {loss}, tests against {set.Baseline}; "
            + $"* in the {level} %% confidence set{superiority}"

        Terminal.table
            title
            1
            [
                "model"
                loss
                "ratio"
                "DM p"
                "GW p"
                "encompassed p"
                "MZ slope"
                "MZ p"
                "MCS p"
            ]
            (set.Models
             |> List.map (fun row ->
                 [
                     row.Model
                     shown "0.0000" row.MeanLoss
                     shown "0.000" row.Ratio
                     row.Versus |> orBlank (fun test -> shownP test.PValue)
                     row.Conditional |> orBlank (fun test -> shownP test.Test.PValue)
                     row.Encompassed |> orBlank (fun test -> shownP test.PValue)
                     row.Efficiency |> orBlank (fun test -> shown "0.000" test.Slope)
                     row.Efficiency |> orBlank (fun test -> shownP test.Efficient.PValue)
                     row.Confidence
                     |> orBlank (fun place -> shownP place.PValue + (if place.Included then "*" else ""))
                 ]))

    let private showPooled (rows: PooledEvaluation list) : unit =
        for horizon, rows in rows |> List.groupBy _.Horizon do
            Terminal.table
                $"all symbols, {horizon} ahead; Diebold-Mariano by day"
                1
                [ "model"; "symbols"; "loss"; "ratio"; "DM p" ]
                (rows
                 |> List.map (fun row ->
                     [
                         row.Model
                         string row.Symbols
                         shown "0.0000" row.MeanLoss
                         shown "0.000" row.Ratio
                         row.Versus |> orBlank (fun test -> shownP test.PValue)
                     ]))

    let private showRisks (risks: RiskEvaluation list) : unit =
        let p (test: ChiSquareTest) = shownP test.PValue

        Terminal.table
            "Value at Risk and expected shortfall: p-values"
            1
            [
                "model"
                "level"
                "days"
                "exceeded"
                "Kupiec"
                "indep."
                "cond."
                "DQ"
                "duration"
                "ES"
                "ESR"
                "FZ loss"
            ]
            (risks
             |> List.map (fun risk ->
                 [
                     (if risk.Symbol = "" then
                          risk.Model
                      else
                          $"{risk.Symbol} {risk.Model}")
                     shown "0.###" risk.Level
                     string risk.Coverage.Days
                     string risk.Coverage.Exceedances
                     p risk.Coverage.Unconditional
                     orBlank p risk.Coverage.Independent
                     orBlank p risk.Coverage.Conditional
                     orBlank p risk.DynamicQuantile
                     risk.Duration |> orBlank (fun test -> p test.Test)
                     risk.Shortfall |> orBlank (fun test -> shownP test.PValue)
                     risk.Regression |> orBlank (fun test -> shownP test.StrictPValue)
                     risk.FisslerZiegel |> orBlank (shown "0.000")
                 ]))

    /// Every loss and the running sum of its difference to the baseline's, day by day.
    let private writeLosses (rule: LossRule) (writer: IO.TextWriter) (sets: (ForecastSet * SetEvaluation) list) : unit =
        let text (value: float) =
            value.ToString("R", CultureInfo.InvariantCulture)

        writer.WriteLine "symbol,horizon,model,origin,loss,cumulative_difference"

        for set, found in sets do
            let days = ForecastSet.scoredDates set

            for (_, forecast), model in List.zip set.Forecasts found.Models do
                let losses = ForecastSet.losses rule set forecast

                for day in 0 .. days.Length - 1 do
                    let origin = days[day].ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                    let figures = $"{text losses[day]},{text model.Cumulative[day]}"
                    writer.WriteLine $"{set.Symbol},{set.Horizon},{model.Model},{origin},{figures}"

    let private showIntervals (sets: IntervalEvaluation list) : unit =
        Terminal.table
            "Intervals: share of days held, p-value of the coverage, mean ln(upper/lower)"
            1
            [ "model"; "days ahead"; "coverage"; "days"; "held"; "p"; "log width" ]
            (sets
             |> List.map (fun set ->
                 [
                     (if set.Symbol = "" then
                          set.Model
                      else
                          $"{set.Symbol} {set.Model}")
                     string set.Horizon
                     shown "0.###" set.Coverage
                     string set.Days
                     shown "0.000" set.Held
                     set.Test |> orBlank (fun test -> shownP test.PValue)
                     shown "0.000" set.LogWidth
                 ]))

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
                Terminal.json (
                    object'
                        [
                            "loss", JsonValue.Create(LossRule.name config.Loss)
                            "level", number config.Level
                            "sets", sets |> Seq.map setJson |> array
                            "pooled", pooled |> Seq.map pooledJson |> array
                            "risk", risks |> Seq.map riskJson |> array
                            "intervals", intervals |> Seq.map intervalJson |> array
                        ]
                )
            else
                List.iter (showSet config) sets
                showPooled pooled

                if not risks.IsEmpty then
                    showRisks risks

                if not intervals.IsEmpty then
                    showIntervals intervals
        }
