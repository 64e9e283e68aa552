/// `volforge merge`: the shards of a run in, the files of the run out.
namespace VolatilityForge.Cli

open System.IO
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module MergeCommand =

    let private files (path: string) : Result<string list, Fault> =
        if Directory.Exists path then
            ShardSet.files path
        else
            Ok [ path ]

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<MergeArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared

        let folder =
            arguments.TryGetResult MergeArgs.Out
            |> Option.defaultWith (fun () -> Path.Combine("out", "merged"))

        let replace = arguments.Contains MergeArgs.Force

        either {
            let! threads = Shared.threads (arguments.TryGetResult MergeArgs.Threads)

            if Directory.Exists folder && not replace then
                return! Error(Fault.BadFile(folder, "the folder exists", "Name another with --out, or add --force."))

            let! paths = arguments.GetResults MergeArgs.Shards |> Checked.traverse files

            let! results =
                ResultFiles.intoFolder folder replace (fun staging ->
                    either {
                        let! results = ShardSet.merge threads (List.concat paths)
                        do! ResultView.write staging results
                        return results
                    })

            if voice.Json then
                ResultView.json folder results
            else
                ResultView.tables results
                ResultView.place folder
        }
