/// Laws of the prelude.
module VolatilityForge.Tests.PreludeLaws

open System
open System.Threading
open System.Threading.Tasks
open Expecto
open VolatilityForge

let private half (number: int) : int option =
    if number % 2 = 0 then Some(number / 2) else None

let private third (number: int) : int option =
    if number % 3 = 0 then Some(number / 3) else None

let private halfOr (number: int) : Result<int, string> =
    half number |> Maybe.toEither $"{number} is odd"

let private thirdOr (number: int) : Result<int, string> =
    third number |> Maybe.toEither $"{number} is no multiple of three"

let private functions =
    testList
        "Function"
        [
            testProperty "compose is associative and applies the inner first" (fun (x: int) ->
                let f, g, h = (fun x -> x * x), (fun x -> x + 1), (fun x -> x / 2)

                Function.compose (Function.compose f g) h x = Function.compose f (Function.compose g h) x
                && Function.compose f g x = f (g x)
                && Function.composeAll [ f; g; h ] x = f (g (h x))
                && Function.composeAll [] x = x)

            testProperty "pipe applies left to right" (fun (x: int) ->
                Function.pipe [ (fun x -> x * x); (fun x -> x + 1) ] x = x * x + 1
                && Function.pipe [] x = x)

            testProperty "curry and uncurry undo each other" (fun (x: int) (y: int) ->
                Function.uncurry (Function.curry (fun (x, y) -> x - y)) (x, y) = x - y
                && Function.curry (Function.uncurry (fun x y -> x - y)) x y = x - y)

            testProperty "flip exchanges two arguments, twice nothing" (fun (x: int) (y: int) ->
                Function.flip (-) x y = y - x && Function.flip (Function.flip (-)) x y = x - y)

            testProperty "Kleisli composition is associative and chains" (fun (x: int) ->
                ((half >=> third) >=> half) x = (half >=> (third >=> half)) x
                && (halfOr >=> thirdOr) x = Result.bind thirdOr (halfOr x))
        ]

let private memoised =
    testList
        "memoize"
        [
            testProperty "gives what the function gives" (fun (arguments: int list) ->
                let kept = Function.memoize 3 (fun x -> x * x)
                arguments |> List.map kept = (arguments |> List.map (fun x -> x * x)))

            testCase "computes once per argument, null and unit included" (fun () ->
                let mutable calls = 0

                let counted (argument: 'a) =
                    calls <- calls + 1
                    box argument

                let text = Function.memoize 4 (counted: string -> obj)
                text null |> ignore
                text null |> ignore
                text "a" |> ignore
                Expect.equal calls 2 "null and a"
                let unit' = Function.memoize 4 (counted: unit -> obj)
                unit' () |> ignore
                unit' () |> ignore
                Expect.equal calls 3 "and unit")

            testCase "arrays are told apart by content" (fun () ->
                let mutable calls = 0

                let sum =
                    Function.memoize 4 (fun (values: int[]) ->
                        calls <- calls + 1
                        Array.sum values)

                Expect.equal (sum [| 1; 2 |], sum [| 1; 2 |], calls) (3, 3, 1) "one call")

            testCase "computes once when eight threads ask at the same moment" (fun () ->
                let calls = ref 0
                use gate = new Barrier(8)

                let slow =
                    Function.memoize 4 (fun (x: int) ->
                        Interlocked.Increment calls |> ignore
                        Thread.Sleep 20
                        x + 1)

                let ask () =
                    gate.SignalAndWait()
                    slow 1

                let asked =
                    Array.init 8 (fun _ -> Task.Factory.StartNew(ask, TaskCreationOptions.LongRunning))

                Task.WaitAll(asked |> Array.map (fun task -> task :> Task))
                Expect.allEqual (asked |> Array.map _.Result) 2 "every caller's value"
                Expect.equal calls.Value 1 "calls")

            testCase "keeps the arguments used last and no more than its capacity" (fun () ->
                let mutable computed = []

                let kept =
                    Function.memoize 2 (fun (x: int) ->
                        computed <- x :: computed
                        x)

                [ 1; 2; 1; 3; 1; 2 ] |> List.iter (kept >> ignore)
                Expect.equal (List.rev computed) [ 1; 2; 3; 2 ] "2 gave way to 3, 1 stayed")

            testCase "an exception is not kept" (fun () ->
                let mutable calls = 0

                let failing =
                    Function.memoize 2 (fun (x: int) ->
                        calls <- calls + 1
                        if calls = 1 then invalidOp "first" else x)

                Expect.throwsT<InvalidOperationException> (fun () -> failing 1 |> ignore) "the first call"
                Expect.equal (failing 1) 1 "the second call")

            testCase "a capacity of zero is a fault" (fun () ->
                Expect.throwsT<VolatilityForgeException> (fun () -> Function.memoize 0 id 1 |> ignore) "raised")

            testCase "a lazy evaluator computes once per argument" (fun () ->
                let mutable calls = 0

                let evaluator =
                    LazyEvaluator<int, int>(fun x ->
                        calls <- calls + 1
                        x * 2)

                Expect.equal (evaluator.Invoke 3, evaluator.Invoke 3, calls) (6, 6, 1) "one call")
        ]

let private maybes =
    testList
        "Maybe"
        [
            testProperty "map keeps identity and composition" (fun (value: int option) ->
                Maybe.map id value = value
                && Maybe.map ((+) 1 >> (*) 2) value = (value |> Maybe.map ((+) 1) |> Maybe.map ((*) 2)))

            testProperty "bind has left and right identity and is associative" (fun (x: int) (value: int option) ->
                Maybe.bind half (Some x) = half x
                && Maybe.bind Some value = value
                && (value |> Maybe.bind half |> Maybe.bind third) =
                    (value |> Maybe.bind (fun x -> half x |> Maybe.bind third)))

            testProperty "the computation is bind" (fun (value: int option) ->
                maybe {
                    let! x = value
                    let! y = half x
                    return x + y
                }
                    =
                    Maybe.bind (fun x -> half x |> Maybe.map (fun y -> x + y)) value)

            testProperty "traverse stops at the first that has none" (fun (values: int list) ->
                let mutable visited = 0

                let visit x =
                    visited <- visited + 1
                    half x

                let expected =
                    match values |> List.tryFindIndex (fun x -> x % 2 <> 0) with
                    | Some index -> None, index + 1
                    | None -> Some(values |> List.map (fun x -> x / 2)), values.Length

                (Maybe.traverse visit values, visited) = expected)

            testCase "the seed's chain" (fun () ->
                let run (text: string) =
                    Maybe.ofObj text
                    |> Maybe.map _.Length
                    |> Maybe.filter (fun length -> length > 2)
                    |> Maybe.bind half
                    |> Maybe.defaultValue -1

                Expect.equal ([ "four"; "odd"; "no"; null ] |> List.map run) [ 2; -1; -1; -1 ] "results")

            testCase "fallbacks run only when needed" (fun () ->
                let refuse () : 'a = failtest "must not run"
                Expect.equal (Maybe.defaultWith refuse (Some 1)) 1 "default"
                Expect.equal (Maybe.orElseWith refuse (Some 1)) (Some 1) "other"
                Expect.equal (Maybe.orElse (Some 2) None) (Some 2) "none gives way")

            testCase "null is nothing" (fun () ->
                Expect.isNone (Maybe.of' (null: string)) "null"
                Expect.equal (Maybe.of' 0) (Some 0) "zero is something")
        ]

let private eithers =
    testList
        "Either"
        [
            testProperty "map keeps identity and composition" (fun (value: Result<int, string>) ->
                Either.map id value = value
                && Either.map ((+) 1 >> (*) 2) value = (value |> Either.map ((+) 1) |> Either.map ((*) 2)))

            testProperty
                "bind has left and right identity and is associative"
                (fun (x: int) (value: Result<int, string>) ->
                    Either.bind halfOr (Ok x) = halfOr x
                    && Either.bind Ok value = value
                    && (value |> Either.bind halfOr |> Either.bind thirdOr) =
                        (value |> Either.bind (fun x -> halfOr x |> Either.bind thirdOr)))

            testProperty "the computation ends at the first error" (fun (x: int) ->
                let mutable reached = false

                let outcome =
                    either {
                        let! half = halfOr x
                        reached <- true
                        return! thirdOr half
                    }

                outcome = Either.bind thirdOr (halfOr x) && reached = (x % 2 = 0))

            testProperty "a loop in the computation stops at the first error" (fun (values: int list) ->
                let mutable visited = 0

                let outcome =
                    either {
                        for value in values do
                            visited <- visited + 1
                            let! _ = halfOr value
                            ()

                        return values.Length
                    }

                match values |> List.tryFindIndex (fun x -> x % 2 <> 0) with
                | Some index -> outcome = Error $"{values[index]} is odd" && visited = index + 1
                | None -> outcome = Ok values.Length && visited = values.Length)

            testProperty "traverse gives the first error" (fun (values: int list) ->
                Either.traverse halfOr values =
                    (match values |> List.tryFind (fun x -> x % 2 <> 0) with
                     | Some odd -> Error $"{odd} is odd"
                     | None -> Ok(values |> List.map (fun x -> x / 2))))

            testProperty "Maybe and Either convert into each other" (fun (value: int option) ->
                value |> Maybe.toEither "none" |> Either.toOption = value)
        ]

let private fault (name: string) : Fault =
    Fault.BadSetting(name, "must be even", "odd")

let private checkEven (name: string) (number: int) : Checked<int> =
    if number % 2 = 0 then Ok number else Error(fault name)

let private gathered =
    testList
        "Checked"
        [
            testProperty "and! gathers the faults of every part in order" (fun (a: int) (b: int) (c: int) ->
                let outcome =
                    checked' {
                        let! x = checkEven "a" a
                        and! y = checkEven "b" b
                        and! z = checkEven "c" c
                        return x + y + z
                    }

                match [ "a", a; "b", b; "c", c ] |> List.filter (fun (_, number) -> number % 2 <> 0) with
                | [] -> outcome = Ok(a + b + c)
                | odd -> outcome = Error(Fault.combine (odd |> List.map (fst >> fault))))

            testProperty "traverse visits every element and keeps every fault" (fun (numbers: int list) ->
                let outcome =
                    Checked.traverse (fun number -> checkEven (string number) number) numbers

                match numbers |> List.filter (fun number -> number % 2 <> 0) with
                | [] -> outcome = Ok numbers
                | odd -> outcome = Error(Fault.combine (odd |> List.map (string >> fault))))

            testCase "a later let! waits for the values before it" (fun () ->
                let outcome =
                    checked' {
                        let! x = checkEven "first" 1
                        let! y = checkEven "second" (x + 1)
                        return y
                    }

                Expect.equal outcome (Error(fault "first")) "one fault")
        ]

let private registries =
    let registry =
        Registry.ofList "model" [ "ewma", (fun x -> x + 1); "log-har", (fun x -> x * 2) ]

    testList
        "Registry"
        [
            testCase "creates by name, case ignored" (fun () ->
                Expect.equal (Registry.create "Log-HAR" 4 registry) (Ok 8) "the maker's value")

            testCase "an unknown name is told the known ones and the nearest" (fun () ->
                let fault = Expect.wantError (Registry.create "log-hra" 4 registry) "unknown"
                Expect.equal fault (Fault.UnknownName("model", "log-hra", [ "ewma"; "log-har" ])) "the fault"
                Expect.stringContains (Fault.describe fault) "Did you mean 'log-har'?" "its words")

            testProperty "a name added is found, and the registry it was added to is as before" (fun (x: int) ->
                let more = Registry.add "garch" (fun y -> y - 1) registry

                Registry.create "garch" x more = Ok(x - 1)
                && (Registry.tryFind "garch" registry).IsNone
                && Registry.names more = [ "ewma"; "log-har"; "garch" ])

            testCase "a name added twice keeps its place and the later maker" (fun () ->
                let again = Registry.add "EWMA" (fun x -> x + 10) registry
                Expect.equal (Registry.names again) [ "EWMA"; "log-har" ] "names"
                Expect.equal (Registry.create "ewma" 1 again) (Ok 11) "maker")
        ]

let private faults =
    testList
        "Fault"
        [
            testCase "nearest forgives typing errors, not other words" (fun () ->
                let known = [ "parkinson"; "garman-klass" ]
                Expect.equal (Fault.nearest known "Parkinsen") (Some "parkinson") "one letter and case"
                Expect.isNone (Fault.nearest known "transformer") "another word"
                Expect.isNone (Fault.nearest [] "x") "nothing known")

            testCase "a description has place, rule, value and remedy" (fun () ->
                let place =
                    {
                        Source = "spx.csv"
                        Row = 5
                        Column = "high"
                    }

                let text =
                    Fault.describe (Fault.BadData(place, "must be positive", "-1", "Remove it."))

                Expect.equal text "spx.csv, row 5, column high: must be positive. Found -1. Remove it." "text")

            testProperty "combining flattens and keeps order" (fun (names: string list) ->
                let single = names |> List.map fault
                Fault.flatten (Fault.combine [ Fault.combine single ]) = single)
        ]

[<Tests>]
let tests =
    testList "Prelude" [ functions; memoised; maybes; eithers; gathered; registries; faults ]
