/// What all symbols of a panel say together about the slopes of each: the pooled slopes and how firmly they are believed. Knows no symbol.
namespace VolatilityForge

/// How the slopes of a symbol lean on those of the panel.
[<RequireQualifiedAccess>]
type Shrinkage =
    /// Towards the pooled slopes, by a prior worth so many rows (empirical Bayes).
    | ToPooled of rows: float
    /// The pooled slopes, with an intercept per symbol (fixed effects).
    | Pooled
    /// Towards zero, by a ridge worth so many rows of the panel's own spread: each symbol by itself.
    | ToZero of rows: float

/// Sums over symbols at one fit: centred products of features (lower triangle), of features with the label; rows.
type internal PooledSums =
    {
        Products: float[]
        WithLabel: float[]
        mutable Rows: float
    }

/// Slopes that a symbol's are shrunk to, and the precision (lower triangle) of that belief.
type internal PanelPrior = { Precision: float[]; Slopes: float[] }

/// Making and using priors.
[<RequireQualifiedAccess>]
module internal PanelPrior =

    /// Ridge per row of the pooled regression, and of each symbol's: they only keep constant features harmless.
    [<Literal>]
    let private SmallRidge = 1e-6

    /// Sums of no symbol.
    let emptySums (width: int) : PooledSums =
        {
            Products = Array.zeroCreate (width * width)
            WithLabel = Array.zeroCreate width
            Rows = 0.0
        }

    /// Adds a symbol's moments, whose last column is the label.
    let addMoments (sums: PooledSums) (moments: RowMoments) : unit =
        let width = sums.WithLabel.Length

        for i in 0 .. width - 1 do
            for j in 0..i do
                sums.Products[i * width + j] <- sums.Products[i * width + j] + moments.Scatter(i, j)

            sums.WithLabel[i] <- sums.WithLabel[i] + moments.Scatter(width, i)

        sums.Rows <- sums.Rows + moments.Mass

    /// Adds the sums of other symbols.
    let addSums (sums: PooledSums) (other: PooledSums) : unit =
        for cell in 0 .. sums.Products.Length - 1 do
            sums.Products[cell] <- sums.Products[cell] + other.Products[cell]

        for cell in 0 .. sums.WithLabel.Length - 1 do
            sums.WithLabel[cell] <- sums.WithLabel[cell] + other.WithLabel[cell]

        sums.Rows <- sums.Rows + other.Rows

    /// The Cholesky factor of a symmetric matrix given by its lower triangle.
    let factor (width: int) (lower: float[]) : float[] =
        match SmallMatrix.cholesky width lower with
        | Some factor -> factor
        | None ->
            Fault.raiseWith (
                Fault.NotComputable(
                    "A panel regression",
                    "the products of the features are not positive definite",
                    "Look for features that are not finite or far larger than the others."
                )
            )

    let private ridged (width: int) (scale: float) (ridge: float) (products: float[]) : float[] =
        Array.init (width * width) (fun cell ->
            scale * products[cell] + (if cell / width = cell % width then ridge else 0.0))

    /// The factor of the pooled products, with their small ridge.
    let pooledFactor (sums: PooledSums) : float[] =
        let width = sums.WithLabel.Length

        ridged width 1.0 (SmallRidge * max 1.0 sums.Rows) sums.Products |> factor width

    /// How firmly a symbol's slopes are held, as the lower triangle of a matrix.
    let precision (shrinkage: Shrinkage) (sums: PooledSums) : float[] =
        let width = sums.WithLabel.Length
        let rows = max 1.0 sums.Rows

        match shrinkage with
        | Shrinkage.ToPooled prior -> ridged width (prior / rows) SmallRidge sums.Products
        | Shrinkage.Pooled -> ridged width 0.0 SmallRidge sums.Products
        | Shrinkage.ToZero prior ->
            Array.init (width * width) (fun cell ->
                if cell / width = cell % width then
                    prior * sums.Products[cell] / rows + SmallRidge
                else
                    0.0)

    /// The prior of a least-squares regression: the pooled slopes, or zero where symbols stand by themselves.
    let ofSums (shrinkage: Shrinkage) (sums: PooledSums) : PanelPrior =
        let width = sums.WithLabel.Length

        {
            Precision = precision shrinkage sums
            Slopes =
                match shrinkage with
                | Shrinkage.ToZero _ -> Array.zeroCreate width
                | Shrinkage.ToPooled _
                | Shrinkage.Pooled -> SmallMatrix.solve width (pooledFactor sums) sums.WithLabel
        }

    /// The factor of a symbol's products and the precision together.
    let withMoments (precision: float[]) (moments: RowMoments) : float[] =
        let width = moments.Width - 1

        Array.init (width * width) (fun cell ->
            let i, j = cell / width, cell % width

            if j <= i then
                moments.Scatter(i, j) + precision[cell]
            else
                0.0)
        |> factor width

    /// The product of a precision and a vector.
    let times (precision: float[]) (vector: float[]) : float[] =
        let width = vector.Length

        Array.init width (fun i ->
            let mutable sum = 0.0

            for j in 0 .. width - 1 do
                sum <- sum + precision[max i j * width + min i j] * vector[j]

            sum)

    /// Ok when a prior is worth a finite number of rows, zero or more.
    let check (shrinkage: Shrinkage) : Result<unit, Fault> =
        match shrinkage with
        | Shrinkage.ToPooled rows
        | Shrinkage.ToZero rows when not (rows >= 0.0 && System.Double.IsFinite rows) ->
            Error(Fault.BadSetting("shrinkage", "must be zero or more rows", string rows))
        | _ -> Ok()
