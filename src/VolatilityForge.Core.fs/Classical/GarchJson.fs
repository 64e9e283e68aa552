/// A fit as text and back. Knows the form, not the meaning.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Text.Json
open System.Text.Json.Nodes

/// The stored form of fits.
[<RequireQualifiedAccess>]
module GarchJson =

    /// Raised when a stored fit could be read wrongly by an older program.
    [<Literal>]
    let Version = 1

    /// One JSON object: version and fit.
    let ofFit (fit: GarchFit) : JsonObject =
        let root = JsonObject()
        root["version"] <- JsonValue.Create Version
        root["fit"] <- RecordJson.toNode fit
        root

    [<Literal>]
    let private RegressorsProperty = "regressors"

    /// As `ofFit`, with the names of the columns that the fit read.
    let ofFitWith (regressors: GarchRegressors) (fit: GarchFit) : JsonObject =
        let root = ofFit fit
        root[RegressorsProperty] <- RecordJson.toNode regressors
        root

    let private bad (reason: string) : Result<'a, Fault> =
        Error(Fault.NotComputable("A stored fit", reason, "Fit the model again."))

    let private sound (fit: GarchFit) : bool =
        let names =
            GarchSpec.parameterNames fit.Spec fit.MeanRegressors fit.VarianceRegressors

        let finite = Array.forall Double.IsFinite

        fit.Names = names
        && fit.Parameters.Length = names.Length
        && finite fit.Parameters
        && finite fit.State.Returns
        && finite fit.State.Residuals
        && finite fit.State.Levels
        && finite fit.Standardised
        && fit.State.Start > 0.0
        && fit.State.Returns.Length = GarchSpec.lookBack fit.Spec
        && fit.State.Regressors.Length = fit.VarianceRegressors

    let private reading (text: string) (read: JsonElement -> Result<'a, Fault>) : Result<'a, Fault> =
        try
            use document = JsonDocument.Parse text
            read document.RootElement
        with
        | :? JsonException
        | :? FormatException
        | :? InvalidOperationException
        | :? KeyNotFoundException
        | :? ArgumentException
        | :? NullReferenceException as error -> bad $"can't be read ({error.Message.TrimEnd '.'})"

    /// The fit of a text that `ofFit` gave; Fault.NotComputable for another text, another version or a fit that doesn't
    /// hold together.
    let toFit (text: string) : Result<GarchFit, Fault> =
        reading text (fun root ->
            let version = root.GetProperty("version").GetInt32()

            if version <> Version then
                bad $"is of version {version}; this program reads version {Version}"
            else
                let fit = RecordJson.ofElement<GarchFit>(root.GetProperty "fit")

                GarchSpec.check fit.Spec
                |> Result.bind (fun _ ->
                    if sound fit then
                        Ok fit
                    else
                        bad "has parameters or a state of another model"))

    /// The fit of a text that `ofFitWith` gave, and the names of its columns; of `ofFit` too, where the fit has no regressors. Faults
    /// as `toFit`, and for a fit whose columns have no names.
    let toFitWith (text: string) : Result<GarchRegressors * GarchFit, Fault> =
        toFit text
        |> Result.bind (fun fit ->
            reading text (fun root ->
                let regressors =
                    match root.TryGetProperty RegressorsProperty with
                    | true, stored -> RecordJson.ofElement<GarchRegressors> stored
                    | _ -> GarchRegressors.none

                if
                    regressors.Mean.Length = fit.MeanRegressors
                    && regressors.Variance.Length = fit.VarianceRegressors
                then
                    Ok(regressors, fit)
                else
                    bad "has regressors without the names of their columns"))
