/// Losses and their averages.
module VolatilityForge.Tests.LossTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private variances (values: float list) : Variance[] =
    values |> List.map (fun value -> value * 1.0< / day>) |> List.toArray

let private metrics (forecast: Variance[]) (realised: Variance[]) : Metrics =
    Expect.wantOk (Metrics.ofForecasts forecast realised (Array.create forecast.Length true)) "losses"

[<Tests>]
let suite =
    testList
        "Loss"
        [
            testCase "QLIKE is v/f - ln(v/f) - 1"
            <| fun () ->
                close 1e-15 (Loss.qlike 2.0< / day> 1.0< / day>) (0.5 - log 0.5 - 1.0) "half"
                close 1e-15 (Loss.qlike 1.0< / day> 4.0< / day>) (4.0 - log 4.0 - 1.0) "four times"

            testProperty "QLIKE is zero at the truth and larger on either side of it"
            <| fun (exponent: float) (away: float) ->
                let truth =
                    10.0
                    ** (max -20.0 (min 20.0 (if System.Double.IsFinite exponent then exponent else 0.0)))

                let away =
                    if System.Double.IsFinite away then
                        abs away % 1.0 + 1e-3
                    else
                        0.5

                let at (forecast: float) =
                    Loss.qlike (forecast * 1.0< / day>) (truth * 1.0< / day>)

                at truth = 0.0 && at (truth * exp away) > 0.0 && at (truth * exp -away) > 0.0

            testCase "the mean QLIKE of a constant forecast is smallest at the mean of what was realised"
            <| fun () ->
                let realised = (simulated 11 500).Variance
                let mean = Array.average realised

                let qlike (factor: float) =
                    (metrics (Array.create 500 (factor * mean)) realised).Qlike

                for factor in [ 0.5; 0.9; 0.99; 1.01; 1.1; 2.0 ] do
                    Expect.isGreaterThan (qlike factor) (qlike 1.0) $"{factor} times the mean"

            testCase "QLIKE has no scale; MSE has that of variance squared, RMSE of variance, MAE of volatility"
            <| fun () ->
                let forecast, realised = (simulated 12 200).Variance, (simulated 13 200).Variance
                let one = metrics forecast realised

                for factor in [ 1e-8; 1e4 ] do
                    let times (values: Variance[]) =
                        values |> Array.map (fun value -> factor * value)

                    let other = metrics (times forecast) (times realised)
                    close 1e-12 other.Qlike one.Qlike "QLIKE"
                    close 1e-12 (float other.Mse) (factor * factor * float one.Mse) "MSE"
                    close 1e-12 (float other.Rmse) (factor * float one.Rmse) "RMSE"
                    close 1e-12 (float other.Mae) (sqrt factor * float one.Mae) "MAE"

            testCase "averages are what they say"
            <| fun () ->
                let found = metrics (variances [ 1.0; 4.0 ]) (variances [ 4.0; 4.0 ])
                close 1e-15 found.Qlike ((4.0 - log 4.0 - 1.0) / 2.0) "QLIKE"
                close 1e-15 (float found.Mse) 4.5 "MSE"
                close 1e-15 (float found.Rmse) (sqrt 4.5) "RMSE"
                close 1e-15 (float found.Mae) 0.5 "MAE"
                Expect.equal (found.Count, found.Excluded) (2, 0) "days"

            testCase "days at a floor are left out of QLIKE, counted, and kept in the rest"
            <| fun () ->
                let forecast, realised = variances [ 1.0; 2.0; 3.0 ], variances [ 2.0; 0.0; 3.0 ]

                let found =
                    Expect.wantOk (Metrics.ofForecasts forecast realised [| true; false; true |]) "losses"

                close 1e-15 found.Qlike ((2.0 - log 2.0 - 1.0) / 2.0) "QLIKE of two days"
                close 1e-15 (float found.Mse) (5.0 / 3.0) "MSE of three"
                Expect.equal (found.Count, found.Excluded) (3, 1) "days"

            testCase
                "refuses forecasts that are not positive, realised values that QLIKE can't take, and unequal lengths"
            <| fun () ->
                let one = variances [ 1.0; 1.0 ]
                let scored = [| true; true |]

                for bad in [ 0.0; -1.0; nan; infinity ] do
                    Expect.isError (Metrics.ofForecasts (variances [ 1.0; bad ]) one scored) $"forecast {bad}"
                    Expect.isError (Metrics.ofForecasts one (variances [ 1.0; bad ]) scored) $"realised {bad}"

                Expect.isError (Metrics.ofForecasts one (variances [ 1.0 ]) scored) "realised too short"
                Expect.isError (Metrics.ofForecasts one one [| true |]) "scored too short"
                Expect.isError (Metrics.ofForecasts [||] [||] [||]) "no day"
        ]
