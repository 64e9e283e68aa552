/// A training run at one moment, whole: everything that decides what its next step does. Knows no file.
namespace VolatilityForge

open System.Collections.Generic
open System.Text.Json
open System.Text.Json.Nodes

/// What a run is, apart from where it stands: a run goes on only with the same.
type RunIdentity =
    {
        /// The settings, as JSON.
        Config: string
        /// SHA-256 over training and validation samples.
        Data: string
        /// Names, shapes and element types of the parameters, and the network's own description where it has one.
        Network: string
    }

/// A run at one moment, on the host. Resuming from it gives, on CPU, the bits of the run that was not interrupted.
type Snapshot =
    {
        Identity: RunIdentity
        /// Phase, counters, early stopping, figures so far, and the place in the epoch.
        State: TrainingState
        /// The current weights, by parameter.
        Weights: StoredTensor list
        /// The weights with the smallest validation loss so far, by parameter; empty before the first validation.
        Best: StoredTensor list
        /// The vectors of optimiser and average, by name.
        Optimiser: StoredTensor list
        /// The numbers of optimiser, schedule, loss scale and average.
        Numbers: StepNumbers
        /// The state of the generator that dropout draws from.
        Generator: byte[]
    }

/// Snapshots as checkpoints and back.
[<RequireQualifiedAccess>]
module Snapshot =

    /// Raised when the meaning of a name or a field of the manifest changes.
    let version = "1"

    let private versionKey = "volatilityforge.snapshot"
    let private manifestKey = "manifest"

    let private under (group: string) (tensors: StoredTensor list) : StoredTensor list =
        tensors
        |> List.map (fun tensor ->
            { tensor with
                Name = $"{group}.{tensor.Name}"
            })

    let private taken (group: string) (tensors: StoredTensor list) : StoredTensor list =
        tensors
        |> List.filter (fun tensor -> tensor.Name.StartsWith(group + ".", System.StringComparison.Ordinal))
        |> List.map (fun tensor ->
            { tensor with
                Name = tensor.Name.Substring(group.Length + 1)
            })

    let private generator = "generator"

    /// The snapshot as a checkpoint: tensors weights.NAME, best.NAME, optimiser.SLOT and generator, the rest in a manifest
    /// that stands in the same file, so that no file can be of one moment and its manifest of another.
    let toCheckpoint (snapshot: Snapshot) : Checkpoint =
        let manifest = JsonObject()
        manifest["identity"] <- RecordJson.toNode snapshot.Identity
        manifest["state"] <- RecordJson.toNode snapshot.State
        manifest["numbers"] <- RecordJson.toNode snapshot.Numbers

        {
            Tensors =
                under "weights" snapshot.Weights
                @ under "best" snapshot.Best
                @ under "optimiser" snapshot.Optimiser
                @ [
                    {
                        Name = generator
                        Shape = [| snapshot.Generator.LongLength |]
                        Values = StoredValues.Byte snapshot.Generator
                    }
                ]
            Metadata = Map [ versionKey, version; manifestKey, manifest.ToJsonString() ]
        }

    let private manifestOf (tensors: StoredTensor list) (text: string) : Snapshot =
        use document = JsonDocument.Parse text
        let entry (name: string) = document.RootElement.GetProperty name

        {
            Identity = RecordJson.ofElement (entry "identity")
            State = RecordJson.ofElement (entry "state")
            Weights = taken "weights" tensors
            Best = taken "best" tensors
            Optimiser = taken "optimiser" tensors
            Numbers = RecordJson.ofElement (entry "numbers")
            Generator =
                match tensors |> List.tryFind (fun tensor -> tensor.Name = generator) with
                | Some { Values = StoredValues.Byte bytes } -> bytes
                | _ -> raise (KeyNotFoundException generator)
        }

    /// The snapshot of a checkpoint read from `path`, or a fault for a file of another kind or version.
    let ofCheckpoint (path: string) (checkpoint: Checkpoint) : Result<Snapshot, Fault> =
        let reject reason =
            Error(Fault.BadFile(path, reason, "Use a checkpoint that training of this version wrote."))

        match checkpoint.Metadata.TryFind versionKey, checkpoint.Metadata.TryFind manifestKey with
        | Some written, _ when written <> version ->
            reject $"it is a training checkpoint of version {written}; this program reads version {version}"
        | Some _, Some manifest ->
            try
                Ok(manifestOf checkpoint.Tensors manifest)
            with
            | :? JsonException
            | :? KeyNotFoundException
            | :? System.FormatException
            | :? System.ArgumentException
            | :? System.InvalidOperationException -> reject "its manifest can't be read"
        | _ -> reject "it is no training checkpoint"

    /// Fault.BadFile unless the run is the one the snapshot was taken of.
    let check (path: string) (identity: RunIdentity) (snapshot: Snapshot) : Result<Snapshot, Fault> =
        let reject what =
            let remedy =
                $"Resume with the {what} of the interrupted run, or start without resuming."

            Error(Fault.BadFile(path, $"it belongs to a run with other {what}", remedy))

        if snapshot.Identity.Config <> identity.Config then
            reject "settings"
        elif snapshot.Identity.Data <> identity.Data then
            reject "data"
        elif snapshot.Identity.Network <> identity.Network then
            reject "network"
        else
            Ok snapshot
