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

    /// x: (..., inputs); result (..., outputs).
    let forward (weights: Linear<Tensor>) (x: Tensor) : Tensor =
        let shape = Axes.rank "linear" [ "inputs"; "outputs" ] weights.Weight
        Axes.equal "linear" "inputs" shape[0] (Axes.last "linear" x)
        Axes.exactly "linear" [ "outputs of bias", shape[1] ] weights.Bias
        x.matmul weights.Weight + weights.Bias
