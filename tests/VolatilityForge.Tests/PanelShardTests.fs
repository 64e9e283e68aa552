/// Panel runs in parts: which part does what, joining, models told apart by more than their names.
module VolatilityForge.Tests.PanelShardTests

open System
open System.IO
open Expecto
open VolatilityForge

let private histories: Lazy<History list> =
    lazy
        (match Market.repositoryFile (Path.Combine("tests", "golden", "panel-input.csv")) with
         | Some path -> (Expect.wantOk (MeasureFile.read MeasureFile.defaults path) "the file is sound").Histories
         | None -> failtest "panel-input.csv is missing")

let private series: CommonSeries list =
    [
        {
            Name = "vix"
            Dates = histories.Value.Head.Dates
            Values =
                histories.Value.Head.Variance
                |> Array.mapi (fun day variance -> if day % 50 = 7 then nan else 1e4 * float variance)
        }
    ]

let private config: PanelConfig =
    { PanelConfig.defaults with
        Models = [ "log-har"; "eb-log"; "k3c-weighted"; "panel" ]
        Horizons = [ 1; 5 ]
        Common = [ "vix" ]
        WarmUp = 300
    }

let private run (config: PanelConfig) : PanelResult =
    Expect.wantOk (PanelExperiment.run config 2 PanelWalkForward.unmonitored series histories.Value) "a run"

let private whole: Lazy<PanelResult> = lazy (run config)

/// The files of a run in so many shards, in a folder that is removed.
let private inShards (count: int) (config: PanelConfig) (use': string list -> unit) : unit =
    let folder = Directory.CreateTempSubdirectory("volforge-").FullName

    try
        [
            for number in 1..count ->
                let shard = { Number = number; Count = count }
                let path = ShardSet.path folder shard

                Expect.wantOk
                    (PanelShards.run config 2 PanelWalkForward.unmonitored shard path series histories.Value)
                    $"shard {number}"

                path
        ]
        |> use'
    finally
        Directory.Delete(folder, true)

let private read (paths: string list) : UnitFile list =
    Expect.wantOk (ShardSet.read paths) "the files"

/// EB-log of a prior, registered under one name whatever the prior.
let private registered (prior: float) : PanelRegistry =
    Registry.add
        "own"
        (fun extra ->
            EbLog.forecaster
                { PanelRegression.defaults with
                    Name = "own"
                    Features = PanelRegression.defaults.Features @ extra
                    Shrinkage = Shrinkage.ToPooled prior
                })
        PanelModels.registry

[<Tests>]
let suite =
    testList
        "Shards of panels"
        [
            testCase "any number of parts joined in any order give the bits of one run"
            <| fun () ->
                for count in [ 1; 3 ] do
                    inShards count config (fun paths ->
                        let joined =
                            Expect.wantOk (PanelShards.merge 2 (read (List.rev paths))) $"{count} parts"

                        Expect.equal joined whole.Value $"{count} parts")

            testCase "a part keeps the common series that its settings name, in their order"
            <| fun () ->
                let named (name: string) (factor: float) =
                    { series.Head with
                        Name = name
                        Values = series.Head.Values |> Array.map (fun value -> factor * value)
                    }

                let vix, rates, oil = named "vix" 1.0, named "rates" 2.0, named "oil" 3.0

                let config =
                    { config with
                        Models = [ "eb-log" ]
                        Baseline = "eb-log"
                        Horizons = [ 1 ]
                        Common = [ "vix"; "rates" ]
                    }

                let folder = Directory.CreateTempSubdirectory("volforge-").FullName

                try
                    let path = Path.Combine(folder, "part.safetensors")

                    Expect.wantOk
                        (PanelShards.run
                            config
                            1
                            PanelWalkForward.unmonitored
                            Shard.whole
                            path
                            [ oil; rates; vix ]
                            histories.Value)
                        "a shard"

                    let straight =
                        PanelExperiment.run config 1 PanelWalkForward.unmonitored [ vix; rates ] histories.Value

                    Expect.equal (PanelShards.merge 1 (read [ path ])) straight "one run"
                finally
                    Directory.Delete(folder, true)

            testCase "a part does its own units alone, each unit is in one part, models of one symbol go by symbol"
            <| fun () ->
                inShards 3 config (fun paths ->
                    let unitsOf (file: UnitFile) =
                        file.Parts
                        |> List.map (fun part ->
                            part.Result.Unit.Model, part.Result.Unit.Horizon, part.Result.Unit.Symbol)

                    let parts = read paths |> List.map unitsOf
                    let all = List.concat parts
                    Expect.equal (List.distinct all).Length all.Length "each once"

                    for units in parts do
                        let symbols model horizon =
                            units
                            |> List.filter (fun (name, days, _) -> name = model && days = horizon)
                            |> List.length

                        Expect.equal (symbols "log-har" 1) 2 "two of six symbols"
                        Expect.contains [ 0; 6 ] (symbols "panel" 1) "all symbols or none")

            testCase "a missing part, a part of other settings, parts of other models and networks are faults"
            <| fun () ->
                inShards 2 config (fun paths ->
                    Expect.isError (ShardSet.read [ paths.Head ]) "one of two"

                    inShards 2 { config with RefitEvery = 30 } (fun others ->
                        Expect.isError (ShardSet.read [ paths[0]; others[1] ]) "of two runs")

                    let reduced =
                        read paths
                        |> List.map (fun file ->
                            { file with
                                Parts = file.Parts |> List.filter (fun part -> part.Result.Unit.Symbol <> "C")
                            })

                    Expect.isError (PanelShards.merge 1 reduced) "units that are missing")

                let shard = Shard.whole

                match
                    PanelShards.run
                        { config with
                            Models = [ "log-har"; "panel-mlp" ]
                        }
                        1
                        PanelWalkForward.unmonitored
                        shard
                        "never.safetensors"
                        series
                        histories.Value
                with
                | Error fault -> Expect.stringContains (Fault.describe fault) "shard" "networks"
                | Ok() -> failtest "networks in shards"

            testCase "a model registered anew under its name neither joins nor resumes tracks of the other"
            <| fun () ->
                let config =
                    { config with
                        Models = [ "own" ]
                        Baseline = "own"
                        Horizons = [ 1 ]
                    }

                let folder = Directory.CreateTempSubdirectory("volforge-").FullName

                try
                    let path = Path.Combine(folder, "part.safetensors")

                    Expect.wantOk
                        (PanelShards.runWith
                            (registered 100.0)
                            config
                            1
                            PanelWalkForward.unmonitored
                            Shard.whole
                            path
                            series
                            histories.Value)
                        "a shard"

                    Expect.isOk (PanelShards.mergeWith (registered 100.0) 1 (read [ path ])) "the same model"
                    Expect.isError (PanelShards.mergeWith (registered 5000.0) 1 (read [ path ])) "another"

                    let kept (prior: float) =
                        Expect.wantOk
                            (PanelExperiment.runWith
                                (registered prior)
                                config
                                1
                                { PanelWalkForward.unmonitored with
                                    Recall = PanelJournal.recall folder
                                    Keep = PanelJournal.keep folder
                                }
                                series
                                histories.Value)
                            "a run"

                    let forecasts (result: PanelResult) = result.Tracks |> List.map _.Forecast
                    let light = kept 100.0
                    let firm = kept 5000.0
                    Expect.notEqual (forecasts firm) (forecasts light) "the other's own forecasts"
                    Expect.equal (kept 5000.0) firm "and recalled"
                finally
                    Directory.Delete(folder, true)

            testCase "losses by fit are those of the days between fits, and add up to the whole"
            <| fun () ->
                let result = whole.Value

                for model, horizon in [ "eb-log", 1; "panel", 5 ] do
                    let tracks =
                        result.Tracks
                        |> List.filter (fun track -> track.Model = model && track.Horizon = horizon)

                    let cells =
                        result.ByRefit
                        |> List.filter (fun cell -> cell.Model = model && cell.Horizon = horizon)

                    let dates =
                        cells |> List.map (fun cell -> DateOnly.ParseExact(cell.Part, "yyyy-MM-dd"))

                    Expect.equal dates (List.sort dates) "in order of time"
                    Expect.equal (cells |> List.sumBy _.Forecasts) (tracks |> List.sumBy _.Dates.Length) "every day"

                    let first, next = dates[1], dates[2]

                    let expected =
                        tracks
                        |> List.choose (fun track ->
                            match
                                [
                                    for day in 0 .. track.Dates.Length - 1 do
                                        if track.Dates[day] >= first && track.Dates[day] < next then
                                            Loss.qlike track.Forecast[day] track.Realised[day]
                                ]
                            with
                            | [] -> None
                            | losses -> Some(List.average losses))
                        |> List.average

                    Expect.isLessThan (abs (cells[1].Qlike - expected)) 1e-12 $"{model} at {first}"
        ]
