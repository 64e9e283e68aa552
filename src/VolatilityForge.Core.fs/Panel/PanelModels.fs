/// The library's panel models by name. Knows no walk-forward.
namespace VolatilityForge

/// Makers of panel models by name, from features that are added to those of every model.
type PanelRegistry = Registry<PanelFeature list, IPanelForecaster>

/// The models.
[<RequireQualifiedAccess>]
module PanelModels =

    let private regression
        (make: PanelRegressionOptions -> IPanelForecaster)
        (name: string)
        (features: PanelFeature list)
        (shrinkage: Shrinkage)
        (extra: PanelFeature list)
        : IPanelForecaster =
        make
            { PanelRegression.defaults with
                Name = name
                Features = features @ extra
                Shrinkage = shrinkage
            }

    let private log' = regression EbLog.forecaster
    let private glm = regression EbGlm.forecaster

    let private wide = PanelFeatures.ofBlocks PanelFeatures.wide
    let private har = PanelFeatures.ofBlocks [ PanelFeatures.har ]
    let private core = PanelFeatures.ofBlocks PanelFeatures.core
    let private full = PanelFeatures.ofBlocks PanelFeatures.full

    /// Core features with the first four hinges and the lags.
    let private middle =
        PanelFeatures.ofBlocks (
            PanelFeatures.core
            @ [
                { PanelFeatures.nonlinear with
                    Features = List.take 4 PanelFeatures.hinges
                }
                PanelFeatures.lags
            ]
        )

    let private combination
        (name: string)
        (rule: PanelCombinationRule)
        (members: (PanelFeature list -> IPanelForecaster) list)
        extra
        =
        PanelCombination.forecaster name rule (fun _ -> members |> List.map (fun make -> make extra))

    /// Log-HAR with one set of slopes and an intercept per symbol.
    let pooledLogHar: PanelFeature list -> IPanelForecaster =
        log' "pooled-log-har" har Shrinkage.Pooled

    /// Core features, one set of slopes and an intercept per symbol.
    let pooledLog: PanelFeature list -> IPanelForecaster =
        log' "pooled-log" core Shrinkage.Pooled

    /// Core features, each symbol by itself with a ridge worth 100 rows.
    let ridge: PanelFeature list -> IPanelForecaster =
        log' "panel-ridge" core (Shrinkage.ToZero 100.0)

    /// Core features, hinges and lags, each symbol by itself with a ridge worth 1,000 rows: for a lone symbol and for far horizons.
    let ridgeFull: PanelFeature list -> IPanelForecaster =
        log' "panel-ridge-full" full (Shrinkage.ToZero 1000.0)

    /// Core features, slopes shrunk to the pooled ones by a prior of 1,000 rows.
    let ebLog: PanelFeature list -> IPanelForecaster =
        log' "eb-log" core (Shrinkage.ToPooled 1000.0)

    /// With hinges and lags.
    let ebLogFull: PanelFeature list -> IPanelForecaster =
        log' "eb-log-full" full (Shrinkage.ToPooled 1000.0)

    /// With hinges and lags, and a prior of 3,000 rows.
    let ebLogStrong: PanelFeature list -> IPanelForecaster =
        log' "eb-log-strong" full (Shrinkage.ToPooled 3000.0)

    let private ebLogMiddle = log' "eb-log-middle" middle (Shrinkage.ToPooled 1000.0)

    /// Core features fitted by QLIKE, one set of slopes and an intercept per symbol.
    let pooledGlm: PanelFeature list -> IPanelForecaster =
        glm "pooled-glm" core Shrinkage.Pooled

    /// Core features fitted by QLIKE, slopes shrunk to the pooled ones by a prior of 1,000 rows.
    let ebGlm: PanelFeature list -> IPanelForecaster =
        glm "eb-glm" core (Shrinkage.ToPooled 1000.0)

    let private ebGlmMiddle = glm "eb-glm-middle" middle (Shrinkage.ToPooled 1000.0)

    /// Mean of the logarithms of EB-log with hinges and lags and of EB-GLM with four hinges and lags.
    let k2g: PanelFeature list -> IPanelForecaster =
        combination "k2g" PanelCombinationRule.LogMean [ ebLogFull; ebGlmMiddle ]

    let private k3cMembers = [ ebLogStrong; ebLogMiddle; ebGlm; pooledGlm ]

    /// Mean of the logarithms of EB-log with hinges and lags at two priors, EB-GLM and pooled GLM.
    let k3c: PanelFeature list -> IPanelForecaster =
        combination "k3c" PanelCombinationRule.LogMean k3cMembers

    /// The members of k3c weighted by the inverse of their past QLIKE.
    let k3cWeighted: PanelFeature list -> IPanelForecaster =
        combination "k3c-weighted" PanelCombination.inverseQlike k3cMembers

    /// Rows that a prior is worth: labels of longer horizons overlap, and say less each.
    let private priorRows (horizon: int) : float =
        if horizon < 5 then 1000.0
        elif horizon < 22 then 3000.0
        else 10000.0

    let private ebLogWide (rows: float) =
        log' $"eb-log-wide-{rows}" wide (Shrinkage.ToPooled rows)

    let private ebLogFading (rows: float) (extra: PanelFeature list) : IPanelForecaster =
        EbLog.forecaster
            { PanelRegression.defaults with
                Name = $"eb-log-fading-{rows}"
                Features = wide @ extra
                Shrinkage = Shrinkage.ToPooled rows
                HalfLife = Some 1500.0
            }

    let private ebGlmExtremes (rows: float) =
        let features =
            PanelFeatures.ofBlocks (PanelFeatures.full @ [ PanelFeatures.extremes ])

        glm $"eb-glm-extremes-{rows}" features (Shrinkage.ToPooled rows)

    let private pooledGlmWide = glm "pooled-glm-wide" wide Shrinkage.Pooled

    let private ebLogExtremes (rows: float) =
        let features =
            PanelFeatures.ofBlocks (PanelFeatures.full @ [ PanelFeatures.extremes ])

        log' $"eb-log-extremes-{rows}" features (Shrinkage.ToPooled rows)

    /// One-stage features in a mean of logarithms: below a month EB-log with all features at two weightings of the past, EB-GLM with hinges,
    /// lags and extremes, and pooled GLM with all features; from a month on EB-log with all features, and with hinges, lags and extremes.
    let panelMean (extra: PanelFeature list) : IPanelForecaster =
        PanelCombination.forecaster "panel-mean" PanelCombinationRule.LogMean (fun horizon ->
            let rows = priorRows horizon

            let members =
                if horizon < 22 then
                    [ ebLogWide rows; ebLogFading rows; ebGlmExtremes rows; pooledGlmWide ]
                else
                    [ ebLogWide rows; ebLogExtremes rows ]

            members |> List.map (fun make -> make extra))

    let private whatIsLeft (block: string) : string = $"eb-log-full-without-{block}"

    /// EB-log with hinges and lags, without one block of features: what the block is worth.
    let without (block: FeatureBlock) : PanelFeature list -> IPanelForecaster =
        let blocks =
            PanelFeatures.full |> List.filter (fun other -> other.Name <> block.Name)

        log' (whatIsLeft block.Name) (PanelFeatures.ofBlocks blocks) (Shrinkage.ToPooled 1000.0)

    /// Blocks of features that all models have beside their own, and what tells them apart from those of the library. A fault for a block
    /// whose name is taken.
    let checkExtra (blocks: FeatureBlock list) : Result<FeatureBlock list, Fault> =
        let own = PanelFeatures.wide |> List.map _.Name
        let all = own @ (blocks |> List.map _.Name)

        match all |> List.countBy id |> List.filter (fun (_, count) -> count > 1) with
        | [] -> Ok blocks
        | taken ->
            let names = String.concat ", " own
            let rule = $"must differ from each other and from {names}"
            Error(Fault.BadSetting("measures and common series", rule, taken |> List.map fst |> String.concat ", "))

    /// EB-log with hinges and lags and with all extra blocks but the named one; None for the name of no such model.
    let withoutExtra (blocks: FeatureBlock list) (name: string) : IPanelForecaster option =
        blocks
        |> List.tryFind (fun block -> whatIsLeft block.Name = name)
        |> Option.map (fun block ->
            let others = blocks |> List.filter (fun other -> other.Name <> block.Name)
            log' name full (Shrinkage.ToPooled 1000.0) (PanelFeatures.ofBlocks others))

    /// Names of EB-log-full without each block but the symbols' own past, the extra ones too.
    let ablations (extra: FeatureBlock list) : string list =
        PanelFeatures.full @ extra
        |> List.filter (fun block -> block.Name <> PanelFeatures.own.Name)
        |> List.map (fun block -> whatIsLeft block.Name)

    let private ebLogWideDefault = log' "eb-log-wide" wide (Shrinkage.ToPooled 3000.0)

    /// The library's choice: two stages, closed days learned, far horizons in two parts.
    let panel (extra: PanelFeature list) : IPanelForecaster =
        TwoStage.forecaster
            { TwoStageOptions.defaults with
                Extra = extra
            }

    /// The same with far horizons in one part.
    let panelDirect (extra: PanelFeature list) : IPanelForecaster =
        TwoStage.forecaster
            { TwoStageOptions.defaults with
                Name = "panel-direct"
                Extra = extra
                Split = false
            }

    /// The models that come with the library.
    let registry: PanelRegistry =
        Registry.ofList
            "panel model"
            [
                "pooled-log-har", pooledLogHar
                "pooled-log", pooledLog
                "panel-ridge", ridge
                "panel-ridge-full", ridgeFull
                "eb-log", ebLog
                "eb-log-full", ebLogFull
                "eb-log-strong", ebLogStrong
                "eb-log-middle", ebLogMiddle
                "eb-log-wide", ebLogWideDefault
                for block in PanelFeatures.full do
                    if block.Name <> PanelFeatures.own.Name then
                        whatIsLeft block.Name, without block
                "pooled-glm", pooledGlm
                "eb-glm", ebGlm
                "eb-glm-middle", ebGlmMiddle
                "k2g", k2g
                "k3c", k3c
                "k3c-weighted", k3cWeighted
                "panel", panel
                "panel-direct", panelDirect
                "panel-mean", panelMean
            ]
