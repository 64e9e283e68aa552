/// Checkpoint files in folders of their own.
module VolatilityForge.Tests.CheckpointFiles

open System
open System.Buffers.Binary
open System.IO
open System.Text
open Expecto
open VolatilityForge

/// A folder of its own, removed afterwards.
let inFolder (body: string -> unit) : unit -> unit =
    fun () ->
        let folder = Directory.CreateTempSubdirectory "volforge-checkpoint-"

        try
            body folder.FullName
        finally
            folder.Delete true

let tensor (name: string) (shape: int64 list) (values: float32 list) : StoredTensor =
    {
        Name = name
        Shape = Array.ofList shape
        Values = StoredValues.Float32(Array.ofList values)
    }

/// A matrix, a scalar, an empty tensor, values that are not finite, names and text that JSON must escape.
let sample: Checkpoint =
    {
        Tensors =
            [
                tensor "weight" [ 2L; 3L ] [ 1.0f; -2.5f; 3.25f; 1e-40f; 3.4e38f; -0.0f ]
                tensor "scalar" [] [ 0.1f ]
                tensor "empty" [ 0L; 5L ] []
                {
                    Name = "double"
                    Shape = [| 2L |]
                    Values = StoredValues.Float64 [| Math.PI; -0.0 |]
                }
                {
                    Name = "count"
                    Shape = [| 1L; 2L |]
                    Values = StoredValues.Int64 [| Int64.MinValue; 7L |]
                }
                {
                    Name = "bytes"
                    Shape = [| 3L |]
                    Values = StoredValues.Byte [| 0uy; 255uy; 7uy |]
                }
                tensor "naïve \"quoted\" \\ name\n" [ 3L ] [ nanf; infinityf; -infinityf ]
            ]
        Metadata = Map [ "config", """{"dim": 8, "text": "é"}"""; "empty", "" ]
    }

let save (path: string) (checkpoint: Checkpoint) : unit =
    Expect.wantOk (Checkpoint.save path checkpoint) "saved"

/// Element type and bits, so that NaN equals itself.
let valueBits (values: StoredValues) : int64[] =
    match values with
    | StoredValues.Float32 items -> items |> Array.map (BitConverter.SingleToInt32Bits >> int64)
    | StoredValues.Float64 items -> items |> Array.map BitConverter.DoubleToInt64Bits
    | StoredValues.Int64 items -> items
    | StoredValues.Byte items -> items |> Array.map int64

/// The checkpoint with values as bits, so that NaN equals itself.
let comparable (checkpoint: Checkpoint) =
    checkpoint.Metadata,
    checkpoint.Tensors
    |> List.map (fun tensor -> tensor.Name, tensor.Shape, valueBits tensor.Values)

let writeRaw (path: string) (header: string) (values: byte[]) : unit =
    let text = Encoding.UTF8.GetBytes header
    let length = Array.zeroCreate<byte> 8
    BinaryPrimitives.WriteInt64LittleEndian(Span length, text.LongLength)
    File.WriteAllBytes(path, Array.concat [ length; text; values ])

/// The fault of a file that must not load.
let refused (path: string) (message: string) : string =
    match Checkpoint.load path with
    | Error(Fault.BadFile(found, reason, _)) ->
        Expect.equal found path "the fault names the file"
        reason
    | Error other -> failtest $"{message}: another fault: {other}"
    | Ok _ -> failtest $"{message}: it was loaded"
