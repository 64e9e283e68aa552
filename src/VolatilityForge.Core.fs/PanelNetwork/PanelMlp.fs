/// A perceptron that reads each symbol's token of a day by itself, the same for all symbols but for a row of each.
namespace VolatilityForge

open TorchSharp

/// Sizes of a panel's perceptron.
type PanelMlpConfig =
    {
        Layers: MlpConfig
        /// Numbers in a symbol's row.
        RowWidth: int
    }

/// Weights of a panel's perceptron. 'leaf is a tensor in a model, a start in a specification, a name in a checkpoint.
type PanelMlp<'leaf> =
    {
        Rows: 'leaf // (symbols, width)
        Layers: Mlp<'leaf>
    }

/// The perceptron over its weights.
[<RequireQualifiedAccess>]
module PanelMlp =

    /// Two hidden layers of 64, dropout .2, eight numbers per symbol.
    let standard: PanelMlpConfig =
        {
            Layers = { Hidden = [ 64; 64 ]; Dropout = 0.2 }
            RowWidth = 8
        }

    /// The config, or every setting outside its domain.
    let check (config: PanelMlpConfig) : Result<PanelMlpConfig, Fault> =
        checked' {
            let! _ = MlpConfig.check config.Layers

            and! _ = SymbolTokens.checkWidth config.RowWidth

            return config
        }

    /// The same structure with every leaf mapped, in the order of the fields.
    let map (f: 'a -> 'b) (weights: PanelMlp<'a>) : PanelMlp<'b> =
        {
            Rows = f weights.Rows
            Layers = Mlp.map f weights.Layers
        }

    /// How the weights start, for so many symbols and numbers in a token. The last layer is zero, so that an untrained network answers 0.
    let initial (symbols: int) (inputs: int) (config: PanelMlpConfig) : PanelMlp<Initial> =
        {
            Rows = SymbolTokens.initial symbols config.RowWidth
            Layers = Mlp.initial 1 (inputs + config.RowWidth) config.Layers
        }

    /// The leaves' names, unique, as they stand in a checkpoint.
    let names (config: PanelMlpConfig) : PanelMlp<string> =
        {
            Rows = "rows"
            Layers = Mlp.names config.Layers
        }

    /// One number per token. tokens: (days, symbols, 1 + features); result (days, symbols).
    let forward (dropout: Dropout) (weights: PanelMlp<Tensor>) (tokens: Tensor) : Tensor =
        let shape = Axes.rank "panel-mlp" [ "days"; "symbols"; "features" ] tokens
        let wide = SymbolTokens.withRows weights.Rows tokens

        (Mlp.forward dropout weights.Layers (wide.reshape (shape[0] * shape[1], 1L, wide.shape[2])))
            .view(shape[0], shape[1])

    /// A network of weights drawn from the generator. Raises the faults of the config.
    let create (symbols: int) (inputs: int) (config: PanelMlpConfig) (device: torch.Device) (rng: Rng) : IModel =
        let config = check config |> Fault.orRaise
        let starts = initial symbols inputs config

        RecordNetwork.draw
            device
            rng
            config
            (Parameter.leaves (fun visit -> map visit (names config)))
            (Parameter.leaves (fun visit -> map visit starts))
            (fun tensor -> map tensor starts)
            config.Layers.Dropout
            forward
