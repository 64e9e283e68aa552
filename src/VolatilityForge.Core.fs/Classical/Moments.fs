/// Means and centred cross products of rows of numbers, accumulated without cancellation. Knows no regression.
namespace VolatilityForge

open System.Runtime.CompilerServices

/// An accumulator over rows of a fixed width. Rows are added one by one (Welford 1962) or whole accumulators are merged
/// (Chan, Golub and LeVeque 1983); rows are never taken away, since subtraction is what loses digits.
[<Sealed>]
type Moments(width: int) =
    let mean: float[] = Array.zeroCreate width
    let scatter: float[] = Array.zeroCreate (width * (width + 1) / 2)
    let delta: float[] = Array.zeroCreate width
    let mutable count = 0
    let mutable mass = 0.0

    /// Numbers in a row.
    member _.Width: int = width

    /// Rows seen.
    member _.Count: int = count

    /// Sum of the weights of the rows; their number where no row was weighted.
    member _.Mass: float = mass

    /// Weighted mean of a column.
    member _.Mean(column: int) : float = mean[column]

    /// Weighted sum of products of the deviations of two columns from their means.
    member _.Scatter(left: int, right: int) : float =
        let low, high = min left right, max left right
        scatter[high * (high + 1) / 2 + low]

    /// Adds one row; column i of the row is columns[i][row].
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    member _.Add(columns: float[][], row: int) : unit =
        count <- count + 1
        mass <- mass + 1.0
        let share = 1.0 / mass
        let weight = 1.0 - share
        let mutable cell = 0

        for i in 0 .. width - 1 do
            let deviation = columns[i][row] - mean[i]
            delta[i] <- deviation
            let weighted = deviation * weight

            for j in 0..i do
                scatter[cell] <- scatter[cell] + weighted * delta[j]
                cell <- cell + 1

            mean[i] <- mean[i] + deviation * share

    /// As Add, for a row that counts as much as its weight says; the weight is positive and finite.
    member _.AddWeighted(columns: float[][], row: int, weight: float) : unit =
        count <- count + 1
        let before = mass
        mass <- mass + weight
        let share = weight / mass
        let kept = before * share
        let mutable cell = 0

        for i in 0 .. width - 1 do
            let deviation = columns[i][row] - mean[i]
            delta[i] <- deviation
            let weighted = deviation * kept

            for j in 0..i do
                scatter[cell] <- scatter[cell] + weighted * delta[j]
                cell <- cell + 1

            mean[i] <- mean[i] + deviation * share

    /// Adds the rows of another accumulator of the same width. Compiled at once, as `Add` is: a walk-forward's first thousand fits
    /// are over before the runtime would replace its first, slow code.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    member this.Merge(other: Moments) : unit =
        if other.Width <> width then
            Fault.raiseWith (Fault.BadShape("Moments.Merge", "width", string width, string other.Width))

        if other.Count > 0 then
            let total = mass + other.Mass
            let weight = mass * other.Mass / total
            let share = other.Mass / total

            for i in 0 .. width - 1 do
                delta[i] <- other.Mean i - mean[i]

            let cells = other.Cells
            let mutable cell = 0

            for i in 0 .. width - 1 do
                let weighted = delta[i] * weight

                for j in 0..i do
                    scatter[cell] <- scatter[cell] + cells[cell] + weighted * delta[j]
                    cell <- cell + 1

            for i in 0 .. width - 1 do
                mean[i] <- mean[i] + delta[i] * share

            count <- count + other.Count
            mass <- total

    member internal _.Cells: float[] = scatter
