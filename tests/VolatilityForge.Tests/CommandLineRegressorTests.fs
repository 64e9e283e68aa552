/// Regressors in `volforge fit`, and what `forecast` and `simulate` make of such a fit.
module VolatilityForge.Tests.CommandLineRegressorTests

open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine

/// Returns with a column for the mean and one for the variance.
let private data: GarchData =
    let count = 900
    let struct (z, rng) = Rng.normals count (Rng.ofSeed 61L)
    let struct (signal, rng) = Rng.normals count rng
    let struct (outside, _) = Rng.normals count rng
    let moves = outside |> Array.map (fun x -> x * x)
    let mutable h, e = 1.0, 0.0

    {
        Returns =
            Array.init count (fun t ->
                h <- 0.05 + 0.05 * e * e + 0.7 * h + (if t > 0 then 0.2 * moves[t - 1] else 0.0)
                e <- sqrt h * z[t]
                0.1 + 0.3 * signal[t] + e)
        MeanRegressors = [| signal |]
        VarianceRegressors = [| moves |]
    }

let private write (folder: string) (name: string) (rows: int seq) : unit =
    File.WriteAllLines(
        Path.Combine(folder, name),
        Seq.append
            [ "ret,Signal,moves" ]
            (rows
             |> Seq.map (fun t ->
                 $"{data.Returns[t]:R},{data.MeanRegressors[0][t]:R},{data.VarianceRegressors[0][t]:R}"))
    )

let private numbers (name: string) (root: JsonElement) : float[] =
    [| for value in root.GetProperty(name).EnumerateArray() -> value.GetDouble() |]

let private ran (folder: string) (arguments: string list) : JsonElement =
    let answer = volforge folder (arguments @ [ "--json" ])
    Expect.equal answer.Code 0 answer.Error
    JsonDocument.Parse(answer.Output).RootElement

let private refused (folder: string) (code: int) (words: string list) (arguments: string list) : unit =
    let answer = volforge folder arguments
    Expect.equal answer.Code code answer.Error

    for word in words do
        Expect.stringContains answer.Error word "the reason"

let private both = [ "--returns"; "ret"; "--mean-regressors"; "Signal" ]

[<Tests>]
let suite =
    testList
        "volforge fit with regressors"
        [
            testCase
                "is the library's fit of the columns, in JSON, table and file; forecasts go on from the file"
                (fun () ->
                    withFolder (fun folder ->
                        write folder "all.csv" (seq { 0..899 })
                        write folder "before.csv" (seq { 0..879 })
                        write folder "after.csv" (seq { 880..899 })

                        let root =
                            ran
                                folder
                                ([ "fit"; "gjr(student-t;x(moves))"; "before.csv"; "--out"; "fit.json" ] @ both)

                        let spec = Expect.wantOk (GarchSpec.parseSpec "gjr(student-t)") "a spec"

                        let read =
                            {
                                Returns = data.Returns[..879]
                                MeanRegressors = data.MeanRegressors |> Array.map (Array.take 880)
                                VarianceRegressors = data.VarianceRegressors |> Array.map (Array.take 880)
                            }

                        let fit = Expect.wantOk (Garch.fit spec read) "the fit"
                        let errors = Expect.wantOk (GarchErrors.ofFit fit read) "errors"
                        let parameters = root.GetProperty "parameters"
                        let regressors = root.GetProperty "regressors"

                        for role, column in [ "mean", "Signal"; "variance", "moves" ] do
                            let named = (regressors.GetProperty role)[0]
                            Expect.equal (named.GetString()) column role

                        for index, name in List.indexed fit.Names do
                            let own = parameters[index]
                            Expect.equal (own.GetProperty("name").GetString()) name "name"
                            Expect.equal (own.GetProperty("estimate").GetDouble()) fit.Parameters[index] name

                            for word, kind in
                                [
                                    "hessian", GarchErrorKind.Hessian
                                    "outer_product", GarchErrorKind.OuterProduct
                                    "robust", GarchErrorKind.Robust
                                ] do
                                let found = own.GetProperty("standard_errors").GetProperty word
                                let expected = (GarchErrors.standard kind errors)[index]

                                if System.Double.IsFinite expected then
                                    Expect.equal (found.GetDouble()) expected $"{word} of {name}"
                                else
                                    Expect.equal found.ValueKind JsonValueKind.Null $"{word} of {name}"

                        // One day is known without a row of days ahead.
                        let struct (_, tomorrow) = Garch.ahead fit [| 0.0 |]
                        Expect.equal (numbers "variances_ahead" root) [| tomorrow |] "tomorrow"

                        // Days ahead of the whole file, and of the fit carried over its last days.
                        let forecast (arguments: string list) =
                            ran folder ([ "forecast"; "fit.json" ] @ arguments @ [ "--returns"; "ret" ])

                        let whole = forecast [ "all.csv"; "--hold-regressors"; "--days-ahead"; "2" ]

                        let appended =
                            forecast [ "after.csv"; "--append"; "--hold-regressors"; "--days-ahead"; "2" ]

                        let carried =
                            Seq.fold
                                (fun fit t ->
                                    Garch.appendWith
                                        [| data.MeanRegressors[0][t] |]
                                        [| data.VarianceRegressors[0][t] |]
                                        fit
                                        data.Returns[t])
                                fit
                                (seq { 880..899 })

                        let expected = Expect.wantOk (GarchForecast.analytic 2 carried) "a formula"

                        for found in [ whole; appended ] do
                            for day in 0..1 do
                                // The first day of the whole file starts from other means: forgotten over 900 days.
                                Expect.isLessThan
                                    (abs ((numbers "variances" found)[day] - expected[day]))
                                    (1e-6 * expected[day])
                                    $"day {day}"

                        // A row per day ahead: the second day's variance is the formula's of that row.
                        File.WriteAllLines(Path.Combine(folder, "future.csv"), [ "moves,Signal"; "4.5,0.5"; ",0.7" ])

                        let told =
                            forecast
                                [
                                    "after.csv"
                                    "--append"
                                    "--regressors-ahead"
                                    "future.csv"
                                    "--days-ahead"
                                    "2"
                                ]

                        let expected =
                            Expect.wantOk (GarchForecast.analyticWith [| [| 4.5 |] |] 2 carried) "a formula"

                        Expect.isLessThan
                            (abs ((numbers "variances" told)[1] - expected[1]))
                            (1e-9 * expected[1])
                            "told"

                        Expect.equal (told.GetProperty("regressors_ahead").GetString()) "future.csv" "which"

                        let quantiles (root: JsonElement) = (numbers "return_quantiles" root)[0]
                        // One seed: the first day's returns differ by their means alone, of rows 0.5 and the last.
                        let shift = fit.Parameters[1] * (0.5 - data.MeanRegressors[0][899])
                        Expect.isLessThan (abs (quantiles told - quantiles appended - shift)) 1e-9 "the mean's row"

                        let table =
                            volforge
                                folder
                                ([
                                    "fit"
                                    "garch(x(moves))"
                                    "before.csv"
                                    "--hold-regressors"
                                    "--days-ahead"
                                    "3"
                                 ]
                                 @ both)

                        for word in [ "x[1] Signal"; "pi[1] moves"; "variance ahead" ] do
                            Expect.stringContains table.Output word "the table"

                        // What is missing is told, by column and days.
                        refused
                            folder
                            2
                            [ "--regressors-ahead"; "moves of the first 2 days ahead" ]
                            ([ "fit"; "garch(x(moves))"; "before.csv"; "--days-ahead"; "3" ] @ both)

                        let go = [ "forecast"; "fit.json"; "all.csv"; "--returns"; "ret"; "--days-ahead" ]

                        refused
                            folder
                            2
                            [
                                "Signal of the first 3 days ahead"
                                "moves of the first 2 days ahead"
                                "--hold-regressors"
                            ]
                            (go @ [ "3" ])

                        refused folder 3 [ "rows of Signal" ] (go @ [ "3"; "--regressors-ahead"; "future.csv" ])

                        refused
                            folder
                            2
                            [ "both" ]
                            (go @ [ "2"; "--regressors-ahead"; "future.csv"; "--hold-regressors" ])))

            testCase "bars give their variance and columns of their file" (fun () ->
                withFolder (fun folder ->
                    File.WriteAllLines(Path.Combine(folder, "spx.csv"), firstDays 700)

                    let fit (measure: string list) (out: string) =
                        ran folder ([ "fit"; "garch(x(variance))"; "spx.csv"; "--out"; out ] @ measure)

                    let usual = fit [] "usual.json"

                    Expect.equal
                        (usual.GetProperty("regressors").GetProperty("measure").GetString())
                        "garman-klass"
                        "default"

                    let other = fit [ "--measure"; "parkinson" ] "other.json"

                    Expect.notEqual
                        (usual.GetProperty("log_likelihood").GetDouble())
                        (other.GetProperty("log_likelihood").GetDouble())
                        "another measure"

                    // The file says which measure it was.
                    let ahead = ran folder [ "forecast"; "other.json"; "spx.csv"; "--days-ahead"; "1" ]

                    Expect.equal
                        (numbers "variances" ahead)
                        (numbers "variances_ahead" other)
                        "filtered anew on the same days"

                    // Every day with a return and a value counts, beside its own.
                    let bars =
                        (Expect.wantOk (Ingest.bars Ingest.defaults (Path.Combine(folder, "spx.csv"))) "bars")
                            .Panel.Head

                    for measure in [ "parkinson"; "garman-klass-yang-zhang"; "yang-zhang:5" ] do
                        let series =
                            Expect.wantOk
                                (Range.parse measure |> Result.bind (fun kind -> Range.measure kind bars))
                                measure

                        let known = bars.Length - series.Length
                        let first = max 1 known

                        let read =
                            { GarchData.ofReturns ((Bars.returns bars)[first..] |> Array.map (fun log -> 100.0 * log)) with
                                VarianceRegressors =
                                    [|
                                        series.Values[first - known ..]
                                        |> Array.map (fun value -> 1e4 * Units.strip value)
                                    |]
                            }

                        let expected = Expect.wantOk (Garch.fit GarchSpec.defaults read) "a fit"
                        let found = fit [ "--measure"; measure; "--force" ] "measured.json"
                        Expect.equal (found.GetProperty("observations").GetInt32()) expected.Observations measure
                        let estimates = found.GetProperty "parameters"
                        let pi = estimates[4].GetProperty("estimate").GetDouble()
                        // In squared percent, which the likelihood doesn't tell.
                        Expect.isLessThan (abs (pi - expected.Parameters[4])) 1e-4 $"{measure}: pi"

                        Expect.isLessThan
                            (abs (found.GetProperty("log_likelihood").GetDouble() - expected.LogLikelihood))
                            1e-6
                            measure

                    let volume =
                        ran folder [ "fit"; "egarch(x(variance+volume))"; "spx.csv"; "--hold-regressors" ]

                    Expect.equal (volume.GetProperty("parameters").GetArrayLength()) 7 "two regressors"
                    refused folder 2 [ "vix"; "volume" ] [ "fit"; "garch(x(vix))"; "spx.csv" ]

                    refused
                        folder
                        2
                        [ "--measure" ]
                        [ "fit"; "garch(x(volume))"; "spx.csv"; "--measure"; "parkinson" ]))

            testCase "what has no meaning is refused by name" (fun () ->
                withFolder (fun folder ->
                    write folder "all.csv" (seq { 0..399 })

                    let fit (model: string) (arguments: string list) =
                        [ "fit"; model; "all.csv"; "--returns"; "ret" ] @ arguments

                    refused folder 2 [ "figarch" ] (fit "figarch(x(moves))" [])
                    refused folder 2 [ "told once" ] (fit "garch(student-t)" [ "--innovation"; "ged" ])
                    refused folder 2 [ "--hold-regressors" ] (fit "garch" [ "--hold-regressors" ])
                    refused folder 2 [ "different" ] (fit "garch" [ "--mean-regressors"; "Signal+Signal" ])
                    refused folder 2 [ "--presample" ] (fit "garch" [ "--presample"; "3" ])

                    for days in [ "0"; "-1"; "2000000000" ] do
                        refused
                            folder
                            2
                            [ "days ahead"; days ]
                            (fit "garch(x(moves))" [ "--hold-regressors"; "--days-ahead"; days ])

                    refused
                        folder
                        2
                        [ "--mean-regressors" ]
                        (fit "heavy" [ "--measure"; "moves"; "--mean-regressors"; "Signal" ])
                    // Squares of signals are positive, signals aren't.
                    refused folder 3 [ "negative" ] (fit "garch(x(Signal))" [])))

            testCase
                "simulate goes on from such a fit with rows told or kept, and tells a path that leaves the numbers"
                (fun () ->
                    withFolder (fun folder ->
                        write folder "all.csv" (seq { 0..899 })

                        ran folder [ "fit"; "garch(x(moves))"; "all.csv"; "--returns"; "ret"; "--out"; "x.json" ]
                        |> ignore

                        let fit =
                            Expect.wantOk
                                (GarchJson.toFit (File.ReadAllText(Path.Combine(folder, "x.json"))))
                                "the fit"

                        let expected =
                            Expect.wantOk
                                (GarchForecast.simulate
                                    { GarchForecast.simulation with
                                        Paths = 1
                                    }
                                    5
                                    (Rng.ofSeed 1L)
                                    fit)
                                "a path"

                        let held = ran folder [ "simulate"; "x.json"; "--days"; "5"; "--hold-regressors" ]
                        Expect.equal (numbers "variances" held) expected.Variances[0] "kept"
                        refused folder 2 [ "--regressors-ahead" ] [ "simulate"; "x.json"; "--days"; "5" ]
                        refused folder 2 [ "stored fit" ] [ "simulate"; "garch"; "--hold-regressors" ]

                        let store (name: string) (alpha: float) =
                            let plain =
                                Expect.wantOk
                                    (Garch.fit GarchSpec.defaults (GarchData.ofReturns data.Returns))
                                    "a fit"

                            let explosive =
                                { plain with
                                    Parameters = plain.Parameters |> Array.updateAt 2 alpha
                                    Diagnostics =
                                        { plain.Diagnostics with
                                            Persistence = alpha + plain.Parameters[3]
                                        }
                                }

                            File.WriteAllText(Path.Combine(folder, name), (GarchJson.ofFit explosive).ToJsonString())

                        store "explosive.json" 5.0
                        let short = volforge folder [ "simulate"; "explosive.json"; "--days"; "20" ]
                        Expect.equal short.Code 0 short.Error
                        Expect.stringContains short.Error "persistence" "a note"

                        refused
                            folder
                            1
                            [ "on day "; "fewer days" ]
                            [ "simulate"; "explosive.json"; "--days"; "5000"; "--out"; "drawn.csv" ]

                        Expect.isFalse (File.Exists(Path.Combine(folder, "drawn.csv"))) "nothing is written"))
        ]
