/// From option quotes to smiles, and from smiles to characteristics of fixed maturities over time. Knows no file.
namespace VolatilityForge

open System

/// Which characteristics a surface is summed up in.
type SurfaceOptions =
    {
        /// Days, in increasing order; characteristics are interpolated to them.
        Maturities: int list
        /// Days in a year where the source doesn't count years itself.
        DaysPerYear: float
        /// The time of day at which options expire, on the clock of the quotes. Quotes that have no time of day are whole days from it.
        Expires: TimeOnly
    }

/// The smile of an expiry and the price of one at it.
type internal ExpirySmile = { Smile: Smile; Discount: float }

/// Reading option chains. Prices are taken as those of European options: the early exercise premium of American ones is read as
/// volatility, little out of the money at short expiries.
[<RequireQualifiedAccess>]
module OptionSurface =

    /// 30 and 90 days, 365 days a year, expiry at 16:00.
    let defaults: SurfaceOptions =
        {
            Maturities = [ 30; 90 ]
            DaysPerYear = 365.0
            Expires = TimeOnly(16, 0)
        }

    /// Strikes about the one where call and put differ least that a forward is taken from: near it parity holds best.
    [<Literal>]
    let private ParityStrikes = 10

    let private middle (bid: float) (ask: float) : float =
        if bid > 0.0 && ask >= bid then 0.5 * (bid + ask) else nan

    /// Volatilities of strikes, quoted as such.
    let private quoted
        (quotes: OptionQuotes)
        (rows: int[])
        (forwards: float[])
        (years: float)
        : Result<ExpirySmile, Fault> =
        let bid =
            quotes.BidVolatility
            |> Option.defaultWith (fun () -> Array.create quotes.Length nan)

        let ask =
            quotes.AskVolatility
            |> Option.defaultWith (fun () -> Array.create quotes.Length nan)

        let points =
            rows
            |> Array.map (fun row -> quotes.Strike[row], middle bid[row] ask[row])
            |> Array.filter (fun (_, volatility) -> not (Double.IsNaN volatility))
            |> Array.sortBy fst

        Smile.create forwards[rows[0]] years (Array.map fst points) (Array.map snd points)
        |> Result.map (fun smile -> { Smile = smile; Discount = 1.0 })

    /// The smile that prices of calls and puts imply: forward and discount from parity near the money, volatilities of the options
    /// out of the money.
    let private implied (quotes: OptionQuotes) (rows: int[]) (years: float) : Result<ExpirySmile, Fault> =
        let column (values: float[] option) =
            values |> Option.defaultWith (fun () -> Array.create quotes.Length nan)

        let bid, ask = column quotes.Bid, column quotes.Ask

        let rights =
            quotes.Right
            |> Option.defaultWith (fun () -> Array.create quotes.Length OptionRight.Call)

        let strikes =
            rows
            |> Array.map (fun row -> quotes.Strike[row])
            |> Array.distinct
            |> Array.sort

        let side (right: OptionRight) =
            let found =
                rows
                |> Array.filter (fun row -> rights[row] = right)
                |> Array.map (fun row -> quotes.Strike[row], row)
                |> dict

            strikes
            |> Array.map (fun strike ->
                match found.TryGetValue strike with
                | true, row -> struct (middle bid[row] ask[row], ask[row] - bid[row])
                | _ -> struct (nan, nan))

        let calls, puts = side OptionRight.Call, side OptionRight.Put
        let price (struct (price, _): struct (float * float)) = price
        let spread (struct (_, spread): struct (float * float)) = spread

        let near =
            [| 0 .. strikes.Length - 1 |]
            |> Array.filter (fun at -> not (Double.IsNaN(price calls[at] + price puts[at])))
            |> Array.sortBy (fun at -> abs (price calls[at] - price puts[at]))
            |> Array.truncate ParityStrikes

        let pick (values: int -> float) = near |> Array.map values

        let spreads = pick (fun at -> spread calls[at] + spread puts[at])

        // A spread of zero would be weighted infinitely: it counts as the least that isn't, in whatever currency.
        let least =
            match spreads |> Array.filter (fun both -> both > 0.0) with
            | [||] -> 1.0
            | positive -> Array.min positive

        let weights =
            spreads
            |> Array.map (fun both ->
                let relative = max 1.0 (both / least)
                1.0 / (relative * relative))

        ParityForward.regression
            weights
            (pick (fun at -> strikes[at]))
            (pick (fun at -> price calls[at]))
            (pick (fun at -> price puts[at]))
        |> Result.bind (fun parity ->
            strikes
            |> Array.mapi (fun at strike ->
                if strike >= parity.Forward then
                    ImpliedVolatility.ofUndiscounted
                        OptionRight.Call
                        parity.Forward
                        strike
                        years
                        (price calls[at] / parity.Discount)
                else
                    ImpliedVolatility.ofUndiscounted
                        OptionRight.Put
                        parity.Forward
                        strike
                        years
                        (price puts[at] / parity.Discount))
            |> Smile.create parity.Forward years strikes
            |> Result.map (fun smile ->
                {
                    Smile = smile
                    Discount = parity.Discount
                }))

    /// Years from a quote to its expiry: as the source counts them, else from the clock.
    let private yearsOf (options: SurfaceOptions) (quotes: OptionQuotes) (row: int) : float =
        match quotes.Years with
        | Some years when not (Double.IsNaN years[row]) -> years[row]
        | _ ->
            let time, expiry = quotes.Times[row], quotes.Expiry[row]

            let left =
                if time.TimeOfDay = TimeSpan.Zero then
                    expiry.ToDateTime TimeOnly.MinValue - time
                else
                    expiry.ToDateTime options.Expires - time

            left.TotalDays / options.DaysPerYear

    /// One time's quotes by expiry, in order: the rows, and the smile or why there is none.
    let internal expiriesOf
        (options: SurfaceOptions)
        (quotes: OptionQuotes)
        : (DateOnly * int[] * Result<ExpirySmile, Fault>)[] =
        [| 0 .. quotes.Length - 1 |]
        |> Array.groupBy (fun row -> quotes.Expiry[row])
        |> Array.sortBy fst
        |> Array.map (fun (expiry, rows) ->
            let years = yearsOf options quotes rows[0]

            expiry,
            rows,
            if years <= 0.0 then
                Error(
                    Fault.NotComputable(
                        "a smile",
                        "no time is left to the expiry",
                        "Set the time of day at which the options expire, or give years in the source."
                    )
                )
            else
                match quotes.Forward, quotes.BidVolatility with
                | Some forwards, Some _ -> quoted quotes rows forwards years
                | _ -> implied quotes rows years)

    /// The smile of each expiry of one time's quotes in order, or why there is none: no time left, fewer than two strikes with a
    /// volatility, no forward.
    let expiries (options: SurfaceOptions) (quotes: OptionQuotes) : (DateOnly * Result<Smile, Fault>) list =
        [
            for expiry, _, smile in expiriesOf options quotes -> expiry, smile |> Result.map _.Smile
        ]

    /// The smiles of one time's quotes in order of expiry. Expiries that give none are left out; `expiries` says why.
    let smiles (options: SurfaceOptions) (quotes: OptionQuotes) : Smile list =
        expiries options quotes |> List.choose (snd >> Result.toOption)

    /// A value at a maturity between expiries, linear in time over those that have one; beyond them the nearer one's.
    let private between (years: float) (points: (float * float) list) : float =
        match
            points
            |> List.filter (fun (_, value) -> not (Double.IsNaN value))
            |> Array.ofList
        with
        | [||] -> nan
        | sound ->
            match sound |> Array.tryFindIndex (fun (time, _) -> time >= years) with
            | None -> snd (Array.last sound)
            | Some 0 -> snd sound[0]
            | Some right ->
                let (early, near), (late, far) = sound[right - 1], sound[right]
                near + (years - early) / (late - early) * (far - near)

    /// Variance per year at a maturity; NaN where no expiry has one.
    let private varianceAt (years: float) (points: (float * float) list) : float =
        match
            points
            |> List.filter (fun (_, value) -> not (Double.IsNaN value))
            |> Array.ofList
        with
        | [||] -> nan
        | sound -> ModelFreeVariance.interpolate years sound

    /// The characteristics of one time's smiles, in the order of `names`.
    let private row (options: SurfaceOptions) (smiles: Smile list) : float list =
        let years = smiles |> List.map _.Years
        let shapes = smiles |> List.map Smile.shape

        let at (value: SmileShape -> float) =
            List.zip years (shapes |> List.map value)

        let levels = at (fun shape -> shape.AtTheMoney * shape.AtTheMoney)
        let free = List.zip years (smiles |> List.map ModelFreeVariance.integral)

        let sums =
            smiles
            |> List.map (ModelFreeVariance.vixOfSmile >> Result.defaultValue nan)
            |> List.zip years

        let level (days: int) =
            sqrt (varianceAt (float days / options.DaysPerYear) levels)

        [
            for days in options.Maturities do
                let maturity = float days / options.DaysPerYear
                level days
                between maturity (at _.Skew)
                between maturity (at _.RiskReversal)
                between maturity (at _.Butterfly)
                varianceAt maturity free
                varianceAt maturity sums
            level (List.last options.Maturities) - level options.Maturities.Head
            float smiles.Length
        ]

    /// The columns of `characteristics`: for each maturity the volatility at the money, skew, risk reversal, butterfly (see SmileShape)
    /// and model-free variance per year, as an integral and as the VIX sum; the slope of volatility from the first maturity to the last;
    /// how many expiries gave a smile.
    let names (options: SurfaceOptions) : string list =
        [
            for days in options.Maturities do
                for name in
                    [
                        "atm_volatility"
                        "atm_skew"
                        "risk_reversal"
                        "butterfly"
                        "model_free_variance"
                        "vix_variance"
                    ] do
                    $"{name}_{days}"
            "term_slope"
            "expiries"
        ]

    /// A row of characteristics for each time of the quotes; each row reads its own time only. Fault.BadSetting where maturities are none, not
    /// positive or don't increase; Fault.TooShort without a quote.
    let characteristics (options: SurfaceOptions) (quotes: OptionQuotes) : Result<Frame, Fault> =
        let days = options.Maturities

        let sound =
            not days.IsEmpty
            && days.Head > 0
            && List.forall2 (<) days[.. days.Length - 2] days.Tail

        either {
            do! Either.require (Fault.BadSetting("maturities", "must be days in increasing order", string days)) sound
            do! Either.require (Fault.TooShort("characteristics of options", 1, 0)) (quotes.Length > 0)
            let snapshots = OptionQuotes.snapshots quotes

            let rows =
                snapshots
                |> List.map (fun (_, quotes) -> Array.ofList (row options (smiles options quotes)))

            return!
                names options
                |> List.mapi (fun at name -> name, rows |> List.map (fun row -> row[at]) |> Array.ofList)
                |> Frame.own quotes.Underlying (snapshots |> List.map fst |> Array.ofList)
        }
