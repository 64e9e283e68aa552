/// Frames from wherever they are, by one text. Knows no meaning of a column.
namespace VolatilityForge

open System

/// Where a text says that data are.
[<RequireQualifiedAccess>]
type internal DataPlace =
    | Csv of path: string
    | Parquet of path: string
    /// What faults call it, and its columns once they are asked for.
    | Query of name: string * columns: (unit -> Result<(string * ResultColumn) list, Fault>)

/// Reading frames by scheme.
[<RequireQualifiedAccess>]
module Sources =

    /// Whether DuckDB's library, which reads and writes Parquet, is found; Fault.NotComputable with the remedy where it isn't.
    let duckDb () : Result<unit, Fault> = DuckLibrary.ready ()

    let private withQuery (scheme: string) (rest: string) (place: string -> string -> DataPlace) =
        match rest.IndexOf("?query=", StringComparison.Ordinal) with
        | -1 -> Error(Fault.BadSetting(scheme, $"must be {scheme}:WHERE?query=SELECT ...", rest))
        | at -> Ok(place rest[.. at - 1] rest[at + 7 ..])

    let private isParquet (path: string) : bool =
        path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)

    let internal place (source: string) : Result<DataPlace, Fault> =
        match source.IndexOf ':' with
        // One letter is a drive, not a scheme.
        | at when at > 1 ->
            let scheme, rest = source[.. at - 1].ToLowerInvariant(), source[at + 1 ..]

            let query name columns where sql =
                DataPlace.Query(name where, (fun () -> columns where sql))

            match scheme with
            | "csv" -> Ok(DataPlace.Csv rest)
            | "parquet" -> Ok(DataPlace.Parquet rest)
            | "sqlite" -> withQuery scheme rest (query id FrameSql.sqliteColumns)
            | "postgres" -> withQuery scheme rest (query (fun _ -> FrameSql.postgresName) FrameSql.postgresColumns)
            | "duckdb" -> withQuery scheme rest (query FrameSql.duckdbName FrameSql.duckdbColumns)
            | _ when IO.File.Exists source -> Ok(DataPlace.Csv source)
            | _ -> Error(Fault.UnknownName("source", scheme, [ "csv"; "parquet"; "sqlite"; "postgres"; "duckdb" ]))
        | _ when isParquet source -> Ok(DataPlace.Parquet source)
        | _ -> Ok(DataPlace.Csv source)

    /// True where a source is a CSV file, by its text alone.
    let isCsv (source: string) : bool =
        match place source with
        | Ok(DataPlace.Csv _) -> true
        | _ -> false

    /// The frames of a source, one per symbol in ordinal order: "FILE.csv" or "FILE.csv.gz" (or "csv:FILE"), read by the
    /// options; "FILE.parquet" or "parquet:PATTERN"; "sqlite:FILE?query=SELECT ..."; "postgres:CONNECTION?query=SELECT ...";
    /// "duckdb:FILE?query=SELECT ..." with an empty FILE for queries over files. Databases give the columns of their SELECT.
    let framesWith (options: TableOptions) (source: string) : Result<Frame list, Fault> =
        match place source with
        | Error fault -> Error fault
        | Ok(DataPlace.Csv path) -> FrameCsv.read options path
        | Ok(DataPlace.Parquet path) -> FrameParquet.read path
        | Ok(DataPlace.Query(name, columns)) -> columns () |> Result.bind (FrameTable.toFrames name "" true)

    /// The frames of a source, CSV by TableOptions.Default.
    let frames (source: string) : Result<Frame list, Fault> = framesWith TableOptions.Default source
