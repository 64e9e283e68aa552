/// Dropout with an explicit generator. Knows no layer.
namespace VolatilityForge

open TorchSharp

/// How often elements are dropped and by which generator; without a generator nothing is dropped (inference).
type Dropout =
    {
        Rate: float
        Generator: torch.Generator option
    }

/// Random zeroing of elements in training (Srivastava et al. 2014), scaled so that the mean is kept.
[<RequireQualifiedAccess>]
module Dropout =

    /// Nothing is dropped.
    let none: Dropout = { Rate = 0.0; Generator = None }

    /// True when elements are dropped.
    let drops (dropout: Dropout) : bool =
        dropout.Generator.IsSome && dropout.Rate > 0.0

    /// x with each element zeroed with probability Rate and the others divided by 1 - Rate.
    let apply (dropout: Dropout) (x: Tensor) : Tensor =
        match dropout.Generator with
        | Some generator when dropout.Rate > 0.0 ->
            let uniform =
                torch.rand(x.shape, dtype = torch.ScalarType.Float32, generator = generator).``to`` x.device

            // In place: a comparison that makes booleans, and their conversion, take ten times as long.
            let kept = uniform.ge_ (dropout.Rate.ToScalar()) |> Ops.cast x.dtype
            x * kept.mul_ ((1.0 / (1.0 - dropout.Rate)).ToScalar())
        | _ -> x
