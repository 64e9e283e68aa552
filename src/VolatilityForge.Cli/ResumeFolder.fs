/// The folder beside a run's output in which finished units and checkpoints are kept until the run is done. One run at a
/// time uses it.
namespace VolatilityForge.Cli

open System
open System.IO
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open VolatilityForge

/// The folder of a run under way, which no other run can use. Disposing it lets another run in.
[<Sealed>]
type ResumeFolder internal (path: string, hold: FileStream) =

    /// OUT.resume.
    member _.Path: string = path

    interface IDisposable with
        member _.Dispose() = hold.Dispose()

/// Making, checking and removing it.
[<RequireQualifiedAccess>]
module ResumeFolder =

    let private settingsName = "config.json"
    let private lockName = "lock"
    let private anew = "Start anew with --force."

    /// OUT.resume, for the output folder OUT.
    let ofOutput (output: string) : string =
        Path.TrimEndingDirectorySeparator output + ".resume"

    let private guarded (path: string) (body: unit -> 'a) : Result<'a, Fault> =
        try
            Ok(body ())
        with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? ArgumentException as error ->
            Error(Fault.BadFile(path, $"can't be read or written ({error.Message.TrimEnd '.'})", ""))

    /// Everything in the folder but the lock.
    let private contents (folder: string) : string list =
        Directory.GetFileSystemEntries folder
        |> List.ofArray
        |> List.filter (fun path -> Path.GetFileName path <> lockName)

    let private empty (folder: string) : unit =
        for path in contents folder do
            if Directory.Exists path then
                Directory.Delete(path, true)
            else
                File.Delete path

    // A lock of the operating system, which goes with the process however that ends.
    let private take (folder: string) : Result<ResumeFolder, Fault> =
        let path = Path.Combine(folder, lockName)

        guarded folder (fun () ->
            Directory.CreateDirectory folder |> ignore

            try
                let hold =
                    new FileStream(
                        path,
                        FileMode.OpenOrCreate,
                        FileAccess.ReadWrite,
                        FileShare.None,
                        1,
                        FileOptions.DeleteOnClose
                    )

                Ok(new ResumeFolder(folder, hold))
            with :? IOException as error when error.GetType() = typeof<IOException> && File.Exists path ->
                Error(Fault.BadFile(folder, "another run is using it", "Wait for it to end, or name another --out.")))
        |> Result.bind id

    /// The version of the library, whose other versions may work another way, the data and the settings.
    let private settingsOf (identity: ExperimentIdentity) : string =
        let json = JsonObject()
        json["version"] <- JsonValue.Create identity.Version
        json["data"] <- JsonValue.Create identity.Data
        let settings = JsonNode.Parse(identity.Settings).AsObject()

        for name in [ for entry in settings -> entry.Key ] do
            let value = settings[name]
            settings.Remove name |> ignore
            json[name] <- value

        Json.indented json

    let private fields (path: string) (text: string) : Result<Map<string, string>, Fault> =
        let damaged = Error(Fault.BadFile(path, "holds no settings", anew))

        try
            use document = JsonDocument.Parse text

            if document.RootElement.ValueKind = JsonValueKind.Object then
                Ok(
                    Map
                        [
                            for entry in document.RootElement.EnumerateObject() -> entry.Name, entry.Value.GetRawText()
                        ]
                )
            else
                damaged
        with :? JsonException ->
            damaged

    let private sameSettings (folder: string) (path: string) (settings: string) : Result<unit, Fault> =
        either {
            let! text = guarded path (fun () -> File.ReadAllText path)
            let! before = fields path text
            let! now = fields path settings

            let names =
                [
                    for name in Seq.distinct (Seq.append now.Keys before.Keys) do
                        if now.TryFind name <> before.TryFind name then
                            name
                ]

            if names = [ "data" ] then
                let remedy = "Resume with the same data, or start anew with --force."
                return! Error(Fault.BadFile(folder, "the interrupted run had other data", remedy))

            if not names.IsEmpty then
                let list = String.Join(", ", names)
                let remedy = "Resume with the same options, or start anew with --force."
                return! Error(Fault.BadFile(folder, $"the interrupted run had other settings ({list})", remedy))
        }

    /// What a killed run has left: the folder in which it would have gathered its results, and files half-written.
    let private sweep (folder: string) (output: string) : unit =
        let target = Path.TrimEndingDirectorySeparator(Path.GetFullPath output)
        let parent = Path.GetDirectoryName target

        if not (isNull parent) && Directory.Exists parent then
            for staging in Directory.GetDirectories(parent, $"{Path.GetFileName target}.*{Disk.partial}") do
                Directory.Delete(staging, true)

        for file in Directory.GetFiles(folder, "*" + Disk.partial, SearchOption.AllDirectories) do
            File.Delete file

    let private ready (resume: bool) (force: bool) (output: string) (folder: string) (settings: string) =
        let path = Path.Combine(folder, settingsName)

        either {
            let! found =
                guarded folder (fun () ->
                    sweep folder output

                    if force && not resume then
                        empty folder

                    contents folder)

            if found.IsEmpty then
                do!
                    guarded folder (fun () ->
                        Disk.replace Disk.real path [ ReadOnlyMemory(Encoding.UTF8.GetBytes settings) ])
            elif resume then
                do! sameSettings folder path settings
            else
                let remedy = "Add --resume to go on with it, or --force to start anew."
                return! Error(Fault.BadFile(folder, "an interrupted run's checkpoints are there", remedy))
        }

    /// Readies the folder and keeps every other run out of it. Without `resume`, checkpoints of an interrupted run are a
    /// fault, or removed when `force` says so; with it they stay, if they are of the same settings, data and version.
    let prepare
        (resume: bool)
        (force: bool)
        (output: string)
        (identity: ExperimentIdentity)
        : Result<ResumeFolder, Fault> =
        let folder = ofOutput output

        take folder
        |> Result.bind (fun held ->
            match ready resume force output folder (settingsOf identity) with
            | Ok() -> Ok held
            | Error fault ->
                (held :> IDisposable).Dispose()
                // Only where nothing is in it.
                guarded folder (fun () -> Directory.Delete folder) |> ignore
                Error fault)

    /// After the run: removed when it is done or holds no checkpoint; true when it stays. A folder that can't be removed stays.
    let close (isDone: bool) (held: ResumeFolder) : bool =
        let removed =
            guarded held.Path (fun () ->
                let ends = isDone || Array.isEmpty (Directory.GetDirectories held.Path)

                if ends then
                    empty held.Path

                ends)

        (held :> IDisposable).Dispose()

        match removed with
        // Not with what is in it: from the line above on, another run may have begun to use it.
        | Ok true -> guarded held.Path (fun () -> Directory.Delete held.Path) |> Result.isError
        | _ -> true
