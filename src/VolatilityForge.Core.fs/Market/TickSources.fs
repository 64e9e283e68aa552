/// Quotes and trades from wherever they are, by one text. Knows no cleaning.
namespace VolatilityForge

open System
open System.IO

/// Ticks of one kind, one value per symbol in ordinal order of symbols.
[<RequireQualifiedAccess>]
type MarketTicks =
    | Quotes of Quotes list
    | Trades of Trades list

/// Reading ticks by scheme.
[<RequireQualifiedAccess>]
module TickSources =

    let private column
        (options: TableOptions)
        (names: string list)
        (role: string)
        (known: string list)
        : Result<string option, Fault> =
        let given =
            options.Columns
            |> Map.tryPick (fun key name ->
                if TableHeader.plain key = TableHeader.plain role then
                    Some name
                else
                    None)

        let find (wanted: string) =
            names
            |> List.tryFind (fun name -> TableHeader.plain name = TableHeader.plain wanted)

        match given with
        | Some name ->
            match find name with
            | Some column -> Ok(Some column)
            | None -> Error(Fault.UnknownName($"column for {role}", name, names))
        | None -> Ok(List.tryPick find known)

    // The first of the usual names that is there; a fault where none is.
    let private required (options: TableOptions) (names: string list) (role: string) (known: string list) =
        column options names role known
        |> Result.bind (Either.ofOption (Fault.UnknownName("column for " + role, role, names)))

    let private numbers (rows: SymbolRows) (name: string) : float[] =
        rows.Numbers |> List.find (fst >> (=) name) |> snd

    let private optionalNumbers (rows: SymbolRows) (name: string option) : float[] option =
        name |> Option.map (numbers rows)

    let private optionalTexts (rows: SymbolRows) (name: string option) : string[] option =
        name
        |> Option.map (fun name ->
            rows.Texts
            |> List.find (fst >> (=) name)
            |> snd
            |> Array.map (fun text -> if isNull text then "" else text))

    // Rows of one time keep their order.
    let private sorted (rows: SymbolRows) : SymbolRows =
        let order =
            Array.init rows.Times.Length id
            |> Array.sortBy (fun row -> struct (rows.Times[row], row))

        { rows with
            Times = TickRules.gather order rows.Times
            Numbers =
                rows.Numbers
                |> List.map (fun (name, values) -> name, TickRules.gather order values)
            Texts = rows.Texts |> List.map (fun (name, texts) -> name, TickRules.gather order texts)
        }

    let private ofSymbols (options: TableOptions) (tables: SymbolRows list) : Result<SymbolRows list, Fault> =
        let known = tables |> List.map _.Symbol
        let put = if options.Sort then List.map sorted else id

        match options.Symbols |> List.tryFind (fun symbol -> not (List.contains symbol known)) with
        | Some symbol -> Error(Fault.UnknownName("symbol", symbol, known))
        | None when options.Symbols.IsEmpty -> Ok(put tables)
        | None ->
            Ok(
                tables
                |> List.filter (fun table -> List.contains table.Symbol options.Symbols)
                |> put
            )

    /// The columns of numbers that play no role, of those that the options keep, levels of a book by their names.
    let private others
        (options: TableOptions)
        (taken: string option list)
        (rows: SymbolRows)
        : (string * float[]) list =
        [
            for name, values in rows.Numbers do
                if
                    not (List.contains (Some name) taken)
                    && (options.Keep.IsEmpty || List.contains name options.Keep)
                then
                    TickRoles.level name, values
        ]

    let private quotesOf
        (options: TableOptions)
        (tables: SymbolRows list)
        : Result<(Quotes * (string * float[]) list) list, Fault> =
        either {
            let names = tables.Head.Numbers |> List.map fst
            let texts = tables.Head.Texts |> List.map fst
            let! bid = required options names "bid" TickRoles.bid
            let! ask = required options names "ask" TickRoles.ask
            let! bidSize = column options names "bid size" TickRoles.bidSize
            let! askSize = column options names "ask size" TickRoles.askSize
            let! exchange = column options texts "exchange" TickRoles.exchange

            return!
                tables
                |> Checked.traverse (fun rows ->
                    Quotes.check
                        {
                            Symbol = rows.Symbol
                            Times = rows.Times
                            Bid = numbers rows bid
                            Ask = numbers rows ask
                            BidSize = optionalNumbers rows bidSize
                            AskSize = optionalNumbers rows askSize
                            Exchange = optionalTexts rows exchange
                        }
                    |> Result.map (fun quotes -> quotes, others options [ Some bid; Some ask; bidSize; askSize ] rows))
        }

    let private tradesOf
        (options: TableOptions)
        (tables: SymbolRows list)
        : Result<(Trades * (string * float[]) list) list, Fault> =
        either {
            let names = tables.Head.Numbers |> List.map fst
            let texts = tables.Head.Texts |> List.map fst
            let! price = required options names "price" TickRoles.price
            let! size = column options names "size" TickRoles.size
            let! correction = column options names "correction" TickRoles.correction
            let! exchange = column options texts "exchange" TickRoles.exchange
            let! condition = column options texts "condition" TickRoles.condition

            return!
                tables
                |> Checked.traverse (fun rows ->
                    Trades.check
                        {
                            Symbol = rows.Symbol
                            Times = rows.Times
                            Price = numbers rows price
                            Size = optionalNumbers rows size
                            Exchange = optionalTexts rows exchange
                            Condition = optionalTexts rows condition
                            Correction = optionalNumbers rows correction
                        }
                    |> Result.map (fun trades -> trades, others options [ Some price; size; correction ] rows))
        }

    let private ofRows
        (options: TableOptions)
        (kind: TableKind option)
        (source: string)
        (tables: SymbolRows list)
        : Result<MarketTicks * IngestNote list, Fault> =
        let names = tables.Head.Numbers |> List.map fst

        let has role known =
            match column options names role known with
            | Ok found -> found.IsSome
            | Error _ -> false

        let found =
            match kind with
            | Some kind -> kind
            | None when has "bid" TickRoles.bid && has "ask" TickRoles.ask -> TableKind.Quotes
            | None when has "price" TickRoles.price -> TableKind.Trades
            | None -> TableKind.Frame

        either {
            do! TableHeader.checkRoles options (QuotesCsv.roles @ TradesCsv.roles)
            let! tables = ofSymbols options tables

            return!
                match found with
                | TableKind.Quotes ->
                    quotesOf options tables
                    |> Result.map (fun quotes -> MarketTicks.Quotes(List.map fst quotes), [])
                | TableKind.Trades ->
                    tradesOf options tables
                    |> Result.map (fun trades -> MarketTicks.Trades(List.map fst trades), [])
                | other ->
                    Error(
                        Fault.BadSetting(
                            $"kind of data in {source}",
                            "must be quotes (bid, ask) or trades (price)",
                            TableKind.name other
                        )
                    )
        }

    let private parquet (path: string) : Result<SymbolRows list, Fault> =
        FrameParquet.columns false path
        |> Result.bind (FrameTable.bySymbol path (Source.stem path))

    let private query
        (name: string)
        (columns: unit -> Result<(string * ResultColumn) list, Fault>)
        : Result<SymbolRows list, Fault> =
        columns () |> Result.bind (FrameTable.bySymbol name "")

    /// The ticks of a source as Sources.frames takes it, and the notes: of the kind given, else of the kind that the columns
    /// tell. Rows of a database or Parquet file may share a time and stay in their order; NULL is missing. Columns are found by their
    /// usual names or as the options say, which also sort and choose symbols. Fault.BadSetting for another kind, UnknownName
    /// for a column that isn't there, else as Quotes.check and Trades.check.
    let read
        (options: TableOptions)
        (kind: TableKind option)
        (source: string)
        : Result<MarketTicks * IngestNote list, Fault> =
        either {
            let! place = Sources.place source

            return!
                match place with
                | DataPlace.Csv path ->
                    either {
                        let! kind =
                            match kind with
                            | Some kind -> Ok kind
                            | None -> TableKind.detect options path

                        return!
                            match kind with
                            | TableKind.Quotes ->
                                QuotesCsv.readNoted options path
                                |> Result.map (fun (quotes, notes) -> MarketTicks.Quotes quotes, notes)
                            | TableKind.Trades ->
                                TradesCsv.readNoted options path
                                |> Result.map (fun (trades, notes) -> MarketTicks.Trades trades, notes)
                            | other ->
                                Error(
                                    Fault.BadSetting(
                                        $"kind of data in {path}",
                                        "must be quotes (bid, ask) or trades (price)",
                                        TableKind.name other
                                    )
                                )
                    }
                | DataPlace.Parquet path -> parquet path |> Result.bind (ofRows options kind path)
                | DataPlace.Query(name, columns) -> query name columns |> Result.bind (ofRows options kind name)
        }

    /// Each symbol's ticks and the values of its other columns of numbers: of CSV by one function, else by another.
    let private tables
        (roles: string list)
        (csv: string -> TextReader -> Result<'tables * IngestNote list, Fault>)
        (other: SymbolRows list -> Result<'tables, Fault>)
        (options: TableOptions)
        (source: string)
        : Result<'tables * IngestNote list, Fault> =
        let ofRows (rows: Result<SymbolRows list, Fault>) =
            either {
                do! TableHeader.checkRoles options roles
                let! rows = rows
                let! rows = ofSymbols options rows
                let! made = other rows
                return made, []
            }

        either {
            let! place = Sources.place source

            return!
                match place with
                | DataPlace.Csv path -> Source.read path (csv path)
                | DataPlace.Parquet path -> ofRows (parquet path)
                | DataPlace.Query(name, columns) -> ofRows (query name columns)
        }

    /// Each symbol's quotes and the values of its other columns of numbers.
    let internal quoteTables
        (options: TableOptions)
        (source: string)
        : Result<(Quotes * (string * float[]) list) list * IngestNote list, Fault> =
        tables QuotesCsv.roles (QuotesCsv.readTable true options) (quotesOf options) options source

    /// Each symbol's trades and the values of its other columns of numbers.
    let internal tradeTables
        (options: TableOptions)
        (source: string)
        : Result<(Trades * (string * float[]) list) list * IngestNote list, Fault> =
        tables TradesCsv.roles (TradesCsv.readTable true options) (tradesOf options) options source

    /// The quotes of a source. Faults as read.
    let quotes (options: TableOptions) (source: string) : Result<Quotes list, Fault> =
        read options (Some TableKind.Quotes) source
        |> Result.map fst
        |> Result.map (function
            | MarketTicks.Quotes quotes -> quotes
            | MarketTicks.Trades _ -> [])

    /// The trades of a source. Faults as read.
    let trades (options: TableOptions) (source: string) : Result<Trades list, Fault> =
        read options (Some TableKind.Trades) source
        |> Result.map fst
        |> Result.map (function
            | MarketTicks.Trades trades -> trades
            | MarketTicks.Quotes _ -> [])
