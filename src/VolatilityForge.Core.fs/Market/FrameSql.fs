/// Frames from SQL databases: SQLite and PostgreSQL through ADO.NET, DuckDB by its own library. Knows no meaning of a column.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Data.Common
open System.IO

/// Reading frames with a SELECT.
[<RequireQualifiedAccess>]
module FrameSql =

    let private column (kind: Type) : ResultColumn option =
        if
            kind = typeof<DateTime>
            || kind = typeof<DateOnly>
            || kind = typeof<DateTimeOffset>
        then
            Some(ResultColumn.Times(List()))
        elif kind = typeof<string> then
            Some(ResultColumn.Texts(List()))
        elif
            kind = typeof<bool>
            || (kind.IsValueType && typeof<IConvertible>.IsAssignableFrom kind)
        then
            Some(ResultColumn.Numbers(List()))
        else
            None

    let private take (source: string) (reader: DbDataReader) (row: int) (index: int) (column: ResultColumn) : unit =
        let value = reader.GetValue index
        let missing = value = box DBNull.Value

        try
            match column with
            | ResultColumn.Numbers values ->
                values.Add(
                    if missing then
                        nan
                    else
                        Convert.ToDouble(value, Globalization.CultureInfo.InvariantCulture)
                )
            | ResultColumn.Texts texts ->
                texts.Add(
                    if missing then
                        null
                    else
                        Convert.ToString(value, Globalization.CultureInfo.InvariantCulture)
                )
            | ResultColumn.Times times ->
                times.Add(
                    match value with
                    | :? DateTime as time -> time
                    | :? DateOnly as date -> date.ToDateTime TimeOnly.MinValue
                    // As written where it was written; PostgreSQL gives UTC.
                    | :? DateTimeOffset as time -> time.DateTime
                    | _ -> DateTime.MinValue
                )
        with
        | :? FormatException
        | :? InvalidCastException ->
            let rule = "the value must be a number, as the first one"

            Fault.raiseWith (Fault.badData source row (reader.GetName index) rule (BarRows.shown (string value)) "")

    let private missing (count: int) (column: ResultColumn) : unit =
        for _ in 1..count do
            match column with
            | ResultColumn.Numbers values -> values.Add nan
            | ResultColumn.Texts texts -> texts.Add null
            | ResultColumn.Times times -> times.Add DateTime.MinValue

    let private refuse (source: string) (row: int) (name: string) (rule: string) (found: string) (remedy: string) =
        Fault.raiseWith (Fault.badData source row name rule found remedy)

    // SQLite has types of values, not of columns: what a column holds is told by its first value that is there.
    let private readRows (source: string) (reader: DbDataReader) : (string * ResultColumn) list =
        let columns = Array.create<ResultColumn option> reader.FieldCount None
        let mutable row = 0

        while reader.Read() do
            row <- row + 1

            for index in 0 .. columns.Length - 1 do
                match columns[index] with
                | Some column -> take source reader row index column
                | None when reader.IsDBNull index -> ()
                | None ->
                    match column (reader.GetFieldType index) with
                    | Some column ->
                        missing (row - 1) column
                        take source reader row index column
                        columns[index] <- Some column
                    | None ->
                        let rule = "a column must hold numbers, times or text"
                        let found = (reader.GetFieldType index).Name
                        refuse source row (reader.GetName index) rule found "Leave it out of the query."

        if row = 0 then
            refuse source 0 "" "there must be rows" "none" ""

        [
            for index in 0 .. columns.Length - 1 do
                let column =
                    match columns[index] with
                    | Some column -> column
                    // Nothing but NULL.
                    | None ->
                        let column = ResultColumn.Numbers(List())
                        missing row column
                        column

                reader.GetName index, column
        ]

    /// The rows of an open reader as frames, one per symbol in ordinal order: a column of times (or of text named time or date),
    /// a column of text named symbol where there are several, columns of numbers; NULL is missing. Rows of a symbol must
    /// come in order of time. Faults name the source, row and column.
    let ofReader (source: string) (reader: DbDataReader) : Result<Frame list, Fault> =
        Fault.catch (fun () -> readRows source reader)
        |> Result.bind (FrameTable.toFrames source "" true)

    let private firstLine (error: exn) : string =
        let line = error.Message.Split('\n')[0]
        line.Trim().TrimEnd '.'

    let private run
        (source: string)
        (connection: DbConnection)
        (sql: string)
        : Result<(string * ResultColumn) list, Fault> =
        try
            use connection = connection
            connection.Open()
            use command = connection.CreateCommand()
            command.CommandText <- sql
            use reader = command.ExecuteReader()
            Fault.catch (fun () -> readRows source reader)
        with
        | :? DbException as error -> Error(Fault.BadFile(source, firstLine error, ""))
        | :? ArgumentException as error ->
            Error(Fault.BadSetting(source, "must be a connection of its database", firstLine error))
        // The address of a server that doesn't answer.
        | :? Net.Sockets.SocketException
        | :? TimeoutException as error ->
            Error(Fault.BadFile(source, error.Message.TrimEnd '.', "Is the server running?"))

    let internal sqliteColumns (path: string) (sql: string) : Result<(string * ResultColumn) list, Fault> =
        if not (File.Exists path) then
            Error(Fault.BadFile(path, "there is no such file", ""))
        else
            let settings =
                Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(
                    DataSource = path,
                    Mode = Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly,
                    Pooling = false
                )

            run path (new Microsoft.Data.Sqlite.SqliteConnection(settings.ConnectionString)) sql

    /// What faults call a PostgreSQL database: the connection may hold a password.
    let internal postgresName = "postgres"

    let internal postgresColumns (connection: string) (sql: string) : Result<(string * ResultColumn) list, Fault> =
        try
            run postgresName (new Npgsql.NpgsqlConnection(connection)) sql
        with :? ArgumentException as error ->
            Error(Fault.BadSetting(postgresName, "must be a connection string of Npgsql", firstLine error))

    let internal duckdbName (path: string) : string = if path = "" then "duckdb" else path

    let internal duckdbColumns (path: string) (sql: string) : Result<(string * ResultColumn) list, Fault> =
        Fault.catch (fun () ->
            use connection = DuckDb.connect (duckdbName path) path
            DuckDb.select connection true (fun _ -> "") sql)

    /// The frames of a SELECT over a SQLite file, which is only read.
    let sqlite (path: string) (sql: string) : Result<Frame list, Fault> =
        sqliteColumns path sql |> Result.bind (FrameTable.toFrames path "" true)

    /// The frames of a SELECT over a PostgreSQL database, by an Npgsql connection string such as
    /// "Host=localhost;Username=me;Database=ticks".
    let postgres (connection: string) (sql: string) : Result<Frame list, Fault> =
        postgresColumns connection sql
        |> Result.bind (FrameTable.toFrames postgresName "" true)

    /// The frames of a SELECT by DuckDB, over a database file that is only read, or over files that the query names itself
    /// (read_parquet, read_csv) for an empty path. Fault.NotComputable with the remedy where DuckDB's library is absent.
    let duckdb (path: string) (sql: string) : Result<Frame list, Fault> =
        duckdbColumns path sql
        |> Result.bind (FrameTable.toFrames (duckdbName path) "" true)
