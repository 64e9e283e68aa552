/// Named tensors on the host: what checkpoints hold and networks hand over. Knows no file and no network.
namespace VolatilityForge

open TorchSharp

/// The elements of a tensor in row-major order, in one of the element types that are stored.
[<RequireQualifiedAccess>]
type StoredValues =
    | Float32 of float32[]
    | Float64 of float[]
    | Int64 of int64[]
    | Byte of byte[]

/// One named tensor on the host.
type StoredTensor =
    {
        Name: string
        Shape: int64[]
        Values: StoredValues
    }

/// Elements out of their element type.
[<RequireQualifiedAccess>]
module StoredValues =

    /// How many there are.
    let count (values: StoredValues) : int =
        match values with
        | StoredValues.Float32 items -> items.Length
        | StoredValues.Float64 items -> items.Length
        | StoredValues.Int64 items -> items.Length
        | StoredValues.Byte items -> items.Length

    /// The elements as float64; whole numbers beyond 2^53 are rounded.
    let toFloats (values: StoredValues) : float[] =
        match values with
        | StoredValues.Float32 items -> Array.map float items
        | StoredValues.Float64 items -> Array.copy items
        | StoredValues.Int64 items -> Array.map float items
        | StoredValues.Byte items -> Array.map float items

/// Tensors to the host and back.
[<RequireQualifiedAccess>]
module StoredTensor =

    /// A copy of the tensor under a name, its bits as they are for float32, float64, int64 and bytes. bfloat16 and float16
    /// are stored as float32, which holds each of their values. Other element types are Fault.BadSetting.
    let ofTensor (name: string) (x: Tensor) : StoredTensor =
        use scope = torch.NewDisposeScope()
        let host = x.detach().cpu().contiguous()

        let values =
            match host.dtype with
            | torch.ScalarType.Float32 -> StoredValues.Float32(host.data<float32>().ToArray())
            | torch.ScalarType.Float64 -> StoredValues.Float64(host.data<float>().ToArray())
            | torch.ScalarType.Int64 -> StoredValues.Int64(host.data<int64>().ToArray())
            | torch.ScalarType.Byte -> StoredValues.Byte(host.data<byte>().ToArray())
            | torch.ScalarType.BFloat16
            | torch.ScalarType.Float16 -> StoredValues.Float32(Ops.toArray host)
            | other ->
                let rule = "must be of type float64, float32, bfloat16, float16, int64 or byte"
                Fault.raiseWith (Fault.BadSetting($"tensor {name}", rule, string other))

        {
            Name = name
            Shape = Array.copy x.shape
            Values = values
        }

    /// The tensor on the CPU.
    let toTensor (stored: StoredTensor) : Tensor =
        match stored.Values with
        | StoredValues.Float32 items -> Ops.ofArray stored.Shape items
        | StoredValues.Float64 items -> Ops.ofDoubles stored.Shape items
        | StoredValues.Int64 items -> torch.tensor(items, dtype = torch.ScalarType.Int64).reshape stored.Shape
        | StoredValues.Byte items -> torch.from_array(items).reshape stored.Shape

    /// Copies each tensor of a list into the tensor of its name, in place. Faults: UnknownName for a target that the list
    /// lacks or a name that no target has, BadShape for one of another shape; then nothing has been copied.
    let copyInto (targets: (string * Tensor) seq) (stored: StoredTensor list) : unit =
        let targets = List.ofSeq targets
        let known = targets |> List.map fst |> Set.ofList

        match stored |> List.tryFind (fun tensor -> not (known.Contains tensor.Name)) with
        | Some surplus ->
            Fault.raiseWith (Fault.UnknownName("weight of the network", surplus.Name, List.map fst targets))
        | None -> ()

        let byName = stored |> List.map (fun tensor -> tensor.Name, tensor) |> Map.ofList

        let pairs =
            [
                for name, target in targets do
                    match Map.tryFind name byName with
                    | None -> Fault.raiseWith (Fault.UnknownName("weight", name, List.map _.Name stored))
                    | Some tensor when tensor.Shape <> target.shape ->
                        Fault.raiseWith (
                            Fault.BadShape(
                                "loading weights",
                                name,
                                Axes.showShape target.shape,
                                Axes.showShape tensor.Shape
                            )
                        )
                    | Some tensor -> target, tensor
            ]

        use guard = torch.no_grad ()
        use scope = torch.NewDisposeScope()

        for target, tensor in pairs do
            target.copy_ (toTensor tensor) |> ignore
