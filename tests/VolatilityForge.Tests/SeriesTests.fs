/// Laws of dated values.
module VolatilityForge.Tests.SeriesTests

open System
open Expecto
open VolatilityForge

let private series (values: float list) : Series<1> =
    let values = Array.ofList values
    Expect.wantOk (Series.check "s" (Market.dates values.Length) values) "the series is sound"

let private broken (dates: DateOnly[]) (values: float[]) : Fault =
    Expect.wantError (Series.check "s" dates values) "the series is refused"

[<Tests>]
let tests =
    testList
        "Series"
        [
            testCase "as many values as dates" (fun () ->
                match broken (Market.dates 2) [| 1.0 |] with
                | Fault.BadShape(_, "values", expected, "1") -> Expect.stringContains expected "(2)" "expected"
                | other -> failtestf "BadShape expected, found %A" other)

            testTheory
                "the first row out of order or not finite is named"
                [
                    [| 1; 2; 2 |], [| 1.0; 2.0; 3.0 |], (3, "date")
                    [| 1; 3; 2 |], [| 1.0; 2.0; 3.0 |], (3, "date")
                    [| 1; 2; 3 |], [| 1.0; nan; 3.0 |], (2, "value")
                    [| 1; 2; 3 |], [| infinity; 2.0; 3.0 |], (1, "value")
                ]
                (fun (days, values, expected) ->
                    match broken (days |> Array.map (fun day -> DateOnly(2020, 1, day))) values with
                    | Fault.BadData(place, _, _, _) -> Expect.equal (place.Row, place.Column) expected "place"
                    | other -> failtestf "BadData expected, found %A" other)

            testCase "a caller's array may change afterwards" (fun () ->
                let values = [| 1.0; 2.0 |]
                let made = Expect.wantOk (Series.check "s" (Market.dates 2) values) "sound"
                values[0] <- nan
                Expect.equal made.Values[0] 1.0 "the series has its own values")

            testProperty "a slice holds exactly the dates between its ends" (fun (from: int) (upto: int) ->
                let all = series (List.init 40 float)
                let first = DateOnly(2020, 1, 20).AddDays(from % 60)
                let last = DateOnly(2020, 1, 20).AddDays(upto % 60)
                let naive = all.Dates |> Array.filter (fun date -> first <= date && date <= last)
                let sliced = Series.slice first last all

                sliced.Dates = naive
                && sliced.Values = (naive |> Array.map (fun date -> (Series.tryAt date all).Value)))

            testCase "a slice reaches the last day there is" (fun () ->
                Expect.equal (Series.slice DateOnly.MinValue DateOnly.MaxValue (series [ 1.0; 2.0 ])).Length 2 "length")

            testCase "a date outside has no value" (fun () ->
                Expect.isNone (Series.tryAt (DateOnly(2019, 1, 1)) (series [ 1.0 ])) "none")

            testCase "map keeps dates, and refuses what is not finite" (fun () ->
                let all = series [ 1.0; 4.0 ]
                let roots = Expect.wantOk (Series.map sqrt all) "finite"
                Expect.equal roots.Values [| 1.0; 2.0 |] "values"
                Expect.equal roots.Dates all.Dates "dates"
                Expect.isError (Series.map (fun value -> log (value - 1.0)) all) "log 0")
        ]
