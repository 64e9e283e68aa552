/// An evaluation of forecasts as tables. Computes nothing.
namespace VolatilityForge.Cli

open VolatilityForge

/// Tables of evaluations.
[<RequireQualifiedAccess>]
module EvaluateView =

    /// Losses and tests of the models of a set.
    let set (config: EvaluationConfig) (set: SetEvaluation) : unit =
        let symbol = if set.Symbol = "" then "" else set.Symbol + ": "
        let days = set.Models.Head.Metrics.Count

        let superiority =
            set.Superiority
            |> Cell.orBlank (fun test ->
                $"; SPA test, null hypothesis: no model beats {set.Baseline}, p-value {Cell.p test.Consistent}")

        let loss = LossRule.name config.Loss
        let level = Cell.number "0.#" (100.0 * config.Level)

        let title =
            $"""{symbol}{Noun.counted set.Horizon "day"} ahead, {Noun.counted days "day"}; {loss}, tests against {set.Baseline}; """
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
                     Cell.number "0.0000" row.MeanLoss
                     Cell.number "0.000" row.Ratio
                     Cell.versus row.Versus
                     row.Conditional |> Cell.orBlank (fun test -> Cell.p test.Test.PValue)
                     row.Encompassed |> Cell.orBlank (fun test -> Cell.p test.PValue)
                     row.Efficiency |> Cell.orBlank (fun test -> Cell.number "0.000" test.Slope)
                     row.Efficiency |> Cell.orBlank (fun test -> Cell.p test.Efficient.PValue)
                     Cell.confidence row.Confidence
                 ]))

    /// Losses over all symbols.
    let pooled (rows: PooledEvaluation list) : unit =
        for horizon, rows in rows |> List.groupBy _.Horizon do
            Terminal.table
                $"""all symbols, {Noun.counted horizon "day"} ahead; Diebold-Mariano by day"""
                1
                [ "model"; "symbols"; "loss"; "ratio"; "DM p" ]
                (rows
                 |> List.map (fun row ->
                     [
                         row.Model
                         string row.Symbols
                         Cell.number "0.0000" row.MeanLoss
                         Cell.number "0.000" row.Ratio
                         Cell.versus row.Versus
                     ]))

    /// Backtests of risk.
    let risks (risks: RiskEvaluation list) : unit =
        let p (test: ChiSquareTest) = Cell.p test.PValue

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
                     Cell.number "0.###" risk.Level
                     string risk.Coverage.Days
                     string risk.Coverage.Exceedances
                     p risk.Coverage.Unconditional
                     Cell.orBlank p risk.Coverage.Independent
                     Cell.orBlank p risk.Coverage.Conditional
                     Cell.orBlank p risk.DynamicQuantile
                     risk.Duration |> Cell.orBlank (fun test -> p test.Test)
                     risk.Shortfall |> Cell.orBlank (fun test -> Cell.p test.PValue)
                     risk.Regression |> Cell.orBlank (fun test -> Cell.p test.StrictPValue)
                     risk.FisslerZiegel |> Cell.orBlank (Cell.number "0.000")
                 ]))

    /// Coverage of intervals.
    let intervals (sets: IntervalEvaluation list) : unit =
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
                     Cell.number "0.###" set.Coverage
                     string set.Days
                     Cell.number "0.000" set.Held
                     set.Test |> Cell.orBlank (fun test -> Cell.p test.PValue)
                     Cell.number "0.000" set.LogWidth
                 ]))
