/// Pipelines: what steps stand for, fitting, JSON, faults, one's own steps.
module VolatilityForge.Tests.FeaturePipelineTests

open System
open System.Text.RegularExpressions
open Expecto
open VolatilityForge

let private rows = 400

let private quotes: Frame =
    FeatureFrames.frame 21L rows 0
    |> Frame.select [ "bid"; "ask"; "bid_size"; "ask_size" ]
    |> fun frame -> Expect.wantOk frame "quotes"

let private whole: FeaturePipeline =
    FeaturePipeline.Empty
        .AddMicrostructure()
        .AddNonlinearTransforms(
            {
                Columns = [ "spread"; "depth" ]
                Apply =
                    [
                        FeatureSpec.create "z-score" |> FeatureSpec.set "window" 9.0
                        FeatureSpec.create "spline"
                        FeatureSpec.create "weekday"
                    ]
            }
        )
        .AddInteractions(
            {
                Columns = [ "spread"; "queue_imbalance" ]
                Rule = InteractionRule.Polynomial 2
            }
        )

let private fit (pipeline: FeaturePipeline) (frame: Frame) : FittedPipeline =
    Expect.wantOk (pipeline.Fit frame) "fitted"

let private columns (frame: Frame) : (string * int64[]) list =
    frame.Names
    |> List.map (fun name ->
        name,
        Expect.wantOk (Frame.column name frame) name
        |> Array.map BitConverter.DoubleToInt64Bits)

let private fault (result: Result<'a, Fault>) : Fault =
    match result with
    | Ok _ -> failtest "a fault was expected"
    | Error fault -> fault

[<Tests>]
let suite: Test =
    testList
        "features: pipeline"
        [
            testCase "names say what each column is, steps seeing what steps before made" (fun () ->
                let fitted = fit whole quotes

                let expected =
                    [
                        "mid"
                        "spread"
                        "relative_spread"
                        "microprice"
                        "queue_imbalance"
                        "empty_book"
                        "depth"
                        "liquidity_score"
                        "order_flow_event"
                        "order_flow_imbalance"
                        "order_flow_window_100"
                        "z-score_9(spread)"
                        "z-score_9(depth)"
                        "spline_1(spread)"
                        "spline_2(spread)"
                        "spline_1(depth)"
                        "spline_2(depth)"
                        "weekday_sin"
                        "weekday_cos"
                        "spread^2"
                        "spread*queue_imbalance"
                        "queue_imbalance^2"
                    ]

                Expect.equal fitted.Names expected "names"
                Expect.equal fitted.Inputs [ "bid"; "ask"; "bid_size"; "ask_size" ] "inputs"
                let lines = fitted.Explain()
                Expect.equal (lines |> List.map _.Name) expected "a line each"

                let unitOf name =
                    (lines |> List.find (fun line -> line.Name = name)).Unit

                Expect.equal (unitOf "spread^2") "price^2" "unit of a square"
                Expect.equal (unitOf "depth") "quantity" "unit of depth"
                Expect.equal (unitOf "z-score_9(depth)") "1" "unit of a z-score"
                Expect.equal fitted.Memory 100 "memory"
                let kept = fit (whole.WithInputs()) quotes
                Expect.equal kept.Names (quotes.Names @ expected) "with inputs")

            testCase "fit, then transform, is fit-transform; any number of threads gives the same bits" (fun () ->
                let fitted = fit whole quotes
                let first = Expect.wantOk (fitted.Transform quotes) "transformed"
                let second = Expect.wantOk (whole.FitTransform quotes) "fit-transformed"
                let threaded = Expect.wantOk (fitted.Transform(quotes, 3)) "threads"
                Expect.equal (columns second) (columns first) "fit-transform"
                Expect.equal (columns threaded) (columns first) "threads")

            testCase "levels of a book are found, and features over them all" (fun () ->
                let level (at: int) =
                    FeatureFrames.columns (int64 at) rows 0 1.0 1.0
                    |> List.filter (fun (name, _) -> List.contains name quotes.Names)
                    |> List.map (fun (name, values) -> (if at = 1 then name else $"{name}_{at}"), values)

                let book =
                    Expect.wantOk (Frame.create "" (FeatureFrames.index rows) (List.collect level [ 1; 2; 3 ])) "book"

                let fitted = fit (FeaturePipeline.Empty.AddMicrostructure()) book

                for name in [ "spread_3"; "order_flow_event_2"; "multi_level_order_flow_3" ] do
                    Expect.contains fitted.Names name name)

            testCase "a recipe is read back to the same recipe, and its fit to the same bits" (fun () ->
                let text = PipelineJson.toText whole
                let read = Expect.wantOk (PipelineJson.ofText [] text) "recipe"
                Expect.equal (PipelineJson.toText read) text "the text of what was read"
                let fitted = fit whole quotes
                let kept = PipelineJson.fittedToText fitted
                let again = Expect.wantOk (PipelineJson.fittedOfText [] kept) "fitted recipe"
                Expect.equal (PipelineJson.fittedToText again) kept "the text of the fit that was read"
                Expect.equal (again.Explain()) (fitted.Explain()) "explained"

                Expect.equal
                    (columns (Expect.wantOk (again.Transform quotes) "read"))
                    (columns (Expect.wantOk (fitted.Transform quotes) "fitted"))
                    "values")

            testCase "what was learned is kept to the last bit" (fun () ->
                let spec = FeatureSpec.create "standardise" |> FeatureSpec.columns [ "bid" ]
                let fitted = fit (FeaturePipeline.Empty.Add [ spec ]) quotes

                let read =
                    Expect.wantOk (PipelineJson.fittedOfText [] (PipelineJson.fittedToText fitted)) "read"

                Expect.equal read.Features.Head.Learned fitted.Features.Head.Learned "mean and deviation")

            testCase "the week begins on Monday, at sine 0 and cosine 1" (fun () ->
                let week =
                    Expect.wantOk (Frame.create "" [| DateTime(2024, 1, 1); DateTime(2024, 1, 2) |] []) "a Monday"

                let values =
                    Expect.wantOk (FeatureRegistry.apply (FeatureSpec.create "weekday") week) "weekday"

                Expect.equal (values |> List.map (fun (_, column) -> column[0])) [ 0.0; 1.0 ] "Monday"
                let sines = snd values.Head
                Expect.floatClose Accuracy.veryHigh sines[1] (sin (2.0 * Math.PI / 7.0)) "Tuesday")

            testCase "one's own feature is three lines, causal like the others, and named in the recipe" (fun () ->
                let own =
                    CustomFeature.windowed "range" [ "bid" ] 3 (fun last -> Array.max last[0] - Array.min last[0])

                let pipeline = FeaturePipeline.Empty.Add own
                let fitted = fit pipeline quotes

                let values =
                    Expect.wantOk (FeaturePipeline.transform fitted quotes |> Result.bind (Frame.column "range")) "own"

                let bid = Expect.wantOk (Frame.column "bid" quotes) "bid"
                Expect.isTrue (Double.IsNaN values[1]) "before there are three"
                Expect.equal values[9] (Array.max bid[7..9] - Array.min bid[7..9]) "row 9"
                let text = PipelineJson.fittedToText fitted
                Expect.isOk (PipelineJson.fittedOfText [ own ] text) "with its definition"

                match fault (PipelineJson.fittedOfText [] text) with
                | Fault.UnknownName("feature", "range", known) -> Expect.contains known "spread" "known names"
                | other -> failtestf "%A" other)

            testCase
                "recursions and one's own features go from the first row to the last in one kernel, whatever the threads"
                (fun () ->
                    let rows = 20_000

                    let frame =
                        Frame.create
                            ""
                            (Array.init rows (fun row -> DateTime(2024, 1, 1).AddSeconds(float row)))
                            [ "x", Array.init rows float; "y", Array.init rows float ]
                        |> fun made -> Expect.wantOk made "long"

                    for family, recursive in [ FeatureFamily.Nonlinear, true; FeatureFamily.Custom, false ] do
                        let definition =
                            { Feature.define "own" family "" "x" with
                                Roles = [ Feature.role "x" None ]
                                Outputs = fun _ _ -> [ { Name = "own"; Unit = None } ]
                                Memory = fun _ -> 1
                                Recursive = recursive
                                Kernel =
                                    fun _ _ ->
                                        let next = ref 0

                                        fun rows outputs ->
                                            if rows.First <> next.Value then
                                                failtest $"row {rows.First} came where {next.Value} was due"

                                            Array.Copy(
                                                rows.Columns[0],
                                                rows.First,
                                                outputs[0],
                                                rows.First,
                                                rows.Last - rows.First + 1
                                            )

                                            next.Value <- rows.Last + 1
                            }

                        let pipeline =
                            FeaturePipeline.Empty.Knowing(definition).Add
                                [
                                    FeatureSpec.create "own"
                                    FeatureSpec.create "log" |> FeatureSpec.columns [ "y" ]
                                ]

                        let fitted = fit pipeline frame
                        Expect.isOk (fitted.Transform(frame, 4)) $"{family}")

            testCase "one's own feature that raises raises the same on any number of threads" (fun () ->
                let picky = ref false

                let own =
                    CustomFeature.rowwise "picky" [ "bid" ] (fun row ->
                        if picky.Value then
                            invalidArg "bid" "not this one"
                        else
                            row[0])

                let fitted = fit (FeaturePipeline.Empty.Add own) quotes
                picky.Value <- true

                for threads in [ 1; 2 ] do
                    let raised =
                        try
                            fitted.Transform(quotes, threads) |> ignore
                            None
                        with error ->
                            Some(error.GetType(), error.Message)

                    Expect.equal
                        raised
                        (Some(typeof<ArgumentException>, ArgumentException("not this one", "bid").Message))
                        $"{threads} threads")

            testCase "what learns says how much" (fun () ->
                let frame = FeatureFrames.frame 31L rows 0

                for definition, spec in FeatureFrames.specs do
                    match definition.Fit with
                    | None -> Expect.isNone (definition.Learns spec) definition.Name
                    | Some _ ->
                        let frame =
                            Expect.wantOk (Frame.select (List.distinct spec.Columns) frame) "columns"

                        let learned = (fit (FeaturePipeline.Empty.Add [ spec ]) frame).Features.Head.Learned
                        Expect.equal (definition.Learns spec) (Some learned.Length) definition.Name)

            testCase "combinations beyond reason are counted and refused, thousands made in no time" (fun () ->
                let names = List.init 24 (fun at -> $"x{at}")

                let wide =
                    names
                    |> List.mapi (fun at name -> name, Array.init 5 (fun row -> float (at + row)))
                    |> Frame.create "" (Array.init 5 (fun day -> DateTime(2024, 1, 1).AddDays(float day)))
                    |> fun made -> Expect.wantOk made "wide"

                let interactions degree =
                    FeaturePipeline.Empty.AddInteractions
                        {
                            Columns = names
                            Rule = InteractionRule.Polynomial degree
                        }

                let watch = Diagnostics.Stopwatch.StartNew()

                match fault ((interactions 6).Fit wide) with
                | Fault.BadSetting("interactions", _, found) -> Expect.stringContains found "593,750" "the count"
                | other -> failtestf "%A" other

                // C(27, 3) - 1 - 24 monomials.
                Expect.equal (fit (interactions 3) wide).Features.Length 2900 "features"
                Expect.isLessThan watch.Elapsed.TotalSeconds 10.0 "seconds"

                let lags =
                    FeaturePipeline.Empty.AddNonlinearTransforms
                        {
                            Columns = names
                            Apply =
                                List.init 500 (fun at ->
                                    FeatureSpec.create "lag" |> FeatureSpec.set "rows" (float (at + 1)))
                        }

                match fault (lags.Fit wide) with
                | Fault.BadSetting("steps", _, "12000") -> ()
                | other -> failtestf "%A" other)

            testCase "a fit that fails names the column, and the default recipe fits what is short" (fun () ->
                let short = Frame.rows 0 49 quotes
                let whole = FeaturePipeline.defaultFor quotes.Names

                match fault (whole.Fit short) with
                | Fault.TooShort(what, 2, 0) -> Expect.equal what "quantile-normal of order_flow_window_100" "what"
                | other -> failtestf "%A" other

                let pipeline, empty = Expect.wantOk (FeaturePipeline.defaultOf [ short ]) "default"
                Expect.equal empty [ "order_flow_window_100" ] "left out"
                Expect.contains (fit pipeline short).Names "quantile-normal(spread)" "the others"
                let pipeline, empty = Expect.wantOk (FeaturePipeline.defaultOf [ quotes ]) "default"
                Expect.equal empty [] "nothing left out"
                Expect.equal (PipelineJson.toText pipeline) (PipelineJson.toText whole) "the same recipe")

            testCase "the middle of a contract's quotes is no trade to the default recipe" (fun () ->
                let microstructure (names: string list) : string list =
                    (FeaturePipeline.defaultFor names).Steps
                    |> List.pick (fun step ->
                        match step with
                        | FeatureStep.Microstructure options -> Some options.Features
                        | _ -> None)

                let contract = microstructure OptionRows.names
                Expect.contains contract "spread" "of the quotes"

                for name in contract do
                    let definition = Expect.wantOk (FeatureRegistry.find [] name) name
                    Expect.isFalse (definition.Roles |> List.exists (fun role -> role.Name = "price")) name

                Expect.equal (microstructure [ "price"; "bid"; "ask" ]) [] "every feature of a trade's price")

            testCase "several frames are fitted together" (fun () ->
                let scaled =
                    FeaturePipeline.Empty.Add [ FeatureSpec.create "standardise" |> FeatureSpec.columns [ "bid" ] ]

                let first, second = Frame.rows 0 99 quotes, Frame.rows 100 (rows - 1) quotes
                let pooled = Expect.wantOk (scaled.Fit [ first; second ]) "pooled"
                let together = fit scaled quotes
                Expect.equal pooled.Features.Head.Learned together.Features.Head.Learned "learned"
                Expect.equal pooled.Training.Rows rows "rows")

            testCase "what can't be is refused with what would mend it" (fun () ->
                let one feature columns settings =
                    FeaturePipeline.Empty
                        .Add(
                            [
                                {
                                    Feature = feature
                                    Columns = columns
                                    Settings = Map.ofList settings
                                }
                            ]
                        )
                        .Fit
                        quotes
                    |> fault
                    |> Fault.describe

                for text, part in
                    [
                        one "spred" [] [], "Did you mean 'spread'?"
                        one "spread" [ "bid"; "offer" ] [], "offer"
                        one "spread" [ "bid" ] [], "columns of spread"
                        one "mean" [ "bid" ] [ "window", 0.0 ], "a whole number from 1"
                        one "mean" [ "bid" ] [ "window", 2.5 ], "a whole number"
                        one "mean" [ "bid" ] [ "windw", 2.0 ], "Did you mean 'window'?"
                        one "ewma" [ "bid" ] [ "decay", nan ], "decay"
                    ] do
                    Expect.stringContains text part text

                let twice =
                    FeaturePipeline.Empty
                        .AddMicrostructure()
                        .AddMicrostructure(
                            { FeatureStep.family with
                                Features = [ "mid" ]
                            }
                        )

                Expect.stringContains
                    (Fault.describe (fault (twice.Fit quotes)))
                    "no column before it has"
                    "a name taken"

                let options = FeaturePipeline.Empty.AddOptionCharacteristics()
                Expect.stringContains (Fault.describe (fault (options.Fit quotes))) "strike" "columns that are needed"
                Expect.isError (FeaturePipeline.Empty.Fit quotes) "no step"
                Expect.isError (whole.Fit []) "no frame"

                let constant =
                    Expect.wantOk (Frame.create "" quotes.Index [ "x", Array.create rows 1.0 ]) "constant"

                for feature in [ "standardise"; "box-cox"; "yeo-johnson"; "spline" ] do
                    match fault (FeaturePipeline.Empty.Add([ FeatureSpec.create feature ]).Fit constant) with
                    | Fault.NotComputable _ -> ()
                    | other -> failtestf "%s: %A" feature other)

            testCase "a text that is no recipe is refused, and says where it isn't" (fun () ->
                let text = PipelineJson.toText whole
                let fitted = PipelineJson.fittedToText (fit whole quotes)

                for broken, part in
                    [
                        "", "must be JSON"
                        "[]", "must be a JSON object"
                        "{}", "format"
                        text.Replace("\"version\": 1", "\"version\": 2"), "version 2"
                        text.Replace("\"microstructure\"", "\"microstruture\""), "Did you mean 'microstructure'?"
                        text.Replace("\"apply\"", "\"aply\""), "Did you mean 'apply'?"
                        text.Replace("\"polynomial\"", "7"), "right type"
                        text.Replace("\"degree\": 2", "\"degree\": \"two\""), "right type"
                        fitted, "kind"
                    ] do
                    let found = Fault.describe (fault (PipelineJson.ofText [] broken))
                    Expect.stringContains found part found

                for broken, part in
                    [
                        text, "kind"
                        fitted.Replace("\"learned\"", "\"lerned\""), "Did you mean 'learned'?"
                        fitted.Replace("\"name\": \"mid\"", "\"name\": \"middle\""), "must be mid"
                        Regex("\"learned\": \\[[^\\]]+\\]").Replace(fitted, "\"learned\": [1]", 1), "must be 4 numbers"
                        Regex("\"learned\": \\[\\s*[^,]+,").Replace(fitted, "\"learned\": [1e999,", 1),
                        "must be finite"
                        Regex("\"feature\": \"mid\"").Replace(fitted, "\"feature\": \"mid\", \"learned\": [1]", 1),
                        "it learns nothing"
                    ] do
                    let found = Fault.describe (fault (PipelineJson.fittedOfText [] broken))
                    Expect.stringContains found part found)

            testCase "a stream refuses what a frame would, and goes on as it was" (fun () ->
                let stream = FeatureStream(fit whole quotes)
                let row at = [| 100.0; 100.5; float at; 3.0 |]
                let time = DateTime(2024, 1, 1)
                Expect.isOk (stream.Update(time, row 1)) "first"
                Expect.isError (stream.Update(time, row 2)) "the same time"
                Expect.isError (stream.Update(time.AddSeconds 1.0, [| 1.0 |])) "one value"
                Expect.isError (stream.Update(time.AddSeconds 1.0, [| 1.0; infinity; 1.0; 1.0 |])) "infinity"
                Expect.equal stream.Rows 1L "rows"
                let flow = Expect.wantOk (stream.Update(time.AddSeconds 1.0, row 5)) "second"
                let at = stream.Names |> List.findIndex ((=) "order_flow_event")
                // The bid's size went from 1 to 5 at one price; the ask's stayed.
                Expect.equal flow[at] 4.0 "order flow")
        ]
