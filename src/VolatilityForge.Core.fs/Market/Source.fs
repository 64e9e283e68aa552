/// Text from a file that may be anything: opens plain or gzip, bounds the length of a line, refuses what is not text.
/// Knows nothing of columns.
namespace VolatilityForge

open System
open System.IO
open System.IO.Compression

/// A reader that raises a fault at the first line longer than the limit and at the first NUL, so that neither a
/// 10 MB line nor a binary file is ever held in memory.
[<Sealed>]
type internal GuardedReader(inner: TextReader, source: string, longestLine: int) =
    inherit TextReader()

    let mutable row = 1
    let mutable length = 0

    let refuse (rule: string) (found: string) (remedy: string) : unit =
        Fault.raiseWith (Fault.badData source row "" rule found remedy)

    let inspect (character: char) : unit =
        if character = '\n' then
            row <- row + 1
            length <- 0
        elif character = '\000' then
            refuse "the file must be text" "a NUL character" "Give a CSV file in UTF-8; is this a binary file?"
        else
            length <- length + 1

            if length > longestLine then
                refuse $"a line must not be longer than {longestLine} characters" "a longer one" "Is this a CSV file?"

    override _.Peek() : int = inner.Peek()

    override _.Read() : int =
        let read = inner.Read()

        if read >= 0 then
            inspect (char read)

        read

    override _.Read(buffer: char[], index: int, count: int) : int =
        let read = inner.Read(buffer, index, count)

        for position in index .. index + read - 1 do
            inspect buffer[position]

        read

    override reader.Read(buffer: Span<char>) : int =
        let read = inner.Read buffer

        for position in 0 .. read - 1 do
            inspect buffer[position]

        read

    override _.Dispose(disposing: bool) : unit =
        if disposing then
            inner.Dispose()

/// Decompressed gzip that raises InvalidDataException where the data were cut off. GZipStream takes a cut for the end;
/// the last four bytes of a whole file are the length of its last member, which can't exceed what was decompressed.
[<Sealed>]
type internal WholeGzip(compressed: FileStream) =
    inherit Stream()

    let declared =
        let trailer = Array.zeroCreate<byte> 4
        compressed.Seek(-4L, SeekOrigin.End) |> ignore
        compressed.ReadExactly(trailer, 0, 4)
        compressed.Seek(0L, SeekOrigin.Begin) |> ignore
        Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian trailer

    let inner = new GZipStream(compressed, CompressionMode.Decompress)
    let mutable total = 0L

    override _.CanRead: bool = true
    override _.CanSeek: bool = false
    override _.CanWrite: bool = false
    override _.Length: int64 = raise (NotSupportedException())

    override _.Position
        with get (): int64 = total
        and set (_: int64): unit = raise (NotSupportedException())

    override _.Flush() : unit = ()
    override _.Seek(_, _) : int64 = raise (NotSupportedException())
    override _.SetLength _ : unit = raise (NotSupportedException())
    override _.Write(_: byte[], _: int, _: int) : unit = raise (NotSupportedException())

    override _.Read(buffer: byte[], offset: int, count: int) : int =
        let read = inner.Read(buffer, offset, count)
        total <- total + int64 read

        // The trailer counts modulo 2^32.
        if read = 0 && count > 0 && total < (1L <<< 32) && int64 declared > total then
            raise (InvalidDataException "the data end early")

        read

    override _.Dispose(disposing: bool) : unit =
        if disposing then
            inner.Dispose()

/// Opening text.
[<RequireQualifiedAccess>]
module internal Source =

    /// Far beyond any row of bars; a line of this length is a mistake, not data.
    let longestLine = 65536

    /// The name of a file without its folder and its endings: the symbol of one that has none.
    let stem (source: string) : string =
        let name = Path.GetFileName source
        name.Split('.')[0]

    let private isGzip (stream: Stream) : bool =
        let first = stream.ReadByte()
        let second = stream.ReadByte()
        stream.Seek(0L, SeekOrigin.Begin) |> ignore
        stream.Length > 4L && first = 0x1F && second = 0x8B

    /// Runs the reading of a path's text (gzip is told by its first bytes) and turns what the file system and the
    /// decompressor raise into faults that name the path.
    let read (path: string) (body: TextReader -> Result<'a, Fault>) : Result<'a, Fault> =
        let fault reason remedy =
            Error(Fault.BadFile(path, reason, remedy))

        // The file can be read; it is what it holds that is wrong.
        let unusable rule found remedy =
            let place = { Source = path; Row = 0; Column = "" }
            Error(Fault.BadData(place, rule, found, remedy))

        try
            if Directory.Exists path then
                fault "this is a directory" "Give a file."
            elif not (File.Exists path) then
                fault "there is no such file" ""
            else
                use stream =
                    new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 65536)

                if stream.Length = 0L then
                    unusable "the file must not be empty" "" ""
                else
                    let zipped = isGzip stream

                    if not zipped && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) then
                        unusable
                            "a file whose name ends in .gz must be gzip"
                            "other data"
                            "Rename it if it is plain text."
                    else
                        use content: Stream = if zipped then new WholeGzip(stream) else stream

                        use text = new StreamReader(content, Text.Encoding.UTF8, true, 65536)
                        use guarded = new GuardedReader(text, path, longestLine)
                        body guarded
        with
        | :? VolatilityForgeException as raised -> Error raised.Fault
        | :? InvalidDataException as raised ->
            unusable "the gzip data must be whole" $"damaged or cut-off data ({raised.Message})" "Fetch the file again."
        | :? UnauthorizedAccessException -> fault "the file may not be read" "Check its permissions."
        | :? IOException as raised -> fault raised.Message ""
