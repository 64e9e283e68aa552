/// What a network needs of a panel: the base's walk-forward forecasts, rows of inputs, which symbols have a session on a date. Knows no
/// network.
namespace VolatilityForge

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Threading.Tasks

/// Rows of a panel's symbols at a horizon, with ln of the base's forecasts.
type internal NetworkRows =
    {
        Rows: PanelRows[]
        /// By symbol and own day; NaN where there is none.
        LogBase: float[][]
    }

    /// Whether a symbol's own day can be a token.
    member rows.IsPresent(symbol: int, day: int) : bool =
        rows.Rows[symbol].Complete[day] && Double.IsFinite(rows.LogBase[symbol][day])

    /// Numbers of a row.
    member rows.Width: int = rows.Rows[0].Width

/// Made once per panel and kept while it is alive; rows of one horizon at a time.
[<Sealed>]
type internal NetworkPanel(options: PanelNetworkOptions, panel: Panel) =

    let factors = lazy (Factors.ofPanel options.Threads panel)
    let bases = ConcurrentDictionary<int, Lazy<Variance[][]>>()
    let gate = obj ()
    let mutable kept: struct (int * NetworkRows) voption = ValueNone

    let dates =
        panel.Histories
        |> Seq.collect _.Dates
        |> Seq.distinct
        |> Seq.sort
        |> Array.ofSeq

    let sessions =
        lazy
            (let table = Array.init dates.Length (fun _ -> Array.create panel.Count -1)
             let places = Dictionary<DateOnly, int>()
             dates |> Array.iteri (fun place date -> places[date] <- place)

             panel.Histories
             |> Array.iteri (fun symbol history ->
                 history.Dates
                 |> Array.iteri (fun day date -> table[places[date]][symbol] <- day))

             table)

    // Fits of the base on days of the panel alone, so that inputs don't depend on a run's schedule.
    let baseAt (horizon: int) : Variance[][] =
        bases
            .GetOrAdd(
                horizon,
                fun horizon ->
                    lazy
                        (let schedule =
                            {
                                Horizon = horizon
                                First = MarketDay.add options.BaseStart panel.First
                                Last = panel.Last
                                Every = options.BaseEvery
                            }

                         if schedule.First.Number > schedule.Last.Number then
                             panel.Histories
                             |> Array.map (fun history -> Array.create history.Dates.Length (nan * 1.0< / day>))
                         else
                             PanelWalk.ofModel options.Threads panel schedule options.Base)
            )
            .Value

    let make (horizon: int) : NetworkRows =
        let forecasts =
            1 :: horizon :: options.BaseHorizons
            |> List.distinct
            |> List.map (fun horizon -> horizon, baseAt horizon)
            |> Map.ofList

        let features = NetworkFeatures.ofPanel panel options.Extra forecasts
        let rows = Array.zeroCreate<PanelRows> panel.Count

        Parallel.For(
            0,
            panel.Count,
            ParallelOptions(MaxDegreeOfParallelism = options.Threads),
            fun symbol -> rows[symbol] <- PanelRows.ofSymbol factors.Value features horizon symbol
        )
        |> ignore

        {
            Rows = rows
            LogBase =
                forecasts[horizon]
                |> Array.map (Array.map (fun value -> log (Units.strip value)))
        }

    /// The panel.
    member _.Panel: Panel = panel

    /// Every date on which a symbol has a session, in order.
    member _.Dates: DateOnly[] = dates

    /// The own day of each symbol on the date at a place; -1 where it has no session.
    member _.Sessions(place: int) : int[] = sessions.Value[place]

    /// Rows at a horizon.
    member _.Rows(horizon: int) : NetworkRows =
        lock gate (fun () ->
            match kept with
            | ValueSome(struct (known, rows)) when known = horizon -> rows
            | _ ->
                let rows = make horizon
                kept <- ValueSome(struct (horizon, rows))
                rows)

/// Tokens out of rows.
[<RequireQualifiedAccess>]
module internal NetworkTokens =

    /// A deviation of no more than this share of the mean, or of 1 where that is larger, is rounding.
    let private leastDeviation = 1e-9

    /// Mean and deviation of each number over rows; one that never varies, up to rounding, has scale 1.
    let scaler (rows: NetworkRows) (used: struct (int * int)[]) : Scaler =
        let width = rows.Width
        let mean = Array.zeroCreate<float> width
        let square = Array.zeroCreate<float> width

        let each (visit: ReadOnlyMemory<float> -> unit) : unit =
            for struct (symbol, day) in used do
                visit (ReadOnlyMemory(rows.Rows[symbol].Features, day * width, width))

        let count = float used.Length

        each (fun row ->
            for column in 0 .. width - 1 do
                mean[column] <- mean[column] + row.Span[column] / count)

        each (fun row ->
            for column in 0 .. width - 1 do
                let deviation = row.Span[column] - mean[column]
                square[column] <- square[column] + deviation * deviation / count)

        {
            Mean = mean
            Scale =
                Array.map2
                    (fun value center ->
                        let deviation = sqrt value

                        if deviation > leastDeviation * max 1.0 (abs center) then
                            deviation
                        else
                            1.0)
                    square
                    mean
        }

    /// Writes the tokens of a date into a buffer (symbols, 1 + width) of zeros. `order` has places of symbols in the panel, -1 for one that
    /// the panel lacks; `sessions` the own day of each symbol of the panel.
    let write
        (rows: NetworkRows)
        (scaler: Scaler)
        (order: int[])
        (sessions: int[])
        (buffer: float32[])
        (offset: int)
        : unit =
        let width = rows.Width

        for place in 0 .. order.Length - 1 do
            let symbol = order[place]

            if symbol >= 0 && sessions[symbol] >= 0 && rows.IsPresent(symbol, sessions[symbol]) then
                let row = PanelRows.row rows.Rows[symbol] sessions[symbol]
                let token = offset + place * (1 + width)
                buffer[token] <- 1.0f

                for column in 0 .. width - 1 do
                    let scaled = (row[column] - scaler.Mean[column]) / scaler.Scale[column]
                    buffer[token + 1 + column] <- float32 (Math.Clamp(scaled, -Inputs.bound, Inputs.bound))
