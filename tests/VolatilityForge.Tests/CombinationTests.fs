/// Combinations of forecasters, and names that are composed of others.
module VolatilityForge.Tests.CombinationTests

open System
open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private config = ExperimentConfig.Default 5

let private created (name: string) : IForecaster =
    match Expect.wantOk (Models.create Models.registry config name) name with
    | Model.Forecaster forecaster -> forecaster
    | Model.Network _ -> failtest $"{name} is no forecaster"

let private fitted (forecaster: IForecaster) (horizon: int) (history: History) (window: Window) : IFitted =
    Expect.wantOk (forecaster.Fit(history, window, horizon)) forecaster.Name

let private window: Window = { First = 30; Last = 529 }

[<Tests>]
let suite =
    testList
        "Combinations"
        [
            testCase "equal weights give the mean of the members' forecasts" (fun () ->
                let history = measured 61 600
                let names = [ "ewma"; "log-har"; "wls-har" ]
                let combined = created ("equal-weight(" + String.Join("+", names) + ")")

                for horizon in [ 1; 5 ] do
                    let own = (fitted combined horizon history window).Forecast(history, 560)

                    let mean =
                        names
                        |> List.averageBy (fun name ->
                            Units.strip ((fitted (created name) horizon history window).Forecast(history, 560)))

                    close 1e-12 (Units.strip own) mean "mean")

            testCase "weights are in proportion to one over the members' losses on the window's last labels" (fun () ->
                let history = measured 62 600
                let members = [ created "random-walk"; created "log-har" ]
                let judged, horizon = 120, 5

                let weights =
                    Expect.wantOk
                        (Combination.weights (CombinationRule.InverseQlike judged) members horizon history window)
                        "weights"

                let first = window.Last - horizon - judged + 1

                let before = { First = 30; Last = first }

                let labels =
                    [|
                        for day in 30 .. first - horizon -> Units.strip (History.target horizon history day)
                    |]

                let losses =
                    members
                    |> List.map (fun forecaster ->
                        let fit = fitted forecaster horizon history before

                        Seq.averageBy
                            (fun origin ->
                                let forecast =
                                    Units.strip (fit.Forecast(history, origin))
                                    |> max (0.5 * Array.min labels)
                                    |> min (2.0 * Array.max labels)

                                Loss.qlike (forecast * 1.0< / day>) (History.target horizon history origin))
                            (seq { first .. window.Last - horizon }))

                let expected = 1.0 / losses[0] / (1.0 / losses[0] + 1.0 / losses[1])
                close 1e-9 weights[0] expected "random walk"
                close 1e-12 (Array.sum weights) 1.0 "sum"
                Expect.isGreaterThan weights[1] weights[0] "the better one weighs more")

            testCase "nothing after the window changes a weight" (fun () ->
                let history = measured 63 600
                let rule = CombinationRule.InverseQlike 100
                let members = [ created "har"; created "log-har" ]

                let weights history =
                    Expect.wantOk (Combination.weights rule members 5 history window) "weights"

                Expect.equal (weights (changedAfter window.Last history)) (weights history) "weights")

            testCase "a member that explodes is moved into the window's range" (fun () ->
                let history = measured 64 600

                let exploding =
                    { new IForecaster with
                        member _.Name = "exploding"
                        member _.RefitEvery = 7
                        member _.MinimumDays _ = 1

                        member _.Fit(_, _, _) =
                            Ok
                                { new IFitted with
                                    member _.Forecast(_, _) = infinity * 1.0< / day>
                                }
                    }

                let combined =
                    Combination.forecaster
                        {
                            Name = "own"
                            Rule = CombinationRule.Equal
                        }
                        [ exploding ]

                Expect.equal combined.RefitEvery 7 "the slowest member's schedule"

                let largest =
                    Seq.max (seq { for day in 30..528 -> Units.strip history.Variance[day + 1] })

                let own = (fitted combined 1 history window).Forecast(history, 560)
                close 1e-12 (Units.strip own) (2.0 * largest) "twice the largest label")

            testCase "a member's NaN is the combination's, so that a walk-forward refuses it" (fun () ->
                let history = measured 64 600

                let gap =
                    { new IForecaster with
                        member _.Name = "gap"
                        member _.RefitEvery = 1
                        member _.MinimumDays _ = 1

                        member _.Fit(_, _, _) =
                            Ok
                                { new IFitted with
                                    member _.Forecast(_, _) = nan * 1.0< / day>
                                }
                    }

                for rule in [ CombinationRule.Equal; CombinationRule.InverseQlike 100 ] do
                    let combined =
                        Combination.forecaster { Name = "own"; Rule = rule } [ created "ewma"; gap ]

                    let own = (fitted combined 1 history window).Forecast(history, 560)
                    Expect.isTrue (Double.IsNaN(Units.strip own)) $"%A{rule}"

                    match
                        WalkForward.run
                            WalkForwardConfig.defaults
                            ignore
                            CancellationToken.None
                            [ combined ]
                            (measured 64 1100)
                    with
                    | Error fault -> Expect.stringContains (Fault.describe fault) "NaN" "names what it found"
                    | Ok _ -> failtest "NaN passed")

            testCase "composed names carry innovation, mean and start of a variance model" (fun () ->
                let spec (text: string) =
                    Expect.wantOk (GarchSpec.parseSpec text) text

                Expect.equal (spec "garch") GarchSpec.defaults "defaults"

                Expect.equal
                    (spec "GJR(2,1; skewed-t; ar(2); backcast; free)")
                    {
                        Mean = MeanModel.Ar 2
                        Variance = VarianceModel.Gjr(2, 1)
                        Innovation = Innovation.SkewedT
                        Start = VarianceStart.Backcast
                        Stationary = false
                    }
                    "all told"

                Expect.equal (spec "egarch(student-t)").Innovation Innovation.StudentT "without orders"

                for text, told in
                    [
                        "gjr(1,1;studnt)", "studnt"
                        "garch(1,1;ged;normal)", "innovation"
                        "tarch(unconditional)", "start"
                        "garch(0,1)", "orders"
                    ] do
                    match Models.create Models.registry config text with
                    | Error fault -> Expect.stringContains (Fault.describe fault) told text
                    | Ok _ -> failtest text

                let history = measured 65 600

                for name, parameter in [ "gjr(1,1;student-t)", "nu"; "garch(1,1;ar(1);backcast)", "ar[1]" ] do
                    let model = created name
                    Expect.equal model.Name name "its name"

                    match fitted model 1 history window with
                    | :? IHasParameters as told ->
                        Expect.contains (told.Parameters |> List.map fst) parameter "estimated"
                    | _ -> failtest "no parameters")

            testCase "composed names make models, and say what they don't know" (fun () ->
                let history = measured 65 600

                for name in
                    [
                        "equal-weight(har+garch)"
                        "qlike-weight(ewma+log-har-x(bipower))"
                        "har-x(bipower+quarticity)"
                        "log-har-x(bipower)"
                        "garch(2,1)"
                        "realized-garch(2,1)"
                        "log-har-smearing"
                        "equal-weight"
                        "qlike-weight"
                    ] do
                    let model = created name
                    Expect.equal model.Name name "its name"
                    let forecast = (fitted model 5 history window).Forecast(history, 560)
                    Expect.isTrue (Double.IsFinite(Units.strip forecast)) name

                let measures (name: string) =
                    match box (created name) with
                    | :? IReadsMeasures as reader -> reader.Measures
                    | _ -> []

                Expect.equal (measures "log-har-x(a+b)") [ "a"; "b" ] "measures of HAR-X"
                Expect.equal (measures "equal-weight(har+log-har-x(a))") [ "a" ] "measures of members"

                let checkOf models =
                    Experiment.check
                        { config with
                            Models = models
                            Baseline = List.head models
                        }

                Expect.isOk (checkOf [ "equal-weight(har+garch)"; "log-har" ]) "a config of such a name"

                for name in
                    [
                        "equal-weight(har+nothing)"
                        "nothing(har)"
                        "har-x"
                        "equal-weight(har+har)"
                    ] do
                    match Models.create Models.registry config name with
                    | Error fault -> Expect.isNonEmpty (Fault.describe fault) name
                    | Ok(Model.Forecaster forecaster) -> Expect.isError (forecaster.Fit(history, window, 1)) name
                    | Ok(Model.Network _) -> failtest name)

            testCase "HAR-X on logarithms is the regression on all cascades; a factor is read as it is" (fun () ->
                let history = measured 66 600
                let options = HarFamily.withMeasures "own" true [ "bipower" ]
                let fit = Expect.wantOk (HarFamily.fit options 1 history window) "fits"
                let v = history.Variance |> Array.map Units.strip
                let bipower = history.Measures["bipower"]

                let columns =
                    [|
                        for series in [ v; bipower ] do
                            for span in [ 1; 5; 22 ] ->
                                Array.init 600 (fun day ->
                                    if day < 21 then
                                        0.0
                                    else
                                        log (Array.average series[day - span + 1 .. day]))
                    |]

                let target = Array.init 600 (fun day -> if day < 599 then log v[day + 1] else 0.0)
                let plain = Expect.wantOk (Regression.ofRows columns target 30 528) "least squares"

                Array.iter2
                    (fun found expected -> close 1e-8 found expected "slope")
                    fit.Regression.Slopes
                    plain.Slopes

                let slope = Array.map log bipower

                let history =
                    Expect.wantOk (History.withMeasure "log_bipower" slope history) "joined"

                let factor =
                    { options with
                        Terms = [ HarTerm.Variance 1; HarTerm.Factor("log_bipower", 1) ]
                    }

                let same =
                    { options with
                        Terms = [ HarTerm.Variance 1; HarTerm.Measure("bipower", 1) ]
                    }

                let slopesOf options =
                    (Expect.wantOk (HarFamily.fit options 1 history window) "fits").Regression.Slopes

                Array.iter2 (fun a b -> close 1e-9 a b "slope") (slopesOf factor) (slopesOf same))
        ]
