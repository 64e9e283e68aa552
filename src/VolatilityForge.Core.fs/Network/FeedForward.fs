/// The gated feed-forward layer (Shazeer 2020, arXiv 2002.05202). Knows no attention.
namespace VolatilityForge

open TorchSharp

/// Weights of SwiGLU; no biases.
type SwiGlu<'leaf> =
    {
        Gate: 'leaf // (model, hidden)
        Up: 'leaf // (model, hidden)
        Down: 'leaf
    } // (hidden, model)

/// (silu(x Gate) * (x Up)) Down.
[<RequireQualifiedAccess>]
module SwiGlu =

    /// The same structure with every leaf mapped, in the order of the fields.
    let map (f: 'a -> 'b) (weights: SwiGlu<'a>) : SwiGlu<'b> =
        {
            Gate = f weights.Gate
            Up = f weights.Up
            Down = f weights.Down
        }

    /// How the weights start: normal with deviation 1 / sqrt(inputs).
    let initial (model: int) (hidden: int) : SwiGlu<Initial> =
        {
            Gate = Initial.fanIn model [| int64 model; int64 hidden |]
            Up = Initial.fanIn model [| int64 model; int64 hidden |]
            Down = Initial.fanIn hidden [| int64 hidden; int64 model |]
        }

    /// The leaves' names under a prefix.
    let names (prefix: string) : SwiGlu<string> =
        {
            Gate = prefix + ".gate"
            Up = prefix + ".up"
            Down = prefix + ".down"
        }

    /// x: (..., model); result the same shape.
    let forward (weights: SwiGlu<Tensor>) (x: Tensor) : Tensor =
        let model = Axes.last "fused_swiglu" x
        let gate = Axes.rank "fused_swiglu" [ "model"; "hidden" ] weights.Gate
        Axes.equal "fused_swiglu" "model of gate" model gate[0]
        Axes.exactly "fused_swiglu" [ "model of up", model; "hidden of up", gate[1] ] weights.Up
        Axes.exactly "fused_swiglu" [ "hidden of down", gate[1]; "model of down", model ] weights.Down

        let hidden =
            torch.nn.functional.silu (Linear.product weights.Gate x)
            * Linear.product weights.Up x // (..., hidden)

        Linear.product weights.Down hidden
