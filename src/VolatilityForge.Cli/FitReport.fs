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

    /// A number, null where it isn't finite.
    let real (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create value
        else
            null

    /// Numbers, null where one isn't finite.
    let reals (values: float[]) : JsonNode =
        JsonArray [| for value in values -> real value |]

    /// Names, estimates and standard errors.
    let parameters (names: string list) (estimates: float[]) (errors: GarchErrors) : JsonNode =
        let standard =
            kinds |> List.map (fun (name, kind) -> name, GarchErrors.standard kind errors)

        JsonArray(
            [|
                for index, name in List.indexed names ->
                    let entry = JsonObject()
                    entry["name"] <- JsonValue.Create name
                    entry["estimate"] <- real estimates[index]
                    let own = JsonObject()

                    for kind, values in standard do
                        own[kind] <- real values[index]

                    entry["standard_errors"] <- own
                    entry :> JsonNode
            |]
        )

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

        facts

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
                    :: [
                        for values in standard ->
                            if Double.IsFinite values[index] then
                                number values[index]
                            else
                                "-"
                    ]
            ]

    /// What to know before trusting the fit, a line each.
    let tell (diagnostics: GarchDiagnostics) : unit =
        let out = Console.Out
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
