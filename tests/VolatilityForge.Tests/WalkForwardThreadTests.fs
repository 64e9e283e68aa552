/// Walk-forwards on many threads: the same tracks, the first fault, models that run alone.
module VolatilityForge.Tests.WalkForwardThreadTests

open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Walks

[<Tests>]
let suite =
    testList
        "Walk-forward on threads"
        [
            testCase "makes the same tracks on any number of threads, and tells progress one by one"
            <| fun () ->
                let history = simulated 33 300
                let one = run small (models ()) history
                let mutable told = 0

                let progress (made: int, _: int) =
                    told <- told + 1
                    Expect.equal made told "one by one"

                for threads in [ 2; 5 ] do
                    told <- 0
                    let config = { small with Threads = threads }

                    Expect.equal
                        (WalkForward.run config progress CancellationToken.None (models ()) history)
                        (Ok one)
                        $"{threads} threads"

                    Expect.equal told (one |> List.sumBy _.Origins.Length) "all told"

                // The fault is that of the first model that has one, whichever ends first.
                let broken name =
                    ruled name 1 (fun _ _ _ -> ()) (fun _ _ _ -> nan * 1.0< / day>)

                match
                    WalkForward.run
                        { small with Threads = 3 }
                        ignore
                        CancellationToken.None
                        (models () @ [ broken "first"; broken "second" ])
                        history
                with
                | Error(Fault.NotComputable(what, _, _)) -> Expect.stringContains what "first" "the first"
                | other -> failtest $"expected NotComputable, found %A{other}"

            testCase "runs a model that shares something alone, whatever the threads"
            <| fun () ->
                let mutable inside = 0
                let mutable most = 0

                let lonely name =
                    { new IForecaster with
                        member _.Name = name
                        member _.RefitEvery = 1
                        member _.MinimumDays _ = 1

                        member _.Fit(_, _, _) =
                            Ok
                                { new IFitted with
                                    member _.Forecast(history, origin) =
                                        most <- max most (Interlocked.Increment &inside)
                                        Thread.Yield() |> ignore
                                        Interlocked.Decrement &inside |> ignore
                                        history.Variance[origin]
                                }
                      interface ISerialForecaster
                    }

                run { small with Threads = 4 } [ lonely "a"; lonely "b"; lonely "c" ] (simulated 34 300)
                |> ignore

                Expect.equal most 1 "one at a time"
        ]
