/// Intervals around forecasts of variance that hold what comes as often as asked, whatever the model. Knows no model.
namespace VolatilityForge

open System

/// Where a variance is expected.
[<Struct>]
type VarianceInterval = { Lower: Variance; Upper: Variance }

/// How intervals are made.
type ConformalConfig =
    {
        /// Share of days that the interval is to hold, such as 0.9.
        Coverage: float
        /// Past errors kept, the latest.
        Capacity: int
        /// Step by which the share answers to each day: 0 for split conformal, else the adaptive method of Gibbs and Candès (2021).
        Rate: float
    }

/// Past errors and the share that is asked for now; a value that `observe` renews.
type Conformal =
    private
        {
            Config: ConformalConfig
            /// ln(realised/forecast), the oldest first.
            Errors: float[]
            Miss: float
        }

    /// The share of days now left outside on purpose: 1 - Coverage at first, then as the days have taught.
    member state.MissShare: float = state.Miss

    /// Past errors held.
    member state.Count: int = state.Errors.Length

    /// How it was made.
    member state.Settings: ConformalConfig = state.Config

    /// Past errors ln(realised/forecast), the oldest first; a copy.
    member state.PastErrors: float[] = Array.copy state.Errors

/// Calibrating, predicting, observing.
[<RequireQualifiedAccess>]
module Conformal =

    /// 90 % by the last 500 errors, adapting by 0.01 a day.
    let defaults: ConformalConfig =
        {
            Coverage = 0.9
            Capacity = 500
            Rate = 0.01
        }

    /// Ok when every setting is inside its domain; otherwise all the faults.
    let check (config: ConformalConfig) : Result<ConformalConfig, Fault> =
        let faults =
            [
                if not (config.Coverage > 0.0 && config.Coverage < 1.0) then
                    Fault.BadSetting("coverage", "must lie between 0 and 1", string config.Coverage)
                if config.Capacity < 1 then
                    Fault.BadSetting("capacity", "must be at least 1", string config.Capacity)
                if not (config.Rate >= 0.0 && config.Rate < 1.0) then
                    Fault.BadSetting("rate", "must be in [0, 1)", string config.Rate)
            ]

        if faults.IsEmpty then
            Ok config
        else
            Error(Fault.combine faults)

    let private latest (capacity: int) (errors: float[]) : float[] =
        errors[max 0 (errors.Length - capacity) ..]

    /// The state after calibration on forecasts that the model was not fitted on, (days). Faults: settings outside their domain, series
    /// of different lengths, a variance that is not positive.
    let calibrate (config: ConformalConfig) (forecast: Variance[]) (realised: Variance[]) : Result<Conformal, Fault> =
        check config
        |> Result.bind (fun config ->
            if forecast.Length <> realised.Length then
                Error(Fault.BadShape("Conformal", "realised", string forecast.Length, string realised.Length))
            else
                let errors =
                    Array.map2 (fun (f: Variance) (v: Variance) -> log (v / f)) forecast realised

                if Array.forall Double.IsFinite errors then
                    Ok
                        {
                            Config = config
                            Errors = latest config.Capacity errors
                            Miss = 1.0 - config.Coverage
                        }
                else
                    Error(Fault.NotComputable("Conformal", "a variance is not positive", "Leave such days out.")))

    /// A state put together again from its settings, its past errors and its missed share. Faults: settings outside their domain, an
    /// error or a share that is not finite.
    let restore (config: ConformalConfig) (errors: float[]) (missShare: float) : Result<Conformal, Fault> =
        check config
        |> Result.bind (fun config ->
            if Double.IsFinite missShare && Array.forall Double.IsFinite errors then
                Ok
                    {
                        Config = config
                        Errors = latest config.Capacity errors
                        Miss = missShare
                    }
            else
                Error(Fault.NotComputable("Conformal", "a stored error is not finite", "Calibrate again.")))

    /// The interval around a forecast: half of the share that is missed lies on either side. From 0 or to infinity while too few errors
    /// are known for so small a share.
    let interval (state: Conformal) (forecast: Variance) : VarianceInterval =
        let sorted = Array.sort state.Errors
        let n = sorted.Length
        // The rank that a new error, exchangeable with the n known ones, exceeds with at most half the missed share. A share adapted
        // beyond all errors is the median's.
        let outside = min 1.0 state.Miss / 2.0
        let rank = int (ceil (float (n + 1) * (1.0 - outside) - 1e-9))

        if state.Miss <= 0.0 || rank > n then
            {
                Lower = 0.0< / day>
                Upper = infinity * 1.0< / day>
            }
        else
            {
                Lower = forecast * exp sorted[n - rank]
                Upper = forecast * exp sorted[rank - 1]
            }

    /// True where an interval holds a variance.
    let holds (interval: VarianceInterval) (realised: Variance) : bool =
        interval.Lower <= realised && realised <= interval.Upper

    /// True for an interval with two ends: one from 0 or to infinity holds whatever comes and tells nothing.
    let isFinite (interval: VarianceInterval) : bool =
        interval.Lower > 0.0< / day> && Double.IsFinite(Units.strip interval.Upper)

    /// The state after a day's variance has become known: the error joins the others, and the missed share grows by
    /// Rate * (1 - Coverage) where the interval issued for that day held it and shrinks by Rate * Coverage where it did not; one
    /// without end counts as held, without which a share below 0 would never come back. Days whose variance is not positive, or NaN,
    /// teach nothing.
    let observe (state: Conformal) (issued: VarianceInterval) (forecast: Variance) (realised: Variance) : Conformal =
        let error = log (realised / forecast)

        if not (Double.IsFinite error) then
            state
        else
            let missed = if holds issued realised then 0.0 else 1.0

            { state with
                Errors = latest state.Config.Capacity (Array.append state.Errors [| error |])
                Miss = state.Miss + state.Config.Rate * (1.0 - state.Config.Coverage - missed)
            }

    /// Intervals for every day of a walk-forward at a horizon, (days), each by the errors known on its day, those of `horizon` days
    /// before and earlier, and the state on the last day, by the errors known then. A day whose realised variance is NaN has its
    /// interval and teaches nothing. Faults as in calibrate.
    let walk
        (config: ConformalConfig)
        (horizon: int)
        (forecast: Variance[])
        (realised: Variance[])
        : Result<struct (VarianceInterval[] * Conformal), Fault> =
        if horizon < 1 then
            Error(Fault.BadSetting("horizon", "must be at least 1", string horizon))
        elif forecast.Length <> realised.Length then
            Error(Fault.BadShape("Conformal", "realised", string forecast.Length, string realised.Length))
        else
            calibrate config [||] [||]
            |> Result.map (fun start ->
                let intervals = Array.zeroCreate forecast.Length
                let mutable state = start

                for day in 0 .. forecast.Length - 1 do
                    if day >= horizon then
                        let past = day - horizon
                        state <- observe state intervals[past] forecast[past] realised[past]

                    intervals[day] <- interval state forecast[day]

                struct (intervals, state))
