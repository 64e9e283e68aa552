/// A linear map with bias. Knows no other layer.
namespace VolatilityForge

open TorchSharp

/// Weights of a linear map with bias.
type Linear<'leaf> =
    {
        Weight: 'leaf // (inputs, outputs)
        Bias: 'leaf
    } // (outputs)

/// x Weight + Bias.
[<RequireQualifiedAccess>]
module Linear =

    /// The same structure with every leaf mapped, in the order of the fields.
    let map (f: 'a -> 'b) (weights: Linear<'a>) : Linear<'b> =
        {
            Weight = f weights.Weight
            Bias = f weights.Bias
        }

    /// How the weights start: normal with deviation 1 / sqrt(inputs), bias 0.
    let initial (inputs: int) (outputs: int) : Linear<Initial> =
        {
            Weight = Initial.fanIn inputs [| int64 inputs; int64 outputs |]
            Bias = Initial.Zeros [| int64 outputs |]
        }

    /// All weights 0, so that the map answers 0 until it is trained.
    let zeros (inputs: int) (outputs: int) : Linear<Initial> =
        {
            Weight = Initial.Zeros [| int64 inputs; int64 outputs |]
            Bias = Initial.Zeros [| int64 outputs |]
        }

    /// The leaves' names under a prefix.
    let names (prefix: string) : Linear<string> =
        {
            Weight = prefix + ".weight"
            Bias = prefix + ".bias"
        }

    // One product of two matrices whatever the axes of x: the engine's own form for more axes costs more, forward and back.
    let private ofRows (weight: Tensor) (product: Tensor -> Tensor) (x: Tensor) : Tensor =
        let shape = Axes.rank "linear" [ "inputs"; "outputs" ] weight
        Axes.equal "linear" "inputs" shape[0] (Axes.last "linear" x)
        let extents = x.shape
        extents[extents.Length - 1] <- shape[1]
        (product (x.reshape (-1L, shape[0]))).view extents

    /// x weight without bias. weight: (inputs, outputs); x: (..., inputs); result (..., outputs).
    let product (weight: Tensor) (x: Tensor) : Tensor =
        ofRows weight (fun rows -> rows.mm weight) x

    /// x: (..., inputs); result (..., outputs).
    let forward (weights: Linear<Tensor>) (x: Tensor) : Tensor =
        let outputs = (Axes.rank "linear" [ "inputs"; "outputs" ] weights.Weight)[1]
        Axes.exactly "linear" [ "outputs of bias", outputs ] weights.Bias
        ofRows weights.Weight (fun rows -> weights.Bias.addmm (rows, weights.Weight)) x
