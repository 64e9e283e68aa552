/// Steps of cleaning for quotes. Knows no file and no measure.
namespace VolatilityForge

open System

/// The steps of cleaning for quotes, after Barndorff-Nielsen, Hansen, Lunde and Shephard (2009), section 3 (rules P and Q).
[<RequireQualifiedAccess>]
module QuoteCleaning =

    let private keep = TickSteps.keep Quotes.kind
    let private keepByDay = TickSteps.keepByDay Quotes.kind

    /// Removes quotes outside the hours of their day and inside halts (rule P1).
    let session (calendar: Calendar) : CleaningStep<Quotes> = TickSteps.session Quotes.kind calendar

    /// Removes quotes with a missing price; for markets whose prices may be zero or negative.
    let missingPrices: CleaningStep<Quotes> =
        keep "missing-price" "bid or ask missing" (fun quotes row ->
            not (Double.IsNaN quotes.Bid[row] || Double.IsNaN quotes.Ask[row]))

    /// Removes quotes with a price that is missing, zero or negative (rule P2).
    let zeroPrices: CleaningStep<Quotes> =
        keep "zero-price" "bid or ask missing, zero or negative" (fun quotes row ->
            quotes.Bid[row] > 0.0 && quotes.Ask[row] > 0.0)

    /// Removes quotes with a size of zero at the bid or the ask; keeps those whose size is unknown.
    let zeroSizes: CleaningStep<Quotes> =
        let zero (sizes: float[] option) row =
            match sizes with
            | Some sizes -> sizes[row] = 0.0
            | None -> false

        keep "zero-size" "no quantity at bid or ask" (fun quotes row ->
            not (zero quotes.BidSize row || zero quotes.AskSize row))

    /// Keeps the quotes of these exchanges (rule P3); all quotes of a source that doesn't tell.
    let exchanges (names: string list) : CleaningStep<Quotes> = TickSteps.exchanges Quotes.kind names

    /// Removes quotes whose bid is above their ask (rule Q2).
    let crossed: CleaningStep<Quotes> =
        keep "crossed" "bid above ask" (fun quotes row -> not (quotes.Bid[row] > quotes.Ask[row]))

    /// Removes quotes whose bid is their ask.
    let locked: CleaningStep<Quotes> =
        keep "locked" "bid equal to ask" (fun quotes row -> quotes.Bid[row] <> quotes.Ask[row])

    /// Removes quotes whose spread is more than so many times the median spread of their day (rule Q3, 50 times).
    let wideSpreads (multiple: float) : CleaningStep<Quotes> =
        let rule =
            FormattableString.Invariant $"spread above {multiple} times the day's median"

        keepByDay "wide-spread" rule (fun quotes ->
            let spreads = Quotes.spread quotes

            fun first last ->
                let limit = multiple * Cleaning.median spreads[first..last]

                spreads[first..last]
                |> Array.map (fun spread -> not (limit > 0.0 && spread > limit)))

    /// Removes quotes whose middle lies more than so many mean absolute deviations from the median of the 50 middles around
    /// it, 25 on each side and of the same day, itself left out (rule Q4, 10 deviations). Where middles hardly move, the
    /// deviation is smaller than a tick, so a middle within the day's median spread of the median stays (Brownlees and
    /// Gallo 2006 add such a granularity).
    let midOutliers (multiple: float) : CleaningStep<Quotes> =
        let neighbours = 50

        let rule =
            FormattableString.Invariant
                $"middle off the rolling median by more than {multiple} mean deviations and a spread"

        keepByDay "mid-outlier" rule (fun quotes ->
            let mids, spreads = Quotes.mid quotes, Quotes.spread quotes

            fun first last ->
                let granularity = max 0.0 (Cleaning.median spreads[first..last])

                RollingMedian.outliers neighbours multiple granularity mids[first..last]
                |> Array.map not)

    let private merge (policy: MergePolicy) (instants: struct (int * int)[]) (quotes: Quotes) (last: Quotes) : Quotes =
        let price = TickSteps.mergedPrice policy instants

        let size (column: float[] option) =
            column
            |> Option.map (fun column ->
                Cleaning.merged instants column (fun first last ->
                    if policy = MergePolicy.Median then
                        Cleaning.median column[first..last]
                    else
                        Cleaning.total column[first..last]))

        Quotes(
            { last.Columns with
                Bid = price quotes.Bid quotes.BidSize
                Ask = price quotes.Ask quotes.AskSize
                BidSize = size quotes.BidSize
                AskSize = size quotes.AskSize
            },
            last.Origin
        )

    /// Makes one quote of those of one time (rule Q1, which takes medians).
    let duplicates (policy: MergePolicy) : CleaningStep<Quotes> =
        TickSteps.duplicates Quotes.kind merge policy

    let private known: (string * StepForm<Quotes>) list =
        [
            "session", StepForm.Hours session
            "missing-price", StepForm.Plain missingPrices
            "zero-price", StepForm.Plain zeroPrices
            "zero-size", StepForm.Plain zeroSizes
            "exchange", StepForm.Names exchanges
            "crossed", StepForm.Plain crossed
            "locked", StepForm.Plain locked
            "wide-spread", StepForm.Multiple(50.0, wideSpreads)
            "mid-outlier", StepForm.Multiple(10.0, midOutliers)
            "duplicates", StepForm.Policy(MergePolicy.Median, duplicates)
        ]

    /// The names that parse knows, as they are written.
    let names: string list = known |> List.map StepForm.written

    /// A step by name, with its argument after a colon: "zero-price", "exchange:N+T", "wide-spread:50",
    /// "duplicates:median", "session:09:30-16:00". Fault.UnknownName lists the names, Fault.BadSetting tells a wrong argument.
    let parse (text: string) : Result<CleaningStep<Quotes>, Fault> =
        StepForm.parse Quotes.kind.Name known text

    /// Zero prices, duplicates by median, crossed quotes, spreads above 50 medians, middles off by 10 mean deviations: the
    /// rules P2 and Q1 to Q4 in the order of the paper.
    let standard: CleaningStep<Quotes> list =
        [
            zeroPrices
            duplicates MergePolicy.Median
            crossed
            wideSpreads 50.0
            midOutliers 10.0
        ]

    /// The standard steps for markets whose prices may be zero or negative: missing prices in place of zero prices.
    let signed: CleaningStep<Quotes> list = missingPrices :: List.tail standard

    /// Zero prices, crossed quotes, and of the quotes of one time the last: steps that judge a quote by nothing after it, and keep each
    /// quote as it was made. For features, which must not know what comes later.
    let causal: CleaningStep<Quotes> list =
        [ zeroPrices; crossed; duplicates MergePolicy.Last ]

    /// Names of the steps that judge a quote by later ones of its day.
    let lookingAhead: string list = [ "wide-spread"; "mid-outlier" ]

    /// The steps one after the other, with the count of each.
    let run (steps: CleaningStep<Quotes> list) (quotes: Quotes) : Cleaned<Quotes> =
        Cleaning.run (TickKind.length Quotes.kind) steps quotes
