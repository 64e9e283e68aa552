/// Intervals and tail quantiles around a walk-forward's forecasts, each day by what was known on it. Knows no model.
namespace VolatilityForge

open System

/// Where the tail of standardised returns comes from.
[<RequireQualifiedAccess>]
type TailShape =
    /// What they were: filtered historical simulation.
    | Historical
    /// Normal with the root mean square that they had.
    | Normal
    /// Student's t with the root mean square that they had, its freedom by maximum likelihood once a month.
    | StudentT

/// Names of tails.
[<RequireQualifiedAccess>]
module TailShape =

    let private known =
        [
            "historical", TailShape.Historical
            "normal", TailShape.Normal
            "student-t", TailShape.StudentT
        ]

    /// The tail of a name, or Fault.UnknownName.
    let ofName (name: string) : Result<TailShape, Fault> =
        known
        |> List.tryFind (fst >> (=) name)
        |> Option.map snd
        |> Either.ofOption (Fault.UnknownName("tail of returns", name, List.map fst known))

    /// The name.
    let toName (tail: TailShape) : string =
        known |> List.find (snd >> (=) tail) |> fst

/// Which intervals and quantiles a walk-forward is given.
type RiskConfig =
    {
        /// How intervals of the variance are made; None makes none.
        Intervals: ConformalConfig option
        /// Probabilities of the quantiles of the next day's return, such as 0.01.
        Levels: float list
        Tail: TailShape
    }

/// Value at Risk and expected shortfall at a level, as returns: negative for a small level.
type TailForecast =
    {
        Level: float
        /// One per origin; NaN before the first year of standardised returns is known.
        Quantiles: float[]
        Shortfalls: float[]
        /// From the last day of the history.
        NextQuantile: float
        NextShortfall: float
    }

/// What was calibrated up to the last day of a history: enough to treat a forecast of later days.
type RiskState =
    {
        Conformal: Conformal option
        /// Returns over forecast volatilities, the latest last; empty where there are no levels.
        Standardised: float[]
    }

/// Intervals and quantiles of one track.
type RiskTrack =
    {
        Model: string
        Symbol: string
        Horizon: int
        /// One per origin; None without intervals.
        Intervals: VarianceInterval[] option
        /// Around the forecast from the last day.
        NextInterval: VarianceInterval option
        /// Return of the day after each origin; None but at a horizon of one day, and without levels.
        Returns: float[] option
        Tails: TailForecast list
        State: RiskState
    }

/// Making them.
[<RequireQualifiedAccess>]
module RiskTrack =

    /// Standardised returns before the first quantile: a year.
    [<Literal>]
    let WarmUp = 250

    /// Standardised returns that quantiles are read from: the latest four years.
    [<Literal>]
    let Memory = 1000

    /// Days between fits of a tail's freedom.
    [<Literal>]
    let private FreedomDays = 22

    /// Ok when coverage and levels are inside their domains; otherwise all the faults.
    let check (config: RiskConfig) : Result<RiskConfig, Fault> =
        Checked.all
            [
                match config.Intervals with
                | Some intervals -> Conformal.check intervals |> Result.map ignore
                | None -> Ok()
                yield!
                    config.Levels
                    |> List.map (fun level ->
                        (level > 0.0 && level < 1.0)
                        |> Checked.require (Fault.BadSetting("var levels", "must lie between 0 and 1", string level)))
                List.distinct config.Levels = config.Levels
                |> Checked.require (
                    Fault.BadSetting("var levels", "must differ from each other", String.Join(", ", config.Levels))
                )
            ]
        |> Result.map (fun () -> config)

    let private rootMeanSquare (values: float[]) : float =
        sqrt (values |> Array.averageBy (fun value -> value * value))

    /// The freedom of a t of unit variance that makes values of unit mean square likeliest, between 2.1 and 200.
    let freedom (values: float[]) : float =
        let scale = rootMeanSquare values
        let squares = values |> Array.map (fun value -> (value / scale) ** 2.0)

        let unlikelihood (logExcess: float) : float =
            let nu = 2.0 + exp logExcess

            let constant =
                MathNet.Numerics.SpecialFunctions.GammaLn((nu + 1.0) / 2.0)
                - MathNet.Numerics.SpecialFunctions.GammaLn(nu / 2.0)
                - 0.5 * log (Math.PI * (nu - 2.0))

            let tail =
                squares |> Array.averageBy (fun square -> log (1.0 + square / (nu - 2.0)))

            0.5 * (nu + 1.0) * tail - constant

        // Golden section: the likelihood of a sample has one peak in the freedom.
        let golden = (sqrt 5.0 - 1.0) / 2.0

        let rec narrow (low: float) (high: float) (left: float) (right: float) (atLeft: float) (atRight: float) =
            if high - low < 1e-6 then
                2.0 + exp (0.5 * (low + high))
            elif atLeft < atRight then
                let fresh = right - golden * (right - low)
                narrow low right fresh left (unlikelihood fresh) atLeft
            else
                let fresh = left + golden * (high - left)
                narrow left high right fresh atRight (unlikelihood fresh)

        let low, high = log 0.1, log 198.0
        let left, right = high - golden * (high - low), low + golden * (high - low)
        narrow low high left right (unlikelihood left) (unlikelihood right)

    /// Standardised quantiles and tail means at the levels, by the standardised returns known; `nu` is the freedom last fitted.
    let private tail
        (shape: TailShape)
        (nu: float)
        (known: float[])
        (levels: float list)
        : struct (float * float) list =
        let scaled (distribution: ReturnDistribution) =
            let scale = rootMeanSquare known

            levels
            |> List.map (fun level ->
                struct (scale * ReturnDistribution.quantile distribution level,
                        scale * ReturnDistribution.tailMean distribution level))

        match shape with
        | TailShape.Historical ->
            let distribution = ReturnDistribution.Historical known

            levels
            |> List.map (fun level ->
                struct (ReturnDistribution.quantile distribution level, ReturnDistribution.tailMean distribution level))
        | TailShape.Normal -> scaled ReturnDistribution.Normal
        | TailShape.StudentT -> scaled (ReturnDistribution.StudentT nu)

    /// Value at Risk and shortfall of a forecast of the next day's variance, by a state that a track left. NaN while less than a
    /// year of standardised returns is known.
    let ahead (config: RiskConfig) (state: RiskState) (forecast: Variance) : (float * float * float) list =
        let volatility = sqrt (Units.strip forecast)

        if state.Standardised.Length < WarmUp then
            config.Levels |> List.map (fun level -> level, nan, nan)
        else
            let nu =
                if config.Tail = TailShape.StudentT then
                    freedom state.Standardised
                else
                    nan

            tail config.Tail nu state.Standardised config.Levels
            |> List.map2
                (fun level (struct (quantile, mean)) -> level, volatility * quantile, volatility * mean)
                config.Levels

    /// The tails of every origin; `returns` are those of the day after each, known a day later.
    let private tails (config: RiskConfig) (track: ForecastTrack) (returns: float[]) =
        let days = track.Forecast.Length

        let standardised =
            Array.map2 (fun (f: Variance) r -> r / sqrt (Units.strip f)) track.Forecast returns

        let quantiles = config.Levels |> List.map (fun _ -> Array.create days nan)
        let shortfalls = config.Levels |> List.map (fun _ -> Array.create days nan)
        let mutable nu = nan

        // On the day of origin i the returns after the origins before it are known.
        for day in WarmUp .. days - 1 do
            let known = standardised[max 0 (day - Memory) .. day - 1]

            if config.Tail = TailShape.StudentT && (day - WarmUp) % FreedomDays = 0 then
                nu <- freedom known

            let volatility = sqrt (Units.strip track.Forecast[day])

            tail config.Tail nu known config.Levels
            |> List.iteri (fun place (struct (quantile, mean)) ->
                (List.item place quantiles)[day] <- volatility * quantile
                (List.item place shortfalls)[day] <- volatility * mean)

        let known = standardised[max 0 (days - Memory) ..]

        let next =
            ahead
                config
                {
                    Conformal = None
                    Standardised = known
                }
                track.Next

        let forecasts =
            List.zip3 quantiles shortfalls next
            |> List.map (fun (quantiles, shortfalls, (level, quantile, shortfall)) ->
                {
                    Level = level
                    Quantiles = quantiles
                    Shortfalls = shortfalls
                    NextQuantile = quantile
                    NextShortfall = shortfall
                })

        forecasts, known

    /// The intervals and quantiles of a track of the history. Quantiles are of the next day's return, so that longer horizons have none.
    /// Faults: those of `check`, and NotComputable where there are levels and the history has no returns.
    let ofTrack (config: RiskConfig) (history: History) (track: ForecastTrack) : Result<RiskTrack, Fault> =
        let withLevels = not config.Levels.IsEmpty && track.Horizon = 1

        either {
            let! config = check config

            if withLevels && Array.forall ((=) 0.0) history.Returns then
                return!
                    Error(
                        Fault.NotComputable(
                            "Value at Risk",
                            "the history has no returns",
                            "Give a column of returns or prices, or leave the levels out."
                        )
                    )

            let! intervals =
                match config.Intervals with
                | None -> Ok None
                | Some conformal ->
                    ConformalTrack.ofTrack conformal track
                    |> Result.map (fun made -> Some(made.Intervals, made.State))

            let returns =
                if withLevels then
                    Some(track.Origins |> Array.map (fun origin -> history.Returns[origin + 1]))
                else
                    None

            let tails, standardised =
                match returns with
                | Some returns -> tails config track returns
                | None -> [], [||]

            return
                {
                    Model = track.Model
                    Symbol = track.Symbol
                    Horizon = track.Horizon
                    Intervals = intervals |> Option.map fst
                    NextInterval = intervals |> Option.map (fun (_, state) -> Conformal.interval state track.Next)
                    Returns = returns
                    Tails = tails
                    State =
                        {
                            Conformal = intervals |> Option.map snd
                            Standardised = standardised
                        }
                }
        }

    /// The quantiles with the returns that came, for backtests: one per level, from the first day with a quantile.
    let risks (track: RiskTrack) : RiskSet list =
        match track.Returns with
        | None -> []
        | Some returns ->
            track.Tails
            |> List.filter (fun tail -> tail.Quantiles.Length > WarmUp)
            |> List.map (fun tail ->
                {
                    Symbol = track.Symbol
                    Model = track.Model
                    Risk =
                        {
                            Level = tail.Level
                            Returns = returns[WarmUp..]
                            ValueAtRisk = tail.Quantiles[WarmUp..]
                        }
                    Shortfall = Some tail.Shortfalls[WarmUp..]
                })
