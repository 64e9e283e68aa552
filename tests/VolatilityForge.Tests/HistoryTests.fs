/// Histories made by hand: what is refused and what is kept.
module VolatilityForge.Tests.HistoryTests

open System
open Expecto
open VolatilityForge

let private dates = Market.dates 5

let private variance =
    [| 1.0; 2.0; 3.0; 4.0; 5.0 |] |> Array.map (fun value -> value * 1.0< / day>)

let private create = History.create "SPX" dates

[<Tests>]
let suite =
    testList
        "History"
        [
            testCase "keeps copies of its columns; every day is scored"
            <| fun () ->
                let dates, variance = Array.copy dates, Array.copy variance
                let returns, bipower = [| 0.1; -0.2; 0.3; 0.0; 0.5 |], [| 1.0; nan; 3.0; 4.0; 5.0 |]

                let history =
                    Expect.wantOk
                        (History.create "SPX" dates variance (Some returns) [ "bipower", bipower ])
                        "a history"

                dates[0] <- DateOnly.MaxValue
                variance[0] <- nan * 1.0< / day>
                returns[0] <- nan
                bipower[0] <- nan
                Expect.equal history.Dates[0] (DateOnly(2020, 1, 1)) "date"
                Expect.equal history.Variance[0] 1.0< / day> "variance"
                Expect.equal history.Returns[0] 0.1 "return"
                let kept = Expect.wantOk (History.measure "bipower" history) "the measure"
                Expect.equal kept[0] 1.0 "measure"
                Expect.isTrue (Array.forall id history.Scored) "scored"
                Expect.equal history.Symbol "SPX" "symbol"

            testCase "without returns has zeros"
            <| fun () ->
                let history = Expect.wantOk (create variance None []) "a history"
                Expect.equal history.Returns (Array.zeroCreate 5) "returns"

            testCase "refuses dates out of order with the row"
            <| fun () ->
                for date in [ dates[1]; dates[0] ] do
                    let swapped = Array.copy dates
                    swapped[2] <- date

                    match History.create "SPX" swapped variance None [] with
                    | Error(Fault.BadData(place, _, _, _)) ->
                        Expect.equal (place.Source, place.Row, place.Column) ("SPX", 3, "date") "place"
                    | other -> failtest $"expected BadData, found %A{other}"

            testCase "refuses a variance that is not positive and finite, with row and value"
            <| fun () ->
                for bad in [ 0.0; -1.0; nan; infinity ] do
                    let changed = Array.copy variance
                    changed[3] <- bad * 1.0< / day>

                    match create changed None [] with
                    | Error(Fault.BadData(place, _, found, _)) ->
                        Expect.equal (place.Row, place.Column, found) (4, "variance", string bad) "place and value"
                    | other -> failtest $"expected BadData, found %A{other}"

            testCase "tells every fault at once"
            <| fun () ->
                let fault =
                    Expect.wantError
                        (create
                            variance[..3]
                            (Some [| 0.0; nan; 0.0; 0.0; 0.0 |])
                            [
                                "a", [| 1.0 |]
                                "b", [| 1.0; infinity; 1.0; 1.0; 1.0 |]
                                "b", Array.zeroCreate 5
                            ])
                        "faults"

                // Lengths of variance and a, values of returns and b, a name given twice.
                Expect.equal (Fault.flatten fault).Length 5 "faults"
                Expect.isError (History.create "" [||] [||] None []) "no day"

            testCase "takes one more measure, in place of one of its name"
            <| fun () ->
                let history =
                    Expect.wantOk (create variance None [ "a", Array.zeroCreate 5 ]) "a history"

                let values = [| 5.0; nan; 3.0; 2.0; 1.0 |]
                let more = Expect.wantOk (History.withMeasure "a" values history) "a measure"
                values[0] <- 9.0
                Expect.equal (more.Measures["a"][0]) 5.0 "a copy"
                Expect.equal (history.Measures["a"][0]) 0.0 "the history before"
                Expect.isError (History.withMeasure "b" [| 1.0 |] history) "another length"
                Expect.isError (History.withMeasure "b" (Array.create 5 infinity) history) "infinite"

                match History.measure "c" more with
                | Error(Fault.UnknownName(_, "c", [ "a" ])) -> ()
                | other -> failtest $"expected UnknownName, found %A{other}"
        ]
