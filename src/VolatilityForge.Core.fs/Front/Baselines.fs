/// The models that a run compares where none is named, by what its data allow. Fits nothing.
namespace VolatilityForge

/// A model of the usual comparison that the data don't allow.
type LeftOut =
    {
        /// The registered name.
        Model: string
        /// What it would need: names of daily measures, "returns", a longer window.
        Lacks: string list
    }

/// The usual comparison on a history.
type Baselines =
    {
        /// Names of models, in the order of the table.
        Models: string list
        LeftOut: LeftOut list
    }

/// Choosing models by the data.
[<RequireQualifiedAccess>]
module Baselines =

    /// Forecasts without a fit.
    let private naive: string list = [ "random-walk"; "ewma" ]

    let private fitted: string list =
        [
            "har"
            "harq"
            "shar"
            "log-har"
            "log-har-leverage"
            "log-shar"
            "garch"
            "gjr"
            "realized-garch"
            "heavy"
        ]

    let private network = "transformer"

    let private positive (values: float[]) : bool =
        values |> Array.forall (fun value -> value > 0.0 && value < infinity)

    let private measuresLacking (history: History) (forecaster: IForecaster) : string list =
        match box forecaster with
        | :? IReadsMeasures as reader ->
            [
                for name in reader.Measures do
                    match history.Measures.TryFind name with
                    | None -> name
                    // A fit stops at a missing day, and one in logarithms at a zero.
                    | Some values when not (positive values) -> $"{name} above 0 on every day"
                    | Some _ -> ()
            ]
        | _ -> []

    let private returnsLacking (history: History) (forecaster: IForecaster) : string list =
        match box forecaster with
        | :? IReadsReturns as reader when reader.ReadsReturns && Array.forall ((=) 0.0) history.Returns -> [ "returns" ]
        | _ -> []

    let private daysLacking (walkForward: WalkForwardConfig) (forecaster: IForecaster) : string list =
        let short (horizon: int) : bool =
            let origin = WalkForwardConfig.firstOrigin walkForward horizon
            (WalkForwardConfig.window walkForward horizon origin).Length < forecaster.MinimumDays horizon

        match walkForward.Horizons |> List.filter short with
        | [] -> []
        | horizons ->
            let days = horizons |> List.map forecaster.MinimumDays |> List.max
            [ $"a window of {days} days" ]

    /// What a run compares where no model is named: random walk, EWMA, HAR, log-HAR; with returns log-HAR with leverage, GARCH, GJR,
    /// Realized GARCH and HEAVY, whose measure is the history's variance; HARQ, SHAR and log-SHAR where their measures are above 0
    /// on every day; the equal-weight mean of those that are fitted; the Transformer. Models that need a longer window than the
    /// config's are left out too. The config's baseline is always among them, first where it is none of these. Faults: settings
    /// that no walk-forward has, an unknown baseline aside.
    let ofHistory (config: ExperimentConfig) (history: History) : Result<Baselines, Fault> =
        either {
            let! walkForward =
                Fault.catch (fun () -> ExperimentCheck.walkForwardOf config)
                |> Result.bind WalkForwardConfig.check

            let lacking (name: string) : Result<LeftOut, Fault> =
                Models.forecaster Models.registry NeuralForecaster.unmonitored config name
                |> Result.map (fun forecaster ->
                    {
                        Model = name
                        Lacks =
                            measuresLacking history forecaster
                            @ returnsLacking history forecaster
                            @ daysLacking walkForward forecaster
                    })

            let! judged = naive @ fitted @ [ network ] |> Checked.traverse lacking
            let leftOut = judged |> List.filter (fun model -> not model.Lacks.IsEmpty)
            let allowed = List.except (leftOut |> List.map _.Model)
            let members = allowed fitted

            let models =
                allowed naive
                @ members
                @ [
                    if members.Length > 1 then
                        let all = String.concat "+" members
                        $"equal-weight({all})"
                ]
                @ allowed [ network ]

            return
                {
                    Models =
                        if List.contains config.Baseline models then
                            models
                        else
                            config.Baseline :: models
                    LeftOut = leftOut
                }
        }

    /// What was left out and for lack of what, in one line; None where nothing was.
    let describe (baselines: Baselines) : string option =
        match baselines.LeftOut with
        | [] -> None
        | leftOut ->
            let told =
                leftOut
                |> List.groupBy _.Lacks
                |> List.map (fun (lacks, models) ->
                    let names = models |> List.map _.Model |> String.concat ", "
                    let lacks = String.concat " and " lacks
                    $"of {lacks}: {names}")
                |> String.concat "; "

            Some $"left out for lack {told}"

/// The choice as a step of the builder.
[<AutoOpen>]
module ExperimentConfigBaselines =

    type ExperimentConfig with

        /// The models of the usual comparison that a history allows, as Baselines.ofHistory chooses them; call it last. Raises its
        /// faults.
        member config.WithBaselines(history: History) : ExperimentConfig =
            let baselines = Baselines.ofHistory config history |> Fault.orRaise

            { config with
                Models = baselines.Models
            }
