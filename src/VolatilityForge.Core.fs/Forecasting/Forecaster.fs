/// The contract every model meets, from random walk to Transformer. Knows no model.
namespace VolatilityForge

/// A fitted model, able to forecast from any day of a history that ends at or after its training window.
type IFitted =

    /// Mean daily variance over origin+1 .. origin+horizon (the horizon it was fitted for).
    /// Reads nothing dated after the origin.
    abstract Forecast: history: History * origin: int -> Variance

/// A fitted model with a part so cheap that it is brought up to date every day between refits.
type IUpdatable =
    inherit IFitted

    /// The model with its cheap part fitted on the window; the costly part stays as it was.
    abstract Update: history: History * window: Window -> Result<IFitted, Fault>

/// What a model reads beside dates, variances and returns; a forecaster implements it where that is anything.
type IReadsMeasures =

    /// Names in History.Measures. A history without one of them is refused before any model is fitted.
    abstract Measures: string list

/// Whether a model is fitted on returns; a forecaster that is implements it.
type IReadsReturns =

    /// Where true, a history whose returns are all zero is refused before any model is fitted.
    abstract ReadsReturns: bool

/// A model that can be fitted.
type IForecaster =

    /// The registered name, such as "log-har".
    abstract Name: string

    /// Days between refits in a walk-forward: 1 for models that cost next to nothing.
    abstract RefitEvery: int

    /// Days a window must have for a fit at this horizon.
    abstract MinimumDays: horizon: int -> int

    /// Fits on labels that end inside the window: rows t with window.First <= t and t + horizon <= window.Last.
    /// Regressors of the first rows may reach back before the window; nothing dated after window.Last is read.
    abstract Fit: history: History * window: Window * horizon: int -> Result<IFitted, Fault>

/// Marks a forecaster that a parallel walk-forward runs by itself: it shares something with others, such as a device, a generator of
/// random numbers or a listener.
[<Interface>]
type ISerialForecaster = interface end

/// A fitted model that tells its coefficients, for paths over the refits of a walk-forward.
type IHasParameters =
    inherit IFitted

    /// Names and values, in an order of the model's own.
    abstract Parameters: (string * float) list

/// A fitted model that tells what a day's shock does to the variance of the next.
type IHasNewsImpact =

    /// Variance of the day after a residual of so many volatilities, (shocks), on the scale of its forecasts; the days before are
    /// calm.
    abstract NewsImpact: shocks: float[] -> Variance[]
