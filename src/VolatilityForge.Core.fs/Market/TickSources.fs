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

    let private named (columns: (string * 'values) list) (name: string) : 'values =
        columns |> List.find (fst >> (=) name) |> snd

    let private numberNames (tables: SymbolRows list) : string list = tables.Head.Numbers |> List.map fst

    // The numbers of a role in a symbol's rows: the first of the usual names that is there; a fault where none is.
    let private numbers
        (options: TableOptions)
        (tables: SymbolRows list)
        (role: string)
        (known: string list)
        : Result<SymbolRows -> float[], Fault> =
        column options (numberNames tables) role known
        |> Result.bind (Either.ofOption (Fault.UnknownName("column for " + role, role, numberNames tables)))
        |> Result.map (fun name rows -> named rows.Numbers name)

    let private optionalNumbers
        (options: TableOptions)
        (tables: SymbolRows list)
        (role: string)
        (known: string list)
        : Result<SymbolRows -> float[] option, Fault> =
        column options (numberNames tables) role known
        |> Result.map (fun name rows -> name |> Option.map (named rows.Numbers))

    let private optionalTexts
        (options: TableOptions)
        (tables: SymbolRows list)
        (role: string)
        (known: string list)
        : Result<SymbolRows -> string[] option, Fault> =
        column options (tables.Head.Texts |> List.map fst) role known
        |> Result.map (fun name rows ->
            name
            |> Option.map (named rows.Texts >> Array.map (fun text -> if isNull text then "" else text)))

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

    /// The columns of numbers that play none of these roles, of those that the options keep, levels of a book by their names.
    let private others
        (options: TableOptions)
        (roles: (string * string list) list)
        (rows: SymbolRows)
        : (string * float[]) list =
        let names = rows.Numbers |> List.map fst

        let taken =
            roles
            |> List.choose (fun (role, known) -> column options names role known |> Result.toOption |> Option.flatten)

        [
            for name, values in rows.Numbers do
                if
                    not (List.contains name taken)
                    && (options.Keep.IsEmpty || List.contains name options.Keep)
                then
                    TickRoles.level name, values
        ]

    let private quotesOf
        (options: TableOptions)
        (tables: SymbolRows list)
        : Result<(Quotes * (string * float[]) list) list, Fault> =
        either {
            let! bid = numbers options tables "bid" TickRoles.bid
            let! ask = numbers options tables "ask" TickRoles.ask
            let! bidSize = optionalNumbers options tables "bid size" TickRoles.bidSize
            let! askSize = optionalNumbers options tables "ask size" TickRoles.askSize
            let! exchange = optionalTexts options tables "exchange" TickRoles.exchange

            return!
                tables
                |> Checked.traverse (fun rows ->
                    Quotes.check
                        {
                            Symbol = rows.Symbol
                            Times = rows.Times
                            Bid = bid rows
                            Ask = ask rows
                            BidSize = bidSize rows
                            AskSize = askSize rows
                            Exchange = exchange rows
                        }
                    |> Result.map (fun quotes ->
                        let roles =
                            [
                                "bid", TickRoles.bid
                                "ask", TickRoles.ask
                                "bid size", TickRoles.bidSize
                                "ask size", TickRoles.askSize
                            ]

                        quotes, others options roles rows))
        }

    let private tradesOf
        (options: TableOptions)
        (tables: SymbolRows list)
        : Result<(Trades * (string * float[]) list) list, Fault> =
        either {
            let! price = numbers options tables "price" TickRoles.price
            let! size = optionalNumbers options tables "size" TickRoles.size
            let! correction = optionalNumbers options tables "correction" TickRoles.correction
            let! exchange = optionalTexts options tables "exchange" TickRoles.exchange
            let! condition = optionalTexts options tables "condition" TickRoles.condition

            return!
                tables
                |> Checked.traverse (fun rows ->
                    Trades.check
                        {
                            Symbol = rows.Symbol
                            Times = rows.Times
                            Price = price rows
                            Size = size rows
                            Exchange = exchange rows
                            Condition = condition rows
                            Correction = correction rows
                        }
                    |> Result.map (fun trades ->
                        let roles =
                            [
                                "price", TickRoles.price
                                "size", TickRoles.size
                                "correction", TickRoles.correction
                            ]

                        trades, others options roles rows))
        }

    let private unfit (source: string) (kind: TableKind) : Result<'a, Fault> =
        Error(
            Fault.BadSetting(
                $"kind of data in {source}",
                "must be quotes (bid, ask) or trades (price)",
                TableKind.name kind
            )
        )

    let private ofRows
        (options: TableOptions)
        (kind: TableKind option)
        (source: string)
        (tables: SymbolRows list)
        : Result<MarketTicks * IngestNote list, Fault> =
        let has role known =
            match column options (numberNames tables) role known with
            | Ok found -> found.IsSome
            | Error _ -> false

        let found =
            match kind with
            | Some kind -> kind
            | None when has "bid" TickRoles.bid && has "ask" TickRoles.ask -> TableKind.Quotes
            | None when
                [ "open"; "high"; "low"; "close" ]
                |> List.forall (fun name -> has name [ name ])
                && tables
                   |> List.forall (_.Times >> Array.forall (fun time -> time.TimeOfDay = TimeSpan.Zero))
                ->
                TableKind.Bars
            | None when has "price" TickRoles.price -> TableKind.Trades
            | None -> TableKind.Frame

        either {
            do! TableHeader.checkRoles options (QuotesCsv.table.Roles @ TradesCsv.table.Roles)
            let! tables = ofSymbols options tables

            return!
                match found with
                | TableKind.Quotes ->
                    quotesOf options tables
                    |> Result.map (fun quotes -> MarketTicks.Quotes(List.map fst quotes), [])
                | TableKind.Trades ->
                    tradesOf options tables
                    |> Result.map (fun trades -> MarketTicks.Trades(List.map fst trades), [])
                | other -> unfit source other
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
                            | other -> unfit path other
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
        tables
            QuotesCsv.table.Roles
            (TickTable.withOthers QuotesCsv.table true options)
            (quotesOf options)
            options
            source

    /// Each symbol's trades and the values of its other columns of numbers.
    let internal tradeTables
        (options: TableOptions)
        (source: string)
        : Result<(Trades * (string * float[]) list) list * IngestNote list, Fault> =
        tables
            TradesCsv.table.Roles
            (TickTable.withOthers TradesCsv.table true options)
            (tradesOf options)
            options
            source

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
