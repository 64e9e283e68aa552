/// Realized GARCH and HEAVY as forecasters of a variance measure. Knows no evaluation.
namespace VolatilityForge

open System

/// How a model of returns and a measure is walked forward.
type RealizedForecasterOptions<'spec> =
    {
        Spec: 'spec
        /// Days between refits in a walk-forward, at least 1.
        RefitEvery: int
    }

/// Forecasters; the history's variance is the measure.
[<RequireQualifiedAccess>]
module RealizedForecaster =

    /// Refitted every 22 days.
    let ofSpec (spec: 'spec) : RealizedForecasterOptions<'spec> = { Spec = spec; RefitEvery = 22 }

    let private dataOf (history: History) (first: int) (last: int) : RealizedData =
        // The first day of a history has no return.
        let first = max 1 first

        {
            Returns = history.Returns[first..last]
            Measure = history.Variance[first..last] |> Array.map Units.strip
        }

    /// A forecaster out of the words of a model: what it fits, filters, appends, expects and tells. A fit starts from one on the
    /// days of the window between multiples of 250, which neighbouring windows share.
    let private make
        (name: string)
        (refitEvery: int)
        (minimumDays: int)
        (presample: int)
        (fit: RealizedData -> Result<'fit, Fault>)
        (refit: 'fit -> RealizedData -> Result<'fit, Fault>)
        (filter: 'fit -> RealizedData -> Result<'fit, Fault>)
        (append: 'fit -> float -> 'fit)
        (expected: int -> 'fit -> Result<RealizedOutlook, Fault>)
        (parameters: 'fit -> string list * float[])
        : IForecaster =
        let within (history: History) (window: Window) : RealizedData = dataOf history window.First window.Last

        let warmStart =
            WarmStart.ofHistory (2 * minimumDays) (fun history inner -> within history inner |> fit)

        { new IForecaster with
            member _.Name = name
            member _.RefitEvery = max 1 refitEvery
            member _.MinimumDays horizon = minimumDays + presample + 1 + horizon

            member this.Fit(history, window, horizon) =
                either {
                    do!
                        Checked.require
                            (Fault.BadSetting($"{name} refit-every", "must be at least 1", string refitEvery))
                            (refitEvery >= 1)

                    do! Labels.check name (this.MinimumDays horizon) horizon history window
                    let data = within history window

                    let! fitted =
                        match warmStart history window with
                        | Some start -> refit start data
                        | None -> fit data

                    return
                        { new IHasParameters with
                            member _.Parameters =
                                let names, values = parameters fitted
                                List.zip names (List.ofArray values)

                            member _.Forecast(history, origin) =
                                let carried =
                                    if origin >= window.Last then
                                        let mutable carried = fitted

                                        for day in window.Last + 1 .. origin do
                                            carried <- append carried (Units.strip history.Variance[day])

                                        carried
                                    else
                                        filter fitted (dataOf history window.First origin) |> Fault.orRaise

                                let outlook = expected horizon carried |> Fault.orRaise
                                let mean = Array.average outlook.Measures
                                (if Double.IsNaN mean then infinity else mean) * 1.0< / day>
                        }
                        :> IFitted
                }
          interface IReadsReturns with
              member _.ReadsReturns = true
        }

    /// Realized GARCH as a forecaster of the measure: its expectation by formula. A forecast that doesn't exist is infinite,
    /// which a walk-forward clamps and counts. Faults of `Fit`: those of RealizedGarch.fit, of the window and of the options.
    let realizedGarch (name: string) (options: RealizedForecasterOptions<RealizedGarchSpec>) : IForecaster =
        make
            name
            options.RefitEvery
            RealizedGarch.MinimumDays
            options.Spec.Presample
            (RealizedGarch.fit options.Spec)
            RealizedGarch.refit
            RealizedGarch.filter
            RealizedGarch.append
            RealizedForecast.expected
            (fun fit -> fit.Names, fit.Parameters)

    /// HEAVY as a forecaster of the measure. Faults of `Fit`: those of Heavy.fit, of the window and of the options.
    let heavy (name: string) (options: RealizedForecasterOptions<HeavySpec>) : IForecaster =
        make
            name
            options.RefitEvery
            Heavy.MinimumDays
            0
            (Heavy.fit options.Spec)
            Heavy.refit
            Heavy.filter
            Heavy.append
            Heavy.expected
            (fun fit -> fit.Names, fit.Parameters)

    /// The model of a name, such as "realized-garch(2,1)" or "heavy(targeting)", as a forecaster of that name. Faults: those of the
    /// name and of RealizedGarchSpec.check.
    let ofName (name: string) : Result<IForecaster, Fault> =
        match Heavy.parse name with
        | Ok spec -> Ok(heavy name (ofSpec spec))
        | Error fault when name.TrimStart().StartsWith("heavy", StringComparison.OrdinalIgnoreCase) -> Error fault
        | Error _ ->
            RealizedGarchSpec.parse name
            |> Result.bind RealizedGarchSpec.check
            |> Result.map (ofSpec >> realizedGarch name)
