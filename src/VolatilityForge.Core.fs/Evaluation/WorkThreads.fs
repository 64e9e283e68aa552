/// Jobs on threads, with the result of one thread. Knows no forecast.
namespace VolatilityForge

open System.Threading
open System.Threading.Tasks

/// Running jobs.
[<RequireQualifiedAccess>]
module internal WorkThreads =

    /// Runs jobs, the free ones on so many threads in their order and then the others one by one; results in their order. The fault
    /// raised is that of the first job that has one; jobs after it may be left out.
    let run (threads: int) (jobs: struct (bool * (unit -> 'a))[]) : 'a list =
        let results = Array.create jobs.Length None

        let work (index: int) : unit =
            let struct (_, job) = jobs[index]
            results[index] <- Some(Fault.catch job)

        let serial, free =
            [| 0 .. jobs.Length - 1 |]
            |> Array.partition (fun index ->
                let struct (alone, _) = jobs[index]
                threads = 1 || alone)

        let firstFailure = ref jobs.Length
        let taken = ref -1

        let failed (index: int) : unit =
            lock firstFailure (fun () -> firstFailure.Value <- min firstFailure.Value index)

        let drain () : unit =
            let mutable place = Interlocked.Increment &taken.contents

            while place < free.Length do
                let index = free[place]

                if index < Volatile.Read &firstFailure.contents then
                    work index

                    if results[index] |> Option.exists Result.isError then
                        failed index

                place <- Interlocked.Increment &taken.contents

        ParallelLoop.unwrapped (fun () ->
            Parallel.For(
                0,
                min threads free.Length,
                ParallelOptions(MaxDegreeOfParallelism = threads),
                fun _ -> drain ()
            )
            |> ignore)

        for index in serial do
            if firstFailure.Value = jobs.Length then
                work index

                if results[index] |> Option.exists Result.isError then
                    failed index

        results |> Array.choose id |> Array.map Fault.orRaise |> List.ofArray
