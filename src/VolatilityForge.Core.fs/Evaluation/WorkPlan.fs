/// How a walk-forward is cut into units that can be done in any order and on any machine. Fits nothing.
namespace VolatilityForge

open System

/// One model over a run of origins of one symbol at one horizon. It starts where the model is refitted, so that it needs nothing
/// of the units before it.
type WorkUnit =
    {
        Symbol: string
        Model: string
        Horizon: int
        /// Indices into the history of the first and the last origin.
        First: int
        Last: int
        /// True for the unit that also forecasts from the last day of the history.
        Closing: bool
    }

    /// Forecasts to score.
    member unit.Origins: int = unit.Last - unit.First + 1

/// A fitted model's coefficients, on the day of the fit.
type ParameterPoint =
    {
        /// Index into the history.
        Origin: int
        Values: (string * float) list
    }

/// What a unit gave.
type UnitResult =
    {
        Unit: WorkUnit
        /// Mean daily variance over the horizon, one per origin, after clamping.
        Forecast: Variance[]
        /// Forecasts moved by the clamp rule, Next not counted.
        Clamped: int
        /// Fits made.
        Refits: int
        /// The forecast from the last day of the history; of a closing unit only.
        Next: Variance option
        /// Of models that tell them, about one a month.
        Parameters: ParameterPoint list
        /// The last fit's news impact curve over NewsImpact.shocks; of a closing unit, empty for models without one.
        NewsImpact: Variance[]
    }

/// The k-th of n parts of a plan.
type Shard = { Number: int; Count: int }

/// Parts of a plan by name.
[<RequireQualifiedAccess>]
module Shard =

    /// The whole plan as one part.
    let whole: Shard = { Number = 1; Count = 1 }

    /// The part that "k/n" names, or Fault.BadSetting.
    let parse (text: string) : Result<Shard, Fault> =
        let refused =
            Error(Fault.BadSetting("shard", "must be k/n with whole numbers 1 <= k <= n, as in 2/8", text))

        match text.Split '/' with
        | [| number; count |] ->
            match Int32.TryParse number, Int32.TryParse count with
            | (true, number), (true, count) when number >= 1 && number <= count -> Ok { Number = number; Count = count }
            | _ -> refused
        | _ -> refused

    /// "k/n".
    let toText (shard: Shard) : string = $"{shard.Number}/{shard.Count}"

/// Plans of walk-forwards.
[<RequireQualifiedAccess>]
module WorkPlan =

    /// About so many origins make a unit: two years of days, seconds of work for the slower classical models.
    [<Literal>]
    let private Span = 500

    /// Every unit of the models over the histories: by symbol, horizon, model, origin. It depends on the settings, the models' refit
    /// intervals and the lengths of the histories only.
    let units (config: WalkForwardConfig) (models: (string * int) list) (histories: History list) : WorkUnit list =
        [
            for history in histories do
                for horizon in config.Horizons do
                    let first = WalkForwardConfig.firstOrigin config horizon
                    let last = History.length history - 1 - horizon

                    for model, refitEvery in models do
                        let every = max 1 (defaultArg config.RefitEvery refitEvery)
                        let length = every * max 1 (Span / every)

                        for start in first..length..last do
                            {
                                Symbol = history.Symbol
                                Model = model
                                Horizon = horizon
                                First = start
                                Last = min last (start + length - 1)
                                Closing = start + length > last
                            }
        ]

    /// The units of a part, in the order of the plan. Each model's units go round the parts in turn, because what costs is mostly
    /// the model.
    let ofShard (shard: Shard) (units: WorkUnit list) : WorkUnit list =
        let places =
            units
            |> List.map _.Model
            |> List.distinct
            |> List.mapi (fun place model -> model, place)
            |> Map.ofList

        units
        |> List.mapFold
            (fun (turns: Map<string, int>) unit ->
                let turn = turns[unit.Model]
                struct (unit, turn % shard.Count = shard.Number - 1), turns.Add(unit.Model, turn + 1))
            places
        |> fst
        |> List.choose (fun struct (unit, isOurs) -> if isOurs then Some unit else None)
