/// Work on several threads whose faults come back as values. Knows no panel.
namespace VolatilityForge

/// Faults out of parallel loops.
[<RequireQualifiedAccess>]
module internal PanelParallel =

    /// As Fault.catch, also for the first fault raised inside a parallel loop.
    let catch (body: unit -> 'a) : Result<'a, Fault> =
        Fault.catch (fun () -> ParallelLoop.unwrapped body)
