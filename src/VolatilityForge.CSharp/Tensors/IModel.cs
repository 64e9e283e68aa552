using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>
/// A whole network: it can be trained, kept and applied. Parameters and Forward are all that must be written; the state is
/// the parameters by name.
/// </summary>
public interface IModel : ILayer, IStateful
{
    IReadOnlyList<StoredTensor> IStateful.State() => Network.State(this);

    void IStateful.Load(IEnumerable<StoredTensor> state) => Network.Load(this, state);
}
