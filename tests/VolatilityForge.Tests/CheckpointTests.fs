/// Checkpoint files: what is saved comes back, and a damaged file is a fault, whatever the damage.
module VolatilityForge.Tests.CheckpointTests

open System
open System.Buffers.Binary
open System.IO
open System.Text
open System.Text.Json
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.CheckpointFiles

let private roundTrips =
    testList
        "Round trip"
        [
            testCase "what is saved is loaded, bit for bit"
            <| inFolder (fun folder ->
                let path = Path.Combine(folder, "model.safetensors")
                save path sample
                let loaded = Expect.wantOk (Checkpoint.load path) "loaded"
                Expect.equal (comparable loaded) (comparable sample) "the same"
                save path loaded

                Expect.equal
                    (comparable (Expect.wantOk (Checkpoint.load path) "again"))
                    (comparable sample)
                    "and again")

            testCase "no tensor and no metadata are a checkpoint too"
            <| inFolder (fun folder ->
                let path = Path.Combine(folder, "empty")
                let nothing = { Tensors = []; Metadata = Map.empty }
                save path nothing
                Expect.equal (Checkpoint.load path) (Ok nothing) "nothing")

            testCase "the same checkpoint gives the same bytes"
            <| inFolder (fun folder ->
                let first, second = Path.Combine(folder, "a"), Path.Combine(folder, "b")
                save first sample
                save second sample
                Expect.equal (File.ReadAllBytes first) (File.ReadAllBytes second) "bytes")

            testCase "a network's weights come back into another network, and its answers with them"
            <| inFolder (fun folder ->
                Scope.run (fun () ->
                    let network seed =
                        VolatilityTransformer.Create(
                            3,
                            TransformerConfig.small,
                            Precision.Float32,
                            torch.CPU,
                            Rng.ofSeed seed
                        )

                    let one, other = network 1L, network 2L
                    // An untrained head is zero; the answers must show the weights.
                    one.Weights.Head.Weight.fill_ ((0.5).ToScalar()) |> ignore

                    let stored =
                        [
                            for parameter in (one :> IDifferentiable).Parameters ->
                                StoredTensor.ofTensor parameter.Name parameter.Value
                        ]

                    let path = Path.Combine(folder, "network")

                    save
                        path
                        {
                            Tensors = stored
                            Metadata = Map.empty
                        }

                    let loaded = Expect.wantOk (Checkpoint.load path) "loaded"
                    Network.load other loaded.Tensors
                    let x = Ops.cast torch.ScalarType.Float32 (TensorChecks.draw "x" [ 5; 7; 3 ])
                    let answers = Loop.predict one x
                    Expect.equal (Loop.predict other x) answers "the same answers"
                    Expect.exists answers (fun answer -> answer <> 0.0f) "that are not zero"))

            testCase "weights that miss a name or have another shape are refused"
            <| fun () ->
                Scope.run (fun () ->
                    let network =
                        VolatilityTransformer.Create(
                            3,
                            TransformerConfig.small,
                            Precision.Float32,
                            torch.CPU,
                            Rng.ofSeed 1L
                        )

                    let stored =
                        [
                            for parameter in (network :> IDifferentiable).Parameters ->
                                StoredTensor.ofTensor parameter.Name parameter.Value
                        ]

                    match Fault.catch (fun () -> Network.load network stored.Tail) with
                    | Error(Fault.UnknownName("weight", name, _)) -> Expect.equal name stored.Head.Name "the name"
                    | other -> failtest $"{other}"

                    let turned =
                        { stored.Head with
                            Shape = Array.rev stored.Head.Shape
                        }

                    match Fault.catch (fun () -> Network.load network (turned :: stored.Tail)) with
                    | Error(Fault.BadShape(_, name, _, _)) -> Expect.equal name stored.Head.Name "the name"
                    | other -> failtest $"{other}")

            testCase "the layout is what other readers of safetensors expect"
            <| inFolder (fun folder ->
                let path = Path.Combine(folder, "model.safetensors")
                save path sample
                let bytes = File.ReadAllBytes path
                let length = BitConverter.ToInt64(bytes, 0)
                Expect.equal (length % 8L) 0L "values are aligned"
                Expect.equal bytes[8] (byte '{') "the header starts with a brace"
                use header = JsonDocument.Parse(ReadOnlyMemory(bytes, 8, int length))
                let data = bytes[8 + int length ..]
                let mutable expectedStart = 0

                for property in header.RootElement.EnumerateObject() do
                    if property.Name = "__metadata__" then
                        for entry in property.Value.EnumerateObject() do
                            Expect.equal entry.Value.ValueKind JsonValueKind.String "metadata is text"
                    else
                        let stored = sample.Tensors |> List.find (fun tensor -> tensor.Name = property.Name)

                        let written, width, read =
                            match stored.Values with
                            | StoredValues.Float32 _ -> "F32", 4, (fun at -> int64 (BitConverter.ToInt32(data, at)))
                            | StoredValues.Float64 _ -> "F64", 8, (fun at -> BitConverter.ToInt64(data, at))
                            | StoredValues.Int64 _ -> "I64", 8, (fun at -> BitConverter.ToInt64(data, at))
                            | StoredValues.Byte _ -> "U8", 1, (fun at -> int64 data[at])

                        Expect.equal (property.Value.GetProperty("dtype").GetString()) written "type"

                        let numbers (name: string) =
                            [|
                                for number in property.Value.GetProperty(name).EnumerateArray() -> number.GetInt64()
                            |]

                        Expect.equal (numbers "shape") stored.Shape "shape"
                        let offsets = numbers "data_offsets"
                        Expect.equal offsets[0] (int64 expectedStart) "no holes"
                        expectedStart <- int offsets[1]

                        let found =
                            [| for at in int offsets[0] .. width .. int offsets[1] - width -> read at |]

                        Expect.equal found (valueBits stored.Values) "values"

                Expect.equal expectedStart data.Length "and nothing after them")

            testCase "a file of another writer is read, with or without metadata"
            <| inFolder (fun folder ->
                let path = Path.Combine(folder, "foreign")
                let values = [| 1.5f; -2.0f |] |> Array.collect BitConverter.GetBytes
                let entry = """"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}"""
                let expected = [ tensor "w" [ 2L ] [ 1.5f; -2.0f ] ]
                writeRaw path $"{{{entry}}}" values

                Expect.equal
                    (Checkpoint.load path)
                    (Ok
                        {
                            Tensors = expected
                            Metadata = Map.empty
                        })
                    "without"

                writeRaw path ("""{"__metadata__": {"format": "pt"}, """ + entry + "}   ") values

                Expect.equal
                    (Checkpoint.load path)
                    (Ok
                        {
                            Tensors = expected
                            Metadata = Map [ "format", "pt" ]
                        })
                    "with")
        ]

/// Headers over 8 bytes of values, none of which may load.
let private hostileHeaders: (string * string) list =
    let entry text = sprintf """{"w": {%s}}""" text

    [
        "not JSON", "hello"
        "half of JSON", """{"w": {"""
        "an array", "[]"
        "null", "null"
        "a number for a tensor", """{"w": 1}"""
        "no type", entry """"shape": [2], "data_offsets": [0, 8]"""
        "no shape", entry """"dtype": "F32", "data_offsets": [0, 8]"""
        "no offsets", entry """"dtype": "F32", "shape": [2]"""
        "a type that is not read", entry """"dtype": "F16", "shape": [4], "data_offsets": [0, 8]"""
        "a number for the type", entry """"dtype": 32, "shape": [2], "data_offsets": [0, 8]"""
        "a shape that is no list", entry """"dtype": "F32", "shape": 2, "data_offsets": [0, 8]"""
        "a fraction of an extent", entry """"dtype": "F32", "shape": [2.5], "data_offsets": [0, 8]"""
        "a negative extent", entry """"dtype": "F32", "shape": [-1], "data_offsets": [8, 4]"""
        "two negative extents", entry """"dtype": "F32", "shape": [-1, -2], "data_offsets": [0, 8]"""
        "extents that overflow", entry """"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 0]"""
        "bytes that overflow", entry """"dtype": "F32", "shape": [4611686018427387904], "data_offsets": [0, 0]"""
        "an extent beyond 64 bits", entry """"dtype": "F32", "shape": [99999999999999999999], "data_offsets": [0, 8]"""
        "one offset", entry """"dtype": "F32", "shape": [2], "data_offsets": [8]"""
        "three offsets", entry """"dtype": "F32", "shape": [2], "data_offsets": [0, 8, 8]"""
        "offsets beyond the file", entry """"dtype": "F32", "shape": [3], "data_offsets": [0, 12]"""
        "negative offsets", entry """"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]"""
        "offsets turned round", entry """"dtype": "F32", "shape": [0], "data_offsets": [8, 0]"""
        "a shape of other bytes", entry """"dtype": "F32", "shape": [1], "data_offsets": [0, 8]"""
        "a name twice",
        """{"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "w": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}"""
        "metadata that is no object", """{"__metadata__": 5}"""
        "metadata that is no text", """{"__metadata__": {"a": {}}}"""
        "a lone surrogate", """{"__metadata__": {"a": "\ud800"}}"""
        "nested beyond reason", String('[', 5000)
    ]

let private damage =
    testList
        "Damage"
        [
            testCase "a file cut short anywhere is a fault"
            <| inFolder (fun folder ->
                let path, cut = Path.Combine(folder, "model"), Path.Combine(folder, "cut")
                save path sample
                let bytes = File.ReadAllBytes path

                for length in 0 .. bytes.Length - 1 do
                    File.WriteAllBytes(cut, bytes[.. length - 1])
                    refused cut $"{length} of {bytes.Length} bytes" |> ignore)

            testCase "any flipped bit is a fault, in the values and in the header"
            <| inFolder (fun folder ->
                let path, flipped = Path.Combine(folder, "model"), Path.Combine(folder, "flipped")

                save
                    path
                    {
                        Tensors = [ tensor "ab" [ 1L; 2L ] [ 1.0f; -2.5f ] ]
                        Metadata = Map [ "c", "10" ]
                    }

                let bytes = File.ReadAllBytes path

                for place in 0 .. bytes.Length - 1 do
                    for bit in 0..7 do
                        let changed = Array.copy bytes
                        changed[place] <- changed[place] ^^^ (1uy <<< bit)
                        File.WriteAllBytes(flipped, changed)
                        refused flipped $"bit {bit} of byte {place}" |> ignore)

            testCase "bytes after the end are a fault"
            <| inFolder (fun folder ->
                let path = Path.Combine(folder, "model")
                save path sample
                File.AppendAllText(path, "x")
                Expect.stringContains (refused path "a byte more") "checksum" "the checksum tells")

            testCase "random bytes are a fault"
            <| inFolder (fun folder ->
                let path = Path.Combine(folder, "garbage")
                let random = Random 17

                for length in 0..200 do
                    let bytes = Array.zeroCreate<byte> length
                    random.NextBytes bytes

                    // A header length that fits lets the rest be read.
                    if length > 8 && length % 2 = 0 then
                        BinaryPrimitives.WriteInt64LittleEndian(Span bytes, int64 (length - 8))

                    File.WriteAllBytes(path, bytes)
                    refused path $"{length} bytes" |> ignore)

            for name, header in hostileHeaders do
                testCase $"a header with {name} is a fault"
                <| inFolder (fun folder ->
                    let path = Path.Combine(folder, "hostile")
                    writeRaw path header (Array.zeroCreate 8)
                    refused path name |> ignore)

            for length in [ -1L; 0L; 1L; 9L; Int64.MaxValue; Int64.MinValue ] do
                testCase $"a header of {length} bytes in a file of 16 is a fault"
                <| inFolder (fun folder ->
                    let path = Path.Combine(folder, "length")

                    File.WriteAllBytes(
                        path,
                        Array.append (BitConverter.GetBytes length) (Encoding.UTF8.GetBytes "{}      ")
                    )

                    Expect.stringContains (refused path "length") "header" "the header is named")

            testCase "a missing file, a folder and an impossible path are faults"
            <| inFolder (fun folder ->
                Expect.stringContains (refused (Path.Combine(folder, "none")) "missing") "doesn't exist" "missing"
                refused (Path.Combine(folder, "none", "deeper")) "no folder" |> ignore
                refused folder "a folder" |> ignore
                refused "" "no path" |> ignore
                refused "a\000b" "a null character" |> ignore)
        ]

let private writing =
    /// The fault of a checkpoint that must not be written; nothing is left behind.
    let rejects (checkpoint: Checkpoint) : unit -> unit =
        inFolder (fun folder ->
            match Checkpoint.save (Path.Combine(folder, "model")) checkpoint with
            | Error(Fault.BadSetting("checkpoint", _, _))
            | Error(Fault.BadShape("checkpoint", _, _, _)) -> ()
            | other -> failtest $"{other}"

            Expect.isEmpty (Directory.GetFileSystemEntries folder) "nothing is written")

    testList
        "Writing"
        [
            testCase "two tensors of a name are refused"
            <| rejects
                { sample with
                    Tensors = sample.Tensors @ [ sample.Tensors.Head ]
                }

            testCase "values that don't fit their shape are refused"
            <| rejects
                { sample with
                    Tensors = [ tensor "w" [ 2L; 2L ] [ 1.0f; 2.0f; 3.0f ] ]
                }

            testCase "a negative extent is refused"
            <| rejects
                { sample with
                    Tensors = [ tensor "w" [ -1L; -1L ] [ 1.0f ] ]
                }

            testCase "a tensor in the metadata's name is refused"
            <| rejects
                { sample with
                    Tensors = [ tensor "__metadata__" [ 1L ] [ 1.0f ] ]
                }

            testCase "a metadata key of the layout's own is refused"
            <| rejects
                { sample with
                    Metadata = Map [ "volatilityforge.sha256", "abc" ]
                }

            testCase "a folder that isn't there or a folder in the file's place is a fault; nothing is left behind"
            <| inFolder (fun folder ->
                Expect.isError (Checkpoint.save (Path.Combine(folder, "none", "model")) sample) "no folder"
                Expect.isError (Checkpoint.save "" sample) "no path"
                let taken = Path.Combine(folder, "taken")
                Directory.CreateDirectory taken |> ignore
                Expect.isError (Checkpoint.save taken sample) "a folder is there"
                Expect.equal (Directory.GetFileSystemEntries folder) [| taken |] "no partial file")

            testCase "a file takes the place of the one before; the temporary one is gone"
            <| inFolder (fun folder ->
                let path = Path.Combine(folder, "model")
                save path sample
                save path { sample with Metadata = Map.empty }
                Expect.isEmpty (Expect.wantOk (Checkpoint.load path) "loaded").Metadata "the new one"
                Expect.equal (Directory.GetFileSystemEntries folder) [| path |] "one file")
        ]

[<Tests>]
let suite = testList "Checkpoint" [ Needs.tensors roundTrips; damage; writing ]
