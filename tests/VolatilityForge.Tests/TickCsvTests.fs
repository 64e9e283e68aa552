/// Quotes, trades and option quotes in files: the layouts of sources, and what is refused.
module VolatilityForge.Tests.TickCsvTests

open System
open System.Text
open Expecto
open VolatilityForge

let private text (lines: string list) : string = String.Join("\n", lines) + "\n"

let private file (lines: string list) (read: string -> Result<'a, Fault>) : Result<'a, Fault> =
    BarFiles.withBytes "xyz.csv" (Encoding.UTF8.GetBytes(text lines)) read

let private quotes (lines: string list) : Quotes =
    (Expect.wantOk (file lines (QuotesCsv.read TableOptions.Default)) "taken").Head

let private trades (lines: string list) : Trades =
    (Expect.wantOk (file lines (TradesCsv.read TableOptions.Default)) "taken").Head

let private options (lines: string list) : OptionQuotes =
    (Expect.wantOk (file lines (OptionsCsv.read TableOptions.Default)) "taken").Head

let private place (result: Result<'a, Fault>) : int * string =
    match result with
    | Error fault ->
        match Fault.flatten fault |> List.head with
        | Fault.BadData(place, _, _, _) -> place.Row, place.Column
        | other -> failtestf "BadData expected, found %A" other
    | Ok _ -> failtest "the file must be refused"

let private at (hour: int) (minute: int) : DateTime = DateTime(2020, 1, 2, hour, minute, 0)

let private sound: QuoteColumns =
    {
        Symbol = "X"
        Times = [| at 10 0; at 10 0; at 10 1 |]
        Bid = [| 1.0; nan; -2.0 |]
        Ask = [| 2.0; 0.0; -1.0 |]
        BidSize = Some [| 1.0; 0.0; nan |]
        AskSize = None
        Exchange = None
    }

[<Tests>]
let tests =
    testList
        "ticks"
        [
            testCase "TAQ, minute bars and feeds give the same quotes" (fun () ->
                for lines in
                    [
                        [
                            "DT,EX,BID,BIDSIZ,OFR,OFRSIZ,SYMBOL"
                            "2020-01-02T10:00:00.000,P,9.5,3,9.6,4,XYZ"
                        ]
                        [
                            "DATE,TIME_M,EX,SYM_ROOT,BID,BIDSIZ,ASK,ASKSIZ"
                            "20200102,10:00:00.000000000,P,XYZ,9.5,3,9.6,4"
                        ]
                        [
                            "symbol,time,bid_open,bid_high,bid_low,bid_close,bid_size,ask_open,ask_high,ask_low,ask_close,ask_size"
                            "XYZ,2020-01-02T10:00:00,1,1,1,9.5,3,2,2,2,9.6,4"
                        ]
                        [
                            "timestamp;askPrice;askQty;bidPrice;bidQty;symbol"
                            "1577959200000;9.6;4;9.5;3;XYZ"
                        ]
                    ] do
                    let read = quotes lines

                    Expect.equal
                        (read.Symbol, read.Times, read.Bid, read.Ask, read.BidSize, read.AskSize)
                        ("XYZ", [| at 10 0 |], [| 9.5 |], [| 9.6 |], Some [| 3.0 |], Some [| 4.0 |])
                        lines.Head)

            testCase "a bar's close and volume are a trade" (fun () ->
                let read =
                    trades [ "symbol,time,open,high,low,close,volume"; "x,2020-01-02T10:00,1,3,1,2,100" ]

                Expect.equal (read.Price, read.Size) ([| 2.0 |], Some [| 100.0 |]) "trade")

            testCase "conditions, corrections and exchanges of trades are kept" (fun () ->
                let read =
                    trades
                        [
                            "time,price,cond,corr,ex"
                            "2020-01-02T10:00,2,@F,0,N"
                            "2020-01-02T10:00,2,,1,T"
                        ]

                Expect.equal
                    (read.Condition, read.Correction, read.Exchange, read.Size, read.Symbol)
                    (Some [| "@F"; "" |], Some [| 0.0; 1.0 |], Some [| "N"; "T" |], None, "xyz")
                    "columns")

            testTheory
                "a row that breaks a rule is refused with the place"
                [
                    [ "time,bid,ask"; "2020-01-02T10:00,1,x" ], (2, "ask")
                    [ "time,bid,ask"; "2020-01-02T10:00,1,inf" ], (2, "ask")
                    [ "time,bid,ask,bid_size"; "2020-01-02T10:00,1,2,-1" ], (2, "bid size")
                    [ "time,bid,ask"; "2020-01-02T10:01,1,2"; "2020-01-02T10:00,1,2" ], (3, "time")
                    [ "time,bid"; "2020-01-02T10:00,1" ], (1, "ask")
                    [ "time,bid,ask,offer"; "2020-01-02T10:00,1,2,3"; "x" ], (3, "")
                    [ "time,bid,ask,Ask"; "2020-01-02T10:00,1,2,3" ], (1, "ask")
                ]
                (fun (lines, expected) ->
                    Expect.equal (place (file lines (QuotesCsv.read TableOptions.Default))) expected lines.Head)

            testCase "roles are told by the options, and unknown roles are faults" (fun () ->
                let lines = [ "time,b,a"; "2020-01-02T10:00,1,2" ]

                let named roles =
                    { TableOptions.Default with
                        Columns = Map.ofList roles
                    }

                let read =
                    Expect.wantOk (file lines (QuotesCsv.read (named [ "Bid", "b"; "ask", "A" ]))) "taken"

                Expect.equal read.Head.Ask [| 2.0 |] "ask"

                match file lines (QuotesCsv.read (named [ "bud", "b" ])) with
                | Error(Fault.UnknownName(_, "bud", known)) -> Expect.contains known "bid" "known roles"
                | other -> failtestf "UnknownName expected, found %A" other)

            testCase
                "zero, negative, missing and crossed prices are quotes; infinite ones and times that go back are not"
                (fun () ->
                    Expect.isOk (Quotes.check sound) "sound"

                    for broken, expected in
                        [
                            { sound with
                                Bid = [| 1.0; 2.0; infinity |]
                            },
                            (3, "bid")
                            { sound with
                                BidSize = Some [| 1.0; -1.0; 0.0 |]
                            },
                            (2, "bid size")
                            { sound with
                                Times = [| at 10 1; at 10 0; at 10 1 |]
                            },
                            (2, "time")
                        ] do
                        Expect.equal (place (Quotes.check broken)) expected "place"

                    match Quotes.check { sound with Ask = [| 1.0 |] } with
                    | Error(Fault.BadShape(_, "column ask", _, "1")) -> ()
                    | other -> failtestf "BadShape expected, found %A" other)

            testCase "quotes of one time make no frame until they are merged" (fun () ->
                let known = Expect.wantOk (Quotes.check sound) "sound"
                Expect.equal (place (Quotes.toFrame known)) (2, "time") "place"

                let frame =
                    Expect.wantOk (Quotes.toFrame (Quotes.filter (fun row -> row > 0) known)) "frame"

                Expect.equal (frame.Names, frame.Length) ([ "bid"; "ask"; "bid_size" ], 2) "columns")

            testCase "a chain has prices, a surface has volatilities and says its day by its expiries" (fun () ->
                let chain =
                    options
                        [
                            "underlying,expiry,strike,right,time,bid_close,ask_close,bid_size,ask_size"
                            "x,2020-02-21,100,P,2020-01-03,1,2,3,4"
                            "x,2020-01-17,100,c,2020-01-02,,2,0,4"
                        ]

                Expect.equal
                    (chain.Right, chain.Times[0], chain.Ask)
                    (Some [| OptionRight.Call; OptionRight.Put |], DateTime(2020, 1, 2), Some [| 2.0; 2.0 |])
                    "sorted by time"

                Expect.equal (chain.Bid.Value |> Array.map Double.IsNaN) [| true; false |] "no bid"

                let surface =
                    options
                        [
                            "Expiry,Texp,Strike,Bid,Ask,Fwd,CallMid"
                            "20200117,0.0410677618069815,100,,0.2,101,5"
                            "20200118,0.0438056125941136,100,0.1,0.2,102,6"
                        ]

                Expect.equal
                    (surface.Times, surface.Bid, surface.AskVolatility, surface.Right)
                    (Array.create 2 (DateTime(2020, 1, 2)), None, Some [| 0.2; 0.2 |], None)
                    "surface")

            testTheory
                "an option quote that can't be is refused with the place"
                [
                    [ "expiry,strike,right,time,bid,ask"; "2020-01-17,0,C,2020-01-02,1,2" ], (2, "strike")
                    [ "expiry,strike,right,time,bid,ask"; "2020-01-17,,C,2020-01-02,1,2" ], (2, "strike")
                    [ "expiry,strike,right,time,bid,ask"; "2020-01-17,1,X,2020-01-02,1,2" ], (2, "right")
                    [ "expiry,strike,right,time,bid,ask"; "2020-01-17,1,C,2020-01-20,1,2" ], (2, "expiry")
                    [ "expiry,strike,right,time,bid,ask"; "2020-01-17,1,C,2020-01-02,-1,2" ], (2, "bid")
                    [ "expiry,strike,bid,ask,fwd"; "2020-01-17,1,1,2,3" ], (0, "time")
                    [
                        "expiry,texp,strike,bid,ask,fwd"
                        "2020-01-17,0.04,1,1,2,3"
                        "2020-01-18,0.4,1,1,2,3"
                    ],
                    (0, "time")
                ]
                (fun (lines, expected) ->
                    Expect.equal (place (file lines (OptionsCsv.read TableOptions.Default))) expected lines.Head)

            testCase "snapshots are the quotes of each time" (fun () ->
                let chain =
                    options
                        [
                            "expiry,strike,right,time,bid,ask"
                            "2020-01-17,1,C,2020-01-02,1,2"
                            "2020-01-17,2,C,2020-01-02,1,2"
                            "2020-01-17,1,C,2020-01-03,1,2"
                        ]

                Expect.equal
                    (OptionQuotes.snapshots chain
                     |> List.map (fun (time, quotes) -> time.Day, quotes.Strike))
                    [ 2, [| 1.0; 2.0 |]; 3, [| 1.0 |] ]
                    "days")

            testCase "the quote and option files of the development data are read as they are" (fun () ->
                let read reader (path: string) =
                    Expect.wantOk (reader TableOptions.Default (Market.developmentFile path)) path

                let taq = read QuotesCsv.read "quotes/hf_taq_xxx_quotes_raw_2018.csv.gz"
                Expect.equal (taq.Head.Symbol, taq.Head.Length) ("XXX", 131401) "TAQ"
                let minutes = read QuotesCsv.read "quotes/lean_equity_minute_quotes_3.csv.gz"

                Expect.equal
                    (minutes |> List.map (fun quotes -> quotes.Symbol, quotes.Length))
                    [ "aapl", 2512; "ibm", 3398; "spy", 6373 ]
                    "minute quotes"

                let bars = read TradesCsv.read "quotes/lean_equity_minute_trades_3.csv.gz"
                Expect.equal (bars |> List.sumBy _.Length) 10655 "minute trades"
                let surface = read OptionsCsv.read "options/gatheral_spx_ivols_20230215.csv.gz"
                Expect.equal (surface.Head.Length, surface.Head.Times[0]) (7423, DateTime(2023, 2, 15)) "surface"
                let chains = read OptionsCsv.read "options/lean_daily_quotes_aapl_goog_twx.csv.gz"
                Expect.equal (chains |> List.sumBy _.Length) 9150 "chains")
        ]
