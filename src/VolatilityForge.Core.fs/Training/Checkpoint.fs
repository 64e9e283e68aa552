/// Named tensors on disk in the safetensors layout, written whole or not at all. Knows no network.
namespace VolatilityForge

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text
open System.Text.Json
open System.Text.Json.Nodes

/// What a checkpoint file holds.
type Checkpoint =
    {
        Tensors: StoredTensor list
        /// Free text by key: configuration, provenance.
        Metadata: Map<string, string>
    }

/// Reading and writing checkpoints. The layout is that of the safetensors format: 8 bytes of header length, a JSON
/// header with type, shape and offsets per name, then the values, little-endian. A SHA-256 of header and values, taken
/// with zeros in its own place, stands in the header's metadata.
[<RequireQualifiedAccess>]
module Checkpoint =

    let private checksumKey = "volatilityforge.sha256"

    /// Says that there is a checksum, so that damage to the checksum's own key shows.
    let private layoutKey = "volatilityforge.layout"

    let private blankChecksum = String('0', 2 * SHA256.HashSizeInBytes)

    /// Where the checksum's digits start in the header, -1 when it has none. Quotes inside a JSON text are escaped, so the
    /// pattern can't be found elsewhere.
    let private checksumPlace (header: byte[]) : int =
        let pattern = Encoding.UTF8.GetBytes $"\"{checksumKey}\":\""
        let place = (ReadOnlySpan header).IndexOf(ReadOnlySpan pattern)

        if place < 0 || place + pattern.Length + blankChecksum.Length > header.Length then
            -1
        else
            place + pattern.Length

    let private checksum (header: byte[]) (place: int) (values: byte[] seq) : string =
        let blanked = Array.copy header

        Encoding.ASCII.GetBytes(blankChecksum, 0, blankChecksum.Length, blanked, place)
        |> ignore

        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        hash.AppendData blanked

        for piece in values do
            hash.AppendData piece

        Convert.ToHexStringLower(hash.GetHashAndReset())

    let private metadataName = "__metadata__"

    /// A header longer than this is damage, not a model: the format's own bound.
    let private longestHeader = 100_000_000L

    let private damaged (path: string) (reason: string) : Fault =
        Fault.BadFile(path, reason, "The file is damaged or is not a checkpoint; use another one.")

    /// The format's names of element types.
    let private typeName (values: StoredValues) : string =
        match values with
        | StoredValues.Float32 _ -> "F32"
        | StoredValues.Float64 _ -> "F64"
        | StoredValues.Int64 _ -> "I64"
        | StoredValues.Byte _ -> "U8"

    let private bytesOf (values: StoredValues) : byte[] =
        match values with
        | StoredValues.Float32 items -> MemoryMarshal.AsBytes(ReadOnlySpan items).ToArray()
        | StoredValues.Float64 items -> MemoryMarshal.AsBytes(ReadOnlySpan items).ToArray()
        | StoredValues.Int64 items -> MemoryMarshal.AsBytes(ReadOnlySpan items).ToArray()
        | StoredValues.Byte items -> items

    /// Bytes per element of a type's name, and how elements are made of bytes; None for a type that is not read.
    let private reading (name: string) : (int64 * (ReadOnlyMemory<byte> -> StoredValues)) option =
        match name with
        | "F32" ->
            Some(4L, (fun bytes -> StoredValues.Float32(MemoryMarshal.Cast<byte, float32>(bytes.Span).ToArray())))
        | "F64" -> Some(8L, (fun bytes -> StoredValues.Float64(MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray())))
        | "I64" -> Some(8L, (fun bytes -> StoredValues.Int64(MemoryMarshal.Cast<byte, int64>(bytes.Span).ToArray())))
        | "U8" -> Some(1L, (fun bytes -> StoredValues.Byte(bytes.ToArray())))
        | _ -> None

    /// The header, and the values of every tensor.
    let private serialise (checkpoint: Checkpoint) : byte[] * byte[] list =
        let pieces = checkpoint.Tensors |> List.map (fun tensor -> bytesOf tensor.Values)
        let header = JsonObject()
        let metadata = JsonObject()

        for KeyValue(key, text) in checkpoint.Metadata do
            metadata[key] <- JsonValue.Create text

        metadata[layoutKey] <- JsonValue.Create "1"
        metadata[checksumKey] <- JsonValue.Create blankChecksum
        header[metadataName] <- metadata
        let mutable offset = 0L

        for tensor, bytes in List.zip checkpoint.Tensors pieces do
            let entry = JsonObject()
            entry["dtype"] <- JsonValue.Create(typeName tensor.Values)
            entry["shape"] <- JsonArray([| for extent in tensor.Shape -> JsonValue.Create extent :> JsonNode |])
            let next = offset + bytes.LongLength
            entry["data_offsets"] <- JsonArray(JsonValue.Create offset, JsonValue.Create next)
            header[tensor.Name] <- entry
            offset <- next

        let text = JsonSerializer.SerializeToUtf8Bytes header
        // The format asks for values aligned to 8 bytes; the header is padded with spaces.
        let padding = (8 - text.Length % 8) % 8
        let bytes = Array.append text (Array.create padding (byte ' '))
        let place = checksumPlace bytes
        let digits = checksum bytes place pieces
        Encoding.ASCII.GetBytes(digits, 0, digits.Length, bytes, place) |> ignore
        bytes, pieces

    /// What keeps a checkpoint from being written and read back as it is.
    let private unwritable (checkpoint: Checkpoint) : Fault option =
        let names = checkpoint.Tensors |> List.map _.Name

        let repeated =
            names |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1)

        let reserved = names |> List.tryFind ((=) metadataName)

        let taken =
            [ checksumKey; layoutKey ] |> List.tryFind checkpoint.Metadata.ContainsKey

        let elements (shape: int64[]) =
            if Array.exists (fun extent -> extent < 0L) shape then
                -1L
            else
                Array.fold (*) 1L shape

        let misshapen =
            checkpoint.Tensors
            |> List.tryFind (fun tensor -> elements tensor.Shape <> int64 (StoredValues.count tensor.Values))

        match repeated, reserved, taken, misshapen with
        | Some(name, _), _, _, _ -> Some(Fault.BadSetting("checkpoint", "tensor names must be unique", name))
        | _, Some name, _, _ -> Some(Fault.BadSetting("checkpoint", "tensor names must not be the metadata's", name))
        | _, _, Some key, _ -> Some(Fault.BadSetting("checkpoint", "metadata keys must not be the layout's own", key))
        | _, _, _, Some tensor ->
            let shape = "(" + String.Join(", ", tensor.Shape) + ")"

            Some(
                Fault.BadShape(
                    "checkpoint",
                    tensor.Name,
                    $"of shape {shape}",
                    $"""{Noun.counted (StoredValues.count tensor.Values) "value"}"""
                )
            )
        | None, None, None, None -> None

    /// As `save`, over a disk of one's own.
    let saveOn (disk: Disk) (path: string) (checkpoint: Checkpoint) : Result<unit, Fault> =
        match unwritable checkpoint with
        | Some fault -> Error fault
        | None ->
            try
                let header, values = serialise checkpoint
                let length = Array.zeroCreate<byte> 8
                BinaryPrimitives.WriteInt64LittleEndian(Span length, header.LongLength)

                length :: header :: values
                |> List.map (fun bytes -> ReadOnlyMemory bytes)
                |> Disk.replace disk path

                Ok()
            with
            | :? IOException
            | :? ArgumentException
            | :? UnauthorizedAccessException as error ->
                Error(Fault.BadFile(path, $"can't be written ({error.Message.TrimEnd '.'})", ""))

    /// Writes the file: to a temporary neighbour first, flushed to the disk, then renamed over the target and the folder
    /// flushed, so that a reader finds the old file or the new one, also after a power cut. An unwritable path is a fault.
    let save (path: string) (checkpoint: Checkpoint) : Result<unit, Fault> = saveOn Disk.real path checkpoint

    /// `values` starts where the header ends; a tensor is read by itself, so that a file may be larger than an array.
    let private parseTensor
        (path: string)
        (file: Stream)
        (start: int64)
        (name: string)
        (entry: JsonElement)
        : StoredTensor =
        let reject reason =
            Fault.raiseWith (damaged path $"tensor {name} {reason}")

        let bytesEach, decode =
            match reading (entry.GetProperty("dtype").GetString()) with
            | Some found -> found
            | None -> reject "is not of type F32, F64, I64 or U8"

        let shape =
            [|
                for extent in entry.GetProperty("shape").EnumerateArray() -> extent.GetInt64()
            |]

        let offsets =
            [|
                for offset in entry.GetProperty("data_offsets").EnumerateArray() -> offset.GetInt64()
            |]

        let size =
            Array.fold (fun total extent -> Operators.Checked.(*) total extent) bytesEach shape

        if offsets.Length <> 2 || offsets[0] < 0L || offsets[1] > file.Length - start then
            reject "lies outside the file"

        if
            Array.exists (fun extent -> extent < 0L) shape
            || offsets[1] - offsets[0] <> size
        then
            reject "has a shape that doesn't match its bytes"

        {
            Name = name
            Shape = shape
            Values =
                file.Position <- start + offsets[0]
                let bytes = Array.zeroCreate<byte>(int (offsets[1] - offsets[0]))
                file.ReadExactly bytes
                decode (ReadOnlyMemory bytes)
        }

    /// What is left of a file, in pieces of a megabyte.
    let private rest (file: Stream) : byte[] seq =
        let buffer = Array.zeroCreate<byte> 1_048_576

        Seq.unfold
            (fun () ->
                match file.Read(buffer, 0, buffer.Length) with
                | 0 -> None
                | count -> Some(buffer[.. count - 1], ()))
            ()

    let private parse (path: string) (file: Stream) : Checkpoint =
        if file.Length < 8L then
            Fault.raiseWith (damaged path "the file is too short")

        let prefix = Array.zeroCreate<byte> 8
        file.ReadExactly prefix
        let length = BinaryPrimitives.ReadInt64LittleEndian(ReadOnlySpan prefix)

        if length < 2L || length > longestHeader || length > file.Length - 8L then
            Fault.raiseWith (damaged path "the header's length is wrong")

        let header = Array.zeroCreate<byte>(int length)
        file.ReadExactly header
        use document = JsonDocument.Parse(ReadOnlyMemory header)

        let entries =
            [
                for property in document.RootElement.EnumerateObject() -> property.Name, property.Value
            ]

        match entries |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(name, _) -> Fault.raiseWith (damaged path $"the name {name} stands twice in the header")
        | None -> ()

        let metadata =
            match entries |> List.tryFind (fun (name, _) -> name = metadataName) with
            | Some(_, element) ->
                Map
                    [
                        for property in element.EnumerateObject() -> property.Name, property.Value.GetString()
                    ]
            | None -> Map.empty

        let place = checksumPlace header

        match Map.tryFind checksumKey metadata with
        | None when not (metadata.ContainsKey layoutKey) -> ()
        | Some expected when place >= 0 && expected = checksum header place (rest file) -> ()
        | _ -> Fault.raiseWith (damaged path "the checksum is wrong")

        {
            Tensors =
                entries
                |> List.filter (fun (name, _) -> name <> metadataName)
                |> List.map (fun (name, entry) -> parseTensor path file (8L + length) name entry)
            Metadata = metadata |> Map.remove checksumKey |> Map.remove layoutKey
        }

    /// Reads a file that `save` or another safetensors writer made of tensors of type F32, F64, I64 and U8. A missing, truncated or
    /// altered file is a fault.
    let load (path: string) : Result<Checkpoint, Fault> =
        try
            use file = File.OpenRead path
            Fault.catch (fun () -> parse path file)
        with
        | :? EndOfStreamException -> Error(damaged path "the file is too short")
        | :? FileNotFoundException
        | :? DirectoryNotFoundException -> Error(Fault.BadFile(path, "the file doesn't exist", ""))
        | :? IOException
        | :? ArgumentException
        | :? UnauthorizedAccessException as error ->
            Error(Fault.BadFile(path, $"can't be read ({error.Message.TrimEnd '.'})", ""))
        | :? JsonException
        | :? InvalidOperationException
        | :? KeyNotFoundException
        | :? FormatException
        | :? OverflowException -> Error(damaged path "the header can't be read")
