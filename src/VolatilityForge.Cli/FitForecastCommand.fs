/// `volforge forecast` from a stored fit: the days ahead of new data, nothing estimated.
namespace VolatilityForge.Cli

open System
open System.IO
open System.Text.Json
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// Forecasts of the days ahead.
type private Ahead =
    {
        Model: string
        Variances: float[]
        Measures: float[] option
        /// What the model reads beside returns, and what it is on the days ahead.
        Regressors: (GarchRegressors * RegressorsAhead) option
        ReturnQuantiles: float[]
        SumQuantiles: float[]
    }

/// The command for these files.
[<RequireQualifiedAccess>]
module FitForecastCommand =

    /// True for a file that opens like a JSON object: a checkpoint's first byte counts its header.
    let isFit (path: string) : bool =
        try
            use file = File.OpenText path
            char (file.Read()) = '{'
        with
        | :? IOException
        | :? UnauthorizedAccessException -> false

    /// The model of a stored fit's text: "heavy", "realized-garch", or "garch" for the whole family.
    let modelOf (text: string) : string =
        try
            use document = JsonDocument.Parse text

            match document.RootElement.TryGetProperty RealizedJson.ModelProperty with
            | true, name -> name.GetString()
            | _ -> "garch"
        with
        | :? JsonException
        | :? InvalidOperationException -> "garch"

    let private aheadOf
        (model: string)
        (variances: float[])
        (measures: float[] option)
        (regressors: (GarchRegressors * RegressorsAhead) option)
        (quantile: float)
        (paths: GarchPaths)
        : Ahead =
        {
            Model = model
            Variances = variances
            Measures = measures
            Regressors = regressors
            ReturnQuantiles = GarchPaths.returnQuantiles quantile paths
            SumQuantiles = GarchPaths.sumQuantiles quantile paths
        }

    /// The simulation that the arguments ask for, and the quantile's probability.
    let private settings (arguments: ParseResults<ForecastArgs>) : Result<GarchSimulation * float, Fault> =
        let quantile = arguments.GetResult(ForecastArgs.Quantile, 0.01)

        if not (quantile > 0.0 && quantile < 1.0) then
            Error(Fault.BadSetting("--quantile", "must lie between 0 and 1", string quantile))
        else
            Ok(
                {
                    Paths = arguments.GetResult(ForecastArgs.Paths, 10_000)
                    Draws =
                        if arguments.Contains ForecastArgs.Bootstrap then
                            GarchDraws.Bootstrap
                        else
                            GarchDraws.Innovation
                    MeanRegressors = [||]
                    VarianceRegressors = [||]
                },
                quantile
            )

    let private ofGarch
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<ForecastArgs>)
        (text: string)
        (path: string)
        (days: int)
        (rng: Rng)
        : Result<Ahead, Fault> =
        either {
            let! simulation, quantile = settings arguments
            let! stored, fit = GarchJson.toFitWith text

            let source =
                {
                    Path = path
                    Returns = arguments.TryGetResult ForecastArgs.Returns
                    Simple = arguments.Contains ForecastArgs.Simple
                }

            let! regressors =
                FitData.withMeasure source (arguments.TryGetResult ForecastArgs.Measure) stored

            let! ahead =
                RegressorsAhead.ofOptions
                    (arguments.TryGetResult ForecastArgs.Regressors_Ahead)
                    (arguments.Contains ForecastArgs.Hold_Regressors)

            do! RegressorsAhead.check regressors true days ahead
            let! data = FitData.read shared source regressors

            let! mean, variance =
                RegressorsAhead.columns
                    (shared.GetResult(Arguments.Delimiter, ','))
                    regressors
                    true
                    days
                    (FitCommand.lastOf regressors data)
                    ahead

            let simulation =
                { simulation with
                    MeanRegressors = mean
                    VarianceRegressors = variance
                }

            let! carried =
                if arguments.Contains ForecastArgs.Append then
                    FitData.append fit data
                else
                    Garch.filter fit data

            let! variances = GarchForecast.variances simulation days rng carried
            let! paths = GarchForecast.simulate simulation days rng carried

            return
                aheadOf
                    (GarchSpec.name fit.Spec.Variance)
                    variances
                    None
                    (if GarchRegressors.isNone regressors then
                         None
                     else
                         Some(regressors, ahead))
                    quantile
                    paths
        }

    let private ofMeasure
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<ForecastArgs>)
        (text: string)
        (path: string)
        (days: int)
        (rng: Rng)
        : Result<Ahead, Fault> =
        either {
            let! simulation, quantile = settings arguments

            let! data =
                RealizedFitCommand.data
                    shared
                    path
                    (arguments.TryGetResult ForecastArgs.Returns)
                    (arguments.TryGetResult ForecastArgs.Measure)

            let append = arguments.Contains ForecastArgs.Append

            let! outlook, paths =
                match modelOf text with
                | "heavy" ->
                    either {
                        let! fit = RealizedJson.toHeavy text

                        let! carried =
                            if append then
                                Ok(Array.fold Heavy.append fit data.Measure)
                            else
                                Heavy.filter fit data

                        let! outlook = Heavy.expected days carried
                        let! paths = Heavy.simulate simulation.Paths days rng carried
                        return outlook, paths
                    }
                | _ ->
                    either {
                        let! fit = RealizedJson.toRealizedGarch text

                        let! carried =
                            if append then
                                Ok(Array.fold RealizedGarch.append fit data.Measure)
                            else
                                RealizedGarch.filter fit data

                        let! outlook = RealizedForecast.expected days carried
                        let! paths = RealizedForecast.simulate simulation days rng carried
                        return outlook, paths
                    }

            return
                aheadOf
                    (modelOf text)
                    outlook.Variances
                    (Some outlook.Measures)
                    None
                    quantile
                    (RealizedForecast.toGarchPaths paths)
        }

    let private json (quantile: float) (ahead: Ahead) : JsonNode =
        Json.object'
            [
                "model", JsonValue.Create ahead.Model
                match ahead.Regressors with
                | Some(regressors, ahead) ->
                    "regressors", FitReport.regressors regressors
                    "regressors_ahead", JsonValue.Create(RegressorsAhead.name ahead)
                | None -> ()
                "variances", Json.numbers ahead.Variances
                match ahead.Measures with
                | Some measures -> "measures", Json.numbers measures
                | None -> ()
                "probability", JsonValue.Create quantile
                "return_quantiles", Json.numbers ahead.ReturnQuantiles
                "sum_quantiles", Json.numbers ahead.SumQuantiles
            ]

    let private show (quantile: float) (ahead: Ahead) : unit =
        let probability = FitReport.number quantile

        Terminal.table
            $"{ahead.Model}: days ahead"
            1
            [
                "day"
                "variance"
                if ahead.Measures.IsSome then
                    "measure"
                "volatility"
                $"return, q {probability}"
                $"sum, q {probability}"
            ]
            [
                for day in 0 .. ahead.Variances.Length - 1 ->
                    [
                        string (day + 1)
                        FitReport.number ahead.Variances[day]
                        match ahead.Measures with
                        | Some measures -> FitReport.number measures[day]
                        | None -> ()
                        FitReport.number (sqrt ahead.Variances[day])
                        FitReport.number ahead.ReturnQuantiles[day]
                        FitReport.number ahead.SumQuantiles[day]
                    ]
            ]

    let private reads (isGarch: bool) (argument: ForecastArgs) : bool =
        match argument with
        | ForecastArgs.Inputs _
        | ForecastArgs.Returns _
        | ForecastArgs.Measure _
        | ForecastArgs.Append
        | ForecastArgs.Days_Ahead _
        | ForecastArgs.Paths _
        | ForecastArgs.Bootstrap
        | ForecastArgs.Quantile _ -> true
        | ForecastArgs.Simple
        | ForecastArgs.Regressors_Ahead _
        | ForecastArgs.Hold_Regressors -> isGarch
        | ForecastArgs.Device _
        | ForecastArgs.Extra _
        | ForecastArgs.Interval _
        | ForecastArgs.Threads _ -> false

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<ForecastArgs>) : Result<unit, Fault> =
        let stored, path = arguments.GetResult ForecastArgs.Inputs
        let days = arguments.GetResult(ForecastArgs.Days_Ahead, 5)
        let rng = Rng.ofSeed (shared.GetResult(Arguments.Seed, 1L))

        either {
            let! text = Shared.readText stored
            let isGarch = modelOf text = "garch"
            do! Shared.checkReads "a forecast from this fit" (reads isGarch) arguments
            let forecast = if isGarch then ofGarch else ofMeasure

            let! ahead =
                forecast shared arguments text path days rng
                |> Result.mapError (Shared.inFile path)

            let quantile = arguments.GetResult(ForecastArgs.Quantile, 0.01)

            if (Shared.voice shared).Json then
                Terminal.json (json quantile ahead)
            else
                show quantile ahead
        }
