/// How a weight starts: shapes and distributions as data. Knows no layer.
namespace VolatilityForge

open TorchSharp

/// The start of one weight: its shape and where its values come from.
[<RequireQualifiedAccess>]
type Initial =
    /// All elements 0.
    | Zeros of shape: int64[]
    /// All elements 1.
    | Ones of shape: int64[]
    /// Independent normal elements with mean 0 and the given standard deviation.
    | Normal of shape: int64[] * deviation: float
    /// The given elements, row-major.
    | Given of shape: int64[] * elements: float[]

/// Making weights from their starts.
[<RequireQualifiedAccess>]
module Initial =

    /// The shape of the weight.
    let shape (initial: Initial) : int64[] =
        match initial with
        | Initial.Zeros shape
        | Initial.Ones shape
        | Initial.Normal(shape, _)
        | Initial.Given(shape, _) -> shape

    /// Normal elements with deviation 1 / sqrt(inputs), so that a product keeps the scale of its input.
    let fanIn (inputs: int) (shape: int64[]) : Initial =
        Initial.Normal(shape, 1.0 / sqrt (float inputs))

    /// The weight's values in row-major order. Drawn on the host, so that a seed gives the same weights on every device.
    let values (rng: Rng) (initial: Initial) : Rng * float32[] =
        let count = shape initial |> Array.fold (fun total extent -> total * int extent) 1

        match initial with
        | Initial.Zeros _ -> rng, Array.zeroCreate count
        | Initial.Ones _ -> rng, Array.create count 1.0f
        | Initial.Given(_, elements) ->
            if elements.Length <> count then
                Fault.raiseWith (Fault.BadShape("weights as given", "elements", string count, string elements.Length))

            rng, Array.map float32 elements
        | Initial.Normal(_, deviation) ->
            let struct (drawn, next) = Rng.normals count rng
            next, drawn |> Array.map (fun value -> float32 (deviation * value))
