using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>The models that come with the library.</summary>
public static class Forecasters
{
    /// <summary>Every model by name, made from the settings of an experiment. Register one's own beside them.</summary>
    public static Registry<ExperimentConfig, Forecaster> Registry { get; } =
        Core.Models.registry.Names.Aggregate(
            new Registry<ExperimentConfig, Forecaster>(Core.Models.registry.Kind),
            (registry, name) => registry.Register(name, config => Make(name, config))
        );

    /// <summary>The models' names.</summary>
    public static IReadOnlyList<string> Names => Registry.Names;

    /// <summary>
    /// The model of a name, registered or composed as in "equal-weight(har+garch)", "log-har-x(vix)" or "garch(2,1)"; settings are the defaults of an experiment where none are given.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The name is unknown; the fault lists the known ones.</exception>
    public static Forecaster Create(string name, ExperimentConfig? config = null) =>
        TryCreate(name, config).OrThrow();

    /// <summary>As <see cref="Create"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, Forecaster> TryCreate(
        string name,
        ExperimentConfig? config = null
    ) =>
        Core
            .Models.forecaster(
                Core.Models.registry,
                Core.NeuralForecaster.unmonitored,
                (config ?? ExperimentConfig.Default()).Inner,
                name
            )
            .Select(forecaster => (Forecaster)new RegisteredForecaster(forecaster))
            .ToEither();

    /// <summary>A model of the HAR family; settings outside their domain are faults of its fits.</summary>
    public static Forecaster Har(HarOptions options) =>
        new RegisteredForecaster(Core.HarFamily.forecaster(options.ToCore()));

    private static Forecaster Make(string name, ExperimentConfig config) =>
        new RegisteredForecaster(
            Core.Models.forecaster(
                    Core.Models.registry,
                    Core.NeuralForecaster.unmonitored,
                    config.Inner,
                    name
                )
                .OrThrow()
        );
}
