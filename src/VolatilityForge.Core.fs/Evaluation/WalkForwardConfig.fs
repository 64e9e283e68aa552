/// How a walk-forward runs: windows, horizons, first day, clamping. Knows no model.
namespace VolatilityForge

/// Which labels a fit at an origin may see. Labels, not days: at every horizon a fit sees the same number.
[<RequireQualifiedAccess>]
type WindowRule =
    /// The last n labels ended by the origin.
    | Rolling of labels: int
    /// Every label ended by the origin; the first fit has n.
    | Expanding of labels: int

/// What happens to a forecast far from anything the window has seen.
[<RequireQualifiedAccess>]
type ClampRule =
    /// Kept; one that is not positive and finite is a fault.
    | Keep
    /// Moved into [below * smallest, above * largest] of the labels in the origin's window, and counted.
    | WithinLabels of below: float * above: float
    /// One outside [smallest, largest] of the labels in the origin's window becomes their mean, and is counted (Swanson and White
    /// 1997; the published figures of HARQ).
    | MeanOfLabels

/// The labels of an origin's window, as a rule of clamping reads them.
[<Struct>]
type internal LabelRange =
    {
        Smallest: Variance
        Largest: Variance
        Mean: Variance
    }

/// Applying rules of clamping, and their names.
[<RequireQualifiedAccess>]
module ClampRule =

    /// Rules by name: range is half the smallest to twice the largest label, labels the smallest to the largest.
    let names: string list = [ "range"; "labels"; "mean"; "none" ]

    /// The rule of a name; Fault.UnknownName with the known ones.
    let ofName (name: string) : Result<ClampRule, Fault> =
        match name with
        | "range" -> Ok(ClampRule.WithinLabels(0.5, 2.0))
        | "labels" -> Ok(ClampRule.WithinLabels(1.0, 1.0))
        | "mean" -> Ok ClampRule.MeanOfLabels
        | "none" -> Ok ClampRule.Keep
        | other -> Error(Fault.UnknownName("clamp", other, names))

    /// A forecast after the rule; NaN stays NaN.
    let internal apply (rule: ClampRule) (labels: LabelRange) (raw: Variance) : Variance =
        match rule with
        | ClampRule.Keep -> raw
        | ClampRule.WithinLabels(below, above) -> min (above * labels.Largest) (max (below * labels.Smallest) raw)
        | ClampRule.MeanOfLabels ->
            if raw < labels.Smallest || raw > labels.Largest then
                labels.Mean
            else
                raw

/// How a walk-forward runs.
type WalkForwardConfig =
    {
        Window: WindowRule
        /// Days ahead, each positive and once.
        Horizons: int list
        /// Days before the first row of the first window, for regressors that look back.
        LookBack: int
        /// Index of the first day forecasts are made, the same at every horizon; None for the earliest day at each horizon.
        FirstOrigin: int option
        Clamp: ClampRule
        /// Days between the last label that a fit sees and the day of the forecast, beyond those that purging takes: 0 to use all
        /// that is known.
        Embargo: int
        /// Days between fits of every model; None for each model's own.
        RefitEvery: int option
        /// Models and horizons that run at the same time; the tracks are the same for any number.
        Threads: int
    }

/// Settings of a walk-forward and the days they imply.
[<RequireQualifiedAccess>]
module WalkForwardConfig =

    /// Rolling 1,000 labels; a day, a week and a month ahead; a month of look-back; clamped to [min/2, 2 max].
    let defaults: WalkForwardConfig =
        {
            Window = WindowRule.Rolling 1000
            Horizons = [ 1; 5; 22 ]
            LookBack = 21
            FirstOrigin = None
            Clamp = ClampRule.WithinLabels(0.5, 2.0)
            Embargo = 0
            RefitEvery = None
            Threads = 1
        }

    let private labels (config: WalkForwardConfig) : int =
        match config.Window with
        | WindowRule.Rolling labels
        | WindowRule.Expanding labels -> labels

    /// The earliest day whose window has all its labels and look-back.
    let earliestOrigin (config: WalkForwardConfig) (horizon: int) : int =
        config.LookBack + labels config - 1 + horizon + config.Embargo

    /// The first day forecasts are made at a horizon.
    let firstOrigin (config: WalkForwardConfig) (horizon: int) : int =
        defaultArg config.FirstOrigin (earliestOrigin config horizon)

    /// The days a fit at an origin may see.
    let window (config: WalkForwardConfig) (horizon: int) (origin: int) : Window =
        let last = origin - config.Embargo

        match config.Window with
        | WindowRule.Rolling labels -> Labels.windowEnding horizon labels last
        | WindowRule.Expanding _ -> { First = config.LookBack; Last = last }

    /// Ok when every setting is inside its domain; otherwise all the faults.
    let check (config: WalkForwardConfig) : Result<WalkForwardConfig, Fault> =
        let horizons = config.Horizons

        let faults =
            [
                if labels config < 2 then
                    Fault.BadSetting("window", "must be at least 2 labels", string (labels config))
                if horizons.IsEmpty || List.exists (fun horizon -> horizon < 1) horizons then
                    Fault.BadSetting("horizons", "must be one or more positive numbers of days", $"%A{horizons}")
                if List.distinct horizons <> horizons then
                    Fault.BadSetting("horizons", "must differ from each other", $"%A{horizons}")
                if config.LookBack < 0 then
                    Fault.BadSetting("look-back", "must be zero or more days", string config.LookBack)
                if config.Embargo < 0 then
                    Fault.BadSetting("embargo", "must be zero or more days", string config.Embargo)
                match config.RefitEvery with
                | Some days when days < 1 -> Fault.BadSetting("refit every", "must be at least 1 day", string days)
                | _ -> ()
                if config.Threads < 1 then
                    Fault.BadSetting("threads", "must be at least 1", string config.Threads)
                match config.FirstOrigin with
                | Some first when not horizons.IsEmpty && first < earliestOrigin config (List.max horizons) ->
                    Fault.BadSetting(
                        "first origin",
                        $"must be at least {earliestOrigin config (List.max horizons)}, where the window has its labels",
                        string first
                    )
                | _ -> ()
                match config.Clamp with
                | ClampRule.WithinLabels(below, above) when not (below > 0.0 && below <= 1.0 && above >= 1.0) ->
                    Fault.BadSetting("clamp", "needs 0 < below <= 1 <= above", $"{below}, {above}")
                | _ -> ()
            ]

        if faults.IsEmpty then
            Ok config
        else
            Error(Fault.combine faults)
