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

            let! shards = ShardSet.read (List.concat paths)

            let! tell =
                if PanelShards.isPanel shards then
                    RunOutput.results folder replace PanelView.write (PanelView.tell voice) (fun () ->
                        PanelShards.merge threads shards)
                else
                    RunOutput.results folder replace ResultView.write (ResultView.tell voice) (fun () ->
                        ShardSet.join Models.registry threads shards)

            tell ()
        }
