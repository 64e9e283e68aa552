/// Least squares whose coefficients are to be tested: covariances that hold under serial correlation. Knows no finance.
namespace VolatilityForge

open System

/// What is assumed of the errors of a regression.
[<RequireQualifiedAccess>]
type ErrorRule =
    /// Independent, with one variance: squared residuals over observations less parameters.
    | Classical
    /// Any variance, autocorrelated up to a lag: Bartlett weights (Newey and West 1987), no small-sample factor.
    | Hac of lag: int

/// A regression with the covariance of its coefficients.
type TestRegression =
    {
        /// In the order of the columns.
        Coefficients: float[]
        /// Of the coefficients, (columns, columns).
        Covariance: float[,]
        Residuals: float[]
        /// Share of the target's variation about its mean that is explained.
        RSquared: float
    }

    /// Roots of the diagonal of the covariance.
    member fit.StandardErrors: float[] =
        Array.init fit.Coefficients.Length (fun i -> sqrt fit.Covariance[i, i])

/// Fitting and testing.
[<RequireQualifiedAccess>]
module TestRegression =

    /// Pivots of a matrix scaled to a unit diagonal below this are taken for linear dependence: ten of sixteen digits would
    /// be lost.
    [<Literal>]
    let private SmallestPivot = 1e-10

    /// The inverse of a symmetric positive definite matrix by Cholesky after scaling to a unit diagonal; None where a column
    /// is, to rounding, a combination of the others.
    let tryInvert (matrix: float[,]) : float[,] option =
        let n = Array2D.length1 matrix
        let scale = Array.init n (fun i -> sqrt matrix[i, i])
        let lower = Array2D.zeroCreate<float> n n
        let mutable sound = scale |> Array.forall (fun s -> s > 0.0 && Double.IsFinite s)

        if sound then
            for i in 0 .. n - 1 do
                for j in 0..i do
                    let mutable sum = matrix[i, j] / (scale[i] * scale[j])

                    for k in 0 .. j - 1 do
                        sum <- sum - lower[i, k] * lower[j, k]

                    if i = j then
                        sound <- sound && sum > SmallestPivot
                        lower[i, i] <- sqrt sum
                    else
                        lower[i, j] <- sum / lower[j, j]

        if not sound then
            None
        else
            // Columns of the inverse of the lower triangle, then its transpose times itself.
            let inverse = Array2D.zeroCreate<float> n n

            for column in 0 .. n - 1 do
                for i in column .. n - 1 do
                    let mutable sum = if i = column then 1.0 else 0.0

                    for k in column .. i - 1 do
                        sum <- sum - lower[i, k] * inverse[k, column]

                    inverse[i, column] <- sum / lower[i, i]

            Some(
                Array2D.init n n (fun i j ->
                    let first = max i j
                    let mutable sum = 0.0

                    for k in first .. n - 1 do
                        sum <- sum + inverse[k, i] * inverse[k, j]

                    sum / (scale[i] * scale[j]))
            )

    /// Sum over rows of products of columns, (columns, columns); `lag` pairs a row with an earlier one.
    let private crossed (lag: int) (columns: float[][]) : float[,] =
        let rows = columns[0].Length

        Array2D.init columns.Length columns.Length (fun i j ->
            let left, right = columns[i], columns[j]
            let mutable sum = 0.0

            for row in lag .. rows - 1 do
                sum <- sum + left[row] * right[row - lag]

            sum)

    /// Sums of products of columns with Bartlett weights up to a lag: their number of rows times the long-run covariance of
    /// columns whose mean is zero.
    let bartlett (lag: int) (columns: float[][]) : float[,] =
        let total = crossed 0 columns

        for k in 1 .. min lag (columns[0].Length - 1) do
            let weight = 1.0 - float k / float (lag + 1)
            let pairs = crossed k columns

            for i in 0 .. columns.Length - 1 do
                for j in 0 .. columns.Length - 1 do
                    total[i, j] <- total[i, j] + weight * (pairs[i, j] + pairs[j, i])

        total

    let private times (left: float[,]) (right: float[,]) : float[,] =
        Array2D.init (Array2D.length1 left) (Array2D.length2 right) (fun i j ->
            let mutable sum = 0.0

            for k in 0 .. Array2D.length2 left - 1 do
                sum <- sum + left[i, k] * right[k, j]

            sum)

    /// v' M v.
    let quadratic (matrix: float[,]) (vector: float[]) : float =
        let mutable sum = 0.0

        for i in 0 .. vector.Length - 1 do
            for j in 0 .. vector.Length - 1 do
                sum <- sum + vector[i] * matrix[i, j] * vector[j]

        sum

    /// Regresses a target on columns, an intercept being a column of ones. Faults, in the name of `what`: columns of other
    /// lengths, no more rows than columns, a value that is not finite, columns that depend on each other.
    let fit (what: string) (rule: ErrorRule) (columns: float[][]) (target: float[]) : Result<TestRegression, Fault> =
        let rows, width = target.Length, columns.Length

        let notComputable (reason: string) (remedy: string) =
            Error(Fault.NotComputable(what, reason, remedy))

        match columns |> Array.tryFind (fun column -> column.Length <> rows) with
        | Some other -> Error(Fault.BadShape(what, "columns", string rows, string other.Length))
        | None when rows < width + 1 -> Error(Fault.TooShort(what, width + 1, rows))
        | None when
            not (
                Array.forall Double.IsFinite target
                && Array.forall (Array.forall Double.IsFinite) columns
            )
            ->
            notComputable "a value is not finite" "Look for gaps in the series."
        | None ->
            match tryInvert (crossed 0 columns) with
            | None ->
                notComputable "a regressor is a combination of the others" "Use a longer series or one that varies."
            | Some inverse ->
                let product (values: float[]) =
                    columns
                    |> Array.map (fun column -> Array.fold2 (fun sum a b -> sum + a * b) 0.0 column values)

                let solve (values: float[]) =
                    let right = product values
                    Array.init width (fun i -> Array.init width (fun j -> inverse[i, j] * right[j]) |> Array.sum)

                let residualsOf (coefficients: float[]) =
                    Array.init rows (fun row ->
                        let mutable left = target[row]

                        for i in 0 .. width - 1 do
                            left <- left - coefficients[i] * columns[i][row]

                        left)

                // The residuals' own regression takes back what the normal equations lost.
                let first = solve target
                let coefficients = Array.map2 (+) first (solve (residualsOf first))
                let residuals = residualsOf coefficients
                let squares = residuals |> Array.sumBy (fun r -> r * r)
                let mean = Array.average target
                let variation = target |> Array.sumBy (fun y -> (y - mean) * (y - mean))

                let covariance =
                    match rule with
                    | ErrorRule.Classical -> inverse |> Array2D.map (fun cell -> cell * squares / float (rows - width))
                    | ErrorRule.Hac lag ->
                        let scores = columns |> Array.map (fun column -> Array.map2 (*) column residuals)
                        times (times inverse (bartlett lag scores)) inverse

                Ok
                    {
                        Coefficients = coefficients
                        Covariance = covariance
                        Residuals = residuals
                        RSquared = if variation > 0.0 then 1.0 - squares / variation else 0.0
                    }

    /// The Wald test that coefficients have given values, all together. Fault.NotComputable, in the name of `what`, where their
    /// covariance is singular.
    let wald (what: string) (hypothesis: (int * float) list) (fit: TestRegression) : Result<ChiSquareTest, Fault> =
        let at = hypothesis |> List.map fst |> Array.ofList

        let distance =
            hypothesis
            |> List.map (fun (index, value) -> fit.Coefficients[index] - value)
            |> Array.ofList

        match tryInvert (Array2D.init at.Length at.Length (fun i j -> fit.Covariance[at[i], at[j]])) with
        | Some inverse -> Ok(ChiSquareTest.ofStatistic at.Length (quadratic inverse distance))
        | None ->
            Error(Fault.NotComputable(what, "the coefficients' covariance is singular", "Use a series that varies."))
