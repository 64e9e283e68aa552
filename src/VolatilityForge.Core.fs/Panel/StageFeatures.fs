/// The features of the two-stage panel model that need no first stage: own past, factors over what is there, hinges. Knows no regression.
namespace VolatilityForge

open System

/// The features.
[<RequireQualifiedAccess>]
module StageFeatures =

    let private week = 5
    let private month = 22
    let private quarter = 66
    let private year = 250

    /// Means over the last `span` own days, of as many as there are from a month on; missing before.
    let internal means (span: int) (values: float[]) : float[] =
        Standing.meansFrom (min span month) span values

    /// Means of what isn't missing in the last `span` elements; missing where all is.
    let private meansOfKnown (span: int) (values: float[]) : float[] =
        Array.init values.Length (fun day ->
            let first = max 0 (day - span + 1)
            let mutable sum = 0.0
            let mutable count = 0

            for back in first..day do
                if not (Double.IsNaN values[back]) then
                    sum <- sum + values[back]
                    count <- count + 1

            if count = 0 then nan else sum / float count)

    let private extreme
        (sliding: int -> float[] -> int -> int -> float[] -> unit)
        (span: int)
        (values: float[])
        : float[] =
        let found = Array.zeroCreate values.Length
        sliding span values 0 (values.Length - 1) found
        found

    let private own (name: string) (statistic: float[] -> float[]) : PanelFeature =
        PanelFeature.required name (fun view -> statistic view.Logs)

    /// ln variance of the day.
    let level: PanelFeature = own "level" id

    /// Mean ln variance over five days.
    let levelWeek: PanelFeature = own "level-week" (means week)

    /// Over 22 days.
    let levelMonth: PanelFeature = own "level-month" (means month)

    /// Over 66 days, from 22 on.
    let levelQuarter: PanelFeature = own "level-quarter" (means quarter)

    /// Over 250 days, from 22 on.
    let levelYear: PanelFeature = own "level-year" (means year)

    /// ln variance of the own day before.
    let levelBefore: PanelFeature =
        own "level-before" (fun logs -> Array.init logs.Length (fun day -> if day = 0 then nan else logs[day - 1]))

    let private weekday
        (name: string)
        (applies: Panel -> bool)
        (series: SymbolView -> float[])
        (span: int)
        : PanelFeature =
        { PanelFeature.optional name (fun view -> view.OnOwnDays(meansOfKnown span (series view))) with
            Applies = applies
        }

    let private several (panel: Panel) : bool = panel.Count > 1
    let private leads (panel: Panel) : bool = several panel && panel.Lead.IsSome

    let private grouped (panel: Panel) : bool =
        several panel && not panel.Groups.IsEmpty

    let private everywhere (view: SymbolView) : float[] = view.Factors.Global

    let private lead (view: SymbolView) : float[] =
        match view.Factors.Lead with
        | Some standing -> standing
        | None -> Array.create view.Factors.Global.Length nan

    /// The others of the symbol's group; all symbols on days without others.
    let private group (view: SymbolView) : float[] =
        let everywhere = view.Factors.Global

        match view.Others with
        | Some others -> Array.map2 (fun group all -> if Double.IsNaN group then all else group) others everywhere
        | None -> everywhere

    /// Mean standing of all symbols.
    let all: PanelFeature = weekday "all" several everywhere 1

    /// Its mean over five weekdays.
    let allWeek: PanelFeature = weekday "all-week" several everywhere week

    /// Its mean over 22 weekdays.
    let allMonth: PanelFeature = weekday "all-month" several everywhere month

    /// Standing of the lead market.
    let leader: PanelFeature = weekday "leader" leads lead 1

    /// Its mean over 22 weekdays.
    let leaderMonth: PanelFeature = weekday "leader-month" leads lead month

    /// Mean standing of the others of the symbol's group; of all symbols where it has no others.
    let peers: PanelFeature = weekday "peers" grouped group 1

    /// Its mean over five weekdays.
    let peersWeek: PanelFeature = weekday "peers-week" grouped group week

    /// Its mean over 22 weekdays.
    let peersMonth: PanelFeature = weekday "peers-month" grouped group month

    /// The level less its mean over a month.
    let shock: PanelFeature = PanelFeature.minus level levelMonth

    /// That of all symbols.
    let allShock: PanelFeature = PanelFeature.minus all allMonth

    /// That of the lead market.
    let leaderShock: PanelFeature = PanelFeature.minus leader leaderMonth

    /// The week's mean less the month's.
    let weekShock: PanelFeature = PanelFeature.minus levelWeek levelMonth

    /// The month's mean less the quarter's.
    let monthShock: PanelFeature = PanelFeature.minus levelMonth levelQuarter

    // A product of a factor must not cost a symbol its row where the factor is missing.
    let private optional (feature: PanelFeature) : PanelFeature = { feature with Required = false }

    /// Own past, factors, gap, hinges and products, lags.
    let past: PanelFeature list =
        [
            level
            levelWeek
            levelMonth
            levelQuarter
            all
            allMonth
            leader
            peers
            peersWeek
            PanelFeatures.gap
            PanelFeature.up shock
            PanelFeature.down shock
            PanelFeature.up allShock
            PanelFeature.down allShock
            optional (PanelFeature.times shock allShock)
            PanelFeature.up leaderShock
            PanelFeature.times weekShock shock
            PanelFeature.up weekShock
            PanelFeature.down weekShock
            levelBefore
            levelYear
            peersMonth
        ]

    /// Extremes of 22 and five days, hinges of the month less the quarter.
    let extremes: PanelFeature list =
        [
            own "high-month" (extreme Sliding.largest month)
            own "low-month" (extreme Sliding.smallest month)
            own "low-week" (extreme Sliding.smallest week)
            PanelFeature.up monthShock
            PanelFeature.down monthShock
        ]
