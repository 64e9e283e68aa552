/// The library's panel models by name. Knows no walk-forward.
namespace VolatilityForge

/// Makers of panel models by name, from features that are added to those of every model.
type PanelRegistry = Registry<PanelFeature list, IPanelForecaster>

/// The models.
[<RequireQualifiedAccess>]
module PanelModels =

    let private ebLog
        (name: string)
        (blocks: FeatureBlock list)
        (shrinkage: Shrinkage)
        (extra: PanelFeature list)
        : IPanelForecaster =
        EbLog.forecaster
            { EbLog.defaults with
                Name = name
                Features = PanelFeatures.ofBlocks blocks @ extra
                Shrinkage = shrinkage
            }

    /// Log-HAR with one set of slopes and an intercept per symbol.
    let pooledLogHar: PanelFeature list -> IPanelForecaster =
        ebLog "pooled-log-har" [ PanelFeatures.har ] Shrinkage.Pooled

    /// Core features, slopes shrunk to the pooled ones by a prior of 1,000 rows.
    let ebLogCore: PanelFeature list -> IPanelForecaster =
        ebLog "eb-log" PanelFeatures.core (Shrinkage.ToPooled 1000.0)

    /// With hinges and lags.
    let ebLogFull: PanelFeature list -> IPanelForecaster =
        ebLog "eb-log-full" PanelFeatures.full (Shrinkage.ToPooled 1000.0)

    /// With hinges and lags, and a prior of 3,000 rows.
    let ebLogStrong: PanelFeature list -> IPanelForecaster =
        ebLog "eb-log-strong" PanelFeatures.full (Shrinkage.ToPooled 3000.0)

    /// Core features, one set of slopes and an intercept per symbol.
    let pooledLog: PanelFeature list -> IPanelForecaster =
        ebLog "pooled-log" PanelFeatures.core Shrinkage.Pooled

    /// Core features, each symbol by itself with a ridge worth 100 rows.
    let ridge: PanelFeature list -> IPanelForecaster =
        ebLog "ridge" PanelFeatures.core (Shrinkage.ToZero 100.0)

    /// The models that come with the library.
    let registry: PanelRegistry =
        Registry.ofList
            "panel model"
            [
                "pooled-log-har", pooledLogHar
                "pooled-log", pooledLog
                "ridge", ridge
                "eb-log", ebLogCore
                "eb-log-full", ebLogFull
                "eb-log-strong", ebLogStrong
            ]
