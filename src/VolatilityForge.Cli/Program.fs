module VolatilityForge.Cli.Program

[<EntryPoint>]
let main _ = 0
