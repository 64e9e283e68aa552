/// What a suite needs of the machine.
[<RequireQualifiedAccess>]
module VolatilityForge.Tests.Needs

open System
open System.IO
open Expecto
open VolatilityForge

/// The engine's native part was left out of this build, as it is where libtorch has no headers. An engine that was built
/// and doesn't work is no reason to skip.
let private leftOut: Lazy<bool> =
    lazy
        (Result.isError (Engine.check ())
         && not (File.Exists(Path.Combine(AppContext.BaseDirectory, "libvolforge_torch.so"))))

/// The test, each case of it skipped where the build has no tensors.
let rec tensors (test: Test) : Test =
    match test with
    | TestCase(Sync body, focus) ->
        let guarded () =
            if leftOut.Value then
                skiptest "this build has no tensor engine"

            body ()

        TestCase(Sync guarded, focus)
    | TestCase(other, focus) -> TestCase(other, focus)
    | TestList(tests, focus) -> TestList(List.map tensors tests, focus)
    | TestLabel(label, inner, focus) -> TestLabel(label, tensors inner, focus)
    | Sequenced(order, inner) -> Sequenced(order, tensors inner)
