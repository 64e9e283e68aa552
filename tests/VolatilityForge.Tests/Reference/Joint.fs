/// Returns with a realised measure for tests: published, simulated; likelihoods written out naively.
module VolatilityForge.Tests.Joint

open System
open System.IO
open System.IO.Compression
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

/// SPY 2002-2008 of Hansen, Huang and Shek (2012), open-to-close returns and realised kernel, both in percent, up to a year.
let spy (lastYear: int) : RealizedData =
    use file =
        File.OpenRead(Market.developmentFile "realized/hhs_spyreal_2002_2008.csv.gz")

    use text = new StreamReader(new GZipStream(file, CompressionMode.Decompress))

    let rows =
        text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> Array.skip 1
        |> Array.map (fun line -> line.Trim().Split ',')
        |> Array.filter (fun row -> int row[0].[..3] <= lastYear)

    {
        Returns = rows |> Array.map (fun row -> 100.0 * number row[1])
        Measure = rows |> Array.map (fun row -> 100.0 * number row[2])
    }

/// Parameters like those of a stock index, in the order of the names.
let parametersOf (form: RealizedForm) : float[] =
    match form with
    | RealizedForm.LogLinear -> [| 0.04; 0.3; 0.65; -0.2; 1.02; -0.07; 0.07; 0.15 |]
    | RealizedForm.Linear -> [| 0.05; 0.35; 0.55; 0.05; 0.9; -0.02; 0.02; 0.002 |]

let specOf (form: RealizedForm) : RealizedGarchSpec =
    { RealizedGarchSpec.defaults with
        Form = form
    }

/// A simulated series.
let simulated (form: RealizedForm) (seed: int64) (days: int) : RealizedData =
    Expect.wantOk (RealizedForecast.series (specOf form) (parametersOf form) 1.0 300 days (Rng.ofSeed seed)) "a series"

/// The joint log-likelihood of a model of one lag each, without a mean, as a literal sum: parameters in the order of the names.
let jointLogLikelihood (form: RealizedForm) (theta: float[]) (data: RealizedData) : float =
    let logarithms = form = RealizedForm.LogLinear

    let x =
        if logarithms then
            Array.map log data.Measure
        else
            data.Measure

    let square = data.Returns |> Array.averageBy (fun r -> r * r)
    let mutable level = if logarithms then log square else square
    let mutable before = Array.average x
    let mutable sum = 0.0

    for t in 0 .. x.Length - 1 do
        level <- theta[0] + theta[1] * before + theta[2] * level
        let h = if logarithms then exp level else level
        let z = data.Returns[t] / sqrt h

        let u = x[t] - theta[3] - theta[4] * level - theta[5] * z - theta[6] * (z * z - 1.0)

        sum <- sum - 0.5 * (log (2.0 * Math.PI * h) + z * z)
        sum <- sum - 0.5 * (log (2.0 * Math.PI * theta[7]) + u * u / theta[7])
        before <- x[t]

    sum
