/// The one NUnit fixture of a test assembly: every leaf below a `[<Tests>]` value becomes an NUnit case.
/// Linked into each test assembly, because NUnit looks for fixtures there; knows no test.
namespace Expecto.Runner

open System
open System.Collections.Generic
open System.Reflection
open Expecto
open NUnit.Framework

/// Finds the marked values of this assembly.
[<RequireQualifiedAccess>]
module Discovery =

    let private everywhere =
        BindingFlags.Static ||| BindingFlags.Public ||| BindingFlags.NonPublic

    let private states: (Type * FocusState) list =
        [
            typeof<TestsAttribute>, Normal
            typeof<PTestsAttribute>, Pending
            typeof<FTestsAttribute>, Focused
        ]

    let private stateOf (memberOf: MemberInfo) : FocusState option =
        states
        |> List.tryPick (fun (marker, state) ->
            if memberOf.IsDefined(marker, false) then
                Some state
            else
                None)

    let private valueOf (memberOf: MemberInfo) : obj =
        match memberOf with
        | :? PropertyInfo as property -> property.GetValue null
        | :? FieldInfo as field -> field.GetValue null
        | :? MethodInfo as method_ -> method_.Invoke(null, [||])
        | _ -> null

    let private treeOf (memberOf: MemberInfo) (state: FocusState) : Test =
        let place = $"{memberOf.DeclaringType.FullName}.{memberOf.Name}"

        match valueOf memberOf with
        | :? Test as tree -> TestList([ tree ], state)
        | null -> TestLabel(place, TestCase(Sync(fun () -> failtest $"{place} is null."), Normal), Normal)
        | other ->
            let found = other.GetType().Name
            TestLabel(place, TestCase(Sync(fun () -> failtest $"{place} is a {found}, not a Test."), Normal), Normal)

    /// The leaves of every marked value, in the order of type and member names.
    let leaves (assembly: Assembly) : Test.Leaf list =
        // F# marks both a module's property and the field behind it: the same tree must not run twice.
        let seen = HashSet<obj>(ReferenceEqualityComparer.Instance)

        assembly.GetTypes()
        |> Seq.sortBy _.FullName
        |> Seq.collect (fun owner -> owner.GetMembers everywhere |> Seq.sortBy _.Name)
        |> Seq.filter (fun memberOf -> (stateOf memberOf).IsSome && seen.Add(valueOf memberOf))
        |> Seq.map (fun memberOf -> treeOf memberOf (stateOf memberOf).Value)
        |> Seq.collect Test.toLeaves
        |> List.ofSeq

/// Runs the suites of the assembly it is compiled into.
[<TestFixture>]
type Suites() =

    /// Every leaf as an NUnit case named "list.sub.case".
    static member Cases: TestCaseData seq =
        let leaves = Discovery.leaves (Assembly.GetExecutingAssembly())
        let focusing = leaves |> List.exists (fun leaf -> leaf.state = Focused)

        leaves
        |> Seq.map (fun leaf ->
            // NUnit reads braces in a name as a pattern to fill in.
            let name = (String.Join(".", leaf.name)).Replace('{', '(').Replace('}', ')')
            let case = TestCaseData(leaf.code).SetName name

            match leaf.state with
            | Pending -> case.Ignore "pending"
            | Normal when focusing -> case.Ignore "another test is focused"
            | _ -> case)

    /// Runs one case.
    [<TestCaseSource("Cases")>]
    member _.Case(code: TestCode) : unit =
        try
            match code with
            | Sync body -> body ()
            | Async body -> Async.RunSynchronously body
        with :? Expecto.IgnoreException as ignored ->
            Assert.Ignore ignored.Message
