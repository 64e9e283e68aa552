/// What went wrong as the one JSON object of a command. Writes nothing.
namespace VolatilityForge.Cli

open System
open System.IO
open System.Text.Json.Nodes
open VolatilityForge

/// Faults as JSON.
[<RequireQualifiedAccess>]
module FaultJson =

    let private kind (fault: Fault) : string =
        match fault with
        | Fault.BadData _ -> "bad-data"
        | Fault.BadFile _ -> "bad-file"
        | Fault.TooShort _ -> "too-short"
        | Fault.BadSetting _ -> "bad-setting"
        | Fault.UnknownName _ -> "unknown-name"
        | Fault.BadShape _ -> "bad-shape"
        | Fault.NotComputable _ -> "not-computable"
        | Fault.NoEngine _ -> "no-engine"
        | Fault.Cancelled _ -> "cancelled"
        | Fault.Several _ -> "several"

    /// The parts of a source that is called "FILE, SYMBOL"; commas may be of the file's name.
    let private fileAndSymbol (source: string) : string * string option =
        let parts = source.Split ", "

        if File.Exists source then
            source, None
        else
            [ 1 .. parts.Length - 1 ]
            |> List.map (fun at -> String.Join(", ", parts[.. at - 1]), String.Join(", ", parts[at..]))
            |> List.tryFind (fst >> File.Exists)
            |> Option.map (fun (file, symbol) -> file, Some symbol)
            |> Option.defaultValue (source, None)

    let private text (value: string) : JsonNode = JsonValue.Create value

    let private placeOf (file: string) (symbol: string option) (row: int) (column: string) : JsonNode =
        Json.object'
            [
                "file", text file
                "symbol", Json.optional text symbol
                "row",
                (if row > 0 then Some row else None)
                |> Json.optional (fun row -> JsonValue.Create row)
                "column",
                (if String.IsNullOrEmpty column then None else Some column)
                |> Json.optional text
            ]

    let private place (fault: Fault) : JsonNode option =
        match fault with
        | Fault.BadData(place, _, _, _) ->
            let file, symbol = fileAndSymbol place.Source
            Some(placeOf file symbol place.Row place.Column)
        | Fault.BadFile(path, _, _) -> Some(placeOf path None 0 "")
        | _ -> None

    let private error (kind: string) (message: string) (place: JsonNode option) (faults: JsonNode list) : JsonNode =
        Json.object'
            [
                "kind", text kind
                "message", text message
                "place", Option.toObj place
                if not faults.IsEmpty then
                    "faults", Json.array faults
            ]

    let private single (fault: Fault) : JsonNode =
        error (kind fault) (Fault.describe fault) (place fault) []

    /// {"error": ...} with kind, message and place; of several faults together each by itself under faults.
    let ofFault (fault: Fault) : JsonNode =
        let node =
            match fault with
            | Fault.Several faults ->
                error (kind fault) (Fault.describe fault) None (faults |> List.collect Fault.flatten |> List.map single)
            | fault -> single fault

        Json.object' [ "error", node ]

    /// {"error": ...} of a failure that is no fault of the library: "usage", "unexpected".
    let ofMessage (kind: string) (message: string) : JsonNode =
        Json.object' [ "error", error kind message None [] ]
