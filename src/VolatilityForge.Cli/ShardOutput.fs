/// What a run in shards leaves in its folder, and where it keeps work that is under way. Runs nothing.
namespace VolatilityForge.Cli

open System
open System.IO
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// Reading, checking and telling shards.
[<RequireQualifiedAccess>]
module ShardOutput =

    /// What --shard says; None for the whole run.
    let asked (arguments: ParseResults<RunArgs>) : Result<Shard option, Fault> =
        match arguments.TryGetResult RunArgs.Shard with
        | None -> Ok None
        | Some text -> Shard.parse text |> Result.map Some

    /// A fault for output that is there already: known before the work, not after it.
    let checkFree (folder: string) (shard: Shard option) : Result<unit, Fault> =
        match shard with
        | Some shard when File.Exists(ShardSet.path folder shard) ->
            let path = ShardSet.path folder shard
            Error(Fault.BadFile(path, "the file exists", "Name another folder with --out, or add --force."))
        | None when Directory.Exists folder ->
            Error(Fault.BadFile(folder, "the folder exists", "Name another with --out, or add --force."))
        | _ -> Ok()

    /// What finished work stands beside while the run is under way.
    let target (folder: string) (shard: Shard option) : string =
        match shard with
        | Some shard -> Path.ChangeExtension(ShardSet.path folder shard, null)
        | None -> folder

    /// The shard's file on standard output.
    let tell (voice: Voice) (shard: Shard) (path: string) : unit =
        if voice.Json then
            Terminal.json (
                Json.object' [ "shard", JsonValue.Create(Shard.toText shard); "file", JsonValue.Create path ]
            )
        else
            Console.Out.WriteLine $"shard {Shard.toText shard}: {path}"
