/// Numbers that carry their first and second derivatives along. Knows no model.
namespace VolatilityForge

open MathNet.Numerics

/// A value with its gradient and Hessian by a few variables: arithmetic on jets is exact differentiation, twice (forward mode).
/// The Hessian is its lower triangle, row after row. Jets that are combined are of the same variables. A jet is never changed
/// after it is made.
[<Sealed>]
type Jet(value: float, first: float[], second: float[]) =
    /// The number itself.
    member _.Value: float = value
    /// Its derivatives, one per variable.
    member _.First: float[] = first
    /// Its second derivatives: of variables i and j, not above i, at i(i+1)/2 + j.
    member _.Second: float[] = second

    /// Elements of a triangle of so many rows.
    static member private Cells(size: int) : int = size * (size + 1) / 2

    /// A number that no variable moves.
    static member Constant(size: int, value: float) : Jet =
        Jet(value, Array.zeroCreate size, Array.zeroCreate (Jet.Cells size))

    /// The variable of an index, at a value.
    static member Variable(size: int, index: int, value: float) : Jet =
        let first = Array.zeroCreate<float> size
        first[index] <- 1.0
        Jet(value, first, Array.zeroCreate (Jet.Cells size))

    /// A number that variables move along a straight line; takes the array as its own.
    static member Linear(value: float, slope: float[]) : Jet =
        Jet(value, slope, Array.zeroCreate (Jet.Cells slope.Length))

    /// A function of a jet, of whose value, slope and curvature there the three numbers are.
    static member Through(x: Jet, value: float, slope: float, curvature: float) : Jet =
        let size = x.First.Length
        let first = Array.zeroCreate<float> size
        let second = Array.zeroCreate<float> x.Second.Length
        let mutable cell = 0

        for i in 0 .. size - 1 do
            let along = x.First[i]
            first[i] <- slope * along
            let bent = curvature * along

            for j in 0..i do
                second[cell] <- slope * x.Second[cell] + bent * x.First[j]
                cell <- cell + 1

        Jet(value, first, second)

    static member private Weighted(a: float, x: Jet, b: float, y: Jet) : Jet =
        let first = Array.zeroCreate<float> x.First.Length
        let second = Array.zeroCreate<float> x.Second.Length

        for i in 0 .. first.Length - 1 do
            first[i] <- a * x.First[i] + b * y.First[i]

        for cell in 0 .. second.Length - 1 do
            second[cell] <- a * x.Second[cell] + b * y.Second[cell]

        Jet(a * x.Value + b * y.Value, first, second)

    /// The sum.
    static member (+)(x: Jet, y: Jet) : Jet = Jet.Weighted(1.0, x, 1.0, y)
    /// The difference.
    static member (-)(x: Jet, y: Jet) : Jet = Jet.Weighted(1.0, x, -1.0, y)
    /// The sum with a constant.
    static member (+)(x: Jet, c: float) : Jet = Jet(x.Value + c, x.First, x.Second)
    /// The difference from a constant.
    static member (-)(x: Jet, c: float) : Jet = Jet(x.Value - c, x.First, x.Second)
    /// A multiple.
    static member (*)(c: float, x: Jet) : Jet = Jet.Through(x, c * x.Value, c, 0.0)

    /// The product.
    static member (*)(x: Jet, y: Jet) : Jet =
        let size = x.First.Length
        let first = Array.zeroCreate<float> size
        let second = Array.zeroCreate<float> x.Second.Length
        let mutable cell = 0

        for i in 0 .. size - 1 do
            let byX, byY = x.First[i], y.First[i]
            first[i] <- byX * y.Value + x.Value * byY

            for j in 0..i do
                second[cell] <-
                    x.Second[cell] * y.Value
                    + x.Value * y.Second[cell]
                    + byX * y.First[j]
                    + byY * x.First[j]

                cell <- cell + 1

        Jet(x.Value * y.Value, first, second)

    /// The ratio.
    static member (/)(x: Jet, y: Jet) : Jet = x * Jet.Inverse y
    /// The opposite.
    static member (~-)(x: Jet) : Jet = -1.0 * x

    /// One over a number other than zero.
    static member Inverse(x: Jet) : Jet =
        let inverse = 1.0 / x.Value
        let slope = -inverse * inverse
        Jet.Through(x, inverse, slope, -2.0 * slope * inverse)

    /// The sum of one or more.
    static member Sum(terms: Jet list) : Jet =
        terms |> List.reduce (fun total term -> total + term)

    /// The mean Hessian of one or more, both triangles, row after row.
    static member MeanHessian(jets: Jet[]) : float[] =
        let size = jets[0].First.Length
        let total = Array.zeroCreate<float>(Jet.Cells size)

        for jet in jets do
            for cell in 0 .. total.Length - 1 do
                total[cell] <- total[cell] + jet.Second[cell]

        Array.init (size * size) (fun cell ->
            let high, low = max (cell / size) (cell % size), min (cell / size) (cell % size)
            total[high * (high + 1) / 2 + low] / float jets.Length)

    /// The square.
    static member Square(x: Jet) : Jet =
        Jet.Through(x, x.Value * x.Value, 2.0 * x.Value, 2.0)

    /// The square root of a positive number.
    static member Root(x: Jet) : Jet =
        let root = sqrt x.Value
        Jet.Through(x, root, 0.5 / root, -0.25 / (root * x.Value))

    /// The logarithm of a positive number.
    static member Log(x: Jet) : Jet =
        let inverse = 1.0 / x.Value
        Jet.Through(x, log x.Value, inverse, -inverse * inverse)

    /// The exponential.
    static member Exp(x: Jet) : Jet =
        let value = exp x.Value
        Jet.Through(x, value, value, value)

    /// The absolute value; at zero, where it has no derivative, that of the positive side.
    static member Size(x: Jet) : Jet = if x.Value < 0.0 then -x else x

    /// A positive number to a power.
    static member Power(x: Jet, power: Jet) : Jet = Jet.Exp(power * Jet.Log x)

    /// The second derivative of the logarithm of the gamma function at a positive number: its recurrence up to 10, then the
    /// asymptotic series (Abramowitz and Stegun 6.4.6 and 6.4.12), whose first term left out is below 1e-14 there.
    static member private Trigamma(x: float) : float =
        let mutable sum, at = 0.0, x

        while at < 10.0 do
            sum <- sum + 1.0 / (at * at)
            at <- at + 1.0

        let inverse = 1.0 / at
        let square = inverse * inverse

        let series =
            [|
                1.0 / 6.0
                -1.0 / 30.0
                1.0 / 42.0
                -1.0 / 30.0
                5.0 / 66.0
                -691.0 / 2730.0
            |]

        let mutable tail, power = 0.0, square * inverse

        for number in series do
            tail <- tail + number * power
            power <- power * square

        sum + inverse + 0.5 * square + tail

    /// The logarithm of the gamma function of a positive number.
    static member LogGamma(x: Jet) : Jet =
        Jet.Through(x, SpecialFunctions.GammaLn x.Value, SpecialFunctions.DiGamma x.Value, Jet.Trigamma x.Value)
