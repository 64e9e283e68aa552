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

    /// A table of cells already written; columns after the first `left` ones are aligned right.
    let table (title: string) (left: int) (header: string list) (rows: string list list) : unit =
        let table = Table().Border(TableBorder.Simple)
        table.Title <- TableTitle(Markup.Escape title)

        header
        |> List.iteri (fun index name ->
            let column = TableColumn(Markup.Escape name)

            table.AddColumn(if index < left then column else column.RightAligned())
            |> ignore)

        for cells in rows do
            table.AddRow [| for cell in cells -> Markup.Escape cell |] |> ignore

        (out ()).Write table
