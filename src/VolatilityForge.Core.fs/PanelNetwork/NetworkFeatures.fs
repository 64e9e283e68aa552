/// The inputs of networks on panels, as features. Knows no network.
namespace VolatilityForge

open System

/// The features.
[<RequireQualifiedAccess>]
module NetworkFeatures =

    /// Mean of ln variance over all own days so far.
    let private ownMean: PanelFeature =
        PanelFeature.required "own-mean" (fun view -> Array.map2 (-) view.Logs (Standing.ofHistory view.History))

    /// A level less the symbol's own expanding mean of ln variance.
    let private relative (level: PanelFeature) : PanelFeature = PanelFeature.minus level ownMean

    /// Own past, levels less the own expanding mean: day, the four before, means over 5, 22, 66 and 250 days, peak of five, volatility of
    /// volatility.
    let own: PanelFeature list =
        [
            PanelFeatures.day
            for days in 1..4 do
                PanelFeature.lag days PanelFeatures.day
            PanelFeatures.weekMean
            PanelFeatures.monthMean
            PanelFeatures.logWeek
            PanelFeatures.logMonth
            PanelFeatures.quarterMean
            PanelFeatures.yearMean
            PanelFeatures.weekPeak
        ]
        |> List.map relative
        |> fun levels -> levels @ [ PanelFeatures.volOfVol ]

    /// What all symbols, the lead market and the others of the group do.
    let factors: PanelFeature list =
        [
            PanelFeatures.everywhere
            PanelFeatures.everywhereWeek
            PanelFeatures.everywhereMonth
            PanelFeatures.lead
            PanelFeatures.leadWeek
            PanelFeatures.leadMonth
            PanelFeatures.group
            PanelFeatures.groupWeek
            PanelFeatures.groupMonth
        ]

    /// Each group's mean standing, day and week, and which group the symbol is of.
    let groups (panel: Panel) : PanelFeature list =
        [
            for name in panel.Groups |> Map.values |> Seq.distinct |> Seq.sort do
                PanelFeatures.inGroup name
                PanelFeatures.ofGroupNamed name
                PanelFeatures.ofGroupNamedWeek name
        ]

    /// The next day and the days without trading before today.
    let calendar: PanelFeature list = PanelFeatures.calendar @ [ PanelFeatures.gap ]

    /// ln of the base's forecast at a horizon, less the own expanding mean.
    let private forecast (horizon: int) (forecasts: Variance[][]) : PanelFeature =
        PanelFeature.optional $"base-{horizon}" (fun view ->
            forecasts[view.Symbol] |> Array.map (fun value -> log (Units.strip value)))
        |> relative
        |> fun level -> { level with Required = false }

    /// Errors of ln are not told apart beyond it.
    let private largestError = 3.0

    let private clipped (error: float) : float =
        Math.Clamp(error, -largestError, largestError)

    /// One-day errors of the base, clipped at 3: the symbol's own and all symbols' mean, of the day and over 5 and 22.
    let private errors (panel: Panel) (dayAhead: Variance[][]) : PanelFeature list =
        let surprises = Surprises.ofForecasts Surprises.defaults panel dayAhead

        [
            for days in [ 1; 5; 22 ] do
                PanelFeature.optional $"base-error-{days}" (fun view ->
                    surprises.Errors view.Symbol |> Array.map clipped |> StageFeatures.means days)

                if panel.Count > 1 then
                    PanelFeature.optional $"base-error-all-{days}" (fun view ->
                        surprises.Everywhere
                        |> Array.map clipped
                        |> StageFeatures.means days
                        |> view.OnOwnDays)
        ]

    /// All inputs that apply to a panel, given the base's forecasts by horizon, symbol and own day; those of a day ahead are among them. Made
    /// for a panel and for it only.
    let ofPanel (panel: Panel) (extra: PanelFeature list) (forecasts: Map<int, Variance[][]>) : PanelFeature list =
        own
        @ factors
        @ groups panel
        @ calendar
        @ (forecasts |> Map.toList |> List.map (fun (horizon, own) -> forecast horizon own))
        @ errors panel forecasts[1]
        @ extra
        |> PanelFeature.applicable panel
