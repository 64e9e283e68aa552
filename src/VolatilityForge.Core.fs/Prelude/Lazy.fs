/// A computation evaluated on demand and once per argument. Knows nothing of what it computes.
namespace VolatilityForge

open System

/// A pure function with a cache: the first call with an argument computes, later ones read. Safe from many threads.
/// `capacity` results are kept, the least recently used one goes first; raises Fault.BadSetting when it is below 1.
[<Sealed>]
type LazyEvaluator<'argument, 'result when 'argument: equality>(compute: Func<'argument, 'result>, capacity: int) =

    let cached = Function.memoize capacity compute.Invoke

    /// Keeps the results of the 1,024 arguments used last.
    new(compute: Func<'argument, 'result>) = LazyEvaluator(compute, 1024)

    /// The function's value, computed when it isn't kept.
    member _.Invoke(argument: 'argument) : 'result = cached argument
