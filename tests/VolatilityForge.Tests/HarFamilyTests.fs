/// The HAR family: published and independent estimates, known losses, the laws of its estimators.
module VolatilityForge.Tests.HarFamilyTests

open System
open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private named (name: string) : HarFamilyOptions =
    HarFamily.known |> List.find (fun options -> options.Name = name)

let private whole (history: History) : Window =
    {
        First = 0
        Last = History.length history - 1
    }

let private fitted (name: string) (horizon: int) (history: History) : HarFamilyFit =
    Expect.wantOk (HarFamily.fit (named name) horizon history (whole history)) $"{name} fits"

let private coefficients (fit: HarFamilyFit) : float[] =
    Array.append [| fit.Regression.Intercept |] fit.Regression.Slopes

let private forecasts (fit: HarFamilyFit) (history: History) (origins: int[]) : Variance[] =
    origins
    |> Array.map (fun origin -> Expect.wantOk (HarFamily.forecast fit history origin) "a forecast")

/// Mean squared error over the days a one-day fit has seen.
let private mse (fit: HarFamilyFit) (history: History) : float =
    let origins = [| 21 .. History.length history - 2 |]

    Array.map2
        (fun forecast origin -> Units.strip (forecast - history.Variance[origin + 1]) ** 2.0)
        (forecasts fit history origins)
        origins
    |> Array.average

/// The series that tests/golden/har.py builds.
let private goldenHistory () : History =
    let days = 601
    let draws = uniforms 31 (6 * days)
    let at day draw = draws[6 * day + draw]
    let variance = Array.zeroCreate days
    let mutable level = 0.0

    for day in 0 .. days - 1 do
        level <- 0.95 * level + at day 0 - 0.5
        variance[day] <- 1e-4 * exp level * (0.5 + at day 1)

    let each rule = variance |> Array.mapi rule
    let negative = each (fun day v -> v * (0.3 + 0.4 * at day 2))

    { ofVariance variance with
        Returns = each (fun day v -> 2.0 * sqrt v * (at day 5 - 0.5))
        Measures =
            Map.ofList
                [
                    HarMeasures.negativeSemivariance, negative
                    HarMeasures.positiveSemivariance, each (fun day v -> v - negative[day])
                    HarMeasures.bipower, each (fun day v -> v * (0.6 + 0.5 * at day 3))
                    HarMeasures.quarticity, each (fun day v -> v * v * (0.5 + 2.0 * at day 4))
                    HarMeasures.tripowerQuarticity, each (fun day v -> v * v * (0.4 + 1.5 * at day 4))
                ]
    }

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

let private walk (config: WalkForwardConfig) (models: IForecaster list) (history: History) =
    WalkForward.run config ignore CancellationToken.None models history

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
            testCase "on the S&P 500 of Bollerslev, Patton and Quaedvlieg has the published coefficients and losses"
            <| fun () ->
                let history = sp500 ()
                // Eight digits are published, of data with as many.
                let published = 2e-7

                let check (name: string) (expected: float list) =
                    let found = fitted name 1 history |> coefficients |> List.ofArray
                    Expect.equal found.Length expected.Length $"{name}: coefficients"

                    for i, (found, expected) in List.indexed (List.zip found expected) do
                        close published found expected $"{name}, coefficient {i}"

                check "har-j" [ 0.12075279; 0.35988313; 0.43409144; 0.18563091; -1.00330926 ]
                check "char" [ 0.136076250; 0.265684000; 0.498023440; 0.175076680 ]
                close published (mse (fitted "har-j" 1 history) history) 2.490786659 "MSE of HAR-J"
                close published (mse (fitted "char" 1 history) history) 2.506351629865755 "MSE of CHAR"
                close published (mse (fitted "harq" 1 history) history) 2.35696246 "MSE of HARQ"

            testCase "CHARQ has the published coefficients once its quarticity is taken about its mean, as published"
            <| fun () ->
                let history = sp500 ()
                let found = fitted "charq" 1 history |> coefficients

                // The published mean is that of all days, also of those before the first row.
                let mean = history.Measures[HarMeasures.tripowerQuarticity] |> Array.averageBy sqrt

                // b1 x + q (r - mean) x is (b1 - q mean) x + q r x: only the day's coefficient differs.
                let published = 1e-7
                close published found[0] -0.006432962 "intercept"
                close published (found[1] + found[4] * mean) 0.583432070 "day"
                close published found[2] 0.418886906 "week"
                close published found[3] 0.113096324 "month"
                close published found[4] -0.541018770 "quarticity"

            testCase "agrees with statsmodels, and QLIKE with scipy's minimiser"
            <| fun () ->
                let history = goldenHistory ()

                for row in golden "har.csv" do
                    let horizon = int row[1]

                    let found =
                        if row[0] = "har" then
                            let fit =
                                Expect.wantOk (Har.fit Har.defaults horizon history (whole history)) "a fit"

                            Array.append [| fit.Intercept |] fit.Slopes
                        else
                            coefficients (fitted row[0] horizon history)

                    // A quasi-Newton minimiser stops half its digits short.
                    let digits = if row[0] = "qlike-har" then 1e-5 else 1e-8
                    Expect.equal found.Length (row.Length - 2) row[0]

                    for i in 0 .. found.Length - 1 do
                        close digits found[i] (number row[i + 2]) $"{row[0]}, h = {horizon}, coefficient {i}"

            testCase "rolling over 1,000 labels has the losses that numpy has, and those that are known"
            <| fun () ->
                let models =
                    Har.forecaster Har.defaults
                    :: (HarFamily.known
                        |> List.filter (fun options -> options.Name <> "log-har-leverage")
                        |> List.map HarFamily.forecaster)

                let tracks =
                    Expect.wantOk
                        (walk
                            { WalkForwardConfig.defaults with
                                Horizons = [ 1; 5 ]
                            }
                            models
                            (sp500 ()))
                        "tracks"

                let table = Expect.wantOk (Report.ofTracks HacLag.Automatic "har" tracks) "a table"

                let row model horizon =
                    table.Rows |> List.find (fun row -> row.Model = model && row.Horizon = horizon)

                let goldens = golden "har_sp500.csv" |> Array.filter (fun row -> int row[1] <= 5)

                Expect.equal goldens.Length table.Rows.Length "models and horizons"

                for expected in goldens do
                    let found = (row expected[0] (int expected[1])).Metrics.Qlike
                    // QLIKE's iterations end within 1e-8.
                    close 1e-6 found (number expected[2]) $"{expected[0]}, h = {expected[1]}"

                // The source gives three digits and not its first origin. Horizon 22 depends more on that: see docs/har.md.
                let within = 0.002

                for horizon, wls, qlike in [ 1, 0.898, 0.885; 5, 0.825, 0.791 ] do
                    Expect.isLessThan (abs ((row "wls-har" horizon).QlikeRatio - wls)) within $"WLS, h = {horizon}"

                    Expect.isLessThan
                        (abs ((row "qlike-har" horizon).QlikeRatio - qlike))
                        within
                        $"QLIKE, h = {horizon}"

                for horizon, qlike in [ 1, 0.1198; 5, 0.0980 ] do
                    Expect.isLessThan
                        (abs ((row "log-shar" horizon).Metrics.Qlike - qlike))
                        within
                        $"log-SHAR, h = {horizon}"

            testCase "with forecasts kept inside the labels of their window has the known table at every horizon"
            <| fun () ->
                let models =
                    [
                        Har.forecaster Har.defaults
                        LogHar.forecaster LogHar.defaults
                        Ewma.forecaster Ewma.defaults
                        for name in [ "harq"; "shar"; "wls-har"; "qlike-har" ] do
                            HarFamily.forecaster (named name)
                    ]

                let config =
                    { WalkForwardConfig.defaults with
                        Clamp = Expect.wantOk (ClampRule.ofName "labels") "a rule"
                    }

                let tracks = Expect.wantOk (walk config models (sp500 ())) "tracks"
                let table = Expect.wantOk (Report.ofTracks HacLag.Automatic "har" tracks) "a table"

                let row model horizon =
                    table.Rows |> List.find (fun row -> row.Model = model && row.Horizon = horizon)

                // Three digits are known.
                let within = 0.002

                for horizon, qlike in [ 1, 0.1399; 5, 0.1249; 22, 0.2193 ] do
                    Expect.isLessThan
                        (abs ((row "har" horizon).Metrics.Qlike - qlike))
                        within
                        $"HAR's QLIKE, h = {horizon}"

                for model, ratios in
                    [
                        "harq", [ 1.131; 1.241; 2.348 ]
                        "shar", [ 0.950; 0.931; 0.970 ]
                        "wls-har", [ 0.898; 0.825; 0.857 ]
                        "qlike-har", [ 0.885; 0.791; 0.803 ]
                        "log-har", [ 0.890; 0.818; 0.814 ]
                        "ewma", [ 1.304; 1.167; 0.876 ]
                    ] do
                    for horizon, ratio in List.zip [ 1; 5; 22 ] ratios do
                        // The known table also has the 21 origins whose windows hold fewer labels; with them numpy's HARQ has 2.348.
                        let within = if model = "harq" && horizon = 22 then 2.0 * within else within

                        Expect.isLessThan
                            (abs ((row model horizon).QlikeRatio - ratio))
                            within
                            $"{model}, h = {horizon}: {(row model horizon).QlikeRatio}"

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
