/// What a run compares where no model is named, by what its data allow.
module VolatilityForge.Tests.BaselinesTests

open System
open System.IO
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.MeasureTables
open VolatilityForge.Tests.RunFolders

/// A short run that trains next to nothing.
let private config: ExperimentConfig =
    ExperimentConfig.Default(5).WithRollingWindow(300).WithHorizons(1).WithSeeds(1L).WithEpochs(1)

let private whole: Lazy<History> = lazy (measured 83 330)

let private returns = "returns"

/// The columns that each model reads, written out.
let private needs: (string * string list) list =
    let positive, negative =
        HarMeasures.positiveSemivariance, HarMeasures.negativeSemivariance

    [
        "random-walk", []
        "ewma", []
        "har", []
        "harq", [ HarMeasures.quarticity ]
        "shar", [ positive; negative ]
        "log-har", []
        "log-har-leverage", [ returns ]
        "log-shar", [ negative ]
        "garch", [ returns ]
        "gjr", [ returns ]
        "realized-garch", [ returns ]
        "heavy", [ returns ]
        "transformer", []
    ]

let private columns: string list =
    [
        returns
        HarMeasures.quarticity
        HarMeasures.positiveSemivariance
        HarMeasures.negativeSemivariance
    ]

/// The history with these of the columns alone.
let private withColumns (kept: string list) (history: History) : History =
    { history with
        Returns =
            if List.contains returns kept then
                history.Returns
            else
                Array.zeroCreate history.Returns.Length
        Measures = history.Measures |> Map.filter (fun name _ -> List.contains name kept)
    }

let rec private subsets (items: 'a list) : 'a list list =
    match items with
    | [] -> [ [] ]
    | first :: rest ->
        let others = subsets rest
        others @ List.map (fun other -> first :: other) others

let private chosen (config: ExperimentConfig) (history: History) : Baselines =
    Expect.wantOk (Baselines.ofHistory config history) "the choice"

let private isCombination (name: string) : bool =
    name.StartsWith("equal-weight", StringComparison.Ordinal)

let private names (baselines: Baselines) : string list =
    baselines.Models |> List.filter (isCombination >> not)

[<Tests>]
let suite: Test =
    testList
        "baselines"
        [
            testCase "are the models whose columns the data have; the others are told with what they lack" (fun () ->
                for kept in subsets columns do
                    let baselines = whole.Value |> withColumns kept |> chosen config
                    let message = String.Join(", ", kept)

                    let expected, others =
                        needs
                        |> List.partition (fun (_, columns) -> List.isEmpty (List.except kept columns))

                    Expect.equal (names baselines) (List.map fst expected) message

                    Expect.equal
                        (baselines.LeftOut |> List.map (fun model -> model.Model, model.Lacks))
                        (others |> List.map (fun (name, columns) -> name, List.except kept columns))
                        message)

            testCase "have the mean of all that are fitted, networks apart, before the network" (fun () ->
                for kept in [ []; columns ] do
                    let baselines = whole.Value |> withColumns kept |> chosen config
                    let fitted = names baselines |> List.except [ "random-walk"; "ewma"; "transformer" ]
                    let all = String.Join("+", fitted)

                    Expect.equal
                        (baselines.Models |> List.skip (baselines.Models.Length - 2))
                        [ $"equal-weight({all})"; "transformer" ]
                        "the last two")

            testCase "leave out what a walk-forward would refuse, and nothing else" (fun () ->
                let forecaster = Models.forecaster Models.registry NeuralForecaster.unmonitored
                let long = measured 84 400

                for window in [ 200; 256; 300 ] do
                    for horizons in [ [| 1 |]; [| 1; 22 |] ] do
                        for kept in [ []; [ returns ]; columns ] do
                            let config = config.WithRollingWindow(window).WithHorizons horizons
                            let history = withColumns kept long
                            let baselines = chosen config history

                            let accepted (name: string) : bool =
                                let model = Expect.wantOk (forecaster config name) name

                                WalkForward.check (Experiment.walkForwardOf config) [ model ] [ history ]
                                |> Result.isOk

                            for name in baselines.Models do
                                Expect.isTrue (accepted name) $"{name}, {window} labels"

                            for model in baselines.LeftOut do
                                Expect.isFalse (accepted model.Model) $"{model.Model}, {window} labels")

            testCase "leave out models whose measure is missing or zero on a day" (fun () ->
                for hole in [ nan; 0.0; -1.0 ] do
                    let values = Array.copy whole.Value.Measures[HarMeasures.quarticity]
                    values[7] <- hole

                    let baselines =
                        whole.Value
                        |> History.withMeasure HarMeasures.quarticity values
                        |> Fault.orRaise
                        |> chosen config

                    Expect.equal
                        baselines.LeftOut
                        [
                            {
                                Model = "harq"
                                Lacks = [ "quarticity above 0 on every day" ]
                            }
                        ]
                        $"{hole}")

            testCase "have the config's baseline among them" (fun () ->
                let with' name =
                    (chosen (config.WithBaseline name) whole.Value).Models

                Expect.equal (with' "gjr") (chosen config whole.Value).Models "one of them"
                Expect.equal (with' "egarch") ("egarch" :: (chosen config whole.Value).Models) "another")

            testCase "are the models of a config that is given a history" (fun () ->
                let made = config.WithBaselines whole.Value
                Expect.equal made.Models (chosen config whole.Value).Models "models"
                Expect.isOk (made.Build()) "sound"

                Expect.throwsT<VolatilityForgeException>
                    (fun () -> config.WithClamp("never").WithBaselines whole.Value |> ignore)
                    "an unknown clamp")

            testCase "run on returns alone and on every column" (fun () ->
                for kept in [ [ returns ]; columns ] do
                    let history = withColumns kept whole.Value
                    let config = config.WithBaselines history
                    let result = Expect.wantOk (ExperimentRunner(config).Run history) "the run"
                    Expect.equal (result.Table.Rows |> List.map _.Model) config.Models "a row each"

                    for row in result.Table.Rows do
                        Expect.isTrue (Double.IsFinite row.Metrics.Qlike) row.Model)
            |> Needs.tensors
        ]

let private options =
    words "--window 300 --horizons 1 --members 1 --epochs 1 --out result"

[<Tests>]
let commandLine: Test =
    testList
        "volforge run without models"
        [
            testCase "compares the baselines that bars allow, and tells which need other data" (fun () ->
                withDays 330 (fun folder ->
                    let answer = done' (volforge folder ([ "run"; "spx.csv" ] @ options))

                    for name in
                        words
                            "random-walk ewma har log-har log-har-leverage garch gjr realized-garch heavy equal-weight(7) transformer" do
                        Expect.stringContains answer.Output ("  " + name + " ") "a row"

                    Expect.stringContains
                        answer.Output
                        "equal-weight(7) is equal-weight(har+log-har+log-har-leverage+garch+gjr+realized-garch+heavy)"
                        "what is in the mean"

                    Expect.stringContains
                        answer.Error
                        "left out for lack of quarticity: harq; of positive_sem"
                        "the note"))

            testCase "compares all of them on a file with every measure, and tells nothing" (fun () ->
                withFolder (fun folder ->
                    let history = whole.Value

                    let cell (day: int) (name: string) : string =
                        let values = history.Measures[name]
                        $"{values[day]:R}"

                    let header = String.Join(",", "date" :: "variance" :: "return" :: columns.Tail)

                    table header 330 (fun day ->
                        let measures = columns.Tail |> List.map (cell day)

                        String.Join(
                            ",",
                            $"{Units.strip history.Variance[day]:R}"
                            :: $"{history.Returns[day]:R}"
                            :: measures
                        ))
                    |> fun text -> File.WriteAllText(Path.Combine(folder, "m.csv"), text)

                    let answer =
                        done' (volforge folder ([ "run"; "m.csv"; "--return-column"; "return" ] @ options))

                    Expect.equal answer.Error "" "nothing is missing"

                    use json =
                        System.Text.Json.JsonDocument.Parse(read (Path.Combine(folder, "result")) "result.json")

                    Expect.equal
                        (tableRows json.RootElement
                         |> List.map _.GetProperty("model").GetString()
                         |> List.filter (isCombination >> not))
                        (List.map fst needs)
                        "models"))

            testCase "keeps to the models of a file of settings" (fun () ->
                withDays 330 (fun folder ->
                    write folder "settings.json" """{"models": ["har", "log-har"]}"""

                    let rows =
                        volforge folder ([ "run"; "spx.csv"; "--config"; "settings.json"; "--json" ] @ options)
                        |> done'
                        |> onlyJson
                        |> tableRows

                    Expect.equal (rows |> List.map _.GetProperty("model").GetString()) [ "har"; "log-har" ] "models"))

            testCase "tells combinations of as many members by their whole names" (fun () ->
                withDays 330 (fun folder ->
                    let first, second =
                        "equal-weight(random-walk+har+log-har)", "equal-weight(random-walk+ewma+log-har)"

                    let shown (models: string list) : string =
                        volforge
                            folder
                            ([ "run"; "spx.csv"; "--force"; "--models"; String.Join(",", models) ] @ options)
                        |> done'
                        |> _.Output

                    Expect.stringContains (shown [ "log-har"; first ]) $"equal-weight(3) is {first}" "one"
                    Expect.isFalse ((shown [ "log-har"; first; second ]).Contains "equal-weight(3)") "two"))

            testCase "compares what runs on any data where symbols are several, which have no notes" (fun () ->
                withFolder (fun folder ->
                    let lines = firstDays 330

                    let rows symbol =
                        lines.Tail |> List.map (fun line -> $"{symbol},{line}")

                    text ($"symbol,{lines.Head}" :: rows "A" @ rows "B") |> write folder "two.csv"

                    let answer = done' (volforge folder ([ "run"; "two.csv" ] @ options))
                    Expect.equal answer.Error "" "no note"
                    Expect.stringContains answer.Output "  transformer " "the network"
                    Expect.isFalse (answer.Output.Contains "garch") "no more"))
        ]
    |> Needs.tensors
