/// A PostgreSQL of one's own for the length of a test: in a temporary folder, on the loopback address, with a port nobody uses.
module VolatilityForge.Tests.PostgresServer

open System
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Sockets
open Expecto

/// Debian's programs, newest first.
let private programs: string option =
    if Directory.Exists "/usr/lib/postgresql" then
        Directory.GetDirectories "/usr/lib/postgresql"
        |> Array.sortDescending
        |> Array.map (fun folder -> Path.Combine(folder, "bin"))
        |> Array.tryFind (fun folder -> File.Exists(Path.Combine(folder, "initdb")))
    else
        None

let private isRoot: bool = Environment.UserName = "root"

let private run (program: string) (arguments: string list) : unit =
    // The server refuses to run as root.
    let program, arguments =
        if isRoot then
            "setpriv",
            [ "--reuid=postgres"; "--regid=postgres"; "--clear-groups"; program ]
            @ arguments
        else
            program, arguments

    let info =
        ProcessStartInfo(program, arguments, WorkingDirectory = "/", RedirectStandardOutput = true)

    use running = Process.Start info
    // The server inherits the pipe, so its end is not waited for.
    if not (running.WaitForExit 60_000) then
        running.Kill true
        failtest $"{program} did not end"

    if running.ExitCode <> 0 then
        failtest $"{program} ended with {running.ExitCode}: {String.Join(' ', arguments)}"

let private freePort () : int =
    use listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    (listener.LocalEndpoint :?> IPEndPoint).Port

/// Runs a body with the connection string of a new server, and removes the server afterwards. Skips without PostgreSQL.
let withServer (body: string -> 'a) : 'a =
    match programs with
    | None -> skiptest "PostgreSQL is not on this machine (apt-get install postgresql)"
    | Some programs ->
        let folder = Directory.CreateTempSubdirectory "volatilityforge-postgres-"
        let program name = Path.Combine(programs, name)
        let data = Path.Combine(folder.FullName, "data")
        let log = Path.Combine(folder.FullName, "log")

        try
            if isRoot then
                use owned = Process.Start("chown", [ "postgres"; folder.FullName ])
                owned.WaitForExit()

            run
                (program "initdb")
                [
                    "-D"
                    data
                    "-A"
                    "trust"
                    "-U"
                    "tester"
                    "--no-sync"
                    "-E"
                    "UTF8"
                    "--locale=C"
                ]

            let port = freePort ()

            let settings =
                $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c shared_buffers=1MB"

            run (program "pg_ctl") [ "-D"; data; "-l"; log; "-o"; settings; "-w"; "start" ]

            try
                body $"Host=127.0.0.1;Port={port};Username=tester;Database=postgres;Pooling=false;Timeout=20"
            finally
                run (program "pg_ctl") [ "-D"; data; "-m"; "immediate"; "-w"; "stop" ]
        finally
            folder.Delete true
