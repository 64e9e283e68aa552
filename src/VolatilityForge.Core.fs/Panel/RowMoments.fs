/// Means and centred products of rows that lie one after the other in memory. Knows no regression.
namespace VolatilityForge

open System
open System.Numerics
open System.Runtime.InteropServices

/// As Moments (Welford 1962), for flat rows of some dozens of numbers: products are added a register at a time.
[<Sealed>]
type internal RowMoments private (width: int, padded: int, mean: float[], scatter: float[], rows: int, weight: float) =
    let lanes = Vector<float>.Count
    let delta: float[] = Array.zeroCreate padded
    let mutable count = rows
    let mutable mass = weight

    /// Of no rows of a width.
    new(width: int) =
        let lanes = Vector<float>.Count
        let padded = (width + lanes - 1) / lanes * lanes
        RowMoments(width, padded, Array.zeroCreate padded, Array.zeroCreate (width * padded), 0, 0.0)

    /// The same moments, to which rows can be added apart.
    member _.Copy() : RowMoments =
        RowMoments(width, padded, Array.copy mean, Array.copy scatter, count, mass)

    /// Numbers in a row.
    member _.Width: int = width

    /// Rows seen.
    member _.Count: int = count

    /// Sum of the rows' weights: their number where none fades.
    member _.Mass: float = mass

    /// Mean of a column.
    member _.Mean(column: int) : float = mean[column]

    /// Sum of products of deviations of two columns, the first not before the second.
    member _.Scatter(high: int, low: int) : float = scatter[high * padded + low]

    /// Adds a row given as features and a last number; the weight of the rows before is multiplied by `keep`, 1 where none fades.
    member _.Add(features: ReadOnlySpan<float>, last: float, keep: float) : unit =
        count <- count + 1
        let before = keep * mass
        mass <- before + 1.0
        let share = 1.0 / mass
        let kept = before * share

        for i in 0 .. width - 2 do
            delta[i] <- features[i] - mean[i]

        delta[width - 1] <- last - mean[width - 1]
        let deltas = MemoryMarshal.Cast<float, Vector<float>>(Span<float>(delta))
        let fading = Vector<float>(keep)

        for i in 0 .. width - 1 do
            let weighted = Vector<float>(delta[i] * kept)

            let cells =
                MemoryMarshal.Cast<float, Vector<float>>(Span<float>(scatter, i * padded, padded))

            for lane in 0 .. i / lanes do
                cells[lane] <- cells[lane] * fading + weighted * deltas[lane]

            mean[i] <- mean[i] + delta[i] * share

/// Products of flat rows with coefficients.
[<RequireQualifiedAccess>]
module internal RowProduct =

    /// The inner product of a row and coefficients of the same length.
    let dot (row: ReadOnlySpan<float>) (coefficients: float[]) : float =
        let lanes = Vector<float>.Count
        let whole = row.Length / lanes
        let left = MemoryMarshal.Cast<float, Vector<float>>(row.Slice(0, whole * lanes))

        let right =
            MemoryMarshal.Cast<float, Vector<float>>(ReadOnlySpan(coefficients, 0, whole * lanes))

        let mutable sums = Vector<float>.Zero

        for lane in 0 .. whole - 1 do
            sums <- sums + left[lane] * right[lane]

        let mutable sum = Vector.Sum sums

        for i in whole * lanes .. row.Length - 1 do
            sum <- sum + row[i] * coefficients[i]

        sum

    /// Adds a row times a number to a vector of its length.
    let addTo (vector: float[]) (factor: float) (row: ReadOnlySpan<float>) : unit =
        let lanes = Vector<float>.Count
        let whole = row.Length / lanes
        let added = MemoryMarshal.Cast<float, Vector<float>>(row.Slice(0, whole * lanes))

        let sums =
            MemoryMarshal.Cast<float, Vector<float>>(Span<float>(vector, 0, whole * lanes))

        let times = Vector<float>(factor)

        for lane in 0 .. whole - 1 do
            sums[lane] <- sums[lane] + times * added[lane]

        for i in whole * lanes .. row.Length - 1 do
            vector[i] <- vector[i] + factor * row[i]

    /// The inner product of the columns' means and coefficients.
    let centre (moments: RowMoments) (coefficients: float[]) : float =
        let mutable sum = 0.0

        for i in 0 .. coefficients.Length - 1 do
            sum <- sum + moments.Mean i * coefficients[i]

        sum
