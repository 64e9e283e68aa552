/// Paths of conditional variance models: their draws, their size, and parameters that have none.
module VolatilityForge.Tests.GarchPathTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Returns

[<Tests>]
let suite =
    testList
        "GARCH paths"
        [
            testCase "a path is its variances' draws, and the series of the same seed"
            <| fun () ->
                for name in every do
                    let spec = specOf name
                    let parameters = GarchForecast.typical spec

                    let path =
                        Expect.wantOk (GarchForecast.path spec parameters 1.0 200 400 (Rng.ofSeed 3L)) name

                    let series =
                        Expect.wantOk (GarchForecast.series spec parameters 1.0 200 400 (Rng.ofSeed 3L)) name

                    let returns, variances = Array.head path.Returns, Array.head path.Variances
                    Expect.equal series returns name

                    // The same normals one by one: a return is its mean and its volatility times its draw.
                    let mutable rng = Rng.ofSeed 3L

                    for _ in 1..200 do
                        let struct (_, next) = Rng.nextNormal rng
                        rng <- next

                    for day in 0..399 do
                        let struct (z, next) = Rng.nextNormal rng
                        rng <- next
                        close 1e-12 returns[day] (parameters[0] + sqrt variances[day] * z) $"{name}, day {day}"

            testCase "the typical variance of each model is about one"
            <| fun () ->
                for name in every do
                    let spec = specOf name

                    let returns =
                        Expect.wantOk
                            (GarchForecast.series spec (GarchForecast.typical spec) 1.0 2000 20_000 (Rng.ofSeed 2L))
                            name

                    let square = returns |> Array.averageBy (fun value -> value * value)
                    Expect.isTrue (square > 0.8 && square < 1.25) $"{name}: {square}"

            testCase "a path refuses shapes and constants outside their domain, and tells where values aren't finite"
            <| fun () ->
                let drawn (text: string) (changes: (string * float) list) =
                    let spec = Expect.wantOk (GarchSpec.parseSpec text) text
                    let parameters = GarchForecast.typical spec

                    for name, value in changes do
                        parameters[List.findIndex ((=) name) (GarchSpec.parameterNames spec 0 0)] <- value

                    GarchForecast.path spec parameters 1.0 500 1000 (Rng.ofSeed 1L)

                for text, name, value in
                    [
                        "garch(ged)", "nu", 0.0
                        "garch(ged)", "nu", 1e-320
                        "garch(ged)", "nu", 1e3
                        "garch(student-t)", "nu", -1e7
                        "garch(student-t)", "nu", 1.5
                        "garch(student-t)", "nu", infinity
                        "garch(student-t)", "nu", nan
                        "gjr(skewed-t)", "eta", 2.0
                        "gjr(skewed-t)", "lambda", -1.0
                        "garch", "omega", -1.0
                        "aparch", "delta", 0.0
                    ] do
                    match drawn text [ name, value ] with
                    | Error(Fault.BadSetting(field, _, _)) -> Expect.equal field name text
                    | other -> failtest $"{text}, {name} {value}: expected BadSetting, found %A{other}"

                for text, changes in
                    [
                        "garch", [ "alpha[1]", 5.0 ]
                        "garch", [ "alpha[1]", -0.5 ]
                        "egarch", [ "beta[1]", 2.0 ]
                    ] do
                    match drawn text changes with
                    | Error(Fault.NotComputable _) -> ()
                    | other -> failtest $"{text} %A{changes}: expected NotComputable, found %A{other}"

                for text, name, value in
                    [
                        "garch(ged)", "nu", 0.3
                        "garch(student-t)", "nu", 600.0
                        "egarch", "omega", -0.1
                    ] do
                    Expect.isOk (drawn text [ name, value ]) $"{text}, {name} {value}"

            testCase "a fit with a shape outside its domain isn't simulated"
            <| fun () ->
                let fit = fitted (specOf "garch") (simulated 12L 601)

                let spec =
                    { fit.Spec with
                        Innovation = Innovation.Ged
                    }

                let spoilt =
                    { fit with
                        Spec = spec
                        Parameters = Array.append fit.Parameters [| 0.0 |]
                    }

                match GarchForecast.simulate GarchForecast.simulation 1 (Rng.ofSeed 1L) spoilt with
                | Error(Fault.BadSetting("nu", _, _)) -> ()
                | other -> failtest $"expected BadSetting, found %A{other}"
        ]
