/// The bounded search: known minima, inside and at bounds, and where it can't start.
module VolatilityForge.Tests.MinimiseTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private identity (size: int) : float[] =
    Array.init (size * size) (fun cell -> if cell / size = cell % size then 1.0 else 0.0)

/// Rosenbrock's valley: least at (1, 1).
let private valley: Smooth =
    (fun x gradient ->
        let rise = x[1] - x[0] * x[0]
        gradient[0] <- -400.0 * x[0] * rise - 2.0 * (1.0 - x[0])
        gradient[1] <- 200.0 * rise
        100.0 * rise * rise + (1.0 - x[0]) * (1.0 - x[0]))

let private search (lower: float[]) (upper: float[]) (start: float[]) (f: Smooth) : Minimum =
    Minimise.within Minimise.defaults lower upper (identity start.Length) start f

[<Tests>]
let suite =
    testList
        "Minimise"
        [
            testCase "finds the end of a curved valley"
            <| fun () ->
                let found = search [| -9.0; -9.0 |] [| 9.0; 9.0 |] [| -1.2; 1.0 |] valley
                Expect.isTrue found.Converged "converged"
                // The gain left is below 1e-18, and the flattest curvature is 0.4.
                close 1e-8 found.Point[0] 1.0 "x"
                close 1e-8 found.Point[1] 1.0 "y"
                Expect.equal found.AtBound [| false; false |] "inside"

            testCase "stops at a bound that the function pushes into, and says so"
            <| fun () ->
                let found = search [| -9.0; -9.0 |] [| 0.5; 9.0 |] [| -1.2; 1.0 |] valley
                Expect.isTrue found.Converged "converged"
                Expect.equal found.Point[0] 0.5 "at the bound exactly"
                close 1e-8 found.Point[1] 0.25 "the least beside it"
                Expect.equal found.AtBound [| true; false |] "one at a bound"
                Expect.equal found.Gradient[0] 0.0 "what pushes into the bound doesn't count"

            testCase "moves a start outside the bounds into them"
            <| fun () ->
                let found = search [| 2.0; 2.0 |] [| 3.0; 3.0 |] [| 50.0; -50.0 |] valley
                close 1e-8 found.Point[0] 2.0 "x"
                Expect.equal found.Point[1] 3.0 "y"

            testCase "steps back from where the function is not defined"
            <| fun () ->
                let barrier: Smooth =
                    (fun x gradient ->
                        gradient[0] <- 1.0 - 1e-3 / x[0]
                        if x[0] <= 0.0 then nan else x[0] - 1e-3 * log x[0])

                let found = search [| -9.0 |] [| 9.0 |] [| 5.0 |] barrier
                Expect.isTrue found.Converged "converged"
                close 1e-6 found.Point[0] 1e-3 "the least"

            testCase "refuses a start without a value and bounds of another length"
            <| fun () ->
                let undefined: Smooth = fun _ _ -> nan

                Expect.throwsT<VolatilityForgeException>
                    (fun () -> search [| 0.0 |] [| 1.0 |] [| 0.5 |] undefined |> ignore)
                    "no value"

                Expect.throwsT<VolatilityForgeException>
                    (fun () -> search [| 0.0 |] [| 1.0; 2.0 |] [| 0.5 |] undefined |> ignore)
                    "bounds"
        ]
