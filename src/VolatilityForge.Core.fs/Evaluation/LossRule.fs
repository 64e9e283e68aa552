/// Losses by name: the families that compare forecasts of variance, as data. Knows no model.
namespace VolatilityForge

open System

/// How far a forecast of variance f is from the realised variance v. Only Qlike, SquaredVariance and Robust rank
/// forecasts as the true variance would when v is a noisy measure of it (Patton 2011).
[<RequireQualifiedAccess>]
type LossRule =
    /// v/f - ln(v/f) - 1.
    | Qlike
    /// (v - f)^2.
    | SquaredVariance
    /// |v - f|.
    | AbsoluteVariance
    /// (sqrt v - sqrt f)^2.
    | SquaredVolatility
    /// |sqrt v - sqrt f|.
    | AbsoluteVolatility
    /// Patton's (2011, equation 24) family, homogeneous of degree b + 2: half the squared error at b = 0, QLIKE at b = -2.
    | Robust of b: float
    /// (v/f - 1)^2 (Bollerslev and Ghysels 1996).
    | Heteroskedastic
    /// exp(a e) - a e - 1 of e = ln(v/f) (Varian 1975): for a > 0 a variance forecast too low costs more, for a < 0 one
    /// too high. QLIKE at a = 1.
    | Linex of a: float

/// Evaluating losses.
[<RequireQualifiedAccess>]
module LossRule =

    /// Names that `ofName` reads, those with a parameter with an example of it.
    let names: string list =
        [
            "qlike"
            "mse"
            "mae-variance"
            "mse-volatility"
            "mae"
            "hmse"
            "robust:-1"
            "linex:-1"
        ]

    /// The name of a loss, as `ofName` reads it.
    let name (rule: LossRule) : string =
        match rule with
        | LossRule.Qlike -> "qlike"
        | LossRule.SquaredVariance -> "mse"
        | LossRule.AbsoluteVariance -> "mae-variance"
        | LossRule.SquaredVolatility -> "mse-volatility"
        | LossRule.AbsoluteVolatility -> "mae"
        | LossRule.Heteroskedastic -> "hmse"
        | LossRule.Robust b -> FormattableString.Invariant $"robust:{b}"
        | LossRule.Linex a -> FormattableString.Invariant $"linex:{a}"

    /// The loss of a name; Fault.UnknownName lists the known ones, Fault.BadSetting refuses a linex parameter of 0.
    let ofName (text: string) : Result<LossRule, Fault> =
        let parameter (word: string) =
            Double.TryParse(word, Globalization.NumberStyles.Float, Globalization.CultureInfo.InvariantCulture)

        match text.Trim().ToLowerInvariant().Split ':' with
        | [| "qlike" |] -> Ok LossRule.Qlike
        | [| "mse" |] -> Ok LossRule.SquaredVariance
        | [| "mae-variance" |] -> Ok LossRule.AbsoluteVariance
        | [| "mse-volatility" |] -> Ok LossRule.SquaredVolatility
        | [| "mae" |] -> Ok LossRule.AbsoluteVolatility
        | [| "hmse" |] -> Ok LossRule.Heteroskedastic
        | [| ("robust" | "linex") as family; word |] ->
            match parameter word with
            | true, number when Double.IsFinite number && family = "robust" -> Ok(LossRule.Robust number)
            | true, number when Double.IsFinite number && number <> 0.0 -> Ok(LossRule.Linex number)
            | _ -> Error(Fault.BadSetting(family, "needs a finite number, and linex one that is not 0", word))
        | _ -> Error(Fault.UnknownName("loss", text, names))

    /// The powers of Patton's family whose formula is a limit of the others'.
    let private robust (b: float) (f: float) (v: float) : float =
        if b = -2.0 then
            v / f - log (v / f) - 1.0
        elif b = -1.0 then
            // v ln v tends to 0 with v.
            f - v + (if v = 0.0 then 0.0 else v * log (v / f))
        else
            (v ** (b + 2.0) - f ** (b + 2.0)) / ((b + 1.0) * (b + 2.0))
            - f ** (b + 1.0) * (v - f) / (b + 1.0)

    /// The loss of one forecast: zero where the two agree, positive elsewhere. Its unit is the rule's. Both positive and
    /// finite; a realised variance of zero is in the domain of the losses without a logarithm or a negative power of it.
    let value (rule: LossRule) (forecast: Variance) (realised: Variance) : float =
        let f, v = Units.strip forecast, Units.strip realised

        let loss =
            match rule with
            | LossRule.Qlike -> Loss.qlike forecast realised
            | LossRule.SquaredVariance -> (v - f) * (v - f)
            | LossRule.AbsoluteVariance -> abs (v - f)
            | LossRule.SquaredVolatility -> (sqrt v - sqrt f) * (sqrt v - sqrt f)
            | LossRule.AbsoluteVolatility -> abs (sqrt v - sqrt f)
            | LossRule.Robust b -> robust b f v
            | LossRule.Heteroskedastic -> (v / f - 1.0) * (v / f - 1.0)
            | LossRule.Linex a ->
                let e = a * log (v / f)
                exp e - e - 1.0

        // Rounding can leave a difference a hair below zero where the two agree.
        if loss < 0.0 then 0.0 else loss

    /// The loss of every scored forecast in order, with the faults of Loss.check.
    let series
        (rule: LossRule)
        (forecast: Variance[])
        (realised: Variance[])
        (scored: bool[])
        : Result<float[], Fault> =
        Loss.check forecast realised scored
        |> Result.map (fun () ->
            [|
                for day in 0 .. forecast.Length - 1 do
                    if scored[day] then
                        value rule forecast[day] realised[day]
            |])

    /// Running sums of first less second: falling where the first is better. Both (days).
    let cumulativeDifference (first: float[]) (second: float[]) : float[] =
        if first.Length <> second.Length then
            Fault.raiseWith (Fault.BadShape("Cumulative losses", "second", string first.Length, string second.Length))

        let mutable sum = 0.0

        Array.map2
            (fun (a: float) (b: float) ->
                sum <- sum + (a - b)
                sum)
            first
            second
