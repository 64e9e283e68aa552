/// Quotes and trades from CSV, plain or gzipped, in the layouts of TAQ, of minute bars and of feeds. Knows no cleaning.
namespace VolatilityForge

open System.IO

/// Reading quotes.
[<RequireQualifiedAccess>]
module QuotesCsv =

    let private columns (options: TableOptions) (header: TableHeader) : Result<TickColumns<Quotes>, Fault> =
        either {
            let! bid = TableHeader.require options header "bid" TickRoles.bid
            let! ask = TableHeader.require options header "ask" TickRoles.ask
            let! bidSize = TableHeader.find options header "bid size" TickRoles.bidSize
            let! askSize = TableHeader.find options header "ask size" TickRoles.askSize
            let! exchange = TableHeader.find options header "exchange" TickRoles.exchange

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

            return
                {
                    Numbers =
                        [
                            "bid", bid, NumberRule.Finite
                            "ask", ask, NumberRule.Finite
                            yield! TickRoles.at bidSize (fun at -> "bid size", at, NumberRule.NotNegative)
                            yield! TickRoles.at askSize (fun at -> "ask size", at, NumberRule.NotNegative)
                        ]
                    Words = TickRoles.at exchange (fun at -> "exchange", at)
                    Ticks = quotes
                }
        }

    let internal table: TickTable<Quotes> =
        {
            Roles = [ "bid"; "ask"; "bid size"; "ask size"; "exchange" ]
            Columns = columns
        }

    /// The quotes of a text, one value per symbol in ordinal order of symbols, and the notes. Missing prices and sizes are
    /// NaN; a price that is no number and a negative size are faults of their row.
    let readText
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<Quotes list * IngestNote list, Fault> =
        TickTable.read table options source text

    /// The quotes of a file and what a reader should know of it, as readText.
    let readNoted (options: TableOptions) (path: string) : Result<Quotes list * IngestNote list, Fault> =
        Source.read path (readText options path)

    /// The quotes of a file, one value per symbol in ordinal order of symbols.
    let read (options: TableOptions) (path: string) : Result<Quotes list, Fault> =
        readNoted options path |> Result.map fst

/// Reading trades.
[<RequireQualifiedAccess>]
module TradesCsv =

    let private columns (options: TableOptions) (header: TableHeader) : Result<TickColumns<Trades>, Fault> =
        either {
            let! price = TableHeader.require options header "price" TickRoles.price
            let! size = TableHeader.find options header "size" TickRoles.size
            let! correction = TableHeader.find options header "correction" TickRoles.correction
            let! exchange = TableHeader.find options header "exchange" TickRoles.exchange
            let! condition = TableHeader.find options header "condition" TickRoles.condition

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

            return
                {
                    Numbers =
                        [
                            "price", price, NumberRule.Finite
                            yield! TickRoles.at size (fun at -> "size", at, NumberRule.NotNegative)
                            yield! TickRoles.at correction (fun at -> "correction", at, NumberRule.NotNegative)
                        ]
                    Words =
                        [
                            yield! TickRoles.at exchange (fun at -> "exchange", at)
                            yield! TickRoles.at condition (fun at -> "condition", at)
                        ]
                    Ticks = trades
                }
        }

    let internal table: TickTable<Trades> =
        {
            Roles = [ "price"; "size"; "exchange"; "condition"; "correction" ]
            Columns = columns
        }

    /// The trades of a text, one value per symbol in ordinal order of symbols, and the notes; of bars the close is the
    /// price and the volume the size. Missing prices and sizes are NaN; a price that is no number and a negative size are
    /// faults of their row.
    let readText
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<Trades list * IngestNote list, Fault> =
        TickTable.read table options source text

    /// The trades of a file and what a reader should know of it, as readText.
    let readNoted (options: TableOptions) (path: string) : Result<Trades list * IngestNote list, Fault> =
        Source.read path (readText options path)

    /// The trades of a file, one value per symbol in ordinal order of symbols.
    let read (options: TableOptions) (path: string) : Result<Trades list, Fault> =
        readNoted options path |> Result.map fst
