/// Single columns of numbers out of files that hold no bars. Knows no command.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.IO.Compression
open VolatilityForge

/// Reading columns.
[<RequireQualifiedAccess>]
module ColumnFile =

    let private lines (path: string) : Result<string[], Fault> =
        try
            use file = File.OpenRead path

            use text =
                if path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) then
                    new StreamReader(new GZipStream(file, CompressionMode.Decompress))
                else
                    new StreamReader(file)

            Ok(text.ReadToEnd().Split([| "\r\n"; "\n" |], StringSplitOptions.RemoveEmptyEntries))
        with
        | :? IOException
        | :? InvalidDataException
        | :? UnauthorizedAccessException as error ->
            Error(Fault.BadFile(path, $"can't be read ({error.Message.TrimEnd '.'})", "Check the path."))

    let private readSome (first: int option) (path: string) (name: string) (delimiter: char) : Result<float[], Fault> =
        let bad row rule found =
            Error(
                Fault.BadData(
                    {
                        Source = path
                        Row = row
                        Column = name
                    },
                    rule,
                    found,
                    ""
                )
            )

        lines path
        |> Result.bind (fun lines ->
            if lines.Length = 0 then
                bad 0 "the file must have a header" "an empty file"
            else
                let header =
                    lines[0].Split delimiter
                    |> Array.map (fun word -> word.Trim().Trim('"', '\uFEFF'))

                match
                    header
                    |> Array.tryFindIndex (fun word -> String.Equals(word, name, StringComparison.OrdinalIgnoreCase))
                with
                | None -> Error(Fault.UnknownName("column", name, List.ofArray header))
                | Some place ->
                    let parsed =
                        Array.truncate (defaultArg first lines.Length) lines[1..]
                        |> Array.map (fun line ->
                            let words = line.Split delimiter

                            let word =
                                if place < words.Length then
                                    words[place].Trim().Trim '"'
                                else
                                    ""

                            match Double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture) with
                            | true, value when Double.IsFinite value -> Ok value
                            | _ -> Error word)

                    match parsed |> Array.tryFindIndex Result.isError with
                    | Some row -> bad (row + 2) "must be a finite number" (parsed[row] |> Either.fold id (fun _ -> ""))
                    | None -> Ok(parsed |> Array.choose Result.toOption))

    /// A column of numbers of a CSV or CSV.gz file with a header. Faults: BadFile, UnknownName with the header's names, BadData
    /// with the row of the first text that is no finite number.
    let read (path: string) (name: string) (delimiter: char) : Result<float[], Fault> =
        readSome None path name delimiter

    /// As `read`, of so many rows alone; Fault.TooShort where there are fewer.
    let readFirst (rows: int) (path: string) (name: string) (delimiter: char) : Result<float[], Fault> =
        readSome (Some rows) path name delimiter
        |> Result.bind (fun values ->
            if values.Length = rows then
                Ok values
            else
                Error(Fault.TooShort($"{path}: rows of {name}", rows, values.Length)))
