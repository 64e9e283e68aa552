/// The laws of the HAR family's terms and estimators.
module VolatilityForge.Tests.HarFamilyTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.HarModels

/// A term of a day from its definition.
let private naiveTerm (history: History) (term: HarTerm) (day: int) : float =
    let variance = history.Variance |> Array.map Units.strip

    let mean (values: float[]) (span: int) : float =
        if day - span + 1 < 0 then
            nan
        else
            Array.average values[day - span + 1 .. day]

    match term with
    | HarTerm.Variance span -> mean variance span
    | HarTerm.Measure(name, span)
    | HarTerm.Factor(name, span) -> mean history.Measures[name] span
    | HarTerm.Jump ->
        let beyond = variance[day] - history.Measures[HarMeasures.bipower][day]
        if beyond < 0.0 then 0.0 else beyond
    | HarTerm.Attenuation(measure, quarticity, span) ->
        let level =
            match measure with
            | None -> variance
            | Some name -> history.Measures[name]

        mean level span * sqrt (mean history.Measures[quarticity] span)
    | HarTerm.Leverage span ->
        let falls =
            history.Returns |> Array.map (fun value -> if value < 0.0 then value else 0.0)

        mean falls span / sqrt (mean variance 22)

let private withoutMeasure (name: string) (history: History) : History =
    { history with
        Measures = history.Measures.Remove name
    }

let private withValue (name: string) (day: int) (value: float) (history: History) : History =
    { history with
        Measures =
            history.Measures
            |> Map.change name (Option.map (Array.mapi (fun i old -> if i = day then value else old)))
    }

/// The model of a one-variable line, for losses that a test can write down.
let private line (intercept: float) (slope: float) : LinearFit =
    {
        Intercept = intercept
        Slopes = [| slope |]
        ResidualVariance = nan
        Observations = 0
    }

[<Tests>]
let suite =
    testList
        "HAR family"
        [
            testCase "terms are what they say, day by day"
            <| fun () ->
                let history = measured 51 90

                for term in
                    HarFamily.known
                    |> List.collect _.Terms
                    |> List.append [ HarTerm.Leverage 30 ]
                    |> List.distinct do
                    let values = Expect.wantOk (HarTerm.values history term) "values"
                    Expect.equal values.Length 90 "days"

                    for day in 0..89 do
                        let expected = naiveTerm history term day

                        if Double.IsNaN expected then
                            Expect.isTrue (Double.IsNaN values[day]) $"{HarTerm.name term}, day {day}"
                            Expect.isLessThan (day + 1) (HarTerm.span term) "only where days are lacking"
                        else
                            close 1e-12 values[day] expected $"{HarTerm.name term}, day {day}"

            testCase "a forecaster, a fit and a walk-forward make the same forecast, to the last bit"
            <| fun () ->
                let history = measured 52 400

                let config =
                    { WalkForwardConfig.defaults with
                        Window = WindowRule.Rolling 250
                        Horizons = [ 5 ]
                        Clamp = ClampRule.Keep
                    }

                for options in HarFamily.known do
                    let track =
                        (Expect.wantOk
                            (walk
                                { config with
                                    Clamp = ClampRule.WithinLabels(1e-9, 1e9)
                                }
                                [ HarFamily.forecaster options ]
                                history)
                            "a track")
                            .Head

                    let origin = track.Origins[17]
                    let window = WalkForwardConfig.window config 5 origin
                    let fit = Expect.wantOk (HarFamily.fit options 5 history window) "a fit"
                    Expect.equal (forecasts fit history [| origin |]) [| track.Forecast[17] |] options.Name

            testCase "terms of one's own walk beside the library's models, over a history made by hand"
            <| fun () ->
                let days = measured 57 400
                let dates, variance, returns = days.Dates, days.Variance, days.Returns
                let bipower = days.Measures[HarMeasures.bipower]

                let history =
                    History.create "SPX" dates variance (Some returns) [ HarMeasures.bipower, bipower ]
                    |> Fault.orRaise

                let own =
                    {
                        Name = "own"
                        Terms =
                            [
                                HarTerm.Variance 1
                                HarTerm.Measure(HarMeasures.bipower, 10)
                                HarTerm.Leverage 5
                            ]
                        Estimator = HarEstimator.Qlike
                        RefitEvery = 5
                    }

                let models = [ Har.forecaster Har.defaults; HarFamily.forecaster own ]

                let config =
                    { WalkForwardConfig.defaults with
                        Window = WindowRule.Rolling 250
                    }

                let tracks = walk config models history |> Fault.orRaise
                Expect.equal (tracks |> List.map _.Model) [ "har"; "own"; "har"; "own"; "har"; "own" ] "tracks"
                Expect.equal tracks[1].Refits ((tracks[1].Origins.Length + 1 + 4) / 5) "a refit every five days"

            testCase "QLIKE's estimate has a lower QLIKE than least squares, plain or weighted, and no gradient"
            <| fun () ->
                for seed in 61..64 do
                    let history = measured seed 500
                    let origins = [| 21..494 |]
                    let target = origins |> Array.map (History.target 5 history)

                    let qlike (fit: HarFamilyFit) =
                        (Expect.wantOk
                            (Metrics.ofForecasts
                                (forecasts fit history origins)
                                target
                                (Array.create origins.Length true))
                            "losses")
                            .Qlike

                    let best = fitted "qlike-har" 5 history

                    for other in
                        [
                            fitted "wls-har" 5 history
                            { best with
                                Regression = Expect.wantOk (Har.fit Har.defaults 5 history (whole history)) "HAR"
                            }
                        ] do
                        Expect.isLessThan (qlike best) (qlike other) "its own loss"

                    let values = forecasts best history origins |> Array.map Units.strip

                    for term in (fun _ -> 1.0) :: [ for t in best.Options.Terms -> naiveTerm history t ] do
                        let pull =
                            Array.map3
                                (fun f (v: Variance) origin -> (f - Units.strip v) / f * (term origin / f))
                                values
                                target
                                origins

                        // Of terms that cancel, what is left is a share of their sizes.
                        Expect.isLessThan
                            (abs (Array.sum pull) / Array.sumBy abs pull)
                            1e-7
                            "the gradient's share of its parts"

            testCase
                "the loss that QLIKE's estimate minimises is QLIKE, and a parabola that touches it below half the smallest label"
            <| fun () ->
                let random = Random 65
                let x = Array.init 53 (fun _ -> random.NextDouble())
                let v = x |> Array.map (fun x -> 0.5 + x + random.NextDouble())
                let floor = Array.min v / 2.0

                let loss fit =
                    VarianceRegression.loss [| x |] v 0 52 fit

                let above = line 1.0 0.7

                let naive =
                    Array.map2 (fun x v -> let f = 1.0 + 0.7 * x in v / f + log f) x v
                    |> Array.average

                close 1e-12 (loss above) naive "QLIKE but for a constant"

                // A line that is the same value everywhere crosses the floor on all rows at once.
                let flat value = loss (line value 0.0)
                let step = 1e-4 * floor

                let slope from towards =
                    (flat towards - flat from) / (towards - from)
                // First differences of a smooth function differ by its curvature times the step.
                close 0.01 (slope floor (floor - step)) (slope floor (floor + step)) "one slope on both sides"

                let second =
                    (flat (-3.0 * floor) - 2.0 * flat (-2.0 * floor) + flat (-floor))
                    / (floor * floor)

                close 1e-9 second (1.0 / (floor * floor)) "a parabola's curvature below 0"

            testCase "QLIKE's estimate gets away from a start that is negative on half the rows"
            <| fun () ->
                let history = measured 66 300
                let v = history.Variance |> Array.map Units.strip
                let x, y = v[..298], v[1..]
                let start = line (-(Array.average v)) 1.0

                let fit =
                    Expect.wantOk (VarianceRegression.qlike [| x |] y 0 298 start) "an estimate"

                let usual =
                    Regression.ofRows [| x |] y 0 298
                    |> Result.bind (VarianceRegression.qlike [| x |] y 0 298)

                let usual = Expect.wantOk usual "an estimate"
                close 1e-6 fit.Slopes[0] usual.Slopes[0] "slope"
                close 1e-6 fit.Intercept usual.Intercept "intercept"

            testCase "a measure that the history lacks is named, with those it has, before any model is fitted"
            <| fun () ->
                let history = measured 53 400 |> withoutMeasure HarMeasures.quarticity
                let mutable fits = 0

                let spy =
                    { new IForecaster with
                        member _.Name = "spy"
                        member _.RefitEvery = 1
                        member _.MinimumDays _ = 1

                        member _.Fit(_, _, _) =
                            fits <- fits + 1
                            Error(Fault.Cancelled "the spy")
                    }

                let harq = HarFamily.forecaster (named "harq")

                let isNamed result =
                    match result with
                    | Error(Fault.UnknownName(_, "quarticity", known)) ->
                        Expect.equal known (history.Measures |> Map.keys |> List.ofSeq) "those it has"
                    | other -> failtest $"expected UnknownName, found %A{other}"

                isNamed (
                    walk WalkForwardConfig.defaults [ spy; harq ] (measured 53 1200 |> withoutMeasure "quarticity")
                    |> Result.map ignore
                )

                Expect.equal fits 0 "nothing was fitted"
                isNamed (harq.Fit(history, whole history, 1) |> Result.map ignore)
                let fit = fitted "harq" 1 (measured 53 400)
                isNamed (HarFamily.forecast fit history 300 |> Result.map ignore)

            testCase
                "a missing value inside the window is a fault with term and date, at the origin a forecast that is none"
            <| fun () ->
                let history = measured 54 400
                let window = { First = 50; Last = 350 }

                for name in [ "har-j"; "char"; "shar"; "harq"; "harq-f"; "charq"; "log-shar" ] do
                    let options = named name
                    let measure = (HarFamily.needs options).Head
                    let holed day = withValue measure day nan history

                    // The first row of the window, one inside it, the last that has a label.
                    for day in [ 50; 200; 349 ] do
                        match HarFamily.fit options 1 (holed day) window with
                        | Error(Fault.NotComputable(what, reason, _)) ->
                            Expect.equal what name "the model"
                            Expect.stringContains reason measure "the measure"
                            Expect.stringContains reason (history.Dates[day].ToString "O") "the day"
                        | other -> failtest $"expected NotComputable, found %A{other}"

                    Expect.isOk (HarFamily.fit options 1 (holed 350) window) "no row of a fit is later"
                    let fit = Expect.wantOk (HarFamily.fit options 1 (holed 360) window) "a fit"
                    let forecast = Expect.wantOk (HarFamily.forecast fit (holed 360) 360) "a forecast"
                    Expect.isTrue (Double.IsNaN(Units.strip forecast)) $"{name}: no forecast"

            testCase "a model in logarithms refuses a measure of zero, and one of leverage returns that are all zero"
            <| fun () ->
                let history = withValue HarMeasures.negativeSemivariance 100 0.0 (measured 55 300)

                match HarFamily.fit (named "log-shar") 1 history (whole history) with
                | Error(Fault.NotComputable(_, reason, _)) ->
                    Expect.stringContains reason HarMeasures.negativeSemivariance "the measure"
                | other -> failtest $"expected NotComputable, found %A{other}"

                match HarFamily.fit (named "log-har-leverage") 1 (simulated 55 300) (whole history) with
                | Error(Fault.NotComputable(_, reason, _)) -> Expect.stringContains reason "never varies" "the reason"
                | other -> failtest $"expected NotComputable, found %A{other}"

            testCase "refuses options outside their domain, all at once, and a window that is too short"
            <| fun () ->
                let history = measured 56 200

                let faults (options: HarFamilyOptions) =
                    let model = HarFamily.forecaster options
                    Expect.isGreaterThan (model.MinimumDays 1) 1 "asked before the options are checked"

                    match model.Fit(history, whole history, 1) with
                    | Error fault -> (Fault.flatten fault).Length
                    | Ok _ -> 0

                let har = named "wls-har"
                Expect.equal (faults { har with Terms = [] }) 1 "no terms"

                Expect.equal
                    (faults
                        { har with
                            Terms = [ HarTerm.Variance 5; HarTerm.Variance 5 ]
                        })
                    1
                    "twice the same"

                Expect.equal
                    (faults
                        { har with
                            Terms = [ HarTerm.Variance 0 ]
                            RefitEvery = 0
                        })
                    2
                    "span and refits"

                let needed = HarFamily.minimumDays har 5
                Expect.isOk (HarFamily.fit har 5 history { First = 0; Last = needed - 1 }) "just enough"

                match HarFamily.fit har 5 history { First = 0; Last = needed - 2 } with
                | Error(Fault.TooShort(_, asked, found)) -> Expect.equal (asked, found) (needed, needed - 1) "days"
                | other -> failtest $"expected TooShort, found %A{other}"
        ]
