/// tests/golden/evaluation.json, and the series that its generator builds.
module VolatilityForge.Tests.EvaluationGolden

open System.IO
open System.Text.Json
open VolatilityForge
open VolatilityForge.Tests.Histories

let private document: Lazy<JsonElement> =
    lazy
        (match Market.repositoryFile "tests/golden/evaluation.json" with
         | Some path -> JsonDocument.Parse(File.ReadAllText path).RootElement
         | None -> invalidOp "tests/golden/evaluation.json is missing")

/// A part of the golden file.
let part (name: string) : JsonElement = document.Value.GetProperty name

/// The elements of an array.
let items (element: JsonElement) : JsonElement[] = Array.ofSeq (element.EnumerateArray())

/// An array of numbers.
let numbers (element: JsonElement) : float[] =
    items element |> Array.map _.GetDouble()

/// The cases of a part, each an array.
let cases (name: string) : JsonElement[][] = part name |> items |> Array.map items

/// Autocorrelated losses, (models, days), later models worse; the first two share much of their noise.
let losses (seed: int) (count: int) (models: int) : float[][] =
    let draws = uniforms seed (count * (models + 1))
    let table = Array.init models (fun _ -> Array.zeroCreate<float> count)
    let wander = Array.zeroCreate<float> models

    for day in 0 .. count - 1 do
        let row = day * (models + 1)

        for model in 0 .. models - 1 do
            wander[model] <- 0.5 * wander[model] + (draws[row + 1 + model] - 0.5)
            table[model][day] <- 2.0 + draws[row] + wander[model] + 0.12 * float model

    table[1] <- Array.map2 (fun a b -> 0.5 * (a + b)) table[0] table[1]
    table

/// Returns with a volatility that moves, and a quantile forecast that follows it or, where clustered, doesn't.
let risk (seed: int) (count: int) (level: float) (clustered: bool) : RiskForecast =
    let draws = uniforms seed (2 * count)

    let returns, quantiles =
        Array.zeroCreate<float> count, Array.zeroCreate<float> count

    let mutable sigma = 0.01

    for day in 0 .. count - 1 do
        quantiles[day] <- Tail.normalQuantile level * (if clustered then 0.01 else sigma)
        returns[day] <- sigma * Tail.normalQuantile draws[2 * day]
        sigma <- 0.004 + 0.75 * sigma + 0.01 * (draws[2 * day + 1] - 0.5)

    {
        Level = level
        Returns = returns
        ValueAtRisk = quantiles
    }
