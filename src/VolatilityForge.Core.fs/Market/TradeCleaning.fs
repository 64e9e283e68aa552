/// Steps of cleaning for trades. Knows no file and no measure.
namespace VolatilityForge

open System

/// The steps of cleaning for trades, after Barndorff-Nielsen, Hansen, Lunde and Shephard (2009), section 3 (rules P and T).
[<RequireQualifiedAccess>]
module TradeCleaning =

    let private step (name: string) (rule: string) (apply: Trades -> Trades) : CleaningStep<Trades> =
        {
            Name = name
            Rule = rule
            Apply = apply
        }

    let private keep (judge: Trades -> int -> bool) (trades: Trades) : Trades = Trades.filter (judge trades) trades

    /// Removes trades outside the hours of their day and inside halts (rule P1).
    let session (calendar: Calendar) : CleaningStep<Trades> =
        step
            "session"
            "outside trading hours or in a halt"
            (keep (fun trades row -> Calendar.isOpen trades.Times[row] calendar))

    /// Removes trades with a missing price; for markets whose prices may be zero or negative.
    let missingPrices: CleaningStep<Trades> =
        step "missing-price" "price missing" (keep (fun trades row -> not (Double.IsNaN trades.Price[row])))

    /// Removes trades with a price that is missing, zero or negative (rule P2).
    let zeroPrices: CleaningStep<Trades> =
        step "zero-price" "price missing, zero or negative" (keep (fun trades row -> trades.Price[row] > 0.0))

    /// Keeps the trades of these exchanges (rule P3); all trades of a source that doesn't tell.
    let exchanges (names: string list) : CleaningStep<Trades> =
        let listed = String.Join(" ", names)

        step
            "exchange"
            $"made elsewhere than on {listed}"
            (keep (fun trades row ->
                match trades.Exchange with
                | Some exchange -> List.contains exchange[row] names
                | None -> true))

    /// Removes trades that were corrected: correction indicator other than 0 (rule T1).
    let corrected: CleaningStep<Trades> =
        step
            "corrected"
            "correction indicator other than 0"
            (keep (fun trades row ->
                match trades.Correction with
                | Some correction -> not (correction[row] > 0.0)
                | None -> true))

    /// Removes trades with an abnormal condition of sale: a letter other than E and F (rule T2).
    let abnormal: CleaningStep<Trades> =
        let isAbnormal (condition: string) =
            condition
            |> Seq.exists (fun mark -> Char.IsLetter mark && mark <> 'E' && mark <> 'F')

        step
            "abnormal"
            "condition of sale other than E or F"
            (keep (fun trades row ->
                match trades.Condition with
                | Some condition -> not (isAbnormal condition[row])
                | None -> true))

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

        let judge (trades: Trades) : bool[] =
            Cleaning.byDay trades.Times (fun first last ->
                let prices = trades.Price[first..last]

                RollingMedian.outliers neighbours multiple (2.0 * tick prices) prices
                |> Array.map not)

        step
            "price-outlier"
            (FormattableString.Invariant
                $"price off the rolling median by more than {multiple} mean deviations and two ticks")
            (fun trades ->
                let stays = judge trades
                Trades.filter (fun row -> stays[row]) trades)

    let private merge (policy: MergePolicy) (trades: Trades) : Trades =
        let instants = Cleaning.instants trades.Times
        let last = Trades.take (Cleaning.lasts instants) trades

        if policy = MergePolicy.Last then
            last
        else
            Trades(
                { last.Columns with
                    Price =
                        Cleaning.merged instants trades.Price (fun first last ->
                            if policy = MergePolicy.Median then
                                Cleaning.median trades.Price[first..last]
                            else
                                Cleaning.weighted
                                    trades.Price[first..last]
                                    (trades.Size |> Option.map (fun size -> size[first..last])))
                    Size =
                        trades.Size
                        |> Option.map (fun size ->
                            Cleaning.merged instants size (fun first last -> Cleaning.total size[first..last]))
                },
                last.Origin
            )

    /// Makes one trade of those of one time (rule T3, which takes medians).
    let duplicates (policy: MergePolicy) : CleaningStep<Trades> =
        let name = Cleaning.policies |> List.find (snd >> (=) policy) |> fst
        step "duplicates" $"several trades of one time, merged ({name})" (merge policy)

    /// The names that parse knows, as they are written.
    let names: string list =
        [
            "session:OPEN-CLOSE"
            "missing-price"
            "zero-price"
            "exchange:NAMES"
            "corrected"
            "abnormal"
            "price-outlier[:MULTIPLE]"
            "duplicates[:last|median|weighted]"
        ]

    /// A step by name, with its argument after a colon, as QuoteCleaning.parse. Fault.UnknownName lists the names,
    /// Fault.BadSetting tells a wrong argument.
    let parse (text: string) : Result<CleaningStep<Trades>, Fault> =
        let name, argument =
            match text.Split(':', 2) with
            | [| name; argument |] -> name, Some argument
            | parts -> parts[0], None

        match name.ToLowerInvariant(), argument with
        | "session", Some hours -> Session.parse hours |> Result.map (Calendar.weekdays >> session)
        | "missing-price", None -> Ok missingPrices
        | "zero-price", None -> Ok zeroPrices
        | "exchange", Some listed -> Ok(exchanges (List.ofArray (listed.Split '+')))
        | "corrected", None -> Ok corrected
        | "abnormal", None -> Ok abnormal
        | "price-outlier", None -> Ok(priceOutliers 10.0)
        | "price-outlier", Some multiple -> Cleaning.positive name multiple |> Result.map priceOutliers
        | "duplicates", None -> Ok(duplicates MergePolicy.Median)
        | "duplicates", Some policy ->
            Cleaning.policies
            |> List.tryFind (fst >> (=) (policy.ToLowerInvariant()))
            |> Option.map (snd >> duplicates)
            |> Either.ofOption (Fault.UnknownName("merge policy", policy, List.map fst Cleaning.policies))
        | _ -> Error(Fault.UnknownName("cleaning step for trades", text, names))

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
        Cleaning.run (fun (trades: Trades) -> trades.Length) steps trades
