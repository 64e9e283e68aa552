/// The entry: arguments in, exit code out. 0 done, 1 failed, 2 wrong usage, 3 bad data, 130 cancelled.
module VolatilityForge.Cli.Program

open System
open System.Reflection
open System.Threading
open Argu
open VolatilityForge

let private usageError = 2

let private perform (cancellation: CancellationToken) (arguments: ParseResults<Arguments>) : Result<unit, Fault> =
    match arguments.TryGetSubCommand() with
    | Some(Run own) -> RunCommand.run cancellation arguments own
    | Some(Measure own) -> MeasureCommand.run arguments own
    | Some(Forecast own) -> ForecastCommand.run arguments own
    | Some(Doctor _) -> DoctorCommand.run arguments
    | _ when arguments.Contains Arguments.Version ->
        Console.Out.WriteLine(string (Assembly.GetExecutingAssembly().GetName().Version))
        Ok()
    | _ -> Error(Fault.BadSetting("command", "must be run, measure, forecast or doctor", "none"))

let private tell (fault: Fault) : int =
    Console.Error.WriteLine(Fault.describe fault)
    Fault.exitCode fault

[<EntryPoint>]
let main (argv: string[]) : int =
    let parser = ArgumentParser.Create<Arguments>(programName = "volforge", errorHandler = ExceptionExiter())
    use cancellation = new CancellationTokenSource()

    Console.CancelKeyPress.Add(fun press ->
        // The command ends by itself, with nothing half-written.
        press.Cancel <- true
        cancellation.Cancel())

    try
        match perform cancellation.Token (parser.Parse argv) with
        | Ok() -> 0
        | Error fault -> tell fault
    with
    | :? ArguParseException as error when error.ErrorCode = ErrorCode.HelpText ->
        Console.Out.WriteLine error.Message
        0
    | :? ArguParseException as error ->
        Console.Error.WriteLine error.Message
        usageError
    | :? VolatilityForgeException as error -> tell error.Fault
