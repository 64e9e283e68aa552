/// Reading forecasts from CSV: what `volforge run` writes, or one column per model. Knows no test.
namespace VolatilityForge

open System
open System.Globalization
open CsvHelper
open CsvHelper.Configuration

/// What a file of forecasts holds.
type ForecastFile =
    {
        Sets: ForecastSet list
        Risks: RiskSet list
        Intervals: IntervalSet list
    }

/// Reading files of forecasts.
[<RequireQualifiedAccess>]
module ForecastFile =

    /// Quantiles and intervals beside forecasts, by symbol, model and horizon.
    let private beside
        (path: string)
        (header: string[])
        (at: string -> int)
        (tracks: ((string * string * int) * ForecastRow[]) list)
        : RiskSet list * IntervalSet list =
        let quantiles = ForecastCells.levels path header "var"
        let lowers = ForecastCells.levels path header "lower"

        if not quantiles.IsEmpty && at "return" < 0 then
            ForecastCells.refuse path 1 "return" "there must be a column of returns beside Value at Risk" "none" ""

        let column (rows: ForecastRow[]) (index: int) =
            rows |> Array.map (fun row -> ForecastCells.number path row header[index] index)

        let risk ((symbol, model, _), rows: ForecastRow[]) (level: float, text: string, index: int) : RiskSet option =
            let shortfall = at $"es:{text}"

            let rows =
                ForecastCells.filled (at "return" :: index :: (if shortfall < 0 then [] else [ shortfall ])) rows

            if rows.Length = 0 then
                None
            else
                Some
                    {
                        Symbol = symbol
                        Model = model
                        Risk =
                            {
                                Level = level
                                Returns = column rows (at "return")
                                ValueAtRisk = column rows index
                            }
                        Shortfall = if shortfall < 0 then None else Some(column rows shortfall)
                    }

        let interval ((symbol, model, horizon), rows: ForecastRow[]) (coverage: float, text: string, lower: int) =
            let upper = at $"upper:{text}"

            if upper < 0 then
                ForecastCells.refuse path 1 header[lower] $"there must be a column upper:{text} beside it" "none" ""

            let rows =
                ForecastCells.filled [ lower; upper ] rows
                |> Array.filter (fun row -> at "scored" < 0 || row.Cells[at "scored"].Trim() <> "0")

            if rows.Length = 0 then
                None
            else
                Some
                    {
                        Symbol = symbol
                        Model = model
                        Horizon = horizon
                        Coverage = coverage
                        Intervals =
                            rows
                            |> Array.map (fun row ->
                                {
                                    Lower = ForecastCells.forecast path row header[lower] lower
                                    Upper = ForecastCells.forecast path row header[upper] upper
                                })
                        Realised =
                            rows
                            |> Array.map (fun row -> ForecastCells.realised path row "realised" (at "realised"))
                    }

        [
            for track in tracks do
                yield! quantiles |> List.choose (risk track)
        ],
        [
            for track in tracks do
                yield! lowers |> List.choose (interval track)
        ]

    /// symbol, model, horizon, origin, forecast, realised, scored: one row per forecast; besides, lower:COVERAGE, upper:COVERAGE, return,
    /// var:LEVEL, es:LEVEL.
    let private long (path: string) (header: string[]) (at: string -> int) (rows: ForecastRow[]) : ForecastFile =
        let optional (name: string) (row: ForecastRow) (otherwise: string) =
            match at name with
            | -1 -> otherwise
            | index -> row.Cells[index].Trim()

        let horizon (row: ForecastRow) =
            let text = optional "horizon" row "1"

            match Int32.TryParse text with
            | true, days when days >= 1 -> days
            | _ -> ForecastCells.refuse path row.Line "horizon" "must be a whole number of days" text ""

        let set ((symbol, horizon): string * int, rows: ForecastRow[]) : ForecastSet =
            let models = rows |> Array.groupBy (fun row -> optional "model" row "")
            let _, first = models[0]

            let dates (rows: ForecastRow[]) =
                rows
                |> Array.map (fun row -> ForecastCells.date path row "origin" (at "origin"))

            let days = dates first

            for model, own in models do
                if dates own <> days then
                    ForecastCells.refuse
                        path
                        own[0].Line
                        "origin"
                        $"{model} must forecast on the same days as the other models"
                        ""
                        "Take them from one run."

            let known =
                first
                |> Array.map (fun row -> ForecastCells.realised path row "realised" (at "realised"))

            {
                Symbol = symbol
                Horizon = horizon
                Dates = days
                Realised = known
                Scored =
                    Array.map2
                        (fun row (value: Variance) -> value > 0.0< / day> && optional "scored" row "1" <> "0")
                        first
                        known
                Forecasts =
                    [
                        for model, own in models ->
                            model,
                            own
                            |> Array.map (fun row -> ForecastCells.forecast path row "forecast" (at "forecast"))
                    ]
            }
            |> ForecastSet.check
            |> ForecastCells.sound path

        let risks, intervals =
            rows
            |> Array.groupBy (fun row -> optional "symbol" row "", optional "model" row "", horizon row)
            |> List.ofArray
            |> beside path header at

        {
            Sets =
                rows
                |> Array.groupBy (fun row -> optional "symbol" row "", horizon row)
                |> Array.map set
                |> List.ofArray
            Risks = risks
            Intervals = intervals
        }

    /// date, realised, and a column per model; return and MODEL:var:LEVEL, MODEL:es:LEVEL for risk.
    let private wide
        (path: string)
        (horizon: int)
        (header: string[])
        (at: string -> int)
        (rows: ForecastRow[])
        : ForecastFile =
        let own =
            set [ "date"; "origin"; "realised"; "realized"; "return"; "symbol"; "scored" ]

        let risks =
            [
                for index in 0 .. header.Length - 1 do
                    match header[index].Split ':' with
                    | [| model; kind; text |] when kind.ToLowerInvariant() = "var" ->
                        model, ForecastCells.levelIn path header[index] text, text, index
                    | _ -> ()
            ]

        let models =
            [
                for index in 0 .. header.Length - 1 do
                    if not (own.Contains(header[index].ToLowerInvariant()) || header[index].Contains ':') then
                        header[index], index
            ]

        let days = if at "date" >= 0 then "date" else "origin"
        let actual = if at "realised" >= 0 then "realised" else "realized"

        let symbols =
            match at "symbol" with
            | -1 -> [| "", rows |]
            | index -> rows |> Array.groupBy (fun row -> row.Cells[index].Trim())

        let set (symbol: string, rows: ForecastRow[]) : ForecastSet =
            let known =
                rows
                |> Array.map (fun row -> ForecastCells.realised path row actual (at actual))

            {
                Symbol = symbol
                Horizon = horizon
                Dates = rows |> Array.map (fun row -> ForecastCells.date path row days (at days))
                Realised = known
                Scored =
                    Array.map2
                        (fun row (value: Variance) ->
                            value > 0.0< / day> && (at "scored" < 0 || row.Cells[at "scored"].Trim() <> "0"))
                        rows
                        known
                Forecasts =
                    [
                        for model, index in models ->
                            model, rows |> Array.map (fun row -> ForecastCells.forecast path row model index)
                    ]
            }
            |> ForecastSet.check
            |> ForecastCells.sound path

        let risk
            (symbol: string, rows: ForecastRow[])
            (model: string, level: float, text: string, index: int)
            : RiskSet =
            let column (name: string) (index: int) =
                rows |> Array.map (fun row -> ForecastCells.number path row name index)

            if at "return" < 0 then
                ForecastCells.refuse path 1 "return" "there must be a column of returns beside Value at Risk" "none" ""

            {
                Symbol = symbol
                Model = model
                Risk =
                    {
                        Level = level
                        Returns = column "return" (at "return")
                        ValueAtRisk = column header[index] index
                    }
                Shortfall =
                    match at $"{model.ToLowerInvariant()}:es:{text}" with
                    | -1 -> None
                    | shortfall -> Some(column header[shortfall] shortfall)
            }

        {
            Sets =
                if models.IsEmpty then
                    []
                else
                    symbols |> Array.map set |> List.ofArray
            Risks =
                [
                    for group in symbols do
                        for column in risks -> risk group column
                ]
            Intervals = []
        }

    /// Reads a file, plain or gzip, comma, semicolon or tab between cells. Either symbol, model, horizon, origin, forecast, realised,
    /// scored with a row per forecast, as `volforge run` writes it (symbol, horizon and scored may be missing; columns lower:COVERAGE and
    /// upper:COVERAGE hold intervals, return, var:LEVEL and es:LEVEL risk, empty cells nothing); or date, realised and a
    /// column of variances per model, all at the given horizon. In the second form a column `return` with columns such as
    /// garch:var:0.01 and garch:es:0.01 holds forecasts of risk, as returns. A realised variance of zero is not scored. Faults: BadFile,
    /// and BadData with row and column.
    let read (horizon: int) (path: string) : Result<ForecastFile, Fault> =
        let parse (text: IO.TextReader) : Result<ForecastFile, Fault> =
            let first = text.ReadLine()

            let delimiter =
                [ ','; ';'; '\t' ]
                |> List.maxBy (fun mark -> first |> Seq.filter ((=) mark) |> Seq.length)

            let header =
                first.TrimStart('\uFEFF').Split delimiter
                |> Array.map (fun cell -> cell.Trim().Trim '"')

            let names = header |> Array.map _.ToLowerInvariant()
            let at (name: string) = Array.IndexOf(names, name)

            let configuration =
                CsvConfiguration(CultureInfo.InvariantCulture, Delimiter = string delimiter)

            configuration.HasHeaderRecord <- false
            use parser = new CsvParser(text, configuration)

            let rows =
                [|
                    while parser.Read() do
                        let row =
                            {
                                Line = parser.RawRow + 1
                                Cells = parser.Record
                            }

                        if row.Cells.Length <> header.Length then
                            ForecastCells.refuse
                                path
                                row.Line
                                ""
                                $"a row must have {header.Length} cells like the header"
                                (string row.Cells.Length)
                                ""

                        row
                |]

            let missing (columns: string) =
                ForecastCells.refuse path 1 "" $"the header must have {columns}" (String.Join(", ", header)) ""

            if names.Length <> (Array.distinct names).Length then
                ForecastCells.refuse path 1 "" "the header must name each column once" (String.Join(", ", header)) ""
            elif rows.Length = 0 then
                ForecastCells.refuse path 0 "" "there must be a row below the header" "none" ""
            elif at "model" >= 0 && at "forecast" >= 0 then
                if at "origin" < 0 || at "realised" < 0 then
                    missing "model, origin, forecast, realised"

                Ok(long path header at rows)
            else
                let hasRealised = at "realised" >= 0 || at "realized" >= 0

                if (at "date" < 0 && at "origin" < 0) || not (hasRealised || at "return" >= 0) then
                    missing "date, realised and a column per model, or model, origin, forecast, realised"

                Ok(wide path horizon header at rows)

        Source.read path parse
