/// Simulated daily bars whose true variance is known: for tests, documentation and power studies. Knows no estimator.
namespace VolatilityForge

open System

/// A stochastic volatility market: the log of each day's open-to-close variance is an AR(1), the price path within the
/// day a driftless Brownian motion (Taylor 1986).
type SimulateConfig =
    {
        Symbol: string
        /// Trading days; at least 1.
        Days: int
        /// The first day; weekends are skipped.
        Start: DateOnly
        /// The price before the first day; positive.
        Price: float
        /// Unconditional mean of the open-to-close variance; positive.
        MeanVariance: Variance
        /// AR(1) coefficient of log variance, in [0, 1).
        Persistence: float
        /// Standard deviation of the log variance's daily innovation; not negative.
        Roughness: float
        /// Overnight variance over open-to-close variance; not negative.
        Overnight: float
        /// Steps of the path within a day; at least 1. Extremes between steps are drawn too.
        Steps: int
    }

/// Simulating.
[<RequireQualifiedAccess>]
module Simulate =

    /// 2,000 days at one percent a day, with the persistence and variability of a stock index and no overnight move.
    let defaults: SimulateConfig =
        {
            Symbol = "SIM"
            Days = 2000
            Start = DateOnly(2000, 1, 3)
            Price = 100.0
            MeanVariance = 1e-4< / day>
            Persistence = 0.97
            Roughness = 0.2
            Overnight = 0.0
            Steps = 78
        }

    let private check (config: SimulateConfig) : Checked<unit> =
        let rule field (condition: bool) rule found =
            Checked.require (Fault.BadSetting(field, rule, found)) condition

        let positive (value: float) = value > 0.0 && Double.IsFinite value

        Checked.all
            [
                rule "Days" (config.Days >= 1) "must be at least 1" (string config.Days)
                rule "Steps" (config.Steps >= 1) "must be at least 1" (string config.Steps)
                rule "Price" (positive config.Price) "must be finite and positive" (string config.Price)
                rule
                    "MeanVariance"
                    (positive (float config.MeanVariance))
                    "must be finite and positive"
                    (string (float config.MeanVariance))
                rule
                    "Persistence"
                    (config.Persistence >= 0.0 && config.Persistence < 1.0)
                    "must be in [0, 1)"
                    (string config.Persistence)
                rule
                    "Roughness"
                    (config.Roughness >= 0.0 && Double.IsFinite config.Roughness)
                    "must be finite and not negative"
                    (string config.Roughness)
                rule
                    "Overnight"
                    (config.Overnight >= 0.0 && Double.IsFinite config.Overnight)
                    "must be finite and not negative"
                    (string config.Overnight)
            ]

    let private weekdays (start: DateOnly) (count: int) : DateOnly[] =
        Seq.initInfinite start.AddDays
        |> Seq.filter (fun date -> date.DayOfWeek <> DayOfWeek.Saturday && date.DayOfWeek <> DayOfWeek.Sunday)
        |> Seq.truncate count
        |> Array.ofSeq

    /// Bars, and each day's true open-to-close variance; the overnight variance is `Overnight` times it. High and low are
    /// those of the continuous path: between two steps the extremes of the Brownian bridge are drawn, so range estimators
    /// show no discretisation bias. Fault.BadSetting for every setting outside its domain. Same config and generator, same
    /// bits, up to the platform's exponential function.
    let bars (config: SimulateConfig) (rng: Rng) : Result<Bars * Variance[], Fault> =
        check config
        |> Result.map (fun () ->
            let mutable state = rng

            let normal () =
                let struct (number, next) = Rng.nextNormal state
                state <- next
                number

            let logUniform () =
                let struct (number, next) = Rng.nextFloat state
                state <- next
                log (1.0 - number)

            let phi = config.Persistence
            let spread = config.Roughness * config.Roughness / (1.0 - phi * phi)
            // The mean of a lognormal exceeds the exponential of its centre.
            let centre = log (float config.MeanVariance) - spread / 2.0
            let mutable logVariance = centre + sqrt spread * normal ()
            let mutable price = config.Price
            let variance = Array.zeroCreate<Variance> config.Days
            let columns = Array.init 4 (fun _ -> Array.zeroCreate<float> config.Days)

            for day in 0 .. config.Days - 1 do
                let today = exp logVariance
                variance[day] <- today * 1.0< / day>
                let opened = price * exp (sqrt (config.Overnight * today) * normal ())
                let stepVariance = today / float config.Steps
                let deviation = sqrt stepVariance
                let mutable path, high, low = 0.0, 0.0, 0.0

                for _ in 1 .. config.Steps do
                    let next = path + deviation * normal ()
                    let move = next - path
                    // The maximum of a Brownian bridge, by inversion of its distribution; the minimum likewise.
                    let above =
                        (path + next + sqrt (move * move - 2.0 * stepVariance * logUniform ())) / 2.0

                    let below =
                        (path + next - sqrt (move * move - 2.0 * stepVariance * logUniform ())) / 2.0

                    high <- max high above
                    low <- min low below
                    path <- next

                let close = opened * exp path
                columns[0][day] <- opened
                columns[1][day] <- max (opened * exp high) (max opened close)
                columns[2][day] <- min (opened * exp low) (min opened close)
                columns[3][day] <- close
                price <- close
                logVariance <- centre + phi * (logVariance - centre) + config.Roughness * normal ()

            Bars
                {
                    Symbol = config.Symbol
                    Dates = weekdays config.Start config.Days
                    Open = columns[0]
                    High = columns[1]
                    Low = columns[2]
                    Close = columns[3]
                    AdjustedClose = None
                    Volume = None
                },
            variance)
