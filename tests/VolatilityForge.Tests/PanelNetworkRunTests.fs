/// Panel runs with networks: what is refused before models walk, what counts as evidence, what seeds are scored on.
module VolatilityForge.Tests.PanelNetworkRunTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests
open VolatilityForge.Tests.NetworkPanels

/// Cheap: a small base and perceptron, fits every half year, one member of one epoch.
let private options: PanelNetworkOptions =
    let mlp =
        PanelNetworks.mlp
            {
                Layers = { Hidden = [ 8 ]; Dropout = 0.0 }
                RowWidth = 2
            }

    let usual = optionsOf "net" mlp

    { usual with
        Seeds = [ 3L ]
        Training =
            { usual.Training with
                Limits = { Epochs = 1; Patience = None }
            }
    }

let private config: PanelConfig =
    { PanelConfig.defaults with
        Models = [ "eb-log"; "net" ]
        Baseline = "eb-log"
        Horizons = [ 1 ]
        Groups = StagePanels.groups
        Lead = Some "B"
        WarmUp = 300
        RefitEvery = 40
        NearZero = 0.0
    }

let private withNetwork (options: PanelNetworkOptions) : PanelRegistry =
    Registry.add "net" (fun _ -> PanelNetwork.forecaster options :> IPanelForecaster) PanelModels.registry

let private run (registry: PanelRegistry) (config: PanelConfig) (monitor: PanelMonitor) : Result<PanelResult, Fault> =
    PanelExperiment.runWith registry config 1 monitor [] histories.Value

let private uses (options: PanelNetworkOptions) : PanelNetworkUse list =
    let schedule =
        PanelWalkForward.schedule (PanelExperiment.walkForwardOf 1 config) panel.Value 1

    Expect.wantOk ((PanelNetwork.forecaster options).Fits(panel.Value, schedule)) "fits"

/// The variance of the day before, and nothing of the first symbol on every tenth day.
let private silent: IPanelForecaster =
    { new IPanelForecaster with
        member _.Name = "silent"

        member _.Fit(_, _, _) =
            Ok
                { new IPanelFitted with
                    member _.Forecast(panel, symbol, day) =
                        if symbol = 0 && day.Index % 10 = 3 then
                            nan * 1.0< / day>
                        else
                            panel.Histories[symbol].Variance[day.Index]
                }
    }

[<Tests>]
let suite =
    testSequenced
    <| testList
        "Panel runs with networks"
        [
            testCase "fits that stayed untrained are no evidence: the first gain holds"
            <| fun () ->
                let used =
                    uses
                        { options with
                            Gain = NetworkGain.Past([ 0.0; 0.25; 0.5 ], 0.5)
                            // A step of this size moves no weight.
                            Training =
                                { options.Training with
                                    PeakRate = 1e-30
                                }
                        }

                Expect.isGreaterThan used.Length 1 "fits"

                for used in used do
                    Expect.equal used.Fit.Untrained 1 $"{used.Fit.FittedOn}: untrained"
                    Expect.equal used.Gain 0.5 $"{used.Fit.FittedOn}: the first gain"

            testCase "a number that is the same in every row is not blown up by the rounding of its mean"
            <| fun () ->
                let constant =
                    PanelFeature.optional "constant" (fun view -> Array.create view.Logs.Length 123.1)

                for used in uses { options with Extra = [ constant ] } do
                    let scaler = used.Fit.Scaler
                    Expect.floatClose Accuracy.high (Array.last scaler.Mean) 123.1 "its mean"
                    Expect.equal (Array.last scaler.Scale) 1.0 "its scale"

            testCase "seeds are scored on the days of their network: one seed has the network's own row"
            <| fun () ->
                let registry = withNetwork options |> Registry.add "silent" (fun _ -> silent)

                let result =
                    Expect.wantOk
                        (run
                            registry
                            { config with
                                Models = config.Models @ [ "silent" ]
                            }
                            PanelWalkForward.unmonitored)
                        "result"

                Expect.isNonEmpty result.Unforecast "days are left out"
                let report = List.exactlyOne result.Networks

                let figures (row: PanelReportRow) = row.Qlike, row.QlikeRatio, row.Better

                Expect.equal (figures (List.exactlyOne report.Seeds).Row) (figures report.Row) "the row"

            testCase "a run reports what a network was worth, by year, fit and seed, and runs its base too"
            <| fun () ->
                let registry =
                    Registry.add "net" (fun _ -> network id "panel-mlp" :> IPanelForecaster) PanelModels.registry

                let result =
                    Expect.wantOk (run registry config PanelWalkForward.unmonitored) "result"

                let report = result.Networks |> List.exactlyOne
                Expect.equal (report.Model, report.Base) ("panel-mlp", baseModel.Name) "names"
                Expect.equal result.Config.Models [ "eb-log"; "net"; baseModel.Name ] "the base is run"
                Expect.equal (report.Seeds |> List.map _.Seed) [ 3L; 4L ] "seeds"
                Expect.isGreaterThan report.Fits.Length 1 "fits"

                let of' (model: string) =
                    result.Table.Rows |> List.find (fun row -> row.Model = model) |> _.Qlike

                Expect.floatClose Accuracy.high report.Row.Qlike (of' "panel-mlp") "its QLIKE"
                Expect.floatClose Accuracy.high report.Row.QlikeRatio (of' "panel-mlp" / of' baseModel.Name) "its ratio"

                for year in report.Years do
                    let cell (model: string) =
                        result.Table.ByYear
                        |> List.find (fun cell -> cell.Model = model && cell.Part = year.Year)
                        |> _.Qlike

                    Expect.equal (year.Base, year.Network) (cell baseModel.Name, cell "panel-mlp") year.Year
        ]
    |> Needs.tensors

[<Tests>]
let refused =
    testList
        "Panel runs with networks that are refused"
        [
            testCase "settings outside their domain are faults before any model walks"
            <| fun () ->
                let mutable walked = 0

                let monitor =
                    { PanelWalkForward.unmonitored with
                        Keep = fun _ _ -> walked <- walked + 1
                    }

                for wrong in
                    [
                        { options with Seeds = [] }
                        { options with Seeds = [ 1L; 1L ] }
                        { options with RefitMonths = 0 }
                        { options with BaseEvery = 0 }
                    ] do
                    match run (withNetwork wrong) config monitor with
                    | Error(Fault.BadSetting _) -> ()
                    | other -> failtest $"%A{other}"

                Expect.equal walked 0 "nothing was walked"

            testCase "a base that has the name of a model of the run and other settings is a fault"
            <| fun () ->
                let other =
                    EbLog.forecaster
                        { PanelRegression.defaults with
                            Name = "eb-log"
                            Shrinkage = Shrinkage.ToPooled 7.0
                        }

                match run (withNetwork { options with Base = other }) config PanelWalkForward.unmonitored with
                | Error(Fault.BadSetting(setting, _, name)) ->
                    Expect.equal (setting, name) ("base of the network", "eb-log") "which"
                | other -> failtest $"%A{other}"

                let two =
                    withNetwork { options with Base = other }
                    |> Registry.add "two" (fun _ ->
                        PanelNetwork.forecaster
                            { options with
                                Name = "two"
                                Base = PanelModels.ebLog []
                            }
                        :> IPanelForecaster)

                Expect.isError
                    (run
                        two
                        { config with
                            Models = [ "log-har"; "net"; "two" ]
                            Baseline = "log-har"
                        }
                        PanelWalkForward.unmonitored)
                    "two networks on two bases of one name"

            testCase "settings of a panel from before measures and networks are read with what runs did then"
            <| fun () ->
                let kept = (PanelConfig.toNode config).AsObject()

                for name in [ "Measures"; "Network" ] do
                    kept.Remove name |> ignore

                Expect.equal (PanelConfig.ofText "panel.json" (kept.ToJsonString())) (Ok config) "the same"
                kept.Remove "Lead" |> ignore

                for text in [ kept.ToJsonString(); "null"; "[]"; "1"; "{" ] do
                    match PanelConfig.ofText "panel.json" text with
                    | Error(Fault.BadFile _) -> ()
                    | other -> failtest $"%A{other}"
        ]
