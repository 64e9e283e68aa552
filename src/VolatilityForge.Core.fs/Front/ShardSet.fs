/// Joining what shards of one run gave. Runs nothing.
namespace VolatilityForge

open System
open System.IO

/// Shards by the files that hold them.
[<RequireQualifiedAccess>]
module ShardSet =

    /// The file of a shard in a folder: shard-K-of-N.safetensors.
    let path (folder: string) (shard: Shard) : string =
        Path.Combine(folder, $"shard-{shard.Number}-of-{shard.Count}.safetensors")

    /// The files of shards in a folder, in ordinal order of their names. Fault.BadFile for a folder without one.
    let files (folder: string) : Result<string list, Fault> =
        let found =
            try
                Directory.GetFiles(folder, "shard-*-of-*.safetensors")
                |> Array.sortWith (fun one other -> String.CompareOrdinal(one, other))
                |> List.ofArray
            with
            | :? IOException
            | :? UnauthorizedAccessException -> []

        if found.IsEmpty then
            let remedy = "Run `volforge run --shard k/n` into it, or name the files."
            Error(Fault.BadFile(folder, "no file shard-K-of-N.safetensors is in it", remedy))
        else
            Ok found

    let private none: Fault = Fault.TooShort("A run in shards: files", 1, 0)

    let private refuse (path: string) (reason: string) (remedy: string) =
        Error(Fault.BadFile(path, reason, remedy))

    let private check (shards: (string * UnitFile) list) : Result<unit, Fault> =
        let firstPath, first = shards.Head
        let count = first.Shard.Count
        let ours = ExperimentIdentity.ofRun (ExperimentConfig.Default 5) []

        let foreign (path: string, file: UnitFile) =
            match ExperimentIdentity.differences first.Identity file.Identity with
            | [] when file.Shard.Count = count -> Ok()
            | [] ->
                let reason =
                    $"it is shard {Shard.toText file.Shard}, but {firstPath} is {Shard.toText first.Shard}"

                refuse path reason "Join shards of one number."
            | differences ->
                let list = String.Join(" and ", differences)
                refuse path $"it is of a run with {list} than {firstPath}" "Join the shards of one run."

        let repeated =
            shards
            |> List.groupBy (fun (_, file) -> file.Shard.Number)
            |> List.tryFind (fun (_, group) -> group.Length > 1)

        let missing =
            [ 1..count ]
            |> List.filter (fun number -> shards |> List.forall (fun (_, file) -> file.Shard.Number <> number))

        either {
            if first.Identity.Version <> ours.Version then
                let reason =
                    $"it is of version {first.Identity.Version}; this program is version {ours.Version}"

                return! refuse firstPath reason "Join shards with the program that made them."

            do! shards |> List.map foreign |> Checked.all

            match repeated with
            | Some(number, group) ->
                let names = String.Join(", ", List.map fst group)
                return! refuse names $"shard {number}/{count} is given {group.Length} times" "Give every shard once."
            | None -> ()

            if not missing.IsEmpty then
                let names =
                    String.Join(", ", missing |> List.map (fun number -> $"{number}/{count}"))

                let folder = Path.GetDirectoryName(Path.GetFullPath firstPath)
                return! refuse folder $"these shards are missing: {names}" "Run them, then join again."
        }

    /// All files of one run. Faults: TooShort for no file, BadFile for one that is damaged, of another run, given twice, and for those that
    /// are missing, each by name.
    let read (paths: string list) : Result<UnitFile list, Fault> =
        either {
            if paths.IsEmpty then
                return! Error none

            let! files =
                paths
                |> Checked.traverse (fun path -> UnitFile.load path |> Result.map (fun file -> path, file))

            do! check files
            return List.map snd files
        }

    /// Does one shard of a run and writes its file, whole or not at all. Faults: those of the settings, the data, the models and
    /// the path.
    let runWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (shard: Shard)
        (path: string)
        (histories: History list)
        : Result<unit, Fault> =
        Experiment.partsWith models config monitor shard histories
        |> Result.bind (fun parts ->
            UnitFile.save
                path
                {
                    Identity = ExperimentIdentity.ofRun config histories
                    Shard = shard
                    Histories = histories |> List.map (fun history -> { history with Measures = Map.empty })
                    Parts = parts
                })

    /// The results of a run out of all files of its shards, the same bits as from one run. Faults: TooShort for no file, those of
    /// Experiment.ofPartsWith.
    let join (models: ModelRegistry) (threads: int) (files: UnitFile list) : Result<ExperimentResult list, Fault> =
        match files with
        | [] -> Error none
        | first :: _ ->
            ConfigJson.ofText first.Identity.Settings
            |> Result.bind (fun config ->
                files
                |> List.collect _.Parts
                |> Experiment.ofPartsWith models config threads first.Histories)

    /// As `join`, of files by path. Faults: those of `read` and `join`.
    let mergeWith (models: ModelRegistry) (threads: int) (paths: string list) : Result<ExperimentResult list, Fault> =
        read paths |> Result.bind (join models threads)

    /// As `mergeWith`, with the models that come with the library.
    let merge (threads: int) (paths: string list) : Result<ExperimentResult list, Fault> =
        mergeWith Models.registry threads paths
