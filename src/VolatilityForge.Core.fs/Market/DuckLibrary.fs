/// DuckDB's C interface, as much of it as frames need, from a library that is already on the machine. Knows no frame.
namespace VolatilityForge

open System
open System.IO
open System.Runtime.InteropServices

/// A result as DuckDB lays it out; only its last field is of use, to DuckDB.
[<Struct; StructLayout(LayoutKind.Sequential)>]
type internal DuckResult =
    val mutable ColumnCount: uint64
    val mutable RowCount: uint64
    val mutable RowsChanged: uint64
    val mutable Columns: nativeint
    val mutable Message: nativeint
    val mutable Internal: nativeint

/// Functions of the library; texts are UTF-8 with a zero at the end.
module internal DuckNative =

    [<DllImport("duckdb")>]
    extern int duckdb_create_config(nativeint& config)

    [<DllImport("duckdb")>]
    extern int duckdb_set_config(nativeint config, byte[] name, byte[] value)

    [<DllImport("duckdb")>]
    extern void duckdb_destroy_config(nativeint& config)

    [<DllImport("duckdb")>]
    extern int duckdb_open_ext(byte[] path, nativeint& database, nativeint config, nativeint& message)

    [<DllImport("duckdb")>]
    extern void duckdb_close(nativeint& database)

    [<DllImport("duckdb")>]
    extern int duckdb_connect(nativeint database, nativeint& connection)

    [<DllImport("duckdb")>]
    extern void duckdb_disconnect(nativeint& connection)

    [<DllImport("duckdb")>]
    extern int duckdb_query(nativeint connection, byte[] sql, DuckResult& result)

    [<DllImport("duckdb")>]
    extern void duckdb_destroy_result(DuckResult& result)

    [<DllImport("duckdb")>]
    extern nativeint duckdb_result_error(DuckResult& result)

    [<DllImport("duckdb")>]
    extern uint64 duckdb_column_count(DuckResult& result)

    [<DllImport("duckdb")>]
    extern nativeint duckdb_column_name(DuckResult& result, uint64 column)

    [<DllImport("duckdb")>]
    extern nativeint duckdb_fetch_chunk(DuckResult result)

    [<DllImport("duckdb")>]
    extern void duckdb_destroy_data_chunk(nativeint& chunk)

    [<DllImport("duckdb")>]
    extern uint64 duckdb_data_chunk_get_size(nativeint chunk)

    [<DllImport("duckdb")>]
    extern nativeint duckdb_data_chunk_get_vector(nativeint chunk, uint64 column)

    [<DllImport("duckdb")>]
    extern nativeint duckdb_vector_get_data(nativeint vector)

    [<DllImport("duckdb")>]
    extern nativeint duckdb_vector_get_validity(nativeint vector)

    [<DllImport("duckdb")>]
    extern void duckdb_vector_ensure_validity_writable(nativeint vector)

    [<DllImport("duckdb")>]
    extern void duckdb_vector_assign_string_element_len(nativeint vector, uint64 row, byte[] text, uint64 length)

    [<DllImport("duckdb")>]
    extern nativeint duckdb_create_logical_type(int kind)

    [<DllImport("duckdb")>]
    extern void duckdb_destroy_logical_type(nativeint& kind)

    [<DllImport("duckdb")>]
    extern nativeint duckdb_create_data_chunk(nativeint[] kinds, uint64 columns)

    [<DllImport("duckdb")>]
    extern void duckdb_data_chunk_reset(nativeint chunk)

    [<DllImport("duckdb")>]
    extern void duckdb_data_chunk_set_size(nativeint chunk, uint64 size)

    [<DllImport("duckdb")>]
    extern int duckdb_appender_create(nativeint connection, nativeint schema, byte[] table, nativeint& appender)

    [<DllImport("duckdb")>]
    extern int duckdb_append_data_chunk(nativeint appender, nativeint chunk)

    [<DllImport("duckdb")>]
    extern int duckdb_appender_close(nativeint appender)

    [<DllImport("duckdb")>]
    extern int duckdb_appender_destroy(nativeint& appender)

/// Finding the library.
[<RequireQualifiedAccess>]
module internal DuckLibrary =

    /// The environment variable that names the library's file.
    let variable = "VOLFORGE_DUCKDB"

    let private remedy =
        $"Set {variable} to the path of libduckdb.so, or put that file beside the program or on the library path; CSV needs none of it."

    let private fileName =
        if OperatingSystem.IsWindows() then "duckdb.dll"
        elif OperatingSystem.IsMacOS() then "libduckdb.dylib"
        else "libduckdb.so"

    let private find () : Result<nativeint, Fault> =
        let mutable handle = 0n

        match Environment.GetEnvironmentVariable variable with
        | null
        | "" ->
            if
                NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, fileName), &handle)
                || NativeLibrary.TryLoad(fileName, &handle)
            then
                Ok handle
            else
                Error(Fault.NotComputable("Parquet and DuckDB", $"the library {fileName} was not found", remedy))
        | named ->
            if NativeLibrary.TryLoad(named, &handle) then
                Ok handle
            else
                Error(
                    Fault.NotComputable(
                        "Parquet and DuckDB",
                        $"{variable} names {named}, which can't be loaded",
                        remedy
                    )
                )

    let private loaded: Lazy<Result<nativeint, Fault>> =
        lazy
            (let found = find ()

             match found with
             | Ok handle ->
                 // 0 leaves other libraries to the runtime.
                 NativeLibrary.SetDllImportResolver(
                     typeof<DuckResult>.Assembly,
                     DllImportResolver(fun name _ _ -> if name = "duckdb" then handle else 0n)
                 )
             | Error _ -> ()

             found)

    /// The library, found once per process, or what to do about its absence.
    let ready () : Result<unit, Fault> = loaded.Value |> Result.map ignore

    /// Text as the library takes it.
    let utf8 (text: string) : byte[] =
        Text.Encoding.UTF8.GetBytes(text + "\000")

    /// Text as the library gives it.
    let text (pointer: nativeint) : string =
        match Marshal.PtrToStringUTF8 pointer with
        | null -> ""
        | found -> found
