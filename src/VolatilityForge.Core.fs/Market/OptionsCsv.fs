/// Option quotes from CSV, plain or gzipped: chains with prices and sizes, or surfaces of implied volatilities. Knows no
/// pricing formula.
namespace VolatilityForge

open System
open System.IO

/// Reading option quotes.
[<RequireQualifiedAccess>]
module OptionsCsv =

    let internal roles =
        [
            "underlying"
            "expiry"
            "strike"
            "right"
            "bid"
            "ask"
            "bid size"
            "ask size"
            "bid volatility"
            "ask volatility"
            "forward"
            "years"
            "call mid"
            "underlying price"
        ]

    /// Days in a year where a source counts years to an expiry.
    let private daysPerYear = 365.25

    let private expiryNames =
        [ "expiry"; "expiration"; "expirydate"; "expirationdate"; "exdate"; "maturity" ]

    let private bidVolatilityNames =
        [
            "bidiv"
            "bidvol"
            "bidvolatility"
            "bidimpliedvolatility"
            "ivbid"
            "volbid"
        ]

    let private askVolatilityNames =
        [
            "askiv"
            "askvol"
            "askvolatility"
            "askimpliedvolatility"
            "ivask"
            "volask"
        ]

    let private right (source: string) (row: int) (text: string) : Result<OptionRight, Fault> =
        match text.ToLowerInvariant() with
        | "c"
        | "call"
        | "calls" -> Ok OptionRight.Call
        | "p"
        | "put"
        | "puts" -> Ok OptionRight.Put
        | _ ->
            let place =
                {
                    Source = source
                    Row = row
                    Column = "right"
                }

            Error(Fault.BadData(place, "the right must be C or P, call or put", BarRows.shown text, ""))

    let private rights (source: string) (rows: int[]) (words: string[]) : Result<OptionRight[], Fault> =
        let found = Array.zeroCreate<OptionRight> words.Length

        let rec fill row =
            if row = words.Length then
                Ok found
            else
                match right source rows[row] words[row] with
                | Ok value ->
                    found[row] <- value
                    fill (row + 1)
                | Error fault -> Error fault

        fill 0

    // A rule of columns tells its row in them; whoever mends the file looks for the row there.
    let rec private inFile (source: string) (rows: int[]) (fault: Fault) : Fault =
        match fault with
        | Fault.BadData(place, rule, found, remedy) when place.Row >= 1 && place.Row <= rows.Length ->
            let place =
                { place with
                    Source = source
                    Row = rows[place.Row - 1]
                }

            Fault.BadData(place, rule, found, remedy)
        | Fault.Several faults -> Fault.Several(faults |> List.map (inFile source rows))
        | other -> other

    // A surface of one close may not say which: its days to each expiry do.
    let private closeOf (source: string) (expiry: DateTime[]) (years: float[] option) : Result<DateTime, Fault> =
        let remedy = "Add a column with the time of the quotes."

        let place =
            {
                Source = source
                Row = 0
                Column = "time"
            }

        match years with
        | None ->
            Error(Fault.BadData(place, "option quotes must have a time, or years to each expiry", "neither", remedy))
        | Some years ->
            let closes =
                Array.map2
                    (fun (expiry: DateTime) years ->
                        if Double.IsFinite years && years <= 100.0 then
                            expiry.AddDays(-Math.Round(years * daysPerYear))
                        else
                            DateTime.MinValue)
                    expiry
                    years
                |> Array.distinct

            match closes with
            | [| close |] when close <> DateTime.MinValue -> Ok close
            | _ ->
                let found = $"""{Noun.counted closes.Length "different day"}"""
                Error(Fault.BadData(place, "years to expiry must lead to one day of quotes", found, remedy))

    /// The option quotes of a text, one value per underlying in ordinal order, and the notes. Where the options don't say
    /// what bid and ask are, they are prices in a file with a right of each option, and implied volatilities in one that has
    /// none but a forward. A file without a time must have years to each expiry (of 365.25 days) that lead to one day. Rows may
    /// come in any order, as chains are written contract by contract; they are put in order of time.
    let readText
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<OptionQuotes list * IngestNote list, Fault> =
        either {
            do! TableHeader.checkRoles options roles
            let! header = TableHeader.read options source text

            let find role names =
                TableHeader.find options header role names

            let! time = find "time" TableHeader.timeNames

            let! underlying =
                find "underlying" ("underlying" :: "root" :: TableHeader.symbolNames)

            let! expiry = TableHeader.require options header "expiry" expiryNames

            let! strike =
                TableHeader.require options header "strike" [ "strike"; "strikeprice"; "k" ]

            let! rightAt =
                find "right" [ "right"; "cpflag"; "callput"; "type"; "optiontype"; "putcall"; "cp" ]

            let! bidSize = find "bid size" TickRoles.bidSize
            let! askSize = find "ask size" TickRoles.askSize
            let! forward = find "forward" [ "forward"; "fwd"; "f"; "forwardprice" ]
            let! bid = find "bid" TickRoles.bid
            let! ask = find "ask" TickRoles.ask
            let! bidVolatility = find "bid volatility" bidVolatilityNames
            let! askVolatility = find "ask volatility" askVolatilityNames

            let! years =
                find "years" [ "years"; "texp"; "tau"; "t"; "yearstoexpiry"; "maturityyears" ]

            let! callMid = find "call mid" [ "callmid"; "midcall" ]

            let! underlyingPrice =
                find
                    "underlying price"
                    [
                        "underlyingprice"
                        "spot"
                        "underlyinglast"
                        "s"
                        "spotprice"
                        "underlyingclose"
                    ]

            let surface = rightAt < 0 && forward >= 0 && bidVolatility < 0 && askVolatility < 0

            let bid, bidVolatility = if surface then -1, bid else bid, bidVolatility
            let ask, askVolatility = if surface then -1, ask else ask, askVolatility

            let columns =
                [
                    "bid", bid
                    "ask", ask
                    "bid size", bidSize
                    "ask size", askSize
                    "bid volatility", bidVolatility
                    "ask volatility", askVolatility
                    "forward", forward
                    "years", years
                    "call mid", callMid
                    "underlying price", underlyingPrice
                ]

            let layout =
                {
                    Time = time
                    TimeOfDay = -1
                    Symbol = underlying
                    Dates = [ "expiry", expiry ]
                    Numbers =
                        [
                            "strike", strike, NumberRule.Positive, false
                            for name, position in columns do
                                if position >= 0 then
                                    name, position, NumberRule.NotNegative, true
                        ]
                    Words = TickRoles.at rightAt (fun at -> "right", at)
                    Optional = []
                }

            let! tables, notes =
                // Chains are written contract by contract; their order is no mistake.
                TableReader.read
                    { options with Sort = true }
                    source
                    (Source.stem source)
                    layout
                    header.Fields.Length
                    header.Cells

            let quotes (table: SymbolTable) : Result<OptionQuotes, Fault> =
                either {
                    let present =
                        columns |> List.filter (fun (_, position) -> position >= 0) |> List.map fst

                    let values = List.zip present table.Numbers.Tail |> Map.ofList
                    let expiries = table.Dates.Head

                    let! times =
                        if time >= 0 then
                            Ok table.Times
                        else
                            closeOf source expiries (values.TryFind "years")
                            |> Result.map (Array.create table.Rows.Length)

                    let! right =
                        match table.Words with
                        | words :: _ -> rights source table.Rows words |> Result.map Some
                        | [] -> Ok None

                    return!
                        OptionQuotes.check
                            {
                                Underlying = table.Symbol
                                Times = times
                                Expiry = expiries |> Array.map DateOnly.FromDateTime
                                Strike = table.Numbers.Head
                                Right = right
                                Bid = values.TryFind "bid"
                                Ask = values.TryFind "ask"
                                BidSize = values.TryFind "bid size"
                                AskSize = values.TryFind "ask size"
                                BidVolatility = values.TryFind "bid volatility"
                                AskVolatility = values.TryFind "ask volatility"
                                Forward = values.TryFind "forward"
                                Years = values.TryFind "years"
                                CallMid = values.TryFind "call mid"
                                UnderlyingPrice = values.TryFind "underlying price"
                            }
                        |> Result.mapError (inFile source table.Rows)
                }

            let! quotes = tables |> Checked.traverse quotes
            return quotes, notes |> List.filter (fun note -> not note.IsRowsSorted)
        }

    /// The option quotes of a file and what a reader should know of it, as readText.
    let readNoted (options: TableOptions) (path: string) : Result<OptionQuotes list * IngestNote list, Fault> =
        Source.read path (readText options path)

    /// The option quotes of a file, one value per underlying in ordinal order.
    let read (options: TableOptions) (path: string) : Result<OptionQuotes list, Fault> =
        readNoted options path |> Result.map fst
