/// No registered model looks ahead.
module VolatilityForge.Tests.CanaryTests

open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

[<Tests>]
let suite =
    testList
        "Leakage"
        [
            testCase
                "the canary: shuffling the days after a day changes no forecast up to it, for every registered forecaster"
            <| fun () ->
                let history = measured 36 400
                let day = 330

                let shuffled =
                    let struct (order, _) =
                        Rng.shuffle [| day + 1 .. History.length history - 1 |] (Rng.ofSeed 9L)

                    let at (index: int) =
                        if index <= day then index else order[index - day - 1]

                    { history with
                        Variance = Array.init history.Variance.Length (fun i -> history.Variance[at i])
                        Returns = Array.init history.Returns.Length (fun i -> history.Returns[at i])
                        Measures =
                            history.Measures
                            |> Map.map (fun _ values -> Array.init values.Length (fun i -> values[at i]))
                    }

                let config = ExperimentConfig.Default 5

                let registered =
                    Registry.names Models.registry
                    |> List.choose (fun name ->
                        match Expect.wantOk (Models.create Models.registry config name) name with
                        | Model.Forecaster forecaster -> Some forecaster
                        // Networks have this law in their own suite.
                        | Model.Network _ -> None)

                Expect.isGreaterThanOrEqual registered.Length 4 "the classical models"

                let upTo (history: History) =
                    let needed = registered |> List.map (fun model -> model.MinimumDays 5) |> List.max

                    let config =
                        { WalkForwardConfig.defaults with
                            Window = WindowRule.Rolling(max 100 needed)
                            Horizons = [ 1; 5 ]
                            Threads = 2
                        }

                    Expect.wantOk (WalkForward.run config ignore CancellationToken.None registered history) "tracks"
                    |> List.map (fun track -> track.Model, track.Forecast |> Array.take (day - track.Origins[0] + 1))

                Expect.equal (upTo shuffled) (upTo history) "forecasts up to the day"
        ]
