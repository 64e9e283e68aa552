/// Fits of Realized GARCH and HEAVY as text and back. Knows the form, not the meaning.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Text.Json
open System.Text.Json.Nodes

/// The stored form of fits of returns and a measure.
[<RequireQualifiedAccess>]
module RealizedJson =

    /// Raised when a stored fit could be read wrongly by an older program.
    [<Literal>]
    let Version = 1

    /// The property that names the model; a GARCH fit's text lacks it.
    [<Literal>]
    let ModelProperty = "model"

    let private write (model: string) (fit: 'fit) : JsonObject =
        let root = JsonObject()
        root["version"] <- JsonValue.Create Version
        root[ModelProperty] <- JsonValue.Create model
        root["fit"] <- RecordJson.toNode fit
        root

    let private bad (reason: string) : Result<'a, Fault> =
        Error(Fault.NotComputable("A stored fit", reason, "Fit the model again."))

    let private read<'fit> (model: string) (sound: 'fit -> bool) (text: string) : Result<'fit, Fault> =
        try
            use document = JsonDocument.Parse text
            let version = document.RootElement.GetProperty("version").GetInt32()
            let found = document.RootElement.GetProperty(ModelProperty).GetString()

            if version <> Version then
                bad $"is of version {version}; this program reads version {Version}"
            elif found <> model then
                bad $"is of {found}, not of {model}"
            else
                let fit = RecordJson.ofElement<'fit>(document.RootElement.GetProperty "fit")

                if sound fit then
                    Ok fit
                else
                    bad "has parameters or a state of another model"
        with
        | :? JsonException
        | :? FormatException
        | :? InvalidOperationException
        | :? KeyNotFoundException
        | :? ArgumentException
        | :? NullReferenceException as error -> bad $"can't be read ({error.Message.TrimEnd '.'})"

    /// One JSON object: version, model "realized-garch" and fit.
    let ofRealizedGarch (fit: RealizedGarchFit) : JsonObject = write "realized-garch" fit

    /// One JSON object: version, model "heavy" and fit.
    let ofHeavy (fit: HeavyFit) : JsonObject = write "heavy" fit

    let private finite: float[] -> bool = Array.forall Double.IsFinite

    /// The fit of a text that `ofRealizedGarch` gave; Fault.NotComputable for another text, another version or a fit that
    /// doesn't hold together.
    let toRealizedGarch (text: string) : Result<RealizedGarchFit, Fault> =
        text
        |> read "realized-garch" (fun (fit: RealizedGarchFit) ->
            fit.Names = RealizedGarchSpec.parameterNames fit.Spec
            && fit.Parameters.Length = fit.Names.Length
            && fit.State.Measures.Length >= 1
            && fit.State.Levels.Length >= 1
            && fit.Surprises.Length = fit.Standardised.Length
            && List.forall
                finite
                [
                    fit.Parameters
                    fit.State.Measures
                    fit.State.Levels
                    fit.Standardised
                    fit.Surprises
                ])
        |> Result.bind (fun fit -> RealizedGarchSpec.check fit.Spec |> Result.map (fun _ -> fit))

    /// The fit of a text that `ofHeavy` gave; faults as `toRealizedGarch`.
    let toHeavy (text: string) : Result<HeavyFit, Fault> =
        text
        |> read "heavy" (fun (fit: HeavyFit) ->
            fit.Names = Heavy.parameterNames
            && fit.Parameters.Length = fit.Names.Length
            && fit.Surprises.Length = fit.Standardised.Length
            && List.forall
                finite
                [
                    fit.Parameters
                    [| fit.State.Variance; fit.State.Expected; fit.State.Measure |]
                    fit.Standardised
                    fit.Surprises
                ])
