using System;
using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>A named tensor on the host, its elements as they were.</summary>
public sealed class StoredTensor
{
    private StoredTensor(Core.StoredTensor stored) => Inner = stored;

    internal Core.StoredTensor Inner { get; }

    internal static IReadOnlyList<StoredTensor> All(IEnumerable<Core.StoredTensor> stored) =>
        [.. stored.Select(tensor => new StoredTensor(tensor))];

    /// <summary>The parameter's name.</summary>
    public string Name => Inner.Name;

    /// <summary>The extent of each axis.</summary>
    public IReadOnlyList<long> Shape => Array.AsReadOnly(Inner.Shape);

    /// <summary>A copy of the elements in row-major order.</summary>
    public double[] ToDoubles() => Core.StoredValuesModule.toFloats(Inner.Values);

    /// <summary>Writes tensors into a safetensors file, whole or not at all.</summary>
    /// <exception cref="Core.VolatilityForgeException">The path can't be written; two names are the same.</exception>
    public static void Save(string path, IEnumerable<StoredTensor> tensors) =>
        Core
            .CheckpointModule.save(
                path,
                new(
                    Microsoft.FSharp.Collections.ListModule.OfSeq(
                        tensors.Select(tensor => tensor.Inner)
                    ),
                    Microsoft.FSharp.Collections.MapModule.Empty<string, string>()
                )
            )
            .OrThrow();

    /// <summary>Reads a safetensors file.</summary>
    /// <exception cref="Core.VolatilityForgeException">The file is missing or damaged.</exception>
    public static IReadOnlyList<StoredTensor> Load(string path) =>
        All(Core.CheckpointModule.load(path).OrThrow().Tensors);
}
