/// The same cases under BenchmarkDotNet, for distributions instead of medians.
namespace VolatilityForge.Bench

open BenchmarkDotNet.Attributes
open BenchmarkDotNet.Configs
open BenchmarkDotNet.Jobs
open BenchmarkDotNet.Reports
open BenchmarkDotNet.Toolchains.InProcess.Emit
open TorchSharp

/// One benchmark over every case.
[<MemoryDiagnoser>]
type Operations() =
    let mutable call: unit -> unit = ignore
    let mutable scope: DisposeScope = null

    /// Names of the cases.
    member _.Names: string seq =
        Cases.all |> Seq.map (fun case -> $"{case.Operation}, {case.Shape.Name}")

    /// The case.
    [<ParamsSource("Names")>]
    member val Case: string = "" with get, set

    [<GlobalSetup>]
    member operations.Setup() : unit =
        scope <- torch.NewDisposeScope()
        let index = operations.Names |> Seq.findIndex ((=) operations.Case)
        call <- Cases.all[index].Make torch.CPU

    [<GlobalCleanup>]
    member _.Cleanup() : unit = scope.Dispose()

    /// One call.
    [<Benchmark>]
    member _.Run() : unit = call ()

/// How BenchmarkDotNet runs here.
[<RequireQualifiedAccess>]
module Suites =

    /// In this process: a project that BenchmarkDotNet generates would not find the native library.
    let config: IConfig =
        DefaultConfig.Instance
            .AddJob(Job.ShortRun.WithToolchain InProcessEmitToolchain.Instance)
            // A case is told by its whole name.
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth 60)
