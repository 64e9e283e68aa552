/// What a network needs to be a forecaster. Trains nothing.
namespace VolatilityForge

/// How a network is used as a forecaster.
type NeuralOptions =
    {
        /// The registered name.
        Name: string
        Recipe: NetworkRecipe
        /// cpu, cuda or cuda:INDEX.
        Device: string
        Training: TrainingConfig
        Base: LogHarOptions
        /// Days in the sequence that the network reads.
        Time: int
        /// Networks trained from different seeds; the mean of their answers is the model.
        Seeds: int64 list
        /// The share of the mean answer that is added to the base, in (0, 1].
        Gain: float
        /// The last share of a window's labels, kept for early stopping.
        ValidationShare: float
        /// The first share of a window's labels, on which the first base forecast inside the window is fitted.
        BaseShare: float
        RefitEvery: int
    }
