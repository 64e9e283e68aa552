/// Minimising a smooth function of a few variables within bounds. Knows no model.
namespace VolatilityForge

/// A function to minimise: the value at a point, its gradient written into the second array. Not finite where the function
/// is not defined.
type Smooth = float[] -> float[] -> float

/// When to stop.
type MinimiseOptions =
    {
        /// Steps taken at most.
        Iterations: int
        /// The step still predicted to gain less than this, in units of the function, ends the search.
        Gain: float
    }

/// Where a search ended.
type Minimum =
    {
        Point: float[]
        Value: float
        /// Gradient at the point, with the components that push into a bound set to zero.
        Gradient: float[]
        /// True for each variable that stands at a bound it is pushed into.
        AtBound: bool[]
        /// Approximate Hessian, row after row; positive definite.
        Curvature: float[]
        Iterations: int
        Evaluations: int
        /// False when the iterations ran out or no step made progress.
        Converged: bool
    }

/// A quasi-Newton search within a box: BFGS on the variables that are free, projection on the bounds (Bertsekas 1982).
[<RequireQualifiedAccess>]
module Minimise =

    /// 500 steps; a gain below 1e-18 of a function near one is a step of 1e-9 standard deviations.
    let defaults: MinimiseOptions = { Iterations = 500; Gain = 1e-18 }

    /// Sufficient decrease (Armijo), as a share of the decrease along the gradient.
    [<Literal>]
    let private Decrease = 1e-4

    /// Relative rounding of a sum of thousands of terms: near the minimum the gradient decides, not the value.
    [<Literal>]
    let private Rounding = 1e-13

    [<Literal>]
    let private Halvings = 40

    /// Steps in a row without a gain above rounding that end a search: it stands at a kink.
    [<Literal>]
    let private IdleSteps = 5

    /// What the curvature may still promise at a kink for it to count as the minimum.
    [<Literal>]
    let private IdleGain = 1e-8

    let private clamp (lower: float[]) (upper: float[]) (point: float[]) : unit =
        for i in 0 .. point.Length - 1 do
            point[i] <- min upper[i] (max lower[i] point[i])

    let private dot (left: float[]) (right: float[]) : float =
        let mutable sum = 0.0

        for i in 0 .. left.Length - 1 do
            sum <- sum + left[i] * right[i]

        sum

    let private pushed (lower: float[]) (upper: float[]) (point: float[]) (gradient: float[]) : bool[] =
        Array.init point.Length (fun i ->
            (point[i] <= lower[i] && gradient[i] >= 0.0)
            || (point[i] >= upper[i] && gradient[i] <= 0.0))

    /// The step that the curvature of the free variables suggests; the others stay.
    let private direction (curvature: float[]) (held: bool[]) (gradient: float[]) : float[] =
        let size = gradient.Length

        let free =
            [|
                for i in 0 .. size - 1 do
                    if not held[i] then
                        i
            |]

        let count = free.Length

        let reduced =
            Array.init (count * count) (fun cell -> curvature[free[cell / count] * size + free[cell % count]])

        let right = free |> Array.map (fun i -> -gradient[i])
        let step = Array.zeroCreate<float> size

        let solved =
            match SmallMatrix.cholesky count reduced with
            | Some lower -> SmallMatrix.solve count lower right
            | None -> Array.map2 (fun i value -> value / max 1e-12 (abs curvature[i * size + i])) free right

        free |> Array.iteri (fun k i -> step[i] <- solved[k])
        step

    /// Powell's damped BFGS update, in place.
    let private update (curvature: float[]) (step: float[]) (change: float[]) : unit =
        let size = step.Length
        let along = Array.zeroCreate<float> size

        for i in 0 .. size - 1 do
            for j in 0 .. size - 1 do
                along[i] <- along[i] + curvature[i * size + j] * step[j]

        let bent = dot step along
        let gained = dot step change

        if bent > 0.0 then
            let share =
                if gained >= 0.2 * bent then
                    1.0
                else
                    0.8 * bent / (bent - gained)

            let target = Array.map2 (fun y b -> share * y + (1.0 - share) * b) change along
            let scale = dot step target

            if scale > 0.0 && scale < infinity then
                for i in 0 .. size - 1 do
                    for j in 0 .. size - 1 do
                        curvature[i * size + j] <-
                            curvature[i * size + j] - along[i] * along[j] / bent
                            + target[i] * target[j] / scale

    /// Searches from a point, moved into the bounds. The curvature is a first guess of the Hessian, positive definite.
    /// Raises Fault.BadShape when bounds and point differ in length, Fault.NotComputable when the function is not finite
    /// at the start.
    let within
        (options: MinimiseOptions)
        (lower: float[])
        (upper: float[])
        (curvature: float[])
        (start: float[])
        (f: Smooth)
        : Minimum =
        let size = start.Length

        if lower.Length <> size || upper.Length <> size || curvature.Length <> size * size then
            Fault.raiseWith (Fault.BadShape("Minimise.within", "bounds", string size, string lower.Length))

        let curvature = Array.copy curvature
        let mutable point = Array.copy start
        clamp lower upper point
        let mutable gradient = Array.zeroCreate<float> size
        let mutable value = f point gradient
        let mutable evaluations = 1
        let mutable iterations = 0
        let mutable converged = false
        let mutable stuck = false
        let mutable idle = 0

        if not (System.Double.IsFinite value) then
            Fault.raiseWith (
                Fault.NotComputable("The search", "the function is not finite at its start", "Start elsewhere.")
            )

        while not converged && not stuck && iterations < options.Iterations do
            let held = pushed lower upper point gradient
            let step = direction curvature held gradient
            let slope = dot step gradient

            if not (-slope > options.Gain) then
                converged <- true
            else
                let mutable length = 1.0
                let mutable accepted = false
                let mutable tries = 0
                let next = Array.zeroCreate<float> size
                let nextGradient = Array.zeroCreate<float> size
                let mutable nextValue = nan

                while not accepted && tries < Halvings do
                    for i in 0 .. size - 1 do
                        next[i] <- point[i] + length * step[i]

                    clamp lower upper next
                    nextValue <- f next nextGradient
                    evaluations <- evaluations + 1
                    tries <- tries + 1
                    let mutable promised = 0.0

                    for i in 0 .. size - 1 do
                        promised <- promised + gradient[i] * (next[i] - point[i])

                    accepted <- nextValue <= value + Decrease * promised + Rounding * (1.0 + abs value)

                    if not accepted then
                        // The minimum of the parabola through both values and the slope, kept within a tenth and a half.
                        let parabola =
                            if System.Double.IsFinite nextValue then
                                -promised * length / (2.0 * (nextValue - value - promised))
                            else
                                0.1 * length

                        length <- max (0.1 * length) (min (0.5 * length) parabola)

                if accepted then
                    let moved = Array.map2 (-) next point
                    let change = Array.map2 (-) nextGradient gradient
                    update curvature moved change

                    idle <-
                        if value - nextValue > Rounding * (1.0 + abs value) then
                            0
                        else
                            idle + 1

                    stuck <- idle >= IdleSteps || Array.forall ((=) 0.0) moved
                    point <- next
                    gradient <- nextGradient
                    value <- nextValue
                    iterations <- iterations + 1
                else
                    stuck <- true

        let held = pushed lower upper point gradient
        let projected = Array.map2 (fun held g -> if held then 0.0 else g) held gradient

        let resolved =
            stuck
            && -(dot (direction curvature held gradient) gradient) < IdleGain * (1.0 + abs value)

        {
            Point = point
            Value = value
            Gradient = projected
            AtBound = held
            Curvature = curvature
            Iterations = iterations
            Evaluations = evaluations
            Converged = converged || resolved
        }
