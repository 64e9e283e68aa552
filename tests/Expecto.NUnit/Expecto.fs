/// Expecto's test language (names, parameter order and meaning) for what the suites here use; NUnit runs the cases.
/// Knows no product code. The Expecto package replaces this project without a change in a test file.
namespace Expecto

open System
open System.Collections.Generic
open System.Threading.Tasks

/// Raised by an assertion that does not hold.
type AssertException(message: string) =
    inherit Exception(message)

/// Raised by a test that can't run here.
type IgnoreException(message: string) =
    inherit Exception(message)

/// Whether a case runs, waits, or is the only kind that runs.
type FocusState =
    | Normal
    | Pending
    | Focused

/// The body of a case.
type TestCode =
    | Sync of stest: (unit -> unit)
    | Async of atest: Async<unit>

/// How the cases below may be scheduled; NUnit runs all cases of an assembly one after the other anyway.
type SequenceMethod =
    | Synchronous
    | SynchronousGroup of string
    | InParallel

/// A tree of tests.
type Test =
    | TestCase of code: TestCode * state: FocusState
    | TestList of tests: Test list * state: FocusState
    | TestLabel of label: string * test: Test * state: FocusState
    | Sequenced of sequenceMethod: SequenceMethod * test: Test

/// Marks a value of type Test that the runner has to find.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type TestsAttribute() =
    inherit Attribute()

/// Marks a value of type Test whose cases are all pending.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type PTestsAttribute() =
    inherit Attribute()

/// Marks a value of type Test whose cases are all focused.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type FTestsAttribute() =
    inherit Attribute()

/// How close two floats must be: absolute + relative * max |x| |y|.
type Accuracy = { absolute: float; relative: float }

/// The four accuracies that Expecto names.
[<RequireQualifiedAccess>]
module Accuracy =
    let low = { absolute = 1e-6; relative = 1e-3 }
    let medium = { absolute = 1e-8; relative = 1e-5 }
    let high = { absolute = 1e-10; relative = 1e-7 }
    let veryHigh = { absolute = 1e-12; relative = 1e-9 }

    let areCloseLhs (x: float) (y: float) : float = abs (x - y)

    let areCloseRhs (accuracy: Accuracy) (x: float) (y: float) : float =
        accuracy.absolute + accuracy.relative * max (abs x) (abs y)

    let areClose (accuracy: Accuracy) (x: float) (y: float) : bool =
        areCloseLhs x y <= areCloseRhs accuracy x y

/// `test "name" { ... }`.
type TestCaseBuilder(name: string, state: FocusState) =
    member _.Zero() : unit = ()
    member _.Delay(body: unit -> unit) : unit -> unit = body

    member _.Combine((), rest: unit -> unit) : unit = rest ()

    member _.Using(resource: #IDisposable, body: _ -> unit) : unit =
        use held = resource
        body held

    member _.For(items: seq<'a>, body: 'a -> unit) : unit = Seq.iter body items

    member _.While(guard: unit -> bool, body: unit -> unit) : unit =
        while guard () do
            body ()

    member _.TryWith(body: unit -> unit, handler: exn -> unit) : unit =
        try
            body ()
        with raised ->
            handler raised

    member _.TryFinally(body: unit -> unit, compensation: unit -> unit) : unit =
        try
            body ()
        finally
            compensation ()

    member _.Run(body: unit -> unit) : Test =
        TestLabel(name, TestCase(Sync body, state), state)

/// `testAsync "name" { ... }`.
type TestAsyncBuilder(name: string, state: FocusState) =
    member _.Zero() = async.Zero()
    member _.Delay(body: unit -> Async<'a>) = async.Delay body
    member _.Combine(first, rest) = async.Combine(first, rest)
    member _.Bind(computation, continuation) = async.Bind(computation, continuation)
    member _.Return(value: 'a) = async.Return value
    member _.ReturnFrom(computation: Async<'a>) = computation
    member _.Using(resource, body) = async.Using(resource, body)
    member _.For(items, body) = async.For(items, body)
    member _.While(guard, body) = async.While(guard, body)
    member _.TryWith(body, handler) = async.TryWith(body, handler)
    member _.TryFinally(body, compensation) = async.TryFinally(body, compensation)

    member _.Run(body: Async<unit>) : Test =
        TestLabel(name, TestCase(Async body, state), state)

/// The words that build a tree of tests.
[<AutoOpen>]
module Tests =
    /// Fails the test.
    let failtest (message: string) : 'a = raise (AssertException message)

    /// Fails the test with a formatted message.
    let failtestf (format: Printf.StringFormat<'a, 'b>) : 'a = Printf.ksprintf failtest format

    /// Fails the test; kept because Expecto has it.
    let failtestNoStack (message: string) : 'a = failtest message

    /// Skips the test.
    let skiptest (message: string) : 'a = raise (IgnoreException message)

    /// Skips the test with a formatted message.
    let skiptestf (format: Printf.StringFormat<'a, 'b>) : 'a = Printf.ksprintf skiptest format

    let private labelled (state: FocusState) (name: string) (code: TestCode) : Test =
        TestLabel(name, TestCase(code, state), state)

    let testList (name: string) (tests: Test list) : Test =
        TestLabel(name, TestList(tests, Normal), Normal)

    let ptestList (name: string) (tests: Test list) : Test =
        TestLabel(name, TestList(tests, Pending), Pending)

    let ftestList (name: string) (tests: Test list) : Test =
        TestLabel(name, TestList(tests, Focused), Focused)

    let testLabel (name: string) (test: Test) : Test = TestLabel(name, test, Normal)

    let testCase (name: string) (body: unit -> unit) : Test = labelled Normal name (Sync body)
    let ptestCase (name: string) (body: unit -> unit) : Test = labelled Pending name (Sync body)
    let ftestCase (name: string) (body: unit -> unit) : Test = labelled Focused name (Sync body)

    let testCaseAsync (name: string) (body: Async<unit>) : Test = labelled Normal name (Async body)
    let ptestCaseAsync (name: string) (body: Async<unit>) : Test = labelled Pending name (Async body)
    let ftestCaseAsync (name: string) (body: Async<unit>) : Test = labelled Focused name (Async body)

    let private ofTask (body: unit -> Task<unit>) : Async<unit> =
        async { return! body () |> Async.AwaitTask }

    let testCaseTask (name: string) (body: unit -> Task<unit>) : Test =
        labelled Normal name (Async(ofTask body))

    let ptestCaseTask (name: string) (body: unit -> Task<unit>) : Test =
        labelled Pending name (Async(ofTask body))

    let test (name: string) : TestCaseBuilder = TestCaseBuilder(name, Normal)
    let ptest (name: string) : TestCaseBuilder = TestCaseBuilder(name, Pending)
    let ftest (name: string) : TestCaseBuilder = TestCaseBuilder(name, Focused)
    let testAsync (name: string) : TestAsyncBuilder = TestAsyncBuilder(name, Normal)
    let ptestAsync (name: string) : TestAsyncBuilder = TestAsyncBuilder(name, Pending)

    let testSequenced (test: Test) : Test = Sequenced(Synchronous, test)
    let testSequencedGroup (group: string) (test: Test) : Test = Sequenced(SynchronousGroup group, test)

    let private theory (state: FocusState) (name: string) (cases: seq<'a>) (body: 'a -> 'b) : Test =
        let leaf (case: 'a) =
            labelled state (string (box case)) (Sync(fun () -> body case |> ignore))

        TestLabel(name, TestList(cases |> Seq.map leaf |> List.ofSeq, state), state)

    let testTheory (name: string) (cases: seq<'a>) (body: 'a -> 'b) : Test = theory Normal name cases body
    let ptestTheory (name: string) (cases: seq<'a>) (body: 'a -> 'b) : Test = theory Pending name cases body

    /// Cases over one fixture: each named body gets what the set-up function hands it.
    let testFixture (setup: 'a -> unit -> unit) (cases: seq<string * 'a>) : seq<Test> =
        cases |> Seq.map (fun (name, body) -> testCase name (setup body))

    /// Cases over one argument.
    let testParam (argument: 'a) (cases: seq<string * ('a -> unit -> unit)>) : seq<Test> =
        cases |> Seq.map (fun (name, body) -> testCase name (body argument))

/// Reading a tree of tests.
[<RequireQualifiedAccess>]
module Test =

    /// One case with the labels above it.
    type Leaf =
        {
            name: string list
            code: TestCode
            state: FocusState
        }

    let private inherited (outer: FocusState) (inner: FocusState) : FocusState =
        match outer, inner with
        | Pending, _
        | _, Pending -> Pending
        | Focused, _
        | _, Focused -> Focused
        | Normal, Normal -> Normal

    /// Every case of a tree in order.
    let toLeaves (test: Test) : Leaf list =
        let rec walk (path: string list) (outer: FocusState) (test: Test) : Leaf list =
            match test with
            | TestCase(code, state) ->
                [
                    {
                        name = List.rev path
                        code = code
                        state = inherited outer state
                    }
                ]
            | TestList(tests, state) -> tests |> List.collect (walk path (inherited outer state))
            | TestLabel(label, inner, state) -> walk (label :: path) (inherited outer state) inner
            | Sequenced(_, inner) -> walk path outer inner

        walk [] Normal test
