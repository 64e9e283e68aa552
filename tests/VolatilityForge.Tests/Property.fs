/// FsCheck properties as Expecto cases, whichever Expecto runs them.
[<AutoOpen>]
module VolatilityForge.Tests.Property

open System
open Expecto
open FsCheck

/// Fixed sizes, so that the cost of a suite does not depend on the machine. 200 cases find what 100 (FsCheck's
/// default) sometimes miss, for milliseconds more.
let propertyConfig: Config =
    Config.QuickThrowOnFailure.WithMaxTest(200).WithStartSize(1).WithEndSize(60).WithQuietOnSuccess true

/// A case that holds for every generated argument; a failure shows the shrunk counterexample and the seed to replay.
let testPropertyWithConfig (config: Config) (name: string) (property: 'a -> 'b) : Test =
    testCase name (fun () ->
        try
            Check.One(config.WithName name, property)
        with raised when not (raised :? AssertException) ->
            let text =
                if isNull raised.InnerException then
                    raised.Message
                else
                    $"{raised.Message}{Environment.NewLine}{raised.InnerException.Message}"

            failtest text)

/// A case that holds for every generated argument, by the configuration above.
let testProperty (name: string) (property: 'a -> 'b) : Test =
    testPropertyWithConfig propertyConfig name property
