/// Characteristics of options in columns, one element per option. Knows no chain and no pipeline.
namespace VolatilityForge

open System

/// Moneyness and the proxies of vega and gamma of options: columns of one element per option, forwards and strikes positive, years and
/// volatilities at the money floored at a day and 0.01. NaN where a column is. Raises VolatilityForgeException (Fault.BadShape) for
/// columns of different lengths.
[<Sealed>]
type OptionCharacteristics(forward: float[], strike: float[], years: float[], atmVolatility: float[]) =

    do
        for name, column in [ "strike", strike; "years", years; "atmVolatility", atmVolatility ] do
            if column.Length <> forward.Length then
                Fault.raiseWith (
                    Fault.BadShape(
                        "OptionCharacteristics",
                        $"length of {name}",
                        string forward.Length,
                        string column.Length
                    )
                )

    let columns =
        [| forward; strike; years; atmVolatility |]
        |> Array.map (fun column -> Array.copy column)

    let compute (definition: FeatureDefinition) : float[] =
        let spec =
            Feature.complete definition (FeatureSpec.create definition.Name)
            |> Fault.orRaise

        (FeatureBlocks.batch definition spec [||] 1 (Array.zeroCreate<DateTime> forward.Length) columns)[0]

    /// Options.
    member _.Length: int = forward.Length

    /// m = ln(strike / forward) / (atmVolatility sqrt(years)).
    member _.StandardisedMoneyness: float[] = compute OptionFeatures.standardisedMoneyness

    /// phi(m) sqrt(years): the shape of vega over moneyness, not vega itself.
    member _.VegaProxy() : float[] = compute OptionFeatures.vegaProxy

    /// phi(m) / (atmVolatility sqrt(years)): the shape of gamma over moneyness, not gamma itself.
    member _.GammaProxy() : float[] = compute OptionFeatures.gammaProxy
