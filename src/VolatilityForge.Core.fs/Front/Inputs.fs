/// What the network reads: causal features per day and a scaler fitted on training days. Knows no network.
namespace VolatilityForge

open System

/// Mean and scale per feature, fitted on training days only.
type Scaler = { Mean: float[]; Scale: float[] }

/// Features of a history's days.
[<RequireQualifiedAccess>]
module Inputs =

    /// The features of a day, in order: ln variance; ln of its means over 5 and 22 days; the return over the root of the
    /// 22-day mean, and the negative part of that.
    let names: string list =
        [ "ln v"; "ln v week"; "ln v month"; "return"; "negative return" ]

    /// Days before a feature row is whole: the longest mean looks back over a month.
    let lookBack: int = List.max Cascade.spans - 1

    /// Scaled features beyond this many standard deviations are moved to it.
    let bound: float = 6.0

    /// The features of every day of a history, one array per feature; NaN in the first days. The row of a day reads
    /// nothing dated after it.
    let ofHistory (history: History) : float[][] =
        let logMean span =
            history.Variance
            |> Cascade.means span
            |> Array.map (fun v -> log (Units.strip v))

        let month = logMean 22

        let standardised =
            Array.map2 (fun (logVariance: float) r -> r * exp (-0.5 * logVariance)) month history.Returns

        [|
            logMean 1
            logMean 5
            month
            standardised
            standardised |> Array.map (min 0.0)
        |]

    /// Mean and standard deviation of each feature over the days first..last; a feature that never varies has scale 1.
    let fit (first: int) (last: int) (features: float[][]) : Scaler =
        let days = float (last - first + 1)

        let moments =
            features
            |> Array.map (fun feature ->
                let mean = Array.sum feature[first..last] / days
                let square = feature[first..last] |> Array.sumBy (fun x -> (x - mean) * (x - mean))
                let deviation = sqrt (square / days)
                mean, (if deviation > 0.0 then deviation else 1.0))

        {
            Mean = Array.map fst moments
            Scale = Array.map snd moments
        }

    /// Writes the scaled features of the days ending at `day` into a row-major block (time, features) of a buffer.
    let write (scaler: Scaler) (features: float[][]) (time: int) (day: int) (buffer: float32[]) (offset: int) : unit =
        for step in 0 .. time - 1 do
            for feature in 0 .. features.Length - 1 do
                let raw = features[feature][day - time + 1 + step]
                let scaled = (raw - scaler.Mean[feature]) / scaler.Scale[feature]
                buffer[offset + step * features.Length + feature] <- float32 (Math.Clamp(scaled, -bound, bound))

    /// The first day whose whole sequence of `time` days has features.
    let firstDay (time: int) : int = lookBack + time - 1

    /// Samples (days, time, features) of the given days with their targets.
    let samples (scaler: Scaler) (features: float[][]) (time: int) (days: int[]) (targets: float[]) : Samples =
        let width = time * features.Length
        let buffer = Array.zeroCreate (days.Length * width)

        days
        |> Array.iteri (fun index day -> write scaler features time day buffer (index * width))

        {
            Inputs = buffer
            Count = days.Length
            Time = time
            Features = features.Length
            Targets = Array.map float32 targets
        }
