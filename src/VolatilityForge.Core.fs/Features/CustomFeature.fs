/// A user's own features from a function. Knows no pipeline.
namespace VolatilityForge

/// Making definitions; a recipe names them by their name, and whoever reads the recipe hands them over.
[<RequireQualifiedAccess>]
module CustomFeature =

    let private define (name: string) (inputs: string list) (memory: int) (kernel: FeatureKernel) : FeatureDefinition =
        { Feature.define name FeatureFamily.Custom "" "the user's own" with
            Roles = inputs |> List.map (fun input -> Feature.role input None)
            Outputs = fun _ _ -> [ { Name = name; Unit = None } ]
            Memory = fun _ -> memory
            Homogeneous = false
            Kernel = fun _ _ -> kernel
        }

    /// A feature of each row alone: the function gets the row's values in the order of the inputs.
    let rowwise (name: string) (inputs: string list) (value: float[] -> float) : FeatureDefinition =
        define name inputs 0 (fun rows outputs ->
            for row in rows.First .. rows.Last do
                outputs[0][row] <- value (rows.Columns |> Array.map (fun column -> column[row])))

    /// A feature of the last `window` rows: the function gets, in the order of the inputs, their values from the oldest to the
    /// row's own. NaN before there are so many. Raises VolatilityForgeException (Fault.BadSetting) for a window below 1.
    let windowed (name: string) (inputs: string list) (window: int) (value: float[][] -> float) : FeatureDefinition =
        if window < 1 then
            Fault.raiseWith (Fault.BadSetting($"window of {name}", "must be 1 or more", string window))

        define name inputs (window - 1) (fun rows outputs ->
            for row in rows.First .. rows.Last do
                outputs[0][row] <-
                    if row < window - 1 then
                        nan
                    else
                        value (rows.Columns |> Array.map (fun column -> column[row - window + 1 .. row])))
