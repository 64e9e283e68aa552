/// The heterogeneous autoregression as a dilated causal convolution that training can bend (Reisenhofer, Bayer and
/// Hautsch 2022, arXiv 2205.07719). Untrained it is the log-HAR it starts from.
namespace VolatilityForge

open System
open TorchSharp

/// Sizes of a HARNet; immutable, checked when built.
type HarNetConfig =
    {
        /// Channels beside the day, the week and the month.
        Channels: int
        /// Probability of dropping a channel's element in training.
        Dropout: float
    }

/// What a HARNet starts as: ln forecast = Intercept + sum of Slopes * ln of the mean variance over a day, a week and a
/// month. The input's first feature is (ln variance - Mean) / Scale.
type HarNetStart =
    {
        Intercept: float
        Slopes: float[]
        Mean: float
        Scale: float
    }

/// Weights of a HARNet. 'leaf is a tensor in a model, a start in a specification, a name in a checkpoint.
type HarNet<'leaf> =
    {
        Week: 'leaf // (5), logits of the days' weights
        Pair: 'leaf // (2), logits
        Month: 'leaf // (11), logits of the weights of pairs
        Slopes: 'leaf // (3)
        Intercept: 'leaf // (1), at the mean of ln variance
        Near: Linear<'leaf> // (2, features, channels) and (channels)
        Far: Linear<'leaf> // (11, channels, channels) and (channels)
        Readout: 'leaf
    } // (channels)

/// Checked sizes.
[<RequireQualifiedAccess>]
module HarNetConfig =

    /// Four channels, dropout 0.2.
    let small: HarNetConfig = { Channels = 4; Dropout = 0.2 }

    /// The config, or every setting outside its domain.
    let check (config: HarNetConfig) : Result<HarNetConfig, Fault> =
        Checked.all
            [
                config.Channels >= 1
                |> Checked.require (Fault.BadSetting("harnet channels", "must be at least 1", string config.Channels))
                (config.Dropout >= 0.0 && config.Dropout < 1.0)
                |> Checked.require (Fault.BadSetting("harnet dropout", "must be in [0, 1)", string config.Dropout))
            ]
        |> Result.map (fun () -> config)

/// The network over its weights.
[<RequireQualifiedAccess>]
module HarNet =

    /// Days a week and a month have: the spans of the cascade after the day.
    let private week, pair, pairs = 5L, 2L, 11L

    /// Days the network reads: 22.
    let reach: int = int (pair * pairs)

    /// The same structure with every leaf mapped, in the order of the fields.
    let map (f: 'a -> 'b) (weights: HarNet<'a>) : HarNet<'b> =
        {
            Week = f weights.Week
            Pair = f weights.Pair
            Month = f weights.Month
            Slopes = f weights.Slopes
            Intercept = f weights.Intercept
            Near = Linear.map f weights.Near
            Far = Linear.map f weights.Far
            Readout = f weights.Readout
        }

    /// How the weights start: uniform means, the start's readout, and channels that the readout doesn't hear yet.
    let initial (features: int) (config: HarNetConfig) (start: HarNetStart) : HarNet<Initial> =
        let channels = int64 config.Channels

        {
            Week = Initial.Zeros [| week |]
            Pair = Initial.Zeros [| pair |]
            Month = Initial.Zeros [| pairs |]
            Slopes = Initial.Given([| int64 start.Slopes.Length |], start.Slopes)
            Intercept = Initial.Given([| 1L |], [| start.Intercept + start.Mean * Array.sum start.Slopes |])
            Near =
                {
                    Weight = Initial.fanIn (int pair * features) [| pair; int64 features; channels |]
                    Bias = Initial.Zeros [| channels |]
                }
            Far =
                {
                    Weight = Initial.fanIn (int pairs * config.Channels) [| pairs; channels; channels |]
                    Bias = Initial.Zeros [| channels |]
                }
            Readout = Initial.Zeros [| channels |]
        }

    /// The leaves' names, unique, as they stand in a checkpoint.
    let names: HarNet<string> =
        {
            Week = "week"
            Pair = "pair"
            Month = "month"
            Slopes = "slopes"
            Intercept = "intercept"
            Near = Linear.names "near"
            Far = Linear.names "far"
            Readout = "readout"
        }

    /// ln of the means over a day, a week and a month for every day with a month behind it, less `mean`.
    /// x: (batch, time), ln variance less `mean` over `scale`; result (batch, time - 21, 3).
    let cascade (scale: float) (weights: HarNet<Tensor>) (x: Tensor) : Tensor =
        let shape = Axes.rank "harnet" [ "batch"; "time" ] x
        // Over the geometric mean, so that numbers near 1 are added up.
        let variance = (Ops.scale scale x).exp()
        let steps = shape[1] - int64 reach + 1L

        let month =
            variance
            |> CausalConv.mean 1L weights.Pair
            |> CausalConv.mean pair weights.Month // (batch, time - 21)

        let latest (series: Tensor) : Tensor =
            series.narrow (1L, series.shape[1] - steps, steps)

        let week = CausalConv.mean 1L weights.Week variance |> latest
        torch.stack ([| latest variance; week; month |], -1L) |> torch.log

    /// The channels of every day with a month behind it, of all features. x: (batch, time, features);
    /// result (batch, time - 21, channels).
    let channels (dropout: Dropout) (weights: HarNet<Tensor>) (x: Tensor) : Tensor =
        let layer (dilation: int64) (weights: Linear<Tensor>) (x: Tensor) : Tensor =
            torch.nn.functional.silu (CausalConv.forward dilation weights.Weight x + weights.Bias)

        x |> layer 1L weights.Near |> layer pair weights.Far |> Dropout.apply dropout

    /// ln of the mean variance expected, for every day with a month behind it. x: (batch, time, features), the first
    /// feature (ln variance - mean) / scale; result (batch, time - 21).
    let sequence (scale: float) (dropout: Dropout) (weights: HarNet<Tensor>) (x: Tensor) : Tensor =
        let shape = Axes.rank "harnet" [ "batch"; "time"; "features" ] x

        if shape[1] < int64 reach then
            Fault.raiseWith (Fault.BadShape("harnet", "time", $"at least {reach}", string shape[1]))

        let cascaded = cascade scale weights (x.select (2L, 0L))
        let level = Einsum.two "bts,s->bt" cascaded weights.Slopes + weights.Intercept

        level + Einsum.two "btc,c->bt" (channels dropout weights x) weights.Readout

    /// ln of the mean variance expected after the last day. x: (batch, time, features), at least 22 days, the first feature
    /// (ln variance - mean) / scale; result (batch).
    let forward (scale: float) (dropout: Dropout) (weights: HarNet<Tensor>) (x: Tensor) : Tensor =
        let shape = Axes.rank "harnet" [ "batch"; "time"; "features" ] x
        let first = max 0L (shape[1] - int64 reach)

        (sequence scale dropout weights (x.narrow (1L, first, shape[1] - first))).select(1L, -1L)

    /// A network that starts as the log-HAR. Raises the faults of the config.
    let create (features: int) (config: HarNetConfig) (start: HarNetStart) (device: torch.Device) (rng: Rng) : IModel =
        let config = HarNetConfig.check config |> Fault.orRaise

        if start.Slopes.Length <> 3 then
            Fault.raiseWith (Fault.BadShape("harnet", "slopes of the start", "3", string start.Slopes.Length))

        let starts = initial features config start

        RecordNetwork.draw
            device
            rng
            (config, start)
            (Parameter.leaves (fun visit -> map visit names))
            (Parameter.leaves (fun visit -> map visit starts))
            (fun tensor -> map tensor starts)
            config.Dropout
            (forward start.Scale)
