/// What `volforge measure` prints, whatever form the bars come in.
module VolatilityForge.Tests.CommandLineMeasureTests

open System
open System.Globalization
open System.IO
open System.Text
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.RunFolders

/// The CSV of measures as columns by name, empty cells as None.
let private columns (csv: string) : Map<string, float option[]> =
    let lines = csv.TrimEnd('\n').Split '\n'
    let rows = lines[1..] |> Array.map _.Split(',')

    lines[0].Split ','
    |> Array.mapi (fun index name ->
        name,
        rows
        |> Array.map (fun row ->
            match Double.TryParse(row[index], NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value -> Some value
            | _ -> None))
    |> Map.ofArray

[<Tests>]
let measures: Test =
    testList
        "volforge measure"
        [
            testCase "prints what Range.measure computes, to the last bit, and writes the same to a file" (fun () ->
                withDays 300 (fun folder ->
                    let printed = (done' (volforge folder [ "measure"; "spx.csv" ])).Output
                    let columns = columns printed
                    let path = Path.Combine(folder, "spx.csv")
                    let bars = (Expect.wantOk (Ingest.bars Ingest.defaults path) "the file").Panel.Head

                    for measure in Range.all do
                        let series = Expect.wantOk (Range.measure measure bars) "measured"
                        let missing = Array.create (bars.Length - series.Length) None
                        let expected = Array.append missing (series.Values |> Array.map (float >> Some))
                        Expect.equal columns[Range.name measure] expected (Range.name measure)

                    let filed =
                        done' (volforge folder [ "measure"; "spx.csv"; "--out"; "measures.csv" ])

                    Expect.equal filed.Output "" "standard output"
                    Expect.equal (read folder "measures.csv") printed "the file"
                    let refused = volforge folder [ "measure"; "spx.csv"; "--out"; "spx.csv" ]
                    Expect.equal refused.Code 1 "an existing file"
                    Expect.equal (read folder "spx.csv") (text (firstDays 300)) "it stands"))

            testCase
                "reads gzip, CRLF, a byte order mark, decimal commas and other column names as the plain file"
                (fun () ->
                    withDays 100 (fun folder ->
                        let lines = firstDays 100
                        let expected = (done' (volforge folder [ "measure"; "spx.csv" ])).Output
                        let plain = Encoding.UTF8.GetBytes(text lines)
                        let windows = Encoding.UTF8.GetBytes("\uFEFF" + String.Join("\r\n", lines) + "\r\n")
                        let european = lines |> List.map _.Replace(',', ';').Replace('.', ',') |> text
                        let renamed = lines.Head.Replace(",close", ",PX_LAST") :: lines.Tail |> text

                        for name, content, options in
                            [
                                "spx.csv.gz", BarFiles.gzip plain, []
                                "spx.csv", windows, []
                                "spx.csv", BarFiles.gzip windows, []
                                "spx.csv", Encoding.UTF8.GetBytes european, [ "--decimal-comma" ]
                                "spx.csv", Encoding.UTF8.GetBytes renamed, [ "--column"; "close=PX_LAST" ]
                            ] do
                            File.WriteAllBytes(Path.Combine(folder, name), content)
                            let answer = done' (volforge folder ("measure" :: name :: options))
                            Expect.equal answer.Output expected name))
        ]
