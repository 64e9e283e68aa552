/// Disks that die, fill up or lose power at a chosen operation.
module VolatilityForge.Tests.FailingDisk

open System
open System.Collections.Generic
open System.IO
open VolatilityForge

/// The process is gone: nothing after this is done, no clean-up either.
exception Died

/// What happens at the chosen operation.
[<RequireQualifiedAccess>]
type DiskFailure =
    /// Killed before the operation.
    | Killed
    /// Killed in the middle of it: half of the bytes of an append are written; for others, after it.
    | KilledWithin
    /// Killed before it with the power cut: what was not flushed is lost, a rename whose folder was not flushed too.
    | PowerCut
    /// Likewise, but the system had flushed the names on its own, and half of the bytes.
    | PowerCutLate
    /// The operation gives an error, the process lives.
    | DiskFull

/// A disk over real files that fails at its operation number `at`, from 0. The counter is told of every operation.
let failing (failure: DiskFailure) (at: int) (counter: int -> unit) : Disk =
    let unflushed = HashSet<string>()
    let paths = Dictionary<Stream, string>()
    // Undoes renames that no flush of their folder has made last.
    let pending = Stack<unit -> unit>()
    let mutable operation = -1
    let mutable dead = false

    let cut (late: bool) =
        for path in List.ofSeq unflushed do
            if File.Exists path then
                use file = File.OpenWrite path
                file.SetLength(if late then file.Length / 2L else 0L)

        if not late then
            for undo in pending do
                undo ()

    let step (within: unit -> unit) (whole: unit -> 'a) : 'a =
        if dead then
            raise Died

        operation <- operation + 1
        counter operation

        if operation <> at then
            whole ()
        else
            match failure with
            | DiskFailure.DiskFull -> raise (IOException "no space left on the device")
            | _ ->
                dead <- true

                if failure = DiskFailure.KilledWithin then
                    within ()

                for file in List.ofSeq paths.Keys do
                    file.Dispose()

                match failure with
                | DiskFailure.PowerCut -> cut false
                | DiskFailure.PowerCutLate -> cut true
                | _ -> ()

                raise Died

    let keep (path: string) : unit -> unit =
        if File.Exists path then
            let before = File.ReadAllBytes path
            fun () -> File.WriteAllBytes(path, before)
        else
            fun () -> File.Delete path

    {
        Create =
            fun path ->
                step ignore (fun () ->
                    // Without a buffer, so that what was appended before a kill is in the file.
                    let file =
                        new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 0)

                    paths[file] <- path
                    unflushed.Add path |> ignore
                    file)
        Append =
            fun file bytes ->
                step (fun () -> file.Write(bytes.Span.Slice(0, bytes.Length / 2))) (fun () -> file.Write bytes.Span)
        Flush =
            fun file ->
                step ignore (fun () ->
                    file.Flush()
                    unflushed.Remove paths[file] |> ignore)
        Close =
            fun file ->
                paths.Remove file |> ignore
                file.Dispose()
        Rename =
            fun source target ->
                let rename () =
                    pending.Push(keep target)
                    File.Move(source, target, true)

                    if unflushed.Remove source then
                        unflushed.Add target |> ignore

                step rename rename
        FlushFolder = fun _ -> step pending.Clear pending.Clear
        Delete = fun path -> step (fun () -> File.Delete path) (fun () -> File.Delete path)
    }
