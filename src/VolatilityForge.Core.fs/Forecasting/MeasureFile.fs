/// Files of daily realised measures as histories: which column is the variance, which the return, and what else models read. Knows no
/// model.
namespace VolatilityForge

open System
open System.IO

/// What becomes of a day whose variance is missing, zero or negative.
[<RequireQualifiedAccess>]
type MissingVariance =
    /// The day is left out; its return counts into that of the next day.
    | Drop
    /// The smallest positive variance of the days before stands in, and the day is not scored. Days before the first positive
    /// variance are left out.
    | Floor

/// How a file of daily measures is read.
type MeasureFileOptions =
    {
        /// Date, symbol, delimiter and so on.
        Table: TableOptions
        /// The column of daily variances, in any unit; None: the only column of numbers, or one of a known name such as rv5.
        Variance: string option
        /// The column of daily log returns; None: those of the price, or else of a column of a known name such as return.
        Return: string option
        /// The column of prices whose log differences are the returns; None: the returns, or else a column of a known name such as
        /// close_price. A column that was not named here and has gaps gives no returns.
        Price: string option
        /// Names by which models read columns, such as ("quarticity", "RQ"), besides the columns' own and those known.
        Measures: (string * string) list
        Missing: MissingVariance
        /// True: each column of numbers is the variance of a symbol of its name.
        Wide: bool
    }

/// The histories of a file, and how many days were treated.
type MeasureFile =
    {
        /// One per symbol, in ordinal order of symbols; of a wide file in order of columns.
        Histories: History list
        /// Symbols with days left out, and how many.
        Dropped: (string * int) list
        /// Symbols with days at the floor, and how many.
        Floored: (string * int) list
        /// The column taken for the variance; empty for a wide file.
        Variance: string
        /// The column that the returns are from; empty without one.
        Returns: string
        /// Symbols without returns because that column, which was not asked for, has gaps.
        Unreturned: string list
        /// What was noted while reading rows.
        Notes: IngestNote list
    }

/// Reading such files.
[<RequireQualifiedAccess>]
module MeasureFile =

    /// Columns found out, days without variance left out, one symbol per frame.
    let defaults: MeasureFileOptions =
        {
            Table = TableOptions.Default
            Variance = None
            Return = None
            Price = None
            Measures = []
            Missing = MissingVariance.Drop
            Wide = false
        }

    /// What ExperimentConfig.Measure says of a variance from a column.
    let private prefix = "column:"

    /// The measure of histories of a file, as ExperimentConfig.Measure names it: "column:NAME", "column:*" of a wide file.
    let measure (file: MeasureFile) : string =
        prefix + (if file.Variance = "" then "*" else file.Variance)

    /// True where a measure is a column of a file and not measured from bars.
    let isColumn (measure: string) : bool =
        measure.StartsWith(prefix, StringComparison.Ordinal)
        && measure.Length > prefix.Length

    /// Known names of a variance, the likelier first.
    let private variances =
        [
            "variance"
            "rv"
            "rv5"
            "realised_variance"
            "realized_variance"
            "rk"
            "rk_parzen"
            "rk_th2"
            "rv10"
        ]

    /// Known names of daily log returns, the likelier first.
    let private returnNames =
        [
            "return"
            "log_return"
            "returns"
            "log_returns"
            "ret"
            "logret"
            "daily_return"
        ]

    /// Known names of a price at the close, the likelier first.
    let private priceNames =
        [ "close_price"; "adjusted_close"; "adj_close"; "close"; "price"; "settle" ]

    /// What models call a measure, and what files call it.
    let private aliases: (string * string list) list =
        [
            "quarticity", [ "quarticity"; "rq"; "realised_quarticity"; "realized_quarticity" ]
            "tripower_quarticity", [ "tripower_quarticity"; "tpq"; "rtq" ]
            "bipower", [ "bipower"; "bpv"; "bv"; "bipower_variation" ]
            "negative_semivariance", [ "negative_semivariance"; "rvn"; "rsv"; "rsn"; "rsv_negative" ]
            "positive_semivariance", [ "positive_semivariance"; "rvp"; "rsp"; "rsv_positive" ]
        ]

    let private same (one: string) (other: string) : bool =
        String.Equals(one.Replace(' ', '_'), other.Replace(' ', '_'), StringComparison.OrdinalIgnoreCase)

    let private find (frame: Frame) (name: string) : string option = frame.Names |> List.tryFind (same name)

    let private named (source: string) (frame: Frame) (kind: string) (name: string) : Result<string, Fault> =
        find frame name
        |> Either.ofOption (Fault.UnknownName($"{kind} column in {source}", name, frame.Names))

    let private varianceOf (options: MeasureFileOptions) (source: string) (frame: Frame) : Result<string, Fault> =
        match options.Variance, frame.Names with
        | Some name, _ -> named source frame "variance" name
        // A lone column of prices or returns is no variance.
        | None, [ only ] when not (List.exists (same only) (returnNames @ priceNames)) -> Ok only
        | None, names ->
            match List.tryPick (find frame) variances with
            | Some found -> Ok found
            | None -> Error(Fault.UnknownName($"variance column in {source}", "(none named)", names))

    let private measuresOf (options: MeasureFileOptions) (source: string) (frame: Frame) =
        options.Measures
        |> Checked.traverse (fun (role, name) ->
            named source frame "measure" name |> Result.map (fun column -> role, column))
        |> Result.map (fun asked ->
            let known =
                [
                    for role, names in aliases do
                        if not (List.exists (fst >> (=) role) asked) then
                            match List.tryPick (find frame) names with
                            | Some column -> role, column
                            | None -> ()
                ]

            let given = asked @ known

            given
            @ [
                for name in frame.Names do
                    if not (List.exists (fst >> (=) name) given) then
                        name, name
            ])

    /// Log returns of every row, NaN where they are missing, and the column that they come from.
    let private returnsOf (options: MeasureFileOptions) (source: string) (frame: Frame) =
        let asked =
            match options.Return, options.Price with
            | None, None ->
                match List.tryPick (find frame) returnNames with
                | Some column -> Some column, None
                | None -> None, List.tryPick (find frame) priceNames
            | given -> given

        match asked with
        | Some _, Some _ ->
            Error(Fault.BadSetting("returns", "must come from a column of returns or one of prices, not both", "both"))
        | Some name, None ->
            named source frame "return" name
            |> Result.bind (fun column -> Frame.column column frame)
            |> Result.map (fun values -> Some(name, values))
        | None, Some name ->
            named source frame "price" name
            |> Result.bind (fun column -> Frame.column column frame)
            |> Result.map (fun prices ->
                let returns =
                    Array.init prices.Length (fun row ->
                        if row = 0 then
                            0.0
                        elif prices[row] > 0.0 && prices[row - 1] > 0.0 then
                            log (prices[row] / prices[row - 1])
                        else
                            nan)

                if prices.Length > 0 && not (prices[0] > 0.0) then
                    returns[0] <- nan

                Some(name, returns))
        | None, None -> Ok None

    /// A symbol's history and what was done to its days.
    type private ReadHistory =
        {
            History: History
            Dropped: int
            Floored: int
            /// Column of the returns.
            Returns: string
            Unreturned: bool
        }

    let private place (source: string) (frame: Frame) (column: string) : Place =
        {
            Source =
                if frame.Symbol = "" then
                    source
                else
                    $"{source}, {frame.Symbol}"
            Row = 0
            Column = column
        }

    /// Rows that stay, with their variance, whether they are scored, and how many days are dropped and floored.
    let private kept (missing: MissingVariance) (values: float[]) =
        let rows = ResizeArray<int>()
        let variance = ResizeArray<float>()
        let scored = ResizeArray<bool>()
        let mutable smallest = infinity

        for row in 0 .. values.Length - 1 do
            let value = values[row]
            let isPositive = value > 0.0

            if isPositive then
                smallest <- min smallest value

            if
                isPositive
                || (missing = MissingVariance.Floor && not (Double.IsInfinity smallest))
            then
                rows.Add row
                variance.Add(if isPositive then value else smallest)
                scored.Add isPositive

        rows.ToArray(), variance.ToArray(), scored.ToArray()

    let private history
        (options: MeasureFileOptions)
        (source: string)
        (frame: Frame)
        (column: string)
        : Result<ReadHistory, Fault> =
        either {
            let! values = Frame.column column frame
            let! returns = returnsOf options source frame
            let! measures = measuresOf options source frame
            let rows, variance, scored = kept options.Missing values

            if rows.Length < Measured.minimumDays then
                return!
                    Error(
                        Fault.TooShort(
                            $"{(place source frame column).Source}: days with a {column}",
                            Measured.minimumDays,
                            rows.Length
                        )
                    )

            let gap =
                match returns with
                | None -> None
                | Some(_, each) ->
                    seq { rows[0] .. rows[rows.Length - 1] }
                    |> Seq.tryFind (fun row -> not (Double.IsFinite each[row]))

            let found = options.Return.IsNone && options.Price.IsNone

            let! total =
                match returns with
                | None -> Ok None
                | Some _ when found && gap.IsSome -> Ok None
                | Some(name, each) ->
                    match gap with
                    | Some row ->
                        let day = DateOnly.FromDateTime frame.Index[row]
                        let rule = $"there must be a return on every day; it is missing on {day:O}"
                        Error(Fault.BadData(place source frame name, rule, "", "Fill it, or leave the day out."))
                    | None ->
                        Ok(
                            Some
                                [|
                                    for place in 0 .. rows.Length - 1 do
                                        let first = if place = 0 then rows[0] else rows[place - 1] + 1
                                        Array.sum each[first .. rows[place]]
                                |]
                        )

            let! columns =
                measures
                |> Checked.traverse (fun (role, name) ->
                    Frame.column name frame
                    |> Result.map (fun values -> role, rows |> Array.map (fun row -> values[row])))

            let! made =
                History.create
                    frame.Symbol
                    (rows |> Array.map (fun row -> DateOnly.FromDateTime frame.Index[row]))
                    (variance |> Array.map (fun value -> value * 1.0< / day>))
                    total
                    columns

            let floored = scored |> Array.filter not |> Array.length

            return
                {
                    History = { made with Scored = scored }
                    Dropped = values.Length - rows.Length
                    Floored = floored
                    Returns = returns |> Option.map fst |> Option.defaultValue ""
                    Unreturned = found && gap.IsSome
                }
        }

    let private gather (symbol: string) (column: string) (notes: IngestNote list) (each: ReadHistory list) =
        let symbolOf (item: ReadHistory) =
            if item.History.Symbol = "" then
                symbol
            else
                item.History.Symbol

        let counts (pick: ReadHistory -> int) =
            [
                for item in each do
                    if pick item > 0 then
                        symbolOf item, pick item
            ]

        {
            Histories = each |> List.map _.History
            Dropped = counts _.Dropped
            Floored = counts _.Floored
            Variance = column
            Returns = each |> List.tryHead |> Option.map _.Returns |> Option.defaultValue ""
            Unreturned = each |> List.filter _.Unreturned |> List.map symbolOf
            Notes = notes
        }

    /// The histories of a text, which faults call `source`. Variances keep their unit: every model and loss here is free of scale, and
    /// returns must fit it only for models that read returns. Faults: those of reading frames, UnknownName for a column that
    /// isn't there, TooShort for a symbol with less than a month of days, BadData for a missing return.
    let readText (options: MeasureFileOptions) (source: string) (text: TextReader) : Result<MeasureFile, Fault> =
        let symbolOf (frames: Frame list) =
            if frames.Length = 1 then frames.Head.Symbol else ""

        either {
            let! frames, notes = FrameCsv.readText options.Table source text

            if frames.IsEmpty then
                return! Error(Fault.TooShort($"{source}: symbols", 1, 0))

            if options.Wide then
                if frames.Length > 1 then
                    return! Error(Fault.BadSetting("wide", "a file with a symbol column is not wide", source))

                let frame = frames.Head

                let! each =
                    frame.Names
                    |> Checked.traverse (fun symbol ->
                        let own =
                            { options with
                                Return = None
                                Price = None
                                Measures = []
                            }

                        Frame.column symbol frame
                        |> Result.bind (fun values -> Frame.create symbol frame.Index [ "variance", values ])
                        |> Result.bind (fun single -> history own source single "variance"))

                return gather "" "" notes each
            else
                let! column = varianceOf options source frames.Head

                let! each =
                    frames |> Checked.traverse (fun frame -> history options source frame column)

                return gather (symbolOf frames) column notes each
        }

    /// The histories of a file, plain or gzipped, as readText.
    let read (options: MeasureFileOptions) (path: string) : Result<MeasureFile, Fault> =
        Source.read path (readText options path)

    /// True for a file whose header names a variance, or else no price of a bar, and not all of open, high, low, close: no bars. False
    /// where it can't be read.
    let isMeasureFile (path: string) : bool =
        let prices = [ "open"; "high"; "low"; "close" ]

        let isMeasures (names: string[]) : bool =
            let has (name: string) = Array.exists (same name) names

            not (List.forall has prices)
            && (List.exists has variances || not (List.exists has prices))

        Source.read path (fun text ->
            match text.ReadLine() with
            | null -> Ok false
            | header ->
                header.TrimStart('\uFEFF').Split([| ','; ';'; '\t'; '|' |])
                |> Array.map (fun cell -> cell.Trim().Trim('"'))
                |> isMeasures
                |> Ok)
        |> Result.defaultValue false
