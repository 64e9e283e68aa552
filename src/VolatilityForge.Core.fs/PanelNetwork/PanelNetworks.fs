/// The panel models of the library with its networks, by name. Knows no walk-forward.
namespace VolatilityForge

open System
open System.Threading

/// What networks of a panel run have in common.
type PanelNetworkSettings =
    {
        /// The panel model whose errors they learn.
        Base: string
        /// Seeds of the members.
        Seeds: int64 list
        /// Months between fits, counted from January of year 0.
        RefitMonths: int
        /// "past" for the gain that was best on past years, or a number in [0, 1].
        Gain: string
    }

/// The networks.
[<RequireQualifiedAccess>]
module PanelNetworks =

    /// What settings call the gain of past years.
    let pastGainName: string = "past"

    /// On `panel`, three seeds, fits every second January, the gain of past years.
    let settings: PanelNetworkSettings =
        {
            Base = "panel"
            Seeds = [ 1L; 2L; 3L ]
            RefitMonths = 24
            Gain = pastGainName
        }

    /// The gain of a text.
    let gainOf (text: string) : Result<NetworkGain, Fault> =
        match
            text, Double.TryParse(text, Globalization.NumberStyles.Float, Globalization.CultureInfo.InvariantCulture)
        with
        | name, _ when name = pastGainName -> Ok PanelNetworkOptions.pastGain
        | _, (true, value) when value >= 0.0 && value <= 1.0 -> Ok(NetworkGain.Fixed value)
        | _ -> Error(Fault.BadSetting("gain of the network", "must be past, or a number in [0, 1]", text))

    /// A perceptron of each symbol's token.
    let mlp (config: PanelMlpConfig) (shape: PanelNetworkShape) : IModel =
        PanelMlp.create shape.Symbols shape.Inputs config shape.Device shape.Rng

    /// Attention over the symbols of a day.
    let transformer (config: PanelTransformerConfig) (shape: PanelNetworkShape) : IModel =
        PanelTransformer.create shape.Symbols shape.Inputs config shape.Device shape.Rng

    /// The library's networks by name.
    let known: (string * (PanelNetworkShape -> IModel)) list =
        [
            "panel-mlp", mlp PanelMlp.standard
            "panel-transformer", transformer PanelTransformer.standard
        ]

    /// Names of the library's panel models, networks included.
    let names: string list = Registry.names PanelModels.registry @ List.map fst known

    /// The registry with the library's networks over one of its models. That model is made once for extra features of the same names, so that
    /// networks share what it finds. Faults: a base that the registry doesn't have, or a gain that is none.
    let addTo
        (registry: PanelRegistry)
        (threads: int)
        (cancellation: CancellationToken)
        (settings: PanelNetworkSettings)
        : Result<PanelRegistry, Fault> =
        either {
            let! gain = gainOf settings.Gain

            let! make =
                match Registry.tryFind settings.Base registry with
                | Some make -> Ok make
                | None -> Error(Fault.UnknownName("base of the network", settings.Base, Registry.names registry))

            let made =
                Collections.Concurrent.ConcurrentDictionary<string, Lazy<IPanelForecaster>>()

            let once (extra: PanelFeature list) : IPanelForecaster =
                let key = String.Join('\n', extra |> List.map _.Name)
                made.GetOrAdd(key, (fun _ -> lazy (make extra))).Value

            let network
                (name: string, make: PanelNetworkShape -> IModel)
                (extra: PanelFeature list)
                : IPanelForecaster =
                PanelNetwork.forecaster
                    { PanelNetworkOptions.defaults name (once extra) make with
                        Extra = extra
                        Seeds = settings.Seeds
                        Gain = gain
                        RefitMonths = settings.RefitMonths
                        Threads = threads
                        Cancellation = cancellation
                    }

            return
                known
                |> List.fold
                    (fun registry (name, make) -> Registry.add name (network (name, make)) registry)
                    (Registry.add settings.Base once registry)
        }
