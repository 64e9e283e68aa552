namespace VolatilityForge.CSharp;

/// <summary>A map of a type into itself: such maps can be put one after another.</summary>
public interface IComposable<TValue>
{
    /// <summary>The image of a value.</summary>
    TValue Apply(TValue value);

    /// <summary>This map, then the other.</summary>
    IComposable<TValue> Then(IComposable<TValue> next) => new Composition<TValue>(this, next);
}
