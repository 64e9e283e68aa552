/// Least squares with an intercept, plain and weighted. Knows no finance.
namespace VolatilityForge

open System.Runtime.CompilerServices

/// A fitted linear regression.
type LinearFit =
    {
        Intercept: float
        /// One per regressor.
        Slopes: float[]
        /// Sum of squared residuals over observations less parameters.
        ResidualVariance: float
        Observations: int
    }

/// Least squares, by centred normal equations where they are well conditioned and by orthogonalisation where they are not.
[<RequireQualifiedAccess>]
module Regression =

    /// Smallest pivot of the correlation matrix the normal equations are trusted with: the solution then loses at most
    /// six of double's sixteen digits.
    [<Literal>]
    let private TrustedPivot = 1e-6

    /// Share of the target's variation that must stay unexplained for the residual variance to be taken as a difference.
    [<Literal>]
    let private TrustedResidual = 1e-4

    /// A regressor whose spread, or whose part that the others don't explain, is below this share of its size is rounding.
    [<Literal>]
    let private RoundingShare = 1e-12

    let private notComputable (reason: string) (remedy: string) : Result<'a, Fault> =
        Error(Fault.NotComputable("Least squares", reason, remedy))

    /// The regression of the last column of the moments on the others; None when it needs the rows themselves: a constant,
    /// collinear or nearly collinear regressor, a fit that leaves next to nothing unexplained, a value that is not finite.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let tryOfMoments (moments: Moments) : LinearFit option =
        let regressors = moments.Width - 1
        let target = regressors
        let freedom = moments.Count - regressors - 1
        let scale = Array.init regressors (fun i -> sqrt (moments.Scatter(i, i)))

        let varies =
            let mutable all = freedom > 0

            for i in 0 .. regressors - 1 do
                let rounding = RoundingShare * abs (moments.Mean i) * sqrt moments.Mass
                all <- all && scale[i] > rounding

            all

        let mutable sound = varies
        let lower = Array.zeroCreate<float>(regressors * regressors)
        let slopes = Array.zeroCreate<float> regressors

        // Cholesky of the correlation matrix, with the forward substitution of the scaled right-hand side in the same pass.
        if sound then
            for i in 0 .. regressors - 1 do
                for j in 0..i do
                    let mutable sum = moments.Scatter(i, j) / (scale[i] * scale[j])

                    for k in 0 .. j - 1 do
                        sum <- sum - lower[i * regressors + k] * lower[j * regressors + k]

                    if i = j then
                        sound <- sound && sum > TrustedPivot
                        lower[i * regressors + i] <- sqrt sum
                    else
                        lower[i * regressors + j] <- sum / lower[j * regressors + j]

                let mutable right = moments.Scatter(target, i) / scale[i]

                for k in 0 .. i - 1 do
                    right <- right - lower[i * regressors + k] * slopes[k]

                slopes[i] <- right / lower[i * regressors + i]

        if not sound then
            None
        else
            let mutable explained = 0.0

            for i in 0 .. regressors - 1 do
                explained <- explained + slopes[i] * slopes[i]

            for i in regressors - 1 .. -1 .. 0 do
                for k in i + 1 .. regressors - 1 do
                    slopes[i] <- slopes[i] - lower[k * regressors + i] * slopes[k]

                slopes[i] <- slopes[i] / lower[i * regressors + i]

            let mutable intercept = moments.Mean target

            for i in 0 .. regressors - 1 do
                slopes[i] <- slopes[i] / scale[i]
                intercept <- intercept - slopes[i] * moments.Mean i

            let total = moments.Scatter(target, target)
            let residual = total - explained

            if
                not (residual > TrustedResidual * total)
                || not (System.Double.IsFinite intercept)
            then
                None
            else
                Some
                    {
                        Intercept = intercept
                        Slopes = slopes
                        ResidualVariance = residual / float freedom
                        Observations = moments.Count
                    }

    /// Values less their mean, times the roots of the weights, and the mean; without weights every row weighs 1.
    let private deviations
        (weights: float[] option)
        (first: int)
        (last: int)
        (column: float[])
        : struct (float * float[]) =
        let count = last - first + 1
        let mutable mean = 0.0

        match weights with
        | None ->
            for row in first..last do
                mean <- mean + (column[row] - mean) / float (row - first + 1)

            struct (mean, Array.init count (fun i -> column[first + i] - mean))
        | Some weights ->
            let mutable total = 0.0

            for row in first..last do
                total <- total + weights[row - first]
                mean <- mean + (column[row] - mean) * weights[row - first] / total

            struct (mean, Array.init count (fun i -> sqrt weights[i] * (column[first + i] - mean)))

    let private dot (left: float[]) (right: float[]) : float =
        let mutable sum = 0.0

        for i in 0 .. left.Length - 1 do
            sum <- sum + left[i] * right[i]

        sum

    let private solve
        (weights: float[] option)
        (columns: float[][])
        (target: float[])
        (first: int)
        (last: int)
        : Result<LinearFit, Fault> =
        let count, regressors = last - first + 1, columns.Length

        if count < regressors + 2 then
            Error(Fault.TooShort("Least squares", regressors + 2, max 0 count))
        else
            let centred = columns |> Array.map (deviations weights first last)

            let mass =
                match weights with
                | None -> float count
                | Some weights -> Array.sum weights

            let struct (targetMean, residual) = deviations weights first last target
            let mutable fault = None
            let directions = Array.init regressors (fun _ -> Array.empty<float>)
            let triangle = Array2D.zeroCreate<float> regressors regressors
            let along = Array.zeroCreate<float> regressors

            for j in 0 .. regressors - 1 do
                if fault.IsNone then
                    let struct (mean, column) = centred[j]
                    let size = sqrt (dot column column)

                    if not (System.Double.IsFinite size) then
                        fault <- Some("a regressor holds a value that is not finite", "Look for gaps in its series.")
                    elif size <= RoundingShare * abs mean * sqrt mass then
                        fault <- Some("a regressor never varies", "Use a longer window or a series that varies.")
                    else
                        let direction = Array.copy column

                        for _ in 1..2 do
                            for i in 0 .. j - 1 do
                                let overlap = dot directions[i] direction
                                triangle[i, j] <- triangle[i, j] + overlap

                                for row in 0 .. count - 1 do
                                    direction[row] <- direction[row] - overlap * directions[i][row]

                        let remaining = sqrt (dot direction direction)
                        triangle[j, j] <- remaining

                        if remaining <= RoundingShare * size then
                            fault <- Some("a regressor is a combination of the others", "Leave one of them out.")
                        else
                            directions[j] <- direction |> Array.map (fun value -> value / remaining)

            match fault with
            | Some(reason, remedy) -> notComputable reason remedy
            | None ->
                for j in 0 .. regressors - 1 do
                    for _ in 1..2 do
                        let overlap = dot directions[j] residual
                        along[j] <- along[j] + overlap

                        for row in 0 .. count - 1 do
                            residual[row] <- residual[row] - overlap * directions[j][row]

                let slopes = Array.zeroCreate<float> regressors

                for i in regressors - 1 .. -1 .. 0 do
                    let mutable sum = along[i]

                    for k in i + 1 .. regressors - 1 do
                        sum <- sum - triangle[i, k] * slopes[k]

                    slopes[i] <- sum / triangle[i, i]

                let mutable intercept = targetMean

                for i in 0 .. regressors - 1 do
                    let struct (mean, _) = centred[i]
                    intercept <- intercept - slopes[i] * mean

                if System.Double.IsFinite intercept then
                    Ok
                        {
                            Intercept = intercept
                            Slopes = slopes
                            ResidualVariance = dot residual residual / float (count - regressors - 1)
                            Observations = count
                        }
                else
                    notComputable "the target holds a value that is not finite" "Look for gaps in its series."

    /// Regresses target on columns over rows first..last by twice-repeated modified Gram-Schmidt, which keeps its digits
    /// when the regressors are nearly collinear. A fault when there are no more rows than parameters, when a value is not
    /// finite, or when a regressor is constant or a combination of those before it.
    let ofRows (columns: float[][]) (target: float[]) (first: int) (last: int) : Result<LinearFit, Fault> =
        solve None columns target first last

    /// The moments of rows first..last of the columns, each row weighted.
    let private weightedMoments (weights: float[]) (columns: float[][]) (first: int) : Moments =
        let moments = Moments columns.Length

        for i in 0 .. weights.Length - 1 do
            moments.AddWeighted(columns, first + i, weights[i])

        moments

    /// Minimises the sum of weight times squared residual over rows first..last, with the faults of ofRows. There is a weight
    /// for each of these rows, positive and finite: another number of them is Fault.BadShape, another value
    /// Fault.NotComputable. ResidualVariance is the sum of weight times squared residual over observations less parameters.
    let weighted
        (weights: float[])
        (columns: float[][])
        (target: float[])
        (first: int)
        (last: int)
        : Result<LinearFit, Fault> =
        let rows = last - first + 1

        if weights.Length <> rows then
            Error(Fault.BadShape("Weighted least squares", "weights", string rows, string weights.Length))
        elif
            not (
                weights
                |> Array.forall (fun weight -> weight > 0.0 && System.Double.IsFinite weight)
            )
        then
            notComputable "a weight is not positive and finite" "Look for gaps in the series the weights come from."
        else
            match
                weightedMoments weights (Array.append columns [| target |]) first
                |> tryOfMoments
            with
            | Some fit -> Ok fit
            | None -> solve (Some weights) columns target first last

    /// The fitted value at a row of the regressors; the row of column i is columns[i][row].
    let predict (fit: LinearFit) (columns: float[][]) (row: int) : float =
        let mutable value = fit.Intercept

        for i in 0 .. fit.Slopes.Length - 1 do
            value <- value + fit.Slopes[i] * columns[i][row]

        value
