/// Frames that have a plausible column for every role of a feature, and the features with settings small enough for them.
module VolatilityForge.Tests.FeatureFrames

open System
open Expecto
open VolatilityForge

/// Stamps with uneven steps that cross midnight several times.
let index (rows: int) : DateTime[] =
    Array.init rows (fun row -> DateTime(2024, 1, 1, 20, 0, 0).AddSeconds(float row * 97.0 + float (row * row % 41)))

/// Two draws per row, reproducible, with ties.
let private draws (seed: int64) (rows: int) : (int -> float) * (int -> float) =
    let struct (normals, rest) = Rng.normals rows (Rng.ofSeed seed)
    let struct (others, _) = Rng.normals rows rest
    (fun row -> normals[row]), (fun row -> Math.Round(2.0 * others[row]) / 2.0)

let private missing (every: int) (values: float[]) : float[] =
    values
    |> Array.mapi (fun row value -> if every > 0 && row % every = every - 1 then nan else value)

/// A column for each role that a feature of the library has, `every`-th rows missing (0: none), at a scale of prices and of
/// quantities.
let columns (seed: int64) (rows: int) (every: int) (price: float) (quantity: float) : (string * float[]) list =
    let normal, tied = draws seed rows

    let walk =
        Array.init rows normal
        |> Array.scan (fun level step -> level + 0.05 * step) 100.0
    // Prices on a grid of 1/64, so that sums of them are exact and ties happen.
    let grid (x: float) = Math.Round(64.0 * x) / 64.0
    let init (value: int -> float) = Array.init rows value
    let bid = init (fun row -> price * grid walk[row])
    let gap = init (fun row -> price * grid (0.25 + 0.125 * abs (tied row)))

    let size (shift: float) =
        init (fun row -> quantity * Math.Max(0.0, 3.0 + shift + 2.0 * tied row))

    let close = init (fun row -> bid[row] + gap[row] * float (row % 3) / 2.0)

    [
        "bid", bid
        "ask", Array.map2 (+) bid gap
        "bid_size", size 0.0
        "ask_size", size 1.0
        "price", close
        "close", close
        "high", Array.map2 (fun c g -> c + 2.0 * g) close gap
        "low", Array.map2 (fun c g -> c - g) close gap
        "volume", size 2.0
        "mid", Array.map2 (fun b g -> b + 0.5 * g) bid gap
        "flow", init (fun row -> quantity * tied row)
        "underlying", close
        "forward", Array.map (fun c -> 1.01 * c) close
        "strike", init (fun row -> price * (90.0 + float (row % 5) * 5.0))
        "years", init (fun row -> 0.02 + float (row % 7) / 5.0)
        "right", init (fun row -> if row % 2 = 0 then 1.0 else -1.0)
        "discount", init (fun row -> 0.99 - 0.001 * float (row % 4))
        "volatility", init (fun row -> 0.1 + 0.05 * abs (normal row))
        "atm_volatility", init (fun row -> 0.1 + 0.04 * abs (normal row))
        "x", init (fun row -> price * (tied row + normal row))
        "positive", init (fun row -> price * exp (0.3 * normal row + 0.1 * tied row))
        "left", init (fun row -> price * normal row)
        "right_factor", init (fun row -> quantity * tied row)
    ]
    |> List.map (fun (name, values) -> name, missing every values)

let frame (seed: int64) (rows: int) (every: int) : Frame =
    Expect.wantOk (Frame.create "" (index rows) (columns seed rows every 1.0 1.0)) "the frame"

/// The columns for a feature's roles; logarithms get positive ones.
let private columnsOf (definition: FeatureDefinition) : string list =
    match definition.Family with
    | FeatureFamily.Interaction -> [ "left"; "right_factor" ]
    | _ when List.contains definition.Name [ "log"; "log-return"; "box-cox" ] -> [ "positive" ]
    | _ -> definition.Roles |> List.map _.Name

/// Every feature of the library with its default settings and with small odd ones.
let specs: (FeatureDefinition * FeatureSpec) list =
    [
        for definition in FeatureRegistry.all do
            let plain =
                {
                    Feature = definition.Name
                    Columns = columnsOf definition
                    Settings = Map.empty
                }

            let small =
                definition.Settings
                |> List.choose (fun setting ->
                    match setting.Name with
                    | "window" -> Some("window", 7.0)
                    | "minutes" -> Some("minutes", 5.0)
                    | "start" -> Some("start", 570.0)
                    | "rows"
                    | "trades" -> Some(setting.Name, 3.0)
                    | "share" -> Some("share", 0.3)
                    | "points" -> Some("points", 17.0)
                    | "knots" -> Some("knots", 5.0)
                    | "month" -> Some("month", 13.0)
                    | "decay" -> Some("decay", 0.5)
                    | "exponent" -> Some("exponent", 0.7)
                    | _ -> None)

            let known =
                { plain with
                    Settings = Map.ofList small
                }

            let complete spec =
                definition, Expect.wantOk (Feature.complete definition spec) definition.Name

            complete plain

            if not small.IsEmpty then
                complete known
    ]

/// What a test of a feature is called.
let label (spec: FeatureSpec) : string =
    let settings =
        spec.Settings
        |> Map.toList
        |> List.map (fun (name, value) -> $" {name}={value}")
        |> String.concat ""

    spec.Feature + settings
