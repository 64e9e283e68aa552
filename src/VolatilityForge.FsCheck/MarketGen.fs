/// Generators of sound market data. Knows no rule that data break.
namespace VolatilityForge.FsCheck

open System
open global.FsCheck
open global.FsCheck.FSharp
open VolatilityForge

/// Sound market data of a length that grows with FsCheck's size: prices walk on a grid of cents, stay positive, jump and stand
/// still; sizes may be 0; times are uneven and cross midnight.
[<RequireQualifiedAccess>]
module MarketGen =

    /// The fewest rows: what a return needs.
    [<Literal>]
    let private Fewest = 2

    let private cents (price: float) : float = max 0.01 (Math.Round(price, 2))

    /// How a price goes on: mostly by little, sometimes not at all, seldom by a jump.
    let private step: Gen<float> =
        Gen.frequency
            [
                6, Gen.choose (-200, 200) |> Gen.map (fun basis -> float basis / 1e4)
                2, Gen.constant 0.0
                1, Gen.choose (-3000, 5000) |> Gen.map (fun basis -> float basis / 1e4)
            ]

    /// Prices of so many rows.
    let prices (rows: int) : Gen<float[]> =
        gen {
            let! start = Gen.choose (100, 100_000)
            let! steps = Gen.arrayOfLength rows step

            return
                steps
                |> Array.scan (fun price step -> cents (price * (1.0 + step))) (float start / 100.0)
                |> Array.tail
        }

    let private rows: Gen<int> =
        Gen.sized (fun size -> Gen.choose (Fewest, max Fewest (2 * size)))

    /// Strictly increasing times of so many rows, some in one second, some days apart.
    let times (rows: int) : Gen<DateTime[]> =
        gen {
            let gap =
                Gen.frequency [ 6, Gen.choose (1, 90_000); 1, Gen.choose (3_600_000, 90_000_000) ]

            let! start = Gen.choose (0, 20_000)
            let! gaps = Gen.arrayOfLength rows gap

            return
                gaps
                |> Array.scan
                    (fun (time: DateTime) milliseconds -> time.AddMilliseconds(float milliseconds))
                    (DateTime(1990, 1, 1).AddDays(float start))
                |> Array.tail
        }

    let private whole (low: int) (high: int) (rows: int) : Gen<float[]> =
        Gen.choose (low, high) |> Gen.map float |> Gen.arrayOfLength rows

    /// Daily bars: weekdays or every day, with gaps; volume always.
    let bars: Gen<Bars> =
        gen {
            let! rows = rows
            let! close = prices rows
            let! opens = Gen.arrayOfLength rows step
            let! up = whole 0 300 rows
            let! down = whole 0 300 rows
            let! volume = whole 0 1_000_000 rows
            let! start = Gen.choose (0, 15_000)

            let! gaps =
                Gen.arrayOfLength rows (Gen.frequency [ 5, Gen.constant 1; 1, Gen.choose (2, 5) ])

            let opened = Array.map2 (fun close step -> cents (close * (1.0 + step))) close opens

            let dates =
                gaps
                |> Array.scan (+) start
                |> Array.tail
                |> Array.map (fun days -> DateOnly(1980, 1, 1).AddDays days)

            return
                Bars.check
                    {
                        Symbol = "GEN"
                        Dates = dates
                        Open = opened
                        High = Array.init rows (fun day -> (max opened[day] close[day]) * (1.0 + up[day] / 1e4))
                        Low = Array.init rows (fun day -> (min opened[day] close[day]) * (1.0 - down[day] / 1e4))
                        Close = close
                        AdjustedClose = None
                        Volume = Some volume
                    }
                |> Fault.orRaise
        }

    /// Columns of quotes with bid below ask and times that differ.
    let quoteColumns: Gen<QuoteColumns> =
        gen {
            let! rows = rows
            let! times = times rows
            let! bid = prices rows
            let! ticks = whole 1 20 rows
            let! bidSize = whole 0 50 rows
            let! askSize = whole 0 50 rows

            return
                {
                    Symbol = "GEN"
                    Times = times
                    Bid = bid
                    Ask = Array.map2 (fun bid ticks -> Math.Round(bid + ticks / 100.0, 2)) bid ticks
                    BidSize = Some bidSize
                    AskSize = Some askSize
                    Exchange = None
                }
        }

    /// Quotes with bid below ask and times that differ.
    let quotes: Gen<Quotes> = quoteColumns |> Gen.map (Quotes.check >> Fault.orRaise)

    /// Columns of trades with positive prices and sizes and times that differ.
    let tradeColumns: Gen<TradeColumns> =
        gen {
            let! rows = rows
            let! times = times rows
            let! price = prices rows
            let! size = whole 1 5_000 rows

            return
                {
                    Symbol = "GEN"
                    Times = times
                    Price = price
                    Size = Some size
                    Exchange = None
                    Condition = None
                    Correction = None
                }
        }

    /// Trades with positive prices and sizes and times that differ.
    let trades: Gen<Trades> = tradeColumns |> Gen.map (Trades.check >> Fault.orRaise)

    /// Columns of one time's chain of European options, without arbitrage: two to four expiries, nine strikes, priced from one volatility, with
    /// spreads about the price.
    let optionColumns: Gen<OptionQuoteColumns> =
        gen {
            let! spot = Gen.choose (1_000, 50_000) |> Gen.map (fun cents -> float cents / 100.0)

            let! volatility =
                Gen.choose (8, 90) |> Gen.map (fun percent -> float percent / 100.0)

            let! rate = Gen.choose (-100, 800) |> Gen.map (fun basis -> float basis / 1e4)
            let! expiries = Gen.choose (2, 4)
            let! first = Gen.choose (7, 40)
            let date = DateOnly(2024, 1, 2)

            let rows =
                [|
                    for expiry in 1..expiries do
                        let days = first * expiry * expiry

                        for right in [ OptionRight.Call; OptionRight.Put ] do
                            for at in -4 .. 4 do
                                let strike =
                                    cents (spot * exp (0.25 * float at * volatility * sqrt (float days / 365.0)))

                                let price =
                                    BlackScholes.price
                                        volatility
                                        {
                                            Right = right
                                            Spot = spot
                                            Strike = strike
                                            Years = float days / 365.0
                                            Rate = rate
                                            Yield = 0.0
                                        }

                                date.AddDays days, strike, right, price
                |]

            return
                {
                    Underlying = "GEN"
                    Times = Array.create rows.Length (date.ToDateTime TimeOnly.MinValue)
                    Expiry = rows |> Array.map (fun (expiry, _, _, _) -> expiry)
                    Strike = rows |> Array.map (fun (_, strike, _, _) -> strike)
                    Right = Some(rows |> Array.map (fun (_, _, right, _) -> right))
                    Bid = Some(rows |> Array.map (fun (_, _, _, price) -> 0.999 * price))
                    Ask = Some(rows |> Array.map (fun (_, _, _, price) -> 1.001 * price))
                    BidSize = None
                    AskSize = None
                    BidVolatility = None
                    AskVolatility = None
                    Forward = None
                    Years = None
                    CallMid = None
                    UnderlyingPrice = Some(Array.create rows.Length spot)
                }
        }

    /// A chain of these columns.
    let optionChain: Gen<OptionQuotes> =
        optionColumns |> Gen.map (OptionQuotes.check >> Fault.orRaise)

    /// An index and columns a, b, c of finite values of any size and sign, some missing, and price, which is positive.
    let frameColumns: Gen<DateTime[] * (string * float[]) list> =
        gen {
            let! rows = rows
            let! times = times rows
            let! price = prices rows

            let value =
                Gen.frequency
                    [
                        6,
                        Gen.choose (-1_000, 1_000)
                        |> Gen.map (fun thousandths -> float thousandths / 1e3)
                        1, Gen.constant nan
                        1, Gen.elements [ 0.0; 1e12; -1e12; 1e-12 ]
                    ]

            let! columns = Gen.arrayOfLength 3 (Gen.arrayOfLength rows value)

            return times, [ "a", columns[0]; "b", columns[1]; "c", columns[2]; "price", price ]
        }

    /// Frames of these columns.
    let frame: Gen<Frame> =
        frameColumns
        |> Gen.map (fun (times, columns) -> Frame.create "GEN" times columns |> Fault.orRaise)
