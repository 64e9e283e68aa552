/// `volforge fit`: a conditional variance model of one series of returns.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module FitCommand =

    /// Returns of bars are in percent: estimates are then of a size that can be read.
    [<Literal>]
    let private Percent = 100.0

    let private number (value: float) : string =
        value.ToString("G6", CultureInfo.InvariantCulture)

    let private lines (path: string) : Result<string[], Fault> =
        try
            use file = File.OpenRead path

            use text =
                if path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) then
                    new StreamReader(new GZipStream(file, CompressionMode.Decompress))
                else
                    new StreamReader(file)

            Ok(text.ReadToEnd().Split([| "\r\n"; "\n" |], StringSplitOptions.RemoveEmptyEntries))
        with
        | :? IOException
        | :? InvalidDataException
        | :? UnauthorizedAccessException as error ->
            Error(Fault.BadFile(path, $"can't be read ({error.Message.TrimEnd '.'})", "Check the path."))

    /// A column of numbers of a CSV file with a header.
    let private column (path: string) (name: string) (delimiter: char) : Result<float[], Fault> =
        let bad row rule found =
            Error(
                Fault.BadData(
                    {
                        Source = path
                        Row = row
                        Column = name
                    },
                    rule,
                    found,
                    ""
                )
            )

        lines path
        |> Result.bind (fun lines ->
            if lines.Length = 0 then
                bad 0 "the file must have a header" "an empty file"
            else
                let header =
                    lines[0].Split delimiter
                    |> Array.map (fun word -> word.Trim().Trim('"', '\uFEFF'))

                match
                    header
                    |> Array.tryFindIndex (fun word -> String.Equals(word, name, StringComparison.OrdinalIgnoreCase))
                with
                | None -> Error(Fault.UnknownName("column", name, List.ofArray header))
                | Some place ->
                    let parsed =
                        lines[1..]
                        |> Array.map (fun line ->
                            let words = line.Split delimiter

                            let word =
                                if place < words.Length then
                                    words[place].Trim().Trim '"'
                                else
                                    ""

                            match Double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture) with
                            | true, value when Double.IsFinite value -> Ok value
                            | _ -> Error word)

                    match parsed |> Array.tryFindIndex Result.isError with
                    | Some row -> bad (row + 2) "must be a finite number" (parsed[row] |> Either.fold id (fun _ -> ""))
                    | None -> Ok(parsed |> Array.choose Result.toOption))

    let private ofBars (simple: bool) (bars: Bars) : float[] =
        (Bars.returns bars)[1..]
        |> Array.map (fun log -> Percent * (if simple then exp log - 1.0 else log))

    let private kinds: (string * GarchErrorKind) list =
        [
            "hessian", GarchErrorKind.Hessian
            "outer_product", GarchErrorKind.OuterProduct
            "robust", GarchErrorKind.Robust
        ]

    let private real (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create value
        else
            null

    let private json (fit: GarchFit) (errors: GarchErrors) (ahead: float[]) : JsonNode =
        let root = JsonObject()
        let diagnostics = fit.Diagnostics
        root["model"] <- JsonValue.Create(GarchSpec.name fit.Spec.Variance)
        root["innovation"] <- JsonValue.Create(Innovation.name fit.Spec.Innovation)
        root["observations"] <- JsonValue.Create fit.Observations
        root["log_likelihood"] <- real fit.LogLikelihood
        root["aic"] <- real (Garch.aic fit)
        root["bic"] <- real (Garch.bic fit)

        let standard =
            kinds |> List.map (fun (name, kind) -> name, GarchErrors.standard kind errors)

        root["parameters"] <-
            JsonArray(
                [|
                    for index, name in List.indexed fit.Names ->
                        let entry = JsonObject()
                        entry["name"] <- JsonValue.Create name
                        entry["estimate"] <- real fit.Parameters[index]
                        let own = JsonObject()

                        for kind, values in standard do
                            own[kind] <- real values[index]

                        entry["standard_errors"] <- own
                        entry :> JsonNode
                |]
            )

        let facts = JsonObject()
        facts["converged"] <- JsonValue.Create diagnostics.Converged
        facts["gradient_norm"] <- real diagnostics.GradientNorm
        facts["iterations"] <- JsonValue.Create diagnostics.Iterations
        facts["evaluations"] <- JsonValue.Create diagnostics.Evaluations
        facts["persistence"] <- real diagnostics.Persistence
        facts["at_bound"] <- JsonArray [| for name in diagnostics.AtBound -> JsonValue.Create name :> JsonNode |]
        facts["scale"] <- real diagnostics.Scale

        facts["scale_warning"] <-
            match diagnostics.ScaleWarning with
            | Some text -> JsonValue.Create text :> JsonNode
            | None -> null

        root["diagnostics"] <- facts
        root["variances_ahead"] <- JsonArray [| for value in ahead -> real value |]
        root

    let private show (fit: GarchFit) (errors: GarchErrors) (ahead: float[]) : unit =
        let standard = kinds |> List.map (fun (_, kind) -> GarchErrors.standard kind errors)

        Terminal.table
            $"{GarchSpec.name fit.Spec.Variance}, {Innovation.name fit.Spec.Innovation}: log-likelihood {fit.LogLikelihood:F4}, {fit.Observations} returns"
            1
            [ "parameter"; "estimate"; "SE Hessian"; "SE OPG"; "SE robust" ]
            [
                for index, name in List.indexed fit.Names ->
                    name
                    :: number fit.Parameters[index]
                    :: [
                        for values in standard ->
                            if Double.IsFinite values[index] then
                                number values[index]
                            else
                                "-"
                    ]
            ]

        let out = Console.Out
        out.WriteLine $"variance ahead: {String.Join(' ', Array.map number ahead)}"
        let diagnostics = fit.Diagnostics
        out.WriteLine $"persistence {number diagnostics.Persistence}, {diagnostics.Evaluations} evaluations"

        if not diagnostics.Converged then
            out.WriteLine
                $"not converged: gradient {number diagnostics.GradientNorm}; try another innovation or a simpler model"

        if not diagnostics.AtBound.IsEmpty then
            let names = String.Join(", ", diagnostics.AtBound)
            out.WriteLine $"at a bound, so without a standard error: {names}"

        if diagnostics.Persistence >= 1.0 then
            out.WriteLine "no unconditional variance exists: long forecasts grow without end"

        diagnostics.ScaleWarning |> Option.iter out.WriteLine

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
                match arguments.TryGetResult FitArgs.Returns with
                | Some name -> column data name (shared.GetResult(Arguments.Delimiter, ','))
                | None ->
                    Shared.bars shared data
                    |> Result.bind (fun bars ->
                        match bars with
                        | [ one ] -> Ok(ofBars (arguments.Contains FitArgs.Simple) one)
                        | several ->
                            let symbols = several |> List.map _.Symbol |> String.concat ", "
                            Error(Fault.BadSetting("--symbol", "must name one symbol", symbols)))

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
