/// `volforge fit`: one JSON object, a table, a stored fit, and what it refuses.
module VolatilityForge.Tests.CommandLineFitTests

open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine

let private inFolder (body: string -> unit) : unit =
    withFolder (fun folder ->
        File.WriteAllLines(
            Path.Combine(folder, "returns.csv"),
            Seq.append [ "day,ret" ] (Returns.demGbp () |> Seq.mapi (fun day r -> $"{day},{r:R}"))
        )

        body folder)

[<Tests>]
let suite =
    testList
        "volforge fit"
        [
            testCase "tells estimates, three standard errors, diagnostics and forecasts as one JSON object" (fun () ->
                inFolder (fun folder ->
                    let answer =
                        volforge
                            folder
                            [
                                "fit"
                                "garch"
                                "returns.csv"
                                "--returns"
                                "ret"
                                "--json"
                                "--out"
                                "fit.json"
                            ]

                    Expect.equal answer.Code 0 answer.Error
                    use document = JsonDocument.Parse answer.Output
                    let root = document.RootElement
                    let parameters = root.GetProperty "parameters"
                    Expect.equal (parameters.GetArrayLength()) 4 "parameters"
                    let omega = parameters[1]
                    Expect.equal (omega.GetProperty("name").GetString()) "omega" "name"
                    let estimate = omega.GetProperty("estimate").GetDouble()
                    // Six digits of the benchmark.
                    Expect.isLessThan (abs (estimate - 0.0107613978518)) 1e-8 "estimate"

                    for kind, published in
                        [ "hessian", 0.00285271; "outer_product", 0.00132298; "robust", 0.006493186 ] do
                        let error = omega.GetProperty("standard_errors").GetProperty(kind).GetDouble()
                        Expect.isLessThan (abs (error - published)) 1e-8 kind

                    Expect.isTrue (root.GetProperty("diagnostics").GetProperty("converged").GetBoolean()) "converged"
                    Expect.equal (root.GetProperty("variances_ahead").GetArrayLength()) 5 "days ahead"

                    let stored =
                        Expect.wantOk
                            (GarchJson.toFit (File.ReadAllText(Path.Combine(folder, "fit.json"))))
                            "the file"

                    Expect.equal stored.Parameters[1] estimate "the same fit"

                    let again =
                        volforge folder [ "fit"; "garch"; "returns.csv"; "--returns"; "ret"; "--out"; "fit.json" ]

                    Expect.equal again.Code 1 "an existing file stays without --force"))

            testCase "fits bars of a file, with every option in names" (fun () ->
                withFolder (fun folder ->
                    File.WriteAllLines(Path.Combine(folder, "spx.csv"), firstDays 600)

                    let answer =
                        volforge
                            folder
                            [
                                "fit"
                                "gjr(1,1)"
                                "spx.csv"
                                "--mean"
                                "ar(1)"
                                "--innovation"
                                "ged"
                                "--start"
                                "backcast"
                                "--simple"
                                "--free"
                                "--days-ahead"
                                "2"
                            ]

                    Expect.equal answer.Code 0 answer.Error

                    for word in [ "ar[1]"; "gamma[1]"; "nu"; "598 returns"; "persistence" ] do
                        Expect.isTrue (answer.Output.Contains word) $"{word} in {answer.Output}"))

            testCase "refuses unknown names with 2 and bad returns with 3, naming the place" (fun () ->
                inFolder (fun folder ->
                    let refused (code: int) (word: string) (arguments: string list) =
                        let answer = volforge folder ("fit" :: arguments)
                        Expect.equal answer.Code code answer.Error
                        Expect.isTrue (answer.Error.Contains word) $"{word} in {answer.Error}"

                    refused 2 "garch" [ "garhc"; "returns.csv"; "--returns"; "ret" ]
                    refused 2 "skewed-t" [ "garch"; "returns.csv"; "--returns"; "ret"; "--innovation"; "cauchy" ]
                    refused 2 "ret" [ "garch"; "returns.csv"; "--returns"; "return" ]
                    refused 1 "nowhere.csv" [ "garch"; "nowhere.csv"; "--returns"; "ret" ]
                    File.WriteAllLines(Path.Combine(folder, "gap.csv"), [ "ret"; "0.1"; "x"; "0.2" ])
                    refused 3 "row 3" [ "garch"; "gap.csv"; "--returns"; "ret" ]
                    File.WriteAllLines(Path.Combine(folder, "short.csv"), [ "ret"; "0.1"; "-0.1"; "0.2" ])
                    refused 3 "250" [ "garch"; "short.csv"; "--returns"; "ret" ]))

            testCase "a stored fit forecasts from a whole history and from appended days alike" (fun () ->
                inFolder (fun folder ->
                    let lines = File.ReadAllLines(Path.Combine(folder, "returns.csv"))
                    File.WriteAllLines(Path.Combine(folder, "before.csv"), lines[..1900])
                    File.WriteAllLines(Path.Combine(folder, "after.csv"), Array.append [| lines[0] |] lines[1901..])

                    let ran (arguments: string list) : JsonElement =
                        let answer = volforge folder (arguments @ [ "--returns"; "ret"; "--json" ])
                        Expect.equal answer.Code 0 answer.Error
                        JsonDocument.Parse(answer.Output).RootElement

                    ran [ "fit"; "egarch"; "before.csv"; "--start"; "1.0"; "--out"; "fit.json" ]
                    |> ignore

                    let variances (root: JsonElement) =
                        [|
                            for value in root.GetProperty("variances").EnumerateArray() -> value.GetDouble()
                        |]

                    let whole =
                        ran [ "forecast"; "fit.json"; "returns.csv"; "--days-ahead"; "3"; "--bootstrap" ]

                    let appended =
                        ran
                            [
                                "forecast"
                                "fit.json"
                                "after.csv"
                                "--append"
                                "--days-ahead"
                                "3"
                                "--bootstrap"
                            ]

                    let fit =
                        Expect.wantOk (GarchJson.toFit (File.ReadAllText(Path.Combine(folder, "fit.json")))) "the fit"

                    let carried = Array.fold Garch.append fit (Array.skip 1900 (Returns.demGbp ()))
                    let struct (_, variance) = Garch.ahead carried [||]

                    for found in [ variances whole; variances appended ] do
                        Expect.equal found.Length 3 "days"
                        Expect.isLessThan (abs (found[0] - variance)) (1e-9 * variance) "tomorrow"

                    let quantile =
                        whole.GetProperty("return_quantiles").EnumerateArray()
                        |> Seq.head
                        |> _.GetDouble()
                    // One percent of a fat-tailed law lies two to four volatilities down.
                    Expect.isTrue (quantile < -2.0 * sqrt variance && quantile > -4.0 * sqrt variance) "quantile"

                    let refused =
                        volforge
                            folder
                            [
                                "forecast"
                                "fit.json"
                                "returns.csv"
                                "--returns"
                                "ret"
                                "--quantile"
                                "1.5"
                            ]

                    Expect.equal refused.Code 2 refused.Error))

            testCase "models of a measure are fitted, stored and forecast from" (fun () ->
                withFolder (fun folder ->
                    File.WriteAllLines(Path.Combine(folder, "spx.csv"), firstDays 600)

                    for model in [ "realized-garch(2,1)"; "realized-garch-linear"; "heavy" ] do
                        let file = "fit-" + model + ".json"

                        let answer =
                            volforge folder [ "fit"; model; "spx.csv"; "--measure"; "parkinson"; "--out"; file ]

                        Expect.equal answer.Code 0 answer.Error
                        Expect.stringContains answer.Output "measure ahead" "both forecasts"

                        let ahead =
                            volforge
                                folder
                                [
                                    "forecast"
                                    file
                                    "spx.csv"
                                    "--measure"
                                    "parkinson"
                                    "--paths"
                                    "200"
                                    "--json"
                                ]

                        Expect.equal ahead.Code 0 ahead.Error
                        use document = JsonDocument.Parse ahead.Output

                        for name in [ "variances"; "measures"; "return_quantiles"; "sum_quantiles" ] do
                            Expect.equal (document.RootElement.GetProperty(name).GetArrayLength()) 5 name

                    let alone = volforge folder [ "fit"; "heavy"; "spx.csv"; "--returns"; "close" ]
                    Expect.equal alone.Code 2 "returns without a measure"
                    Expect.stringContains alone.Error "--measure" "names the option"))
        ]
