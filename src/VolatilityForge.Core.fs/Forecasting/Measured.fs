/// From bars and a measure to the history that forecasters read. Knows no file and no model.
namespace VolatilityForge

/// What stands in for the variance of a day on which the measure is zero: a halt, or a single price all day.
[<RequireQualifiedAccess>]
type VarianceFloor =
    /// The smallest positive value of the days before. Days before the first positive value are left out.
    | SmallestSoFar
    /// Always this much; must be finite and positive.
    | Constant of Variance

/// Histories out of bars.
[<RequireQualifiedAccess>]
module Measured =

    /// A trading month of regressors and one day to forecast: the least that the monthly models can start from.
    let minimumDays: int = 23

    /// One symbol's history. Variances are the measure's, floored where it is zero: such days have Scored = false and
    /// depend on earlier days only. Returns are close to close; the first is 0 only where there is no bar before it.
    /// Fault.BadData when nothing ever moves, Fault.TooShort below minimumDays, Fault.BadSetting for a floor
    /// that is not positive.
    let history (floor: VarianceFloor) (measure: VarianceMeasure) (bars: Bars) : Result<History, Fault> =
        let subject = if bars.Symbol = "" then "the history" else bars.Symbol

        either {
            match floor with
            | VarianceFloor.Constant value when not (value > 0.0< / day> && System.Double.IsFinite(float value)) ->
                return! Error(Fault.BadSetting("variance floor", "must be finite and positive", string (float value)))
            | _ -> ()

            let! series = Range.measure measure bars

            if Bars.isConstant bars || Array.forall ((=) 0.0< / day>) series.Values then
                let place =
                    {
                        Source = subject
                        Row = 0
                        Column = ""
                    }

                return!
                    Error(
                        Fault.BadData(
                            place,
                            $"the price must move, as far as {Range.name measure} sees",
                            "a constant series",
                            "Check the data, or leave the symbol out."
                        )
                    )

            let skipped =
                match floor with
                | VarianceFloor.SmallestSoFar -> series.Values |> Array.findIndex (fun value -> value > 0.0< / day>)
                | VarianceFloor.Constant _ -> 0

            let days = series.Length - skipped

            if days < minimumDays then
                return! Error(Fault.TooShort(subject, minimumDays + Range.firstDay measure, bars.Length))

            let measured = series.Values[skipped..]
            let variance = Array.copy measured
            let mutable smallest = measured[0]

            for day in 0 .. days - 1 do
                if measured[day] > 0.0< / day> then
                    smallest <- min smallest measured[day]
                else
                    variance[day] <-
                        match floor with
                        | VarianceFloor.SmallestSoFar -> smallest
                        | VarianceFloor.Constant value -> value

            return
                {
                    Symbol = bars.Symbol
                    Dates = series.Dates[skipped..]
                    Variance = variance
                    Returns = (Bars.returns bars)[bars.Length - days ..]
                    Scored = measured |> Array.map (fun value -> value > 0.0< / day>)
                    Measures = Map.empty
                }
        }
