/// `volforge simulate`: returns and variances drawn from a model by name or from a stored fit.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// One path; columns of one element per day.
type private Drawn =
    {
        Model: string
        /// Names and values of what it was drawn from.
        Parameters: (string * float) list
        Returns: float[]
        Variances: float[]
        Measures: float[] option
    }

/// The command.
[<RequireQualifiedAccess>]
module SimulateCommand =

    /// NAME=VALUE pairs put over the values of the names.
    let private withValues (names: string list) (typical: float[]) (text: string option) : Result<float[], Fault> =
        let known = List.map string names

        let pair (word: string) : Result<int * float, Fault> =
            match word.Split('=', 2) with
            | [| name; value |] ->
                match
                    List.tryFindIndex ((=) (name.Trim())) known, Double.TryParse(value, CultureInfo.InvariantCulture)
                with
                | None, _ -> Error(Fault.UnknownName("parameter", name.Trim(), known))
                | Some at, (true, value) when Double.IsFinite value -> Ok(at, value)
                | Some _, _ -> Error(Fault.BadSetting("--parameters", "must be NAME=VALUE, comma-separated", word))
            | _ -> Error(Fault.BadSetting("--parameters", "must be NAME=VALUE, comma-separated", word))

        match text with
        | None -> Ok typical
        | Some text ->
            text.Split(',', StringSplitOptions.RemoveEmptyEntries)
            |> List.ofArray
            |> Checked.traverse pair
            |> Result.map (List.fold (fun values (at, value) -> Array.updateAt at value values) typical)

    let private ofName
        (arguments: ParseResults<SimulateArgs>)
        (name: string)
        (days: int)
        (rng: Rng)
        : Result<Drawn, Fault> =
        let asked = arguments.TryGetResult SimulateArgs.Parameters
        let start = 1.0

        if arguments.Contains SimulateArgs.Bootstrap then
            Error(Fault.BadSetting("--bootstrap", "is of a stored fit; a model's name has no residuals", name))
        elif
            arguments.Contains SimulateArgs.Regressors_Ahead
            || arguments.Contains SimulateArgs.Hold_Regressors
        then
            let options = "--regressors-ahead and --hold-regressors"
            Error(Fault.BadSetting(options, "are of a stored fit with regressors", name))
        elif name.TrimStart().StartsWith("heavy", StringComparison.OrdinalIgnoreCase) then
            Error(
                Fault.BadSetting(
                    "model",
                    "must be a stored fit for heavy, which assumes no distribution and draws from the fit's own days",
                    name
                )
            )
        elif RealizedFitCommand.knows name then
            either {
                let! spec = RealizedGarchSpec.parse name |> Result.bind RealizedGarchSpec.check
                let names = RealizedGarchSpec.parameterNames spec
                let! parameters = withValues names (RealizedForecast.typical spec) asked

                let! path =
                    RealizedForecast.path spec parameters start RealizedForecast.LeftOut days rng

                return
                    {
                        Model = name
                        Parameters = List.zip names (List.ofArray parameters)
                        Returns = path.Returns[0]
                        Variances = path.Variances[0]
                        Measures = Some path.Measures[0]
                    }
            }
        else
            either {
                let! spec =
                    GarchSpec.parseSpec name
                    |> Result.mapError FitData.amongModels
                    |> Result.bind GarchSpec.check

                let names = GarchSpec.parameterNames spec 0 0
                let! parameters = withValues names (GarchForecast.typical spec) asked

                let! path =
                    GarchForecast.path spec parameters start (GarchForecast.leftOut spec) days rng

                return
                    {
                        Model = name
                        Parameters = List.zip names (List.ofArray parameters)
                        Returns = path.Returns[0]
                        Variances = path.Variances[0]
                        Measures = None
                    }
            }

    /// Variances of these grow without end, on average, long before they leave the numbers that a computer has.
    let private warn (shared: ParseResults<Arguments>) (diagnostics: GarchDiagnostics) : unit =
        if diagnostics.Persistence > 1.0 then
            Terminal.note
                (Shared.voice shared)
                $"note: the fit's persistence is {FitReport.number diagnostics.Persistence}: variances grow without end."

    let private ofGarch
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<SimulateArgs>)
        (simulation: GarchSimulation)
        (text: string)
        (days: int)
        (rng: Rng)
        : Result<Drawn, Fault> =
        either {
            let! regressors, fit = GarchJson.toFitWith text

            let! ahead =
                RegressorsAhead.ofOptions
                    (arguments.TryGetResult SimulateArgs.Regressors_Ahead)
                    (arguments.Contains SimulateArgs.Hold_Regressors)

            let last (name: string) : Result<float, Fault> =
                match List.tryFindIndex ((=) name) regressors.Variance with
                | Some at when not (List.contains name regressors.Mean) -> Ok fit.State.Regressors[at]
                | _ ->
                    let rule =
                        "can't keep a regressor of the mean: a stored fit holds no row of it; give --regressors-ahead"

                    Error(Fault.BadSetting("--hold-regressors", rule, name))

            let! mean, variance =
                RegressorsAhead.columns (shared.GetResult(Arguments.Delimiter, ',')) regressors true days last ahead

            let! paths =
                GarchForecast.simulate
                    { simulation with
                        MeanRegressors = mean
                        VarianceRegressors = variance
                    }
                    days
                    rng
                    fit
                |> Result.bind GarchPaths.check

            warn shared fit.Diagnostics

            return
                {
                    Model = GarchSpec.name fit.Spec.Variance
                    Parameters = List.zip fit.Names (List.ofArray fit.Parameters)
                    Returns = paths.Returns[0]
                    Variances = paths.Variances[0]
                    Measures = None
                }
        }

    let private ofFit
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<SimulateArgs>)
        (path: string)
        (days: int)
        (rng: Rng)
        : Result<Drawn, Fault> =
        let simulation =
            {
                Paths = 1
                Draws =
                    if arguments.Contains SimulateArgs.Bootstrap then
                        GarchDraws.Bootstrap
                    else
                        GarchDraws.Innovation
                MeanRegressors = [||]
                VarianceRegressors = [||]
            }

        let drawn
            (text: string)
            (names: string list)
            (parameters: float[])
            (diagnostics: GarchDiagnostics)
            (paths: RealizedPaths)
            : Drawn =
            warn shared diagnostics

            {
                Model = FitForecastCommand.modelOf text
                Parameters = List.zip names (List.ofArray parameters)
                Returns = paths.Returns[0]
                Variances = paths.Variances[0]
                Measures = Some paths.Measures[0]
            }

        either {
            do!
                Checked.require
                    (Fault.BadSetting("--parameters", "are of a model's name; a stored fit has its own", "given"))
                    (not (arguments.Contains SimulateArgs.Parameters))

            let! text = Shared.readText path

            match FitForecastCommand.modelOf text with
            | "heavy" ->
                let! fit = RealizedJson.toHeavy text
                let! paths = Heavy.simulate 1 days rng fit |> Result.bind RealizedForecast.checkPaths
                return drawn text fit.Names fit.Parameters fit.Diagnostics paths
            | "realized-garch" ->
                let! fit = RealizedJson.toRealizedGarch text

                let! paths =
                    RealizedForecast.simulate simulation days rng fit
                    |> Result.bind RealizedForecast.checkPaths

                return drawn text fit.Names fit.Parameters fit.Diagnostics paths
            | _ -> return! ofGarch shared arguments simulation text days rng
        }

    let private columns (drawn: Drawn) : (string * float[]) list =
        [
            "return", drawn.Returns
            "variance", drawn.Variances
            match drawn.Measures with
            | Some measures -> "measure", measures
            | None -> ()
        ]

    let private write (drawn: Drawn) (writer: TextWriter) : unit =
        let columns = columns drawn
        writer.Write("day," + String.concat "," (List.map fst columns) + "\n")

        for day in 0 .. drawn.Returns.Length - 1 do
            let row =
                columns
                |> List.map (fun (_, values) -> values[day].ToString("R", CultureInfo.InvariantCulture))

            writer.Write($"""{day + 1},{String.concat "," row}""" + "\n")

    let private json (drawn: Drawn) : JsonNode =
        Json.object' (
            [
                "model", JsonValue.Create drawn.Model :> JsonNode
                "parameters", Json.object' [ for name, value in drawn.Parameters -> name, Json.number value ]
            ]
            @ [ for name, values in columns drawn -> name + "s", Json.numbers values ]
        )

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<SimulateArgs>) : Result<unit, Fault> =
        let model = arguments.GetResult SimulateArgs.Model
        let days = arguments.GetResult(SimulateArgs.Days, 1000)
        let rng = Rng.ofSeed (shared.GetResult(Arguments.Seed, 1L))
        let voice = Shared.voice shared

        either {
            let! drawn =
                if File.Exists model then
                    ofFit shared arguments model days rng
                else
                    ofName arguments model days rng

            match arguments.TryGetResult SimulateArgs.Out with
            | Some path -> do! Shared.writeText path (arguments.Contains SimulateArgs.Force) (write drawn)
            | None when voice.Json -> ()
            | None -> write drawn Console.Out

            if voice.Json then
                Terminal.json (json drawn)
        }
