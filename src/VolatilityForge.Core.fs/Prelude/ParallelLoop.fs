/// Exceptions out of parallel loops. Knows no job.
namespace VolatilityForge

open System
open System.Runtime.ExceptionServices

/// Calling what runs on several threads.
[<RequireQualifiedAccess>]
module internal ParallelLoop =

    /// Runs a body that holds parallel loops; the first exception that one collected is raised as it was, with its stack.
    let unwrapped (body: unit -> 'a) : 'a =
        try
            body ()
        with :? AggregateException as several ->
            ExceptionDispatchInfo.Throw(several.Flatten().InnerExceptions[0])
            Unchecked.defaultof<'a>
