/// Queries of DuckDB as columns, and columns into DuckDB, chunk by chunk. Knows no frame.
namespace VolatilityForge

// Chunks are read and written where the library keeps them.
#nowarn "9"

open System
open System.Collections.Generic
open System.IO
open System.Runtime.InteropServices
open FSharp.NativeInterop

/// An open database.
[<Sealed>]
type internal DuckConnection(source: string, database: nativeint, connection: nativeint) =

    /// What faults call the database.
    member _.Source: string = source

    /// The connection's handle.
    member _.Handle: nativeint = connection

    interface IDisposable with
        member _.Dispose() =
            let mutable connection, database = connection, database
            DuckNative.duckdb_disconnect &connection
            DuckNative.duckdb_close &database

/// Talking to DuckDB.
[<RequireQualifiedAccess>]
module internal DuckDb =

    // DuckDB's numbers for its types.
    let private doubleKind, private varcharKind, private nanosecondKind = 11, 17, 22

    let private failed (source: string) (message: string) : 'a =
        let first = message.Split('\n')[0]
        Fault.raiseWith (Fault.BadFile(source, first.TrimEnd '.', ""))

    /// Opens a database file to be read only, or one in memory for an empty path. Raises faults.
    let connect (source: string) (path: string) : DuckConnection =
        DuckLibrary.ready () |> Fault.orRaise

        if path <> "" && not (File.Exists path) then
            Fault.raiseWith (Fault.BadFile(path, "there is no such file", ""))

        let mutable config = 0n
        DuckNative.duckdb_create_config &config |> ignore

        let set (name: string) (value: string) =
            DuckNative.duckdb_set_config (config, DuckLibrary.utf8 name, DuckLibrary.utf8 value)
            |> ignore

        // A query that needs an extension says so; nothing is fetched from a network behind the user's back.
        set "autoinstall_known_extensions" "false"

        if path <> "" then
            set "access_mode" "READ_ONLY"

        try
            let mutable database, connection, message = 0n, 0n, 0n

            let target = DuckLibrary.utf8 (if path = "" then ":memory:" else path)

            if DuckNative.duckdb_open_ext (target, &database, config, &message) <> 0 then
                failed source (DuckLibrary.text message)

            if DuckNative.duckdb_connect (database, &connection) <> 0 then
                DuckNative.duckdb_close &database
                failed source "the database takes no connection"

            new DuckConnection(source, database, connection)
        finally
            DuckNative.duckdb_destroy_config &config

    let private query (connection: DuckConnection) (sql: string) (read: DuckResult -> 'a) : 'a =
        let mutable result = DuckResult()

        try
            if DuckNative.duckdb_query (connection.Handle, DuckLibrary.utf8 sql, &result) <> 0 then
                failed connection.Source (DuckLibrary.text (DuckNative.duckdb_result_error &result))

            read result
        finally
            DuckNative.duckdb_destroy_result &result

    /// Runs a statement.
    let execute (connection: DuckConnection) (sql: string) : unit = query connection sql ignore

    let private at (pointer: nativeint) (index: int) : 'a when 'a: unmanaged =
        NativePtr.get (NativePtr.ofNativeInt<'a> pointer) index

    let private isValid (validity: nativeint) (row: int) : bool =
        validity = 0n || ((at validity (row / 64): uint64) >>> (row % 64)) &&& 1UL = 1UL

    // A string of up to 12 bytes lies in its 16-byte cell; a longer one has its address in the second half.
    let private stringAt (data: nativeint) (row: int) : string =
        let cell = data + nativeint (16 * row)
        let length = int (at cell 0: uint32)

        let start =
            if length <= 12 then
                cell + 4n
            else
                (at (cell + 8n) 0: nativeint)

        match Marshal.PtrToStringUTF8(start, length) with
        | null -> ""
        | text -> text

    let private readInto (column: ResultColumn) (vector: nativeint) (size: int) : unit =
        let data = DuckNative.duckdb_vector_get_data vector
        let validity = DuckNative.duckdb_vector_get_validity vector

        match column with
        | ResultColumn.Numbers values ->
            let start = values.Count
            CollectionsMarshal.SetCount(values, start + size)
            let target = CollectionsMarshal.AsSpan(values).Slice(start)
            Span<float>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<float> data), size).CopyTo target

            if validity <> 0n then
                for row in 0 .. size - 1 do
                    if not (isValid validity row) then
                        target[row] <- nan
        | ResultColumn.Times times ->
            for row in 0 .. size - 1 do
                times.Add(
                    if isValid validity row then
                        DateTime(DateTime.UnixEpoch.Ticks + (at data row: int64) / 100L)
                    else
                        DateTime.MinValue
                )
        | ResultColumn.Texts texts ->
            for row in 0 .. size - 1 do
                texts.Add(if isValid validity row then stringAt data row else null)

    let private readAll (columns: ResultColumn list) (result: DuckResult) : unit =
        let mutable chunk = DuckNative.duckdb_fetch_chunk result

        while chunk <> 0n do
            let size = int (DuckNative.duckdb_data_chunk_get_size chunk)

            columns
            |> List.iteri (fun index column ->
                readInto column (DuckNative.duckdb_data_chunk_get_vector (chunk, uint64 index)) size)

            DuckNative.duckdb_destroy_data_chunk &chunk
            chunk <- DuckNative.duckdb_fetch_chunk result

    let quoted (name: string) : string =
        "\"" + name.Replace("\"", "\"\"") + "\""

    let literal (text: string) : string = "'" + text.Replace("'", "''") + "'"

    // How a column of a type is asked for; none for types that are neither numbers, times nor text.
    let private asked (name: string) (kind: string) : (string * ResultColumn) option =
        let column = quoted name
        let starts (prefixes: string list) = prefixes |> List.exists kind.StartsWith

        if kind = "TIMESTAMP WITH TIME ZONE" then
            Some($"make_timestamp_ns(epoch_ns({column}))", ResultColumn.Times(List()))
        elif starts [ "TIMESTAMP"; "DATE" ] then
            Some($"CAST({column} AS TIMESTAMP_NS)", ResultColumn.Times(List()))
        elif starts [ "VARCHAR"; "ENUM"; "UUID" ] then
            Some($"CAST({column} AS VARCHAR)", ResultColumn.Texts(List()))
        elif kind.EndsWith "]" then
            None
        elif
            starts
                [
                    "BOOLEAN"
                    "TINYINT"
                    "SMALLINT"
                    "INTEGER"
                    "BIGINT"
                    "HUGEINT"
                    "FLOAT"
                    "DOUBLE"
                    "DECIMAL"
                ]
            || starts [ "UTINYINT"; "USMALLINT"; "UINTEGER"; "UBIGINT"; "UHUGEINT" ]
        then
            Some($"CAST({column} AS DOUBLE)", ResultColumn.Numbers(List()))
        else
            None

    /// The columns of a SELECT, numbers as doubles; those of other types are left out, or a fault where `chosen`. The
    /// suffix, such as an ORDER BY, may name the query's columns. Raises faults.
    let select
        (connection: DuckConnection)
        (chosen: bool)
        (suffix: string list -> string)
        (sql: string)
        : (string * ResultColumn) list =
        let sql = sql.Trim().TrimEnd ';'
        let names, kinds = List<string>(), List<string>()

        query connection $"DESCRIBE {sql}" (fun result ->
            // Name and type are the first two of its columns, all text.
            let rest =
                [
                    for _ in 2UL .. (let mutable r = result in DuckNative.duckdb_column_count &r) - 1UL ->
                        ResultColumn.Texts(List())
                ]

            readAll (ResultColumn.Texts names :: ResultColumn.Texts kinds :: rest) result)

        let columns =
            [
                for name, kind in Seq.zip names kinds do
                    match asked name kind with
                    | Some(expression, column) -> name, expression, column
                    | None when chosen ->
                        let rule = "a column must hold numbers, times or text"
                        Fault.raiseWith (Fault.badData connection.Source 0 name rule kind "Leave it out of the query.")
                    | None -> ()
            ]

        let list =
            columns
            |> List.map (fun (name, expression, _) -> $"{expression} AS {quoted name}")
            |> String.concat ", "

        query
            connection
            $"SELECT {list} FROM ({sql}) AS source {suffix (List.ofSeq names)}"
            (readAll [ for _, _, column in columns -> column ])

        [ for name, _, column in columns -> name, column ]

    /// Rows in one chunk of the library.
    let private chunkRows = 2048

    /// Nanoseconds since 1970 of a time; Fault.BadSetting raised outside the years 1678 to 2261 they can count.
    let private nanoseconds (time: DateTime) : int64 =
        if time.Year < 1678 || time.Year > 2261 then
            Fault.raiseWith (
                Fault.BadSetting("times in Parquet", "must lie between the years 1678 and 2261", DateText.stamp time)
            )

        (time.Ticks - DateTime.UnixEpoch.Ticks) * 100L

    let private writeNumbers (vector: nativeint) (values: ReadOnlySpan<float>) : unit =
        let data = DuckNative.duckdb_vector_get_data vector
        values.CopyTo(Span<float>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<float> data), values.Length))
        let mutable missing = false

        for value in values do
            missing <- missing || Double.IsNaN value

        if missing then
            DuckNative.duckdb_vector_ensure_validity_writable vector

            let validity =
                NativePtr.ofNativeInt<uint64>(DuckNative.duckdb_vector_get_validity vector)

            for row in 0 .. values.Length - 1 do
                if Double.IsNaN values[row] then
                    let word = NativePtr.get validity (row / 64)
                    NativePtr.set validity (row / 64) (word &&& ~~~(1UL <<< (row % 64)))

    /// Makes a table of symbol, time and columns of numbers, and fills it with frames. Raises faults.
    let fill (connection: DuckConnection) (table: string) (frames: Frame list) : unit =
        let names = frames.Head.Names

        let columns =
            names |> List.map (fun name -> $", {quoted name} DOUBLE") |> String.concat ""

        execute
            connection
            $"CREATE TABLE {quoted table} (\"volforge symbol\" VARCHAR, \"volforge time\" TIMESTAMP_NS{columns})"

        let kinds =
            [|
                DuckNative.duckdb_create_logical_type varcharKind
                DuckNative.duckdb_create_logical_type nanosecondKind
                for _ in names do
                    DuckNative.duckdb_create_logical_type doubleKind
            |]

        let mutable chunk = DuckNative.duckdb_create_data_chunk (kinds, uint64 kinds.Length)
        let mutable appender = 0n

        try
            if
                DuckNative.duckdb_appender_create (connection.Handle, 0n, DuckLibrary.utf8 table, &appender)
                <> 0
            then
                failed connection.Source "the table can't be filled"

            for frame in frames do
                let symbol = Text.Encoding.UTF8.GetBytes frame.Symbol
                let values = frame.Columns |> List.map snd |> Array.ofList

                for first in 0..chunkRows .. frame.Length - 1 do
                    let size = min chunkRows (frame.Length - first)
                    DuckNative.duckdb_data_chunk_reset chunk

                    let vector index =
                        DuckNative.duckdb_data_chunk_get_vector (chunk, uint64 index)

                    let symbols = vector 0

                    let times =
                        NativePtr.ofNativeInt<int64>(DuckNative.duckdb_vector_get_data (vector 1))

                    for row in 0 .. size - 1 do
                        DuckNative.duckdb_vector_assign_string_element_len (
                            symbols,
                            uint64 row,
                            symbol,
                            uint64 symbol.Length
                        )

                        NativePtr.set times row (nanoseconds frame.Index[first + row])

                    for column in 0 .. values.Length - 1 do
                        writeNumbers (vector (column + 2)) (ReadOnlySpan<float>(values[column], first, size))

                    DuckNative.duckdb_data_chunk_set_size (chunk, uint64 size)

                    if DuckNative.duckdb_append_data_chunk (appender, chunk) <> 0 then
                        failed connection.Source "the table takes no rows"

            if DuckNative.duckdb_appender_close appender <> 0 then
                failed connection.Source "the table can't be finished"
        finally
            DuckNative.duckdb_appender_destroy &appender |> ignore
            DuckNative.duckdb_destroy_data_chunk &chunk

            for kind in kinds do
                let mutable kind = kind
                DuckNative.duckdb_destroy_logical_type &kind
