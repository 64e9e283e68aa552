/// The rough fractional volatility forecast: ln variance as a fractional Brownian motion. Knows no evaluation.
namespace VolatilityForge

open System

/// How roughness is measured and how far back a forecast reads.
type RoughOptions =
    {
        /// Longest lag, in days, of the increments that roughness is measured from; at least 2.
        Lags: int
        /// Days that a forecast averages over, at least 2.
        Memory: int
        /// Days between refits in a walk-forward, at least 1.
        RefitEvery: int
    }

/// A fitted rough volatility.
type RoughFit =
    {
        Options: RoughOptions
        /// Hurst exponent, 0.01..0.49.
        Hurst: float
        /// Volatility of ln volatility over a day.
        Nu: float
    }

/// Gatheral, Jaisson and Rosenbaum (2018), "Volatility is rough".
[<RequireQualifiedAccess>]
module RoughVolatility =

    /// Lags to 30 days, memory of 500, refitted every 22.
    let defaults: RoughOptions =
        {
            Lags = 30
            Memory = 500
            RefitEvery = 22
        }

    /// Ok when lags, memory and schedule lie in their domains.
    let check (options: RoughOptions) : Result<RoughOptions, Fault> =
        let atLeast (least: int) (field: string) (found: int) =
            Checked.require
                (Fault.BadSetting($"rfsv {field}", $"must be at least {least}", string found))
                (found >= least)

        Checked.all
            [
                atLeast 2 "lags" options.Lags
                atLeast 2 "memory" options.Memory
                atLeast 1 "refit-every" options.RefitEvery
            ]
        |> Result.map (fun () -> options)

    /// Mean square of the increments of ln volatility over a lag, days first..last.
    let structure (variance: Variance[]) (first: int) (last: int) (lag: int) : float =
        let mutable sum = 0.0

        for day in first + lag .. last do
            let change = 0.5 * log (variance[day] / variance[day - lag])
            sum <- sum + change * change

        sum / float (last - first - lag + 1)

    /// Twice the Hurst exponent is the slope of ln structure on ln lag, nu^2 its level at a day. Faults: TooShort for a window
    /// below four times the lags, NotComputable where variance never moves, those of the options and the window.
    let fit (options: RoughOptions) (history: History) (window: Window) : Result<RoughFit, Fault> =
        check options
        |> Result.bind (fun _ -> Labels.check "rfsv" (4 * options.Lags) 1 history window)
        |> Result.bind (fun () ->
            let lags = [| 1 .. options.Lags |]

            let structures =
                lags |> Array.map (structure history.Variance window.First window.Last)

            if structures |> Array.exists (fun value -> not (value > 0.0 && value < infinity)) then
                Error(
                    Fault.NotComputable(
                        "rfsv",
                        "variance never moves, or isn't positive, over a lag",
                        "Use a series that varies."
                    )
                )
            else
                Regression.ofRows
                    [| lags |> Array.map (float >> log) |]
                    (structures |> Array.map log)
                    0
                    (options.Lags - 1)
                |> Result.map (fun line ->
                    {
                        Options = options
                        Hurst = min 0.49 (max 0.01 (line.Slopes[0] / 2.0))
                        Nu = exp (line.Intercept / 2.0)
                    }))

    /// Weights of the last days' ln variance, newest first, in the forecast so many days ahead: 1 / ((s + 1/2)^(H + 1/2)
    /// (s + 1/2 + ahead)) normalised, the paper's kernel at the middle of each day.
    let weights (hurst: float) (memory: int) (ahead: int) : float[] =
        let raw =
            Array.init memory (fun back ->
                let age = float back + 0.5
                1.0 / (age ** (hurst + 0.5) * (age + float ahead)))

        let total = Array.sum raw
        raw |> Array.map (fun weight -> weight / total)

    /// The share of the variance of a fractional Brownian motion's value ahead that its past leaves open.
    let private openShare (hurst: float) : float =
        MathNet.Numerics.SpecialFunctions.Gamma(1.5 - hurst)
        / (MathNet.Numerics.SpecialFunctions.Gamma(hurst + 0.5)
           * MathNet.Numerics.SpecialFunctions.Gamma(2.0 - 2.0 * hurst))

    /// Variance expected so many days after the origin: exp of the weighted ln variances plus half the conditional variance,
    /// 2 c nu^2 ahead^(2H). Reads as many days as the history has, up to the memory.
    let forecastDay (fit: RoughFit) (history: History) (origin: int) (ahead: int) : Variance =
        let memory = min fit.Options.Memory (origin + 1)
        let weights = weights fit.Hurst memory ahead
        let mutable level = 0.0

        for back in 0 .. memory - 1 do
            level <- level + weights[back] * log (Units.strip history.Variance[origin - back])

        let spread =
            2.0 * openShare fit.Hurst * fit.Nu * fit.Nu * float ahead ** (2.0 * fit.Hurst)

        exp (level + spread) * 1.0< / day>

    /// Mean variance expected over origin+1..origin+h.
    let forecast (fit: RoughFit) (horizon: int) (history: History) (origin: int) : Variance =
        let mutable sum = 0.0< / day>

        for ahead in 1..horizon do
            sum <- sum + forecastDay fit history origin ahead

        sum / float horizon

    /// Rough volatility as a forecaster, registered as "rfsv".
    let forecaster (options: RoughOptions) : IForecaster =
        { new IForecaster with
            member _.Name = "rfsv"
            member _.RefitEvery = max 1 options.RefitEvery
            member _.MinimumDays horizon = 4 * max 2 options.Lags + horizon

            member this.Fit(history, window, horizon) =
                Labels.check "rfsv" (this.MinimumDays horizon) horizon history window
                |> Result.bind (fun () -> fit options history window)
                |> Result.map (fun fit ->
                    { new IHasParameters with
                        member _.Forecast(history, origin) = forecast fit horizon history origin
                        member _.Parameters = [ "hurst", fit.Hurst; "nu", fit.Nu ]
                    }
                    :> IFitted)
        }
