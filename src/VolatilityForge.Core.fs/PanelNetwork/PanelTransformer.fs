/// Attention over the symbols of a day: each symbol's token reads those of all that have a session on it.
namespace VolatilityForge

open TorchSharp

/// Sizes of a panel's Transformer.
type PanelTransformerConfig =
    {
        /// Width, heads, blocks and dropout; its sequence is the symbols of a day, which have no order, and nothing is pooled.
        Transformer: TransformerConfig
        /// Numbers in a symbol's row.
        RowWidth: int
    }

/// Weights of a panel's Transformer. 'leaf is a tensor in a model, a start in a specification, a name in a checkpoint.
type PanelTransformer<'leaf> =
    {
        Rows: 'leaf // (symbols, width)
        Trunk: Linear<'leaf> // token to model
        Own: Linear<'leaf> // model to 1, of the symbol's own token
        Blocks: Block<'leaf> list
        Norm: 'leaf // (model)
        Head: Linear<'leaf>
    } // model to 1, of what the blocks made of all tokens

/// The Transformer over its weights.
[<RequireQualifiedAccess>]
module PanelTransformer =

    /// Trunk of 48, one block of four query heads over two key heads, dropout .2, eight numbers per symbol.
    let standard: PanelTransformerConfig =
        {
            Transformer =
                { TransformerConfig.small with
                    Dim = 48
                    Depth = 1
                    Dropout = 0.2
                }
            RowWidth = 8
        }

    /// The config, or every setting outside its domain.
    let check (config: PanelTransformerConfig) : Result<PanelTransformerConfig, Fault> =
        checked' {
            let! _ = TransformerConfig.check config.Transformer

            and! _ = SymbolTokens.checkWidth config.RowWidth

            return config
        }

    /// The same structure with every leaf mapped, in the order of the fields.
    let map (f: 'a -> 'b) (weights: PanelTransformer<'a>) : PanelTransformer<'b> =
        {
            Rows = f weights.Rows
            Trunk = Linear.map f weights.Trunk
            Own = Linear.map f weights.Own
            Blocks = List.map (Transformer.mapBlock f) weights.Blocks
            Norm = f weights.Norm
            Head = Linear.map f weights.Head
        }

    /// How the weights start, for so many symbols and numbers in a token. Both heads are zero, so that an untrained network answers 0.
    let initial (symbols: int) (inputs: int) (config: PanelTransformerConfig) : PanelTransformer<Initial> =
        let model = config.Transformer.Dim

        {
            Rows = SymbolTokens.initial symbols config.RowWidth
            Trunk = Linear.initial (inputs + config.RowWidth) model
            Own = Linear.zeros model 1
            Blocks = List.replicate config.Transformer.Depth (Transformer.initialBlock config.Transformer)
            Norm = Initial.Ones [| int64 model |]
            Head = Linear.zeros model 1
        }

    /// The leaves' names, unique, as they stand in a checkpoint.
    let names (config: PanelTransformerConfig) : PanelTransformer<string> =
        {
            Rows = "rows"
            Trunk = Linear.names "trunk"
            Own = Linear.names "own"
            Blocks = List.init config.Transformer.Depth (fun index -> Transformer.blockNames $"blocks.{index}")
            Norm = "norm"
            Head = Linear.names "head"
        }

    /// One number per token, missing tokens are read by no other. tokens: (days, symbols, 1 + features); result (days, symbols).
    let forward
        (config: TransformerConfig)
        (dropout: Dropout)
        (weights: PanelTransformer<Tensor>)
        (tokens: Tensor)
        : Tensor =
        let keys = Some(SymbolTokens.present tokens)

        let trunk =
            SymbolTokens.withRows weights.Rows tokens
            |> Linear.forward weights.Trunk
            |> torch.nn.functional.silu
            |> Dropout.apply dropout // (days, symbols, model)

        let mixed =
            weights.Blocks
            |> List.fold (fun x block -> Transformer.blockBy config (Gqa.unordered keys dropout) dropout block x) trunk
            |> Norm.rms config.NormEps weights.Norm

        (Linear.forward weights.Own trunk + Linear.forward weights.Head mixed).squeeze -1L

    /// A network of weights drawn from the generator. Raises the faults of the config.
    let create
        (symbols: int)
        (inputs: int)
        (config: PanelTransformerConfig)
        (device: torch.Device)
        (rng: Rng)
        : IModel =
        let config = check config |> Fault.orRaise
        let starts = initial symbols inputs config

        RecordNetwork.draw
            device
            rng
            config
            (Parameter.leaves (fun visit -> map visit (names config)))
            (Parameter.leaves (fun visit -> map visit starts))
            (fun tensor -> map tensor starts)
            config.Transformer.Dropout
            (forward config.Transformer)
