/// Black's price of an out-of-the-money option as a pure function of two numbers, and its inverse. Knows no option.
namespace VolatilityForge

open System
open MathNet.Numerics

/// The undiscounted price of an option that is out of the money over sqrt(forward strike), as a function of the distance
/// |ln(forward / strike)| and the total deviation s = volatility sqrt(years). With a = distance / s, t = s / 2 and M the Mills
/// ratio, it is phi(sqrt(a^2 + t^2)) (M(a - t) - M(a + t)).
[<RequireQualifiedAccess>]
module NormalisedBlack =

    let private rootTwo = sqrt 2.0
    let private rootHalfPi = sqrt (0.5 * Math.PI)
    let private rootTwoPi = sqrt (2.0 * Math.PI)

    /// From here on the continued fraction of erfc has all digits within `Terms` terms.
    [<Literal>]
    let private FarOut = 5.0

    [<Literal>]
    let private Terms = 26

    /// e^(x^2) erfc(x), x >= 0: (0, 1], about 1/(x sqrt pi) far out.
    let scaledComplement (x: float) : float =
        if x < FarOut then
            let square = x * x
            // What rounding took from the square counts: the exponential magnifies it.
            let lost = Math.FusedMultiplyAdd(x, x, -square)
            Math.Exp square * (1.0 + lost) * SpecialFunctions.Erfc x
        else
            // Laplace's continued fraction, from the far end.
            let terms =
                if x > 1e8 then 0
                elif x > 12.0 then 10
                else Terms

            let mutable tail = x

            for k in terms .. -1 .. 1 do
                tail <- x + 0.5 * float k / tail

            1.0 / (tail * sqrt Math.PI)

    /// The Mills ratio Phi(-x) / phi(x), x >= 0.
    let private mills (x: float) : float =
        rootHalfPi * scaledComplement (x / rootTwo)

    /// Below this t the difference of Mills ratios loses digits and is taken from its Taylor series.
    [<Literal>]
    let private ShortSide = 0.5

    /// Terms of that series: t^31 / 31! is below rounding.
    [<Literal>]
    let private Orders = 31

    /// From this a on the coefficients are found downwards, where recursion upwards loses digits.
    [<Literal>]
    let private Upwards = 2.0

    /// Terms from which the downward recursion has forgotten its start to the last bit.
    let private beyond (a: float) : int =
        if a < 2.5 then 90
        elif a < 3.0 then 60
        elif a < 4.0 then 45
        else 30

    /// (M(a - t) - M(a + t)) / 2: the sum over odd n of d_n t^n, d_n = (-1)^n M^(n)(a) / n!, all positive.
    let private halfDifference (a: float) (t: float) : float =
        let square = t * t

        if a < Upwards then
            let mutable even = mills a
            let mutable odd = 1.0 - a * even
            let mutable power = t
            let mutable sum = odd * t
            let mutable n = 1

            while n < Orders do
                even <- (even - a * odd) / float (n + 1)
                odd <- (odd - a * even) / float (n + 2)
                power <- power * square
                let term = odd * power
                sum <- sum + term
                n <- if term < 1e-17 * sum then Orders else n + 2

            sum
        else
            // Ratios of neighbours, d_n / d_(n-1) = 1 / (a + (n + 1) d_(n+1) / d_n), and Horner's rule on the way down.
            let beyond = beyond a
            let mutable ratio = 2.0 / (a + sqrt (a * a + 4.0 * float beyond))
            // The series from d_n t^n upwards in units of d_n t^n, for odd n.
            let mutable above = 0.0

            for n in beyond - 1 .. -1 .. 1 do
                let lower = 1.0 / (a + float (n + 1) * ratio)

                if n % 2 = 1 then
                    above <- 1.0 + above
                elif n >= 2 then
                    // From d_(n+1) t^(n+1) to d_(n-1) t^(n-1).
                    above <- above * (ratio * lower * square)

                ratio <- lower

            mills a * ratio * t * above

    /// The price with its Gaussian factor e^(-(a^2 + t^2) / 2) left out, which alone can underflow; a > t or t < ShortSide.
    let private withoutGaussian (a: float) (t: float) : float =
        if t < ShortSide then
            2.0 * halfDifference a t / rootTwoPi
        else
            0.5
            * (scaledComplement ((a - t) / rootTwo) - scaledComplement ((a + t) / rootTwo))

    /// The price: 0 at s = 0, increasing to e^(-distance / 2). Relative error about 1e-15 where a price is above 1e-300.
    let price (distance: float) (deviation: float) : float =
        if deviation <= 0.0 then
            0.0
        else
            let a, t = distance / deviation, 0.5 * deviation

            if t < ShortSide || a > t then
                withoutGaussian a t * Math.Exp(-0.5 * (a * a + t * t))
            else
                0.5
                * (Math.Exp(-0.5 * distance) * SpecialFunctions.Erfc((a - t) / rootTwo)
                   - Math.Exp(-0.5 * (a * a + t * t)) * scaledComplement ((a + t) / rootTwo))

    /// e^(-distance / 2) less the price, without cancellation.
    let private complement (distance: float) (deviation: float) : float =
        let a, t = distance / deviation, 0.5 * deviation
        let far = scaledComplement ((a + t) / rootTwo)

        let near =
            if t > a then
                scaledComplement ((t - a) / rootTwo)
            else
                // Then e^(...) is close to 1 and erfc has all digits.
                Math.Exp(0.5 * (t - a) * (t - a)) * SpecialFunctions.Erfc((t - a) / rootTwo)

        0.5 * Math.Exp(-0.5 * (a * a + t * t)) * (near + far)

    let private logarithm (distance: float) (deviation: float) : float =
        let a, t = distance / deviation, 0.5 * deviation

        if t < ShortSide || a > t then
            Math.Log(withoutGaussian a t) - 0.5 * (a * a + t * t)
        else
            Math.Log(price distance deviation)

    /// The derivative of the price by s.
    let slope (distance: float) (deviation: float) : float =
        let a, t = distance / deviation, 0.5 * deviation
        Math.Exp(-0.5 * (a * a + t * t)) / rootTwoPi

    /// The slope over the price.
    let private logSlope (distance: float) (deviation: float) : float =
        let a, t = distance / deviation, 0.5 * deviation

        if t < ShortSide || a > t then
            1.0 / (rootTwoPi * withoutGaussian a t)
        else
            slope distance deviation / price distance deviation

    /// More steps than any start needs; convergence is quadratic or better.
    [<Literal>]
    let private Steps = 60

    /// Walks by steps until one is below rounding; a step out of the bracket is replaced by its middle.
    let private iterate (low: float) (high: float) (start: float) (step: float -> struct (float * float)) : float =
        let mutable low, high = low, high
        let mutable s = start
        let mutable left = Steps

        while left > 0 do
            let struct (residual, next) = step s

            if residual < 0.0 then low <- s else high <- s

            let next =
                if next > low && next < high then next
                elif high = infinity then 2.0 * low
                else 0.5 * (low + high)

            left <-
                if residual = 0.0 || abs (next - s) <= 4e-16 * s then
                    0
                else
                    left - 1

            if residual <> 0.0 then
                s <- next

        s

    /// The deviation s at which the price is this; NaN unless 0 < price < e^(-distance / 2).
    let deviation (distance: float) (target: float) : float =
        let most = Math.Exp(-0.5 * distance)

        if not (target > 0.0 && target < most && distance >= 0.0) then
            nan
        else
            // Where the price turns from convex to concave.
            let turn = sqrt (2.0 * distance)
            let atTurn = if distance = 0.0 then 0.0 else price distance turn

            if target < atTurn then
                // ln price is nearly linear in 1/s^2: Newton's steps in that variable.
                let logTarget = Math.Log target

                let inverse =
                    1.0 / (turn * turn)
                    + 2.0 * (Math.Log atTurn - logTarget) / (distance * distance)

                iterate 0.0 turn (1.0 / sqrt inverse) (fun s ->
                    let residual = logarithm distance s - logTarget
                    let rate = -0.5 * s * s * s * logSlope distance s
                    let next = 1.0 / (s * s) - residual / rate
                    struct (residual, (if next > 0.0 then 1.0 / sqrt next else infinity)))
            elif target <= 0.5 * most then
                // Halley's steps on the price itself.
                let first =
                    turn
                    + (target - atTurn)
                      / (if distance = 0.0 then
                             1.0 / rootTwoPi
                         else
                             slope distance turn)

                iterate turn infinity first (fun s ->
                    let residual = price distance s - target
                    let newton = residual / slope distance s
                    let curvature = distance * distance / (s * s * s) - 0.25 * s
                    struct (residual, s - newton / (1.0 - 0.5 * newton * curvature)))
            else
                // Newton's steps on the logarithm of what is missing from the most.
                let missing = Math.Log(most - target)

                iterate turn infinity (Math.Max(turn, 1.0)) (fun s ->
                    let rest = complement distance s
                    let residual = missing - Math.Log rest
                    struct (residual, s - residual * rest / slope distance s))
