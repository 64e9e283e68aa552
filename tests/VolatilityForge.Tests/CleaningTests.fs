/// Cleaning: what each step touches, its count, and its naive twin.
module VolatilityForge.Tests.CleaningTests

open System
open Expecto
open VolatilityForge

let private start = DateTime(2020, 1, 2, 10, 0, 0)

let private quotes (rows: (int * float * float) list) : Quotes =
    let rows = Array.ofList rows

    Expect.wantOk
        (Quotes.check
            {
                Symbol = "X"
                Times = rows |> Array.map (fun (second, _, _) -> start.AddSeconds(float second))
                Bid = rows |> Array.map (fun (_, bid, _) -> bid)
                Ask = rows |> Array.map (fun (_, _, ask) -> ask)
                BidSize = Some(rows |> Array.mapi (fun row _ -> float (row + 1)))
                AskSize = Some(rows |> Array.mapi (fun row _ -> float (row % 2)))
                Exchange = Some(rows |> Array.mapi (fun row _ -> if row % 2 = 0 then "N" else "T"))
            })
        "sound"

let private trades (rows: (int * float * float) list) : Trades =
    let rows = Array.ofList rows

    Expect.wantOk
        (Trades.check
            {
                Symbol = "X"
                Times = rows |> Array.map (fun (second, _, _) -> start.AddSeconds(float second))
                Price = rows |> Array.map (fun (_, price, _) -> price)
                Size = Some(rows |> Array.map (fun (_, _, size) -> size))
                Exchange = None
                Condition = Some(rows |> Array.mapi (fun row _ -> [| ""; "@F"; "E"; "Z"; "@ T" |][row % 5]))
                Correction = Some(rows |> Array.mapi (fun row _ -> if row = 1 then 1.0 else 0.0))
            })
        "sound"

let private parsed (text: string) : CleaningStep<Quotes> =
    Expect.wantOk (QuoteCleaning.parse text) text

/// Outliers as they are defined: every neighbourhood cut out and sorted afresh.
let private naiveOutliers (neighbours: int) (multiple: float) (granularity: float) (values: float[]) : bool[] =
    let side = neighbours / 2
    let present = values |> Array.indexed |> Array.filter (snd >> Double.IsNaN >> not)
    let flags = Array.zeroCreate<bool> values.Length

    present
    |> Array.iteri (fun index (row, value) ->
        let others =
            [|
                for other in max 0 (index - side) .. min (present.Length - 1) (index + side) do
                    if other <> index then
                        snd present[other]
            |]

        if others.Length >= 2 then
            let sorted = Array.sort others
            let half = sorted.Length / 2

            let median =
                if sorted.Length % 2 = 1 then
                    sorted[half]
                else
                    (sorted[half - 1] + sorted[half]) / 2.0

            let deviation = sorted |> Array.averageBy (fun other -> abs (other - median))
            flags[row] <- abs (value - median) > multiple * deviation + granularity)

    flags

[<Tests>]
let tests =
    testList
        "cleaning"
        [
            testTheory
                "a step of quotes touches what its rule says"
                [
                    "zero-price", [ 0, 1.0, 2.0; 1, 0.0, 2.0; 2, 1.0, nan; 3, -1.0, 2.0; 4, 1.0, 2.0 ], [ 0; 4 ]
                    "missing-price", [ 0, 1.0, 2.0; 1, 0.0, 2.0; 2, 1.0, nan; 3, -1.0, 2.0 ], [ 0; 1; 3 ]
                    "crossed", [ 0, 1.0, 2.0; 1, 2.0, 2.0; 2, 2.5, 2.0 ], [ 0; 1 ]
                    "locked", [ 0, 1.0, 2.0; 1, 2.0, 2.0; 2, 2.5, 2.0 ], [ 0; 2 ]
                    "zero-size", [ 0, 1.0, 2.0; 1, 1.0, 2.0; 2, 1.0, 2.0 ], [ 1 ]
                    "exchange:T", [ 0, 1.0, 2.0; 1, 1.0, 2.0; 2, 1.0, 2.0 ], [ 1 ]
                    "exchange:T+N", [ 0, 1.0, 2.0; 1, 1.0, 2.0; 2, 1.0, 2.0 ], [ 0; 1; 2 ]
                    "session:10:00-10:01", [ -1, 1.0, 2.0; 0, 1.0, 2.0; 60, 1.0, 2.0; 61, 1.0, 2.0 ], [ 1; 2 ]
                    "wide-spread:3", [ 0, 1.0, 2.0; 1, 1.0, 2.0; 2, 1.0, 4.0; 3, 1.0, 4.5 ], [ 0; 1; 2; 3 ]
                    "wide-spread:2", [ 0, 1.0, 2.0; 1, 1.0, 2.0; 2, 1.0, 2.0; 3, 1.0, 3.5 ], [ 0; 1; 2 ]
                    "duplicates:last", [ 0, 1.0, 2.0; 0, 1.5, 2.0; 1, 1.0, 2.0 ], [ 1; 2 ]
                ]
                (fun (name, rows, expected) ->
                    let all = quotes rows
                    let cleaned = QuoteCleaning.run [ parsed name ] all

                    Expect.equal
                        (cleaned.Ticks.BidSize.Value |> Array.map (fun size -> int size - 1))
                        (Array.ofList expected)
                        name

                    let count = cleaned.Counts.Head
                    Expect.equal (count.Touched, count.Left) (rows.Length - expected.Length, expected.Length) "count"
                    Expect.equal count.Step (name.Split(':')[0]) "name")

            testCase "quotes of one time are merged by the policy" (fun () ->
                let rows = [ 0, 1.0, 2.0; 0, 1.2, 2.5; 0, 1.6, 2.2; 1, 5.0, 6.0 ]

                for policy, bid, ask, size in
                    [
                        "last", 1.6, 2.2, 3.0
                        "median", 1.2, 2.2, 2.0
                        // Sizes 1, 2, 3 at the bid and 0, 1, 0 at the ask.
                        "weighted", (1.0 + 2.4 + 4.8) / 6.0, 2.5, 6.0
                    ] do
                    let merged =
                        (QuoteCleaning.run [ parsed $"duplicates:{policy}" ] (quotes rows)).Ticks

                    Expect.floatClose Accuracy.veryHigh merged.Bid[0] bid $"{policy} bid"
                    Expect.floatClose Accuracy.veryHigh merged.Ask[0] ask $"{policy} ask"
                    Expect.equal merged.BidSize.Value[0] size $"{policy} size"
                    Expect.equal (merged.Bid[1], merged.Length) (5.0, 2) "the lone quote")

            testCase "a step of trades touches what its rule says" (fun () ->
                let rows = [ 0, 1.0, 1.0; 0, 2.0, 3.0; 1, 3.0, 0.0; 2, nan, 1.0; 3, 0.0, 1.0 ]

                for name, expected in
                    [
                        "zero-price", [| 1.0; 2.0; 3.0 |]
                        "corrected", [| 1.0; 3.0; nan; 0.0 |]
                        "abnormal", [| 1.0; 2.0; 3.0 |]
                        "missing-price", [| 1.0; 2.0; 3.0; 0.0 |]
                        "duplicates:weighted", [| 1.75; 3.0; nan; 0.0 |]
                        "duplicates:median", [| 1.5; 3.0; nan; 0.0 |]
                        "duplicates:last", [| 2.0; 3.0; nan; 0.0 |]
                    ] do
                    let step = Expect.wantOk (TradeCleaning.parse name) name
                    let cleaned = TradeCleaning.run [ step ] (trades rows)

                    Expect.isTrue
                        (Array.forall2 (fun (found: float) wanted -> found.Equals wanted) cleaned.Ticks.Price expected)
                        $"{name}: {cleaned.Ticks.Price}"

                let merged =
                    TradeCleaning.run [ TradeCleaning.duplicates MergePolicy.Median ] (trades rows)

                Expect.equal merged.Ticks.Size.Value[0] 4.0 "sizes add up")

            testProperty "a rolling window finds what a search of every neighbourhood finds" (fun (seed: int64) ->
                // Few levels, so that windows hold ties, and a spread of half a level.
                let rng = Rng.ofSeed seed
                let struct (draws, _) = Rng.normals 130 rng
                let mids = draws |> Array.map (fun draw -> 100.0 + Math.Round(draw * draw * draw))
                let rows = mids |> Array.mapi (fun second mid -> second, mid - 0.25, mid + 0.25)
                let all = quotes (List.ofArray rows)
                let left = (QuoteCleaning.run [ QuoteCleaning.midOutliers 3.0 ] all).Ticks
                let far = naiveOutliers 50 3.0 0.5 mids

                left.Times =
                    (all.Times
                     |> Array.indexed
                     |> Array.filter (fun (row, _) -> not far[row])
                     |> Array.map snd))

            testCase "a middle far from those around it goes, one within a spread stays" (fun () ->
                let rows =
                    [
                        for second in 0..99 ->
                            match second with
                            | 40 -> second, 110.0, 110.5
                            | 60 -> second, 100.25, 100.75
                            | _ -> second, 100.0, 100.5
                    ]

                let cleaned = QuoteCleaning.run [ QuoteCleaning.midOutliers 10.0 ] (quotes rows)

                Expect.equal
                    (cleaned.Counts.Head.Touched, cleaned.Ticks.Bid |> Array.max)
                    (1, 100.25)
                    "only the far one")

            testCase "where half of the quotes are locked no spread is wide" (fun () ->
                let rows =
                    [ for second in 0..20 -> second, 10.0, (if second % 3 = 0 then 10.5 else 10.0) ]

                let cleaned = QuoteCleaning.run [ QuoteCleaning.wideSpreads 50.0 ] (quotes rows)
                Expect.equal cleaned.Counts.Head.Touched 0 "touched")

            testCase "crossed quotes make no granularity below zero" (fun () ->
                // Their middles are all one, so that anything below a deviation of 0 would take every one.
                let rows = [ for second in 0..60 -> second, 11.0, 10.0 ]
                let cleaned = QuoteCleaning.run [ QuoteCleaning.midOutliers 10.0 ] (quotes rows)
                Expect.equal cleaned.Counts.Head.Touched 0 "touched")

            testCase "one neighbour has no deviation to be off by, and an untold correction is none" (fun () ->
                let two = quotes [ 0, 10.0, 10.01; 1, 90.0, 90.01 ]
                Expect.equal (QuoteCleaning.run [ QuoteCleaning.midOutliers 10.0 ] two).Ticks.Length 2 "both stay"

                let told =
                    Trades.check
                        {
                            Symbol = "X"
                            Times = Array.init 3 (fun second -> start.AddSeconds(float second))
                            Price = [| 1.0; 2.0; 3.0 |]
                            Size = None
                            Exchange = None
                            Condition = None
                            Correction = Some [| nan; 0.0; 1.0 |]
                        }

                let kept =
                    TradeCleaning.run [ TradeCleaning.corrected ] (Expect.wantOk told "sound")

                Expect.equal kept.Ticks.Price [| 1.0; 2.0 |] "uncorrected")

            testProperty "outliers of trades are those of a search, with ties and in short days too" (fun (seed: int) ->
                let pick = Random seed
                let count = [| 1; 2; 3; 5; 40; 130 |][pick.Next 6]

                // Ticks of a quarter: exact sums and many ties.
                let prices = Array.init count (fun _ -> 100.0 + 0.25 * float (pick.Next 9))

                let all =
                    trades (prices |> Array.mapi (fun second price -> second, price, 1.0) |> List.ofArray)

                let tick =
                    prices
                    |> Array.pairwise
                    |> Array.map (fun (before, now) -> abs (now - before))
                    |> Array.filter (fun change -> change > 0.0)
                    |> fun changes -> if changes.Length = 0 then 0.0 else Array.min changes

                [ 0.1; 1.0 ]
                |> List.forall (fun multiple ->
                    let far = naiveOutliers 50 multiple (2.0 * tick) prices

                    (TradeCleaning.run [ TradeCleaning.priceOutliers multiple ] all).Ticks.Times =
                        (all.Times
                         |> Array.indexed
                         |> Array.filter (fun (row, _) -> not far[row])
                         |> Array.map snd)))

            testCase "the steps of signed prices keep what is below zero, and are the standard ones else" (fun () ->
                let rows = [ for second in 0..9 -> second, -5.0, 1.0 ]

                let names steps =
                    steps |> List.map (fun (step: CleaningStep<Trades>) -> step.Name)

                Expect.equal
                    (names TradeCleaning.signed)
                    ("missing-price" :: (names TradeCleaning.standard).Tail)
                    "steps"

                let kept = TradeCleaning.run [ TradeCleaning.signed.Head ] (trades rows)

                Expect.equal kept.Ticks.Length 10 "kept")

            testCase "a step that isn't said to look ahead judges a row by nothing after it" (fun () ->
                let pick = Random 8

                let rows =
                    [
                        for second in 0..120 ->
                            let wild = second > 60 && pick.Next 2 = 0
                            let bid = 100.0 + (if wild then 50.0 else 0.01) * float (pick.Next 4)
                            second, bid, bid + (if second > 60 then 0.01 else 1.0) * float (pick.Next 4)
                    ]

                let early = rows |> List.filter (fun (second, _, _) -> second <= 60)

                let looks (step: CleaningStep<Quotes>) =
                    let upTo (cleaned: Cleaned<Quotes>) =
                        let ticks = cleaned.Ticks

                        [
                            for row in 0 .. ticks.Length - 1 do
                                if ticks.Times[row] <= start.AddSeconds 60.0 then
                                    ticks.Times[row], ticks.Bid[row], ticks.Ask[row]
                        ]

                    upTo (QuoteCleaning.run [ step ] (quotes rows))
                    <> upTo (QuoteCleaning.run [ step ] (quotes early))

                let steps =
                    [
                        "session:10:00-10:01"
                        "missing-price"
                        "zero-price"
                        "zero-size"
                        "exchange:N"
                        "crossed"
                        "locked"
                        "wide-spread:2"
                        "mid-outlier:1"
                        "duplicates:last"
                    ]
                    |> List.map parsed

                Expect.equal
                    (steps |> List.filter looks |> List.map _.Name)
                    QuoteCleaning.lookingAhead
                    "steps that look ahead")

            testCase "a step of one's own is counted like the others" (fun () ->
                let own =
                    {
                        Name = "odd-second"
                        Rule = "odd second"
                        Apply = fun quotes -> Quotes.filter (fun row -> quotes.Times[row].Second % 2 = 0) quotes
                    }

                let cleaned =
                    QuoteCleaning.run [ own; QuoteCleaning.crossed ] (quotes [ 0, 1.0, 2.0; 1, 1.0, 2.0; 2, 3.0, 2.0 ])

                Expect.equal
                    (cleaned.Counts |> List.map (fun count -> count.Step, count.Touched, count.Left))
                    [ "odd-second", 1, 2; "crossed", 1, 1 ]
                    "counts")

            testCase "what isn't written of a step is its usual argument, and case doesn't matter" (fun () ->
                for short, whole in
                    [
                        "wide-spread", "wide-spread:50"
                        "mid-outlier", "mid-outlier:10"
                        "duplicates", "duplicates:median"
                        "Duplicates:Weighted", "duplicates:weighted"
                    ] do
                    let short, whole = parsed short, parsed whole
                    Expect.equal (short.Name, short.Rule) (whole.Name, whole.Rule) "steps")

            testTheory
                "a step that is not known, or has a wrong argument, is a fault"
                [
                    "crosed"
                    "exchange"
                    "wide-spread:0"
                    "wide-spread:x"
                    "duplicates:first"
                    "session:9"
                    "crossed:1"
                ]
                (fun text -> Expect.isError (QuoteCleaning.parse text) text)

            testCase "no quotes are cleaned to no quotes" (fun () ->
                let cleaned = QuoteCleaning.run QuoteCleaning.standard (quotes [])
                Expect.equal (cleaned.Ticks.Length, cleaned.Counts.Length) (0, 5) "counts")

            // Counts by pandas: tests/golden/cleaning.py on the same file.
            testCase "two days of raw TAQ quotes lose what pandas says they lose" (fun () ->
                let path = Market.developmentFile "quotes/hf_taq_xxx_quotes_raw_2018.csv.gz"
                let raw = (Expect.wantOk (QuotesCsv.read TableOptions.Default path) "taken").Head
                let session = parsed "session:14:30-21:00"

                let counts steps =
                    (QuoteCleaning.run steps raw).Counts
                    |> List.map (fun count -> count.Step, count.Touched)

                Expect.equal (counts (session :: QuoteCleaning.standard)) CleaningGolden.standard "the standard steps"

                Expect.equal
                    (counts
                        [
                            QuoteCleaning.zeroPrices
                            QuoteCleaning.crossed
                            QuoteCleaning.locked
                            QuoteCleaning.zeroSizes
                            QuoteCleaning.wideSpreads 50.0
                            QuoteCleaning.midOutliers 10.0
                            QuoteCleaning.exchanges [ "N" ]
                        ])
                    CleaningGolden.unmerged
                    "without merging")
        ]
