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
        (quantile: float)
        (paths: GarchPaths)
        : Ahead =
        {
            Model = model
            Variances = variances
            Measures = measures
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
            let! fit = GarchJson.toFit text

            if fit.MeanRegressors + fit.VarianceRegressors > 0 then
                return!
                    Error(
                        Fault.BadSetting("the stored fit", "must be without regressors here", "a fit with regressors")
                    )

            let! returns =
                FitCommand.returns
                    shared
                    path
                    (arguments.TryGetResult ForecastArgs.Returns)
                    (arguments.Contains ForecastArgs.Simple)

            let! carried =
                if arguments.Contains ForecastArgs.Append then
                    Ok(Array.fold Garch.append fit returns)
                else
                    Garch.filter fit (GarchData.ofReturns returns)

            let! variances = GarchForecast.variances simulation days rng carried
            let! paths = GarchForecast.simulate simulation days rng carried
            return aheadOf (GarchSpec.name fit.Spec.Variance) variances None quantile paths
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
                    quantile
                    (RealizedForecast.toGarchPaths paths)
        }

    let private json (quantile: float) (ahead: Ahead) : JsonNode =
        Json.object'
            [
                "model", JsonValue.Create ahead.Model
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

    let private reads (argument: ForecastArgs) : bool =
        match argument with
        | ForecastArgs.Inputs _
        | ForecastArgs.Returns _
        | ForecastArgs.Measure _
        | ForecastArgs.Simple
        | ForecastArgs.Append
        | ForecastArgs.Days_Ahead _
        | ForecastArgs.Paths _
        | ForecastArgs.Bootstrap
        | ForecastArgs.Quantile _ -> true
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
            do! Shared.checkReads "a forecast from a fit" reads arguments
            let! text = Shared.readText stored
            let forecast = if modelOf text = "garch" then ofGarch else ofMeasure

            let! ahead =
                forecast shared arguments text path days rng
                |> Result.mapError (Shared.inFile path)

            let quantile = arguments.GetResult(ForecastArgs.Quantile, 0.01)

            if (Shared.voice shared).Json then
                Terminal.json (json quantile ahead)
            else
                show quantile ahead
        }
