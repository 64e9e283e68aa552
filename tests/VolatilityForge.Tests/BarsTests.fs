/// Laws of checked bars and of the market that simulates them.
module VolatilityForge.Tests.BarsTests

open System
open Expecto
open VolatilityForge

let private sound =
    [ 10.0, 12.0, 9.0, 11.0; 11.0, 12.0, 10.0, 11.5; 11.0, 13.0, 10.0, 12.0 ]

let private faults (columns: BarColumns) : Fault list =
    Fault.flatten (Expect.wantError (Bars.check columns) "the bars are refused")

let private checks =
    testList
        "check"
        [
            testTheory
                "day and column of a broken rule are named"
                [
                    (0.0, 12.0, 9.0, 11.0), "open"
                    (-1.0, 12.0, 9.0, 11.0), "open"
                    (10.0, nan, 9.0, 11.0), "high"
                    (10.0, infinity, 9.0, 11.0), "high"
                    (10.0, 10.5, 9.0, 11.0), "high"
                    (10.0, 8.0, 9.0, 7.0), "high"
                    (10.0, 12.0, 10.5, 11.0), "low"
                    (10.0, 12.0, 9.0, nan), "close"
                ]
                (fun (row, column) ->
                    match faults (Market.columns (sound @ [ row ])) with
                    | [ Fault.BadData(place, _, _, _) ] ->
                        Expect.equal (place.Source, place.Row, place.Column) ("SPX", 4, column) "place"
                    | other -> failtestf "one BadData expected, found %A" other)

            testCase "columns of unequal lengths are all named" (fun () ->
                let columns =
                    { Market.columns sound with
                        High = [| 1.0 |]
                        Volume = Some [||]
                    }

                let axes =
                    faults columns
                    |> List.choose (function
                        | Fault.BadShape(_, axis, _, _) -> Some axis
                        | _ -> None)

                Expect.equal axes [ "high"; "volume" ] "axes")

            testCase "no day is too few" (fun () ->
                match faults (Market.columns []) with
                | [ Fault.TooShort(_, 1, 0) ] -> ()
                | other -> failtestf "TooShort expected, found %A" other)

            testCase "dates must increase" (fun () ->
                let columns = Market.columns sound
                let dates = [| columns.Dates[0]; columns.Dates[2]; columns.Dates[2] |]

                match faults { columns with Dates = dates } with
                | [ Fault.BadData(place, _, _, _) ] -> Expect.equal (place.Row, place.Column) (3, "date") "place"
                | other -> failtestf "one BadData expected, found %A" other)

            testCase "faults of several days come together" (fun () ->
                let bad = 0.0, 12.0, 9.0, 11.0
                Expect.hasLength (faults (Market.columns [ bad; sound[0]; bad ])) 2 "faults")
        ]

let private derived =
    testList
        "derived"
        [
            testCase "returns are logs of close over close, 0 on the first day" (fun () ->
                let returns = Bars.returns (Market.bars sound)
                Expect.equal returns[0] 0.0 "first"
                Expect.floatClose Accuracy.veryHigh returns[2] (log (12.0 / 11.5)) "third")

            testCase "adjusted closes, where there are, free returns of a split" (fun () ->
                let columns =
                    { Market.columns [ 70.0, 70.0, 70.0, 70.0; 10.0, 11.0, 10.0, 11.0 ] with
                        AdjustedClose = Some [| 5.0; 5.5 |]
                    }

                let bars = Expect.wantOk (Bars.check columns) "sound"
                let returns, overnight = Bars.returns bars, Bars.overnight bars
                Expect.floatClose Accuracy.veryHigh returns[1] (log 1.1) "close to close"
                Expect.floatClose Accuracy.high (exp overnight[1]) 1.0 "overnight"
                Expect.isEmpty (Bars.splitLike bars) "explained by the adjustment")

            testTheory
                "a jump close to a split ratio is told with its ratio"
                [
                    50.5, (2, 1)
                    33.0, (3, 1)
                    14.3, (7, 1)
                    201.0, (1, 2)
                    799.0, (1, 8)
                    67.0, (3, 2)
                ]
                (fun (opened, (many, few)) ->
                    let bars =
                        Market.bars [ 100.0, 100.0, 100.0, 100.0; opened, opened, opened, opened ]

                    match Bars.splitLike bars with
                    | [ jump ] ->
                        Expect.equal jump.Ratio (struct (many, few)) "ratio"
                        Expect.equal (jump.Day, jump.Date) (1, DateOnly(2020, 1, 2)) "day"
                    | other -> failtestf "one jump expected, found %A" other)

            testCase "a crash of a fifth is no split" (fun () ->
                let bars = Market.bars [ 100.0, 100.0, 100.0, 100.0; 80.0, 80.0, 80.0, 80.0 ]
                Expect.isEmpty (Bars.splitLike bars) "no jump")

            testCase "only bars without any movement are constant" (fun () ->
                let flat = 5.0, 5.0, 5.0, 5.0
                Expect.isTrue (Bars.isConstant (Market.bars [ flat; flat ])) "flat"
                Expect.isFalse (Bars.isConstant (Market.bars [ flat; 5.0, 5.1, 5.0, 5.0 ])) "a range"
                Expect.isFalse (Bars.isConstant (Market.bars [ flat; 6.0, 6.0, 6.0, 6.0 ])) "a step")
        ]

let private simulated =
    testList
        "simulated"
        [
            testProperty "simulated bars pass the check, and the same seed gives the same bits" (fun (seed: int64) ->
                let bars, variance = Market.simulated 30 seed
                let again, _ = Market.simulated 30 seed

                let columns =
                    {
                        Symbol = bars.Symbol
                        Dates = bars.Dates
                        Open = bars.Open
                        High = bars.High
                        Low = bars.Low
                        Close = bars.Close
                        AdjustedClose = None
                        Volume = None
                    }

                Result.isOk (Bars.check columns)
                && bars.High = again.High
                && variance |> Array.forall (fun value -> value > 0.0< / day>))

            testCase "the mean variance is the configured one within four standard errors" (fun () ->
                let config =
                    { Simulate.defaults with
                        Days = 20_000
                        Steps = 1
                        Persistence = 0.0
                        Roughness = 0.5
                    }

                let _, variance =
                    Expect.wantOk (Simulate.bars config (Rng.ofSeed 14L)) "the configuration is sound"

                let mean = Array.average (variance |> Array.map float) / float config.MeanVariance
                // A lognormal's relative variance is exp of the log's, less one.
                let error = sqrt ((exp 0.25 - 1.0) / 20_000.0)
                Expect.isLessThan (abs (mean - 1.0)) (4.0 * error) "mean over configured mean")

            testCase "there is no trading on weekends" (fun () ->
                let bars, _ = Market.simulated 10 1L
                Expect.equal bars.Dates[5] (DateOnly(2000, 1, 10)) "the sixth trading day is a Monday")

            testCase "every setting outside its domain is told at once" (fun () ->
                let config =
                    { Simulate.defaults with
                        Days = 0
                        Persistence = 1.0
                        Price = nan
                    }

                let fault = Expect.wantError (Simulate.bars config (Rng.ofSeed 1L)) "refused"
                Expect.hasLength (Fault.flatten fault) 3 "three settings")
        ]

[<Tests>]
let tests = testList "Bars" [ checks; derived; simulated ]
