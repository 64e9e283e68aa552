/// The log-likelihood of a conditional variance model with its gradient, in inner units. Searches nothing.
namespace VolatilityForge

open System

/// The likelihood of one series; holds scratch arrays, so one thread at a time.
[<Sealed>]
type internal GarchLikelihood(spec: GarchSpec, scale: GarchScale, data: GarchData) =
    let lookBack = GarchSpec.lookBack spec
    let returns = data.Returns |> Array.map (fun value -> value / scale.Returns)

    let columns =
        GarchMean.columns
            lookBack
            spec.Mean
            (data.MeanRegressors
             |> Array.mapi (fun i column -> column |> Array.map (fun x -> x / scale.Mean[i])))
            returns

    let count = returns.Length - lookBack
    let m = columns.Length
    let width = GarchLayout.width spec scale
    let shapes = (Innovation.shapeNames spec.Innovation).Length
    let size = width + shapes

    // The regressor of a day is the row before it; before the first row stands the mean.
    let regressors =
        data.VarianceRegressors
        |> Array.mapi (fun i column ->
            Array.init count (fun t ->
                let row = t + lookBack - 1
                (if row >= 0 then column[row] else Array.average column) / scale.Variance[i]))

    let work = GarchWork(count, width, columns, regressors)
    let value = Array.zeroCreate<float> count
    let byVariance = Array.zeroCreate<float> count
    let byResidual = Array.zeroCreate<float> count
    let byShape = Array.init shapes (fun _ -> Array.zeroCreate<float> count)

    let residuals (theta: float[]) : unit =
        let e = work.E
        Array.Copy(returns, lookBack, e, 0, count)

        for j in 0 .. m - 1 do
            let column, coefficient = columns[j], theta[j]

            for t in 0 .. count - 1 do
                e[t] <- e[t] - coefficient * column[t]

    /// Parameters of the mean by least squares.
    let meanStart: float[] =
        if m = 0 then
            [||]
        else
            let products =
                Array.init (m * m) (fun cell ->
                    let left, right = columns[cell / m], columns[cell % m]
                    let mutable sum = 0.0

                    for t in 0 .. count - 1 do
                        sum <- sum + left[t] * right[t]

                    sum)

            let targets =
                Array.init m (fun j ->
                    let mutable sum = 0.0

                    for t in 0 .. count - 1 do
                        sum <- sum + columns[j][t] * returns[lookBack + t]

                    sum)

            match SmallMatrix.cholesky m products with
            | Some lower -> SmallMatrix.solve m lower targets
            | None ->
                Fault.raiseWith (
                    Fault.NotComputable(
                        "The mean equation",
                        "its regressors are collinear or not finite",
                        "Leave one of them out."
                    )
                )

    let backcast: float =
        residuals meanStart

        let power =
            match spec.Variance with
            | VarianceModel.Tarch _ -> 1.0
            | _ -> 2.0

        let mutable sum, weights = 0.0, 0.0

        for t in 0 .. min 75 count - 1 do
            let weight = 0.94 ** float t
            weights <- weights + weight
            sum <- sum + weight * abs work.E[t] ** power

        // A halted opening would start the recursion at zero.
        let level = (sum / weights) ** (2.0 / power)

        if level > 0.0 then
            level
        else
            (work.E |> Array.averageBy (fun e -> e * e))

    let start (theta: float[]) : unit =
        Array.Clear work.StartSlope
        work.StartShock <- nan
        let slope = work.StartSlope

        match spec.Start with
        | VarianceStart.Backcast -> work.Start <- backcast
        | VarianceStart.Fixed variance -> work.Start <- variance / (scale.Returns * scale.Returns)
        | VarianceStart.MeanSquare ->
            let mutable sum = 0.0

            for t in 0 .. count - 1 do
                sum <- sum + work.E[t] * work.E[t]

            for j in 0 .. m - 1 do
                let mutable cross = 0.0

                for t in 0 .. count - 1 do
                    cross <- cross + work.E[t] * columns[j][t]

                slope[j] <- -2.0 * cross / float count

            work.Start <- sum / float count

            if spec.Variance.IsEgarch then
                let deviation = sqrt work.Start
                let shock = Array.average work.E / deviation
                work.StartShock <- shock

                for j in 0 .. m - 1 do
                    work.StartShockSlope[j] <-
                        -(Array.average columns[j]) / deviation - 0.5 * shock / work.Start * slope[j]
        | VarianceStart.Unconditional ->
            let struct (p, q) = GarchSpec.orders spec.Variance

            match spec.Variance with
            | VarianceModel.Egarch _ ->
                let beta = m + 1 + 2 * p
                let mutable left = 1.0

                for i in 0 .. q - 1 do
                    left <- left - theta[beta + i]

                work.Start <- exp (theta[m] / left)
                slope[m] <- work.Start / left

                for i in 0 .. q - 1 do
                    slope[beta + i] <- work.Start * theta[m] / (left * left)
            | VarianceModel.Component ->
                let left = 1.0 - theta[m + 1]
                work.Start <- theta[m] / left
                slope[m] <- 1.0 / left
                slope[m + 1] <- work.Start / left
            | _ ->
                let news = if spec.Variance.IsGjr then 2 * p else p
                let weight = if spec.Variance.IsGjr then 0.5 else 1.0
                let mutable left = 1.0

                for i in 1 .. news + q do
                    left <- left - (if i <= news then weight else 1.0) * theta[m + i]

                work.Start <- theta[m] / left
                slope[m] <- 1.0 / left

                for i in 1 .. news + q do
                    slope[m + i] <- (if i <= news then weight else 1.0) * work.Start / left

    /// Fills residuals, variances and derivatives; false where the variance is no variance.
    let filter (inner: float[]) : bool =
        let theta = GarchLayout.ofShare spec m inner
        residuals theta
        start theta

        if not (work.Start > 0.0 && Double.IsFinite work.Start) then
            false
        else
            let struct (p, q) = GarchSpec.orders spec.Variance

            match spec.Variance with
            | VarianceModel.Garch _ -> GarchPower.run 2 false p q m theta work
            | VarianceModel.Gjr _ -> GarchPower.run 2 true p q m theta work
            | VarianceModel.Tarch _ -> GarchPower.run 1 true p q m theta work
            | VarianceModel.Aparch _ -> GarchAparch.run p q m theta work
            | VarianceModel.Egarch _ -> GarchLog.run p q m theta work
            | VarianceModel.Component -> GarchComponent.run m theta work
            | VarianceModel.Figarch lags -> GarchLong.run lags m theta work

            let mutable sound = true

            for t in 0 .. count - 1 do
                sound <- sound && work.H[t] > 0.0 && work.H[t] < infinity

            sound

    let fill (theta: float[]) : bool =
        filter theta
        && (Innovation.score
                spec.Innovation
                (ReadOnlySpan<float>(theta, width, shapes))
                work.E
                work.H
                value
                byVariance
                byResidual
                byShape

            true)

    /// Observations that count: those after the mean's lags.
    member _.Count: int = count
    member _.Size: int = size
    member _.MeanStart: float[] = meanStart
    /// Columns of the mean, and of the variance's regressors, in inner units, one element per observation.
    member _.MeanColumns: float[][] = columns
    member _.VarianceRegressors: float[][] = regressors
    /// The variance before the first day, after `Filter` or `Evaluate`.
    member _.StartVariance: float = work.Start

    /// The standardised residual before the first day, None where it brings no news.
    member _.StartShock: float option =
        if Double.IsNaN work.StartShock then
            None
        else
            Some work.StartShock

    /// Residuals and variances of the last point that was evaluated. Overwritten by the next.
    member _.Residuals: float[] = work.E
    member _.Variances: float[] = work.H

    /// Fills residuals and variances; false where the recursion breaks.
    member _.Filter(theta: float[]) : bool = filter theta

    /// Minus the mean log density, and its gradient; infinite where the recursion breaks.
    member _.Evaluate(theta: float[], gradient: float[]) : float =
        if not (fill theta) then
            infinity
        else
            Array.Clear gradient
            let slope = work.Slope
            let mutable sum = 0.0

            for t in 0 .. count - 1 do
                sum <- sum + value[t]
                let weight = byVariance[t]
                let row = t * width

                for j in 0 .. width - 1 do
                    gradient[j] <- gradient[j] - weight * slope[row + j]

            for j in 0 .. m - 1 do
                let column = columns[j]
                let mutable own = 0.0

                for t in 0 .. count - 1 do
                    own <- own + byResidual[t] * column[t]

                gradient[j] <- gradient[j] + own

            for j in 0 .. shapes - 1 do
                gradient[width + j] <- -(Array.sum byShape[j])

            GarchLayout.chain spec m theta gradient
            let n = float count
            let mutable sound = Double.IsFinite sum

            for j in 0 .. size - 1 do
                gradient[j] <- gradient[j] / n
                sound <- sound && Double.IsFinite gradient[j]

            if sound then -sum / n else infinity

    /// Sum of the outer products of the days' scores over their number.
    member _.OuterProducts(theta: float[]) : float[] =
        let products = Array.zeroCreate<float>(size * size)

        if fill theta then
            let score = Array.zeroCreate<float> size

            for t in 0 .. count - 1 do
                for j in 0 .. width - 1 do
                    score[j] <- byVariance[t] * work.Slope[t * width + j]

                for j in 0 .. m - 1 do
                    score[j] <- score[j] - byResidual[t] * columns[j][t]

                for j in 0 .. shapes - 1 do
                    score[width + j] <- byShape[j][t]

                GarchLayout.chain spec m theta score

                for i in 0 .. size - 1 do
                    for j in 0..i do
                        products[i * size + j] <- products[i * size + j] + score[i] * score[j]

            for i in 0 .. size - 1 do
                for j in 0..i do
                    let mean = products[i * size + j] / float count
                    products[i * size + j] <- mean
                    products[j * size + i] <- mean

        products
