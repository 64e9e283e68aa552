/// Generators of market data as feeds deliver them at their worst. Knows no sound data but what it spoils.
namespace VolatilityForge.FsCheck

open System
open global.FsCheck
open global.FsCheck.FSharp
open VolatilityForge

/// Columns that break a rule, and the row and the column where they do.
type Spoilt<'columns> =
    {
        Columns: 'columns
        /// From 0.
        Row: int
        Column: string
    }

/// Quotes that a check takes and cleaning is for.
type DirtyQuotes = { Quotes: Quotes }

/// Hostile market data: columns that a check must refuse, naming the place, and columns that it must take although they are ugly.
[<RequireQualifiedAccess>]
module HostileGen =

    let private notFinite: Gen<float> = Gen.elements [ infinity; -infinity ]

    let private notAPrice: Gen<float> =
        Gen.elements [ nan; infinity; -infinity; 0.0; -1.0 ]

    let private withAt (row: int) (value: 'a) (values: 'a[]) : 'a[] =
        values |> Array.mapi (fun at old -> if at = row then value else old)

    let private columnsOf (bars: Bars) : BarColumns =
        {
            Symbol = bars.Symbol
            Dates = bars.Dates
            Open = bars.Open
            High = bars.High
            Low = bars.Low
            Close = bars.Close
            AdjustedClose = bars.AdjustedClose
            Volume = bars.Volume
        }

    /// Bars of which one row is wrong: a price that is none, a high below the close, a date that repeats, a negative volume.
    let bars: Gen<Spoilt<BarColumns>> =
        gen {
            let! sound = MarketGen.bars |> Gen.map columnsOf
            let! row = Gen.choose (1, sound.Dates.Length - 1)
            let! bad = notAPrice

            return!
                Gen.elements
                    [
                        "open",
                        { sound with
                            Open = withAt row bad sound.Open
                        }
                        "close",
                        { sound with
                            Close = withAt row bad sound.Close
                        }
                        "high",
                        { sound with
                            High = withAt row (0.5 * sound.Low[row]) sound.High
                        }
                        "date",
                        { sound with
                            Dates = withAt row sound.Dates[row - 1] sound.Dates
                        }
                        "volume",
                        { sound with
                            Volume = sound.Volume |> Option.map (withAt row -1.0)
                        }
                    ]
                |> Gen.map (fun (column, columns) ->
                    {
                        Columns = columns
                        Row = row
                        Column = column
                    })
        }

    /// Quotes of which one row is wrong: an infinite price, a negative or infinite size, a time that goes back.
    let quotes: Gen<Spoilt<QuoteColumns>> =
        gen {
            let! sound = MarketGen.quoteColumns
            let! row = Gen.choose (1, sound.Times.Length - 1)
            let! bad = notFinite

            return!
                Gen.elements
                    [
                        "bid",
                        { sound with
                            Bid = withAt row bad sound.Bid
                        }
                        "ask",
                        { sound with
                            Ask = withAt row bad sound.Ask
                        }
                        "bid size",
                        { sound with
                            BidSize = sound.BidSize |> Option.map (withAt row -1.0)
                        }
                        "time",
                        { sound with
                            Times = withAt row (sound.Times[row - 1].AddTicks -1L) sound.Times
                        }
                    ]
                |> Gen.map (fun (column, columns) ->
                    {
                        Columns = columns
                        Row = row
                        Column = column
                    })
        }

    /// Trades of which one row is wrong: an infinite price, a negative size, a time that goes back.
    let trades: Gen<Spoilt<TradeColumns>> =
        gen {
            let! sound = MarketGen.tradeColumns
            let! row = Gen.choose (1, sound.Times.Length - 1)
            let! bad = notFinite

            return!
                Gen.elements
                    [
                        "price",
                        { sound with
                            Price = withAt row bad sound.Price
                        }
                        "size",
                        { sound with
                            Size = sound.Size |> Option.map (withAt row -1.0)
                        }
                        "time",
                        { sound with
                            Times = withAt row (sound.Times[row - 1].AddTicks -1L) sound.Times
                        }
                    ]
                |> Gen.map (fun (column, columns) ->
                    {
                        Columns = columns
                        Row = row
                        Column = column
                    })
        }

    /// Chains of which one row is wrong: a strike that is none, a negative or infinite price, an expiry before the quote.
    let optionChain: Gen<Spoilt<OptionQuoteColumns>> =
        gen {
            let! sound = MarketGen.optionColumns
            let! row = Gen.choose (1, sound.Times.Length - 1)
            let! strike = notAPrice
            let! price = Gen.elements [ infinity; -1.0 ]

            return!
                Gen.elements
                    [
                        "strike",
                        { sound with
                            Strike = withAt row strike sound.Strike
                        }
                        "bid",
                        { sound with
                            Bid = sound.Bid |> Option.map (withAt row price)
                        }
                        "expiry",
                        { sound with
                            Expiry = withAt row (DateOnly.FromDateTime(sound.Times[row]).AddDays -1) sound.Expiry
                        }
                    ]
                |> Gen.map (fun (column, columns) ->
                    {
                        Columns = columns
                        Row = row
                        Column = column
                    })
        }

    /// Columns of a frame of which one row is wrong: an infinite value, a time that repeats.
    let frame: Gen<Spoilt<DateTime[] * (string * float[]) list>> =
        gen {
            let! times, columns = MarketGen.frameColumns
            let! row = Gen.choose (1, times.Length - 1)
            let! bad = notFinite

            return!
                Gen.elements
                    [
                        "b",
                        (times,
                         columns
                         |> List.map (fun (name, values) ->
                             name, (if name = "b" then withAt row bad values else values)))
                        "time", (withAt row times[row - 1] times, columns)
                    ]
                |> Gen.map (fun (column, columns) ->
                    {
                        Columns = columns
                        Row = row
                        Column = column
                    })
        }

    /// Quotes that are taken and need cleaning: crossed, locked, zero, missing, of one time, with empty books.
    let dirtyQuotes: Gen<DirtyQuotes> =
        gen {
            let! sound = MarketGen.quoteColumns
            let! kinds = Gen.arrayOfLength sound.Times.Length (Gen.choose (0, 11))

            let at (kind: int) (spoil: int -> float) (values: float[]) =
                values
                |> Array.mapi (fun row value -> if kinds[row] = kind then spoil row else value)

            return
                Quotes.check
                    { sound with
                        Times =
                            sound.Times
                            |> Array.mapi (fun row time ->
                                if row > 0 && kinds[row] = 5 then
                                    sound.Times[row - 1]
                                else
                                    time)
                        Bid =
                            sound.Bid
                            |> at 0 (fun row -> sound.Ask[row] + 0.05)
                            |> at 1 (fun row -> sound.Ask[row])
                            |> at 2 (fun _ -> 0.0)
                            |> at 3 (fun _ -> nan)
                        BidSize = sound.BidSize |> Option.map (at 4 (fun _ -> 0.0))
                        AskSize = sound.AskSize |> Option.map (at 4 (fun _ -> 0.0))
                    }
                |> Fault.orRaise
                |> fun quotes -> { Quotes = quotes }
        }

    /// Columns of any doubles at all, NaN, infinities and the smallest and largest included, of one length.
    let columns (count: int) : Gen<float[][]> =
        let any =
            Gen.frequency
                [
                    4, ArbMap.defaults |> ArbMap.generate<float>
                    1,
                    Gen.elements
                        [
                            nan
                            infinity
                            -infinity
                            0.0
                            -0.0
                            Double.Epsilon
                            Double.MaxValue
                            Double.MinValue
                        ]
                ]

        Gen.sized (fun size ->
            Gen.choose (0, 2 * size)
            |> Gen.bind (fun rows -> Gen.arrayOfLength count (Gen.arrayOfLength rows any)))
