/// The entry: arguments in, exit code out. 0 done, 1 failed, 2 wrong usage, 3 bad data, 130 cancelled.
module VolatilityForge.Cli.Program

open System
open System.Reflection
open System.Runtime.InteropServices
open System.Text.Json.Nodes
open System.Threading
open Argu
open VolatilityForge

let private usageError = 2
let private failure = 1

/// Asks for the stack trace of an exception that no rule foresaw.
let private traceVariable = "VOLATILITYFORGE_TRACE"

let private commands =
    [
        "run"
        "merge"
        "measure"
        "features"
        "fit"
        "simulate"
        "forecast"
        "evaluate"
        "doctor"
    ]

/// Options may stand before the command.
let private command (argv: string[]) : string option =
    argv |> Array.tryFind (fun word -> List.contains word commands)

let private perform (cancellation: CancellationToken) (arguments: ParseResults<Arguments>) : Result<unit, Fault> =
    match arguments.TryGetSubCommand() with
    | Some(Run own) -> RunCommand.run cancellation arguments own
    | Some(Merge own) -> MergeCommand.run arguments own
    | Some(Measure own) -> MeasureCommand.run arguments own
    | Some(Features own) -> FeaturesCommand.run arguments own
    | Some(Forecast own) when PanelForecastCommand.isPanel (own.GetResult ForecastArgs.Inputs |> fst) ->
        PanelForecastCommand.run arguments own
    | Some(Forecast own) when FitForecastCommand.isFit (own.GetResult ForecastArgs.Inputs |> fst) ->
        FitForecastCommand.run arguments own
    | Some(Forecast own) -> ForecastCommand.run arguments own
    | Some(Fit own) when RealizedFitCommand.knows (own.GetResult FitArgs.Inputs |> fst) ->
        RealizedFitCommand.run arguments own
    | Some(Fit own) -> FitCommand.run arguments own
    | Some(Simulate own) -> SimulateCommand.run arguments own
    | Some(Evaluate own) -> EvaluateCommand.run arguments own
    | Some(Doctor _) -> DoctorCommand.run arguments
    | _ when arguments.Contains Arguments.Version ->
        Console.Out.WriteLine(Assembly.GetExecutingAssembly().GetName().Version.ToString 3)
        Ok()
    | _ ->
        let known = String.Join(", ", commands |> List.take (commands.Length - 1))
        Error(Fault.BadSetting("command", $"must be {known} or {List.last commands}", "none"))

/// The options that may stand in the arguments. Argu itself takes an unknown one for the path that a command expects.
let private options (parser: ArgumentParser<Arguments>) (argv: string[]) : string list =
    let own =
        match command argv with
        | Some "run" -> ArgumentParser.Create<RunArgs>().GetArgumentCases()
        | Some "merge" -> ArgumentParser.Create<MergeArgs>().GetArgumentCases()
        | Some "measure" -> ArgumentParser.Create<MeasureArgs>().GetArgumentCases()
        | Some "features" -> ArgumentParser.Create<FeaturesArgs>().GetArgumentCases()
        | Some "fit" -> ArgumentParser.Create<FitArgs>().GetArgumentCases()
        | Some "simulate" -> ArgumentParser.Create<SimulateArgs>().GetArgumentCases()
        | Some "forecast" -> ArgumentParser.Create<ForecastArgs>().GetArgumentCases()
        | Some "evaluate" -> ArgumentParser.Create<EvaluateArgs>().GetArgumentCases()
        | _ -> []

    [ own; parser.GetArgumentCases() ]
    |> List.concat
    |> List.collect _.CommandLineNames.Value
    |> List.filter _.StartsWith("--")
    |> List.append [ "--help" ]

let private checkOptions (known: string list) (argv: string[]) : Result<unit, Fault> =
    argv
    |> Array.tryFind (fun word -> word.StartsWith "--" && not (List.contains word known))
    |> Option.map (fun word -> Error(Fault.UnknownName("option", word, known)))
    |> Option.defaultValue (Ok())

/// Argu's message without the pages of usage that follow it.
let private usageFault (argv: string[]) (message: string) : string =
    let first = message.Split('\n')[0]

    match command argv with
    | Some command -> $"{first}\n`volforge {command} --help` lists what it takes."
    | None -> $"{first}\n`volforge --help` lists the commands."

/// Known without parsing, which may be what fails.
let private wantsJson (argv: string[]) : bool = Array.contains "--json" argv

/// The text on standard error, and its JSON on standard output where that is what is read there.
let private report (argv: string[]) (message: string) (json: unit -> JsonNode) : unit =
    Console.Error.WriteLine message

    if wantsJson argv then
        Terminal.json (json ())

let private tell (argv: string[]) (fault: Fault) : int =
    report argv (Fault.describe fault) (fun () -> FaultJson.ofFault fault)
    Fault.exitCode fault

[<EntryPoint>]
let main (argv: string[]) : int =
    let parser =
        ArgumentParser.Create<Arguments>(programName = "volforge", errorHandler = ExceptionExiter())

    use cancellation = new CancellationTokenSource()

    // A run ends by itself, with nothing half-written; the other commands write nothing that could be left half. Whoever asks
    // twice doesn't want to wait.
    let stop (signal: PosixSignalContext) =
        if command argv = Some "run" && not cancellation.IsCancellationRequested then
            signal.Cancel <- true
            cancellation.Cancel()

    use interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, stop)
    // What schedulers and containers send before they kill.
    use terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop)

    try
        if argv.Length = 0 then
            Console.Error.WriteLine(parser.PrintUsage())
            usageError
        else
            match
                checkOptions (options parser argv) argv
                |> Result.bind (fun () -> perform cancellation.Token (parser.Parse argv))
            with
            | Ok() -> 0
            | Error fault -> tell argv fault
    with
    | :? ArguParseException as error when error.ErrorCode = ErrorCode.HelpText ->
        Console.Out.WriteLine error.Message
        0
    | :? ArguParseException as error ->
        let message = usageFault argv error.Message
        report argv message (fun () -> FaultJson.ofMessage "usage" message)
        usageError
    | :? VolatilityForgeException as error -> tell argv error.Fault
    | :? ExternalException as error ->
        tell
            argv
            (Fault.NotComputable(
                "the tensor engine",
                error.Message.TrimEnd '.',
                "A smaller network or --device cpu may help."
            ))
    | error ->
        report argv $"unexpected failure: {error.Message}" (fun () -> FaultJson.ofMessage "unexpected" error.Message)

        if String.IsNullOrEmpty(Environment.GetEnvironmentVariable traceVariable) then
            Console.Error.WriteLine $"{traceVariable}=1 shows where it comes from."
        else
            Console.Error.WriteLine(string error)

        failure
