/// `volforge doctor`: what is installed, what is missing, how to mend it.
namespace VolatilityForge.Cli

open System
open System.Reflection
open System.Runtime.InteropServices
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module DoctorCommand =

    /// One thing looked at: its name, what was found, and what mends it when it is not well.
    type private Finding =
        {
            Name: string
            Found: string
            Mend: string option
        }

    let private well (name: string) (found: string) : Finding =
        {
            Name = name
            Found = found
            Mend = None
        }

    /// What an engine of ours tells beyond TorchSharp's API.
    let private engineDetails () : Finding list =
        match Type.GetType "TorchSharp.LibTorch.EngineInfo, TorchSharp.LibTorch" with
        | null -> []
        | info ->
            [
                match info.GetProperty("CpuCapability").GetValue null with
                | null -> ()
                | capability -> well "CPU kernels" (string capability)
                well "live tensors" (string (info.GetProperty("LiveHandles").GetValue null))
            ]

    /// Products of square matrices of this size tell a tuned BLAS from the reference one.
    let private probeSize = 512L

    let private fewestGigaflops = 20.0

    let private blas () : Finding =
        let seconds = Probe.matrixProduct probeSize
        let gigaflops = 2.0 * float probeSize ** 3.0 / seconds / 1e9

        {
            Name = "matrix products"
            Found = $"{gigaflops:F0} GFLOP/s in float32"
            Mend =
                if gigaflops < fewestGigaflops then
                    Some "That is reference BLAS; apt-get install libopenblas0-pthread makes it about 25 times faster."
                else
                    None
        }

    let private engine () : Finding list =
        match Engine.check () with
        | Error fault ->
            [
                {
                    Name = "tensor engine"
                    Found = "can't be used"
                    Mend =
                        match fault with
                        | Fault.NoEngine(reason, _) -> Some(reason + ".")
                        | other -> Some(Fault.describe other)
                }
            ]
        | Ok report ->
            [
                well "tensor engine" $"libtorch {report.Version}"
                {
                    Name = "threads"
                    Found = $"{report.Threads} of {Environment.ProcessorCount} cores"
                    Mend =
                        if report.Threads < Environment.ProcessorCount then
                            Some "OMP_NUM_THREADS holds the engine back; unset it to use every core."
                        else
                            None
                }
                well "CUDA devices" (string report.CudaDevices)
                yield! engineDetails ()
                blas ()
            ]

    let private charts () : Finding =
        match Assembly.GetExecutingAssembly().GetManifestResourceInfo "dygraph.js" with
        | null ->
            {
                Name = "report charts"
                Found = "left out"
                Mend = Some "apt-get install libjs-dygraphs, then build again."
            }
        | _ -> well "report charts" "embedded"

    let private parquet () : Finding =
        match Sources.duckDb () with
        | Ok() -> well "Parquet, DuckDB" "found"
        | Error(Fault.NotComputable(_, reason, remedy)) ->
            {
                Name = "Parquet, DuckDB"
                Found = reason
                Mend = Some remedy
            }
        | Error fault ->
            {
                Name = "Parquet, DuckDB"
                Found = "can't be used"
                Mend = Some(Fault.describe fault)
            }

    let private networks () : string list =
        let every =
            ExperimentConfig.Default(1).WithModels(Registry.names Models.registry |> Array.ofList)

        List.map fst (Models.networks Models.registry every)
        @ List.map fst PanelNetworks.known

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) : Result<unit, Fault> =
        let version = Assembly.GetExecutingAssembly().GetName().Version

        let findings =
            [
                well "volforge" (string version)
                well ".NET" (string Environment.Version)
                well "system" $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}"
                yield! engine ()
                charts ()
                parquet ()
                well "without tensors" $"""everything but networks: {String.Join(", ", networks ())}"""
            ]

        if (Shared.voice shared).Json then
            let entry (finding: Finding) : JsonNode =
                Json.object'
                    [
                        "found", JsonValue.Create finding.Found
                        "mend", finding.Mend |> Json.optional (fun mend -> JsonValue.Create mend)
                    ]

            Terminal.json (Json.object' [ for finding in findings -> finding.Name, entry finding ])
        else
            for finding in findings do
                Console.Out.WriteLine($"{finding.Name, -18} {finding.Found}")

                match finding.Mend with
                | Some mend -> Console.Out.WriteLine($"{' ', 18} mend: {mend}")
                | None -> ()

        Ok()
