/// Where a run writes: a folder of results, or one shard's file in it. Runs no model.
namespace VolatilityForge.Cli

open System
open System.IO
open Argu
open VolatilityForge

/// What the options say of the output.
type internal RunOutput =
    {
        Folder: string
        Replace: bool
        Shard: Shard option
    }

/// What a run does for its output.
type internal RunWork<'result> =
    {
        /// Does one shard into the file of a path.
        OfShard: Shard -> string -> Result<unit, Fault>
        Whole: unit -> Result<'result, Fault>
        /// Writes results into an existing folder.
        Write: string -> 'result -> Result<unit, Fault>
        /// Tells results that stand in a folder.
        Tell: string -> 'result -> unit
    }

/// Filling outputs.
[<RequireQualifiedAccess>]
module internal RunOutput =

    /// What --out, --force and --shard say; without --out a folder by the name of the data.
    let asked (arguments: ParseResults<RunArgs>) : Result<RunOutput, Fault> =
        let named () =
            let data = Sources.name (arguments.GetResult RunArgs.Data)
            Path.Combine("out", (Path.GetFileName data).Split('.')[0])

        ShardOutput.asked arguments
        |> Result.map (fun shard ->
            {
                Folder = arguments.TryGetResult RunArgs.Out |> Option.defaultWith named
                Replace = arguments.Contains RunArgs.Force
                Shard = shard
            })

    /// A fault for output that is there already and not to be replaced.
    let checkFree (output: RunOutput) : Result<unit, Fault> =
        if output.Replace then
            Ok()
        else
            ShardOutput.checkFree output.Folder output.Shard

    /// Results into a folder, and what tells them.
    let results
        (folder: string)
        (replace: bool)
        (write: string -> 'result -> Result<unit, Fault>)
        (tell: string -> 'result -> unit)
        (make: unit -> Result<'result, Fault>)
        : Result<unit -> unit, Fault> =
        // The folder is made first: one that can't be written shows before the work.
        ResultFiles.intoFolder folder replace (fun staging ->
            either {
                let! results = make ()
                do! write staging results
                return results
            })
        |> Result.map (fun results -> fun () -> tell folder results)

    /// Does the work, keeping what is finished beside the output until all is, and tells what came of it.
    let fill
        (voice: Voice)
        (resume: bool)
        (output: RunOutput)
        (identity: ExperimentIdentity)
        (work: ResumeFolder -> RunWork<'result>)
        : Result<unit, Fault> =
        either {
            let! kept =
                ResumeFolder.prepare resume output.Replace (ShardOutput.target output.Folder output.Shard) identity

            use _ = kept :> IDisposable
            let work = work kept

            let outcome =
                match output.Shard with
                | Some shard ->
                    let path = ShardSet.path output.Folder shard

                    work.OfShard shard path
                    |> Result.map (fun () -> fun () -> ShardOutput.tell voice shard path)
                | None -> results output.Folder output.Replace work.Write work.Tell work.Whole

            if ResumeFolder.close outcome.IsOk kept then
                Console.Error.WriteLine $"Finished work is kept in {kept.Path}; the same command with --resume goes on."

            let! tell = outcome
            tell ()
        }
