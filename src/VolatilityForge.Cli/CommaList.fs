/// Lists as the command line writes them. Knows no option.
namespace VolatilityForge.Cli

open System
open VolatilityForge

/// Words and numbers between commas.
[<RequireQualifiedAccess>]
module CommaList =

    /// What stands between commas, none of it empty.
    let plain (text: string) : string list =
        text.Split(',', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
        |> List.ofArray

    /// Comma-separated words; commas in brackets are the words' own, as in "har,garch(2,1)".
    let words (text: string) : string list =
        let struct (_, last, before) =
            text
            |> Seq.fold
                (fun (struct (depth, current: string, before)) letter ->
                    match letter with
                    | ',' when depth = 0 -> struct (0, "", current :: before)
                    | '(' -> struct (depth + 1, current + "(", before)
                    | ')' -> struct (max 0 (depth - 1), current + ")", before)
                    | other -> struct (depth, current + string other, before))
                (struct (0, "", []))

        last :: before
        |> List.rev
        |> List.map _.Trim()
        |> List.filter (fun word -> word <> "")

    /// Comma-separated whole numbers.
    let numbers (field: string) (text: string) : Result<int list, Fault> =
        plain text
        |> Checked.traverse (fun word ->
            match Int32.TryParse word with
            | true, number -> Ok number
            | _ -> Error(Fault.BadSetting(field, "must be whole numbers, comma-separated", word)))

    /// Comma-separated numbers.
    let reals (field: string) (text: string) : Result<float list, Fault> =
        plain text
        |> Checked.traverse (fun word ->
            match
                Double.TryParse(word, Globalization.NumberStyles.Float, Globalization.CultureInfo.InvariantCulture)
            with
            | true, number -> Ok number
            | _ -> Error(Fault.BadSetting(field, "must be numbers, comma-separated", word)))
