/// What a walk-forward gives of one model at one horizon. Makes no forecast.
namespace VolatilityForge

open System

/// One model's forecasts at one horizon. Arrays have one element per origin.
type ForecastTrack =
    {
        Model: string
        Symbol: string
        Horizon: int
        /// Indices into the history.
        Origins: int[]
        /// Dates of the origins.
        Dates: DateOnly[]
        /// Mean daily variance over the horizon, after clamping.
        Forecast: Variance[]
        /// What it turned out to be.
        Realised: Variance[]
        /// False where a day of the target stands at a floor.
        Scored: bool[]
        /// Forecasts moved by the clamp rule, Next not counted.
        Clamped: int
        /// Fits made.
        Refits: int
        /// The forecast made on the last day of the history, after clamping: its target is still to come.
        Next: Variance
    }
