module VolatilityForge.Tests.HarNetTests

open System.Collections.Generic
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let private config: HarNetConfig = { Channels = 3; Dropout = 0.0 }

let private features = 5

/// The start's elements in float64, without a rounding to float32.
let private exact (initial: Initial) : Tensor =
    match initial with
    | Initial.Given(shape, elements) -> Ops.ofDoubles shape elements
    | other ->
        let _, values = Initial.values (Rng.ofSeed 5L) other
        Ops.ofDoubles (Initial.shape other) (Array.map float values)

let private history: Lazy<History> =
    lazy
        (let bars, _ = Market.simulated 460 3L

         Expect.wantOk
             (Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass bars)
             "the simulated market can be measured")

let private window = { First = 30; Last = 440 }

let private fitted (horizon: int) : LogHarFit =
    Expect.wantOk (LogHar.fit LogHar.defaults horizon history.Value window) "log-HAR fits"

let private start (horizon: int) (scaler: Scaler) : HarNetStart =
    let fit = fitted horizon

    {
        Intercept = fit.Regression.Intercept + fit.Correction
        Slopes = fit.Regression.Slopes
        Mean = scaler.Mean[0]
        Scale = scaler.Scale[0]
    }

/// Weights none of which is at its start.
let private drawn () : HarNet<Tensor> =
    let queue = Queue(Parameter.leaves (fun visit -> HarNet.map visit HarNet.names))

    HarNet.initial
        features
        config
        {
            Intercept = 0.0
            Slopes = [| 0.0; 0.0; 0.0 |]
            Mean = 0.0
            Scale = 1.0
        }
    |> HarNet.map (fun start ->
        draw ("harnet " + queue.Dequeue()) (Initial.shape start |> Array.map int |> List.ofArray)
        |> Ops.scale 0.5)

let private untrained: NetworkRecipe =
    Networks.harNet (ExperimentConfig.Default(5).WithHarNet config)

/// The ensemble that one fit would start from.
let private startEnsemble
    (options: NeuralOptions)
    (history: History)
    (window: Window)
    (horizon: int)
    : TrainedEnsemble =
    let scaler = Inputs.ofHistory history |> Inputs.fit window.First window.Last

    let coefficients =
        Expect.wantOk (LogHar.fit LogHar.defaults horizon history window) "log-HAR fits"
        |> LogHar.coefficients

    let context =
        Expect.wantOk (NeuralForecaster.context options scaler (Some coefficients)) "the device is there"

    {
        Model = options.Name
        Horizon = horizon
        FittedOn = history.Dates[window.Last]
        Scaler = scaler
        Base = coefficients
        Members =
            [
                for seed in options.Seeds ->
                    let network = options.Recipe.Make { context with Seed = seed }

                    try
                        {
                            Seed = seed
                            State = Trainer.ready
                            Weights = Network.state network
                        }
                    finally
                        Network.release network
            ]
    }

let private convolution =
    testList
        "causal convolution"
        [
            testCase "it is the sum over the kernel of dilated steps"
            <| scoped (fun () ->
                for dilation in [ 1; 2; 3 ] do
                    let x, weight = grid "x" [ 3; 13; 2 ], grid "weight" [ 5; 2; 7 ]

                    let expected =
                        Naive.create [ 3; 13 - 4 * dilation; 7 ] (fun place ->
                            let mutable sum = 0.0

                            for k in 0..4 do
                                for i in 0..1 do
                                    sum <-
                                        sum
                                        + x[[| place[0]; place[1] + k * dilation; i |]] * weight[[| k; i; place[2] |]]

                            sum)

                    nearGrid
                        roundingShare
                        (CausalConv.forward (int64 dilation) (tensor weight) (tensor x))
                        expected
                        $"dilation {dilation}")

            testCase "equal logits give the plain mean, two stacked ones the mean over both reaches"
            <| scoped (fun () ->
                let values = grid "mean" [ 2; 29 ]

                let zeros (count: int) =
                    Ops.ofDoubles [| int64 count |] (Array.zeroCreate count)

                let mean (span: int) =
                    Naive.create [ 2; 30 - span ] (fun place ->
                        Seq.averageBy (fun back -> values[[| place[0]; place[1] + back |]]) (seq { 0 .. span - 1 }))

                nearGrid roundingShare (CausalConv.mean 1L (zeros 5) (tensor values)) (mean 5) "a week"

                let month =
                    tensor values |> CausalConv.mean 1L (zeros 2) |> CausalConv.mean 2L (zeros 11)

                nearGrid roundingShare month (mean 22) "a month")

            testCase "a sequence shorter than the reach is refused"
            <| fun () ->
                let operation, axis, expected, found =
                    badShape (fun () -> CausalConv.forward 2L (draw "w" [ 11; 2; 3 ]) (draw "x" [ 3; 19; 2 ]))

                Expect.equal
                    (operation, axis, expected, found)
                    ("causal convolution", "time", "at least 21", "19")
                    "the fault"
        ]

let private network =
    testList
        "network"
        [
            testCase "untrained it is the log-HAR it starts from, to 1e-12 in float64"
            <| scoped (fun () ->
                let columns = Inputs.ofHistory history.Value
                let scaler = Inputs.fit window.First window.Last columns

                for horizon in [ 1; 5; 22 ] do
                    let start = start horizon scaler
                    let weights = HarNet.initial features config start |> HarNet.map exact

                    for day in [ 60; 233; 459 ] do
                        let x =
                            [|
                                for step in day - 21 .. day do
                                    for feature in 0 .. features - 1 ->
                                        (columns[feature][step] - scaler.Mean[feature]) / scaler.Scale[feature]
                            |]
                            |> Ops.ofDoubles [| 1L; 22L; int64 features |]

                        let found = HarNet.forward start.Scale Dropout.none weights x |> Ops.toFloat
                        let expected = LogHar.logForecast (fitted horizon) history.Value day
                        Expect.isLessThan (abs (found - expected)) 1e-12 $"horizon {horizon}, day {day}")

            testCase "it is the paper's cascade written as loops, from any weights"
            <| scoped (fun () ->
                let weights, scale = drawn (), 0.7
                let x = grid "harnet input" [ 3; 29; features ]
                let numbers (leaf: Tensor) = Ops.toDoubles leaf

                let softmax (logits: float[]) =
                    let powers = Array.map exp logits
                    Array.map (fun power -> power / Array.sum powers) powers

                let week, pair, month =
                    softmax (numbers weights.Week), softmax (numbers weights.Pair), softmax (numbers weights.Month)

                let silu value = value / (1.0 + exp -value)
                let near, nearBias = numbers weights.Near.Weight, numbers weights.Near.Bias
                let far, farBias = numbers weights.Far.Weight, numbers weights.Far.Bias
                let slopes, readout = numbers weights.Slopes, numbers weights.Readout
                let variance sample day = exp (scale * x[[| sample; day; 0 |]])

                let nearAt sample day channel =
                    let mutable sum = nearBias[channel]

                    for k in 0..1 do
                        for feature in 0 .. features - 1 do
                            sum <-
                                sum
                                + x[[| sample; day - 1 + k; feature |]]
                                  * near[(k * features + feature) * config.Channels + channel]

                    silu sum

                let farAt sample day channel =
                    let mutable sum = farBias[channel]

                    for k in 0..10 do
                        for from in 0 .. config.Channels - 1 do
                            sum <-
                                sum
                                + nearAt sample (day - 20 + 2 * k) from
                                  * far[(k * config.Channels + from) * config.Channels + channel]

                    silu sum

                let expected =
                    Naive.create [ 3; 8 ] (fun place ->
                        let sample, day = place[0], place[1] + 21

                        let weekly =
                            Seq.sum (seq { for k in 0..4 -> week[k] * variance sample (day - 4 + k) })

                        let monthly =
                            Seq.sum (
                                seq {
                                    for k in 0..10 do
                                        for j in 0..1 -> month[k] * pair[j] * variance sample (day - 21 + 2 * k + j)
                                }
                            )

                        (numbers weights.Intercept)[0]
                        + slopes[0] * log (variance sample day)
                        + slopes[1] * log weekly
                        + slopes[2] * log monthly
                        + Seq.sum (seq { for c in 0 .. config.Channels - 1 -> readout[c] * farAt sample day c }))

                nearGrid roundingShare (HarNet.sequence scale Dropout.none weights (tensor x)) expected "every day"

                let last = Naive.create [ 3 ] (fun place -> expected[[| place[0]; 7 |]])
                nearGrid roundingShare (HarNet.forward scale Dropout.none weights (tensor x)) last "the last day")

            testCase "what comes after a day changes nothing up to it, bit for bit"
            <| scoped (fun () ->
                let known = draw "prefix" [ 2; 31; features ]
                let changed = known.clone ()
                changed.narrow(1L, 27L, 4L).mul_((-3.0).ToScalar()) |> ignore
                let weights = drawn ()

                let answers x =
                    HarNet.sequence 1.0 Dropout.none weights x

                let before, after = answers known, answers changed
                let upTo (x: Tensor) = x.narrow (1L, 0L, 6L)
                Expect.equal (bits (upTo after)) (bits (upTo before)) "days 21 to 26"
                Expect.notEqual (bits after) (bits before) "the days after")

            testCase "its gradients are central differences"
            <| scoped (fun () ->
                let weights = drawn ()
                let x = draw "harnet gradient" [ 2; 23; features ]
                let leaves = Parameter.leaves (fun visit -> HarNet.map visit weights)
                let names = Parameter.leaves (fun visit -> HarNet.map visit HarNet.names)

                checkGradients
                    (fun tensors ->
                        let queue = Queue tensors
                        let moved = weights |> HarNet.map (fun _ -> queue.Dequeue())
                        HarNet.forward 0.7 Dropout.none moved x)
                    (List.zip names (leaves |> List.map _.clone())))

            testCase "fewer days than a month are refused"
            <| fun () ->
                let operation, axis, _, found =
                    badShape (fun () -> HarNet.forward 1.0 Dropout.none (drawn ()) (draw "short" [ 2; 19; features ]))

                Expect.equal (operation, axis, found) ("harnet", "time", "19") "the fault"

            testCase "the channels drop out by the generator and not without one"
            <| scoped (fun () ->
                let x = draw "harnet dropout" [ 3; 23; features ]

                let weights = drawn ()

                let answer generator =
                    HarNet.forward 1.0 { Rate = 0.5; Generator = generator } weights x |> bits

                use generator = new torch.Generator(3UL)
                Expect.notEqual (answer (Some generator)) (answer None) "something is dropped"
                Expect.equal (answer None) (answer None) "nothing is")
        ]

/// Inputs are rounded to float32 (6e-8 of up to 3 deviations), exp, ln and the sums lose a few more such roundings, and the
/// intercept, near 10, one of 1e-6.
let private forecastShare = 5e-6

let private forecaster =
    testList
        "forecaster"
        [
            testCase "untrained it forecasts what log-HAR forecasts, also while the base is refitted daily"
            <| fun () ->
                let history = history.Value

                let options =
                    { NeuralForecaster.options "harnet" untrained with
                        Seeds = [ 1L; 2L ]
                    }

                for horizon in [ 1; 5 ] do
                    let window = { First = 40; Last = 420 }
                    let ensemble = startEnsemble options history window horizon

                    let fitted =
                        Expect.wantOk (NeuralForecaster.ofEnsemble options ensemble history window) "it is restored"

                    let later = { First = 60; Last = 440 }

                    let renewed =
                        Expect.wantOk ((fitted :?> IUpdatable).Update(history, later)) "the base is refitted"

                    let expected window day =
                        LogHar.forecast
                            (Expect.wantOk (LogHar.fit LogHar.defaults horizon history window) "log-HAR fits")
                            history
                            day

                    for day in [ 420; 433; 459 ] do
                        let share found expected = abs (found / expected - 1.0)

                        Expect.isLessThan
                            (share (fitted.Forecast(history, day)) (expected window day))
                            forecastShare
                            $"day {day}, horizon {horizon}"

                        Expect.isLessThan
                            (share (renewed.Forecast(history, day)) (expected later day))
                            forecastShare
                            $"day {day}, horizon {horizon}, refitted"

            testCase "training lowers its training loss"
            <| fun () ->
                let told = ResizeArray<TrainedEnsemble>()

                let options =
                    { NeuralForecaster.options "harnet" untrained with
                        Seeds = [ 1L ]
                        Training =
                            { Loop.standard with
                                Limits = { Epochs = 5; Patience = None }
                                PeakRate = 5e-3
                            }
                    }

                let model =
                    NeuralForecaster.forecaster
                        { NeuralForecaster.unmonitored with
                            OnTrained = told.Add
                        }
                        options

                Expect.wantOk (model.Fit(history.Value, window, 1)) "it is trained" |> ignore

                let losses =
                    told[0].Members.Head.State.History
                    |> List.rev
                    |> List.tail
                    |> List.map _.TrainLoss

                Expect.isLessThan (List.last losses) (List.head losses) "the last epoch against the first"

            testCase "it needs a month of days, and a history to start from"
            <| fun () ->
                match ExperimentConfig.Default(5).WithModels("log-har", "harnet").WithSequenceLength(21).Build() with
                | Error(Fault.BadSetting("sequence length", _, "21")) -> ()
                | other -> failtestf "expected BadSetting, got %A" other

                let samples = Runs.samplesOf 97 23 2 (fun _ -> 1.0)

                match
                    ExperimentRunner(ExperimentConfig.Default(2).WithModel("harnet").WithSeeds(1L))
                        .Run(samples, samples, samples)
                with
                | Error(Fault.NotComputable("harnet", _, _)) -> ()
                | other -> failtestf "expected NotComputable, got %A" other
        ]

[<Tests>]
let suite = testList "harnet" [ convolution; network; forecaster ] |> Needs.tensors
