/// Scalar arithmetic and conversions on tensors whose TorchSharp overloads are ambiguous from F#. Knows no model.
namespace VolatilityForge

open TorchSharp

/// A tensor of the engine.
type Tensor = torch.Tensor

/// Elementwise operations with plain numbers, and the way in and out of arrays.
[<RequireQualifiedAccess>]
module Ops =

    /// x * factor.
    let scale (factor: float) (x: Tensor) : Tensor = x.mul (factor.ToScalar())

    /// x + offset.
    let shift (offset: float) (x: Tensor) : Tensor = x.add (offset.ToScalar())

    /// x limited to [low, high].
    let clamp (low: float) (high: float) (x: Tensor) : Tensor =
        x.clamp (low.ToScalar(), high.ToScalar())

    /// x, at least low.
    let atLeast (low: float) (x: Tensor) : Tensor = x.clamp_min (low.ToScalar())

    /// The same values in another element type; the tensor itself when it has that type already.
    let cast (dtype: torch.ScalarType) (x: Tensor) : Tensor =
        if x.dtype = dtype then x else x.to_type dtype

    /// True for the element types in which sums lose too much: their statistics are taken in float32.
    let isHalf (x: Tensor) : bool =
        x.dtype = torch.ScalarType.BFloat16 || x.dtype = torch.ScalarType.Float16

    /// The tensor in float32 when it is in half precision, else itself.
    let widen (x: Tensor) : Tensor =
        if isHalf x then cast torch.ScalarType.Float32 x else x

    /// A float32 tensor of the shape with the values in row-major order.
    let ofArray (shape: int64[]) (values: float32[]) : Tensor =
        torch.tensor(values, dtype = torch.ScalarType.Float32).reshape(shape)

    /// A float64 tensor of the shape with the values in row-major order.
    let ofDoubles (shape: int64[]) (values: float[]) : Tensor =
        torch.tensor(values, dtype = torch.ScalarType.Float64).reshape(shape)

    /// The values in row-major order, whatever the tensor's device, element type and strides.
    let toArray (x: Tensor) : float32[] =
        use scope = torch.NewDisposeScope()
        x.detach().cpu().to_type(torch.ScalarType.Float32).contiguous().data<float32>().ToArray()

    /// The values in row-major order in float64.
    let toDoubles (x: Tensor) : float[] =
        use scope = torch.NewDisposeScope()
        x.detach().cpu().to_type(torch.ScalarType.Float64).contiguous().data<float>().ToArray()

    /// The value of a tensor with one element.
    let toFloat (x: Tensor) : float =
        use scope = torch.NewDisposeScope()
        x.detach().cpu().to_type(torch.ScalarType.Float64).item<float>()
