/// Learning rates against closed forms and PyTorch's schedulers.
module VolatilityForge.Tests.ScheduleTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let private over (steps: int) (peak: float) (shape: ScheduleShape) : Schedule =
    {
        Shape = shape
        Peak = peak
        Steps = steps
    }

let private at (schedule: Schedule) (step: int) : float =
    Schedule.rate schedule Schedule.start step

/// A handful of float64 operations in another order.
let private close = 1e-12

let private shapes =
    testList
        "shapes"
        [
            testCase "warms up linearly, falls by half a cosine, and keeps the floor"
            <| fun () ->
                let rate = at (over 24 0.1 (ScheduleShape.WarmupCosine(4, 0.02)))

                for step, expected in
                    [
                        0, 0.025
                        1, 0.05
                        3, 0.1
                        4, 0.1
                        9, 0.02 + 0.04 * (1.0 + sqrt 0.5)
                        14, 0.06
                        24, 0.02
                        1000, 0.02
                    ] do
                    Expect.isLessThan (abs (rate step - expected)) 1e-15 $"step {step}"

            testCase "never rises after the warm-up and never leaves [0, peak]"
            <| fun () ->
                for warmup, total in [ 0, 10; 3, 10; 10, 10; 12, 10; 0, 1 ] do
                    let rates =
                        [
                            for step in 0..12 -> at (over total 0.1 (ScheduleShape.WarmupCosine(warmup, 0.0))) step
                        ]
                    // One rounding of the warm-up's division.
                    Expect.all rates (fun rate -> rate >= 0.0 && rate <= 0.1 + 1e-16) "in [0, peak]"
                    Expect.isDescending rates[(min warmup total) ..] "falling"

            testCase "a constant is constant"
            <| fun () ->
                for step in [ 0; 1; 1000 ] do
                    Expect.equal (at (over 7 0.3 ScheduleShape.Constant) step) 0.3 $"step {step}"

            testCase "one cycle follows torch.optim.lr_scheduler.OneCycleLR, step by step"
            <| fun () ->
                let cases =
                    goldenOptimisers.Value
                    |> Map.filter (fun name _ -> name.StartsWith("one-cycle", StringComparison.Ordinal))

                Expect.hasLength cases 8 "cosine and linear, four lengths each"

                for KeyValue(name, case) in cases do
                    let setting key = case.Settings[key]

                    let schedule =
                        ScheduleShape.OneCycle
                            {
                                RisingShare = setting "share"
                                StartDivisor = setting "start"
                                FinalDivisor = setting "final"
                                Anneal =
                                    if setting "linear" = 1.0 then
                                        Anneal.Linear
                                    else
                                        Anneal.Cosine
                            }
                        |> over (int (setting "steps")) (setting "peak")

                    case.Tensors["rates"].Values
                    |> Array.iteri (fun step expected ->
                        Expect.isLessThan
                            (abs (at schedule step - expected))
                            (close * setting "peak")
                            $"{name}, step {step}")

            testCase "one cycle ends where it ends and stays there, however short"
            <| fun () ->
                for steps in 1..5 do
                    let schedule = over steps 0.3 (ScheduleShape.OneCycle ScheduleShape.oneCycle)
                    let last = 0.3 / 25.0 / 1e4

                    for step in [ max 1 (steps - 1); steps; steps + 100 ] do
                        Expect.isLessThan (abs (at schedule step - last)) 1e-15 $"step {step} of {steps}"

                    Expect.isTrue (Double.IsFinite(at schedule 0)) "finite"
        ]

let private plateaus =
    testList
        "plateau"
        [
            testCase "follows torch.optim.lr_scheduler.ReduceLROnPlateau, loss by loss"
            <| fun () ->
                let cases =
                    goldenOptimisers.Value
                    |> Map.filter (fun name _ -> name.StartsWith("plateau", StringComparison.Ordinal))

                Expect.hasLength cases 4 "four settings"

                for KeyValue(name, case) in cases do
                    let setting key = case.Settings[key]

                    let schedule =
                        ScheduleShape.Plateau
                            {
                                Factor = setting "factor"
                                Patience = int (setting "patience")
                                Threshold = setting "threshold"
                                Cooldown = int (setting "cooldown")
                                Minimum = setting "min_lr"
                            }
                        |> over 7 (setting "peak")

                    let mutable state = Schedule.start

                    Array.zip case.Tensors["losses"].Values case.Tensors["rates"].Values
                    |> Array.iteri (fun validation (loss, expected) ->
                        let rate = Schedule.rate schedule state (3 * validation)

                        Expect.isLessThan
                            (abs (rate - expected))
                            (close * expected)
                            $"{name}, before validation {validation}: {rate:R} for {expected:R}"

                        let loss = if loss < 0.0 then nan else loss
                        state <- Schedule.observe schedule loss state)

            testCase "other shapes take no notice of losses"
            <| fun () ->
                for name, shape in ScheduleShape.known |> List.filter (fun (name, _) -> name <> "plateau") do
                    let state =
                        List.replicate 5 3.0
                        |> List.fold (fun state loss -> Schedule.observe (over 9 0.1 shape) loss state) Schedule.start

                    Expect.equal state Schedule.start name
        ]

let private settings =
    testList
        "settings"
        [
            testCase "names go there and back"
            <| fun () ->
                for name, shape in ScheduleShape.known do
                    Expect.equal (ScheduleShape.ofName name) (Ok shape) name
                    Expect.equal (ScheduleShape.toName shape) name name
                    Expect.equal (Schedule.check (over 1 0.1 shape)) (Ok(over 1 0.1 shape)) "sound"

                Expect.isError (ScheduleShape.ofName "cosine") "unknown"

            testCase "every setting outside its domain is named"
            <| fun () ->
                let faults schedule =
                    match Schedule.check schedule with
                    | Error fault -> Fault.flatten fault |> List.length
                    | Ok _ -> 0

                Expect.equal (faults (over 0 nan (ScheduleShape.WarmupCosine(-1, -1.0)))) 4 "warm-up"

                Expect.equal
                    (faults (
                        over
                            1
                            0.1
                            (ScheduleShape.OneCycle
                                {
                                    RisingShare = 1.1
                                    StartDivisor = 0.0
                                    FinalDivisor = infinity
                                    Anneal = Anneal.Linear
                                })
                    ))
                    3
                    "one cycle"

                Expect.equal
                    (faults (
                        over
                            1
                            infinity
                            (ScheduleShape.Plateau
                                {
                                    Factor = 1.0
                                    Patience = -1
                                    Threshold = 1.0
                                    Cooldown = -1
                                    Minimum = -1.0
                                })
                    ))
                    6
                    "plateau and peak"
        ]

[<Tests>]
let suite = testList "Schedule" [ shapes; plateaus; settings ]
