/// Steps of cleaning for trades. Knows no file and no measure.
namespace VolatilityForge

open System

/// The steps of cleaning for trades, after Barndorff-Nielsen, Hansen, Lunde and Shephard (2009), section 3 (rules P and T).
[<RequireQualifiedAccess>]
module TradeCleaning =

    let private keep = TickSteps.keep Trades.kind

    /// Removes trades outside the hours of their day and inside halts (rule P1).
    let session (calendar: Calendar) : CleaningStep<Trades> = TickSteps.session Trades.kind calendar

    /// Removes trades with a missing price; for markets whose prices may be zero or negative.
    let missingPrices: CleaningStep<Trades> =
        keep "missing-price" "price missing" (fun trades row -> not (Double.IsNaN trades.Price[row]))

    /// Removes trades with a price that is missing, zero or negative (rule P2).
    let zeroPrices: CleaningStep<Trades> =
        keep "zero-price" "price missing, zero or negative" (fun trades row -> trades.Price[row] > 0.0)

    /// Keeps the trades of these exchanges (rule P3); all trades of a source that doesn't tell.
    let exchanges (names: string list) : CleaningStep<Trades> = TickSteps.exchanges Trades.kind names

    /// Removes trades that were corrected: correction indicator other than 0 (rule T1).
    let corrected: CleaningStep<Trades> =
        keep "corrected" "correction indicator other than 0" (fun trades row ->
            match trades.Correction with
            | Some correction -> not (correction[row] > 0.0)
            | None -> true)

    /// Removes trades with an abnormal condition of sale: a letter other than E and F (rule T2).
    let abnormal: CleaningStep<Trades> =
        let isAbnormal (condition: string) =
            condition
            |> Seq.exists (fun mark -> Char.IsLetter mark && mark <> 'E' && mark <> 'F')

        keep "abnormal" "condition of sale other than E or F" (fun trades row ->
            match trades.Condition with
            | Some condition -> not (isAbnormal condition[row])
            | None -> true)

    /// The smallest change of price of a day, its tick; 0 where no price changes.
    let private tick (prices: float[]) : float =
        prices
        |> Array.pairwise
        |> Array.map (fun (before, after) -> abs (after - before))
        |> Array.filter (fun change -> change > 0.0)
        |> fun changes -> if changes.Length = 0 then 0.0 else Array.min changes

    /// Removes trades whose price lies more than so many mean absolute deviations from the median of the 50 prices around
    /// it, 25 on each side and of the same day, itself left out, and more than two ticks from it (a tick is the smallest
    /// change of price of the day): rule Q4 applied to trades, with the granularity of Brownlees and Gallo (2006).
    let priceOutliers (multiple: float) : CleaningStep<Trades> =
        let neighbours = 50

        let rule =
            FormattableString.Invariant
                $"price off the rolling median by more than {multiple} mean deviations and two ticks"

        TickSteps.keepByDay Trades.kind "price-outlier" rule (fun trades first last ->
            let prices = trades.Price[first..last]

            RollingMedian.outliers neighbours multiple (2.0 * tick prices) prices
            |> Array.map not)

    let private merge (policy: MergePolicy) (instants: struct (int * int)[]) (trades: Trades) (last: Trades) : Trades =
        let total (size: float[]) =
            Cleaning.merged instants size (fun first last -> Cleaning.total size[first..last])

        Trades(
            { last.Columns with
                Price = TickSteps.mergedPrice policy instants trades.Price trades.Size
                Size = Option.map total trades.Size
            },
            last.Origin
        )

    /// Makes one trade of those of one time (rule T3, which takes medians).
    let duplicates (policy: MergePolicy) : CleaningStep<Trades> =
        TickSteps.duplicates Trades.kind merge policy

    let private known: (string * StepForm<Trades>) list =
        [
            "session", StepForm.Hours session
            "missing-price", StepForm.Plain missingPrices
            "zero-price", StepForm.Plain zeroPrices
            "exchange", StepForm.Names exchanges
            "corrected", StepForm.Plain corrected
            "abnormal", StepForm.Plain abnormal
            "price-outlier", StepForm.Multiple(10.0, priceOutliers)
            "duplicates", StepForm.Policy(MergePolicy.Median, duplicates)
        ]

    /// The names that parse knows, as they are written.
    let names: string list = known |> List.map StepForm.written

    /// A step by name, with its argument after a colon, as QuoteCleaning.parse. Fault.UnknownName lists the names,
    /// Fault.BadSetting tells a wrong argument.
    let parse (text: string) : Result<CleaningStep<Trades>, Fault> =
        StepForm.parse Trades.kind.Name known text

    /// Zero prices, corrected trades, abnormal conditions, duplicates by median, prices off by 10 mean deviations: the rules
    /// P2 and T1 to T3 in the order of the paper, then the rolling median.
    let standard: CleaningStep<Trades> list =
        [
            zeroPrices
            corrected
            abnormal
            duplicates MergePolicy.Median
            priceOutliers 10.0
        ]

    /// The standard steps for markets whose prices may be zero or negative: missing prices in place of zero prices.
    let signed: CleaningStep<Trades> list = missingPrices :: List.tail standard

    /// Zero prices, abnormal conditions, and trades of one time as one of their mean price by size and their total size: steps that judge
    /// a trade by nothing after it. Corrections are marked later than the trade, so they aren't used. For features, which must not
    /// know what comes later.
    let causal: CleaningStep<Trades> list =
        [ zeroPrices; abnormal; duplicates MergePolicy.SizeWeighted ]

    /// Names of the steps that judge a trade by what is known later.
    let lookingAhead: string list = [ "corrected"; "price-outlier" ]

    /// The steps one after the other, with the count of each.
    let run (steps: CleaningStep<Trades> list) (trades: Trades) : Cleaned<Trades> =
        Cleaning.run (TickKind.length Trades.kind) steps trades
