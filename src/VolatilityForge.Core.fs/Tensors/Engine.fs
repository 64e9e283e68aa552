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

    let private remedy = "Everything but networks works without it."

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

    let private wrongDevice (name: string) (rule: string) : Result<'a, Fault> =
        Error(Fault.BadSetting("device", rule, name))

    /// Index of the CUDA device a name means, None for the CPU. Asks no engine.
    let private deviceIndex (name: string) : Result<int option, Fault> =
        let wrong () =
            wrongDevice name "must be cpu, cuda or cuda:INDEX"

        match name.Split ':' with
        | [| "cpu" |] -> Ok None
        | [| "cuda" |] -> Ok(Some 0)
        | [| "cuda"; index |] ->
            match Int32.TryParse index with
            | true, number when number >= 0 -> Ok(Some number)
            | _ -> wrong ()
        | _ -> wrong ()

    /// Ok when the name has the form of a device's. Needs no engine.
    let checkDeviceName (name: string) : Result<unit, Fault> = deviceIndex name |> Result.map ignore

    /// The device of a name: "cpu", "cuda" or "cuda:1". A CUDA device that the engine doesn't see is a fault.
    let device (name: string) : Result<torch.Device, Fault> =
        match deviceIndex name with
        | Error fault -> Error fault
        | Ok None -> Ok torch.CPU
        | Ok(Some index) when torch.cuda.is_available () && index < torch.cuda.device_count () ->
            Ok(torch.device $"cuda:{index}")
        | Ok(Some _) -> wrongDevice name "needs a CUDA device that the engine sees"
