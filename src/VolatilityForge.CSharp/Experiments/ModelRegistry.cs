using System;
using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>The models that an experiment may name; immutable. Case is ignored in names.</summary>
public sealed class ModelRegistry
{
    private ModelRegistry(Core.Registry<Core.ExperimentConfig, Core.Model> registry) =>
        Inner = registry;

    internal Core.Registry<Core.ExperimentConfig, Core.Model> Inner { get; }

    /// <summary>The models that come with the library.</summary>
    public static ModelRegistry Standard { get; } = new(Core.Models.registry);

    /// <summary>The names, in order of registration.</summary>
    public IReadOnlyList<string> Names => [.. Inner.Names];

    /// <summary>
    /// The registry with one more network, trained and walked forward with the settings of the experiment; a name that is
    /// taken gets the new one.
    /// </summary>
    /// <param name="name">Its name in settings, tables and checkpoints.</param>
    /// <param name="make">
    /// Makes the untrained network. It is disposed when it is no longer needed: itself where it is IDisposable, else its
    /// parameters.
    /// </param>
    /// <param name="answer">What the network's answer to a day is.</param>
    public ModelRegistry WithArchitecture(
        string name,
        Func<NetworkContext, IDifferentiable> make,
        NetworkAnswer answer = NetworkAnswer.Residual
    )
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(make);
        Func<Core.NetworkContext, Core.IDifferentiable> makeCore = context =>
            CoreNetwork.Of(make(new(context)), Core.Precision.Float32);
        var recipe = new Core.NetworkRecipe(
            answer == NetworkAnswer.Level ? Core.NetworkAnswer.Level : Core.NetworkAnswer.Residual,
            makeCore.ToCore()
        );
        Func<Core.ExperimentConfig, Core.NetworkRecipe> ofConfig = _ => recipe;
        return new(Core.Models.addNetwork(name, ofConfig.ToCore(), Inner));
    }

    /// <summary>The registry with one more forecaster; a name that is taken gets the new one.</summary>
    /// <param name="name">Its name in settings; the forecaster's own should be the same.</param>
    /// <param name="make">Makes the forecaster from the settings of an experiment.</param>
    public ModelRegistry WithForecaster(string name, Func<ExperimentConfig, Forecaster> make)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(make);
        Func<Core.ExperimentConfig, Core.IForecaster> ofConfig = config =>
            make(ExperimentConfig.Of(config)).ToCore();
        return new(Core.Models.addForecaster(name, ofConfig.ToCore(), Inner));
    }
}
