module VolatilityForge.Tests.NeuralForecasterTests

open System.Threading
open Expecto
open VolatilityForge

let private history (days: int) (seed: int64) : History =
    let bars, _ = Market.simulated days seed

    Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass bars
    |> fun result -> Expect.wantOk result "the simulated market can be measured"

let private sizes =
    { TransformerConfig.small with
        Dim = 8
        Depth = 1
        Heads = 2
        KvHeads = 1
    }

let private recipe: NetworkRecipe =
    NetworkRecipe.residual (fun context ->
        VolatilityTransformer.Create(context.Features, sizes, Precision.Float32, context.Device, context.Rng))

let private options: NeuralOptions =
    { NeuralForecaster.options "transformer" recipe with
        Time = 5
        Seeds = [ 1L; 2L ]
        RefitEvery = 40
        Training =
            { Loop.standard with
                Limits = { Epochs = 2; Patience = None }
            }
    }

let private walk: WalkForwardConfig =
    { WalkForwardConfig.defaults with
        Window = WindowRule.Rolling 350
        Horizons = [ 1; 5 ]
    }

let private run (models: IForecaster list) (history: History) : ForecastTrack list =
    Expect.wantOk (WalkForward.run walk ignore CancellationToken.None models history) "the walk-forward runs"

let private trained: IForecaster =
    NeuralForecaster.forecaster NeuralForecaster.unmonitored options

/// The ensemble as it stands before any training.
let private untrainedEnsemble (history: History) (horizon: int) : TrainedEnsemble =
    let features = Inputs.ofHistory history
    let scaler = Inputs.fit Inputs.lookBack (History.length history - 1) features

    let context =
        Expect.wantOk (NeuralForecaster.context options scaler None) "the device is there"

    {
        Model = "untrained"
        Horizon = horizon
        FittedOn = history.Dates[0]
        Scaler = scaler
        Base =
            {
                Intercept = nan
                Slopes = [||]
                Correction = nan
            }
        Members =
            [
                for seed in options.Seeds ->
                    {
                        Seed = seed
                        State = Trainer.ready
                        Weights = Network.state (recipe.Make { context with Seed = seed })
                    }
            ]
    }

let private untrained: IForecaster =
    { new IForecaster with
        member _.Name = "untrained"
        member _.RefitEvery = 40
        member _.MinimumDays horizon = trained.MinimumDays horizon

        member _.Fit(history, window, horizon) =
            NeuralForecaster.ofEnsemble options (untrainedEnsemble history horizon) history window
    }

[<Tests>]
let suite =
    testList
        "neural forecaster"
        [
            testCase "with untrained weights it forecasts what log-HAR forecasts, to the last bit"
            <| fun () ->
                let tracks = run [ LogHar.forecaster LogHar.defaults; untrained ] (history 460 1L)

                for horizon in walk.Horizons do
                    let forecast name =
                        (tracks |> List.find (fun track -> track.Model = name && track.Horizon = horizon)).Forecast

                    Expect.sequenceEqual (forecast "untrained") (forecast "log-har") $"horizon {horizon}"

            testCase "training moves it away from log-HAR"
            <| fun () ->
                let tracks = run [ LogHar.forecaster LogHar.defaults; trained ] (history 460 1L)

                let gap =
                    Array.map2 (fun a b -> abs (a / b - 1.0)) tracks[0].Forecast tracks[1].Forecast
                    |> Array.max

                Expect.isGreaterThan gap 1e-6 "at least one forecast differs"

            testCase "nothing dated after a day changes a forecast made that day, bit for bit"
            <| fun () ->
                let known = history 460 2L
                let cut = 420

                let changed =
                    { known with
                        Variance = known.Variance |> Array.mapi (fun day v -> if day > cut then 7.0 * v else v)
                        Returns = known.Returns |> Array.mapi (fun day r -> if day > cut then -3.0 * r else r)
                    }

                let upToCut (track: ForecastTrack) =
                    Array.zip track.Origins track.Forecast
                    |> Array.filter (fun (origin, _) -> origin <= cut)

                for before, after in List.zip (run [ trained ] known) (run [ trained ] changed) do
                    Expect.isGreaterThan (upToCut before).Length 10 "there are forecasts before the cut"
                    Expect.sequenceEqual (upToCut after) (upToCut before) $"horizon {before.Horizon}"

            testCase "a history that ends earlier gives the same forecasts, bit for bit"
            <| fun () ->
                let whole = history 460 2L
                let long, short = run [ trained ] whole, run [ trained ] (History.upTo 430 whole)

                for long, short in List.zip long short do
                    Expect.sequenceEqual
                        long.Forecast[.. short.Forecast.Length - 1]
                        short.Forecast
                        $"horizon {long.Horizon}"

            testCase "the same seeds give the same bits, other seeds others"
            <| fun () ->
                let market = history 440 3L

                let forecasts options =
                    (run [ NeuralForecaster.forecaster NeuralForecaster.unmonitored options ] market).Head.Forecast

                let first = forecasts options
                Expect.sequenceEqual (forecasts options) first "again"

                Expect.notEqual (forecasts { options with Seeds = [ 8L; 9L ] }) first "with other seeds"

            testCase "the monitor is told every fit with every member's history"
            <| fun () ->
                let told = ResizeArray<TrainedEnsemble>()

                let monitor =
                    { NeuralForecaster.unmonitored with
                        OnTrained = told.Add
                    }

                let tracks = run [ NeuralForecaster.forecaster monitor options ] (history 460 1L)
                Expect.equal told.Count (tracks |> List.sumBy _.Refits) "one notice per fit"

                for ensemble in told do
                    Expect.equal (ensemble.Members |> List.map _.Seed) options.Seeds "a member per seed"

                    for trained in ensemble.Members do
                        Expect.equal
                            (trained.State.History |> List.map _.Epoch)
                            [ 2; 1; 0 ]
                            "every epoch, untrained first"

            testCase "no training label reaches a validation day, and no label the day after the window"
            <| fun () ->
                for horizon in [ 1; 5; 22 ] do
                    let window = { First = 50; Last = 449 }

                    let training, validation =
                        NeuralForecaster.split options horizon window (fun _ -> true)

                    Expect.isLessThan (Array.max training + horizon) (Array.min validation) $"the gap at {horizon}"
                    Expect.equal (Array.max validation + horizon) window.Last $"the last label at {horizon}"
                    Expect.isGreaterThanOrEqual (Array.min training) window.First $"the first row at {horizon}"

            testCase "cancellation ends the walk-forward with its own fault"
            <| fun () ->
                use source = new CancellationTokenSource()

                let monitor =
                    { NeuralForecaster.unmonitored with
                        Callbacks = [ fun _ _ -> source.Cancel() ]
                        Cancellation = source.Token
                    }

                match
                    (NeuralForecaster.forecaster monitor options).Fit(history 460 1L, { First = 21; Last = 380 }, 1)
                with
                | Error(Fault.Cancelled _) -> ()
                | other -> failtestf "expected Cancelled, got %A" other

            testCase "a window without enough labels is refused with the number needed"
            <| fun () ->
                match trained.Fit(history 460 1L, { First = 21; Last = 120 }, 1) with
                | Error(Fault.TooShort(_, needed, found)) -> Expect.isLessThan found needed "found and needed"
                | other -> failtestf "expected TooShort, got %A" other

            testCase "settings outside their domain are all named"
            <| fun () ->
                let wrong =
                    { options with
                        Time = 0
                        Seeds = []
                        Gain = 1.5
                    }

                match NeuralForecaster.check wrong with
                | Error fault -> Expect.equal (Fault.flatten fault).Length 3 "three faults"
                | Ok _ -> failtest "nothing was found wrong"
        ]
    |> Needs.tensors
