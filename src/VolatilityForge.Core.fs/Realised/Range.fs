/// Daily variance from daily bars. Knows no file and no model.
namespace VolatilityForge

open System

/// An estimator of one day's variance from daily bars.
[<RequireQualifiedAccess>]
type VarianceMeasure =
    /// The squared close-to-close log return. Whole day; the noisiest of all.
    | SquaredReturn
    /// ln(H/L)^2 / (4 ln 2) (Parkinson 1980, equation 7). Trading hours only; supposes no drift.
    | Parkinson
    /// ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2 (Garman and Klass 1980, equation 20 without its small cross terms).
    /// Trading hours only; supposes no drift.
    | GarmanKlass
    /// ln(H/C) ln(H/O) + ln(L/C) ln(L/O) (Rogers and Satchell 1991). Trading hours only; right under any drift.
    | RogersSatchell
    /// The squared overnight return plus Garman-Klass (the extension of Yang and Zhang 2000). Whole day.
    | GarmanKlassYangZhang
    /// Over a window of n >= 2 days: variance of overnight returns + k variance of open-to-close returns + (1 - k) mean of
    /// Rogers-Satchell, k = 0.34 / (1.34 + (n + 1) / (n - 1)) (Yang and Zhang 2000, equations 7 to 10). Whole day.
    | YangZhang of window: int

/// Estimating daily variance.
[<RequireQualifiedAccess>]
module Range =

    /// The window that "yang-zhang" without a number stands for: a trading month.
    let defaultWindow: int = 22

    /// The measure's name: "squared-return", "parkinson", "garman-klass", "rogers-satchell", "garman-klass-yang-zhang",
    /// "yang-zhang:22".
    let name (measure: VarianceMeasure) : string =
        match measure with
        | VarianceMeasure.SquaredReturn -> "squared-return"
        | VarianceMeasure.Parkinson -> "parkinson"
        | VarianceMeasure.GarmanKlass -> "garman-klass"
        | VarianceMeasure.RogersSatchell -> "rogers-satchell"
        | VarianceMeasure.GarmanKlassYangZhang -> "garman-klass-yang-zhang"
        | VarianceMeasure.YangZhang window -> $"yang-zhang:{window}"

    /// One of each measure, Yang-Zhang with the default window.
    let all: VarianceMeasure list =
        [
            VarianceMeasure.SquaredReturn
            VarianceMeasure.Parkinson
            VarianceMeasure.GarmanKlass
            VarianceMeasure.RogersSatchell
            VarianceMeasure.GarmanKlassYangZhang
            VarianceMeasure.YangZhang defaultWindow
        ]

    let private makers: Registry<unit, VarianceMeasure> =
        all
        |> List.map (fun measure -> (name measure).Split(':')[0], (fun () -> measure))
        |> Registry.ofList "measure"

    /// The measure of a name, case ignored; "yang-zhang:10" gives the window. Fault.UnknownName lists the names;
    /// Fault.BadSetting for a window that is no whole number from 2.
    let parse (text: string) : Result<VarianceMeasure, Fault> =
        match text.Split ':' with
        | [| plain |] -> Registry.create plain () makers
        | [| plain; window |] when String.Equals(plain, "yang-zhang", StringComparison.OrdinalIgnoreCase) ->
            match Int32.TryParse window with
            | true, days when days >= 2 -> Ok(VarianceMeasure.YangZhang days)
            | _ -> Error(Fault.BadSetting("yang-zhang window", "must be a whole number from 2", window))
        | _ -> Error(Fault.UnknownName("measure", text, Registry.names makers))

    let private square (x: float) : float = x * x

    let private perDay (x: float) : Variance = x * 1.0< / day>

    let private parkinson (bars: Bars) (day: int) : float =
        square (log (bars.High[day] / bars.Low[day])) / (4.0 * log 2.0)

    let private garmanKlass (bars: Bars) (day: int) : float =
        0.5 * square (log (bars.High[day] / bars.Low[day]))
        - (2.0 * log 2.0 - 1.0) * square (log (bars.Close[day] / bars.Open[day]))

    let private rogersSatchell (bars: Bars) (day: int) : float =
        log (bars.High[day] / bars.Close[day]) * log (bars.High[day] / bars.Open[day])
        + log (bars.Low[day] / bars.Close[day]) * log (bars.Low[day] / bars.Open[day])

    /// The variance of n numbers about their mean, divisor n - 1.
    let private sampleVariance (first: int) (last: int) (value: int -> float) : float =
        let count = float (last - first + 1)
        let mutable mean = 0.0

        for day in first..last do
            mean <- mean + value day

        mean <- mean / count
        let mutable sum = 0.0

        for day in first..last do
            sum <- sum + square (value day - mean)

        sum / (count - 1.0)

    // Each window is summed afresh: running sums would make a value depend on where the data begin.
    let private yangZhang (window: int) (overnight: float[]) (bars: Bars) (last: int) : float =
        let first = last - window + 1
        let n = float window
        let k = 0.34 / (1.34 + (n + 1.0) / (n - 1.0))
        let mutable drifting = 0.0

        for day in first..last do
            drifting <- drifting + rogersSatchell bars day

        sampleVariance first last (fun day -> overnight[day])
        + k
          * sampleVariance first last (fun day -> log (bars.Close[day] / bars.Open[day]))
        + (1.0 - k) * drifting / n

    /// The index of the first day that has a value: 0 for measures of trading hours, 1 where the close before is needed,
    /// the window's length for Yang-Zhang.
    let firstDay (measure: VarianceMeasure) : int =
        match measure with
        | VarianceMeasure.Parkinson
        | VarianceMeasure.GarmanKlass
        | VarianceMeasure.RogersSatchell -> 0
        | VarianceMeasure.SquaredReturn
        | VarianceMeasure.GarmanKlassYangZhang -> 1
        | VarianceMeasure.YangZhang window -> window

    /// Daily variances, dated, from the first day that has one. Finite, never negative; 0 on a day without any movement
    /// that the measure sees. Value t depends on bars up to t only. Fault.TooShort when no day has a value,
    /// Fault.BadSetting for a Yang-Zhang window below 2.
    let measure (measure: VarianceMeasure) (bars: Bars) : Result<Series<1 / day>, Fault> =
        let first = firstDay measure

        match measure with
        | VarianceMeasure.YangZhang window when window < 2 ->
            Error(Fault.BadSetting("yang-zhang window", "must be a whole number from 2", string window))
        | _ when bars.Length <= first -> Error(Fault.TooShort(name measure, first + 1, bars.Length))
        | _ ->
            let estimate: int -> float =
                match measure with
                | VarianceMeasure.SquaredReturn ->
                    let returns = Bars.returns bars
                    fun day -> square returns[day]
                | VarianceMeasure.Parkinson -> parkinson bars
                | VarianceMeasure.GarmanKlass -> garmanKlass bars
                | VarianceMeasure.RogersSatchell -> rogersSatchell bars
                | VarianceMeasure.GarmanKlassYangZhang ->
                    let overnight = Bars.overnight bars
                    fun day -> square overnight[day] + garmanKlass bars day
                | VarianceMeasure.YangZhang window -> yangZhang window (Bars.overnight bars) bars

            Series.check
                bars.Symbol
                bars.Dates[first..]
                (Array.init (bars.Length - first) (fun index -> perDay (estimate (first + index))))
