/// The recursion of FIGARCH with its derivatives. Knows neither mean nor density.
namespace VolatilityForge

open System.Numerics

/// Parameters: omega; phi as a share of (1 - d)/2; d; beta as a share of phi + d. Shares in [0, 1] keep every weight positive.
[<RequireQualifiedAccess>]
module internal GarchLong =

    /// phi and beta of their shares.
    let ofShares (phiShare: float) (d: float) (betaShare: float) : struct (float * float) =
        let phi = phiShare * (1.0 - d) / 2.0
        struct (phi, betaShare * (phi + d))

    /// The weights of lags 1, 2, ... and their derivatives by phi, d and beta.
    let weights (lags: int) (phi: float) (d: float) (beta: float) : float[][] =
        let lambda, byPhi, byD, byBeta =
            Array.zeroCreate<float> lags,
            Array.zeroCreate<float> lags,
            Array.zeroCreate<float> lags,
            Array.zeroCreate<float> lags

        let mutable difference = d
        let mutable differenceByD = 1.0
        lambda[0] <- phi + d - beta
        byPhi[0] <- 1.0
        byD[0] <- 1.0
        byBeta[0] <- -1.0

        for k in 1 .. lags - 1 do
            let ratio = (float k - d) / float (k + 1)
            let next = ratio * difference
            let nextByD = ratio * differenceByD - difference / float (k + 1)
            lambda[k] <- beta * lambda[k - 1] + next - phi * difference
            byPhi[k] <- beta * byPhi[k - 1] - difference
            byD[k] <- beta * byD[k - 1] + nextByD - phi * differenceByD
            byBeta[k] <- beta * byBeta[k - 1] + lambda[k - 1]
            difference <- next
            differenceByD <- nextByD

        [| lambda; byPhi; byD; byBeta |]

    /// Sum of products of the first weights and a run of values.
    let private dot (weights: float[]) (values: float[]) (from: int) (count: int) : float =
        let mutable sum = Vector<float>.Zero
        let wide = Vector<float>.Count
        let mutable i = 0

        while i + wide <= count do
            sum <- sum + Vector<float>(weights, i) * Vector<float>(values, from + i)
            i <- i + wide

        let mutable total = Vector.Sum sum

        while i < count do
            total <- total + weights[i] * values[from + i]
            i <- i + 1

        total

    /// Fills variances and their derivatives; before the first day every squared residual is the start.
    let run (lags: int) (m: int) (theta: float[]) (work: GarchWork) : unit =
        let e, h, d = work.E, work.H, work.Slope
        let count, width = work.Count, work.Width

        let omega, phiShare, memory, betaShare =
            theta[m], theta[m + 1], theta[m + 2], theta[m + 3]

        let struct (phi, beta) = ofShares phiShare memory betaShare
        let lags = max 1 lags
        let columns = weights lags phi memory beta
        // Newest first, so that a lag's weight stands at its squared residual in one run through both.
        let squares = Array.init count (fun i -> let x = e[count - 1 - i] in x * x)

        let crossed =
            Array.init m (fun j -> Array.init count (fun i -> e[count - 1 - i] * work.Mean[j][count - 1 - i]))

        let tails = columns |> Array.map (fun column -> Array.scanBack (+) column 0.0)
        let level = omega / (1.0 - beta)

        for t in 0 .. count - 1 do
            let row = t * width
            let seen = min t lags
            let from = count - t
            h[t] <- level + dot columns[0] squares from seen + tails[0][seen] * work.Start
            let byPhi = dot columns[1] squares from seen + tails[1][seen] * work.Start
            let byD = dot columns[2] squares from seen + tails[2][seen] * work.Start

            let byBeta =
                dot columns[3] squares from seen
                + tails[3][seen] * work.Start
                + level / (1.0 - beta)

            for j in 0 .. width - 1 do
                d[row + j] <- tails[0][seen] * work.StartSlope[j]

            for j in 0 .. m - 1 do
                d[row + j] <- d[row + j] - 2.0 * dot columns[0] crossed[j] from seen

            d[row + m] <- d[row + m] + 1.0 / (1.0 - beta)
            // beta = share (phi + d), phi = share (1 - d) / 2.
            let perPhi = byPhi + betaShare * byBeta
            d[row + m + 1] <- d[row + m + 1] + perPhi * (1.0 - memory) / 2.0
            d[row + m + 2] <- d[row + m + 2] + byD + betaShare * byBeta - perPhi * phiShare / 2.0
            d[row + m + 3] <- d[row + m + 3] + byBeta * (phi + memory)
