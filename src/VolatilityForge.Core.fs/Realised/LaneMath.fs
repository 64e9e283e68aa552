/// Exponentials, logarithms and powers of eight numbers at once. Knows no measure and no feature.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Elementary functions whose value in a lane depends on that lane alone, to the last bit: the runtime's own take another path for all
/// lanes when one of them is out of range. Sums and fused products of fixed order, so that every processor gives the same bits.
/// Errors are below one unit in the last place, or two for ratios and powers.
[<RequireQualifiedAccess>]
module internal LaneMath =

    let inline private fused (a: Lanes) (b: Lanes) (c: Lanes) : Lanes = Vector512.FusedMultiplyAdd(a, b, c)

    /// a * x + b with a number b.
    let inline internal step (a: Lanes) (x: Lanes) (b: float) : Lanes = fused a x (Lanes.all b)

    /// ln 2 in two parts, the first with so few digits that its product with an exponent is exact.
    [<Literal>]
    let private LogTwoHigh = 0.693147180369123816490

    [<Literal>]
    let private LogTwoLow = 1.90821492927058770002e-10

    /// Added to a number, leaves it rounded to a whole one in the last bits of the sum.
    [<Literal>]
    let private ToWhole = 6755399441055744.0

    /// Exponents beyond these give 0 and infinity; the bounds keep their powers of two in range.
    [<Literal>]
    let private Least = -750.0

    [<Literal>]
    let private Most = 720.0

    /// 2 to the power of whole numbers from -1022 to 1023.
    let inline private powerOfTwo (whole: Vector512<int64>) : Lanes =
        Vector512.ShiftLeft(whole + Vector512.Create 1023L, 52).AsDouble()

    /// e^x: Taylor's series about the nearest multiple of ln 2, of degree 13, which leaves 4e-18.
    let inline exp (x: Lanes) : Lanes =
        let x = Vector512.Min(Vector512.Max(x, Lanes.all Least), Lanes.all Most)
        let shifted = step (Lanes.all 1.4426950408889634) x ToWhole
        let whole = shifted - Lanes.all ToWhole
        let r = fused (Lanes.all (-LogTwoHigh)) whole x
        let r = fused (Lanes.all (-LogTwoLow)) whole r
        let square = r * r
        // Two series in the square, so that neither waits for the other.
        let even = step (Lanes.all (1.0 / 479001600.0)) square (1.0 / 3628800.0)
        let odd = step (Lanes.all (1.0 / 6227020800.0)) square (1.0 / 39916800.0)
        let even = step even square (1.0 / 40320.0)
        let odd = step odd square (1.0 / 362880.0)
        let even = step even square (1.0 / 720.0)
        let odd = step odd square (1.0 / 5040.0)
        let even = step even square (1.0 / 24.0)
        let odd = step odd square (1.0 / 120.0)
        let even = step even square 0.5
        let odd = step odd square (1.0 / 6.0)
        let beyond = fused (fused odd r even) square r
        // Halves of the exponent, as 2^n itself may be outside of the normal numbers.
        let n = shifted.AsInt64() - Vector512.Create(BitConverter.DoubleToInt64Bits ToWhole)
        let half = Vector512.ShiftRightArithmetic(n, 1)
        (Lanes.One + beyond) * powerOfTwo half * powerOfTwo (n - half)

    /// The bits of sqrt(1/2): exponents are counted from there, so that mantissas lie about 1.
    [<Literal>]
    let private RootHalf = 0x3FE6A09E667F3BCDL

    /// The smallest normal number.
    [<Literal>]
    let private SmallestNormal = 2.2250738585072014e-308

    /// 2 atanh(s) / s - 2 of z = s^2, without terms from s^24 on.
    let inline private beyondFirst (z: Lanes) : Lanes =
        let w = z * z
        let even = step (Lanes.all (2.0 / 23.0)) w (2.0 / 19.0)
        let odd = step (Lanes.all (2.0 / 21.0)) w (2.0 / 17.0)
        let even = step even w (2.0 / 15.0)
        let odd = step odd w (2.0 / 13.0)
        let even = step even w (2.0 / 11.0)
        let odd = step odd w (2.0 / 9.0)
        let even = step even w (2.0 / 7.0)
        let odd = step odd w (2.0 / 5.0)
        let even = step even w (2.0 / 3.0)
        z * fused odd z even

    /// ln x: -infinity at 0, NaN below. With x = 2^k (1 + f) and s = f / (2 + f) it is k ln 2 + f - (f^2 / 2 - s (f^2 / 2 + R)), R the series
    /// of 2 atanh(s) / s beyond its first term; s^22 leaves 6e-19.
    let inline log (x: Lanes) : Lanes =
        let small = Vector512.LessThan(x, Lanes.all SmallestNormal)
        let scaled = Lanes.where small (x * 18014398509481984.0) x
        let offset = scaled.AsInt64() - Vector512.Create RootHalf
        let exponent = Vector512.ShiftRightArithmetic(offset, 52)

        let k =
            Vector512.ConvertToDouble exponent
            - Lanes.where small (Lanes.all 54.0) Lanes.Zero

        let f =
            (scaled.AsInt64() - Vector512.ShiftLeft(exponent, 52)).AsDouble() - Lanes.One

        let s = f / (f + Lanes.all 2.0)
        let z = s * s
        let r = beyondFirst z
        let half = f * f * 0.5
        let value = k * LogTwoHigh - ((half - fused s (half + r) (k * LogTwoLow)) - f)
        let positive = Vector512.GreaterThan(x, Lanes.Zero)
        let zero = Vector512.Equals(x, Lanes.Zero)
        let finite = Vector512.LessThan(x, Lanes.all infinity)

        let outside =
            Lanes.where zero (Lanes.all -infinity) (Lanes.where positive x (Lanes.all nan))

        Lanes.where (positive &&& finite) value outside

    /// Bounds of what `logRatio` divides in one step.
    [<Literal>]
    let private RatioLeast = 1e-290

    [<Literal>]
    let private RatioMost = 1e290

    let inline private divides (x: Lanes) : Lanes =
        Vector512.GreaterThan(x, Lanes.all RatioLeast)
        &&& Vector512.LessThan(x, Lanes.all RatioMost)

    /// ln(a / b), in one division where both are positive. With a = 2^k b (1 + f) and s = f / (2 + f) = (a - 2^k b) / (a + 2^k b), whose
    /// numerator is exact, it is k ln 2 + 2 atanh(s); the difference of the bits puts |s| below 1/5, and s^24 leaves 1e-18.
    let inline logRatio (a: Lanes) (b: Lanes) : Lanes =
        let both = divides a &&& divides b
        let apart = a.AsInt64() - b.AsInt64() + Vector512.Create 0x0008000000000000L
        let exponent = Vector512.ShiftRightArithmetic(apart, 52)
        let k = Vector512.ConvertToDouble exponent
        let b' = (b.AsInt64() + Vector512.ShiftLeft(exponent, 52)).AsDouble()
        let s = (a - b') / (a + b')
        let z = s * s
        let r = beyondFirst z
        let value = fused k (Lanes.all LogTwoHigh) (fused s r (k * LogTwoLow) + (s + s))

        if Vector512.EqualsAll(both.AsInt64(), Vector512<int64>.AllBitsSet) then
            value
        else
            Lanes.where both value (log (a / b))

    /// Added to a whole number below 2^32, gives its bits in a number's lower half.
    [<Literal>]
    let private LowerHalf = 0x4330000000000000L

    /// The upper half of the bits of x^(-1/3) is about this less a third of that of x: the constant of the least largest error, 3.5 %.
    [<Literal>]
    let private ThirdOfBits = 1430186414.0

    /// Numbers below this have no power of 4/3 that isn't 0.
    [<Literal>]
    let private PowerLeast = 1e-290

    /// x^(4/3) of numbers not below 0: z = x^(-1/3) from a third of the exponent by two steps in h = 1 - x z^3 of orders 4 and 3, the cube root
    /// by a step of Newton's from x z^2.
    let inline fourThirds (x: Lanes) : Lanes =
        let upper =
            (Vector512.ShiftRightLogical(x.AsInt64(), 32) ||| Vector512.Create LowerHalf).AsDouble()
            - Lanes.all 4503599627370496.0

        let guess = step (Lanes.all (-1.0 / 3.0)) upper (ThirdOfBits + ToWhole)

        let z =
            Vector512
                .ShiftLeft(guess.AsInt64() - Vector512.Create(BitConverter.DoubleToInt64Bits ToWhole), 32)
                .AsDouble()

        let h = Lanes.One - x * z * z * z

        let z =
            fused (z * h) (step (step (Lanes.all (14.0 / 81.0)) h (2.0 / 9.0)) h (1.0 / 3.0)) z

        let h = Lanes.One - x * z * z * z
        let z = fused (z * h) (step (Lanes.all (2.0 / 9.0)) h (1.0 / 3.0)) z
        let square = z * z
        let root = x * square
        let better = fused (fused (root * root) -root x) (square / 3.0) root

        let inside =
            Vector512.GreaterThan(x, Lanes.all PowerLeast)
            &&& Vector512.LessThan(x, Lanes.all infinity)

        let outside = Lanes.where (Vector512.LessThan(x, Lanes.One)) Lanes.Zero x
        Lanes.where inside (x * better) outside
