/// Whether tensors can be had on this machine. Knows no model.
namespace VolatilityForge

open System
open System.Runtime.InteropServices
open TorchSharp

/// What the tensor engine reports of itself.
type EngineReport =
    {
        Version: string
        Threads: int
        CudaDevices: int
    }

/// The tensor engine as a capability.
[<RequireQualifiedAccess>]
module Engine =

    let private remedy =
        "Install libtorch-dev, cmake, ninja-build and g++ (./forge build does), or set LIBTORCH to a torch folder, and build again."

    let private report () : EngineReport =
        // The first tensor is what makes a missing or unusable library show itself.
        use probe = torch.zeros [| 1L |]

        {
            Version = torch.__version__
            Threads = torch.get_num_threads ()
            CudaDevices =
                if probe.numel () = 1L && torch.cuda.is_available () then
                    torch.cuda.device_count ()
                else
                    0
        }

    /// What the engine is, or Fault.NoEngine with what to install.
    let check () : Result<EngineReport, Fault> =
        let rec reason (error: exn) : string =
            match error with
            | :? TypeInitializationException when not (isNull error.InnerException) -> reason error.InnerException
            | _ -> error.Message.TrimEnd '.'

        try
            Ok(report ())
        with
        | :? DllNotFoundException
        | :? BadImageFormatException
        | :? EntryPointNotFoundException
        | :? ExternalException
        | :? NotSupportedException
        | :? InvalidOperationException
        | :? TypeInitializationException as error -> Error(Fault.NoEngine(reason error, remedy))

    /// The device of a name: "cpu", "cuda" or "cuda:1".
    let device (name: string) : Result<torch.Device, Fault> =
        let wrong rule =
            Error(Fault.BadSetting("device", rule, name))

        match name.Split ':' with
        | [| "cpu" |] -> Ok torch.CPU
        | [| "cuda" |] when torch.cuda.is_available () -> Ok torch.CUDA
        | [| "cuda"; index |] when torch.cuda.is_available () && fst (Int32.TryParse index) -> Ok(torch.device name)
        | [| "cuda" |]
        | [| "cuda"; _ |] -> wrong "needs a CUDA device, and the engine sees none"
        | _ -> wrong "must be cpu, cuda or cuda:INDEX"
