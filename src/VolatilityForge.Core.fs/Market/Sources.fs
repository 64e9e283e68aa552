/// Frames from wherever they are, by one text. Knows no meaning of a column but those of bars.
namespace VolatilityForge

open System
open System.IO

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
            | _ when File.Exists source -> Ok(DataPlace.Csv source)
            | _ -> Error(Fault.UnknownName("source", scheme, [ "csv"; "parquet"; "sqlite"; "postgres"; "duckdb" ]))
        | _ when isParquet source -> Ok(DataPlace.Parquet source)
        | _ -> Ok(DataPlace.Csv source)

    /// True where a source is a CSV file, by its text alone.
    let isCsv (source: string) : bool =
        match place source with
        | Ok(DataPlace.Csv _) -> true
        | _ -> false

    /// What faults call a source: a file by its path, a database without its query and, where that may hold a password, its connection.
    let name (source: string) : string =
        match place source with
        | Ok(DataPlace.Csv path)
        | Ok(DataPlace.Parquet path) -> path
        | Ok(DataPlace.Query(name, _)) -> name
        | Error _ -> source

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

    /// Runs the reading of a source's text: that of a CSV file, or what FrameCsv.writeText makes of another source's frames, of which every
    /// number reads back to the same bits. So a reader of files reads whatever framesWith does.
    let internal readText (source: string) (body: TextReader -> Result<'a, Fault>) : Result<'a, Fault> =
        match place source with
        | Ok(DataPlace.Csv path) -> Source.read path body
        | _ ->
            frames source
            |> Result.bind (fun frames ->
                Fault.catch (fun () ->
                    use text = new StringWriter()
                    FrameCsv.writeText frames text
                    text.ToString())
                |> Result.bind (fun text ->
                    use reader = new StringReader(text)
                    body reader))

    /// The bars of a source as framesWith takes it, by the rules of Ingest.bars; how numbers and dates are written is an option of CSV alone.
    /// Rows in faults of another source count its rows symbol after symbol, below a header.
    let bars (options: IngestOptions) (source: string) : Result<Ingested, Fault> =
        let options =
            if isCsv source then
                options
            else
                { options with
                    Delimiter = None
                    DateFormat = None
                    DecimalComma = false
                }

        readText source (Ingest.barsOfText options (name source))
