namespace VolatilityForge.CSharp;

/// <summary>A run of days, both ends included, by index into a history.</summary>
/// <param name="First">The first day.</param>
/// <param name="Last">The last day.</param>
public readonly record struct Window(int First, int Last)
{
    internal Window(Core.Window window)
        : this(window.First, window.Last) { }

    /// <summary>Days in the window.</summary>
    public int Length => ToCore().Length;

    internal Core.Window ToCore() => new(First, Last);
}
