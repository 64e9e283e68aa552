/// Features against pandas, numpy and scipy: tests/golden/features.csv, written by features.py beside it.
module VolatilityForge.Tests.FeatureGoldenTests

open System
open System.IO
open Expecto
open VolatilityForge

let private golden: Lazy<Frame> =
    lazy
        (match Market.repositoryFile "tests/golden/features.csv" with
         | None -> invalidOp "tests/golden/features.csv is missing"
         | Some path ->
             // The first line tells the provenance.
             let text = String.Join("\n", File.ReadAllLines(path)[1..])

             FrameCsv.readText TableOptions.Default path (new StringReader(text))
             |> Fault.orRaise
             |> fst
             |> List.exactlyOne)

let private spec (feature: string) (columns: string list) (settings: (string * float) list) : FeatureSpec =
    {
        Feature = feature
        Columns = columns
        Settings = Map.ofList settings
    }

let private seven = [ "window", 7.0 ]

let private specs: FeatureSpec list =
    [
        for name in
            [
                "mid"
                "spread"
                "relative-spread"
                "microprice"
                "queue-imbalance"
                "liquidity-score"
                "order-flow-event"
                "order-flow-imbalance"
                "effective-spread"
                "trade-sign"
            ] do
            spec name [] []
        spec "order-flow-imbalance" [] [ "minutes", 5.0 ]
        spec "order-flow-window" [] seven
        spec "realised-spread" [] [ "trades", 3.0 ]
        spec "price-impact" [] [ "trades", 3.0 ]
        spec "amihud" [] seven
        spec "kyle-lambda" [ "price"; "flow" ] seven
        spec "roll" [] seven
        spec "corwin-schultz" [] seven
        spec "log" [ "x" ] []
        spec "signed-power" [ "signed" ] [ "exponent", 0.7 ]
        for name in [ "mean"; "deviation"; "z-score"; "rank"; "largest"; "smallest" ] do
            spec name [ "x" ] seven
        spec "quantile" [ "x" ] [ "window", 7.0; "share", 0.3 ]
        for name in [ "lag"; "difference"; "log-return" ] do
            spec name [ "x" ] [ "rows", 3.0 ]
        spec "ewma" [ "x" ] []
        spec "har" [ "x" ] []
    ]

let private learning: FeatureSpec list =
    [
        for name in [ "standardise"; "winsorise"; "box-cox"; "quantile-normal"; "spline" ] do
            spec name [ "x" ] []
        spec "yeo-johnson" [ "signed" ] []
    ]

/// Rounding of pandas' running sums, in the unit of the values.
let private tolerance = 2e-9

let private agrees (golden: Frame) (transformed: Frame) : unit =
    for name in transformed.Names do
        match Frame.tryColumn name golden with
        // Of the trade signs' second output and HAR's first there is nothing to compare.
        | None -> Expect.contains [ "tick_sign"; "har_1(x)" ] name "outputs without a golden column"
        | Some expected ->
            let actual = Expect.wantOk (Frame.column name transformed) name

            for row in 0 .. golden.Length - 1 do
                let both = Double.IsNaN expected[row] && Double.IsNaN actual[row]

                let close =
                    abs (expected[row] - actual[row]) <= tolerance * max 1.0 (abs expected[row])

                if not (both || close) then
                    failtest $"{name}, row {row}: {expected[row]:R} expected, {actual[row]:R} found"

let private sources =
    [
        "bid"
        "ask"
        "bid_size"
        "ask_size"
        "close"
        "high"
        "low"
        "volume"
        "price"
        "flow"
        "x"
        "signed"
    ]

[<Tests>]
let suite: Test =
    testList
        "features: golden"
        [
            testCase "what learns nothing agrees with pandas" (fun () ->
                let source = Expect.wantOk (Frame.select sources golden.Value) "columns"
                let pipeline = FeaturePipeline.Empty.Add specs
                agrees golden.Value (Expect.wantOk (pipeline.FitTransform source) "transformed"))

            testCase "what learns from the first 200 rows agrees with scipy and numpy" (fun () ->
                let source = Expect.wantOk (Frame.select sources golden.Value) "columns"

                let fitted =
                    Expect.wantOk (FeaturePipeline.Empty.Add(learning).Fit(Frame.rows 0 199 source)) "fitted"

                agrees golden.Value (Expect.wantOk (fitted.Transform source) "transformed"))
        ]
