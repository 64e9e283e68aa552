/// An evaluation of forecasts as JSON. Computes nothing.
namespace VolatilityForge.Cli

open System.Text.Json.Nodes
open VolatilityForge

/// Writing evaluations.
[<RequireQualifiedAccess>]
module EvaluateJson =

    let private chiSquare (test: ChiSquareTest) : JsonNode =
        Json.object'
            [
                "statistic", Json.number test.Statistic
                "freedom", JsonValue.Create test.Freedom
                "p_value", Json.number test.PValue
            ]

    let private dieboldMariano (test: DieboldMariano) : JsonNode =
        Json.object'
            [
                "statistic", Json.number test.Statistic
                "p_value", Json.number test.PValue
                "mean_difference", Json.number test.MeanDifference
                "lag", JsonValue.Create test.Lag
            ]

    let private modelJson (row: ModelEvaluation) : JsonNode =
        Json.object' (
            [ "model", JsonValue.Create row.Model :> JsonNode ]
            @ ResultFiles.metrics row.Metrics
            @ [
                "mean_loss", Json.number row.MeanLoss
                "ratio", Json.number row.Ratio
                "diebold_mariano", Json.optional dieboldMariano row.Versus
                "giacomini_white", Json.optional (fun (test: GiacominiWhite) -> chiSquare test.Test) row.Conditional
                "baseline_encompasses",
                row.Encompassed
                |> Json.optional (fun test ->
                    Json.object'
                        [
                            "weight", Json.number test.Weight
                            "statistic", Json.number test.Statistic
                            "p_value", Json.number test.PValue
                        ])
                "mincer_zarnowitz",
                row.Efficiency
                |> Json.optional (fun test ->
                    Json.object'
                        [
                            "intercept", Json.number test.Intercept
                            "slope", Json.number test.Slope
                            "efficient", chiSquare test.Efficient
                        ])
                "mcs_p_value", row.Confidence |> Json.optional (fun place -> Json.number place.PValue)
                "in_confidence_set",
                row.Confidence
                |> Json.optional (fun place -> JsonValue.Create place.Included :> JsonNode)
                "beats_baseline_stepwise",
                row.Superior |> Json.optional (fun found -> JsonValue.Create found :> JsonNode)
            ]
        )

    let private setJson (set: SetEvaluation) : JsonNode =
        Json.object'
            [
                "symbol", JsonValue.Create set.Symbol
                "horizon", JsonValue.Create set.Horizon
                "baseline", JsonValue.Create set.Baseline
                "superior_ability",
                set.Superiority
                |> Json.optional (fun test ->
                    Json.object'
                        [
                            "best", JsonValue.Create test.Best
                            "statistic", Json.number test.Statistic
                            "p_lower", Json.number test.Lower
                            "p_value", Json.number test.Consistent
                            "p_upper", Json.number test.Upper
                        ])
                "models", set.Models |> Seq.map modelJson |> Json.array
            ]

    let private riskJson (risk: RiskEvaluation) : JsonNode =
        Json.object'
            [
                "symbol", JsonValue.Create risk.Symbol
                "model", JsonValue.Create risk.Model
                "level", Json.number risk.Level
                "days", JsonValue.Create risk.Coverage.Days
                "exceedances", JsonValue.Create risk.Coverage.Exceedances
                "kupiec", chiSquare risk.Coverage.Unconditional
                "independence", Json.optional chiSquare risk.Coverage.Independent
                "conditional_coverage", Json.optional chiSquare risk.Coverage.Conditional
                "dynamic_quantile", Json.optional chiSquare risk.DynamicQuantile
                "duration",
                risk.Duration
                |> Json.optional (fun test ->
                    Json.object' [ "shape", Json.number test.Shape; "p_value", Json.number test.Test.PValue ])
                "mcneil_frey",
                risk.Shortfall
                |> Json.optional (fun test ->
                    Json.object' [ "statistic", Json.number test.Statistic; "p_value", Json.number test.PValue ])
                "shortfall_regression",
                risk.Regression
                |> Json.optional (fun test ->
                    Json.object'
                        [
                            "intercept", Json.number test.Intercept
                            "slope", Json.number test.Slope
                            "strict", chiSquare test.Strict
                            "strict_resampled_p_value", Json.number test.StrictPValue
                            "excess", Json.number test.Excess
                            "excess_p_value", Json.number test.PValue
                            "excess_one_sided_p_value", Json.number test.OneSided
                        ])
                "quantile_loss", Json.number risk.QuantileLoss
                "fissler_ziegel", Json.optional Json.number risk.FisslerZiegel
            ]

    let private intervalJson (set: IntervalEvaluation) : JsonNode =
        Json.object'
            [
                "symbol", JsonValue.Create set.Symbol
                "model", JsonValue.Create set.Model
                "horizon", JsonValue.Create set.Horizon
                "coverage", Json.number set.Coverage
                "days", JsonValue.Create set.Days
                "held", Json.number set.Held
                "p_value", set.Test |> Json.optional (fun test -> Json.number test.PValue)
                "log_width", Json.number set.LogWidth
            ]

    let private pooledJson (row: PooledEvaluation) : JsonNode =
        Json.object'
            [
                "model", JsonValue.Create row.Model
                "horizon", JsonValue.Create row.Horizon
                "symbols", JsonValue.Create row.Symbols
                "mean_loss", Json.number row.MeanLoss
                "ratio", Json.number row.Ratio
                "diebold_mariano", Json.optional dieboldMariano row.Versus
            ]

    /// All of an evaluation as one object.
    let ofEvaluation
        (config: EvaluationConfig)
        (sets: SetEvaluation list)
        (pooled: PooledEvaluation list)
        (risks: RiskEvaluation list)
        (intervals: IntervalEvaluation list)
        : JsonNode =
        Json.object'
            [
                "loss", JsonValue.Create(LossRule.name config.Loss)
                "level", Json.number config.Level
                "sets", sets |> Seq.map setJson |> Json.array
                "pooled", pooled |> Seq.map pooledJson |> Json.array
                "risk", risks |> Seq.map riskJson |> Json.array
                "intervals", intervals |> Seq.map intervalJson |> Json.array
            ]
