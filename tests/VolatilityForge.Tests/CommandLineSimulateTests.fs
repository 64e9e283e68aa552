/// `volforge simulate`: paths of models by name and of stored fits, and what it refuses.
module VolatilityForge.Tests.CommandLineSimulateTests

open System.Globalization
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine

/// Header and columns of a CSV without quotes.
let private columns (text: string) : string list * float[][] =
    let lines = text.Split('\n', System.StringSplitOptions.RemoveEmptyEntries)

    let rows =
        lines[1..]
        |> Array.map (fun line ->
            line.Split ','
            |> Array.map (fun word -> System.Double.Parse(word, CultureInfo.InvariantCulture)))

    List.ofArray (lines[0].Split ','), Array.transpose rows

[<Tests>]
let suite =
    testList
        "volforge simulate"
        [
            testCase "draws the library's path of a model by name, with parameters of one's own" (fun () ->
                withFolder (fun folder ->
                    let simulate (seed: string) =
                        volforge
                            folder
                            [
                                "simulate"
                                "gjr(1,1;student-t)"
                                "--days"
                                "300"
                                "--seed"
                                seed
                                "--parameters"
                                "gamma[1]=0.2,beta[1]=0.8,nu=6"
                            ]

                    let answer = simulate "7"
                    Expect.equal answer.Code 0 answer.Error
                    let names, found = columns answer.Output
                    Expect.equal names [ "day"; "return"; "variance" ] "columns"
                    let spec = Expect.wantOk (GarchSpec.parseSpec "gjr(1,1;student-t)") "a spec"
                    let parameters = GarchForecast.typical spec

                    for name, value in [ "gamma[1]", 0.2; "beta[1]", 0.8; "nu", 6.0 ] do
                        parameters[List.findIndex ((=) name) (GarchSpec.parameterNames spec 0 0)] <- value

                    let path =
                        Expect.wantOk (GarchForecast.path spec parameters 1.0 500 300 (Rng.ofSeed 7L)) "a path"

                    Expect.equal found[1] path.Returns[0] "returns"
                    Expect.equal found[2] path.Variances[0] "variances"
                    Expect.equal (simulate "7").Output answer.Output "the same seed"
                    Expect.notEqual (simulate "8").Output answer.Output "another"))

            testCase "a stored fit is carried on, and what a realized-garch draws can be fitted" (fun () ->
                withFolder (fun folder ->
                    let done' (arguments: string list) =
                        let answer = volforge folder arguments
                        Expect.equal answer.Code 0 answer.Error
                        answer

                    done' [ "simulate"; "realized-garch"; "--days"; "600"; "--out"; "drawn.csv" ]
                    |> ignore

                    done'
                        [
                            "fit"
                            "realized-garch"
                            "drawn.csv"
                            "--returns"
                            "return"
                            "--measure"
                            "measure"
                            "--out"
                            "fit.json"
                        ]
                    |> ignore

                    let fit =
                        Expect.wantOk
                            (RealizedJson.toRealizedGarch (File.ReadAllText(Path.Combine(folder, "fit.json"))))
                            "a fit"

                    let paths =
                        Expect.wantOk
                            (RealizedForecast.simulate
                                { GarchForecast.simulation with
                                    Paths = 1
                                }
                                50
                                (Rng.ofSeed 3L)
                                fit)
                            "paths"

                    let answer =
                        done' [ "simulate"; "fit.json"; "--days"; "50"; "--seed"; "3"; "--json" ]

                    use document = JsonDocument.Parse answer.Output

                    for name, expected in
                        [
                            "returns", paths.Returns[0]
                            "variances", paths.Variances[0]
                            "measures", paths.Measures[0]
                        ] do
                        let found =
                            [|
                                for item in (document.RootElement.GetProperty name).EnumerateArray() ->
                                    item.GetDouble()
                            |]

                        Expect.equal found expected name))

            testCase
                "refuses heavy without a fit, unknown parameters and models with 2, an existing file with 1"
                (fun () ->
                    withFolder (fun folder ->
                        for arguments, told in
                            [
                                [ "heavy" ], "stored fit"
                                [ "garch"; "--parameters"; "alpha=1" ], "alpha[1]"
                                [ "garch"; "--parameters"; "mu" ], "NAME=VALUE"
                                [ "garsh" ], "garch"
                                [ "garch"; "--bootstrap" ], "--bootstrap"
                                [ "realized-garch"; "--bootstrap" ], "--bootstrap"
                                [ "garch(ged)"; "--parameters"; "nu=0" ], "nu"
                            ] do
                            let answer = volforge folder ("simulate" :: arguments)
                            Expect.equal answer.Code 2 answer.Error
                            Expect.stringContains answer.Error told "the reason"

                        File.WriteAllText(Path.Combine(folder, "there.csv"), "mine")
                        let answer = volforge folder [ "simulate"; "garch"; "--out"; "there.csv" ]
                        Expect.equal answer.Code 1 answer.Error
                        Expect.equal (File.ReadAllText(Path.Combine(folder, "there.csv"))) "mine" "it stays"))
        ]
