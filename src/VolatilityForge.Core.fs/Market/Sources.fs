/// Frames from wherever they are, by one text. Knows no meaning of a column.
namespace VolatilityForge

open System

/// Reading frames by scheme.
[<RequireQualifiedAccess>]
module Sources =

    /// Whether DuckDB's library, which reads and writes Parquet, is found; Fault.NotComputable with the remedy where it isn't.
    let duckDb () : Result<unit, Fault> = DuckLibrary.ready ()

    let private withQuery (scheme: string) (rest: string) (read: string -> string -> Result<Frame list, Fault>) =
        match rest.IndexOf("?query=", StringComparison.Ordinal) with
        | -1 -> Error(Fault.BadSetting(scheme, $"must be {scheme}:WHERE?query=SELECT ...", rest))
        | at -> read rest[.. at - 1] rest[at + 7 ..]

    let private isParquet (path: string) : bool =
        path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)

    /// The frames of a source, one per symbol in ordinal order: "FILE.csv" or "FILE.csv.gz" (or "csv:FILE"), read by the
    /// options; "FILE.parquet" or "parquet:PATTERN"; "sqlite:FILE?query=SELECT ..."; "postgres:CONNECTION?query=SELECT ...";
    /// "duckdb:FILE?query=SELECT ..." with an empty FILE for queries over files. Databases give the columns of their SELECT.
    let framesWith (options: TableOptions) (source: string) : Result<Frame list, Fault> =
        match source.IndexOf ':' with
        // One letter is a drive, not a scheme.
        | at when at > 1 ->
            let scheme, rest = source[.. at - 1].ToLowerInvariant(), source[at + 1 ..]

            match scheme with
            | "csv" -> FrameCsv.read options rest
            | "parquet" -> FrameParquet.read rest
            | "sqlite" -> withQuery scheme rest FrameSql.sqlite
            | "postgres" -> withQuery scheme rest FrameSql.postgres
            | "duckdb" -> withQuery scheme rest FrameSql.duckdb
            | _ when IO.File.Exists source -> FrameCsv.read options source
            | _ -> Error(Fault.UnknownName("source", scheme, [ "csv"; "parquet"; "sqlite"; "postgres"; "duckdb" ]))
        | _ when isParquet source -> FrameParquet.read source
        | _ -> FrameCsv.read options source

    /// The frames of a source, CSV by TableOptions.Default.
    let frames (source: string) : Result<Frame list, Fault> = framesWith TableOptions.Default source
