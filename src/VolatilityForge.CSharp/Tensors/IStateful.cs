using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>What has a state that can be kept and put back.</summary>
public interface IStateful
{
    /// <summary>A copy of the state on the host.</summary>
    IReadOnlyList<StoredTensor> State();

    /// <summary>Puts a state back.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A tensor is missing or has another shape; then nothing has changed.
    /// </exception>
    void Load(IEnumerable<StoredTensor> state);
}
