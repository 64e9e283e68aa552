/// Features of one column that learn from the training part: scales, exponents, quantiles, knots. Knows no window.
namespace VolatilityForge

open System

/// Definitions. What is learned is in the order the summary tells.
[<RequireQualifiedAccess>]
module FittedFeatures =

    let private define
        (name: string)
        (source: string)
        (summary: string)
        (learns: FeatureSpec -> int)
        (fit: FeatureSpec -> float[] -> Result<float[], Fault>)
        (value: FeatureSpec -> float[] -> float -> float)
        : FeatureDefinition =
        { Feature.define name FeatureFamily.Nonlinear source summary with
            Roles = [ Define.any "x" ]
            Outputs = Define.ofColumn (fun _ -> name) (fun _ -> Some FeatureUnit.one)
            Fit = Some(fun spec columns -> fit spec columns[0])
            Learns = learns >> Some
            Kernel =
                fun spec learned ->
                    let value = value spec learned
                    Elementwise.each (fun x -> value x)
        }

    let private present (what: string) (needed: int) (values: float[]) : Result<float[], Fault> =
        let kept = values |> Array.filter (Double.IsNaN >> not)

        if kept.Length < needed then
            Error(Fault.TooShort(what, needed, kept.Length))
        else
            Ok kept

    let private varying (what: string) (values: float[]) : Result<float[], Fault> =
        present what 2 values
        |> Either.filter
            (fun _ ->
                Fault.NotComputable(
                    what,
                    "the training part is constant",
                    "Leave the column out, or train on a longer part."
                ))
            (fun kept -> Array.max kept > Array.min kept)

    /// Quantiles of sorted values, type 7 of Hyndman and Fan (1996).
    let private quantile (sorted: float[]) (share: float) : float =
        let at = share * float (sorted.Length - 1)
        let low = min (int at) (sorted.Length - 1)
        let high = min (low + 1) (sorted.Length - 1)
        sorted[low] + (at - float low) * (sorted[high] - sorted[low])

    /// The distance from the training mean in training standard deviations.
    let standardise: FeatureDefinition =
        define
            "standardise"
            ""
            "(x - mean) / deviation of the training part, divisor n - 1; learns mean, deviation"
            (fun _ -> 2)
            (fun _ values ->
                varying "standardise" values
                |> Result.map (fun kept ->
                    let mean = Array.average kept
                    let squares = kept |> Array.sumBy (fun x -> (x - mean) * (x - mean))
                    [| mean; sqrt (squares / float (kept.Length - 1)) |]))
            (fun _ learned ->
                let mean, deviation = learned[0], learned[1]
                fun x -> (x - mean) / deviation)

    /// Box-Cox with the training part's exponent.
    let boxCox: FeatureDefinition =
        { define
              "box-cox"
              "Box and Cox 1964, section 3"
              "(x^lambda - 1) / lambda, lambda by maximum likelihood in [-5, 5]; NaN for x <= 0; learns lambda"
              (fun _ -> 1)
              (fun _ values -> PowerTransform.fitBoxCox values |> Result.map Array.singleton)
              (fun _ learned -> PowerTransform.boxCox learned[0]) with
            Homogeneous = false
        }

    /// Yeo-Johnson with the training part's exponent.
    let yeoJohnson: FeatureDefinition =
        { define
              "yeo-johnson"
              "Yeo and Johnson 2000, equation 2.1"
              "((1 + x)^lambda - 1) / lambda above 0, -((1 - x)^(2 - lambda) - 1) / (2 - lambda) below, lambda by maximum likelihood in [-5, 5]; learns lambda"
              (fun _ -> 1)
              (fun _ values -> PowerTransform.fitYeoJohnson values |> Result.map Array.singleton)
              (fun _ learned -> PowerTransform.yeoJohnson learned[0]) with
            Homogeneous = false
        }

    /// Clipped to quantiles of the training part.
    let winsorise: FeatureDefinition =
        { define
              "winsorise"
              "Tukey 1962, section 4"
              "x, but not below the training part's quantile `share` nor above its quantile 1 - `share`; learns both"
              (fun _ -> 2)
              (fun spec values ->
                  present "winsorise" 2 values
                  |> Result.map (fun kept ->
                      let sorted = Array.sort kept
                      let share = FeatureSpec.setting "share" spec
                      [| quantile sorted share; quantile sorted (1.0 - share) |]))
              (fun _ learned ->
                  let low, high = learned[0], learned[1]

                  fun x ->
                      if x < low then low
                      elif x > high then high
                      else x) with
            Settings = [ Feature.realSetting "share" 0.0 0.5 0.01 ]
            Outputs = Define.ofColumn (fun _ -> "winsorise") id
        }

    /// How many of the learned points lie below x, plus where x is between the two about it; for ties the middle.
    let private standing (points: float[]) (x: float) : float =
        let mutable low = 0
        let mutable high = points.Length

        while low < high do
            let middle = (low + high) >>> 1

            if points[middle] < x then
                low <- middle + 1
            else
                high <- middle

        if low = points.Length then
            float (points.Length - 1)
        elif points[low] = x then
            let mutable last = low

            while last + 1 < points.Length && points[last + 1] = x do
                last <- last + 1

            0.5 * float (low + last)
        elif low = 0 then
            0.0
        else
            float (low - 1) + (x - points[low - 1]) / (points[low] - points[low - 1])

    /// The normal score of the training part's distribution.
    let quantileNormal: FeatureDefinition =
        { define
              "quantile-normal"
              "van der Waerden 1952"
              "normal quantile of the training part's distribution function at x, interpolated between `points` quantiles and kept within [1/(2 points), 1 - 1/(2 points)]; learns the quantiles"
              (FeatureSpec.whole "points")
              (fun spec values ->
                  present "quantile-normal" 2 values
                  |> Result.map (fun kept ->
                      let sorted = Array.sort kept
                      let count = FeatureSpec.whole "points" spec
                      Array.init count (fun i -> quantile sorted (float i / float (count - 1)))))
              (fun _ learned ->
                  let count = float learned.Length
                  let edge = 0.5 / count

                  fun x ->
                      if Double.IsNaN x then
                          nan
                      else
                          let share = standing learned x / (count - 1.0)
                          Tail.normalQuantile (Math.Clamp(share, edge, 1.0 - edge))) with
            Settings =
                [
                    { Feature.wholeSetting "points" 101 with
                        Lowest = 3.0
                        Highest = 10_001.0
                    }
                ]
        }

    /// Where knots of a spline stand: quantiles of the training part (Harrell 2015, table 2.3).
    let private shares (knots: int) : float[] =
        match knots with
        | 3 -> [| 0.1; 0.5; 0.9 |]
        | 4 -> [| 0.05; 0.35; 0.65; 0.95 |]
        | 5 -> [| 0.05; 0.275; 0.5; 0.725; 0.95 |]
        | 6 -> [| 0.05; 0.23; 0.41; 0.59; 0.77; 0.95 |]
        | _ -> Array.init knots (fun i -> 0.025 + 0.95 * float i / float (knots - 1))

    let private knots = FeatureSpec.whole "knots"

    let private cube (x: float) : float = if x > 0.0 then x * x * x else 0.0

    /// The basis of a natural cubic spline.
    let spline: FeatureDefinition =
        { Feature.define
              "spline"
              FeatureFamily.Nonlinear
              "Harrell 2015, equations 2.24 and 2.25"
              "basis of a cubic spline that is linear beyond its outer knots, without x itself: knots - 2 columns in the unit of x; knots at quantiles of the training part; learns the knots" with
            Roles = [ Define.any "x" ]
            Settings =
                [
                    { Feature.wholeSetting "knots" 4 with
                        Lowest = 3.0
                        Highest = 20.0
                    }
                ]
            Outputs =
                fun spec units ->
                    [
                        for term in 1 .. knots spec - 2 do
                            {
                                Name = $"spline_{term}({spec.Columns.Head})"
                                Unit = units.Head
                            }
                    ]
            Fit =
                Some(fun spec columns ->
                    present "spline" (knots spec) columns[0]
                    |> Result.map (fun kept -> shares (knots spec) |> Array.map (quantile (Array.sort kept)))
                    |> Either.filter
                        (fun _ ->
                            Fault.NotComputable(
                                "spline",
                                "its knots coincide: the training part has too few different values",
                                "Ask for fewer knots."
                            ))
                        (fun placed -> Array.forall2 (<) placed[.. placed.Length - 2] placed[1..]))
            Learns = knots >> Some
            Kernel =
                fun _ learned rows outputs ->
                    let last = learned[learned.Length - 1]
                    let before = learned[learned.Length - 2]
                    let scale = (last - learned[0]) * (last - learned[0])

                    for term in 0 .. learned.Length - 3 do
                        let knot = learned[term]

                        for row in rows.First .. rows.Last do
                            let x = rows.Columns[0][row]

                            outputs[term][row] <-
                                if Double.IsNaN x then
                                    nan
                                else
                                    (cube (x - knot) - cube (x - before) * (last - knot) / (last - before)
                                     + cube (x - last) * (before - knot) / (last - before))
                                    / scale
        }

    /// Every feature of this module.
    let all: FeatureDefinition list =
        [ standardise; winsorise; boxCox; yeoJohnson; quantileNormal; spline ]
