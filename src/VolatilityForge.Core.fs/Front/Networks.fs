/// The networks that come with the library, made from the settings of an experiment.
namespace VolatilityForge

/// Recipes of networks.
[<RequireQualifiedAccess>]
module Networks =

    /// The config's Transformer, on what log-HAR leaves. Raises the faults of its sizes.
    let transformer (config: ExperimentConfig) : NetworkRecipe =
        let sizes = TransformerConfig.check config.Transformer |> Fault.orRaise

        let precision = Precision.ofName config.Precision |> Fault.orRaise

        NetworkRecipe.residual (fun context ->
            VolatilityTransformer.Create(context.Features, sizes, precision, context.Device, context.Rng))

    /// The config's multilayer perceptron, on what log-HAR leaves; it computes in float32. Raises the faults of its sizes.
    let mlp (config: ExperimentConfig) : NetworkRecipe =
        let sizes = MlpConfig.check config.Mlp |> Fault.orRaise

        NetworkRecipe.residual (fun context ->
            Mlp.create context.Time context.Features sizes context.Device context.Rng)

    /// Where a HARNet starts: at the context's log-HAR. Raises Fault.NotComputable without one.
    let harNetStart (context: NetworkContext) : HarNetStart =
        match context.Base with
        | Some fitted when fitted.Slopes.Length = Cascade.spans.Length ->
            {
                Intercept = fitted.Intercept + fitted.Correction
                Slopes = fitted.Slopes
                Mean = context.Scaler.Mean[0]
                Scale = context.Scaler.Scale[0]
            }
        | _ ->
            Fault.raiseWith (
                Fault.NotComputable(
                    "harnet",
                    "it starts from a log-HAR over a day, a week and a month, and there is none",
                    "Give it bars or a history, not samples."
                )
            )

    /// The config's HARNet, which answers ln variance; it computes in float32. Raises the faults of its sizes, and of
    /// sequences shorter than a month.
    let harNet (config: ExperimentConfig) : NetworkRecipe =
        let sizes = HarNetConfig.check config.HarNet |> Fault.orRaise

        if config.SequenceLength < HarNet.reach then
            let rule = $"must be at least {HarNet.reach} for harnet"
            Fault.raiseWith (Fault.BadSetting("sequence length", rule, string config.SequenceLength))

        NetworkRecipe.level (fun context ->
            HarNet.create context.Features sizes (harNetStart context) context.Device context.Rng)
