namespace VolatilityForge.CSharp;

/// <summary>Sizes of a Transformer; the defaults are a small network for daily series.</summary>
public sealed record TransformerConfig
{
    private static readonly Core.TransformerConfig Small = Core.TransformerConfigModule.small;

    /// <summary>Width of the model.</summary>
    public int Dim { get; init; } = Small.Dim;

    /// <summary>Blocks.</summary>
    public int Depth { get; init; } = Small.Depth;

    /// <summary>Query heads; divides Dim into an even width.</summary>
    public int Heads { get; init; } = Small.Heads;

    /// <summary>Key and value heads; divides Heads.</summary>
    public int KvHeads { get; init; } = Small.KvHeads;

    /// <summary>Factor on the feed-forward width 8/3 * Dim.</summary>
    public double FfnDimMultiplier { get; init; } = Small.FfnMultiplier;

    /// <summary>Added to the mean square inside the root of the norms.</summary>
    public double NormEps { get; init; } = Small.NormEps;

    /// <summary>Longest sequence accepted.</summary>
    public int MaxSequenceLength { get; init; } = Small.MaxLength;

    /// <summary>Probability of dropping an element in training, in [0, 1).</summary>
    public double Dropout { get; init; } = Small.Dropout;

    /// <summary>How the sequence is summed up: attention, mean or last.</summary>
    public string Pooling { get; init; } = Core.PoolingModule.toName(Small.Pooling);

    /// <summary>True when a position may read only itself and earlier ones.</summary>
    public bool Causal { get; init; } = Small.Causal;

    /// <summary>
    /// The way attention is computed: auto takes the fastest; standard, flash, or fused (where the engine has it, without
    /// dropout).
    /// </summary>
    public string AttentionPath { get; init; } = Core.AttentionPathModule.toName(Small.Path);

    /// <summary>
    /// True when a block's inner values are computed again in the backward pass instead of kept: less memory, more time, the
    /// same bits on CPU.
    /// </summary>
    public bool Checkpointing { get; init; } = Small.Checkpointing;

    /// <summary>Width of the feed-forward layer: 8/3 * Dim * FfnDimMultiplier, rounded up to a multiple of 8.</summary>
    public int FfnDim => ToCore().FfnDim;

    internal static TransformerConfig Of(Core.TransformerConfig config) =>
        new()
        {
            Dim = config.Dim,
            Depth = config.Depth,
            Heads = config.Heads,
            KvHeads = config.KvHeads,
            FfnDimMultiplier = config.FfnMultiplier,
            NormEps = config.NormEps,
            MaxSequenceLength = config.MaxLength,
            Dropout = config.Dropout,
            Pooling = Core.PoolingModule.toName(config.Pooling),
            Causal = config.Causal,
            AttentionPath = Core.AttentionPathModule.toName(config.Path),
            Checkpointing = config.Checkpointing,
        };

    internal Core.TransformerConfig ToCore() =>
        new(
            Dim,
            Depth,
            Heads,
            KvHeads,
            FfnDimMultiplier,
            NormEps,
            MaxSequenceLength,
            Dropout,
            Core.PoolingModule.ofName(Pooling).OrThrow(),
            Causal,
            Core.AttentionPathModule.ofName(AttentionPath).OrThrow(),
            Checkpointing
        );
}
