/// Pieces of the JSON that commands write. Knows no result.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.Text.Json
open System.Text.Json.Nodes

/// Making nodes.
[<RequireQualifiedAccess>]
module Json =

    // JSON has no NaN and no infinity.
    /// A number; null where it isn't finite.
    let number (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create value
        else
            null

    /// A number to so many significant digits, as far as a chart shows; null where it isn't finite.
    let rounded (digits: int) (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create(float (value.ToString($"G{digits}", CultureInfo.InvariantCulture)))
        else
            null

    /// A day, as 2020-12-31.
    let date (day: DateOnly) : JsonNode =
        JsonValue.Create(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))

    /// What a function makes of a value that is there, else null.
    let optional (node: 'a -> JsonNode) (value: 'a option) : JsonNode =
        value |> Option.map node |> Option.toObj

    /// Nodes in order.
    let array (items: JsonNode seq) : JsonNode = JsonArray(Seq.toArray items)

    /// Numbers in order.
    let numbers (values: float seq) : JsonNode = values |> Seq.map number |> array

    /// Texts in order.
    let texts (values: string seq) : JsonNode =
        values |> Seq.map (fun text -> JsonValue.Create text :> JsonNode) |> array

    /// Named nodes in order.
    let object' (fields: (string * JsonNode) list) : JsonObject =
        let json = JsonObject()

        for key, value in fields do
            json[key] <- value

        json

    let private lines = JsonSerializerOptions(WriteIndented = true)

    /// A node as text, a line for each entry.
    let indented (node: JsonNode) : string = node.ToJsonString lines
