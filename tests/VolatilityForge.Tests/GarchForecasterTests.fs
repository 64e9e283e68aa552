/// Conditional variance models as forecasters: what they read, in any order, with regressors.
module VolatilityForge.Tests.GarchForecasterTests

open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Returns

/// A history whose measure is a noisy share of the squared returns' level.
let private historyOf (seed: int64) (days: int) : History =
    let returns = simulated seed days |> Array.map (fun r -> 0.01 * r)

    { ofVariance (returns |> Array.map (fun r -> 0.3 * (r * r + 1e-5))) with
        Returns = returns
    }

/// Returns and variances after a day replaced by others.
let private disturbed (day: int) (history: History) : History =
    let other = historyOf 991L (History.length history)

    { changedAfter day history with
        Returns =
            Array.init history.Returns.Length (fun i ->
                if i <= day then
                    history.Returns[i]
                else
                    30.0 * other.Returns[i])
    }

let private forecasters: string list =
    [
        "garch"
        "gjr"
        "egarch"
        "component"
        "garch(x(variance))"
        "egarch(x(variance);backcast)"
    ]

let private ofName (name: string) : IForecaster =
    Expect.wantOk (GarchForecaster.ofName name) name

[<Tests>]
let suite =
    testList
        "GARCH forecasters"
        [
            testCase "read nothing after the origin and nothing after the window, bit for bit"
            <| fun () ->
                let history = historyOf 31L 900
                let window = { First = 30; Last = 779 }

                for name in forecasters do
                    let forecast (history: History) (origin: int) =
                        let model = ofName name
                        (Expect.wantOk (model.Fit(history, window, 5)) name).Forecast(history, origin)

                    for origin in [ 700; 779; 812 ] do
                        let expected = forecast history origin
                        Expect.isGreaterThan expected 0.0< / day> name
                        let since = max origin window.Last
                        Expect.equal (forecast (disturbed since history) origin) expected $"{name} from {origin}"

                        Expect.equal
                            (forecast (History.upTo since history) origin)
                            expected
                            $"{name} from {origin}, cut"

            testCase "read nothing before the window, bit for bit"
            <| fun () ->
                let history = historyOf 34L 1400

                let before (first: int) (history: History) =
                    { history with
                        Returns =
                            history.Returns
                            |> Array.mapi (fun day r -> if day < first then 0.5 * r + 1e-3 else r)
                        Variance = history.Variance |> Array.mapi (fun day v -> if day < first then 1.5 * v else v)
                    }

                let window = { First = 390; Last = 1389 }

                for make in
                    [
                        fun () -> ofName "garch"
                        fun () ->
                            RealizedForecaster.ofSpec RealizedGarchSpec.defaults
                            |> RealizedForecaster.realizedGarch "realized-garch"
                    ] do
                    let model = make ()

                    let forecast (history: History) =
                        (Expect.wantOk (model.Fit(history, window, 1)) model.Name).Forecast(history, 1389)

                    Expect.equal (forecast (before window.First history)) (forecast history) model.Name

            testCase "give the same bits in any order of fits and on many threads"
            <| fun () ->
                let history = historyOf 32L 1200
                let windows = [| for last in 760..60..1199 -> { First = last - 719; Last = last } |]

                for name in [ "garch"; "gjr" ] do
                    let run (map: (Window -> Variance) -> Window[] -> Variance[]) (windows: Window[]) =
                        let model = ofName name

                        windows
                        |> map (fun window ->
                            (Expect.wantOk (model.Fit(history, window, 1)) name).Forecast(history, window.Last))

                    let inOrder = run Array.map windows
                    Expect.equal (run Array.map (Array.rev windows)) (Array.rev inOrder) $"{name}: backwards"
                    Expect.equal (run Array.Parallel.map windows) inOrder $"{name}: in parallel"

            testCase "with regressors by name are the fit with those columns, carried on day by day"
            <| fun () ->
                // Returns whose variance the measure drives.
                let history =
                    let struct (z, rng) = Rng.normals 900 (Rng.ofSeed 35L)
                    let struct (outside, _) = Rng.normals 900 rng
                    let night = outside |> Array.map (fun x -> x * x)
                    let returns = Array.zeroCreate<float> 900
                    let mutable h = 1.0

                    for t in 1..899 do
                        h <- 0.05 + 0.05 * returns[t - 1] ** 2.0 + 0.6 * h + 0.3 * night[t - 1]
                        returns[t] <- sqrt h * z[t]

                    { ofVariance (returns |> Array.map (fun r -> 0.3 * (r * r + 1e-5))) with
                        Returns = returns
                        Measures = Map.ofList [ "Night", night ]
                    }

                let window = { First = 30; Last = 779 }
                let model = ofName "gjr(1,1; x(Night+variance))"
                let fit = Expect.wantOk (model.Fit(history, window, 1)) "fits"

                let columns =
                    [| history.Measures["Night"]; history.Variance |> Array.map Units.strip |]

                let data (last: int) =
                    { GarchData.ofReturns history.Returns[30..last] with
                        VarianceRegressors = columns |> Array.map (fun column -> column[30..last])
                    }

                let names, values =
                    match fit with
                    | :? IHasParameters as told -> List.unzip told.Parameters
                    | _ -> failtest "tells its parameters"

                Expect.equal (List.skip (names.Length - 2) names) [ "pi[1]"; "pi[2]" ] "both regressors"
                Expect.isGreaterThan values[values.Length - 2] 0.1 "the measure moves the variance"

                let own =
                    { Expect.wantOk
                          (Garch.fit
                              { GarchSpec.defaults with
                                  Variance = VarianceModel.Gjr(1, 1)
                              }
                              (data 779))
                          "a fit" with
                        Parameters = List.toArray values
                    }

                let carried = Expect.wantOk (Garch.filter own (data 800)) "the days after"
                let inWindow = Expect.wantOk (Garch.filter own (data 779)) "the window"
                let measured = Array.sub columns[1] 30 750 |> Array.sum
                let ratio = measured / Array.sum inWindow.Variances
                let struct (_, variance) = Garch.ahead carried [||]
                close 1e-9 (Units.strip (fit.Forecast(history, 800))) (ratio * variance) "the day after"

                // A day after the window without one of them.
                let changed (night: float) (variance: Variance) =
                    { history with
                        Variance = history.Variance |> Array.updateAt 785 variance
                        Measures = Map.ofList [ "Night", history.Measures["Night"] |> Array.updateAt 785 night ]
                    }

                let gap = changed nan history.Variance[785]
                let kept = changed (history.Measures["Night"][784]) history.Variance[784]

                for origin in [ 785; 800 ] do
                    Expect.equal
                        (fit.Forecast(gap, origin))
                        (fit.Forecast(kept, origin))
                        $"all stay where they were, {origin}"

                let reads = (box model :?> IReadsMeasures).Measures
                Expect.equal reads [ "Night" ] "what it reads beside the history's own"

            testCase "refuse regressors that aren't there, are told twice or that the model doesn't take"
            <| fun () ->
                let history = historyOf 36L 900

                match (ofName "garch(x(night))").Fit(history, { First = 30; Last = 779 }, 1) with
                | Error(Fault.UnknownName(_, "night", _)) -> ()
                | other -> failtest $"expected UnknownName, found %A{other}"

                for name in
                    [
                        "garch(x(a);x(b))"
                        "garch(x(a+a))"
                        "garch(x(a+))"
                        "component(x(a))"
                        "figarch(x(a))"
                    ] do
                    match GarchForecaster.ofName name with
                    | Error(Fault.BadSetting _) -> ()
                    | other -> failtest $"{name}: expected BadSetting, found %A{other}"

            testCase "walk forward, and forecast the measure's level"
            <| fun () ->
                let history = historyOf 33L 1400

                let config =
                    { WalkForwardConfig.defaults with
                        Window = WindowRule.Rolling 600
                        Horizons = [ 1; 5 ]
                        Clamp = ClampRule.Keep
                    }

                let tracks =
                    Expect.wantOk
                        (WalkForward.run config ignore CancellationToken.None [ ofName "garch"; ofName "gjr" ] history)
                        "tracks"

                for track in tracks do
                    let mean (values: Variance[]) = Array.averageBy Units.strip values
                    // Returns are three times the measure: without the ratio forecasts would be.
                    close 0.25 (mean track.Forecast) (mean track.Realised) $"{track.Model}, h = {track.Horizon}"
        ]
