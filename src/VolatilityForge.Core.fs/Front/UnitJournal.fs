/// Done units kept while a run is under way, so that a run that was killed loses seconds. Runs nothing.
namespace VolatilityForge

open System
open System.Diagnostics
open System.IO

/// The done units of one run in a folder. For one thread at a time.
[<Sealed>]
type UnitJournal private (folder: string, identity: ExperimentIdentity, known: ExperimentPart list) =

    /// Units that take longer together are written: what a kill may cost.
    static let patience = TimeSpan.FromSeconds 1.0

    let waiting = ResizeArray<ExperimentPart>()
    let sinceWritten = Stopwatch.StartNew()

    let write () : unit =
        if waiting.Count > 0 then
            Directory.CreateDirectory folder |> ignore

            // Beyond every number in use: a damaged file that was removed leaves a gap, so that a count would name a good file.
            let number =
                Directory.GetFiles(folder, "*.safetensors")
                |> Array.choose (fun path ->
                    match Int32.TryParse(Path.GetFileNameWithoutExtension path) with
                    | true, number -> Some number
                    | _ -> None)
                |> Array.fold max 0
                |> (+) 1

            UnitFile.save
                (Path.Combine(folder, $"{number:D6}.safetensors"))
                {
                    Identity = identity
                    Shard = Shard.whole
                    Histories = []
                    Parts = List.ofSeq waiting
                }
            |> Fault.orRaise

            waiting.Clear()
            sinceWritten.Restart()

    /// Units of the run that were done before.
    member _.Known: ExperimentPart list = known

    /// Keeps a unit: on disk at once where a network was trained in it, else with others within a second of work. Raises
    /// Fault.BadFile where that can't be written.
    member _.Keep(part: ExperimentPart) : unit =
        waiting.Add part

        if not part.Training.IsEmpty || sinceWritten.Elapsed > patience then
            write ()

    /// Puts what was kept on disk.
    member _.Flush() : unit = write ()

    /// The journal of a run of this identity in a folder of networks' checkpoints; journals of other runs stay untouched. A damaged
    /// file is told to `onNote` and removed: its units are done again.
    static member Open
        (root: string, identity: ExperimentIdentity, onNote: string -> unit)
        : Result<UnitJournal, Fault> =
        let folder = Path.Combine(root, "units-" + identity.Key)

        try
            let files =
                if Directory.Exists folder then
                    Directory.GetFiles(folder, "*.safetensors")
                    |> Array.sortWith (fun one other -> String.CompareOrdinal(one, other))
                else
                    [||]

            let parts =
                [
                    for path in files do
                        match UnitFile.load path with
                        | Ok file when file.Identity = identity -> yield! file.Parts
                        | Ok _ -> ()
                        | Error fault ->
                            onNote (Fault.describe fault)
                            File.Delete path
                ]

            Ok(UnitJournal(folder, identity, parts))
        with
        | :? IOException
        | :? UnauthorizedAccessException as error ->
            Error(Fault.BadFile(folder, $"can't be read ({error.Message.TrimEnd '.'})", ""))
