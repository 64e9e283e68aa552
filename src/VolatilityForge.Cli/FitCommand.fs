/// `volforge fit`: a conditional variance model of one series of returns.
namespace VolatilityForge.Cli

open System
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module FitCommand =

    /// Returns of bars are in percent: estimates are then of a size that can be read.
    [<Literal>]
    let private Percent = 100.0

    let private ofBars (simple: bool) (bars: Bars) : float[] =
        (Bars.returns bars)[1..]
        |> Array.map (fun log -> Percent * (if simple then exp log - 1.0 else log))

    /// Returns of a column of a CSV, or of bars in percent.
    let returns
        (shared: ParseResults<Arguments>)
        (path: string)
        (column: string option)
        (simple: bool)
        : Result<float[], Fault> =
        match column with
        | Some name -> ColumnFile.read path name (shared.GetResult(Arguments.Delimiter, ','))
        | None -> Shared.bar shared path |> Result.map (ofBars simple)

    let private json (fit: GarchFit) (errors: GarchErrors) (ahead: float[]) : JsonNode =
        Json.object'
            [
                "model", JsonValue.Create(GarchSpec.name fit.Spec.Variance)
                "innovation", JsonValue.Create(Innovation.name fit.Spec.Innovation)
                "observations", JsonValue.Create fit.Observations
                "log_likelihood", Json.number fit.LogLikelihood
                "aic", Json.number (Garch.aic fit)
                "bic", Json.number (Garch.bic fit)
                "parameters", FitReport.parameters fit.Names fit.Parameters errors
                "diagnostics", FitReport.diagnostics fit.Diagnostics
                "variances_ahead", Json.numbers ahead
            ]

    let private show (fit: GarchFit) (errors: GarchErrors) (ahead: float[]) : unit =
        FitReport.table
            $"{GarchSpec.name fit.Spec.Variance}, {Innovation.name fit.Spec.Innovation}: log-likelihood {fit.LogLikelihood:F4}, {fit.Observations} returns"
            fit.Names
            fit.Parameters
            errors

        Console.Out.WriteLine $"variance ahead: {FitReport.numbers ahead}"
        FitReport.tell fit.Diagnostics

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<FitArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let model, data = arguments.GetResult FitArgs.Inputs

        either {
            let! variance = GarchSpec.parse model
            let! mean = arguments.GetResult(FitArgs.Mean, "constant") |> GarchSpec.parseMean

            let! innovation =
                arguments.GetResult(FitArgs.Innovation, "normal") |> Innovation.parse

            let! start =
                arguments.GetResult(FitArgs.Start, "mean-square") |> GarchSpec.parseStart

            let! returns =
                returns shared data (arguments.TryGetResult FitArgs.Returns) (arguments.Contains FitArgs.Simple)

            let spec =
                {
                    Mean = mean
                    Variance = variance
                    Innovation = innovation
                    Start = start
                    Stationary = not (arguments.Contains FitArgs.Free)
                }

            let read = GarchData.ofReturns returns
            let! fit = Garch.fit spec read |> Result.mapError (Shared.inFile data)
            let! errors = GarchErrors.ofFit fit read
            let days = arguments.GetResult(FitArgs.Days_Ahead, 5)
            let seed = shared.GetResult(Arguments.Seed, 1L)

            let! ahead =
                GarchForecast.variances GarchForecast.simulation days (Rng.ofSeed seed) fit

            match arguments.TryGetResult FitArgs.Out with
            | Some path ->
                do!
                    Shared.writeText path (arguments.Contains FitArgs.Force) (fun writer ->
                        writer.WriteLine((GarchJson.ofFit fit).ToJsonString()))
            | None -> ()

            if voice.Json then
                Terminal.json (json fit errors ahead)
            else
                show fit errors ahead
        }
