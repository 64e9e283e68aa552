/// Quotes and trades from CSV, plain or gzipped, in the layouts of TAQ, of minute bars and of feeds. Knows no cleaning.
namespace VolatilityForge

open System.IO

/// Roles of columns that readers of ticks share.
[<RequireQualifiedAccess>]
module internal TickRoles =

    let bid =
        [
            "bid"
            "bidprice"
            "bidpx"
            "bestbid"
            "bidclose"
            "bid1"
            "bestbidprice"
            "bidprice1"
        ]

    let ask =
        [
            "ask"
            "ofr"
            "offer"
            "askprice"
            "offerprice"
            "askpx"
            "bestask"
            "askclose"
            "ask1"
            "bestoffer"
            "bestaskprice"
            "askprice1"
        ]

    let bidSize =
        [
            "bidsiz"
            "bidsize"
            "bidqty"
            "bidquantity"
            "bidvolume"
            "bestbidsize"
            "bidsize1"
        ]

    let askSize =
        [
            "ofrsiz"
            "asksiz"
            "asksize"
            "offersize"
            "askqty"
            "askquantity"
            "askvolume"
            "bestasksize"
            "asksize1"
        ]

    let price = [ "price"; "tradeprice"; "p"; "px"; "last"; "close" ]
    let size = [ "size"; "qty"; "quantity"; "volume"; "tradesize"; "amount" ]
    let exchange = [ "ex"; "exchange"; "venue"; "market" ]
    let condition = [ "cond"; "condition"; "trscond"; "salecondition"; "conditions" ]
    let correction = [ "corr"; "correction"; "trcorr" ]

    /// The name of a column of a book: "bid_2" for "bid2", "BID_PRICE_2" and the like, where level 1 has a known name; other names as they
    /// are.
    let level (name: string) : string =
        let plain = TableHeader.plain name
        let stem = plain.TrimEnd [| '0' .. '9' |]
        let digits = plain[stem.Length ..]

        let sides = [ "bid", bid; "ask", ask; "bid_size", bidSize; "ask_size", askSize ]

        match sides |> List.tryFind (fun (_, names) -> List.contains stem names) with
        | Some(side, _) when digits <> "" && digits <> "1" && digits[0] <> '0' -> $"{side}_{digits}"
        | _ -> name

    /// The header's other columns than these, of those that the options keep, as columns that may hold numbers.
    let others (options: TableOptions) (header: TableHeader) (taken: int list) : (string * int) list =
        [
            for position in 0 .. header.Fields.Length - 1 do
                let name = header.Fields[position]

                if
                    not (List.contains position taken)
                    && (options.Keep.IsEmpty || List.contains name options.Keep)
                then
                    level name, position
        ]

    /// A column in the layout of a table, when the header has it.
    let at (position: int) (entry: int -> 'a) : 'a list =
        if position >= 0 then [ entry position ] else []

    /// The next of the columns that were read, when the header had one.
    let next (position: int) (columns: byref<'a list>) : 'a option =
        if position < 0 then
            None
        else
            let first = columns.Head
            columns <- columns.Tail
            Some first

/// Reading quotes.
[<RequireQualifiedAccess>]
module QuotesCsv =

    let internal roles = [ "bid"; "ask"; "bid size"; "ask size"; "exchange" ]

    /// Each symbol's quotes and, if wanted, the values of the other columns of numbers, row by row.
    let internal readTable
        (others: bool)
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<(Quotes * (string * float[]) list) list * IngestNote list, Fault> =
        either {
            do! TableHeader.checkRoles options roles
            let! header = TableHeader.read options source text
            let! struct (time, clock, symbol) = TableHeader.timeAndSymbol options header
            let! bid = TableHeader.require options header "bid" TickRoles.bid
            let! ask = TableHeader.require options header "ask" TickRoles.ask
            let! bidSize = TableHeader.find options header "bid size" TickRoles.bidSize
            let! askSize = TableHeader.find options header "ask size" TickRoles.askSize
            let! exchange = TableHeader.find options header "exchange" TickRoles.exchange

            let layout =
                {
                    Time = time
                    TimeOfDay = clock
                    Symbol = symbol
                    Dates = []
                    Numbers =
                        [
                            "bid", bid, NumberRule.Finite, true
                            "ask", ask, NumberRule.Finite, true
                            yield! TickRoles.at bidSize (fun at -> "bid size", at, NumberRule.NotNegative, true)
                            yield! TickRoles.at askSize (fun at -> "ask size", at, NumberRule.NotNegative, true)
                        ]
                    Words = TickRoles.at exchange (fun at -> "exchange", at)
                    Optional =
                        if others then
                            TickRoles.others
                                options
                                header
                                [ time; clock; symbol; bid; ask; bidSize; askSize; exchange ]
                        else
                            []
                }

            let! tables, notes =
                TableReader.read options source (Source.stem source) layout header.Fields.Length header.Cells

            let quotes (table: SymbolTable) : Quotes =
                let mutable rest = table.Numbers.Tail.Tail
                let bidSizes = TickRoles.next bidSize &rest
                let askSizes = TickRoles.next askSize &rest

                Quotes
                    {
                        Symbol = table.Symbol
                        Times = table.Times
                        Bid = table.Numbers.Head
                        Ask = table.Numbers.Tail.Head
                        BidSize = bidSizes
                        AskSize = askSizes
                        Exchange = List.tryHead table.Words
                    }

            return tables |> List.map (fun table -> quotes table, table.Optional), notes
        }

    /// The quotes of a text, one value per symbol in ordinal order of symbols, and the notes. Missing prices and sizes are
    /// NaN; a price that is no number and a negative size are faults of their row.
    let readText
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<Quotes list * IngestNote list, Fault> =
        readTable false options source text
        |> Result.map (fun (tables, notes) -> List.map fst tables, notes)

    /// The quotes of a file and what a reader should know of it, as readText.
    let readNoted (options: TableOptions) (path: string) : Result<Quotes list * IngestNote list, Fault> =
        Source.read path (readText options path)

    /// The quotes of a file, one value per symbol in ordinal order of symbols.
    let read (options: TableOptions) (path: string) : Result<Quotes list, Fault> =
        readNoted options path |> Result.map fst

/// Reading trades.
[<RequireQualifiedAccess>]
module TradesCsv =

    let internal roles = [ "price"; "size"; "exchange"; "condition"; "correction" ]

    /// Each symbol's trades and, if wanted, the values of the other columns of numbers, row by row.
    let internal readTable
        (others: bool)
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<(Trades * (string * float[]) list) list * IngestNote list, Fault> =
        either {
            do! TableHeader.checkRoles options roles
            let! header = TableHeader.read options source text
            let! struct (time, clock, symbol) = TableHeader.timeAndSymbol options header
            let! price = TableHeader.require options header "price" TickRoles.price
            let! size = TableHeader.find options header "size" TickRoles.size
            let! correction = TableHeader.find options header "correction" TickRoles.correction
            let! exchange = TableHeader.find options header "exchange" TickRoles.exchange
            let! condition = TableHeader.find options header "condition" TickRoles.condition

            let layout =
                {
                    Time = time
                    TimeOfDay = clock
                    Symbol = symbol
                    Dates = []
                    Numbers =
                        [
                            "price", price, NumberRule.Finite, true
                            yield! TickRoles.at size (fun at -> "size", at, NumberRule.NotNegative, true)
                            yield! TickRoles.at correction (fun at -> "correction", at, NumberRule.NotNegative, true)
                        ]
                    Words =
                        [
                            yield! TickRoles.at exchange (fun at -> "exchange", at)
                            yield! TickRoles.at condition (fun at -> "condition", at)
                        ]
                    Optional =
                        if others then
                            TickRoles.others
                                options
                                header
                                [ time; clock; symbol; price; size; correction; exchange; condition ]
                        else
                            []
                }

            let! tables, notes =
                TableReader.read options source (Source.stem source) layout header.Fields.Length header.Cells

            let trades (table: SymbolTable) : Trades =
                let mutable numbers = table.Numbers.Tail
                let mutable words = table.Words
                let sizes = TickRoles.next size &numbers
                let corrections = TickRoles.next correction &numbers
                let exchanges = TickRoles.next exchange &words
                let conditions = TickRoles.next condition &words

                Trades
                    {
                        Symbol = table.Symbol
                        Times = table.Times
                        Price = table.Numbers.Head
                        Size = sizes
                        Exchange = exchanges
                        Condition = conditions
                        Correction = corrections
                    }

            return tables |> List.map (fun table -> trades table, table.Optional), notes
        }

    /// The trades of a text, one value per symbol in ordinal order of symbols, and the notes; of bars the close is the
    /// price and the volume the size. Missing prices and sizes are NaN; a price that is no number and a negative size are
    /// faults of their row.
    let readText
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<Trades list * IngestNote list, Fault> =
        readTable false options source text
        |> Result.map (fun (tables, notes) -> List.map fst tables, notes)

    /// The trades of a file and what a reader should know of it, as readText.
    let readNoted (options: TableOptions) (path: string) : Result<Trades list * IngestNote list, Fault> =
        Source.read path (readText options path)

    /// The trades of a file, one value per symbol in ordinal order of symbols.
    let read (options: TableOptions) (path: string) : Result<Trades list, Fault> =
        readNoted options path |> Result.map fst
