/// `volforge fit` of a model of returns and a realised measure: Realized GARCH, HEAVY.
namespace VolatilityForge.Cli

open System
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// What a fit of either model tells.
type private Told =
    {
        Model: string
        Title: string
        Names: string list
        Parameters: float[]
        Errors: GarchErrors
        Diagnostics: GarchDiagnostics
        Observations: int
        LogLikelihoods: (string * float) list
        Ahead: RealizedOutlook
        Stored: JsonObject
    }

/// The command for these models.
[<RequireQualifiedAccess>]
module RealizedFitCommand =

    /// True for a model's name, with or without orders, that this command fits.
    let knows (model: string) : bool =
        let name = model.Trim().ToLowerInvariant().Split('(')[0]
        name = "heavy" || List.contains name RealizedGarchSpec.names

    /// Returns and measure: two columns of a CSV, or bars and an estimator of variance, both in percent.
    let data
        (shared: ParseResults<Arguments>)
        (path: string)
        (returns: string option)
        (measure: string option)
        : Result<RealizedData, Fault> =
        let delimiter = shared.GetResult(Arguments.Delimiter, ',')

        match returns, measure with
        | Some returns, Some measure ->
            checked' {
                let! returns = ColumnFile.read path returns delimiter
                and! measure = ColumnFile.read path measure delimiter
                return { Returns = returns; Measure = measure }
            }
        | Some _, None ->
            Error(
                Fault.BadSetting("--measure", "must name the column of the realised measure beside --returns", "none")
            )
        | None, _ ->
            either {
                let! estimator = Range.parse (defaultArg measure FitData.DefaultMeasure)
                let! one = FitData.oneSymbol shared path

                let! history =
                    Measured.history VarianceFloor.SmallestSoFar estimator one
                    |> Result.mapError (Shared.inFile path)

                let first = FitData.firstReturn one history

                return
                    {
                        Returns = history.Returns[first..] |> Array.map (fun value -> 100.0 * value)
                        Measure = history.Variance[first..] |> Array.map (fun value -> 1e4 * Units.strip value)
                    }
            }

    let private realizedGarch
        (arguments: ParseResults<FitArgs>)
        (model: string)
        (days: int)
        (data: RealizedData)
        : Result<Told, Fault> =
        either {
            let! spec = RealizedGarchSpec.parse model

            let! constant =
                match arguments.GetResult(FitArgs.Mean, "zero").ToLowerInvariant() with
                | "zero" -> Ok false
                | "constant" -> Ok true
                | other -> Error(Fault.UnknownName("mean of this model", other, [ "zero"; "constant" ]))

            let! start =
                match arguments.GetResult(FitArgs.Start, "sample").ToLowerInvariant() with
                | "sample" -> Ok RealizedStart.Sample
                | "estimated" -> Ok RealizedStart.Estimated
                | other -> Error(Fault.UnknownName("start of this model", other, [ "sample"; "estimated" ]))

            let! fit =
                RealizedGarch.fit
                    { spec with
                        ConstantMean = constant
                        Start = start
                        Presample = arguments.GetResult(FitArgs.Presample, 0)
                    }
                    data

            let! errors = RealizedGarch.errors fit data
            let! ahead = RealizedForecast.expected days fit
            let name = RealizedGarchSpec.name fit.Spec

            return
                {
                    Model = name
                    Title =
                        $"""{name}: log-likelihood {fit.LogLikelihood:F4}, of returns {fit.PartialLogLikelihood:F4}, {Noun.counted fit.Observations "day"}"""
                    Names = fit.Names
                    Parameters = fit.Parameters
                    Errors = errors
                    Diagnostics = fit.Diagnostics
                    Observations = fit.Observations
                    LogLikelihoods =
                        [
                            "log_likelihood", fit.LogLikelihood
                            "partial_log_likelihood", fit.PartialLogLikelihood
                            "aic", RealizedGarch.aic fit
                            "bic", RealizedGarch.bic fit
                        ]
                    Ahead = ahead
                    Stored = RealizedJson.ofRealizedGarch fit
                }
        }

    let private heavy
        (arguments: ParseResults<FitArgs>)
        (model: string)
        (days: int)
        (data: RealizedData)
        : Result<Told, Fault> =
        either {
            let! spec = Heavy.parse model

            let! fit =
                Heavy.fit
                    {
                        Targeting = spec.Targeting || arguments.Contains FitArgs.Targeting
                    }
                    data

            let! errors = Heavy.errors fit data
            let! ahead = Heavy.expected days fit

            return
                {
                    Model = "heavy"
                    Title =
                        $"heavy: quasi log-likelihood of returns {fit.LogLikelihood:F4}, of the measure {fit.MeasureLogLikelihood:F4}, {fit.Observations} days"
                    Names = fit.Names
                    Parameters = fit.Parameters
                    Errors = errors
                    Diagnostics = fit.Diagnostics
                    Observations = fit.Observations
                    LogLikelihoods =
                        [
                            "log_likelihood", fit.LogLikelihood
                            "measure_log_likelihood", fit.MeasureLogLikelihood
                        ]
                    Ahead = ahead
                    Stored = RealizedJson.ofHeavy fit
                }
        }

    let private json (told: Told) : JsonNode =
        Json.object' (
            [
                "model", JsonValue.Create told.Model :> JsonNode
                "observations", JsonValue.Create told.Observations
            ]
            @ [ for name, value in told.LogLikelihoods -> name, Json.number value ]
            @ [
                "parameters", FitReport.parameters told.Names told.Parameters told.Errors
                "diagnostics", FitReport.diagnostics told.Diagnostics
                "variances_ahead", Json.numbers told.Ahead.Variances
                "measures_ahead", Json.numbers told.Ahead.Measures
            ]
        )

    let private show (told: Told) : unit =
        FitReport.table told.Title told.Names told.Parameters told.Errors
        Console.Out.WriteLine $"variance ahead: {FitReport.numbers told.Ahead.Variances}"
        Console.Out.WriteLine $"measure ahead: {FitReport.numbers told.Ahead.Measures}"
        FitReport.tell told.Diagnostics

    let private reads (isHeavy: bool) (argument: FitArgs) : bool =
        match argument with
        | FitArgs.Inputs _
        | FitArgs.Returns _
        | FitArgs.Measure _
        | FitArgs.Days_Ahead _
        | FitArgs.Out _
        | FitArgs.Force -> true
        | FitArgs.Targeting -> isHeavy
        | FitArgs.Mean _
        | FitArgs.Start _
        | FitArgs.Presample _ -> not isHeavy
        | FitArgs.Innovation _
        | FitArgs.Mean_Regressors _
        | FitArgs.Regressors_Ahead _
        | FitArgs.Hold_Regressors
        | FitArgs.Free
        | FitArgs.Simple -> false

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<FitArgs>) : Result<unit, Fault> =
        let model, path = arguments.GetResult FitArgs.Inputs
        let days = arguments.GetResult(FitArgs.Days_Ahead, 5)

        let isHeavy =
            model.TrimStart().StartsWith("heavy", StringComparison.OrdinalIgnoreCase)

        either {
            do! Shared.checkReads (if isHeavy then "heavy" else "realized-garch") (reads isHeavy) arguments

            let! read =
                data shared path (arguments.TryGetResult FitArgs.Returns) (arguments.TryGetResult FitArgs.Measure)

            let! told =
                (if isHeavy then heavy else realizedGarch) arguments model days read
                |> Result.mapError (
                    FitData.inFile
                        path
                        (arguments.TryGetResult FitArgs.Returns)
                        (arguments.TryGetResult FitArgs.Measure)
                )

            match arguments.TryGetResult FitArgs.Out with
            | Some path ->
                do!
                    Shared.writeText path (arguments.Contains FitArgs.Force) (fun writer ->
                        writer.WriteLine(told.Stored.ToJsonString()))
            | None -> ()

            if (Shared.voice shared).Json then
                Terminal.json (json told)
            else
                show told
        }
