/// The HTML report: one file that opens without a network. Knows no terminal.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.Net
open System.Reflection
open System.Text.Json.Nodes
open VolatilityForge

/// Building the page.
[<RequireQualifiedAccess>]
module ReportPage =

    let private resource (name: string) : string option =
        match Assembly.GetExecutingAssembly().GetManifestResourceStream name with
        | null -> None
        | stream ->
            use reader = new StreamReader(stream)
            Some(reader.ReadToEnd())

    /// A script inside HTML must not hold its own end tag.
    let private inlineScript (text: string) : string =
        text.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)

    /// Annualised volatility in percent, to four digits: what a chart can show.
    let private percent (variance: Variance) : JsonNode =
        let volatility = variance |> Units.volatility |> Units.annualisedVolatility |> float
        JsonValue.Create(Math.Round(100.0 * volatility, 2))

    let private array (items: JsonNode seq) : JsonNode = JsonArray(Seq.toArray items)

    /// The running sum of QLIKE less the baseline's: falling where a model gains on it.
    let private gain (baseline: ForecastTrack) (track: ForecastTrack) : JsonNode =
        let mutable sum = 0.0

        array
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

        let json = JsonObject()
        json["horizon"] <- JsonValue.Create days

        json["dates"] <-
            array
                [
                    for date in baseline.Dates ->
                        JsonValue.Create(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
                ]

        json["realised"] <- array (Seq.map percent baseline.Realised)

        json["models"] <-
            array
                [
                    for track in tracks do
                        let model = JsonObject()
                        model["name"] <- JsonValue.Create track.Model
                        model["forecast"] <- array (Seq.map percent track.Forecast)
                        model["gain"] <- gain baseline track
                        model
                ]

        json

    /// Validation loss by epoch, one line per fit and seed.
    let private curves (result: ExperimentResult) : JsonNode =
        array
            [
                for ensemble in result.Training do
                    for trained in ensemble.Members do
                        let json = JsonObject()
                        json["horizon"] <- JsonValue.Create ensemble.Horizon
                        json["name"] <- JsonValue.Create $"{ensemble.FittedOn:O} seed {trained.Seed}"

                        json["validation"] <-
                            array
                                [
                                    for epoch in List.rev trained.State.History -> JsonValue.Create epoch.ValidationLoss
                                ]

                        json
            ]

    let private data (result: ExperimentResult) : JsonNode =
        let json = JsonObject()
        json["symbol"] <- JsonValue.Create result.Table.Symbol
        json["baseline"] <- JsonValue.Create result.Table.Baseline
        json["horizons"] <- array [ for days in result.Config.Horizons -> horizon result days ]
        json["training"] <- curves result
        json

    let private escape (text: string) : string = WebUtility.HtmlEncode text

    let private tableRows (header: string list) (rows: string list list) : string =
        let cells (tag: string) (texts: string list) =
            texts
            |> List.map (fun text -> $"<{tag}>{escape text}</{tag}>")
            |> String.concat ""

        let head = cells "th" header

        let body =
            List.zip rows (None :: List.map Some rows |> List.take rows.Length)
            |> List.map (fun (row, above) ->
                // The second cell is the horizon: a line parts the horizons.
                let start =
                    match above with
                    | Some above when List.item 1 above <> List.item 1 row -> "<tr class=\"first\">"
                    | _ -> "<tr>"

                start + cells "td" row + "</tr>")
            |> String.concat "\n"

        $"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"

    let private missingCharts =
        "<p class=\"missing\">The charts are left out: the chart library (Debian's libjs-dygraphs) was not on the "
        + "machine that built this program. Install it, build again, and run again.</p>"

    /// The page of the results, with the header and rows that the terminal shows for each.
    let html
        (header: string list)
        (rows: ExperimentResult -> string list list)
        (results: ExperimentResult list)
        : string =
        let chartLibrary = resource "dygraph.js"

        let tables =
            results
            |> List.map (fun result ->
                let title =
                    if result.Table.Symbol = "" then
                        "Forecasts"
                    else
                        result.Table.Symbol

                let table = tableRows header (rows result)
                $"<section><h2>{escape title}</h2>\n{table}\n<div class=\"charts\"></div></section>")
            |> String.concat "\n"

        let payload = (array (Seq.map data results)).ToJsonString()

        let part (name: string) = resource name |> Option.defaultValue ""

        (part "report.html")
            .Replace("/*css*/", part "dygraph.css" + part "report.css")
            .Replace("<!--tables-->", tables)
            .Replace("<!--missing-->", (if chartLibrary.IsSome then "" else missingCharts))
            .Replace("<!--config-->", escape (ConfigJson.toText results.Head.Config))
            .Replace("/*library*/", chartLibrary |> Option.defaultValue "" |> inlineScript)
            .Replace("/*data*/", "const results = " + inlineScript payload + ";")
            .Replace("/*script*/", part "report.js")
