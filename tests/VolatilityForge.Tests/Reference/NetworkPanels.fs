/// The small panel of the tests of networks, two cheap networks on it, and how they run.
module VolatilityForge.Tests.NetworkPanels

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests

let histories: Lazy<History list> =
    lazy (StagePanels.histories.Value |> List.map (History.upTo 650))

let panel: Lazy<Panel> = lazy (StagePanels.panelOf histories.Value)

let baseModel: IPanelForecaster = PanelModels.pooledLogHar []

/// Cheap: one small base, fits every half year, two members of two epochs.
let optionsOf (name: string) (make: PanelNetworkShape -> IModel) : PanelNetworkOptions =
    { PanelNetworkOptions.defaults name baseModel make with
        Seeds = [ 3L; 4L ]
        RefitMonths = 6
        ValidationMonths = 4
        BaseStart = 120
        BaseHorizons = [ 1 ]
        Gain = NetworkGain.Fixed 0.5
        Training =
            { Loop.standard with
                BatchSize = 16
                Limits = { Epochs = 2; Patience = None }
                // High enough that some snapshot beats the untrained one on so little data.
                PeakRate = 4e-3
            }
    }

let networks: (string * (PanelNetworkShape -> IModel)) list =
    [
        "panel-mlp",
        PanelNetworks.mlp
            {
                Layers = { Hidden = [ 12 ]; Dropout = 0.2 }
                RowWidth = 2
            }
        "panel-transformer",
        PanelNetworks.transformer
            { PanelTransformer.standard with
                Transformer =
                    { PanelTransformer.standard.Transformer with
                        Dim = 8
                        Heads = 4
                        KvHeads = 2
                    }
            }
    ]

let network (change: PanelNetworkOptions -> PanelNetworkOptions) (name: string) : IPanelNetwork =
    let make = networks |> List.find (fst >> (=) name) |> snd
    PanelNetwork.forecaster (change (optionsOf name make))

let config: PanelWalkForwardConfig =
    { PanelWalkForward.defaults with
        Horizons = [ 1 ]
        WarmUp = 300
        RefitEvery = 40
        Clamp = ClampRule.Keep
    }

let run (models: IPanelForecaster list) (panel: Panel) : ForecastTrack list =
    Expect.wantOk (PanelWalkForward.run config PanelWalkForward.unmonitored models panel) "tracks"

let both (change: PanelNetworkOptions -> PanelNetworkOptions) : IPanelForecaster list =
    networks |> List.map (fun (name, _) -> network change name :> IPanelForecaster)

let whole: Lazy<ForecastTrack list> = lazy (run (baseModel :: both id) panel.Value)

let of' (model: string) (tracks: ForecastTrack list) : ForecastTrack list =
    tracks |> List.filter (fun track -> track.Model = model)

let names = networks |> List.map fst

let sameBits (left: Variance) (right: Variance) : bool =
    BitConverter.DoubleToInt64Bits(float left) = BitConverter.DoubleToInt64Bits(float right)

let fits (network: IPanelNetwork) : PanelNetworkUse list =
    Expect.wantOk (network.Fits(panel.Value, PanelWalkForward.schedule config panel.Value 1)) "fits"
