/// Least squares with penalties on standardised slopes, by coordinate descent on cross products. Knows no finance.
namespace VolatilityForge

/// The elastic net (Zou and Hastie 2005): half the mean squared residual plus lambda times (share |b| + (1 - share) b^2 / 2),
/// summed over the slopes of regressors of unit variance.
[<RequireQualifiedAccess>]
module ElasticNet =

    /// Rounds of descent at most: the penalised loss is strictly convex or nearly so.
    [<Literal>]
    let private Rounds = 10_000

    /// A round that moves no standardised slope by more than this share of the target's deviation ends the descent.
    [<Literal>]
    let private Precision = 1e-9

    /// Correlations of the regressors, row after row, and with the target. A regressor that never varies correlates with
    /// nothing.
    let internal correlations (moments: Moments) : struct (float[] * float[]) =
        let size = moments.Width - 1

        let inverse =
            Array.init (size + 1) (fun i ->
                let spread = moments.Scatter(i, i)
                if spread > 0.0 then 1.0 / sqrt spread else 0.0)

        struct (Array.init (size * size) (fun cell ->
                    let i, j = cell / size, cell % size
                    moments.Scatter(i, j) * inverse[i] * inverse[j]),
                Array.init size (fun i -> moments.Scatter(i, size) * inverse[i] * inverse[size]))

    /// Standardised slopes at a penalty in units of the target's deviation, from a start, which is changed in place.
    let internal descend
        (correlations: float[])
        (target: float[])
        (share: float)
        (lambda: float)
        (slopes: float[])
        : unit =
        let size = target.Length
        let threshold = lambda * share
        let divisor = 1.0 + lambda * (1.0 - share)
        // Correlation of each regressor with the residual.
        let left = Array.copy target

        for i in 0 .. size - 1 do
            if slopes[i] <> 0.0 then
                for j in 0 .. size - 1 do
                    left[j] <- left[j] - correlations[i * size + j] * slopes[i]

        let mutable moved = infinity
        let mutable round = 0

        while moved > Precision && round < Rounds do
            moved <- 0.0
            round <- round + 1

            for i in 0 .. size - 1 do
                if correlations[i * size + i] > 0.0 then
                    let pull = left[i] + slopes[i]

                    let next =
                        if pull > threshold then (pull - threshold) / divisor
                        elif pull < -threshold then (pull + threshold) / divisor
                        else 0.0

                    let change = next - slopes[i]

                    if change <> 0.0 then
                        slopes[i] <- next
                        moved <- max moved (abs change)

                        for j in 0 .. size - 1 do
                            left[j] <- left[j] - correlations[i * size + j] * change

    /// The penalty from which on every slope is zero; for a ridge, whose slopes never are, that of a share of a thousandth.
    let internal largest (target: float[]) (share: float) : float =
        let strongest = target |> Array.map abs |> Array.fold max 0.0
        strongest / max 1e-3 share

    /// Penalties from the largest down to a ten-thousandth of it, evenly in logarithms; to a millionth for a ridge, whose largest is a
    /// thousand times the strongest correlation.
    let internal path (count: int) (target: float[]) (share: float) : float[] =
        let top = largest target share
        let span = if share < 1e-3 then 1e-6 else 1e-4
        Array.init count (fun i -> top * span ** (float i / float (max 1 (count - 1))))

    /// The line of standardised slopes, in the units of the moments. The residual variance is over observations less the
    /// intercept and the slopes that aren't zero.
    let internal line (moments: Moments) (correlations: float[]) (target: float[]) (slopes: float[]) : LinearFit =
        let size = slopes.Length
        let total = moments.Scatter(size, size)

        let own =
            Array.init size (fun i ->
                let spread = moments.Scatter(i, i)

                if spread > 0.0 then
                    slopes[i] * sqrt (total / spread)
                else
                    0.0)

        let mutable intercept = moments.Mean size
        let mutable residual = 1.0
        let mutable active = 0

        for i in 0 .. size - 1 do
            intercept <- intercept - own[i] * moments.Mean i
            residual <- residual - 2.0 * slopes[i] * target[i]

            if slopes[i] <> 0.0 then
                active <- active + 1

                for j in 0 .. size - 1 do
                    residual <- residual + slopes[i] * correlations[i * size + j] * slopes[j]

        {
            Intercept = intercept
            Slopes = own
            ResidualVariance = max 0.0 residual * total / float (max 1 (moments.Count - active - 1))
            Observations = moments.Count
        }

    /// The fit at one penalty, in units of the target's standard deviation; the share is 1 for a lasso, 0 for a ridge. Columns
    /// first; rows first..last. Faults: BadSetting for a share outside 0..1 or a negative penalty, TooShort below three rows,
    /// NotComputable for a target or values that never vary or aren't finite.
    let fit
        (share: float)
        (lambda: float)
        (columns: float[][])
        (target: float[])
        (first: int)
        (last: int)
        : Result<LinearFit, Fault> =
        if not (share >= 0.0 && share <= 1.0) then
            Error(Fault.BadSetting("elastic net share", "must lie in 0..1", string share))
        elif not (lambda >= 0.0 && lambda < infinity) then
            Error(Fault.BadSetting("elastic net lambda", "must be finite and at least 0", string lambda))
        elif last - first + 1 < 3 then
            Error(Fault.TooShort("The elastic net", 3, max 0 (last - first + 1)))
        else
            let moments = Moments(columns.Length + 1)
            let all = Array.append columns [| target |]

            for row in first..last do
                moments.Add(all, row)

            let struct (between, own) = correlations moments
            let spread = moments.Scatter(columns.Length, columns.Length)

            if not (spread > 0.0) || not (Array.forall System.Double.IsFinite between) then
                Error(
                    Fault.NotComputable(
                        "The elastic net",
                        "the target never varies, or a value isn't finite",
                        "Look for gaps; use a longer window."
                    )
                )
            else
                let slopes = Array.zeroCreate<float> columns.Length
                descend between own share lambda slopes
                Ok(line moments between own slopes)
