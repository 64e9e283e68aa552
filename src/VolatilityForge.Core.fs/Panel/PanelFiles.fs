/// The files of a panel beside its variances: groups of symbols, common series. Runs nothing.
namespace VolatilityForge

open System

/// Reading them.
[<RequireQualifiedAccess>]
module PanelFiles =

    let private refuse (path: string) (row: int) (rule: string) (found: string) (remedy: string) : Fault =
        Fault.badData path row "" rule found remedy

    /// The group of each symbol, such as its region: rows of two cells below the header symbol,group. Faults: BadFile, BadData with the row.
    let groups (path: string) : Result<(string * string) list, Fault> =
        let cells (line: string) : string[] =
            line.Split([| ','; ';'; '\t' |])
            |> Array.map (fun cell -> cell.Trim().Trim('"'))

        Source.read path (fun text ->
            match text.ReadLine() with
            | null -> Error(refuse path 0 "there must be a header symbol,group" "nothing" "")
            | header when
                cells (header.TrimStart '\uFEFF') |> Array.map _.ToLowerInvariant()
                <> [| "symbol"; "group" |]
                ->
                Error(refuse path 1 "the header must be symbol,group" header "Put it above the first symbol.")
            | _ ->
                Seq.initInfinite (fun row -> struct (row + 2, text.ReadLine()))
                |> Seq.takeWhile (fun (struct (_, line)) -> not (isNull line))
                |> Seq.filter (fun (struct (_, line)) -> line.Trim() <> "")
                |> List.ofSeq
                |> Checked.traverse (fun (struct (row, line)) ->
                    match cells line with
                    | [| symbol; group |] when symbol <> "" && group <> "" -> Ok(symbol, group)
                    | _ -> Error(refuse path row "a row must hold a symbol and its group" line ""))
                |> Result.bind (fun rows ->
                    match rows |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1) with
                    | Some(symbol, _) ->
                        Error(refuse path 0 "each symbol must stand once" symbol "Leave one row out.")
                    | None -> Ok rows))

    /// Every column of numbers of a source of one row per date, as a series of its name. Faults: those of reading frames, BadData for a
    /// source of several symbols.
    let common (options: TableOptions) (source: string) : Result<CommonSeries list, Fault> =
        Sources.framesWith { options with Symbols = [] } source
        |> Result.bind (fun frames ->
            match frames with
            | [ frame ] ->
                frame.Names
                |> Checked.traverse (fun name ->
                    Frame.column name frame
                    |> Result.map (fun values ->
                        {
                            Name = name
                            Dates = frame.Index |> Array.map DateOnly.FromDateTime
                            Values = values
                        }))
            | _ ->
                Error(
                    refuse
                        (Sources.name source)
                        0
                        "a file of common series must have one row per date"
                        $"""{Noun.counted frames.Length "symbol"}"""
                        "Give the symbol's own numbers as columns of the panel."
                ))
