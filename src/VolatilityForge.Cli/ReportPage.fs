/// The HTML report of a run: its tables and the data of its charts. Knows no terminal.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.Text.Json.Nodes
open VolatilityForge

/// Building the page.
[<RequireQualifiedAccess>]
module ReportPage =

    /// Annualised volatility in percent, to four digits: what a chart can show.
    let private percent (variance: Variance) : JsonNode =
        let volatility = variance |> Units.volatility |> Units.annualisedVolatility |> float
        JsonValue.Create(Math.Round(100.0 * volatility, 2))

    /// What models are called: as in the tables, in charts as well.
    let private labelOf (result: ExperimentResult) : string -> string =
        result.Table.Rows |> List.map _.Model |> ModelLabels.ofModels

    /// The running sum of QLIKE less the baseline's: falling where a model gains on it.
    let private gain (baseline: ForecastTrack) (track: ForecastTrack) : JsonNode =
        let mutable sum = 0.0

        Json.array
            [
                for day in 0 .. track.Origins.Length - 1 do
                    if track.Scored[day] then
                        sum <-
                            sum + Loss.qlike track.Forecast[day] track.Realised[day]
                            - Loss.qlike baseline.Forecast[day] baseline.Realised[day]

                    JsonValue.Create(Math.Round(sum, 3))
            ]

    let private horizon (result: ExperimentResult) (days: int) : JsonNode =
        let tracks = result.Tracks |> List.filter (fun track -> track.Horizon = days)

        let baseline =
            tracks |> List.find (fun track -> track.Model = result.Table.Baseline)

        let model (track: ForecastTrack) : JsonNode =
            Json.object'
                [
                    "name", JsonValue.Create(labelOf result track.Model)
                    "forecast", Json.array (Seq.map percent track.Forecast)
                    "gain", gain baseline track
                ]

        Json.object'
            [
                "horizon", JsonValue.Create days
                "dates", baseline.Dates |> Seq.map Json.date |> Json.array
                "realised", Json.array (Seq.map percent baseline.Realised)
                "models", tracks |> Seq.map model |> Json.array
            ]

    /// Validation loss by epoch, one line per fit and seed.
    let private curves (result: ExperimentResult) : JsonNode =
        Json.array
            [
                for ensemble in result.Training do
                    for trained in ensemble.Members do
                        Json.object'
                            [
                                "horizon", JsonValue.Create ensemble.Horizon
                                "name", JsonValue.Create $"{ensemble.FittedOn:O} seed {trained.Seed}"
                                "validation",
                                trained.State.History |> List.rev |> Seq.map _.ValidationLoss |> Json.numbers
                            ]
            ]

    // Digits that a chart can show.
    let private number: float -> JsonNode = Json.rounded 4

    let private withRisk (result: ExperimentResult) : (ForecastTrack * RiskTrack) list =
        if result.Risk.IsEmpty then
            []
        else
            List.zip result.Tracks result.Risk

    let private parameters (result: ExperimentResult) : JsonNode =
        Json.array
            [
                for path in result.Parameters do
                    Json.object'
                        [
                            "model", JsonValue.Create(labelOf result path.Model)
                            "horizon", JsonValue.Create path.Horizon
                            "dates", Json.array (Seq.map Json.date path.Dates)
                            "names", Json.texts path.Names
                            "values", Json.array [ for row in path.Values -> Json.array (Seq.map number row) ]
                        ]
            ]

    let private news (result: ExperimentResult) : JsonNode =
        Json.array
            [
                for curve in result.NewsImpact do
                    // The curve of the fit itself is the same at every horizon, but for the scale to the measure.
                    if curve.Horizon = result.Config.Horizons.Head then
                        Json.object'
                            [
                                "model", JsonValue.Create(labelOf result curve.Model)
                                "shocks", Json.array (Seq.map number curve.Shocks)
                                "volatility", Json.array (Seq.map percent curve.Variance)
                            ]
            ]

    /// Returns and quantiles in percent, from the first day that has quantiles.
    let private tails (result: ExperimentResult) : JsonNode =
        Json.array
            [
                for track, risk in withRisk result do
                    match risk.Returns with
                    | Some returns when returns.Length > RiskTrack.WarmUp ->
                        for tail in risk.Tails do
                            let from (values: float[]) =
                                values[RiskTrack.WarmUp ..]
                                |> Seq.map (fun value -> number (100.0 * value))
                                |> Json.array

                            Json.object'
                                [
                                    "model", JsonValue.Create(labelOf result track.Model)
                                    "level", JsonValue.Create tail.Level
                                    "dates", Json.array (Seq.map Json.date track.Dates[RiskTrack.WarmUp ..])
                                    "returns", from returns
                                    "quantiles", from tail.Quantiles
                                ]
                    | _ -> ()
            ]

    let private intervals (result: ExperimentResult) : JsonNode =
        Json.array
            [
                for track, risk in withRisk result do
                    match risk.Intervals with
                    | Some intervals ->
                        let bound (pick: VarianceInterval -> Variance) =
                            Json.array
                                [
                                    for each in intervals do
                                        if Double.IsFinite(Units.strip each.Upper) then
                                            percent (pick each)
                                        else
                                            null
                                ]

                        Json.object'
                            [
                                "model", JsonValue.Create(labelOf result track.Model)
                                "horizon", JsonValue.Create track.Horizon
                                "lower", bound _.Lower
                                "upper", bound _.Upper
                            ]
                    | None -> ()
            ]

    let private data (result: ExperimentResult) : JsonNode =
        Json.object'
            [
                "symbol", JsonValue.Create result.Table.Symbol
                "baseline", JsonValue.Create(labelOf result result.Table.Baseline)
                "horizons", Json.array [ for days in result.Config.Horizons -> horizon result days ]
                "training", curves result
                "parameters", parameters result
                "news", news result
                "tails", tails result
                "intervals", intervals result
            ]

    let private tableRows (header: string list) (rows: string list list) : string =
        let head = Page.cells "th" header

        let body =
            List.zip rows (None :: List.map Some rows |> List.take rows.Length)
            |> List.map (fun (row, above) ->
                // The second cell is the horizon: a line parts the horizons.
                let start =
                    match above with
                    | Some above when List.item 1 above <> List.item 1 row -> "<tr class=\"first\">"
                    | _ -> "<tr>"

                start + Page.cells "td" row + "</tr>")
            |> String.concat "\n"

        $"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"

    /// Model by horizon: p-values of the confidence set, those in it marked.
    let private membership (result: ExperimentResult) : string =
        let horizons = result.Table.Rows |> List.map _.Horizon |> List.distinct

        let cell (model: string) (horizon: int) : string =
            let place =
                result.Table.Rows
                |> List.tryFind (fun row -> row.Model = model && row.Horizon = horizon)
                |> Option.bind _.Confidence

            match place with
            | Some place ->
                let mark = if place.Included then " class=\"in\"" else ""
                let p = place.PValue.ToString("0.000", CultureInfo.InvariantCulture)
                $"<td{mark}>{p}</td>"
            | None -> "<td></td>"

        let head =
            horizons |> List.map (fun days -> $"<th>{days} ahead</th>") |> String.concat ""

        let body =
            result.Table.Rows
            |> List.map _.Model
            |> List.distinct
            |> List.map (fun model ->
                let cells = horizons |> List.map (cell model) |> String.concat ""
                $"<tr><td>{Page.escape (labelOf result model)}</td>{cells}</tr>")
            |> String.concat "\n"

        $"<h3>Model confidence set</h3>\n<p>P-values by QLIKE; shaded models can't be told from the best at 90 %%.</p>\n"
        + $"<table class=\"membership\"><thead><tr><th>model</th>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"

    /// Exceedances of every quantile with Kupiec's and Christoffersen's tests.
    let private exceedances (result: ExperimentResult) : string =
        let p (test: ChiSquareTest) =
            test.PValue.ToString("0.000", CultureInfo.InvariantCulture)

        let rows =
            [
                for track in result.Risk do
                    for set in RiskTrack.risks track do
                        match Coverage.test set.Risk with
                        | Ok coverage ->
                            [
                                labelOf result set.Model
                                set.Risk.Level.ToString("0.###", CultureInfo.InvariantCulture)
                                string coverage.Days
                                (float coverage.Days * set.Risk.Level).ToString("0.0", CultureInfo.InvariantCulture)
                                string coverage.Exceedances
                                p coverage.Unconditional
                                coverage.Conditional |> Option.map p |> Option.defaultValue ""
                            ]
                        | Error _ -> ()
            ]

        if rows.IsEmpty then
            ""
        else
            "<h3>Value at Risk</h3>\n<p>Days whose return was below the quantile forecast for it: Kupiec tests how many, "
            + "Christoffersen how many and how clustered.</p>\n"
            + tableRows
                [
                    "model"
                    "level"
                    "days"
                    "expected"
                    "exceeded"
                    "Kupiec p"
                    "Christoffersen p"
                ]
                rows

    /// The page of the results: a header and rows for each, and a title, header and rows over all where there are rows.
    let html
        (header: string list)
        (rows: ExperimentResult -> string list list)
        (pooled: string * string list * string list list)
        (results: ExperimentResult list)
        : string =
        let overAll =
            match pooled with
            | _, _, [] -> ""
            | title, header, rows ->
                $"<section><h2>All symbols</h2>\n<p>{Page.escape title}</p>\n{tableRows header rows}\n</section>\n"

        let tables =
            results
            |> List.map (fun result ->
                let title =
                    if result.Table.Symbol = "" then
                        "Forecasts"
                    else
                        result.Table.Symbol

                let table = tableRows header (rows result)

                let legend =
                    result.Table.Rows
                    |> List.map _.Model
                    |> ModelLabels.legend
                    |> List.map (fun line -> $"<p>{Page.escape line}</p>\n")
                    |> String.concat ""

                $"<section><h2>{Page.escape title}</h2>\n{table}\n{legend}{membership result}\n{exceedances result}\n"
                + "<div class=\"charts\"></div></section>")
            |> String.concat "\n"

        Page.html
            {
                Tables = overAll + tables
                Config = ConfigJson.toText results.Head.Config
                Data = "results", Json.array (Seq.map data results)
                Scripts = [ "report.js" ]
            }
