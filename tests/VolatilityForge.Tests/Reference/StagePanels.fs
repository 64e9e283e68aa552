/// The simulated panel of the two-stage model's tests, and how they run models on it.
module VolatilityForge.Tests.StagePanels

open System
open System.IO
open Expecto
open VolatilityForge

let golden (name: string) : string =
    match Market.repositoryFile (Path.Combine("tests", "golden", name)) with
    | Some path -> path
    | None -> failtest $"{name} is missing"

let groups =
    [ "A", "north"; "B", "north"; "C", "north"; "D", "south"; "E", "south" ]

let histories: Lazy<History list> =
    lazy
        ((Expect.wantOk (MeasureFile.read MeasureFile.defaults (golden "panel-px-input.csv")) "the file is sound")
            .Histories)

let panelOf (histories: History list) : Panel =
    let made =
        Panel.create histories
        |> Result.bind (Panel.withGroups groups)
        |> Result.bind (Panel.withLead "B")

    Expect.wantOk made "the panel is sound"

let panel: Lazy<Panel> = lazy (panelOf histories.Value)

let config: PanelWalkForwardConfig =
    { PanelWalkForward.defaults with
        WarmUp = 420
        Clamp = ClampRule.Keep
        Threads = 2
    }

let model (name: string) : IPanelForecaster =
    Expect.wantOk (PanelModels.registry.Create(name, [])) "the model is known"

let run (config: PanelWalkForwardConfig) (models: IPanelForecaster list) (panel: Panel) : ForecastTrack list =
    Expect.wantOk (PanelWalkForward.run config PanelWalkForward.unmonitored models panel) "tracks"

let sameBits (left: float) (right: float) : bool =
    BitConverter.DoubleToInt64Bits left = BitConverter.DoubleToInt64Bits right

let canaryDate = DateOnly(2011, 6, 15)
