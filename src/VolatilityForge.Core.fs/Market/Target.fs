/// Text files written whole or not at all. Knows no format but gzip.
namespace VolatilityForge

open System
open System.IO
open System.IO.Compression

/// Writing files.
[<RequireQualifiedAccess>]
module internal Target =

    /// Runs the writing on a temporary neighbour and moves that over the path; on a failure the path is what it was.
    let whole (path: string) (replace: bool) (write: string -> unit) : Result<unit, Fault> =
        // A name of this call alone: of two writers of one path neither takes the other's file.
        let staging = $"{path}.{Guid.NewGuid():N}.partial"

        if File.Exists path && not replace then
            Error(Fault.BadFile(path, "the file exists", "Name another one, or ask for its replacement."))
        else
            try
                try
                    Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath path))
                    |> ignore

                    write staging
                    File.Move(staging, path, true)
                    Ok()
                with
                | :? IOException
                | :? UnauthorizedAccessException as error ->
                    Error(Fault.BadFile(path, $"can't be written ({error.Message.TrimEnd '.'})", ""))
            finally
                if File.Exists staging then
                    File.Delete staging

    /// Text in UTF-8, gzipped where the path ends in .gz.
    let text (path: string) (replace: bool) (write: TextWriter -> unit) : Result<unit, Fault> =
        whole path replace (fun staging ->
            use file = File.Create staging

            if path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) then
                use zipped = new GZipStream(file, CompressionLevel.Optimal)
                use writer = new StreamWriter(zipped)
                write writer
            else
                use writer = new StreamWriter(file)
                write writer)
