/// Tail probabilities and quantiles against scipy and mpmath.
module VolatilityForge.Tests.TailTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.EvaluationGolden

[<Tests>]
let suite =
    testList
        "Tail"
        [
            testCase "agrees with scipy and mpmath to twelve digits, also far out"
            <| fun () ->
                for fields in cases "tails" do
                    let parameters, x, expected =
                        numbers fields[1], fields[2].GetDouble(), fields[3].GetDouble()

                    let found =
                        match fields[0].GetString() with
                        | "chi-square" -> Tail.chiSquare parameters[0] x
                        | "f" -> Tail.f parameters[0] parameters[1] x
                        | "student" -> Tail.student parameters[0] x
                        | "student quantile" -> Tail.studentQuantile parameters[0] x
                        | "normal" -> Tail.normal x
                        | "normal quantile" -> Tail.normalQuantile x
                        | other -> failtest other

                    // Log-gammas of thousands of degrees of freedom take a digit with them.
                    let share =
                        if Array.exists (fun p -> p > 1000.0) parameters then
                            1e-11
                        else
                            1e-12

                    if expected = 0.0 then
                        Expect.isLessThan (abs found) 1e-15 $"{fields[0]} %A{parameters} {x}"
                    else
                        close share found expected $"{fields[0]} %A{parameters} {x}"

            testProperty "quantiles undo tails"
            <| fun (share: float) (freedom: float) ->
                let fraction (x: float) =
                    if System.Double.IsFinite x then abs x % 1.0 else 0.5

                let p = 0.001 + 0.998 * fraction share
                let nu = 2.1 + 50.0 * fraction freedom

                abs (Tail.normal -(Tail.normalQuantile p) - p) < 1e-14
                // Near the median the tail's continued fraction keeps thirteen digits.
                && abs (Tail.student nu -(Tail.studentQuantile nu p) - p) < 1e-12
        ]
