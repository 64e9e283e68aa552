/// Features of one column that learn nothing: logarithms, powers, windows, lags. Knows no fit.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Definitions. A row without a value, and windows that hold one, give NaN.
[<RequireQualifiedAccess>]
module NonlinearFeatures =

    let private x = [ Define.any "x" ]

    let private define (name: string) (source: string) (summary: string) : FeatureDefinition =
        { Feature.define name FeatureFamily.Nonlinear source summary with
            Roles = x
        }

    let private whole (name: string) (spec: FeatureSpec) : int = FeatureSpec.whole name spec
    let private window = whole "window"
    let private number (_: FeatureUnit option) : FeatureUnit option = Some FeatureUnit.one

    let inline private logarithm (value: Lanes) : Lanes =
        Lanes.where (Vector512.GreaterThan(value, Lanes.Zero)) (LaneMath.log value) (Lanes.all nan)

    /// The natural logarithm.
    let log: FeatureDefinition =
        { define "log" "" "ln x; NaN for x <= 0" with
            Outputs = Define.ofColumn (fun _ -> "log") number
            Homogeneous = false
            Mends = true
            Kernel = fun _ _ -> Elementwise.one (fun value -> logarithm value)
        }

    let private text (value: float) : string =
        value.ToString("R", Globalization.CultureInfo.InvariantCulture)

    /// A power that keeps the sign.
    let signedPower: FeatureDefinition =
        { define "signed-power" "" "sign(x) |x|^exponent" with
            Settings = [ Feature.realSetting "exponent" 0.01 10.0 0.5 ]
            Outputs =
                fun spec units ->
                    let exponent = FeatureSpec.setting "exponent" spec

                    [
                        {
                            Name = $"signed_power_{text exponent}({spec.Columns.Head})"
                            Unit = units.Head |> Option.map (FeatureUnit.power exponent)
                        }
                    ]
            Kernel =
                fun spec _ ->
                    let exponent = FeatureSpec.setting "exponent" spec

                    if exponent = 0.5 then
                        Elementwise.one (fun value -> Vector512.CopySign(Vector512.Sqrt(Vector512.Abs value), value))
                    else
                        Elementwise.each (fun value -> Math.CopySign(Math.Pow(Math.Abs value, exponent), value))
        }

    /// The value without its sign.
    let absolute: FeatureDefinition =
        { define "absolute" "" "|x|" with
            Outputs = Define.ofColumn (fun _ -> "absolute") id
            Mends = true
            Kernel = fun _ _ -> Elementwise.one (fun value -> Vector512.Abs value)
        }

    /// A definition over a window: `compute window first last`.
    let private overWindow
        (name: string)
        (rows: int)
        (summary: string)
        (unit': FeatureUnit option -> FeatureUnit option)
        (kernel: int -> float[] -> int -> int -> float[] -> unit)
        : FeatureDefinition =
        { define name "" summary with
            Settings = [ Feature.wholeSetting "window" rows ]
            Outputs = Define.ofColumn (fun spec -> $"{name}_{window spec}") unit'
            Memory = fun spec -> window spec - 1
            Kernel = fun spec _ rows outputs -> kernel (window spec) rows.Columns[0] rows.First rows.Last outputs[0]
        }

    let private atLeastTwo (definition: FeatureDefinition) : FeatureDefinition =
        { definition with
            Settings = definition.Settings |> List.map (fun setting -> { setting with Lowest = 2.0 })
        }

    /// The mean of a window.
    let mean: FeatureDefinition =
        overWindow "mean" 22 "mean of the last `window` rows" id Sliding.mean

    /// The largest value of a window.
    let largest: FeatureDefinition =
        overWindow "largest" 22 "largest of the last `window` rows" id Sliding.largest

    /// The smallest value of a window.
    let smallest: FeatureDefinition =
        overWindow "smallest" 22 "smallest of the last `window` rows" id Sliding.smallest

    /// Fills a window's means and standard deviations and hands each row to the body.
    let inline private standardised
        (window: int)
        (values: float[])
        (first: int)
        (last: int)
        (output: float[])
        ([<InlineIfLambda>] value: Lanes -> Lanes -> Lanes -> Lanes)
        : unit =
        let from = max 0 (first - window + 1)
        let count = last - from + 1
        let divisor = float (window - 1)
        Lanes.reach first last output

        Scratch.borrow count (fun here ->
            Scratch.borrow count (fun means ->
                Scratch.borrow count (fun squares ->
                    Array.Copy(values, from, here, 0, count)
                    Sliding.moments window here (first - from) (last - from) means squares

                    Lanes.over
                        first
                        last
                        (fun row ->
                            let at = row - from
                            let deviation = Vector512.Sqrt(Lanes.load squares at / divisor)
                            Lanes.store output row (value (Lanes.load here at) (Lanes.load means at) deviation))
                        (fun row ->
                            let at = row - from
                            let deviation = Vector512.Sqrt(Lanes.all squares[at] / divisor)
                            output[row] <- Lanes.first (value (Lanes.all here[at]) (Lanes.all means[at]) deviation)))))

    /// The standard deviation of a window.
    let deviation: FeatureDefinition =
        overWindow
            "deviation"
            22
            "standard deviation of the last `window` rows, divisor window - 1"
            id
            (fun window values first last output ->
                standardised window values first last output (fun _ _ deviation -> deviation))
        |> atLeastTwo

    /// The distance from a window's mean in its standard deviations.
    let zScore: FeatureDefinition =
        overWindow
            "z-score"
            22
            "(x - mean) / deviation of the last `window` rows, x's own included; 0 where they are all equal"
            number
            (fun window values first last output ->
                standardised window values first last output (fun value mean deviation ->
                    Lanes.where (Vector512.Equals(deviation, Lanes.Zero)) Lanes.Zero ((value - mean) / deviation)))
        |> atLeastTwo

    /// The rank in a window.
    let rank: FeatureDefinition =
        overWindow
            "rank"
            22
            "(rows below x + (rows equal to x + 1) / 2) / window among the last `window` rows, x's own included"
            number
            SlidingOrder.rank

    /// The normal score of the rank in a window.
    let normalRank: FeatureDefinition =
        overWindow
            "normal-rank"
            22
            "normal quantile of rank - 1 / (2 window)"
            number
            (fun window values first last output ->
                SlidingOrder.rank window values first last output
                let half = 0.5 / float window

                for row in first..last do
                    let share = output[row] - half

                    output[row] <-
                        if Double.IsNaN share then
                            nan
                        else
                            Tail.normalQuantile share)

    /// A quantile of a window.
    let quantile: FeatureDefinition =
        let share = FeatureSpec.setting "share"

        { overWindow "quantile" 22 "quantile of the last `window` rows, linearly interpolated" id (fun _ _ _ _ _ -> ()) with
            Source = "Hyndman and Fan 1996, type 7"
            Settings = [ Feature.wholeSetting "window" 22; Feature.realSetting "share" 0.0 1.0 0.5 ]
            Outputs = Define.ofColumn (fun spec -> $"quantile_{text (share spec)}_{window spec}") id
            Kernel =
                fun spec _ rows outputs ->
                    SlidingOrder.quantile (share spec) (window spec) rows.Columns[0] rows.First rows.Last outputs[0]
        }

    let private rowsBack = whole "rows"

    let private overLag
        (name: string)
        (summary: string)
        (unit': FeatureUnit option -> FeatureUnit option)
        (kernel: int -> FeatureKernel)
        : FeatureDefinition =
        { define name "" summary with
            Settings = [ Feature.wholeSetting "rows" 1 ]
            Outputs = Define.ofColumn (fun spec -> $"{name}_{rowsBack spec}") unit'
            Memory = rowsBack
            Mends = true
            Kernel = fun spec _ -> kernel (rowsBack spec)
        }

    /// An earlier value.
    let lag: FeatureDefinition =
        overLag "lag" "x `rows` rows ago" id (fun rows -> Elementwise.lagged rows (fun before _ -> before))

    /// The change from an earlier value.
    let difference: FeatureDefinition =
        overLag "difference" "x - x `rows` rows ago" id (fun rows ->
            Elementwise.lagged rows (fun before now -> now - before))

    /// The logarithm of the ratio to an earlier value.
    let logReturn: FeatureDefinition =
        overLag "log-return" "ln(x / x `rows` rows ago); NaN unless both are positive" number (fun rows ->
            Elementwise.lagged rows (fun before now ->
                let positive = Vector512.GreaterThan(Vector512.Min(before, now), Lanes.Zero)
                Lanes.where positive (LaneMath.logRatio now before) (Lanes.all nan)))

    /// An exponentially weighted moving average.
    let ewma: FeatureDefinition =
        { define
              "ewma"
              "RiskMetrics 1996, section 5.2"
              "y = decay y' + (1 - decay) x, from the first x on; a row without a value keeps y'" with
            Settings = [ Feature.realSetting "decay" 0.0 0.999999 0.94 ]
            Outputs = Define.ofColumn (fun spec -> $"""ewma_{text (FeatureSpec.setting "decay" spec)}""") id
            Memory = fun _ -> 1
            Recursive = true
            Kernel =
                fun spec _ ->
                    let decay = FeatureSpec.setting "decay" spec
                    let rise = 1.0 - decay

                    fun rows outputs ->
                        let values, output = rows.Columns[0], outputs[0]
                        let mutable level = if rows.First = 0 then nan else output[rows.First - 1]

                        for row in rows.First .. rows.Last do
                            let value = values[row]

                            if Double.IsNaN level then
                                level <- value
                            elif not (Double.IsNaN value) then
                                level <- decay * level + rise * value

                            output[row] <- level
        }

    let private harSpans = [ "day"; "week"; "month" ]

    /// Means over a day, a week and a month.
    let har: FeatureDefinition =
        { define "har" "Corsi 2009, equation 9" "means of the last `day`, `week` and `month` rows" with
            Settings =
                [
                    Feature.wholeSetting "day" 1
                    Feature.wholeSetting "week" 5
                    Feature.wholeSetting "month" 22
                ]
            Outputs =
                fun spec units ->
                    [
                        for span in harSpans do
                            {
                                Name = $"har_{whole span spec}({spec.Columns.Head})"
                                Unit = units.Head
                            }
                    ]
            Memory = fun spec -> (harSpans |> List.map (fun span -> whole span spec) |> List.max) - 1
            Kernel =
                fun spec _ rows outputs ->
                    harSpans
                    |> List.iteri (fun output span ->
                        Sliding.mean (whole span spec) rows.Columns[0] rows.First rows.Last outputs[output])
        }

    /// Every feature of this module.
    let all: FeatureDefinition list =
        [
            log
            signedPower
            absolute
            lag
            difference
            logReturn
            mean
            deviation
            zScore
            rank
            normalRank
            quantile
            largest
            smallest
            ewma
            har
        ]
