/// What every fit tells: parameters with standard errors, diagnostics. Knows no model.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.Text.Json.Nodes
open VolatilityForge

/// Tables and JSON of fits.
[<RequireQualifiedAccess>]
module FitReport =

    /// Six digits.
    let number (value: float) : string =
        value.ToString("G6", CultureInfo.InvariantCulture)

    /// Numbers on one line.
    let numbers (values: float[]) : string =
        String.Join(' ', Array.map number values)

    let private kinds: (string * GarchErrorKind) list =
        [
            "hessian", GarchErrorKind.Hessian
            "outer_product", GarchErrorKind.OuterProduct
            "robust", GarchErrorKind.Robust
        ]

    /// Names, estimates and standard errors.
    let parameters (names: string list) (estimates: float[]) (errors: GarchErrors) : JsonNode =
        let standard =
            kinds |> List.map (fun (name, kind) -> name, GarchErrors.standard kind errors)

        Json.array
            [
                for index, name in List.indexed names ->
                    Json.object'
                        [
                            "name", JsonValue.Create name
                            "estimate", Json.number estimates[index]
                            "standard_errors",
                            Json.object' [ for kind, values in standard -> kind, Json.number values[index] ]
                        ]
            ]

    /// Columns that mean and variance read, in order of their parameters.
    let regressors (regressors: GarchRegressors) : JsonNode =
        let names (columns: string list) : JsonNode =
            JsonArray [| for name in columns -> JsonValue.Create name :> JsonNode |]

        let root = JsonObject()
        root["mean"] <- names regressors.Mean
        root["variance"] <- names regressors.Variance

        regressors.Measure
        |> Option.iter (fun measure -> root["measure"] <- JsonValue.Create measure)

        root

    /// Names of parameters, those of regressors with their columns.
    let labels (regressors: GarchRegressors) (names: string list) : string list =
        let columns =
            [
                for index, column in List.indexed regressors.Mean -> $"x[{index + 1}]", column
                for index, column in List.indexed regressors.Variance -> $"pi[{index + 1}]", column
            ]
            |> Map.ofList

        names
        |> List.map (fun name ->
            match columns.TryFind name with
            | Some column -> $"{name} {column}"
            | None -> name)

    /// Diagnostics as an object.
    let diagnostics (diagnostics: GarchDiagnostics) : JsonNode =
        Json.object'
            [
                "converged", JsonValue.Create diagnostics.Converged
                "gradient_norm", Json.number diagnostics.GradientNorm
                "iterations", JsonValue.Create diagnostics.Iterations
                "evaluations", JsonValue.Create diagnostics.Evaluations
                "persistence", Json.number diagnostics.Persistence
                "at_bound", Json.texts diagnostics.AtBound
                "scale", Json.number diagnostics.Scale
                "scale_warning", diagnostics.ScaleWarning |> Json.optional (fun text -> JsonValue.Create text)
            ]

    /// Parameters with standard errors as a table.
    let table (title: string) (names: string list) (estimates: float[]) (errors: GarchErrors) : unit =
        let standard = kinds |> List.map (fun (_, kind) -> GarchErrors.standard kind errors)

        Terminal.table
            title
            1
            [ "parameter"; "estimate"; "SE Hessian"; "SE OPG"; "SE robust" ]
            [
                for index, name in List.indexed names ->
                    name
                    :: number estimates[index]
                    :: [ for values in standard -> Cell.number "G6" values[index] ]
            ]

    /// What to know before trusting the fit, a line each.
    let tell (diagnostics: GarchDiagnostics) : unit =
        let out = Console.Out

        out.WriteLine
            $"""persistence {number diagnostics.Persistence}, {Noun.counted diagnostics.Evaluations "evaluation"}"""

        if not diagnostics.Converged then
            out.WriteLine
                $"not converged: gradient {number diagnostics.GradientNorm}; try another innovation or a simpler model"

        if not diagnostics.AtBound.IsEmpty then
            let names = String.Join(", ", diagnostics.AtBound)
            out.WriteLine $"at a bound, so without a standard error: {names}"

        if diagnostics.Persistence >= 1.0 then
            out.WriteLine "no unconditional variance exists: long forecasts grow without end"

        diagnostics.ScaleWarning |> Option.iter out.WriteLine
