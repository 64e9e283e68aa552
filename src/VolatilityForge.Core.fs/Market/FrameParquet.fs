/// Frames in Parquet files, by DuckDB's library. Knows no meaning of a column.
namespace VolatilityForge

open System
open System.IO

/// Reading and writing frames as Parquet. Where DuckDB's library is absent every function is Fault.NotComputable with the remedy.
[<RequireQualifiedAccess>]
module FrameParquet =

    // Rows of many files come in no order of their own.
    let private ordered (names: string list) : string =
        let find known =
            names |> List.tryFind (fun name -> List.contains (TableHeader.plain name) known)

        match find TableHeader.symbolNames, find TableHeader.timeNames with
        | Some symbol, Some time -> $"ORDER BY {DuckDb.quoted symbol}, {DuckDb.quoted time}"
        | None, Some time -> $"ORDER BY {DuckDb.quoted time}"
        | _ -> ""

    /// The columns of a Parquet file or pattern: rows in order of symbol and time, or as they are written.
    let internal columns (sorted: bool) (path: string) : Result<(string * ResultColumn) list, Fault> =
        if not (path.AsSpan().ContainsAny("*?[")) && not (File.Exists path) then
            Error(Fault.BadFile(path, "there is no such file", ""))
        else
            let order = if sorted then ordered else (fun _ -> "")

            Fault.catch (fun () ->
                use connection = DuckDb.connect path ""
                DuckDb.select connection false order $"SELECT * FROM read_parquet({DuckDb.literal path})")

    /// The frames of a Parquet file, or of all files that a pattern such as data/*.parquet matches, one per symbol in ordinal
    /// order of symbols, rows in order of time. Times are a column of dates or timestamps (100 ns kept); columns of text
    /// besides the symbol are left out. A lone frame without a symbol column has the file's stem.
    let read (path: string) : Result<Frame list, Fault> =
        columns true path
        |> Result.bind (FrameTable.toFrames path (Source.stem path) false)

    /// Writes frames of the same columns to a Parquet file, whole or not at all: symbol (where any frame has one), time (date
    /// where no time has a time of day), columns as doubles, NaN as null. An existing file is a fault unless `replace` is set.
    let write (replace: bool) (path: string) (frames: Frame list) : Result<unit, Fault> =
        let write (staging: string) : unit =
            use connection = DuckDb.connect path ""
            DuckDb.fill connection "frames" frames

            let symbol =
                if frames |> List.exists (fun frame -> frame.Symbol <> "") then
                    "\"volforge symbol\" AS symbol, "
                else
                    ""

            let isDaily =
                frames
                |> List.forall (fun frame -> frame.Index |> Array.forall (fun time -> time.TimeOfDay = TimeSpan.Zero))

            let time =
                if isDaily then
                    "CAST(\"volforge time\" AS DATE) AS date"
                else
                    "\"volforge time\" AS time"

            let columns =
                frames.Head.Names
                |> List.map (fun name -> ", " + DuckDb.quoted name)
                |> String.concat ""

            DuckDb.execute
                connection
                $"COPY (SELECT {symbol}{time}{columns} FROM frames) TO {DuckDb.literal staging} (FORMAT PARQUET)"

        FrameCsv.sameColumns frames
        |> Result.bind (fun () -> Fault.catch (fun () -> Target.whole path replace write) |> Result.bind id)
