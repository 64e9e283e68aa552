/// Bar files for the suites of Ingest, written to a folder that is removed afterwards.
module VolatilityForge.Tests.BarFiles

open System
open System.IO
open System.IO.Compression
open System.Text
open Expecto
open VolatilityForge

let header = "date,open,high,low,close,volume"

let sound =
    [
        "2020-01-02,10,12,9,11,100"
        "2020-01-03,11,12,10,11,100"
        "2020-01-06,11,13,10,12,100"
    ]

let file (lines: string list) : string = String.Join("\n", lines) + "\n"

/// Runs a body with a file of these bytes and removes the file afterwards.
let withBytes (name: string) (bytes: byte[]) (body: string -> 'a) : 'a =
    let folder = Directory.CreateTempSubdirectory "volatilityforge-ingest-"

    try
        let path = Path.Combine(folder.FullName, name)
        File.WriteAllBytes(path, bytes)
        body path
    finally
        folder.Delete true

let read (options: IngestOptions) (text: string) : Result<Ingested, Fault> =
    withBytes "spx.csv" (Encoding.UTF8.GetBytes text) (Ingest.bars options)

let gzip (bytes: byte[]) : byte[] =
    use target = new MemoryStream()

    do
        use zipped = new GZipStream(target, CompressionLevel.Fastest, true)
        zipped.Write(bytes, 0, bytes.Length)

    target.ToArray()

let only (result: Result<Ingested, Fault>) : Bars =
    match (Expect.wantOk result "the file is taken").Panel with
    | [ bars ] -> bars
    | panel -> failtestf "one symbol expected, there are %d" panel.Length
