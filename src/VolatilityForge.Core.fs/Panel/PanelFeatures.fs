/// The library's features of panels by name and in blocks: own past, factors, calendar, hinges, lags. Knows no regression.
namespace VolatilityForge

open System

/// Features that belong together: what a report leaves out to see whether it helped.
type FeatureBlock =
    {
        Name: string
        Features: PanelFeature list
    }

/// The features.
[<RequireQualifiedAccess>]
module PanelFeatures =

    let private week = 5
    let private month = 22
    let private quarter = 66
    let private year = 250

    /// Own days before a symbol's rows are used: a month, and one to difference.
    let minimumDays: int = month + 1

    /// A statistic of the last `span` logs, of as many as there are from a month on.
    let private windowed (name: string) (span: int) (statistic: float[] -> int -> int -> float) : PanelFeature =
        PanelFeature.required name (fun view ->
            let logs = view.Logs

            Array.init logs.Length (fun day ->
                if day + 1 < minimumDays then
                    nan
                else
                    statistic logs (max 0 (day - span + 1)) day))

    let private meanOver (name: string) (span: int) : PanelFeature =
        PanelFeature.required name (fun view -> Standing.meansFrom minimumDays span view.Logs)

    let private logMeanOver (name: string) (span: int) : PanelFeature =
        PanelFeature.required name (fun view ->
            view.History.Variance
            |> Array.map Units.strip
            |> Standing.meansFrom minimumDays span
            |> Array.map log)

    let private largestOver (name: string) (span: int) : PanelFeature =
        PanelFeature.required name (fun view ->
            Standing.windows
                Sliding.largest
                (fun logs first last -> Array.max logs[first..last])
                minimumDays
                span
                view.Logs)

    let private smallestOver (name: string) (span: int) : PanelFeature =
        PanelFeature.required name (fun view ->
            Standing.windows
                Sliding.smallest
                (fun logs first last -> Array.min logs[first..last])
                minimumDays
                span
                view.Logs)

    // Where every day had one variance the logarithm has to end somewhere.
    [<Literal>]
    let private SmallestDeviation = 1e-6

    let private logDeviationOfChanges (values: float[]) (first: int) (last: int) : float =
        let first = max 1 first
        let count = float (last - first + 1)
        let mutable sum = 0.0

        for day in first..last do
            sum <- sum + (values[day] - values[day - 1])

        let mean = sum / count
        let mutable squares = 0.0

        for day in first..last do
            let deviation = values[day] - values[day - 1] - mean
            squares <- squares + deviation * deviation

        log (max SmallestDeviation (sqrt (squares / (count - 1.0))))

    /// ln variance of the day.
    let day: PanelFeature = meanOver "day" 1

    /// Mean ln variance over five days.
    let weekMean: PanelFeature = meanOver "week" week

    /// Mean ln variance over 22 days.
    let monthMean: PanelFeature = meanOver "month" month

    /// ln mean variance over five days.
    let logWeek: PanelFeature = logMeanOver "log-week" week

    /// ln mean variance over 22 days.
    let logMonth: PanelFeature = logMeanOver "log-month" month

    /// Mean ln variance over 66 days.
    let quarterMean: PanelFeature = meanOver "quarter" quarter

    /// Mean ln variance over 250 days.
    let yearMean: PanelFeature = meanOver "year" year

    /// ln variance of the day before.
    let yesterday: PanelFeature =
        windowed "yesterday" 2 (fun logs first _ -> logs[first])

    /// The largest ln variance of five days.
    let weekPeak: PanelFeature = largestOver "week-peak" week

    /// ln standard deviation of the changes of ln variance over 22 days: volatility of volatility.
    let volOfVol: PanelFeature = windowed "vol-of-vol" month logDeviationOfChanges

    /// Exponentially weighted mean of ln variance, whose weights halve in so many own days; it begins at the first day.
    let exponentialMean (halfLife: float) : PanelFeature =
        PanelFeature.required $"exponential-{halfLife}" (fun view ->
            let logs = view.Logs
            let step = 1.0 - 0.5 ** (1.0 / halfLife)
            let means = Array.copy logs

            for day in 1 .. logs.Length - 1 do
                means[day] <- means[day - 1] + step * (logs[day] - means[day - 1])

            means
            |> Array.mapi (fun day mean -> if day + 1 < minimumDays then nan else mean))

    let private middle (values: float[]) (first: int) (last: int) : float =
        let sorted = Array.sort values[first..last]
        let half = sorted.Length / 2

        if sorted.Length % 2 = 1 then
            sorted[half]
        else
            (sorted[half - 1] + sorted[half]) / 2.0

    /// The smallest ln variance of 22 days.
    let monthLow: PanelFeature = smallestOver "month-low" month

    /// The largest ln variance of 22 days.
    let monthHigh: PanelFeature = largestOver "month-high" month

    /// The smallest ln variance of five days.
    let weekLow: PanelFeature = smallestOver "week-low" week

    /// The median ln variance of five days.
    let weekMedian: PanelFeature = windowed "week-median" week middle

    let private byWeekday
        (name: string)
        (applies: Panel -> bool)
        (values: SymbolView -> float[] option)
        : PanelFeature =
        { PanelFeature.optional name (fun view ->
              match values view with
              | Some weekdays -> view.OnOwnDays weekdays
              | None -> Array.create view.History.Dates.Length nan) with
            Applies = applies
        }

    let private several (panel: Panel) : bool = panel.Count > 1
    let private hasLead (panel: Panel) : bool = panel.Lead.IsSome
    let private hasGroups (panel: Panel) : bool = not panel.Groups.IsEmpty

    let private globalOver (name: string) (span: int) : PanelFeature =
        byWeekday name several (fun view -> Some(Standing.means span view.Factors.Global))

    let private dispersionOver (name: string) (span: int) : PanelFeature =
        byWeekday name several (fun view -> Some(Standing.means span view.Factors.Dispersion))

    let private leadOver (name: string) (span: int) : PanelFeature =
        byWeekday name hasLead (fun view -> view.Factors.Lead |> Option.map (Standing.means span))

    let private groupOver (name: string) (span: int) : PanelFeature =
        byWeekday name hasGroups (fun view -> view.Others |> Option.map (Standing.means span))

    /// Mean standing of all symbols on the weekday.
    let everywhere: PanelFeature = globalOver "global" 1

    /// Its mean over five weekdays.
    let everywhereWeek: PanelFeature = globalOver "global-week" week

    /// Its mean over 22 weekdays.
    let everywhereMonth: PanelFeature = globalOver "global-month" month

    /// ln of how far symbols stand apart.
    let dispersion: PanelFeature = dispersionOver "dispersion" 1

    /// Its mean over five weekdays.
    let dispersionWeek: PanelFeature = dispersionOver "dispersion-week" week

    /// Standing of the lead market.
    let lead: PanelFeature = leadOver "lead" 1

    /// Its mean over five weekdays.
    let leadWeek: PanelFeature = leadOver "lead-week" week

    /// Its mean over 22 weekdays.
    let leadMonth: PanelFeature = leadOver "lead-month" month

    /// Mean standing of the others of the symbol's group.
    let group: PanelFeature = groupOver "group" 1

    /// Its mean over five weekdays.
    let groupWeek: PanelFeature = groupOver "group-week" week

    /// Its mean over 22 weekdays.
    let groupMonth: PanelFeature = groupOver "group-month" month

    /// 1 for the symbols of a group.
    let inGroup (name: string) : PanelFeature =
        PanelFeature.required $"in-{name}" (fun view ->
            let own = view.Factors.Panel.Groups.TryFind view.History.Symbol = Some name
            Array.create view.History.Dates.Length (if own then 1.0 else 0.0))

    let private ofGroup (prefix: string) (span: int) (name: string) : PanelFeature =
        byWeekday $"{prefix}{name}" hasGroups (fun view -> view.Factors.Group name |> Option.map (Standing.means span))

    /// Mean standing of a group's symbols, whichever symbol reads it.
    let ofGroupNamed: string -> PanelFeature = ofGroup "group:" 1

    /// Its mean over five weekdays.
    let ofGroupNamedWeek: string -> PanelFeature = ofGroup "group-week:" week

    /// Days since the own day before, less the normal one, up to ten.
    let gap: PanelFeature =
        PanelFeature.required "gap" (fun view ->
            let dates = view.History.Dates

            Array.init dates.Length (fun day ->
                if day = 0 then
                    0.0
                else
                    NextDay.gap dates[day - 1] dates[day]))

    /// Indicators of the next day on which the symbol is expected to trade.
    let calendar: PanelFeature list =
        NextDay.indicators @ NextDay.weekend
        |> List.map (fun (name, holds) ->
            PanelFeature.required name (fun view ->
                view.NextDays |> Array.map (fun date -> if holds date then 1.0 else 0.0)))

    let private shock = PanelFeature.minus day monthMean
    let private globalShock = PanelFeature.minus everywhere everywhereMonth
    let private leadShock = PanelFeature.minus lead leadMonth
    let private slowShock = PanelFeature.minus weekMean monthMean

    /// Hinges and products of how far day, week, market and lead stand above their month.
    let hinges: PanelFeature list =
        [
            PanelFeature.up shock
            PanelFeature.down shock
            PanelFeature.up globalShock
            PanelFeature.down globalShock
            PanelFeature.times shock globalShock
            PanelFeature.up leadShock
            PanelFeature.times slowShock shock
            PanelFeature.up slowShock
            PanelFeature.down slowShock
        ]

    let private block (name: string) (features: PanelFeature list) : FeatureBlock = { Name = name; Features = features }

    /// Own past: day, week, month (two means of each kind for the month), quarter.
    let own: FeatureBlock =
        block "own" [ day; weekMean; monthMean; logMonth; quarterMean ]

    /// What all symbols, the lead market and the group do.
    let factors: FeatureBlock =
        block "factors" [ everywhere; everywhereWeek; everywhereMonth; lead; group; groupWeek ]

    /// The next weekday and the days without trading before this one.
    let calendarAndGap: FeatureBlock = block "calendar" (calendar @ [ gap ])

    /// Hinges and products.
    let nonlinear: FeatureBlock = block "hinges" hinges

    /// Yesterday, peak, volatility of volatility, year, month of the group.
    let lags: FeatureBlock =
        block "lags" [ yesterday; weekPeak; volOfVol; yearMean; groupMonth ]

    let private bend =
        PanelFeature.times slowShock (PanelFeature.minus monthMean quarterMean)

    /// Exponential means in place of boxes (Bollerslev, Hood, Huss and Pedersen 2018), extremes of the month, how far symbols stand apart.
    let shape: FeatureBlock =
        block
            "shape"
            ([ 1.5; 4.0; 10.0; 25.0; 60.0; 150.0 ]
             |> List.map exponentialMean
             |> fun means -> means @ [ monthLow; monthHigh; bend; dispersion; dispersionWeek ])

    /// Extremes and median of month and week.
    let extremes: FeatureBlock =
        block "extremes" [ monthLow; monthHigh; bend; weekMedian; weekLow ]

    /// The log-HAR terms: day, and ln mean variance over a week and a month.
    let har: FeatureBlock = block "own" [ day; logWeek; logMonth ]

    /// Own past, factors, calendar.
    let core: FeatureBlock list = [ own; factors; calendarAndGap ]

    /// Core with hinges and lags.
    let full: FeatureBlock list = core @ [ nonlinear; lags ]

    /// Features of a common series of positive values, such as an implied volatility: its logarithm less the expanding mean, that of the own
    /// day before, and means over five and 22 own days.
    let ofCommon (name: string) : PanelFeature list =
        let level = PanelFeature.common name log

        [
            level
            PanelFeature.lag 1 level
            PanelFeature.mean week level
            PanelFeature.mean month level
        ]

    /// These as a block of the series' name.
    let commonBlock (name: string) : FeatureBlock = block name (ofCommon name)

    /// Full with exponential means, extremes, dispersion.
    let wide: FeatureBlock list = full @ [ shape ]

    /// The features of blocks, each once.
    let ofBlocks (blocks: FeatureBlock list) : PanelFeature list =
        blocks |> List.collect _.Features |> List.distinctBy _.Name

    /// Every feature by name.
    let known: PanelFeature list =
        ofBlocks (wide @ [ extremes; har; block "beside" [ leadWeek; leadMonth; groupMonth ] ])

    /// The feature of a name, or a fault that lists the names.
    let ofName (name: string) : Result<PanelFeature, Fault> =
        match
            known
            |> List.tryFind (fun feature -> String.Equals(feature.Name, name, StringComparison.OrdinalIgnoreCase))
        with
        | Some feature -> Ok feature
        | None -> Error(Fault.UnknownName("panel feature", name, known |> List.map _.Name))
