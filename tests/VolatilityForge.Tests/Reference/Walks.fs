/// Walk-forwards as tests run them, and a model of a test's own rule.
module VolatilityForge.Tests.Walks

open System.Threading
open VolatilityForge
open Expecto

/// Four models that come with the library.
let models () : IForecaster list =
    [
        RandomWalk.forecaster RandomWalk.defaults
        Ewma.forecaster Ewma.defaults
        Har.forecaster Har.defaults
        LogHar.forecaster LogHar.defaults
    ]

/// Short windows, two horizons.
let small: WalkForwardConfig =
    { WalkForwardConfig.defaults with
        Window = WindowRule.Rolling 100
        Horizons = [ 1; 5 ]
    }

/// The tracks of a walk-forward that succeeds.
let run (config: WalkForwardConfig) (models: IForecaster list) (history: History) : ForecastTrack list =
    Expect.wantOk (WalkForward.run config ignore CancellationToken.None models history) "tracks"

/// A model that forecasts by a rule of history and origin, tells what it is fitted on, and refits as asked.
let ruled
    (name: string)
    (every: int)
    (onFit: History -> Window -> int -> unit)
    (rule: Window -> History -> int -> Variance)
    : IForecaster =
    { new IForecaster with
        member _.Name = name
        member _.RefitEvery = every
        member _.MinimumDays _ = 1

        member _.Fit(history, window, horizon) =
            onFit history window horizon

            Ok
                { new IFitted with
                    member _.Forecast(history, origin) = rule window history origin
                }
    }

/// The random walk's rule.
let lastValue (_: Window) (history: History) (origin: int) : Variance = history.Variance[origin]
