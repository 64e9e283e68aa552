/// The recursion of the component model with its derivatives. Knows neither mean nor density.
namespace VolatilityForge

/// Parameters: omega; rho; phi; alpha; beta.
[<RequireQualifiedAccess>]
module internal GarchComponent =

    /// Fills variances and their derivatives; before the first day squared residual, variance and trend are the start.
    let run (m: int) (theta: float[]) (work: GarchWork) : unit =
        let e, h, d, trend, other = work.E, work.H, work.Slope, work.Level, work.Other
        let count, width = work.Count, work.Width
        let omega, rho, phi = theta[m], theta[m + 1], theta[m + 2]
        let alpha, beta = theta[m + 3], theta[m + 4]

        for t in 0 .. count - 1 do
            let row = t * width
            let first = t = 0
            let square = if first then work.Start else e[t - 1] * e[t - 1]
            let before = if first then work.Start else h[t - 1]
            let beneath = if first then work.Start else trend[t - 1]
            trend[t] <- omega + rho * beneath + phi * (square - before)
            h[t] <- trend[t] + alpha * (square - beneath) + beta * (before - beneath)

            // A trend below zero would be hidden by a variance above it.
            if not (trend[t] > 0.0) then
                h[t] <- nan

            for j in 0 .. width - 1 do
                let bySquare =
                    if first then work.StartSlope[j]
                    elif j < m then -2.0 * e[t - 1] * work.Mean[j][t - 1]
                    else 0.0

                let byBefore = if first then work.StartSlope[j] else d[row - width + j]
                let byBeneath = if first then work.StartSlope[j] else other[row - width + j]

                let own =
                    if j = m then 1.0
                    elif j = m + 1 then beneath
                    elif j = m + 2 then square - before
                    else 0.0

                other[row + j] <- own + rho * byBeneath + phi * (bySquare - byBefore)

                let ownAbove =
                    if j = m + 3 then square - beneath
                    elif j = m + 4 then before - beneath
                    else 0.0

                d[row + j] <-
                    other[row + j]
                    + ownAbove
                    + alpha * (bySquare - byBeneath)
                    + beta * (byBefore - byBeneath)
