/// Where results, notes and progress go: standard output carries the result, standard error the rest.
namespace VolatilityForge.Cli

open System
open System.Text.Json.Nodes
open Spectre.Console

/// How much a command says.
type Voice = { Json: bool; Quiet: bool }

/// Writing to the terminal.
[<RequireQualifiedAccess>]
module Terminal =

    /// Columns assumed where the output is not a terminal.
    let private redirectedWidth = 120

    let private console (writer: IO.TextWriter) (redirected: bool) : IAnsiConsole =
        let settings = AnsiConsoleSettings(Out = AnsiConsoleOutput writer)

        if redirected then
            settings.Ansi <- AnsiSupport.No
            settings.Interactive <- InteractionSupport.No

        let made = AnsiConsole.Create settings

        if redirected then
            made.Profile.Width <- redirectedWidth

        made

    /// Standard output.
    let out () : IAnsiConsole =
        console Console.Out Console.IsOutputRedirected

    /// One line of notes on standard error, unless the command is to be quiet.
    let note (voice: Voice) (text: string) : unit =
        if not voice.Quiet then
            Console.Error.WriteLine text

    /// The one JSON object of a command.
    let json (node: JsonNode) : unit =
        Console.Out.WriteLine(Json.indented node)

    /// Runs work that reports (done, all), with a bar on standard error when that is a terminal.
    let progress (voice: Voice) (title: string) (work: (int * int -> unit) -> 'result) : 'result =
        if voice.Quiet || Console.IsErrorRedirected then
            work ignore
        else
            let columns: ProgressColumn[] =
                [|
                    TaskDescriptionColumn()
                    ProgressBarColumn()
                    PercentageColumn()
                    RemainingTimeColumn()
                |]

            let bar = (console Console.Error false).Progress().AutoClear(true).Columns(columns)

            bar.Start(fun context ->
                let task = context.AddTask(Markup.Escape title, true, 1.0)

                work (fun (made, total) ->
                    task.MaxValue <- float total
                    task.Value <- float made))

    /// What a table of this border takes beside its columns: a space on each side of each, a letter between and at both ends.
    let private frame (columns: int) : int = 3 * columns + 1

    let private longest (lengths: int seq) : int = Seq.fold max 1 lengths

    /// Widths of columns whose texts are these: none less than its longest word, and together no more than the room where that allows.
    let widths (room: int) (columns: string list list) : int list =
        let least =
            columns
            |> List.map (Seq.collect _.Split(' ') >> Seq.map String.length >> longest)
            |> Array.ofList

        let most = columns |> List.map (Seq.map String.length >> longest) |> Array.ofList

        // The column that lacks most is widened first.
        let rec share (widths: int[]) (left: int) : int[] =
            let lacking = Array.map2 (-) most widths
            let widest = Array.max lacking

            if left <= 0 || widest = 0 then
                widths
            else
                let at = Array.IndexOf(lacking, widest)
                share (Array.updateAt at (widths[at] + 1) widths) (left - 1)

        share least (room - Array.sum least) |> List.ofArray

    /// A table of cells already written; columns after the first `left` ones are aligned right. No word of a cell is broken: what is wider
    /// than the terminal stays wide.
    let table (title: string) (left: int) (header: string list) (rows: string list list) : unit =
        let table = Table().Border(TableBorder.Simple)
        table.Title <- TableTitle(Markup.Escape title)

        let out = out ()
        let texts = List.transpose (header :: rows)
        let widths = widths (out.Profile.Width - frame header.Length) texts
        out.Profile.Width <- max out.Profile.Width (List.sum widths + frame header.Length)

        List.zip header widths
        |> List.iteri (fun index (name, width) ->
            let column = TableColumn(Markup.Escape name).Width width

            table.AddColumn(if index < left then column else column.RightAligned())
            |> ignore)

        for cells in rows do
            table.AddRow [| for cell in cells -> Markup.Escape cell |] |> ignore

        out.Write table
