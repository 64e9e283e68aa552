/// Every feature by its name. Knows no data.
namespace VolatilityForge

/// Finding features.
[<RequireQualifiedAccess>]
module FeatureRegistry =

    /// Every feature of the library.
    let all: FeatureDefinition list =
        List.concat
            [
                QuoteFeatures.all
                OrderFlowFeatures.all
                TradeFeatures.all
                LiquidityFeatures.all
                OptionFeatures.all
                NonlinearFeatures.all
                FittedFeatures.all
                CalendarFeatures.all
                InteractionFeatures.all
            ]

    /// The features of a family.
    let ofFamily (family: FeatureFamily) : FeatureDefinition list =
        all |> List.filter (fun definition -> definition.Family = family)

    /// The feature of a name among the library's and these; Fault.UnknownName lists the names there are.
    let find (own: FeatureDefinition list) (name: string) : Result<FeatureDefinition, Fault> =
        let known: FeatureDefinition list = own @ all

        known
        |> List.tryFind (fun definition -> definition.Name = name)
        |> Either.ofOption (Fault.UnknownName("feature", name, known |> List.map (fun definition -> definition.Name)))

    let private compute
        (definition: FeatureDefinition)
        (spec: FeatureSpec)
        (train: Frame)
        (frame: Frame)
        : Result<(string * float[]) list, Fault> =
        let columnsOf (source: Frame) =
            spec.Columns
            |> Checked.traverse (fun name -> Frame.column name source)
            |> Result.map Array.ofList

        either {
            let! columns = columnsOf frame

            let! learned =
                match definition.Fit with
                | None -> Ok [||]
                | Some fit -> columnsOf train |> Result.bind (fit spec)

            let outputs =
                definition.Outputs spec (spec.Columns |> List.map FeatureUnit.ofColumn)

            let values =
                FeatureBlocks.batch definition spec learned outputs.Length frame.Index columns

            return outputs |> List.mapi (fun at (output: FeatureOutput) -> output.Name, values[at])
        }

    /// The outputs of one feature of a frame; what it learns, it learns of the whole frame. Faults of `find`, `Feature.complete`,
    /// `Frame.column` and the fit.
    let apply (spec: FeatureSpec) (frame: Frame) : Result<(string * float[]) list, Fault> =
        either {
            let! definition = find [] spec.Feature
            let! completed = Feature.complete definition spec
            return! compute definition completed frame frame
        }
