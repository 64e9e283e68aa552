/// An evaluation of forecasts as tables. Computes nothing.
namespace VolatilityForge.Cli

open System
open System.Globalization
open VolatilityForge

/// Tables of evaluations.
[<RequireQualifiedAccess>]
module EvaluateView =

    let private shown (format: string) (value: float) : string =
        if Double.IsFinite value then
            value.ToString(format, CultureInfo.InvariantCulture)
        else
            "-"

    let private shownP (p: float) : string =
        if p < 0.001 then "<0.001" else shown "0.000" p

    let private orBlank (text: 'a -> string) (value: 'a option) : string =
        value |> Option.map text |> Option.defaultValue ""

    /// Losses and tests of the models of a set.
    let set (config: EvaluationConfig) (set: SetEvaluation) : unit =
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

    /// Losses over all symbols.
    let pooled (rows: PooledEvaluation list) : unit =
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

    /// Backtests of risk.
    let risks (risks: RiskEvaluation list) : unit =
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
                     shown "0.###" set.Coverage
                     string set.Days
                     shown "0.000" set.Held
                     set.Test |> orBlank (fun test -> shownP test.PValue)
                     shown "0.000" set.LogWidth
                 ]))
