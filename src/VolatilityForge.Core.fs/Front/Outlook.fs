/// Forecasts of days still to come: every model of a config, from the last day of a history.
namespace VolatilityForge

open System

/// One model's forecast from the last day of a history.
type OutlookRow =
    {
        Model: string
        Horizon: int
        /// The last day the forecast has seen.
        Origin: DateOnly
        /// Mean daily variance over the horizon, after clamping.
        Variance: Variance
        /// Where it is expected, by what the run calibrated; None without intervals.
        Interval: VarianceInterval option
        /// Level, Value at Risk and expected shortfall of the next day's return; empty without levels and beyond one day ahead.
        Tails: (float * float * float) list
    }

/// Forecasting from the end of a history.
[<RequireQualifiedAccess>]
module Outlook =

    let private latest
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (ensembles: TrainedEnsemble list)
        (history: History)
        (horizon: int)
        (name: string)
        : Result<OutlookRow, Fault> =
        let last = History.length history - 1
        let walkForward = Experiment.walkForwardOf config
        let window = WalkForwardConfig.window walkForward horizon last

        let fitted =
            match
                ensembles
                |> List.tryFind (fun ensemble -> ensemble.Model = name && ensemble.Horizon = horizon)
            with
            | Some ensemble when ensemble.FittedOn > history.Dates[last] ->
                Error(
                    Fault.NotComputable(
                        $"A forecast from {history.Dates[last]:O}",
                        $"the networks of the checkpoint were trained on days up to {ensemble.FittedOn:O}",
                        "Give bars up to that day or later."
                    )
                )
            | Some ensemble ->
                either {
                    let! model = Models.create models config name

                    match model with
                    | Model.Network recipe ->
                        let! _ = Engine.check ()
                        let options = Models.neuralOptions name recipe config
                        return! NeuralForecaster.ofEnsemble options ensemble history window
                    | Model.Forecaster forecaster -> return! forecaster.Fit(history, window, horizon)
                }
            | None ->
                Models.forecaster models NeuralForecaster.unmonitored config name
                |> Result.bind (fun model -> model.Fit(history, window, horizon))

        fitted
        |> Result.bind (fun fitted -> Fault.catch (fun () -> fitted.Forecast(history, last)))
        |> Result.map (fun raw ->
            {
                Model = name
                Horizon = horizon
                Origin = history.Dates[last]
                Variance = WalkForward.clamp walkForward horizon history last raw
                Interval = None
                Tails = []
            })

    /// Every model at every horizon of the config. Networks come from the ensembles where these hold them and are trained
    /// on the last window otherwise; the classical models are fitted on the last window. Faults: TooShort for a history
    /// without a whole window, and those of the models.
    let forecastWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (ensembles: TrainedEnsemble list)
        (history: History)
        : Result<OutlookRow list, Fault> =
        let needed =
            config.Horizons
            |> List.map (WalkForwardConfig.earliestOrigin (Experiment.walkForwardOf config))
            |> List.fold max 0

        if History.length history <= needed then
            Error(Fault.TooShort("A forecast", needed + 1, History.length history))
        else
            [
                for horizon in config.Horizons do
                    for name in config.Models -> horizon, name
            ]
            |> Checked.traverse (fun (horizon, name) -> latest models config ensembles history horizon name)

    /// As `forecastWith`, with the models that come with the library.
    let forecast
        (config: ExperimentConfig)
        (ensembles: TrainedEnsemble list)
        (history: History)
        : Result<OutlookRow list, Fault> =
        forecastWith Models.registry config ensembles history

    /// Rows with the intervals and quantiles that the settings ask for, by what a run calibrated; a row without such a state stays as it
    /// is. Fault: those of the settings.
    let withRisk
        (config: ExperimentConfig)
        (states: Map<string * int, RiskState>)
        (rows: OutlookRow list)
        : Result<OutlookRow list, Fault> =
        config.Risk
        |> Result.map (fun risk ->
            rows
            |> List.map (fun row ->
                match states.TryFind((row.Model, row.Horizon)) with
                | None -> row
                | Some state ->
                    { row with
                        Interval =
                            state.Conformal
                            |> Option.map (fun conformal -> Conformal.interval conformal row.Variance)
                        Tails =
                            if row.Horizon = 1 then
                                RiskTrack.ahead risk state row.Variance
                            else
                                []
                    }))
