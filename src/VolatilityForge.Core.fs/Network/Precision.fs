/// In which element type a network computes, and which of its weights stay in float32. Knows no architecture.
namespace VolatilityForge

open System
open System.Runtime.InteropServices
open TorchSharp

/// The element type a network computes in. Parameters, norms, softmax and loss stay in float32.
[<RequireQualifiedAccess>]
type Precision =
    | Float32
    /// 8 bits of fraction, the range of float32.
    | BFloat16
    /// 11 bits of fraction, largest number 65,504: needs a loss scale, see LossScale.
    | Float16

/// True for the name of a weight that is not cast: it enters the computation in float32.
type CastPolicy = string -> bool

/// Casting weights to a precision.
[<RequireQualifiedAccess>]
module Precision =

    /// Every precision with its name.
    let known: (string * Precision) list =
        [
            "float32", Precision.Float32
            "bfloat16", Precision.BFloat16
            "float16", Precision.Float16
        ]

    /// The precision of a name.
    let ofName (name: string) : Result<Precision, Fault> =
        match known |> List.tryFind (fun (key, _) -> key = name) with
        | Some(_, precision) -> Ok precision
        | None -> Error(Fault.UnknownName("precision", name, List.map fst known))

    /// The name of a precision.
    let toName (precision: Precision) : string =
        known |> List.find (fun (_, value) -> value = precision) |> fst

    /// The element type of a precision.
    let dtype (precision: Precision) : torch.ScalarType =
        match precision with
        | Precision.Float32 -> torch.ScalarType.Float32
        | Precision.BFloat16 -> torch.ScalarType.BFloat16
        | Precision.Float16 -> torch.ScalarType.Float16

    /// Gains of norms stay in float32: names that end in "norm" or "gain".
    let keepNorms: CastPolicy =
        fun name ->
            name.EndsWith("norm", StringComparison.Ordinal)
            || name.EndsWith("gain", StringComparison.Ordinal)

    /// A weight as the computation reads it: cast, unless the policy keeps it. Float32 casts nothing, so that a float64
    /// network stays one. Gradients flow back to the weight.
    let weight (precision: Precision) (policy: CastPolicy) (name: string) (leaf: Tensor) : Tensor =
        if precision = Precision.Float32 || policy name then
            leaf
        else
            Ops.cast (dtype precision) leaf

    /// An input as the computation reads it.
    let input (precision: Precision) (x: Tensor) : Tensor =
        if precision = Precision.Float32 then
            x
        else
            Ops.cast (dtype precision) x

    /// A result for the loss: float32 or wider.
    let output (x: Tensor) : Tensor = Ops.widen x

    /// The precision, or a fault when the engine has no product of matrices in it on the device: libtorch 1.13 has none in
    /// float16 on CPU.
    let check (precision: Precision) (device: torch.Device) : Result<Precision, Fault> =
        try
            Scope.inference (fun () ->
                let probe = torch.ones ([| 2L; 2L |], dtype = dtype precision, device = device)
                // TorchSharp's matmul would end the process where its mm raises.
                probe.mm probe |> ignore)

            Ok precision
        with
        | :? ExternalException
        | :? InvalidOperationException ->
            Error(
                Fault.NotComputable(
                    $"a network in {toName precision}",
                    $"the tensor engine has no matrix product of that type on {device}",
                    "Use bfloat16 or float32 there."
                )
            )
