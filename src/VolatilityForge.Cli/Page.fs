/// The frame of an HTML report: one file that opens without a network. Knows no result.
namespace VolatilityForge.Cli

open System
open System.IO
open System.Net
open System.Reflection
open System.Text.Json.Nodes

/// What a report shows.
type internal PageContent =
    {
        /// HTML of the sections.
        Tables: string
        /// JSON of the settings.
        Config: string
        /// The name by which the scripts know the data, and the data.
        Data: string * JsonNode
        /// Names of the scripts, in order.
        Scripts: string list
    }

/// Building pages.
[<RequireQualifiedAccess>]
module internal Page =

    let private resource (name: string) : string option =
        match Assembly.GetExecutingAssembly().GetManifestResourceStream name with
        | null -> None
        | stream ->
            use reader = new StreamReader(stream)
            Some(reader.ReadToEnd())

    /// A script inside HTML must not hold its own end tag.
    let private inlineScript (text: string) : string =
        text.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)

    /// Text as HTML shows it.
    let escape (text: string) : string = WebUtility.HtmlEncode text

    /// The cells of a row, all of one tag.
    let cells (tag: string) (texts: string list) : string =
        texts
        |> List.map (fun text -> $"<{tag}>{escape text}</{tag}>")
        |> String.concat ""

    let private missingCharts =
        "<p class=\"missing\">The charts are left out: the chart library (Debian's libjs-dygraphs) was not on the "
        + "machine that built this program. Install it, build again, and run again.</p>"

    /// The page of a content.
    let html (content: PageContent) : string =
        let chartLibrary = resource "dygraph.js"
        let part (name: string) = resource name |> Option.defaultValue ""
        let name, data = content.Data

        (part "report.html")
            .Replace("/*css*/", part "dygraph.css" + part "report.css")
            .Replace("<!--tables-->", content.Tables)
            .Replace("<!--missing-->", (if chartLibrary.IsSome then "" else missingCharts))
            .Replace("<!--config-->", escape content.Config)
            .Replace("/*library*/", chartLibrary |> Option.defaultValue "" |> inlineScript)
            .Replace("/*data*/", $"const {name} = " + inlineScript (data.ToJsonString()) + ";")
            .Replace("/*script*/", content.Scripts |> List.map part |> String.concat "")
