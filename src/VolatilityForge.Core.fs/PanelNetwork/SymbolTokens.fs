/// What networks of a panel read: a token per symbol of a day, and a row of numbers for each symbol that was trained on. Knows no layer.
namespace VolatilityForge

open TorchSharp

/// Tokens (days, symbols, 1 + features): the first number of a token is 1 where the symbol has a session, 0 where it is missing. The symbols
/// that the network is trained on come first, in the order of the weights' rows.
[<RequireQualifiedAccess>]
module SymbolTokens =

    /// Numbers in a symbol's row, when there are any.
    let internal checkWidth (width: int) : Checked<unit> =
        width >= 1
        |> Checked.require (Fault.BadSetting("numbers of a symbol's row", "must be at least 1", string width))

    /// Which tokens are there: a mask of keys that broadcasts to (days, kvHeads, group, queries, keys).
    let present (tokens: Tensor) : AttentionMask =
        let shape = Axes.rank "symbol tokens" [ "days"; "symbols"; "features" ] tokens

        tokens.narrow(2L, 0L, 1L).gt((0.5).ToScalar()).view(shape[0], 1L, 1L, 1L, shape[1])

    /// How the rows start: normal with deviation 1 / sqrt(width).
    let initial (symbols: int) (width: int) : Initial =
        Initial.fanIn width [| int64 symbols; int64 width |]

    /// The tokens with their symbol's row beside them; zeros beside a symbol that was not trained on.
    /// rows: (symbols trained on, width); tokens: (days, symbols, 1 + features); result (days, symbols, 1 + features + width).
    let withRows (rows: Tensor) (tokens: Tensor) : Tensor =
        let shape = Axes.rank "symbol tokens" [ "days"; "symbols"; "features" ] tokens
        let known = Axes.rank "symbol rows" [ "symbols"; "width" ] rows

        if shape[1] < known[0] then
            Fault.raiseWith (Fault.BadShape("symbol tokens", "symbols", $"at least {known[0]}", string shape[1]))

        let all =
            torch.nn.functional.pad (rows, [| 0L; 0L; 0L; shape[1] - known[0] |], value = 0.0)

        torch.cat ([| tokens; all.unsqueeze(0L).expand(shape[0], shape[1], known[1]) |], 2L)
