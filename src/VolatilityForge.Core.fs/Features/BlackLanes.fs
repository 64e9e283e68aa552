/// Black's price of an out-of-the-money option inverted for eight options at once. Knows no option and no rare case.
namespace VolatilityForge

open System
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics

/// What `NormalisedBlack.deviation` finds, where options usually are; elsewhere NaN, which says nothing but that the answer is to be
/// found there. A lane's value depends on that lane alone.
[<RequireQualifiedAccess>]
module internal BlackLanes =

    let inline private step (a: Lanes) (x: Lanes) (b: float) : Lanes = LaneMath.step a x b

    /// e^(x^2) erfc(x), x >= 0: (1 + 2 x) times it is a polynomial in (x - 3) / (x + 3), its Chebyshev series to degree 25 by mpmath
    /// (40 digits); relative error below 3e-16.
    [<MethodImpl(MethodImplOptions.NoInlining)>]
    let private scaledComplement (x: Lanes) : Lanes =
        let u = (x - Lanes.all 3.0) / (x + Lanes.all 3.0)
        let square = u * u
        let even = step (Lanes.all 8.39373485869087755e-10) square (-8.21759505871145386e-9)
        let odd = step (Lanes.all (-3.4514974876643281e-11)) square 1.20197194401357927e-9
        let even = step even square 4.10640136679403528e-8
        let odd = step odd square (-1.39061457917309941e-8)
        let even = step even square (-1.40476543154284623e-7)
        let odd = step odd square 1.02779974882710581e-7
        let even = step even square 3.55760866840805944e-7
        let odd = step odd square (-6.17561767899232294e-7)
        let even = step even square (-7.30828146878361393e-7)
        let odd = step odd square 3.47302416784153277e-6
        let even = step even square 4.94919664996834531e-6
        let odd = step odd square (-0.0000201008430948447262)
        let even = step even square (-0.000105159719584480648)
        let odd = step odd square 0.000125099435571281207
        let even = step even square 0.00188869034499917185
        let odd = step odd square (-0.000779832288482308433)
        let even = step even square (-0.0237705149171713368)
        let odd = step odd square 0.00252939181804746675
        let even = step even square (-0.119273663415386384)
        let odd = step odd square 0.068308027343845159
        let even = step even square (-0.0475622943534491967)
        let odd = step odd square 0.129645158702764741
        let even = step even square 1.25300805826972965
        let odd = step odd square (-0.13562110612458121)
        Vector512.FusedMultiplyAdd(odd, u, even) / (x + x + Lanes.One)

    // Functions of their own: all of them inlined are too much for the compiler to keep in registers.
    [<MethodImpl(MethodImplOptions.NoInlining)>]
    let private exponential (x: Lanes) : Lanes = LaneMath.exp x

    [<MethodImpl(MethodImplOptions.NoInlining)>]
    let private logarithm (x: Lanes) : Lanes = LaneMath.log x

    let private rootHalf = sqrt 0.5
    let private overRootTwoPi = 1.0 / sqrt (2.0 * Math.PI)

    /// Deviations below this, whose price is a difference of nearly equal numbers, are left to the series.
    [<Literal>]
    let private Shortest = 1e-3

    /// Prices above this share of the most are left to the steps that count what is missing.
    [<Literal>]
    let private Highest = 0.9

    /// A relative step below which the next, of a third-order method, is below rounding.
    [<Literal>]
    let private Settled = 1e-6

    /// More steps than a usual price takes.
    [<Literal>]
    let private Steps = 10

    /// The deviation s at which the price is this, or NaN. Halley's steps, below the point where the price turns from convex to concave on its
    /// logarithm in ln s, above it on the price. They start where the tangent at that point meets the price, far below it where ln price,
    /// taken as linear in 1 / s^2, does: whichever is greater. Seven steps serve from 1e-3 to 2 deviations, eight deviations out.
    let deviation (distance: Lanes) (target: Lanes) : Lanes =
        let most = exponential (distance * -0.5)
        let turn = Vector512.Sqrt(distance + distance)
        let atTurn = most * 0.5 * (Lanes.One - scaledComplement (Vector512.Sqrt distance))
        let low = Vector512.LessThan(target, atTurn)
        let logTarget = logarithm target

        let inverse =
            Lanes.One / (turn * turn)
            + (logarithm atTurn - logTarget) * 2.0 / (distance * distance)

        let above = turn + (target - atTurn) / (most * overRootTwoPi)

        let usual =
            Vector512.GreaterThan(target, Lanes.Zero)
            &&& Vector512.LessThan(target, most * Highest)

        let far = Lanes.One / Vector512.Sqrt inverse
        // The comparison is false where there is no such root.
        let start = Lanes.where (low &&& Vector512.GreaterThan(far, above)) far above
        let mutable s = Lanes.where usual start (Lanes.all nan)
        let mutable settled = Vector512.OnesComplement usual
        let mutable left = Steps

        while left > 0
              && not (Vector512.EqualsAll(settled.AsInt64(), Vector512<int64>.AllBitsSet)) do
            let a, t = distance / s, s * 0.5
            let gaussian = exponential ((a * a + t * t) * -0.5)
            let near = scaledComplement (Vector512.Abs(a - t) * rootHalf)
            let far = scaledComplement ((a + t) * rootHalf)
            let inside = Vector512.LessThan(a, t)

            let price =
                Lanes.where inside most Lanes.Zero
                + gaussian * 0.5 * (Lanes.where inside (-near) near - far)

            let slope = gaussian * overRootTwoPi
            let curvature = a * a / s - s * 0.25
            // Halley's step on the price.
            let newton = (price - target) / slope
            let onPrice = s - newton / (Lanes.One - newton * curvature * 0.5)
            // And on its logarithm, in ln s.
            let rate = slope / price * s
            let newton = (logarithm price - logTarget) / rate
            let bend = Lanes.One + s * curvature - rate
            let onLogarithm = s * exponential (newton / (newton * bend * 0.5 - Lanes.One))
            let next = Lanes.where low onLogarithm onPrice
            let close = Vector512.LessThanOrEqual(Vector512.Abs(next - s), s * Settled)
            // A lane that has settled stays: its value must not depend on how long others take.
            s <- Lanes.where settled s next
            settled <- settled ||| close ||| Vector512.OnesComplement(Vector512.Equals(next, next))
            left <- left - 1

        Lanes.where (settled &&& Vector512.GreaterThanOrEqual(s, Lanes.all Shortest)) s (Lanes.all nan)
