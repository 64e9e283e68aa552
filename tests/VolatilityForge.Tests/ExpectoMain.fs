/// The entry point when Expecto's own runner runs the suites: -p:ExpectoPackage=true.
module VolatilityForge.Tests.ExpectoMain

open Expecto

[<EntryPoint>]
let main (arguments: string[]) : int =
    runTestsInAssemblyWithCLIArgs [] arguments
