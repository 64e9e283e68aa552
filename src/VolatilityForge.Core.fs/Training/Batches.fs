/// Samples and the order in which batches read them. Knows no network.
namespace VolatilityForge

open TorchSharp

/// Samples on the host: inputs in row-major order and one target each.
type Samples =
    {
        /// (samples, time, features), row-major.
        Inputs: float32[]
        Count: int
        Time: int
        Features: int
        /// One number per sample, in the objective's unit: logarithms of variance.
        Targets: float32[]
    }

/// Samples as tensors on a device.
type LoadedSamples =
    {
        Input: Tensor // (samples, time, features)
        Target: Tensor
    } // (samples); (samples, answers) for networks of several answers, NaN where there is no target

/// Batches of samples.
[<RequireQualifiedAccess>]
module Batches =

    /// The samples, or the fault of arrays that don't match their extents or hold a number that is not finite.
    let check (samples: Samples) : Result<Samples, Fault> =
        let fault axis expected found =
            Fault.BadShape("samples", axis, string expected, string found)

        let faults =
            [
                if samples.Inputs.Length <> samples.Count * samples.Time * samples.Features then
                    fault "inputs" (samples.Count * samples.Time * samples.Features) samples.Inputs.Length
                if samples.Targets.Length <> samples.Count then
                    fault "targets" samples.Count samples.Targets.Length
                if samples.Count < 1 then
                    Fault.TooShort("A set of samples", 1, samples.Count)
                match Array.tryFindIndex (fun value -> not (System.Single.IsFinite value)) samples.Inputs with
                | Some index ->
                    let width = max 1 (samples.Time * samples.Features)

                    let place =
                        {
                            Source = "samples"
                            Row = index / width + 1
                            Column = $"input {index % width}"
                        }

                    Fault.BadData(place, "inputs must be finite", string samples.Inputs[index], "")
                | None -> ()
                match Array.tryFindIndex (fun value -> not (System.Single.IsFinite value)) samples.Targets with
                | Some index ->
                    let place =
                        {
                            Source = "samples"
                            Row = index + 1
                            Column = "target"
                        }

                    Fault.BadData(place, "targets must be finite", string samples.Targets[index], "")
                | None -> ()
            ]

        match faults with
        | [] -> Ok samples
        | several -> Error(Fault.combine several)

    /// The samples on a device, in float32.
    let load (device: torch.Device) (samples: Samples) : LoadedSamples =
        let place (shape: int64[]) (values: float32[]) =
            Scope.one (fun () -> (Ops.ofArray shape values).``to`` device)

        {
            Input = place [| int64 samples.Count; int64 samples.Time; int64 samples.Features |] samples.Inputs
            Target = place [| int64 samples.Count |] samples.Targets
        }

    /// Frees the tensors.
    let unload (samples: LoadedSamples) : unit =
        samples.Input.Dispose()
        samples.Target.Dispose()

    /// Runs a body on samples that are on a device as long as it runs.
    let using (device: torch.Device) (samples: Samples) (body: LoadedSamples -> 'result) : 'result =
        let loaded = load device samples

        try
            body loaded
        finally
            unload loaded

    /// Sample numbers of an epoch's batches: a permutation that depends on the generator and the epoch alone.
    let order (rng: Rng) (epoch: int) (size: int) (count: int) : int64[][] =
        let struct (shuffled, _) =
            rng |> Rng.splitAt epoch |> Rng.shuffle [| 0L .. int64 count - 1L |]

        Array.chunkBySize size shuffled

    /// The batch of the sample numbers.
    let take (samples: LoadedSamples) (numbers: int64[]) : LoadedSamples =
        let index =
            torch.tensor(numbers, dtype = torch.ScalarType.Int64).``to`` samples.Input.device

        {
            Input = samples.Input.index_select (0L, index)
            Target = samples.Target.index_select (0L, index)
        }
