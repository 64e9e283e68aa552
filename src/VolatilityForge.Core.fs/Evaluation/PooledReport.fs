/// One table for many symbols: means over symbols, tests over days, wins. Knows no model and prints nothing.
namespace VolatilityForge

/// One model at one horizon over all symbols.
type PooledRow =
    {
        Model: string
        Horizon: int
        Symbols: int
        /// Mean over symbols of their mean QLIKE: each symbol counts once, however long it is.
        Qlike: float
        /// That over the baseline's.
        QlikeRatio: float
        /// Equal QLIKE with the baseline over symbol-days, clustered by day; None for the baseline itself and where there are too few
        /// days.
        Versus: DieboldMariano option
        /// Symbols on which its QLIKE is below the baseline's.
        Wins: int
        /// Symbols on which its QLIKE is the lowest; of equal ones the first model's counts.
        Best: int
    }

/// Tables over symbols.
[<RequireQualifiedAccess>]
module PooledReport =

    /// Rows by horizon, then in the order of the models, out of the tracks of all symbols. Fault.UnknownName for a symbol without the
    /// baseline, NotComputable for models that forecast on different days of a symbol or not on every symbol, those of the losses.
    let ofTracks (rule: HacLag) (baseline: string) (tracks: ForecastTrack list) : Result<PooledRow list, Fault> =
        let horizon (days: int, group: ForecastTrack list) : Result<PooledRow list, Fault> =
            let symbols = group |> List.map _.Symbol |> List.distinct
            let models = group |> List.map _.Model |> List.distinct

            let byKey =
                group
                |> List.map (fun track -> (track.Model, track.Symbol), track)
                |> Map.ofList

            either {
                if not (List.contains baseline models) then
                    return! Error(Fault.UnknownName("baseline", baseline, models))

                match List.allPairs models symbols |> List.tryFind (byKey.ContainsKey >> not) with
                | Some(model, symbol) ->
                    let reason = $"{model} has no forecasts of {symbol}"
                    return! Error(Fault.NotComputable($"The pooled table of horizon {days}", reason, "Run all on all."))
                | None -> ()

                let! losses =
                    group
                    |> Checked.traverse (fun track ->
                        Metrics.ofForecasts track.Forecast track.Realised track.Scored
                        |> Result.map (fun metrics -> (track.Model, track.Symbol), metrics.Qlike))
                    |> Result.map Map.ofList

                let! sets = ForecastSet.ofTracks group

                let! pooled =
                    ForecastEvaluation.pooled
                        { ForecastEvaluation.defaults with
                            Baseline = baseline
                            Lag = rule
                        }
                        sets

                let mean (model: string) =
                    symbols |> List.averageBy (fun symbol -> losses[model, symbol])

                let best =
                    symbols
                    |> List.map (fun symbol -> models |> List.minBy (fun model -> losses[model, symbol]))

                return
                    [
                        for model in models do
                            {
                                Model = model
                                Horizon = days
                                Symbols = symbols.Length
                                Qlike = mean model
                                QlikeRatio = mean model / mean baseline
                                Versus = pooled |> List.tryFind (fun row -> row.Model = model) |> Option.bind _.Versus
                                Wins =
                                    symbols
                                    |> List.filter (fun symbol -> losses[model, symbol] < losses[baseline, symbol])
                                    |> List.length
                                Best = best |> List.filter ((=) model) |> List.length
                            }
                    ]
            }

        tracks
        |> List.groupBy _.Horizon
        |> Checked.traverse horizon
        |> Result.map List.concat
