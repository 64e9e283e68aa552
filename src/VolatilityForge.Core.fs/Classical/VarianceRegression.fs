/// Lines fitted to variances by estimators that divide by the fitted value: weighted least squares and QLIKE. Knows no term
/// and no history.
namespace VolatilityForge

/// Linear regression of a positive target, such as variance, over rows first..last of columns and target; a weight is never
/// taken from a fitted value below half the smallest target, which is where a walk-forward's clamp begins: a line fitted to
/// variances can fall below 0.
[<RequireQualifiedAccess>]
module VarianceRegression =

    /// Most scoring steps; each lowers the loss, so what they end with is never worse than the start.
    let private scoringSteps = 100

    /// Scoring ends when no fitted value would move by more than this share: the loss moves by its square, which is a double's
    /// last digit.
    let private scoringShare = 1e-8

    /// Halvings of a step that doesn't lower the loss, after which it is lost in rounding.
    let private scoringHalvings = 30

    let private fitted (columns: float[][]) (first: int) (last: int) (fit: LinearFit) : float[] =
        let values = Array.create (last - first + 1) fit.Intercept

        for i in 0 .. columns.Length - 1 do
            let column, slope = columns[i], fit.Slopes[i]

            for row in 0 .. values.Length - 1 do
                values[row] <- values[row] + slope * column[first + row]

        values

    let private floorOf (target: float[]) (first: int) (last: int) : float =
        let mutable smallest = infinity

        for row in first..last do
            smallest <- min smallest target[row]

        smallest / 2.0

    /// Least squares weighted by one over the values that another fit gives. Faults as Regression.weighted.
    let weighted
        (columns: float[][])
        (target: float[])
        (first: int)
        (last: int)
        (start: LinearFit)
        : Result<LinearFit, Fault> =
        let floor = floorOf target first last

        let weights =
            fitted columns first last start
            |> Array.map (fun value -> 1.0 / max floor value)

        Regression.weighted weights columns target first last

    let private lossOf (target: float[]) (first: int) (floor: float) (fitted: float[]) : float =
        let mutable sum = 0.0

        for i in 0 .. fitted.Length - 1 do
            let value, label = fitted[i], target[first + i]
            let above = max floor value
            sum <- sum + label / above + log above

            if value < floor then
                let below = value - floor
                let slope = (floor - label) / (floor * floor)
                sum <- sum + below * (slope + below / (2.0 * floor * floor))

        sum / float fitted.Length

    /// The mean of v / f + ln f, QLIKE but for a constant. Where a fitted value is below half the smallest target, the parabola
    /// that touches the loss there stands in for it, so that every line has a loss.
    let loss (columns: float[][]) (target: float[]) (first: int) (last: int) (fit: LinearFit) : float =
        fitted columns first last fit |> lossOf target first (floorOf target first last)

    let private towards (share: float) (before: LinearFit) (after: LinearFit) : LinearFit =
        { after with
            Intercept = before.Intercept + share * (after.Intercept - before.Intercept)
            Slopes = Array.map2 (fun b a -> b + share * (a - b)) before.Slopes after.Slopes
        }

    let private largestMove (floor: float) (before: float[]) (after: float[]) : float =
        let mutable moved = 0.0

        for i in 0 .. before.Length - 1 do
            moved <- max moved (abs (after[i] - before[i]) / max floor before[i])

        moved

    /// The line with the smallest `loss`, from a start, by Fisher scoring: the loss's gradient is the mean of (f - v) / f^2 x,
    /// which least squares weighted by 1 / f^2 brings to 0. A step that doesn't lower the loss is halved, so but for rounding
    /// the loss is at most the start's, also where the most steps were made. ResidualVariance is that of (v - f) / f. Faults as
    /// Regression.weighted.
    let qlike
        (columns: float[][])
        (target: float[])
        (first: int)
        (last: int)
        (start: LinearFit)
        : Result<LinearFit, Fault> =
        let floor = floorOf target first last
        let fitted = fitted columns first last
        let lossOf = lossOf target first floor

        let rec lower (halvings: int) (reached: float) (before: LinearFit) (after: LinearFit) (values: float[]) =
            let loss = lossOf values

            if loss < reached then
                ValueSome(struct (after, values, loss))
            elif halvings = 0 then
                ValueNone
            else
                let nearer = towards 0.5 before after
                lower (halvings - 1) reached before nearer (fitted nearer)

        let rec score (step: int) (fit: LinearFit) (values: float[]) (reached: float) : Result<LinearFit, Fault> =
            let weights =
                values
                |> Array.map (fun value ->
                    let divisor = max floor value
                    1.0 / (divisor * divisor))

            match Regression.weighted weights columns target first last with
            | Error fault -> Error fault
            | Ok aim ->
                let aimed = fitted aim

                if largestMove floor values aimed < scoringShare || step > scoringSteps then
                    Ok
                        { fit with
                            ResidualVariance = aim.ResidualVariance
                        }
                else
                    match lower scoringHalvings reached fit aim aimed with
                    | ValueSome(struct (next, nextValues, loss)) -> score (step + 1) next nextValues loss
                    | ValueNone ->
                        Ok
                            { fit with
                                ResidualVariance = aim.ResidualVariance
                            }

        let values = fitted start
        score 1 start values (lossOf values)
