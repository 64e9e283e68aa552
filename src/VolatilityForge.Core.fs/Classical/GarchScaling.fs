/// The inner units of a fit: powers of two near the size of the data. Knows no model.
namespace VolatilityForge

open System

/// Scales of data.
[<RequireQualifiedAccess>]
module internal GarchScaling =

    /// The power of two nearest to a size; 1 for a size that is no size.
    let powerOfTwo (size: float) : float =
        if size > 1e-150 && size < infinity then
            2.0 ** round (Math.Log2 size)
        else
            1.0

    let private rootMeanSquare (column: float[]) : float =
        sqrt (column |> Array.averageBy (fun x -> x * x))

    /// The scale of the data; a fault for returns that never move.
    let ofData (data: GarchData) : Result<GarchScale, Fault> =
        let mean = Array.average data.Returns

        let deviation =
            sqrt (data.Returns |> Array.averageBy (fun x -> (x - mean) * (x - mean)))

        if not (deviation > 1e-12 * abs mean && deviation > 1e-140) then
            Error(
                Fault.badData
                    "returns"
                    0
                    "return"
                    "the returns must move, and they never move"
                    $"{data.Returns.Length} times {data.Returns[0]}"
                    "Check the series, or leave it out."
            )
        else
            Ok
                {
                    Returns = powerOfTwo deviation
                    Mean = data.MeanRegressors |> Array.map (rootMeanSquare >> powerOfTwo)
                    Variance = data.VarianceRegressors |> Array.map (rootMeanSquare >> powerOfTwo)
                }
