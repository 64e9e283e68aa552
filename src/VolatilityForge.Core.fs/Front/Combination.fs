/// Combinations of forecasters: equal weights, or weights from losses out of sample. Knows no registered name.
namespace VolatilityForge

open System

/// How members are weighted.
[<RequireQualifiedAccess>]
type CombinationRule =
    /// All the same.
    | Equal
    /// In proportion to one over the mean QLIKE of forecasts of the window's last labels, so many of them, by members fitted on
    /// the days before (after Bates and Granger 1969). At least 1.
    | InverseQlike of labels: int

/// A combination of forecasts.
type CombinationOptions =
    {
        /// The registered name.
        Name: string
        Rule: CombinationRule
    }

/// Means of other models' forecasts.
[<RequireQualifiedAccess>]
module Combination =

    /// A year of labels judges the members of a weighted combination.
    [<Literal>]
    let JudgedLabels = 250

    /// Smallest mean QLIKE that weights are taken from: a perfect past gives no infinite weight.
    [<Literal>]
    let private SmallestLoss = 1e-6

    /// Half the smallest and twice the largest label of a window, between which members' forecasts are moved before they are
    /// averaged: one that explodes must not decide alone. NaN stays NaN: a gap is not a forecast.
    let private range (horizon: int) (history: History) (window: Window) : struct (Variance * Variance) =
        let mutable smallest, largest = infinity * 1.0< / day>, 0.0< / day>

        for day in window.First .. window.Last - horizon do
            let label = History.target horizon history day
            smallest <- min smallest label
            largest <- max largest label

        struct (0.5 * smallest, 2.0 * largest)

    let private clamped (struct (least, most): struct (Variance * Variance)) (value: Variance) : Variance =
        max least (min most value)

    /// Weights of the members at a window, which sum to one; reads nothing after the window. Faults: those of the members' fits.
    let weights
        (rule: CombinationRule)
        (members: IForecaster list)
        (horizon: int)
        (history: History)
        (window: Window)
        : Result<float[], Fault> =
        match rule with
        | CombinationRule.Equal -> Ok(Array.create members.Length (1.0 / float members.Length))
        | CombinationRule.InverseQlike labels ->
            // The first judged origin's label starts after the fit's last day.
            let firstOrigin = window.Last - horizon - labels + 1

            let before =
                {
                    First = window.First
                    Last = firstOrigin
                }

            let range = range horizon history before

            members
            |> Checked.traverse (fun forecaster -> forecaster.Fit(history, before, horizon))
            |> Result.map (fun fits ->
                let inverse =
                    [|
                        for fit in fits ->
                            let mutable sum, count = 0.0, 0

                            for origin in firstOrigin .. window.Last - horizon do
                                if History.isScored horizon history origin then
                                    let forecast = fit.Forecast(history, origin) |> clamped range
                                    sum <- sum + Loss.qlike forecast (History.target horizon history origin)
                                    count <- count + 1

                            1.0 / max SmallestLoss (if count = 0 then 1.0 else sum / float count)
                    |]

                let total = Array.sum inverse
                inverse |> Array.map (fun value -> value / total))

    /// The combination as a forecaster: the weighted mean of the members' forecasts, each moved into half the smallest to twice
    /// the largest label of the window. It is refitted as seldom as its slowest member, and reads the measures of all. Faults of
    /// `Fit`: BadSetting without members or with two of one name, those of the members.
    let forecaster (options: CombinationOptions) (members: IForecaster list) : IForecaster =
        let judged =
            match options.Rule with
            | CombinationRule.Equal -> 0
            | CombinationRule.InverseQlike labels -> labels

        let check () =
            let names = members |> List.map _.Name
            let told = String.Join(", ", names)

            Checked.all
                [
                    Checked.require
                        (Fault.BadSetting($"{options.Name} members", "must be one or more", "none"))
                        (not members.IsEmpty)
                    Checked.require
                        (Fault.BadSetting($"{options.Name} members", "must differ from each other", told))
                        (List.distinct names = names)
                    Checked.require
                        (Fault.BadSetting($"{options.Name} judged labels", "must be at least 1", string judged))
                        (judged >= 1 || options.Rule = CombinationRule.Equal)
                ]

        { new IForecaster with
            member _.Name = options.Name
            member _.RefitEvery = members |> List.map _.RefitEvery |> List.fold max 1

            member _.MinimumDays horizon =
                judged
                + (if judged > 0 then horizon else 0)
                + (members
                   |> List.map (fun forecaster -> forecaster.MinimumDays horizon)
                   |> List.fold max 1)

            member this.Fit(history, window, horizon) =
                either {
                    do! check ()
                    do! Labels.check options.Name (this.MinimumDays horizon) horizon history window
                    let! weights = weights options.Rule members horizon history window

                    let! fits =
                        members
                        |> Checked.traverse (fun forecaster -> forecaster.Fit(history, window, horizon))

                    let range = range horizon history window

                    return
                        { new IFitted with
                            member _.Forecast(history, origin) =
                                let mutable sum = 0.0< / day>
                                let mutable index = 0

                                for fit in fits do
                                    sum <- sum + weights[index] * (fit.Forecast(history, origin) |> clamped range)
                                    index <- index + 1

                                sum
                        }
                }
          interface IReadsMeasures with
              member _.Measures =
                  members
                  |> List.collect (fun forecaster ->
                      match forecaster with
                      | :? IReadsMeasures as reader -> reader.Measures
                      | _ -> [])
                  |> List.distinct
          interface IReadsReturns with
              member _.ReadsReturns =
                  members
                  |> List.exists (fun forecaster ->
                      match forecaster with
                      | :? IReadsReturns as reader -> reader.ReadsReturns
                      | _ -> false)
        }
