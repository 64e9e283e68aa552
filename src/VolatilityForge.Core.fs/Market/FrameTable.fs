/// Columns as a database returns them, made into frames. Knows no database.
namespace VolatilityForge

open System
open System.Collections.Generic

/// One column of a result.
[<RequireQualifiedAccess>]
type internal ResultColumn =
    /// DateTime.MinValue where there is none.
    | Times of List<DateTime>
    /// Null where there is none.
    | Texts of List<string>
    /// NaN where there is none.
    | Numbers of List<float>

/// One symbol's rows of a result.
type internal SymbolRows =
    {
        Symbol: string
        Times: DateTime[]
        Numbers: (string * float[]) list
        /// Columns of text besides the symbol; null where there is none.
        Texts: (string * string[]) list
    }

/// Making frames of results.
[<RequireQualifiedAccess>]
module internal FrameTable =

    // Databases without a type for times keep them as text.
    let private timesOfText (source: string) (name: string) (texts: List<string>) : Result<DateTime[], Fault> =
        let stamps = StampColumn None
        let times = Array.zeroCreate<DateTime> texts.Count

        let refuse row found =
            Error(
                Fault.badData source (row + 1) name "the value must be a time such as 2020-12-31T09:30:00.125" found ""
            )

        let rec read row =
            if row = texts.Count then
                MonthOrder.isDayFirst TableOrder.remedy stamps.Evidence
                |> Result.mapError (fun (struct (row, rule, remedy)) ->
                    Fault.badData source row name rule (BarRows.shown texts[row - 1]) remedy)
            else
                let mutable packed = 0L

                match texts[row] with
                | null -> refuse row "nothing"
                | text when stamps.Read(row + 1, text.AsSpan(), &packed) <> StampFlaw.None ->
                    refuse row (BarRows.shown text)
                | _ ->
                    times[row] <- DateTime packed
                    read (row + 1)

        read 0
        |> Result.bind (fun dayFirst ->
            let rec unpack row =
                if row = times.Length then
                    Ok times
                else
                    match StampColumn.Unpack(stamps.Shape, dayFirst, times[row].Ticks) with
                    | ValueSome time ->
                        times[row] <- time
                        unpack (row + 1)
                    | ValueNone -> refuse row (BarRows.shown texts[row])

            unpack 0)

    let private timeColumn
        (source: string)
        (columns: (string * ResultColumn) list)
        : Result<string * DateTime[], Fault> =
        let isNamed (name: string, _) =
            List.contains (TableHeader.plain name) TableHeader.timeNames

        let isTime (_, column: ResultColumn) = column.IsTimes

        let found =
            columns
            |> List.tryFind (fun column -> isNamed column && isTime column)
            |> Option.orElse (List.tryFind isTime columns)
            |> Option.orElse (columns |> List.tryFind (fun column -> isNamed column && (snd column).IsTexts))

        match found with
        | Some(name, ResultColumn.Times times) ->
            match times.IndexOf DateTime.MinValue with
            | -1 -> Ok(name, times.ToArray())
            | row -> Error(Fault.badData source (row + 1) name "a time is missing" "nothing" "")
        | Some(name, ResultColumn.Texts texts) -> timesOfText source name texts |> Result.map (fun times -> name, times)
        | _ ->
            let listed = String.Join(", ", List.map fst columns)
            Error(Fault.badData source 0 "time" "there must be a column of times" listed "Name it time or date.")

    /// The rows of a result by symbol, in ordinal order; without a symbol column they are those of the lone symbol. Rows keep
    /// their order; columns of times besides the first are left out.
    let bySymbol
        (source: string)
        (lone: string)
        (columns: (string * ResultColumn) list)
        : Result<SymbolRows list, Fault> =
        either {
            let! timeName, times = timeColumn source columns

            let isSymbol (name: string) =
                List.contains (TableHeader.plain name) TableHeader.symbolNames

            let texts =
                columns
                |> List.choose (fun (name, column) ->
                    match column with
                    | ResultColumn.Texts texts when name <> timeName -> Some(name, texts)
                    | _ -> None)

            let symbols = texts |> List.tryFind (fst >> isSymbol)

            match symbols with
            | Some(name, texts) when texts.Contains null ->
                return! Error(Fault.badData source (texts.IndexOf null + 1) name "a symbol is missing" "nothing" "")
            | _ -> ()

            if times.Length = 0 then
                return! Error(Fault.badData source 0 "" "there must be rows" "none" "")

            let lexicon = Lexicon()

            let codes =
                match symbols with
                | Some(_, texts) -> Seq.map (fun (text: string) -> lexicon.Code(text.AsSpan())) texts |> Array.ofSeq
                | None -> Array.create times.Length (lexicon.Code(lone.AsSpan()))

            let gather (rows: int[]) (values: List<'a>) : 'a[] =
                rows |> Array.map (fun row -> values[row])

            return
                Array.indexed codes
                |> Array.groupBy snd
                |> Array.map (fun (code, rows) ->
                    let rows = Array.map fst rows

                    {
                        Symbol = lexicon.Word code
                        Times = TickRules.gather rows times
                        Numbers =
                            columns
                            |> List.choose (fun (name, column) ->
                                match column with
                                | ResultColumn.Numbers values -> Some(name, gather rows values)
                                | _ -> None)
                        Texts =
                            texts
                            |> List.filter (fun (name, _) -> Some name <> Option.map fst symbols)
                            |> List.map (fun (name, values) -> name, gather rows values)
                    })
                |> Array.sortWith (fun left right -> String.CompareOrdinal(left.Symbol, right.Symbol))
                |> List.ofArray
        }

    /// The frames of a result, one per symbol in ordinal order; a lone one without a symbol column has this symbol. Columns of
    /// text besides the symbol are left out, or are a fault where the one who asks chose the columns.
    let toFrames
        (source: string)
        (lone: string)
        (chosen: bool)
        (columns: (string * ResultColumn) list)
        : Result<Frame list, Fault> =
        either {
            let! tables = bySymbol source lone columns

            // Of several columns of times the first is the index.
            let spare =
                columns |> List.filter (snd >> _.IsTimes) |> List.map fst |> List.tryItem 1

            let texts = tables.Head.Texts |> List.map fst

            match texts @ Option.toList spare with
            | name :: _ when chosen ->
                return!
                    Error(
                        Fault.badData
                            source
                            0
                            name
                            "a column must hold numbers"
                            "text or times"
                            "Leave it out of the query."
                    )
            | _ -> ()

            return!
                tables
                |> Checked.traverse (fun table -> Frame.own table.Symbol table.Times table.Numbers)
        }
