/// A fitted pipeline fed row by row. Knows no source.
namespace VolatilityForge

open System
open System.Collections.Generic

/// Features of rows as they come: the same kernels over the last rows, so each value has the bits of the batch. Not for use by
/// several threads at once. It keeps as many rows as the features' memories need.
[<Sealed>]
type FeatureStream(pipeline: FittedPipeline) =

    /// Room beyond what is kept, so that rows are moved seldom.
    static let slack = 256

    let keep =
        1
        + (pipeline.Features |> List.fold (fun most feature -> max most feature.Memory) 0)

    let capacity = keep + max slack keep
    let index = Array.zeroCreate<DateTime> capacity
    let buffers = Dictionary<string, float[]>()

    let buffer (name: string) =
        let made = Array.zeroCreate<float> capacity
        buffers[name] <- made
        made

    let inputs = pipeline.Inputs |> List.map buffer |> Array.ofList

    let runs =
        pipeline.Features
        |> List.map (fun feature ->
            let read =
                feature.Spec.Columns |> List.map (fun name -> buffers[name]) |> Array.ofList

            let written =
                feature.Outputs |> List.map (fun output -> buffer output.Name) |> Array.ofList

            struct (feature.Definition, feature.Definition.Kernel feature.Spec feature.Learned, read, written))
        |> Array.ofList

    let outputs = pipeline.Names |> List.map (fun name -> buffers[name]) |> Array.ofList
    let mutable count = 0
    let mutable seen = 0L

    let makeRoom () =
        if count = capacity then
            let from = capacity - keep
            Array.Copy(index, from, index, 0, keep)

            for KeyValue(_, values) in buffers do
                Array.Copy(values, from, values, 0, keep)

            count <- keep

    /// The columns each row brings, in this order.
    member _.Inputs: string list = pipeline.Inputs

    /// The columns each row gives, in this order.
    member _.Names: string list = pipeline.Names

    /// Rows seen.
    member _.Rows: int64 = seen

    /// The features of one more row: `values` in the order of Inputs, NaN where missing. Fault.BadData for a time that doesn't come
    /// after the last one or an infinite value, Fault.BadShape for another number of values; the stream then stays as it was.
    member _.Update(time: DateTime, values: float[]) : Result<float[], Fault> =
        let refused (column: string) (rule: string) (found: string) =
            let place =
                {
                    Source = "the stream"
                    Row = int (min (seen + 1L) (int64 Int32.MaxValue))
                    Column = column
                }

            Error(Fault.BadData(place, rule, found, ""))

        if values.Length <> inputs.Length then
            Error(Fault.BadShape("Update", "values", string inputs.Length, string values.Length))
        elif count > 0 && time <= index[count - 1] then
            refused "time" "times must strictly increase" (time.ToString "O")
        else
            match values |> Array.tryFindIndex Double.IsInfinity with
            | Some at -> refused pipeline.Inputs[at] "values must be finite, or NaN where missing" (string values[at])
            | None ->
                makeRoom ()
                index[count] <- time

                for at in 0 .. inputs.Length - 1 do
                    inputs[at][count] <- values[at]

                for struct (definition, kernel, read, written) in runs do
                    Feature.run
                        definition
                        kernel
                        {
                            Index = index
                            Columns = read
                            First = count
                            Last = count
                            Streamed = false
                        }
                        written

                let row = count
                count <- count + 1
                seen <- seen + 1L
                Ok(outputs |> Array.map (fun values -> values[row]))
