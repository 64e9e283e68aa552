/// Conditional variance models as forecasters of a variance measure. Knows no evaluation.
namespace VolatilityForge

open System

/// How a conditional variance model forecasts a measure.
type GarchForecasterOptions =
    {
        Spec: GarchSpec
        /// Days between refits in a walk-forward, at least 1.
        RefitEvery: int
        /// Forecasts are multiplied by the ratio of the measure's mean to that of the fitted variances over the window: a
        /// range or intraday measure doesn't hold the night that returns hold.
        ToMeasure: bool
        /// Paths where a forecast has no formula.
        Paths: int
        /// Daily measures that move the variance of the next day, by name; "variance" is the history's own. Over several days ahead
        /// they stay at their last values.
        Regressors: string list
    }

/// Forecasters.
[<RequireQualifiedAccess>]
module GarchForecaster =

    /// Refitted every 22 days, scaled to the measure.
    let ofSpec (spec: GarchSpec) : GarchForecasterOptions =
        {
            Spec = spec
            RefitEvery = 22
            ToMeasure = true
            Paths = 500
            Regressors = []
        }

    let private measureOf (history: History) (name: string) : float[] =
        if name = GarchRegressors.OwnVariance then
            history.Variance |> Array.map Units.strip
        else
            History.measure name history |> Fault.orRaise

    /// The model as a forecaster of a name, such as "garch". It reads returns; variances only for their mean level. A fit whose
    /// variance explodes over the horizon forecasts infinity, which a walk-forward clamps and counts. Faults of
    /// `Fit`: those of Garch.fit, of the window and of the options, and a measure that the history lacks.
    let forecaster (name: string) (options: GarchForecasterOptions) : IForecaster =
        let columns =
            PerHistory(fun _ history -> options.Regressors |> List.map (measureOf history) |> Array.ofList)

        let returnsOf (history: History) (first: int) (last: int) : GarchData =
            let first = max 1 first

            { GarchData.ofReturns history.Returns[first..last] with
                VarianceRegressors = columns[1, history] |> Array.map (fun column -> column[first..last])
            }

        /// A day without one of them leaves all where they were.
        let rowOf (history: History) (day: int) (before: float[]) : float[] =
            let row = columns[1, history] |> Array.map (fun column -> column[day])
            if Array.forall Double.IsFinite row then row else before

        let warmStart =
            WarmStart.ofHistory (2 * Garch.MinimumReturns) (fun history inner ->
                returnsOf history inner.First inner.Last |> Garch.fit options.Spec)

        let minimum = Garch.MinimumReturns + GarchSpec.lookBack options.Spec + 1

        let simulation =
            { GarchForecast.simulation with
                Paths = max 1 options.Paths
            }

        let check () =
            if options.RefitEvery < 1 then
                Error(Fault.BadSetting($"{name} refit-every", "must be at least 1", string options.RefitEvery))
            elif options.Paths < 1 then
                Error(Fault.BadSetting($"{name} paths", "must be at least 1", string options.Paths))
            else
                GarchSpec.check options.Spec |> Result.map ignore

        { new IForecaster with
            member _.Name = name
            member _.RefitEvery = max 1 options.RefitEvery
            member _.MinimumDays horizon = minimum + horizon

            member this.Fit(history, window, horizon) =
                either {
                    do! check ()
                    do! Labels.check name (this.MinimumDays horizon) horizon history window
                    let! _ = Fault.catch (fun () -> columns[1, history])
                    let data = returnsOf history window.First window.Last

                    let! fit =
                        match warmStart history window with
                        | Some start -> Garch.refit start data
                        | None -> Garch.fit options.Spec data

                    let ratio =
                        if options.ToMeasure then
                            let mutable measured = 0.0

                            for day in window.Last - fit.Observations + 1 .. window.Last do
                                measured <- measured + Units.strip history.Variance[day]

                            measured / Array.sum fit.Variances
                        else
                            1.0

                    let forecastFrom (fit: GarchFit) : Variance =
                        // One set of draws for every origin: what differs between forecasts is the data.
                        let ahead =
                            GarchForecast.variances simulation horizon (Rng.ofSeed 1L) fit |> Fault.orRaise

                        let mean = ratio * Array.average ahead

                        // A log variance beyond the recursion's bounds is no number: such a path has exploded.
                        (if Double.IsNaN mean then infinity else mean) * 1.0< / day>

                    return
                        { new IHasParameters with
                            member _.Parameters = List.zip fit.Names (List.ofArray fit.Parameters)

                            member _.Forecast(history, origin) =
                                if origin >= window.Last then
                                    let mutable carried = fit

                                    for day in window.Last + 1 .. origin do
                                        carried <-
                                            Garch.appendWith
                                                [||]
                                                (rowOf history day carried.State.Regressors)
                                                carried
                                                history.Returns[day]

                                    forecastFrom carried
                                else
                                    Garch.filter fit (returnsOf history window.First origin)
                                    |> Fault.orRaise
                                    |> forecastFrom
                          interface IHasNewsImpact with
                              member _.NewsImpact shocks =
                                  NewsImpact.curve shocks fit
                                  |> Array.map (fun variance -> ratio * variance * 1.0< / day>)
                        }
                        :> IFitted
                }
          interface IReadsReturns with
              member _.ReadsReturns = true
          interface IReadsMeasures with
              member _.Measures =
                  options.Regressors |> List.filter ((<>) GarchRegressors.OwnVariance)
        }

    /// The model of a name of GarchSpec.parseSpec, such as "gjr", "garch(2,1)" or "gjr(1,1;student-t;ar(1))", as a forecaster of
    /// that name. "x(M+N)" among the words in brackets names daily measures that move the variance (GARCH-X), "variance" being the
    /// history's own. Faults: those of the name and of GarchSpec.check, BadSetting for regressors of a model that takes none.
    let ofName (name: string) : Result<IForecaster, Fault> =
        either {
            let! regressors, rest = GarchRegressors.ofName name
            let! spec = GarchSpec.parseSpec rest |> Result.bind GarchSpec.check
            do! GarchRegressors.checkTaken spec regressors

            return
                forecaster
                    name
                    { ofSpec spec with
                        Regressors = regressors
                    }
        }
