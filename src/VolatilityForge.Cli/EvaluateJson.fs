/// An evaluation of forecasts as JSON. Computes nothing.
namespace VolatilityForge.Cli

open System
open System.Text.Json.Nodes
open VolatilityForge

/// Writing evaluations.
[<RequireQualifiedAccess>]
module EvaluateJson =

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

    /// All of an evaluation as one object.
    let ofEvaluation
        (config: EvaluationConfig)
        (sets: SetEvaluation list)
        (pooled: PooledEvaluation list)
        (risks: RiskEvaluation list)
        (intervals: IntervalEvaluation list)
        : JsonNode =
        object'
            [
                "loss", JsonValue.Create(LossRule.name config.Loss)
                "level", number config.Level
                "sets", sets |> Seq.map setJson |> array
                "pooled", pooled |> Seq.map pooledJson |> array
                "risk", risks |> Seq.map riskJson |> array
                "intervals", intervals |> Seq.map intervalJson |> array
            ]
