/// Symmetric matrices of a few rows: factors, solutions, inverses. Knows no statistics.
namespace VolatilityForge

/// Square matrices as flat arrays, row after row.
[<RequireQualifiedAccess>]
module SmallMatrix =

    /// The lower Cholesky factor of a symmetric matrix of `size` rows; None unless it is positive definite.
    let cholesky (size: int) (matrix: float[]) : float[] option =
        let lower = Array.zeroCreate<float>(size * size)
        let mutable sound = true
        let mutable i = 0

        while sound && i < size do
            for j in 0..i do
                let mutable sum = matrix[i * size + j]

                for k in 0 .. j - 1 do
                    sum <- sum - lower[i * size + k] * lower[j * size + k]

                if i = j then
                    // Written so that NaN is refused too.
                    if sum > 0.0 && sum < infinity then
                        lower[i * size + i] <- sqrt sum
                    else
                        sound <- false
                elif sound then
                    lower[i * size + j] <- sum / lower[j * size + j]

            i <- i + 1

        if sound then Some lower else None

    /// The solution x of L L' x = b.
    let solve (size: int) (lower: float[]) (right: float[]) : float[] =
        let x = Array.copy right

        for i in 0 .. size - 1 do
            for k in 0 .. i - 1 do
                x[i] <- x[i] - lower[i * size + k] * x[k]

            x[i] <- x[i] / lower[i * size + i]

        for i in size - 1 .. -1 .. 0 do
            for k in i + 1 .. size - 1 do
                x[i] <- x[i] - lower[k * size + i] * x[k]

            x[i] <- x[i] / lower[i * size + i]

        x

    /// The inverse of a symmetric positive definite matrix; None for any other. Rows are scaled to a unit diagonal first,
    /// so that parameters of different magnitude don't make it look singular.
    let inverse (size: int) (matrix: float[]) : float[] option =
        let scale = Array.init size (fun i -> 1.0 / sqrt matrix[i * size + i])

        let scaled =
            Array.init (size * size) (fun cell -> matrix[cell] * scale[cell / size] * scale[cell % size])

        cholesky size scaled
        |> Option.map (fun lower ->
            let inverse = Array.zeroCreate<float>(size * size)

            for column in 0 .. size - 1 do
                let unit = Array.init size (fun i -> if i = column then 1.0 else 0.0)
                let solved = solve size lower unit

                for row in 0 .. size - 1 do
                    inverse[row * size + column] <- solved[row] * scale[row] * scale[column]

            inverse)

    /// The product of two square matrices.
    let multiply (size: int) (left: float[]) (right: float[]) : float[] =
        Array.init (size * size) (fun cell ->
            let row, column = cell / size, cell % size
            let mutable sum = 0.0

            for k in 0 .. size - 1 do
                sum <- sum + left[row * size + k] * right[k * size + column]

            sum)

    /// The rows and columns of some indexes, in their order.
    let part (size: int) (indexes: int[]) (matrix: float[]) : float[] =
        let count = indexes.Length
        Array.init (count * count) (fun cell -> matrix[indexes[cell / count] * size + indexes[cell % count]])

    /// The transpose of a square matrix.
    let transpose (size: int) (matrix: float[]) : float[] =
        Array.init (size * size) (fun cell -> matrix[cell % size * size + cell / size])

    /// The mean of the outer products of so many rows, which lie one after the other.
    let meanProducts (size: int) (rows: float[]) (count: int) : float[] =
        let products = Array.zeroCreate<float>(size * size)

        for t in 0 .. count - 1 do
            for i in 0 .. size - 1 do
                for j in 0..i do
                    products[i * size + j] <- products[i * size + j] + rows[t * size + i] * rows[t * size + j]

        for i in 0 .. size - 1 do
            for j in 0..i do
                let mean = products[i * size + j] / float count
                products[i * size + j] <- mean
                products[j * size + i] <- mean

        products

    /// Derivatives of the elements of a map (rows) by those of a point, by central differences: exact but for rounding where
    /// the map is linear.
    let jacobian (map: float[] -> float[]) (point: float[]) : float[] =
        let size = point.Length
        let jacobian = Array.zeroCreate<float>(size * size)

        for column in 0 .. size - 1 do
            let step = 1e-5 * max 1.0 (abs point[column])

            let moved (direction: float) =
                let beside = Array.copy point
                beside[column] <- beside[column] + direction * step
                map beside

            let above, below = moved 1.0, moved -1.0

            for row in 0 .. size - 1 do
                jacobian[row * size + column] <- (above[row] - below[row]) / (2.0 * step)

        jacobian
