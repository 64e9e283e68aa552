/// Quotes and trades of files as frames for features: what cleaning may know, what comes along, what stands beside what.
module VolatilityForge.Tests.TickFrameTests

open System
open System.IO
open Expecto
open VolatilityForge
open VolatilityForge.FsCheck

let private stamp (time: DateTime) : string =
    time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", Globalization.CultureInfo.InvariantCulture)

let private number (value: float) : string =
    if Double.IsNaN value then
        ""
    else
        value.ToString("R", Globalization.CultureInfo.InvariantCulture)

let private quotesText (header: string) (lines: string seq) : TextReader =
    new StringReader(String.Join("\n", Seq.append [ header ] lines) + "\n")

let private ofQuotes (text: TextReader) : Frame =
    let frames, _ =
        Expect.wantOk (TickFrames.ofQuotesText QuoteCleaning.causal TableOptions.Default "quotes.csv" text) "quotes"

    frames.Head.Frame

let private ofTrades (text: TextReader) : Frame =
    let frames, _ =
        Expect.wantOk (TickFrames.ofTradesText TradeCleaning.causal TableOptions.Default "trades.csv" text) "trades"

    frames.Head.Frame

let private column (name: string) (frame: Frame) : float[] =
    Expect.wantOk (Frame.column name frame) name

let private bits (frame: Frame) : (string * int64[]) list =
    [
        for name in frame.Names -> name, column name frame |> Array.map BitConverter.DoubleToInt64Bits
    ]

/// Rows that a causal cleaning must decide by themselves: crossed, wide, far off, of one time.
let private hostile: string[] =
    let pick = Random 5
    let start = DateTime(2024, 1, 2, 9, 30, 0)

    Array.init 400 (fun row ->
        let time = start.AddSeconds(float (row / 2) + (if row % 5 = 0 then 0.0 else 0.5))
        let mid = 100.0 + 0.01 * float (pick.Next 50)
        // A tenth of the quotes are far off, and spreads widen tenfold in the second half.
        let mid = if pick.Next 10 = 0 then 2.0 * mid else mid
        let spread = (if row < 200 then 0.01 else 2.0) * float (pick.Next(-1, 4))
        time, mid - spread, mid + spread, float (pick.Next 9), float (pick.Next 9))
    |> Array.sortBy (fun (time, _, _, _, _) -> time)
    |> Array.map (fun (time, bid, ask, bidSize, askSize) ->
        String.Join(",", stamp time, number bid, number ask, number bidSize, number askSize))

let private header = "time,bid,ask,bidsize,asksize"

[<Tests>]
let suite: Test =
    testList
        "features: frames of ticks"
        [
            testCase "rows up to a time are the same whatever comes after it" (fun () ->
                let whole = ofQuotes (quotesText header hostile)

                for cut in [ 3; 100; 199; 333 ] do
                    let part = ofQuotes (quotesText header (Array.truncate cut hostile))
                    let last = part.Index[part.Length - 1]
                    // More quotes of the cut's own time may follow it.
                    let before = last.AddTicks -1L
                    Expect.equal (bits (Frame.upTo before part)) (bits (Frame.upTo before whole)) $"cut {cut}"

                let standard =
                    TickFrames.ofQuotesText
                        QuoteCleaning.standard
                        TableOptions.Default
                        "quotes.csv"
                        (quotesText header hostile)

                let frames, _ = Expect.wantOk standard "standard"
                Expect.isLessThan frames.Head.Frame.Length whole.Length "the steps of measures know more")

            testCase "each quote stays as it was made: no size is a mean of several" (fun () ->
                let frame = ofQuotes (quotesText header hostile)

                for name in [ "bid_size"; "ask_size" ] do
                    Expect.isTrue (column name frame |> Array.forall (fun size -> size = Math.Floor size)) name)

            testCase "every level of a book and every other number comes along, beside its own quote" (fun () ->
                let lines =
                    [
                        "2024-01-02T09:30:00,10,11,5,6,9,12,7,8,100"
                        "2024-01-02T09:30:01,12,11,5,6,9.1,12.1,7.1,8.1,101"
                        "2024-01-02T09:30:02,10,11,5,6,9.2,12.2,7.2,8.2,102"
                        "2024-01-02T09:30:02,10.5,11,5,6,9.3,12.3,7.3,8.3,103"
                    ]

                let frame =
                    ofQuotes (quotesText "time,bid,ask,bidsize,asksize,bid_2,ASKPRICE2,BidSize2,ask_size_2,seq" lines)

                Expect.equal
                    frame.Names
                    [
                        "bid"
                        "ask"
                        "bid_size"
                        "ask_size"
                        "bid_2"
                        "ask_2"
                        "bid_size_2"
                        "ask_size_2"
                        "seq"
                    ]
                    "names"

                Expect.equal (column "seq" frame) [| 100.0; 103.0 |] "the crossed one gone, of two the last"
                Expect.equal (column "bid_2" frame) [| 9.0; 9.3 |] "the second level"

                let fitted =
                    Expect.wantOk (FeaturePipeline.Empty.AddMicrostructure().Fit frame) "fitted"

                Expect.contains fitted.Names "multi_level_order_flow_2" "features of two levels")

            testCase "a trade stands beside the last quote before it, strictly, of its day" (fun () ->
                let quotes =
                    ofQuotes (
                        quotesText
                            "time,bid,ask"
                            [
                                "2024-01-02T15:59:00,1,2"
                                "2024-01-03T09:30:01,3,4"
                                "2024-01-03T09:30:02,5,6"
                            ]
                    )

                let trades =
                    ofTrades (
                        quotesText
                            "time,price,size"
                            [
                                "2024-01-03T09:30:00,3.5,1"
                                "2024-01-03T09:30:02,4,2"
                                "2024-01-03T09:30:02.5,5.5,3"
                            ]
                    )

                let joined = Expect.wantOk (TickFrames.beside quotes trades) "joined"
                Expect.equal joined.Names [ "price"; "size"; "bid"; "ask" ] "names"
                let bid = column "bid" joined
                Expect.isTrue (Double.IsNaN bid[0]) "yesterday's quote doesn't stand"
                Expect.equal bid[1..] [| 3.0; 5.0 |] "a quote of the trade's own time doesn't stand"
                Expect.isError (TickFrames.beside trades trades) "columns of one name")

            testCase "trades of one time keep what was traded" (fun () ->
                let trades =
                    ofTrades (quotesText "time,price,size" [ "2024-01-03T09:30:00,10,1"; "2024-01-03T09:30:00,13,2" ])

                Expect.equal (column "price" trades) [| 12.0 |] "price by size"
                Expect.equal (column "size" trades) [| 3.0 |] "size")

            testCase "order flow starts anew at the open" (fun () ->
                let frame =
                    ofQuotes (
                        quotesText
                            header
                            [
                                "2024-01-02T08:00:00,10,11,5,5"
                                "2024-01-02T08:01:00,10,11,9,5"
                                "2024-01-02T09:30:00,10,11,12,5"
                                "2024-01-02T09:31:00,10,11,14,5"
                            ]
                    )

                let flow (spec: FeatureSpec) =
                    Expect.wantOk (FeatureRegistry.apply spec frame) "flow" |> List.head

                let plain = FeatureSpec.create "order-flow-imbalance"
                Expect.equal (flow plain) ("order_flow_imbalance", [| 0.0; 4.0; 7.0; 9.0 |]) "from midnight"

                Expect.equal
                    (flow (FeatureSpec.set "start" 570.0 plain))
                    ("order_flow_imbalance_from_09h30", [| 0.0; 4.0; 0.0; 2.0 |])
                    "from 09:30"

                Expect.equal
                    (flow (plain |> FeatureSpec.set "start" 570.0 |> FeatureSpec.set "minutes" 60.0))
                    ("order_flow_imbalance_60min_from_09h30", [| 0.0; 4.0; 0.0; 2.0 |])
                    "hours about 09:30")
        ]
