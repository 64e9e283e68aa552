module VolatilityForge.Bench.Program

[<EntryPoint>]
let main _ = 0
