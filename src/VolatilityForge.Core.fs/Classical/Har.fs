/// The heterogeneous autoregression of realised variance (Corsi 2009), fitted directly to the mean over the horizon.
namespace VolatilityForge

/// Regressors and schedule of a HAR model.
type HarOptions =
    {
        /// Days each regressor averages over.
        Spans: int list
        /// Days between refits in a walk-forward, at least 1.
        RefitEvery: int
    }

/// v(t+1..t+h) = b0 + sum of b_i mean(v over span i), by least squares.
[<RequireQualifiedAccess>]
module Har =

    /// A day, a week and a month, refitted daily.
    let defaults: HarOptions =
        {
            Spans = Cascade.spans
            RefitEvery = 1
        }

    /// Ok when the spans are sound and the schedule is positive.
    let check (options: HarOptions) : Result<HarOptions, Fault> =
        if options.RefitEvery < 1 then
            Error(Fault.BadSetting("har refit-every", "must be at least 1", string options.RefitEvery))
        else
            Cascade.checkSpans options.Spans |> Result.map (fun () -> options)

    let private design (options: HarOptions) (horizon: int) (variance: Variance[]) : Design =
        let regressors =
            options.Spans
            |> List.map (fun span -> variance |> Cascade.means span |> Array.map Units.strip)

        Design.create (List.toArray regressors) (variance |> Labels.ofSeries horizon |> Array.map Units.strip)

    let private fitDesign
        (options: HarOptions)
        (horizon: int)
        (window: Window)
        (design: Design)
        : Result<LinearFit, Fault> =
        Design.fit design (max window.First (List.max options.Spans - 1)) (window.Last - horizon)

    /// The regression on the labels of a window. Faults: TooShort with the days needed, NotComputable for a series that
    /// never varies, BadSetting for options or a window outside their domain.
    let fit (options: HarOptions) (horizon: int) (history: History) (window: Window) : Result<LinearFit, Fault> =
        check options
        |> Result.bind (fun _ -> Labels.check "har" (Cascade.minimumDays options.Spans horizon) horizon history window)
        |> Result.bind (fun () -> design options horizon history.Variance |> fitDesign options horizon window)

    /// Mean variance the regression expects over origin+1..origin+h. It can be negative: a walk-forward clamps it.
    let forecast (options: HarOptions) (fit: LinearFit) (history: History) (origin: int) : Variance =
        let mutable value = fit.Intercept * 1.0< / day>
        let mutable i = 0

        for span in options.Spans do
            value <- value + fit.Slopes[i] * Cascade.mean span history.Variance origin
            i <- i + 1

        value

    /// HAR as a forecaster, registered as "har".
    let forecaster (options: HarOptions) : IForecaster =
        let designs =
            PerHistory(fun horizon history -> design options horizon history.Variance)

        // Asked at each of thousands of refits.
        let sound = check options |> Result.map ignore

        { new IForecaster with
            member _.Name = "har"
            member _.RefitEvery = max 1 options.RefitEvery

            member _.MinimumDays horizon =
                Cascade.minimumDays options.Spans horizon

            member this.Fit(history, window, horizon) =
                sound
                |> Result.bind (fun () -> Labels.check "har" (this.MinimumDays horizon) horizon history window)
                |> Result.bind (fun () -> fitDesign options horizon window designs[horizon, history])
                |> Result.map (fun fit ->
                    { new IHasParameters with
                        member _.Forecast(history, origin) = forecast options fit history origin

                        member _.Parameters =
                            ("intercept", fit.Intercept)
                            :: List.mapi (fun i span -> $"mean {span}", fit.Slopes[i]) options.Spans
                    }
                    :> IFitted)
        }
