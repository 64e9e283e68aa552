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

let rec private skippedWhen (reason: unit -> string option) (test: Test) : Test =
    match test with
    | TestCase(Sync body, focus) ->
        let guarded () =
            match reason () with
            | Some text -> skiptest text
            | None -> body ()

        TestCase(Sync guarded, focus)
    | TestCase(other, focus) -> TestCase(other, focus)
    | TestList(tests, focus) -> TestList(List.map (skippedWhen reason) tests, focus)
    | TestLabel(label, inner, focus) -> TestLabel(label, skippedWhen reason inner, focus)
    | Sequenced(order, inner) -> Sequenced(order, skippedWhen reason inner)

/// The test, each case of it skipped where the build has no tensors.
let tensors: Test -> Test =
    skippedWhen (fun () ->
        if leftOut.Value then
            Some "this build has no tensor engine"
        else
            None)

/// The test, each case of it skipped where the engine is the TorchSharp package: what our engine refuses with an
/// exception ends the process there, and scripts name our engine's file.
let ownEngine: Test -> Test =
    skippedWhen (fun () ->
        if isNull (Type.GetType "TorchSharp.LibTorch.EngineInfo, TorchSharp.LibTorch") then
            Some "this build runs on the TorchSharp package"
        else
            None)
