/// Forecasts that need no estimation: the random walk and the exponentially weighted moving average.
namespace VolatilityForge

/// How many days a random walk averages.
type RandomWalkOptions =
    {
        /// Days, at least 1; with 1 the forecast is the last day's variance.
        Days: int
    }

/// The forecast at any horizon is the mean variance of the last days.
[<RequireQualifiedAccess>]
module RandomWalk =

    /// The last day's variance.
    let defaults: RandomWalkOptions = { Days = 1 }

    /// Ok when the number of days is positive.
    let check (options: RandomWalkOptions) : Result<RandomWalkOptions, Fault> =
        if options.Days >= 1 then
            Ok options
        else
            Error(Fault.BadSetting("random-walk days", "must be at least 1", string options.Days))

    /// The random walk as a forecaster, registered as "random-walk".
    let forecaster (options: RandomWalkOptions) : IForecaster =
        let fitted =
            { new IFitted with
                member _.Forecast(history, origin) =
                    let first = max 0 (origin - options.Days + 1)
                    let mutable sum = 0.0< / day>

                    for day in first..origin do
                        sum <- sum + history.Variance[day]

                    sum / float (origin - first + 1)
            }

        { new IForecaster with
            member _.Name = "random-walk"
            member _.RefitEvery = 1
            member _.MinimumDays _ = options.Days

            member _.Fit(history, window, horizon) =
                check options
                |> Result.bind (fun _ -> Labels.check "random-walk" options.Days horizon history window)
                |> Result.map (fun () -> fitted)
        }

/// How fast an exponentially weighted moving average forgets, and how it starts.
type EwmaOptions =
    {
        /// Weight of yesterday's average, inside (0, 1).
        Lambda: float
        /// Days whose plain mean starts the average, at least 1.
        StartDays: int
    }

/// The exponentially weighted moving average of the variance measure (RiskMetrics 1996): flat over horizons.
[<RequireQualifiedAccess>]
module Ewma =

    /// RiskMetrics' daily 0.94, started at the mean of a month.
    let defaults: EwmaOptions = { Lambda = 0.94; StartDays = 22 }

    /// Ok when lambda lies inside (0, 1) and the start has a day.
    let check (options: EwmaOptions) : Result<EwmaOptions, Fault> =
        if not (options.Lambda > 0.0 && options.Lambda < 1.0) then
            Error(Fault.BadSetting("ewma lambda", "must lie between 0 and 1", string options.Lambda))
        elif options.StartDays < 1 then
            Error(Fault.BadSetting("ewma start days", "must be at least 1", string options.StartDays))
        else
            Ok options

    /// The average after every day of a series. It runs from the first day of the series, not of a window: a day's weight
    /// after a thousand others is 1e-27, and one pass then serves every origin. During the start it is the mean so far.
    let averages (options: EwmaOptions) (variance: Variance[]) : Variance[] =
        let averages = Array.zeroCreate<Variance> variance.Length
        let mutable average = 0.0< / day>

        for day in 0 .. variance.Length - 1 do
            average <-
                if day < options.StartDays then
                    average + (variance[day] - average) / float (day + 1)
                else
                    options.Lambda * average + (1.0 - options.Lambda) * variance[day]

            averages[day] <- average

        averages

    /// The average as a forecaster, registered as "ewma".
    let forecaster (options: EwmaOptions) : IForecaster =
        let perHistory = PerHistory(fun _ history -> averages options history.Variance)

        let fitted =
            { new IFitted with
                member _.Forecast(history, origin) = perHistory[1, history][origin]
            }

        { new IForecaster with
            member _.Name = "ewma"
            member _.RefitEvery = 1
            member _.MinimumDays _ = options.StartDays

            member _.Fit(history, window, horizon) =
                check options
                |> Result.bind (fun _ -> Labels.check "ewma" options.StartDays horizon history window)
                |> Result.map (fun () -> fitted)
        }
