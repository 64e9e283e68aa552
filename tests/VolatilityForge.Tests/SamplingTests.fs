/// Prices, days, sampling and the table of daily measures; kinds of tables; splits.
module VolatilityForge.Tests.SamplingTests

open System
open System.IO
open Expecto
open VolatilityForge

let private date = DateOnly(2020, 1, 2)

let private at (clock: string) : DateTime =
    date.ToDateTime(TimeOnly.Parse(clock, Globalization.CultureInfo.InvariantCulture))

let private prices (kind: ReturnKind) (ticks: (string * float) list) : Result<TickPrices, Fault> =
    TickPrices.check
        kind
        "X"
        "price"
        (ticks |> List.map (fst >> at) |> Array.ofList)
        (ticks |> List.map snd |> Array.ofList)

let private day (ticks: (string * float) list) : PriceDay =
    let sound = Expect.wantOk (prices ReturnKind.Arithmetic ticks) "sound"
    (TickPrices.days (Calendar.weekdays Session.usEquities) sound).Head

let private sampled (text: string) (ticks: (string * float) list) : float[] =
    Sampling.levels (Expect.wantOk (Sampling.parse text) text) (day ticks)

/// The previous tick of every point of a grid, by a search over all ticks.
let private naiveGrid (step: TimeSpan) (day: PriceDay) : float[] =
    let opens = day.Date.ToDateTime day.Session.Open
    let closes = day.Date.ToDateTime day.Session.Close

    let points =
        Seq.initInfinite (fun index -> opens + step * float index)
        |> Seq.takeWhile (fun point -> point <= closes)
        |> Seq.filter (fun point -> point > day.Times[0])

    let previous (point: DateTime) : float =
        Seq.zip day.Times day.Levels
        |> Seq.filter (fun (time, _) -> time <= point)
        |> Seq.last
        |> snd

    Array.append [| day.Levels[0] |] (points |> Seq.map previous |> Array.ofSeq)

[<Tests>]
let tests =
    testList
        "Sampling"
        [
            testTheory
                "names are read and written alike"
                [
                    "5m", "5m"
                    "300s", "5m"
                    "1h", "1h"
                    "0.5s", "0.5s"
                    "90m", "90m"
                    "ticks:10", "ticks:10"
                    "changes", "changes"
                    "All", "all"
                    "previous-tick:30s", "30s"
                    "previous-tick", "5m"
                    "5min", "5m"
                ]
                (fun (text, expected) ->
                    Expect.equal (Sampling.name (Expect.wantOk (Sampling.parse text) text)) expected text)

            testTheory
                "a scheme that is none is refused"
                [ "5"; "0m"; "-5m"; "m"; "ticks:0"; "ticks"; "25h"; "5m:x"; "ticks:1.5" ]
                (fun text -> Expect.isError (Sampling.parse text) text)

            testCase "middles that are one number in decimals are no move, whatever their last bits" (fun () ->
                let pick = Random 3
                let rows = 2_000
                // In cents: wide and narrow quotes about middles that move every third time.
                let middle = Array.init rows (fun row -> 15_000 + (row / 3) % 7)
                let half = Array.init rows (fun _ -> 1 + pick.Next 40)

                let quotes =
                    Quotes.check
                        {
                            Symbol = "X"
                            Times = Array.init rows (fun row -> (at "09:30").AddSeconds(float row))
                            Bid = Array.init rows (fun row -> float (middle[row] - half[row]) / 100.0)
                            Ask = Array.init rows (fun row -> float (middle[row] + half[row]) / 100.0)
                            BidSize = None
                            AskSize = None
                            Exchange = None
                        }

                let moves =
                    Array.pairwise middle
                    |> Array.filter (fun (before, now) -> before <> now)
                    |> Array.length

                for kind in [ ReturnKind.Log; ReturnKind.Arithmetic ] do
                    let prices =
                        Expect.wantOk (TickPrices.ofQuotes kind (Expect.wantOk quotes "sound")) "prices"

                    let day = (TickPrices.days (Calendar.weekdays Session.usEquities) prices).Head

                    let differing =
                        Sampling.returns day.Levels
                        |> Array.filter (fun change -> change <> 0.0)
                        |> Array.length

                    Expect.isGreaterThan differing (moves + 100) "last bits differ"
                    Expect.equal (Sampling.levels Sampling.Changes day).Length (moves + 1) "changes"

                    let noise = float (Subsampling.noiseVariance 1 day.Levels)
                    let realised = float (PowerVariation.realised (Sampling.returns day.Levels))
                    Expect.floatClose Accuracy.high noise (realised / (2.0 * float moves)) "noise")

            testCase "a grid starts at the first tick and ends at the close" (fun () ->
                let ticks =
                    [ "09:31", 1.0; "09:35", 2.0; "09:35:00.001", 3.0; "15:59", 4.0; "16:00", 5.0 ]

                let levels = sampled "5m" ticks
                Expect.equal levels.Length 79 "points from 09:35 to 16:00 and the first tick"

                Expect.equal
                    (levels[0], levels[1], levels[2], levels[77], levels[78])
                    (1.0, 2.0, 3.0, 3.0, 5.0)
                    "previous ticks"

                Expect.equal (sampled "ticks:2" ticks) [| 1.0; 3.0; 5.0 |] "every second"
                Expect.equal (sampled "ticks:3" ticks) [| 1.0; 4.0; 5.0 |] "every third, and the last"
                Expect.equal (sampled "all" ticks) [| 1.0; 2.0; 3.0; 4.0; 5.0 |] "all"

                Expect.equal
                    (sampled "changes" [ "10:00", 1.0; "10:01", 1.0; "10:02", 2.0; "10:03", 1.0 ])
                    [| 1.0; 2.0; 1.0 |]
                    "changes")

            testProperty "previous ticks are those a search finds" (fun (seconds: int list) (minutes: int) ->
                let times =
                    34200 :: (seconds |> List.map (fun second -> 34200 + abs second * 37 % 23400))
                    |> List.sort

                let ticks =
                    times
                    |> List.mapi (fun index second -> TimeSpan.FromSeconds(float second).ToString(), float (index + 1))

                let step = TimeSpan.FromMinutes(float (1 + abs minutes % 60))
                let day = day ticks
                Sampling.levels (Sampling.Every step) day = naiveGrid step day)

            testCase "what has happened after a tick changes nothing sampled before it" (fun () ->
                let ticks = [ "09:30", 1.0; "10:00", 2.0; "11:00", 3.0 ]
                let later = ticks @ [ "12:00", 9.0 ]
                let before, after = sampled "5m" ticks, sampled "5m" later
                Expect.equal after[..29] before[..29] "before noon")

            testCase "days are those of the calendar, without halts" (fun () ->
                let sound =
                    Expect.wantOk
                        (prices ReturnKind.Log [ "09:00", 1.0; "09:30", 2.0; "10:00", 3.0; "16:00", 4.0; "16:01", 5.0 ])
                        "sound"

                let calendar =
                    Calendar.weekdays Session.usEquities
                    |> Calendar.withHalts
                        [
                            {
                                From = at "10:00"
                                Until = at "10:30"
                            }
                        ]

                match TickPrices.days calendar sound with
                | [ day ] -> Expect.equal day.Levels [| log 2.0; log 4.0 |] "ticks in hours"
                | days -> failtestf "one day expected, found %d" days.Length

                Expect.isEmpty (TickPrices.days (Calendar.withHolidays [ date ] calendar) sound) "a holiday"

                Expect.isError
                    (Intraday.measure
                        { Intraday.defaults with
                            Calendar = Calendar.withHolidays [ date ] calendar
                        }
                        IntradayMeasure.all
                        sound)
                    "no day")

            testTheory
                "a price that has no log is refused with its row, and taken for arithmetic returns"
                [ 0.0; -37.63 ]
                (fun price ->
                    let ticks = [ "10:00", 1.0; "10:01", price ]

                    match prices ReturnKind.Log ticks with
                    | Error(Fault.BadData(place, _, _, remedy)) ->
                        Expect.equal (place.Row, place.Column) (2, "price") "place"
                        Expect.stringContains remedy "arithmetic" "remedy"
                    | other -> failtestf "BadData expected, found %A" other

                    Expect.isOk (prices ReturnKind.Arithmetic ticks) "arithmetic"
                    Expect.isError (prices ReturnKind.Arithmetic [ "10:00", nan ]) "missing")

            testCase "a quote without a bid has no middle" (fun () ->
                let quotes =
                    {
                        Symbol = "X"
                        Times = [| at "10:00" |]
                        Bid = [| 0.0 |]
                        Ask = [| 10.0 |]
                        BidSize = None
                        AskSize = None
                        Exchange = None
                    }

                let quotes = Expect.wantOk (Quotes.check quotes) "sound"
                Expect.isError (TickPrices.ofQuotes ReturnKind.Log quotes) "log"
                Expect.isOk (TickPrices.ofQuotes ReturnKind.Arithmetic quotes) "arithmetic")

            testCase "a day too short for a measure has none, and the others theirs" (fun () ->
                let sound =
                    Expect.wantOk (prices ReturnKind.Log [ "10:00", 1.0; "10:01", 2.0 ]) "sound"

                let config =
                    { Intraday.defaults with
                        Sampling = Sampling.All
                    }

                let measures =
                    Expect.wantOk (Intraday.measure config IntradayMeasure.all sound) "measured"

                let value name =
                    (Expect.wantOk (RealisedMeasures.measure name measures) name)[0]

                Expect.equal (value "rv", value "ticks", value "observations") (log 2.0 * log 2.0, 2.0, 1.0) "there"

                for name in [ "bipower"; "med_rv"; "kernel_parzen"; "bns_statistic"; "lee_mykland_jumps" ] do
                    Expect.isTrue (Double.IsNaN(value name)) name)

            testCase "no day's measures are changed by a later day" (fun () ->
                // Days of many ticks, then of few: a typical day of all of them would be another one.
                let counts = [ 400; 300; 400; 30; 20; 10; 1; 350 ]
                let struct (draws, _) = Rng.normals (List.sum counts) (Rng.ofSeed 8L)

                let times =
                    counts
                    |> List.indexed
                    |> List.collect (fun (index, count) ->
                        List.init count (fun tick -> (at "09:30").AddDays(float index).AddSeconds(30.0 * float tick)))
                    |> Array.ofList

                let levels =
                    draws |> Array.scan (fun level draw -> level + 0.001 * draw) 4.6 |> Array.tail

                for sampling in [ Sampling.fiveMinutes; Sampling.All; Sampling.Ticks 3 ] do
                    for calendar in
                        [
                            Calendar.always
                            { Calendar.always with
                                Regular = Session.usEquities
                            }
                        ] do
                        let measured (days: int) : RealisedMeasures =
                            let ticks = counts |> List.take days |> List.sum

                            let prices =
                                TickPrices.check
                                    ReturnKind.Arithmetic
                                    "X"
                                    "price"
                                    times[.. ticks - 1]
                                    levels[.. ticks - 1]

                            Expect.wantOk
                                (Intraday.measure
                                    { Intraday.defaults with
                                        Calendar = calendar
                                        Sampling = sampling
                                    }
                                    IntradayMeasure.all
                                    (Expect.wantOk prices "sound"))
                                "measured"

                        let bits (days: int) (measures: RealisedMeasures) (name: string) =
                            (Expect.wantOk (RealisedMeasures.measure name measures) name)[.. days - 1]
                            |> Array.map BitConverter.DoubleToInt64Bits

                        let whole = measured counts.Length

                        let judged =
                            Expect.wantOk (RealisedMeasures.measure "lee_mykland_jumps" whole) "statistics"

                        if sampling <> Sampling.fiveMinutes then
                            Expect.isTrue (judged |> Array.exists (Double.IsNaN >> not)) "some windows are full"

                        for days in 1 .. counts.Length - 1 do
                            let first = measured days

                            for name in whole.Names do
                                Expect.equal (bits days first name) (bits days whole name) $"{name}, {days} days")

            testCase "a lone tick has no measure, and a day without hours ends with its last tick" (fun () ->
                let sound =
                    Expect.wantOk
                        (TickPrices.check
                            ReturnKind.Log
                            "X"
                            "price"
                            [| at "10:00"; at "10:02"; at "10:13"; (at "00:00").AddDays 1.0 |]
                            [| 1.0; 2.0; 4.0; 3.0 |])
                        "sound"

                let measures =
                    Expect.wantOk (Intraday.measure Intraday.defaults IntradayMeasure.all sound) "measured"

                let value name =
                    Expect.wantOk (RealisedMeasures.measure name measures) name

                let half = log 2.0 * log 2.0
                Expect.equal (value "observations") [| 3.0; 0.0 |] "10:05, 10:10 and 10:15; none"
                Expect.floatClose Accuracy.veryHigh (Array.head (value "rv")) (2.0 * half) "the last price counts"
                Expect.equal (value "ticks") [| 3.0; 1.0 |] "ticks"

                for name in measures.Names do
                    if name <> "observations" && name <> "ticks" then
                        Expect.isTrue (Double.IsNaN(Array.last (value name))) name)

            testCase "a grid of more than ten million points is refused before it is made" (fun () ->
                let sound =
                    Expect.wantOk (prices ReturnKind.Log [ "09:30", 1.0; "16:00", 2.0 ]) "sound"

                for text in [ "0.000001s"; "0.0000001s"; "0.002s" ] do
                    let config =
                        { Intraday.defaults with
                            Calendar = Calendar.weekdays Session.usEquities
                            Sampling = Expect.wantOk (Sampling.parse text) text
                        }

                    match Intraday.measure config [ IntradayMeasure.RealisedVariance ] sound with
                    | Error(Fault.BadSetting("sampling", _, _)) -> ()
                    | other -> failtestf "BadSetting expected for %s, found %A" text other)

            testCase "measures go through a frame and back" (fun () ->
                let made =
                    Expect.wantOk
                        (RealisedMeasures.check "X" [| date; date.AddDays 1 |] [ "rv", [| 1.0; nan |] ])
                        "sound"

                let back =
                    Expect.wantOk (RealisedMeasures.ofFrame (RealisedMeasures.toFrame made)) "back"

                Expect.equal (back.Symbol, back.Dates, back.Names) ("X", made.Dates, [ "rv" ]) "same"
                Expect.isError (RealisedMeasures.check "X" [| date; date |] [ "rv", [| 1.0; 2.0 |] ]) "a day twice"

                let timed =
                    Expect.wantOk (Frame.create "X" [| at "10:00" |] [ "rv", [| 1.0 |] ]) "sound"

                Expect.isError (RealisedMeasures.ofFrame timed) "a time of day")

            testTheory
                "a table's kind is told by its header"
                [
                    "date,open,high,low,close\n2020-01-02,1,1,1,1\n", TableKind.Bars
                    "date,open,high,low,close\n2020-01-02T00:00,1,1,1,1\n", TableKind.Bars
                    "time,open,high,low,close\n2020-01-02T09:30,1,1,1,1\n", TableKind.Trades
                    "time,price\n2020-01-02T09:30,1\n", TableKind.Trades
                    "DT,BID,OFR\n2020-01-02T09:30,1,2\n", TableKind.Quotes
                    "date,expiry,strike,bid,ask\n", TableKind.OptionQuotes
                    "date,rv\n2020-01-02,1\n", TableKind.Frame
                    "date,open_price,close_price,rv5\n2020-01-02,1,1,1\n", TableKind.Frame
                    "date,open,low,close\n2020-01-02,1,1,1\n", TableKind.Bars
                    "time,open,high,low,close\n2020-01-02T00:00,1,1,1,1\n2020-01-02T00:01,1,1,1,1\n", TableKind.Trades
                    "symbol,date,open,high,low,close\na,2020-01-02T00:00,1,1,1,1\nb,2020-01-02T00:00,1,1,1,1\na,2020-01-02T00:01,1,1,1,1\n",
                    TableKind.Trades
                    "date,open,high,low,close\n2020-01-02T00:00,1,1,1,1\n2020-01-03T00:00,1,1,1,1\n", TableKind.Bars
                ]
                (fun (text, expected) ->
                    let found =
                        TableKind.detectText TableOptions.Default "x.csv" (new StringReader(text))

                    Expect.equal (Expect.wantOk found text) expected text)

            testCase "bars adjusted for a split show none, detected or given" (fun () ->
                let columns =
                    { Market.columns [ 700.0, 707.0, 693.0, 700.0; 100.0, 101.0, 99.0, 100.0 ] with
                        Volume = Some [| 10.0; 70.0 |]
                    }

                let raw = Expect.wantOk (Bars.check columns) "sound"
                let given = [ { Date = raw.Dates[1]; Ratio = 7.0 } ]
                Expect.equal (Split.detected raw) given "detected"
                let adjusted = Expect.wantOk (Split.adjust given raw) "adjusted"

                Expect.equal
                    (adjusted.Open, adjusted.Low, adjusted.Volume)
                    ([| 100.0; 100.0 |], [| 99.0; 99.0 |], Some [| 70.0; 70.0 |])
                    "prices and volumes"

                Expect.isEmpty (Split.detected adjusted) "none is left"

                let twice =
                    Expect.wantOk (Split.adjust ({ Date = date.AddDays 40; Ratio = 2.0 } :: given) raw) "twice"

                Expect.equal twice.Close [| 50.0; 50.0 |] "splits multiply"
                Expect.isError (Split.adjust [ { Date = date; Ratio = 0.0 } ] raw) "ratio 0")
        ]
