/// The folder beside a run's output in which networks in training keep checkpoints until the run is done.
namespace VolatilityForge.Cli

open System.IO
open System.Text.Json
open VolatilityForge

/// Making, checking and removing it.
[<RequireQualifiedAccess>]
module ResumeFolder =

    let private settingsName = "config.json"

    /// OUT.resume, for the output folder OUT.
    let ofOutput (output: string) : string =
        Path.TrimEndingDirectorySeparator output + ".resume"

    let private remove (folder: string) : unit =
        if Directory.Exists folder then
            Directory.Delete(folder, true)

    /// Names of the settings whose values differ between two JSON texts.
    let private differing (one: string) (other: string) : string list =
        use one = JsonDocument.Parse one
        use other = JsonDocument.Parse other

        [
            for entry in one.RootElement.EnumerateObject() do
                match other.RootElement.TryGetProperty entry.Name with
                | true, value when value.GetRawText() = entry.Value.GetRawText() -> ()
                | _ -> entry.Name
        ]

    let private sameSettings (folder: string) (settings: string) : Result<unit, Fault> =
        let path = Path.Combine(folder, settingsName)

        let names =
            try
                if File.Exists path then
                    differing settings (File.ReadAllText path)
                else
                    []
            with :? JsonException ->
                [ "all" ]

        if names.IsEmpty then
            Ok()
        else
            let list = System.String.Join(", ", names)
            let remedy = "Resume with the same options, or start anew with --force."
            Error(Fault.BadFile(folder, $"the interrupted run had other settings ({list})", remedy))

    let private start (folder: string) (settings: string) : Result<unit, Fault> =
        try
            Directory.CreateDirectory folder |> ignore
            File.WriteAllText(Path.Combine(folder, settingsName), settings)
            Ok()
        with
        | :? IOException
        | :? System.UnauthorizedAccessException as error ->
            Error(Fault.BadFile(folder, $"can't be written ({error.Message.TrimEnd '.'})", ""))

    /// A killed run leaves the folder in which it would have gathered its results.
    let private sweep (output: string) : unit =
        let target = Path.TrimEndingDirectorySeparator(Path.GetFullPath output)
        let parent = Path.GetDirectoryName target

        if not (isNull parent) && Directory.Exists parent then
            for folder in Directory.GetDirectories(parent, Path.GetFileName target + ".*.partial") do
                remove folder

    /// Readies the folder. Without `resume`, checkpoints of an interrupted run are a fault, or removed when `force` says
    /// so; with it they stay, if they are of the same settings.
    let prepare (resume: bool) (force: bool) (output: string) (config: ExperimentConfig) : Result<string, Fault> =
        let folder = ofOutput output
        let settings = ConfigJson.toText config

        let ready =
            if not (Directory.Exists folder) then
                Ok()
            elif resume then
                sweep output
                sameSettings folder settings
            elif force then
                remove folder
                Ok()
            else
                let remedy = "Add --resume to go on with it, or --force to start anew."
                Error(Fault.BadFile(folder, "an interrupted run's checkpoints are there", remedy))

        ready
        |> Result.bind (fun () -> start folder settings)
        |> Result.map (fun () -> folder)

    /// After the run: removed when it is done or holds no checkpoint; true when it stays.
    let close (isDone: bool) (folder: string) : bool =
        if isDone || Array.isEmpty (Directory.GetDirectories folder) then
            remove folder
            false
        else
            true
