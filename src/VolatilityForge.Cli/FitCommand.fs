/// `volforge fit`: a conditional variance model of one series of returns.
namespace VolatilityForge.Cli

open System
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module FitCommand =

    /// The model that a name and the options tell together, and its regressors.
    let private model (arguments: ParseResults<FitArgs>) (name: string) : Result<GarchSpec * GarchRegressors, Fault> =
        /// An option's own word, where its reader knows it.
        let word (told: string option) (parse: string -> Result<'a, Fault>) : Result<string list, Fault> =
            match told with
            | Some text -> parse text |> Result.map (fun _ -> [ text.Trim().ToLowerInvariant() ])
            | None -> Ok []

        let mean =
            match arguments.TryGetResult FitArgs.Mean_Regressors with
            | None -> Ok []
            | Some text ->
                text.Split '+'
                |> Array.map _.Trim()
                |> List.ofArray
                |> GarchRegressors.checkNames text

        either {
            let! words =
                checked' {
                    let! mean = word (arguments.TryGetResult FitArgs.Mean) GarchSpec.parseMean
                    and! innovation = word (arguments.TryGetResult FitArgs.Innovation) Innovation.parse
                    and! start = word (arguments.TryGetResult FitArgs.Start) GarchSpec.parseStart

                    return
                        mean
                        @ innovation
                        @ start
                        @ (if arguments.Contains FitArgs.Free then [ "free" ] else [])
                }

            let! variance, rest = GarchRegressors.ofName name
            let! mean = mean

            let! spec =
                GarchSpec.parseSpecWith words rest
                |> Result.mapError FitData.amongModels
                |> Result.bind GarchSpec.check

            do! GarchRegressors.checkTaken spec variance

            return
                spec,
                {
                    Mean = mean
                    Variance = variance
                    Measure = None
                }
        }

    /// Days ahead that are told: as asked, else five, or the one that is known where the variance has regressors of which nothing is.
    let private daysOf (arguments: ParseResults<FitArgs>) (regressors: GarchRegressors) (ahead: RegressorsAhead) : int =
        let untold = ahead = RegressorsAhead.Unknown && not regressors.Variance.IsEmpty
        arguments.GetResult(FitArgs.Days_Ahead, (if untold then 1 else 5))

    /// The last value of each regressor in the data.
    let lastOf (regressors: GarchRegressors) (data: GarchData) (name: string) : Result<float, Fault> =
        let column =
            List.zip
                (regressors.Mean @ regressors.Variance)
                [ yield! data.MeanRegressors; yield! data.VarianceRegressors ]
            |> List.find (fst >> (=) name)
            |> snd

        Array.tryLast column
        |> Either.ofOption (Fault.TooShort($"days with a {name}", 1, 0))

    let private json
        (regressors: GarchRegressors)
        (ahead: RegressorsAhead)
        (fit: GarchFit)
        (errors: GarchErrors)
        (variances: float[])
        : JsonNode =
        Json.object'
            [
                "model", JsonValue.Create(GarchSpec.name fit.Spec.Variance)
                "innovation", JsonValue.Create(Innovation.name fit.Spec.Innovation)
                if not (GarchRegressors.isNone regressors) then
                    "regressors", FitReport.regressors regressors
                    "regressors_ahead", JsonValue.Create(RegressorsAhead.name ahead)
                "observations", JsonValue.Create fit.Observations
                "log_likelihood", Json.number fit.LogLikelihood
                "aic", Json.number (Garch.aic fit)
                "bic", Json.number (Garch.bic fit)
                "parameters", FitReport.parameters fit.Names fit.Parameters errors
                "diagnostics", FitReport.diagnostics fit.Diagnostics
                "variances_ahead", Json.numbers variances
            ]

    let private show (regressors: GarchRegressors) (fit: GarchFit) (errors: GarchErrors) (ahead: float[]) : unit =
        FitReport.table
            $"{GarchSpec.name fit.Spec.Variance}, {Innovation.name fit.Spec.Innovation}: log-likelihood {fit.LogLikelihood:F4}, {fit.Observations} returns"
            (FitReport.labels regressors fit.Names)
            fit.Parameters
            errors

        Console.Out.WriteLine $"variance ahead: {FitReport.numbers ahead}"
        FitReport.tell fit.Diagnostics

    let private reads (argument: FitArgs) : bool =
        match argument with
        | FitArgs.Presample _
        | FitArgs.Targeting -> false
        | _ -> true

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<FitArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let name, path = arguments.GetResult FitArgs.Inputs

        let source =
            {
                Path = path
                Returns = arguments.TryGetResult FitArgs.Returns
                Simple = arguments.Contains FitArgs.Simple
            }

        either {
            do! Shared.checkReads "a GARCH model" reads arguments
            let! spec, named = model arguments name

            let! regressors =
                FitData.withMeasure source (arguments.TryGetResult FitArgs.Measure) named

            let! ahead =
                RegressorsAhead.ofOptions
                    (arguments.TryGetResult FitArgs.Regressors_Ahead)
                    (arguments.Contains FitArgs.Hold_Regressors)

            let days = daysOf arguments regressors ahead
            do! RegressorsAhead.check regressors false days ahead
            let! data = FitData.read shared source regressors

            let! _, future =
                RegressorsAhead.columns
                    (shared.GetResult(Arguments.Delimiter, ','))
                    regressors
                    false
                    days
                    (lastOf regressors data)
                    ahead

            let! fit =
                Garch.fit spec data |> Result.mapError (FitData.inFile path source.Returns None)

            let! errors = GarchErrors.ofFit fit data

            let! variances =
                GarchForecast.variances
                    { GarchForecast.simulation with
                        VarianceRegressors = future
                    }
                    days
                    (Rng.ofSeed (shared.GetResult(Arguments.Seed, 1L)))
                    fit

            match arguments.TryGetResult FitArgs.Out with
            | Some path ->
                do!
                    Shared.writeText path (arguments.Contains FitArgs.Force) (fun writer ->
                        writer.WriteLine((GarchJson.ofFitWith regressors fit).ToJsonString()))
            | None -> ()

            if voice.Json then
                Terminal.json (json regressors ahead fit errors variances)
            else
                show regressors fit errors variances
        }
