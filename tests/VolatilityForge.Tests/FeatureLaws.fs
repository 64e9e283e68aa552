/// Laws that every registered feature obeys; a new one is under them as soon as it is declared.
module VolatilityForge.Tests.FeatureLaws

open System
open System.Reflection
open System.Text.RegularExpressions
open Expecto
open VolatilityForge
open VolatilityForge.Tests.FeatureFrames

let private rows = 701

/// The columns that the feature reads; others may have the names of what it gives.
let private read (spec: FeatureSpec) (frame: Frame) : Frame =
    Expect.wantOk (Frame.select (List.distinct spec.Columns) frame) "columns"

let private fit (spec: FeatureSpec) (frame: Frame) : FittedPipeline =
    Expect.wantOk (FeaturePipeline.Empty.Add([ spec ]).Fit(read spec frame)) (label spec)

let private values (fitted: FittedPipeline) (frame: Frame) : float[] list =
    let transformed = Expect.wantOk (fitted.Transform frame) "transformed"

    fitted.Names
    |> List.map (fun name -> Expect.wantOk (Frame.column name transformed) name)

let private bits (values: float[]) : int64[] =
    values |> Array.map BitConverter.DoubleToInt64Bits

/// NaN has many bit patterns; a missing value is one value.
let private same (name: string) (expected: float[]) (actual: float[]) : unit =
    let plain (values: float[]) =
        bits (values |> Array.map (fun value -> if Double.IsNaN value then nan else value))

    Expect.equal actual.Length expected.Length $"{name}: length"

    match
        Array.zip (plain expected) (plain actual)
        |> Array.tryFindIndex (fun (e, a) -> e <> a)
    with
    | Some row -> failtest $"{name}, row {row}: {expected[row]:R} expected, {actual[row]:R} found"
    | None -> ()

/// The frame with other values, and other times of day, after a row.
let private changedAfter (row: int) (frame: Frame) : Frame =
    let other = FeatureFrames.frame 99L frame.Length 5

    let index =
        frame.Index
        |> Array.mapi (fun at time -> if at > row then time.AddSeconds 13.0 else time)

    let columns =
        frame.Names
        |> List.map (fun name ->
            let old, fresh =
                Expect.wantOk (Frame.column name frame) name, Expect.wantOk (Frame.column name other) name

            name, Array.init frame.Length (fun at -> if at > row then 3.0 * fresh[at] else old[at]))

    Expect.wantOk (Frame.create "" index columns) "changed"

let private each (law: FeatureDefinition -> FeatureSpec -> unit) : unit =
    for definition, spec in specs do
        law definition spec

[<Tests>]
let suite: Test =
    testList
        "features: laws"
        [
            testCase "every definition in the library is registered, under a name of its own" (fun () ->
                let declared =
                    typeof<FeatureDefinition>.Assembly.GetTypes()
                    |> Array.collect _.GetProperties(BindingFlags.Static ||| BindingFlags.Public)
                    |> Array.filter (fun property -> property.PropertyType = typeof<FeatureDefinition>)
                    |> Array.map (fun property -> (property.GetValue null :?> FeatureDefinition).Name)
                    |> Array.sort

                let registered = FeatureRegistry.all |> List.map _.Name |> List.sort |> Array.ofList
                Expect.equal registered declared "registered and declared"
                Expect.equal (Array.distinct registered) registered "names"
                Expect.isGreaterThan registered.Length 40 "there are many")

            testCase "names are words joined by hyphens, and every feature says what it is and what it gives" (fun () ->
                each (fun definition spec ->
                    Expect.isTrue (Regex.IsMatch(definition.Name, "^[a-z]+(-[a-z]+)*$")) definition.Name
                    Expect.notEqual definition.Summary "" definition.Name

                    let outputs =
                        definition.Outputs spec (spec.Columns |> List.map FeatureUnit.ofColumn)

                    let names = outputs |> List.map _.Name
                    Expect.isNonEmpty names definition.Name
                    Expect.equal (List.distinct names) names definition.Name
                    Expect.isFalse (names |> List.exists (fun name -> name.Contains ',')) definition.Name))

            testCase "no value depends on a later row: prefix stability, bit for bit" (fun () ->
                let frame = FeatureFrames.frame 1L rows 0

                for cut in [ 0; 131; 400 ] do
                    let changed = changedAfter cut frame

                    each (fun _ spec ->
                        let fitted = fit spec frame

                        List.iter2
                            (fun expected actual ->
                                same
                                    (label spec)
                                    (Array.truncate (cut + 1) expected)
                                    (Array.truncate (cut + 1) actual))
                            (values fitted frame)
                            (values fitted changed)))

            testCase "a fit sees the training part only: other rows after it leave what it learned alone" (fun () ->
                let frame = FeatureFrames.frame 2L rows 0
                let cut = 449
                let changed = changedAfter cut frame

                each (fun _ spec ->
                    let until = frame.Index[cut]
                    let pipeline = FeaturePipeline.Empty.Add [ spec ]
                    let first = Expect.wantOk (pipeline.Fit(read spec frame, until)) (label spec)
                    let second = Expect.wantOk (pipeline.Fit(read spec changed, until)) (label spec)

                    Expect.equal (PipelineJson.fittedToText second) (PipelineJson.fittedToText first) (label spec)))

            testCase "what learns, learns: another training part gives another fit" (fun () ->
                let first, second = FeatureFrames.frame 3L rows 0, FeatureFrames.frame 4L rows 0

                for definition, spec in specs do
                    if definition.Fit.IsSome then
                        Expect.notEqual
                            (fit spec first).Features.Head.Learned
                            (fit spec second).Features.Head.Learned
                            (label spec))

            testCase "row by row gives the batch, bit for bit" (fun () ->
                for every in [ 0; 53 ] do
                    let frame = FeatureFrames.frame 5L rows every

                    each (fun _ spec ->
                        let fitted = fit spec frame
                        let stream = FeatureStream fitted

                        let read =
                            stream.Inputs
                            |> List.map (fun name -> Expect.wantOk (Frame.column name frame) name)

                        let streamed =
                            frame.Index
                            |> Array.mapi (fun row time ->
                                let row = read |> List.map (fun column -> column[row]) |> Array.ofList
                                Expect.wantOk (stream.Update(time, row)) (label spec))

                        values fitted frame
                        |> List.iteri (fun output batch ->
                            same (label spec) batch (streamed |> Array.map (fun row -> row[output])))))

            testCase "where the data begin makes no difference beyond the memory, bit for bit" (fun () ->
                let frame = FeatureFrames.frame 6L rows 0

                each (fun definition spec ->
                    if not definition.Recursive then
                        let fitted = fit spec frame
                        let start = 213
                        let later = Frame.rows start (rows - 1) frame

                        List.iter2
                            (fun (whole: float[]) (cut: float[]) ->
                                same (label spec) whole[start + fitted.Memory ..] cut[fitted.Memory ..])
                            (values fitted frame)
                            (values fitted later)))

            testCase "after its memory a feature of complete columns has a value" (fun () ->
                let frame = FeatureFrames.frame 7L rows 0
                // The frame's prices of options are not always possible ones, and one factor is sometimes 0.
                let partial = set [ "implied-volatility"; "ratio" ]

                for definition, spec in specs do
                    if not (partial.Contains definition.Name) then
                        let fitted = fit spec frame

                        for column in values fitted frame do
                            Expect.isFalse (column[fitted.Memory ..] |> Array.exists Double.IsNaN) (label spec))

            testCase "values scale as their units say" (fun () ->
                let price, quantity = 4.0, 0.5

                let make (price: float) (quantity: float) =
                    Expect.wantOk (Frame.create "" (index rows) (columns 8L rows 0 price quantity)) "frame"

                let unscaled, scaled = make 1.0 1.0, make price quantity

                // Columns whose names tell no unit are scaled with the prices or the quantities.
                let unitOf name =
                    match name with
                    | "x"
                    | "positive"
                    | "left" -> Some FeatureUnit.price
                    | "flow"
                    | "right_factor" -> Some FeatureUnit.quantity
                    | "years"
                    | "right"
                    | "discount"
                    | "volatility"
                    | "atm_volatility" -> Some FeatureUnit.one
                    | other -> FeatureUnit.ofColumn other

                for definition, spec in specs do
                    if definition.Homogeneous then
                        let outputs = definition.Outputs spec (spec.Columns |> List.map unitOf)

                        List.zip3 outputs (values (fit spec unscaled) unscaled) (values (fit spec scaled) scaled)
                        |> List.iter (fun (output, before, after) ->
                            match output.Unit with
                            | None -> Expect.equal definition.Name "contrast" "only of different units there is none"
                            | Some unit' ->
                                let factor = price ** unit'.Price * quantity ** unit'.Quantity

                                for row in 0 .. rows - 1 do
                                    let expected = factor * before[row]

                                    if not (Double.IsNaN expected && Double.IsNaN after[row]) then
                                        // Rounding of logarithms and of roots of the scales.
                                        let tolerance = 1e-11 * max (abs expected) (1e-3 * abs factor)

                                        if not (abs (after[row] - expected) <= tolerance) then
                                            failtest
                                                $"{label spec} {output.Name}, row {row}: {expected:R} expected, {after[row]:R} found"))

            testCase "hostile columns give values or nothing, never infinity and never an exception" (fun () ->
                let hostile =
                    [|
                        0.0
                        -0.0
                        1.0
                        -1.0
                        1e-300
                        -1e-300
                        1e300
                        -1e300
                        Double.Epsilon
                        nan
                        1e8
                        100.0
                    |]

                let pick = Random 11
                let names = columns 1L 1 0 1.0 1.0 |> List.map fst

                let hostileFrame =
                    names
                    |> List.map (fun name -> name, Array.init 300 (fun _ -> hostile[pick.Next hostile.Length]))
                    |> Frame.create "" (index 300)
                    |> fun made -> Expect.wantOk made "hostile"

                let sound = FeatureFrames.frame 1L 300 0

                each (fun _ spec ->
                    for column in values (fit spec sound) hostileFrame do
                        Expect.isFalse (Array.exists Double.IsInfinity column) (label spec)

                    match FeaturePipeline.Empty.Add([ spec ]).FitTransform(read spec hostileFrame) with
                    | Ok _
                    | Error(Fault.NotComputable _) -> ()
                    | Error fault -> failtest $"{label spec}: {Fault.describe fault}"))
        ]
