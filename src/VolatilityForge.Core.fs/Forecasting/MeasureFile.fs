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
            let! returns = MeasureColumns.returnsOf options.Return options.Price source frame
            let! measures = MeasureColumns.measuresOf options.Measures source frame
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
                let! column = MeasureColumns.varianceOf options.Variance source frames.Head

                let! each =
                    frames |> Checked.traverse (fun frame -> history options source frame column)

                return gather (symbolOf frames) column notes each
        }

    /// The histories of a source as Sources.framesWith takes it, as readText; how numbers and dates are written is an option of CSV alone.
    let read (options: MeasureFileOptions) (source: string) : Result<MeasureFile, Fault> =
        let options =
            if Sources.isCsv source then
                options
            else
                { options with
                    Table =
                        { options.Table with
                            Delimiter = None
                            DateFormat = None
                            DecimalComma = false
                        }
                }

        Sources.readText source (readText options (Sources.name source))

    /// True for a source whose header names a variance, or else no price of a bar, and not all of open, high, low, close: no bars. False
    /// where it can't be read.
    let isMeasureFile (source: string) : bool =
        let prices = [ "open"; "high"; "low"; "close" ]

        let isMeasures (names: string[]) : bool =
            let has (name: string) =
                Array.exists (MeasureColumns.same name) names

            not (List.forall has prices)
            && (List.exists has MeasureColumns.variances || not (List.exists has prices))

        Sources.readText source (fun text ->
            match text.ReadLine() with
            | null -> Ok false
            | header ->
                header.TrimStart('\uFEFF').Split([| ','; ';'; '\t'; '|' |])
                |> Array.map (fun cell -> cell.Trim().Trim('"'))
                |> isMeasures
                |> Ok)
        |> Result.defaultValue false
