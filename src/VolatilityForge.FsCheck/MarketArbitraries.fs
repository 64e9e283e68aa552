/// The generators by type, as FsCheck's configuration takes them. Generates nothing itself.
namespace VolatilityForge.FsCheck

open System
open global.FsCheck
open global.FsCheck.FSharp
open VolatilityForge

/// `Config.Quick.WithArbitrary [ typeof<MarketArbitraries> ]`: properties of Bars, Quotes, Trades, OptionQuotes, Frame, and of spoilt
/// columns of each. In C#: `Config.Quick.WithArbitrary([typeof(MarketArbitraries)])`.
[<Sealed; AbstractClass>]
type MarketArbitraries =

    /// Sound bars.
    static member Bars() : Arbitrary<Bars> = Arb.fromGen MarketGen.bars

    /// Sound quotes.
    static member Quotes() : Arbitrary<Quotes> = Arb.fromGen MarketGen.quotes

    /// Sound trades.
    static member Trades() : Arbitrary<Trades> = Arb.fromGen MarketGen.trades

    /// A chain without arbitrage.
    static member OptionQuotes() : Arbitrary<OptionQuotes> = Arb.fromGen MarketGen.optionChain

    /// A frame with missing values.
    static member Frame() : Arbitrary<Frame> = Arb.fromGen MarketGen.frame

    /// Bars that break a rule.
    static member SpoiltBars() : Arbitrary<Spoilt<BarColumns>> = Arb.fromGen HostileGen.bars

    /// Quotes that break a rule.
    static member SpoiltQuotes() : Arbitrary<Spoilt<QuoteColumns>> = Arb.fromGen HostileGen.quotes

    /// Trades that break a rule.
    static member SpoiltTrades() : Arbitrary<Spoilt<TradeColumns>> = Arb.fromGen HostileGen.trades

    /// Chains that break a rule.
    static member SpoiltOptions() : Arbitrary<Spoilt<OptionQuoteColumns>> = Arb.fromGen HostileGen.optionChain

    /// Columns of frames that break a rule.
    static member SpoiltFrame() : Arbitrary<Spoilt<DateTime[] * (string * float[]) list>> = Arb.fromGen HostileGen.frame

    /// Quotes that need cleaning.
    static member DirtyQuotes() : Arbitrary<DirtyQuotes> = Arb.fromGen HostileGen.dirtyQuotes
