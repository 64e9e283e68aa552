/// A search for the smallest value of a convex objective, a step at a time, for callers that evaluate many at once. Knows no model.
namespace VolatilityForge

/// An objective at a point.
[<Struct>]
type internal DescentPoint =
    {
        Value: float
        /// The direction in which it falls: minus its gradient.
        Descent: float[]
        /// What follows from the slopes; meaningless in sums.
        Intercept: float
    }

/// Sums of objectives.
[<RequireQualifiedAccess>]
module internal DescentPoint =

    /// Of nothing.
    let zero (width: int) : DescentPoint =
        {
            Value = 0.0
            Descent = Array.zeroCreate width
            Intercept = 0.0
        }

    /// The sum, whose descent is that of the first, changed in place.
    let add (sum: DescentPoint) (other: DescentPoint) : DescentPoint =
        for i in 0 .. sum.Descent.Length - 1 do
            sum.Descent[i] <- sum.Descent[i] + other.Descent[i]

        { sum with
            Value = sum.Value + other.Value
        }

/// Steps of the descent over a curvature, given by its Cholesky factor; one that doesn't lower the objective is halved. The caller evaluates
/// `Trial` and tells what it found until the search is done.
[<Sealed>]
type internal DescentSearch(factor: float[], start: float[]) =

    // Steps end where no slope moves more.
    let tolerance = 1e-7
    let mostSteps = 60
    let mostHalvings = 20

    // Rounding of the sum must not count as a rise.
    let slack = 1e-12

    let mutable slopes = start
    let mutable found = DescentPoint.zero start.Length
    let mutable isEvaluated = false
    let mutable trial = start
    let mutable step: float[] = [||]
    let mutable share = 1.0
    let mutable halvings = 0
    let mutable steps = 0
    let mutable isDone = false

    let propose () : unit =
        trial <- Array.map2 (fun slope move -> slope + share * move) slopes step

    let next (moved: float) : unit =
        if moved > tolerance && steps < mostSteps then
            step <- SmallMatrix.solve start.Length factor found.Descent
            share <- 1.0
            halvings <- 0
            propose ()
        else
            isDone <- true

    /// The point to evaluate next.
    member _.Trial: float[] = trial

    /// True when no further step is worth taking.
    member _.Done: bool = isDone

    /// The best point so far.
    member _.Slopes: float[] = slopes

    /// The objective there.
    member _.Found: DescentPoint = found

    /// The objective at `Trial`.
    member _.Tell(there: DescentPoint) : unit =
        if not isEvaluated then
            isEvaluated <- true
            found <- there
            next infinity
        elif there.Value <= found.Value + slack * abs found.Value then
            let moved =
                share * (step |> Array.fold (fun most value -> max most (abs value)) 0.0)

            slopes <- trial
            found <- there
            steps <- steps + 1
            next moved
        elif halvings < mostHalvings then
            share <- share / 2.0
            halvings <- halvings + 1
            propose ()
        else
            isDone <- true
