/// Laws of variance measured from daily bars, and of histories made of them.
module VolatilityForge.Tests.RangeTests

open System
open System.Globalization
open System.IO
open Expecto
open VolatilityForge

let private measures = VarianceMeasure.YangZhang 5 :: Range.all

let private measured (measure: VarianceMeasure) (bars: Bars) : float[] =
    let series = Expect.wantOk (Range.measure measure bars) "measured"
    series.Values |> Array.map float

let private toColumns (bars: Bars) : BarColumns =
    {
        Symbol = bars.Symbol
        Dates = bars.Dates
        Open = bars.Open
        High = bars.High
        Low = bars.Low
        Close = bars.Close
        AdjustedClose = bars.AdjustedClose
        Volume = bars.Volume
    }

let private formulas =
    testList
        "formulas"
        [
            testCase "one day, by hand" (fun () ->
                // H/L = e^0.04, C/O = e^0.01, H/O = e^0.03, L/O = e^-0.01.
                let bars =
                    Market.bars
                        [
                            100.0, 100.0, 100.0, 100.0
                            100.0 * exp 0.02, 100.0 * exp 0.05, 100.0 * exp 0.01, 100.0 * exp 0.03
                        ]

                let close measure expected =
                    Expect.floatClose Accuracy.high (Array.last (measured measure bars)) expected (Range.name measure)

                close VarianceMeasure.SquaredReturn 9e-4
                close VarianceMeasure.Parkinson 5.7707801635558535e-4
                close VarianceMeasure.GarmanKlass 7.613705638880109e-4
                close VarianceMeasure.RogersSatchell 8e-4
                close VarianceMeasure.GarmanKlassYangZhang 1.1613705638880109e-3)

            testCase "the values of tests/golden/range.py" (fun () ->
                let path =
                    Expect.wantSome (Market.repositoryFile "tests/golden/range.csv") "the golden file"

                let rows =
                    File.ReadAllLines path
                    |> Array.skip 2
                    |> Array.map (fun line ->
                        line.Split ','
                        |> Array.map (fun cell -> Double.Parse(cell, CultureInfo.InvariantCulture)))

                let bars = Market.bars [ for row in rows -> row[0], row[1], row[2], row[3] ]

                for column, measure in
                    [
                        4, VarianceMeasure.SquaredReturn
                        5, VarianceMeasure.Parkinson
                        6, VarianceMeasure.GarmanKlass
                        7, VarianceMeasure.RogersSatchell
                        8, VarianceMeasure.GarmanKlassYangZhang
                        9, VarianceMeasure.YangZhang 5
                    ] do
                    let golden = rows |> Array.map (fun row -> row[column])
                    let first = Range.firstDay measure
                    let ours = measured measure bars
                    Expect.equal ours.Length (rows.Length - first) $"days of {Range.name measure}"
                    Expect.all golden[.. first - 1] Double.IsNaN $"days without {Range.name measure}"

                    for day in 0 .. ours.Length - 1 do
                        // Differences of logs there, logs of ratios here: relative error about 1e-16 / 1e-3 per log.
                        Expect.floatClose
                            { absolute = 1e-17; relative = 1e-11 }
                            ours[day]
                            golden[first + day]
                            $"{Range.name measure}, day {first + day}")
        ]

// Drawn once: 20,000 days tell a bias of two percent from chance.
let private longMarket = lazy (Market.simulated 20_000 6L)

let private laws =
    testList
        "laws"
        [
            testTheory "prices to the power c scale variance by c squared" measures (fun measure ->
                let bars, _ = Market.simulated 60 3L
                let power = 2.5
                let raise' = Array.map (fun price -> Math.Pow(price / 100.0, power))
                let columns = toColumns bars

                let powered =
                    { columns with
                        Open = raise' bars.Open
                        High = raise' bars.High
                        Low = raise' bars.Low
                        Close = raise' bars.Close
                    }

                let scaled = measured measure (Expect.wantOk (Bars.check powered) "sound")

                Array.iter2
                    (fun ours expected -> Expect.floatClose Accuracy.high ours (power * power * expected) "scaled")
                    scaled
                    (measured measure bars))

            testTheory "what comes after a day changes nothing up to it, bit for bit" measures (fun measure ->
                let bars, _ = Market.simulated 60 4L
                let whole = measured measure bars
                let prefix = measured measure (Bars.slice 0 44 bars)
                Expect.sequenceEqual prefix whole[.. prefix.Length - 1] "the prefix")

            testTheory "values are finite and never negative" measures (fun measure ->
                let bars, _ = Market.simulated 500 5L
                Expect.all (measured measure bars) (fun value -> Double.IsFinite value && value >= 0.0) "values")

            testTheory
                "measures of trading hours agree with the true variance on average"
                [
                    VarianceMeasure.Parkinson
                    VarianceMeasure.GarmanKlass
                    VarianceMeasure.RogersSatchell
                ]
                (fun measure ->
                    let bars, variance = longMarket.Value

                    let ratios =
                        Array.map2 (fun ours (truth: Variance) -> ours / float truth) (measured measure bars) variance

                    let mean = Array.average ratios

                    let deviation =
                        ratios |> Array.averageBy (fun ratio -> (ratio - mean) ** 2.0) |> sqrt

                    let error = deviation / sqrt (float ratios.Length)
                    Expect.isLessThan (abs (mean - 1.0)) (4.0 * error) $"mean {mean}, standard error {error}"
                    // Parkinson has the largest variance of the three: 0.407 of the squared return's 2.
                    Expect.isLessThan deviation 0.7 "a range tells more than a return")

            testTheory
                "measures of the whole day agree with the variance overnight and in trading hours"
                [ VarianceMeasure.GarmanKlassYangZhang; VarianceMeasure.SquaredReturn ]
                (fun measure ->
                    let bars, variance = longMarket.Value
                    let ours = measured measure bars
                    // Market.simulated draws a quarter of the trading hours' variance overnight.
                    let ratios =
                        Array.map2 (fun ours (truth: Variance) -> ours / (1.25 * float truth)) ours variance[1..]

                    let mean = Array.average ratios

                    let deviation =
                        ratios |> Array.averageBy (fun ratio -> (ratio - mean) ** 2.0) |> sqrt

                    let error = deviation / sqrt (float ratios.Length)
                    Expect.isLessThan (abs (mean - 1.0)) (4.0 * error) $"mean {mean}, standard error {error}")

            testTheory "the name of a measure parses to it" measures (fun measure ->
                Expect.equal (Range.parse (Range.name measure)) (Ok measure) "round trip")

            testCase "a mistyped measure is told the known ones" (fun () ->
                let fault = Expect.wantError (Range.parse "parkinsen") "unknown"
                Expect.stringContains (Fault.describe fault) "Did you mean 'parkinson'?" "the nearest"
                Expect.isError (Range.parse "yang-zhang:1") "a window of one"
                Expect.isError (Range.parse "parkinson:5") "a window where there is none")

            testCase "fewer days than the window are too few" (fun () ->
                let bars, _ = Market.simulated 5 8L

                match Range.measure (VarianceMeasure.YangZhang 5) bars with
                | Error(Fault.TooShort(_, 6, 5)) -> ()
                | other -> failtestf "TooShort expected, found %A" other)
        ]

/// Simulated bars with days of a single price at these indices.
let private halted (days: int list) : Bars =
    let bars, _ = Market.simulated 60 9L
    let columns = toColumns bars

    let level (prices: float[]) =
        prices
        |> Array.mapi (fun day price -> if List.contains day days then bars.Close[day] else price)

    let columns =
        { columns with
            Open = level columns.Open
            High = level columns.High
            Low = level columns.Low
        }

    Expect.wantOk (Bars.check columns) "sound"

let private history (bars: Bars) : History =
    Expect.wantOk (Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass bars) "measured"

let private histories =
    testList
        "histories"
        [
            testCase "variances and returns are aligned by date" (fun () ->
                let bars, _ = Market.simulated 60 10L

                let history =
                    Expect.wantOk
                        (Measured.history VarianceFloor.SmallestSoFar (VarianceMeasure.YangZhang 5) bars)
                        "measured"

                let returns = Bars.returns bars
                Expect.equal history.Dates bars.Dates[5..] "dates"
                Expect.equal history.Returns returns[5..] "returns"

                Expect.equal
                    (history.Variance |> Array.map float)
                    (measured (VarianceMeasure.YangZhang 5) bars)
                    "variances")

            testCase "a halted day stands at the smallest value before it and is not scored" (fun () ->
                let history = history (halted [ 30; 40 ])
                Expect.equal history.Variance[30] (Array.min history.Variance[..29]) "floor"

                Expect.equal
                    [
                        for day in 0..59 do
                            if not history.Scored[day] then
                                day
                    ]
                    [ 30; 40 ]
                    "unscored days"

                Expect.all history.Variance (fun value -> value > 0.0< / day>) "positive")

            testCase "the floor reads nothing after its day" (fun () ->
                let bars = halted [ 30; 40 ]
                let prefix, whole = history (Bars.slice 0 35 bars), history bars
                Expect.sequenceEqual prefix.Variance whole.Variance[..35] "bit for bit")

            testCase "days before the first movement are left out" (fun () ->
                let history = history (halted [ 0; 1; 2 ])
                Expect.equal history.Dates.Length 57 "days"
                Expect.isTrue history.Scored[0] "the first is scored")

            testCase "a constant floor is what it says" (fun () ->
                let floor = VarianceFloor.Constant 1e-9< / day>

                let history =
                    Expect.wantOk (Measured.history floor VarianceMeasure.Parkinson (halted [ 0; 30 ])) "measured"

                Expect.equal history.Variance[0] 1e-9< / day> "first"
                Expect.equal history.Variance[30] 1e-9< / day> "thirtieth"
                let zero = VarianceFloor.Constant 0.0< / day>
                Expect.isError (Measured.history zero VarianceMeasure.Parkinson (halted [])) "a floor of zero")

            testCase "a price that never moves has no variance to forecast" (fun () ->
                let bars = Market.bars (List.replicate 50 (5.0, 5.0, 5.0, 5.0))

                match Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.Parkinson bars with
                | Error(Fault.BadData(_, _, "a constant series", _)) -> ()
                | other -> failtestf "BadData expected, found %A" other)

            testCase "too few days are refused with the minimum" (fun () ->
                let bars, _ = Market.simulated 23 11L

                match Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.SquaredReturn bars with
                | Error(Fault.TooShort(_, 24, 23)) -> ()
                | other -> failtestf "TooShort expected, found %A" other)
        ]

let private shipped =
    testCase "the data that the project ships are taken without a note" (fun () ->
        let path =
            Expect.wantSome (Market.repositoryFile "data/sp500.csv") "data/sp500.csv is there"

        let taken = Expect.wantOk (Ingest.bars Ingest.defaults path) "taken"
        Expect.equal (taken.Panel |> List.map (fun bars -> bars.Symbol, bars.Length)) [ "sp500", 5105 ] "days"
        Expect.isEmpty taken.Notes "notes")

let private real =
    let read (relative: string) =
        Ingest.bars Ingest.defaults (Market.developmentFile relative)

    testList
        "development data"
        [
            testCase "the S&P 500 of two exporters is taken without a note" (fun () ->
                for relative, days in [ "daily/vega_sp500_2000.csv.gz", 5105; "daily/arch_sp500.csv.gz", 5031 ] do
                    let taken = Expect.wantOk (read relative) relative
                    Expect.equal (taken.Panel |> List.map _.Length) [ days ] "days"
                    Expect.isEmpty taken.Notes "notes"

                    Expect.isOk
                        (Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass taken.Panel.Head)
                        "history")

            testCase "the unadjusted split of aapl is noted" (fun () ->
                let options =
                    { Ingest.defaults with
                        BadRows = BadRows.Drop
                    }

                let taken =
                    Expect.wantOk
                        (Ingest.bars options (Market.developmentFile "daily/lean_us_equity_daily_6.csv.gz"))
                        "taken"

                let jumps =
                    taken.Notes
                    |> List.choose (function
                        | IngestNote.SplitLikeJump("aapl", jump) -> Some(jump.Date, jump.Ratio)
                        | _ -> None)

                Expect.contains jumps (DateOnly(2014, 6, 9), struct (7, 1)) "seven for one")
        ]

[<Tests>]
let tests = testList "Range" [ formulas; laws; histories; shipped; real ]
