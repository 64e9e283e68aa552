using System;
using System.Collections.Generic;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Makers of values by name; immutable. Case is ignored in names.</summary>
public sealed class Registry<TArgument, TValue>
{
    private readonly Core.Registry<TArgument, TValue> registry;

    private Registry(Core.Registry<TArgument, TValue> registry) => this.registry = registry;

    /// <summary>An empty registry.</summary>
    /// <param name="kind">What faults call the registry's members, such as "model".</param>
    public Registry(string kind)
        : this(Core.Registry<TArgument, TValue>.Empty(kind)) { }

    /// <summary>What faults call the registry's members.</summary>
    public string Kind => registry.Kind;

    /// <summary>The names, in order of registration.</summary>
    public IReadOnlyList<string> Names => [.. registry.Names];

    /// <summary>The registry with one more maker; a name that is taken gets the new maker and keeps its place.</summary>
    public Registry<TArgument, TValue> Register(string name, Func<TArgument, TValue> make)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(registry.Add(name, make.ToCore()));
    }

    /// <summary>The value made of the argument.</summary>
    /// <exception cref="Core.VolatilityForgeException">The name is unknown; the fault lists the known ones.</exception>
    public TValue Create(string name, TArgument argument) =>
        registry.Create(name, argument).OrThrow();

    /// <summary>The value made of the argument, or the fault of an unknown name.</summary>
    public Either<Core.Fault, TValue> TryCreate(string name, TArgument argument) =>
        new(registry.Create(name, argument));
}
