namespace VolatilityForge.CSharp;

/// <summary>Heads and widths of an attention layer, checked when made.</summary>
public sealed record AttentionConfig
{
    private AttentionConfig(Core.AttentionConfig config) => Inner = config;

    internal Core.AttentionConfig Inner { get; }

    /// <summary>Width of the model.</summary>
    public int Dim => Inner.Dim;

    /// <summary>Query heads.</summary>
    public int Heads => Inner.Heads;

    /// <summary>Key and value heads; each serves Heads / KvHeads query heads.</summary>
    public int KvHeads => Inner.KvHeads;

    /// <summary>Width of one head.</summary>
    public int HeadDim => Inner.HeadDim;

    /// <summary>Probability with which an attention weight is dropped in training.</summary>
    public double Dropout => Inner.Dropout;

    /// <summary>Heads and widths of a model.</summary>
    /// <param name="dim">Width of the model; heads divide it into an even width.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="kvHeads">Key and value heads; divides heads.</param>
    /// <param name="dropout">In [0, 1).</param>
    /// <exception cref="Core.VolatilityForgeException">Every setting outside its domain, in one fault.</exception>
    public static AttentionConfig FromDim(int dim, int heads, int kvHeads, double dropout = 0.0) =>
        TryFromDim(dim, heads, kvHeads, dropout).OrThrow();

    /// <summary>As <see cref="FromDim"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, AttentionConfig> TryFromDim(
        int dim,
        int heads,
        int kvHeads,
        double dropout = 0.0
    ) =>
        Core
            .AttentionConfig.Create(dim, heads, kvHeads, dropout)
            .Select(config => new AttentionConfig(config))
            .ToEither();
}
