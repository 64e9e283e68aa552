/// The checkpoints of one training run in a folder: saved whole, the oldest removed, the newest whole one found again.
/// Knows no network.
namespace VolatilityForge

open System
open System.IO

/// What is kept in a folder, and how often.
type CheckpointPolicy =
    {
        Folder: string
        /// Save at the end of every so many epochs; the end of training and an interruption are always saved.
        EveryEpochs: int
        /// Also save after every so many steps.
        EverySteps: int option
        /// How many of the latest are kept.
        KeepLast: int
        /// Whether the one with the smallest validation loss is kept apart, as best.safetensors.
        KeepBest: bool
    }

/// The newest whole snapshot of a folder.
type FoundSnapshot =
    {
        Path: string
        Snapshot: Snapshot
        /// Newer files that could not be read, each with its reason.
        Damaged: Fault list
    }

/// Checkpoint folders.
[<RequireQualifiedAccess>]
module CheckpointFolder =

    /// Every epoch, the last three, the best apart.
    let policy (folder: string) : CheckpointPolicy =
        {
            Folder = folder
            EveryEpochs = 1
            EverySteps = None
            KeepLast = 3
            KeepBest = true
        }

    /// The policy, or every setting outside its domain.
    let check (policy: CheckpointPolicy) : Result<CheckpointPolicy, Fault> =
        let atLeastOne name value =
            value >= 1
            |> Checked.require (Fault.BadSetting(name, "must be at least 1", string value))

        Checked.all
            [
                policy.Folder <> ""
                |> Checked.require (Fault.BadSetting("checkpoint folder", "must not be empty", ""))
                atLeastOne "epochs between checkpoints" policy.EveryEpochs
                atLeastOne "steps between checkpoints" (defaultArg policy.EverySteps 1)
                atLeastOne "checkpoints kept" policy.KeepLast
            ]
        |> Result.map (fun _ -> policy)

    let private extension = ".safetensors"
    let private prefix = "step-"

    /// The file of the best weights' snapshot.
    let bestName = "best" + extension

    // Twelve digits put names in the order of steps.
    let private nameOf (snapshot: Snapshot) : string =
        $"{prefix}{snapshot.State.Step:D12}{extension}"

    let private isOurs (path: string) : bool =
        let name = Path.GetFileName path

        name.Length = prefix.Length + 12 + extension.Length
        && name.Substring(prefix.Length, 12) |> Seq.forall Char.IsAsciiDigit

    /// The checkpoints by step, oldest first; best.safetensors and files of other names are not among them.
    let list (folder: string) : string list =
        if Directory.Exists folder then
            Directory.GetFiles(folder, prefix + "*" + extension)
            |> Array.filter isOurs
            |> Array.sort
            |> List.ofArray
        else
            []

    /// Removes checkpoints of earlier steps than the one just written, all but as many as are kept beside it.
    let private removeOldest (disk: Disk) (policy: CheckpointPolicy) (written: string) : unit =
        let earlier =
            list policy.Folder
            |> List.filter (fun path -> String.CompareOrdinal(Path.GetFileName path, Path.GetFileName written) < 0)

        for path in List.truncate (max 0 (earlier.Length - policy.KeepLast + 1)) earlier do
            disk.Delete path

    /// Ok when the folder holds no checkpoint, or can be made: a new run must not mix with another.
    let checkEmpty (policy: CheckpointPolicy) : Result<unit, Fault> =
        if
            not (list policy.Folder).IsEmpty
            || File.Exists(Path.Combine(policy.Folder, bestName))
        then
            let remedy = "Go on from them, or name another folder."
            Error(Fault.BadFile(policy.Folder, "checkpoints of another run are there", remedy))
        else
            try
                Directory.CreateDirectory policy.Folder |> ignore
                Ok()
            with
            | :? IOException
            | :? ArgumentException
            | :? UnauthorizedAccessException as error ->
                Error(Fault.BadFile(policy.Folder, $"can't be written ({error.Message.TrimEnd '.'})", ""))

    /// Removes the checkpoints of a folder, damaged ones too.
    let clear (folder: string) : unit =
        for path in list folder do
            File.Delete path

    /// Writes the snapshot under its step's name and then removes what is more than the policy keeps, over a disk of one's
    /// own. After a fault the folder's earlier checkpoints are what they were.
    let saveOn (disk: Disk) (policy: CheckpointPolicy) (isBest: bool) (snapshot: Snapshot) : Result<string, Fault> =
        let path = Path.Combine(policy.Folder, nameOf snapshot)
        let checkpoint = Snapshot.toCheckpoint snapshot

        let within (body: unit -> Result<unit, Fault>) : Result<unit, Fault> =
            try
                body ()
            with
            | :? IOException
            | :? ArgumentException
            | :? UnauthorizedAccessException as error ->
                Error(Fault.BadFile(policy.Folder, $"can't be written ({error.Message.TrimEnd '.'})", ""))

        either {
            let! _ = check policy

            do!
                within (fun () ->
                    Directory.CreateDirectory policy.Folder |> ignore
                    Ok())

            do! Checkpoint.saveOn disk path checkpoint

            if isBest && policy.KeepBest then
                do! Checkpoint.saveOn disk (Path.Combine(policy.Folder, bestName)) checkpoint

            do!
                within (fun () ->
                    removeOldest disk policy path
                    Ok())

            return path
        }

    /// Writes the snapshot, on the machine's disk; see saveOn.
    let save (policy: CheckpointPolicy) (isBest: bool) (snapshot: Snapshot) : Result<string, Fault> =
        saveOn Disk.real policy isBest snapshot

    let private read (path: string) : Result<Snapshot, Fault> =
        Checkpoint.load path |> Result.bind (Snapshot.ofCheckpoint path)

    /// The newest checkpoint that is whole, None in a folder without any. When all are damaged, the fault of each.
    let tryLatest (folder: string) : Result<FoundSnapshot option, Fault> =
        let rec search (damaged: Fault list) (paths: string list) =
            match paths with
            | [] when damaged.IsEmpty -> Ok None
            | [] -> Error(Fault.combine (List.rev damaged))
            | path :: older ->
                match read path with
                | Ok snapshot ->
                    Ok(
                        Some
                            {
                                Path = path
                                Snapshot = snapshot
                                Damaged = List.rev damaged
                            }
                    )
                | Error fault -> search (fault :: damaged) older

        search [] (List.rev (list folder))

    /// The snapshot of a file, or of the newest whole file of a folder; a fault where there is none.
    let load (path: string) : Result<FoundSnapshot, Fault> =
        if Directory.Exists path then
            tryLatest path
            |> Result.bind (fun found ->
                match found with
                | Some found -> Ok found
                | None -> Error(Fault.BadFile(path, "there is no training checkpoint in the folder", "")))
        else
            read path
            |> Result.map (fun snapshot ->
                {
                    Path = path
                    Snapshot = snapshot
                    Damaged = []
                })
