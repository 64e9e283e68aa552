/// Benchmarks: `--quick [WORD]` prints one table next to PyTorch and numpy; `attention`, `checkpointing`, `nodes`,
/// `evaluation`, `garch`, `stress`, `optimisers`, `realised`, `features`, `panel [--large]` and `memory` print theirs; everything
/// else goes to BenchmarkDotNet.
module VolatilityForge.Bench.Program

open System
open BenchmarkDotNet.Running

/// Debian's Python, which has Debian's PyTorch; another one by VOLFORGE_PYTHON.
let private python: string =
    match Environment.GetEnvironmentVariable "VOLFORGE_PYTHON" with
    | null
    | "" -> "/usr/bin/python3"
    | other -> other

[<EntryPoint>]
let main (arguments: string[]) : int =
    match Array.tryHead arguments with
    | Some "--measure" -> Lengths.measure arguments[1..]
    | Some "attention" -> Lengths.printAttention python
    | Some "checkpointing" -> Lengths.printCheckpointing ()
    | Some "nodes" -> Lengths.printNodes ()
    | Some "evaluation" -> Evaluation.run ()
    | _ when Array.contains "--quick" arguments ->
        let only = arguments |> Array.tryFind (fun word -> word <> "--quick")
        Quick.run python "data/sp500.csv" (defaultArg only "")
    | Some "garch" ->
        GarchBench.run python (arguments |> Array.tryItem 1 |> Option.defaultValue "tests/golden/dem2gbp.csv")
    | Some "features" -> FeaturesBench.run python (arguments |> Array.tryItem 1 |> Option.defaultValue "")
    | Some "realised" -> RealisedBench.run python
    | Some "stress" -> Stress.run python
    | Some "panel" when Array.contains "--large" arguments ->
        Panels.large
            [
                for word in arguments[1..] do
                    if word <> "--large" then
                        word
            ]
    | Some "panel" -> Panels.run python
    | Some "optimisers" ->
        Optimisers.run (arguments |> Array.tryItem 1 |> Option.defaultValue "tests/golden/dem2gbp.csv")
    | Some "memory" -> Lasting.run ()
    | Some word when not (word.StartsWith '-') ->
        eprintfn
            "There is no bench '%s'. Known: attention, checkpointing, nodes, evaluation, garch, features, realised, stress, panel, optimisers, memory; --quick."
            word

        exit 2
    | _ ->
        // Without an argument the switcher asks which to run; nobody may be there to answer.
        let chosen =
            if arguments.Length = 0 then
                [| "--filter"; "*" |]
            else
                arguments

        BenchmarkSwitcher.FromTypes([| typeof<Operations> |]).Run(chosen, Suites.config)
        |> ignore

    0
