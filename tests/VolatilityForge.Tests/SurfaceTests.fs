/// The public surface of the core: documented, and changed only on purpose.
module VolatilityForge.Tests.SurfaceTests

open System
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open System.Xml.Linq
open Expecto
open VolatilityForge

let private core: Assembly = typeof<Fault>.Assembly

let private isGenerated (part: MemberInfo) : bool =
    part.IsDefined(typeof<CompilerGeneratedAttribute>, false)
    || part.Name.IndexOfAny [| '@'; '$' |] >= 0
    || part.Name.StartsWith("op_", StringComparison.Ordinal)

/// The kind of F# construct a type was compiled from.
let private construct (kind: Type) : SourceConstructFlags =
    match List.ofSeq (kind.GetCustomAttributes<CompilationMappingAttribute> false) with
    | [] -> SourceConstructFlags.None
    | mapping :: _ -> mapping.SourceConstructFlags &&& SourceConstructFlags.KindMask

let private types: Type list =
    core.GetExportedTypes()
    |> List.ofArray
    // Cases of a union and its tags are told by the union itself.
    |> List.filter (fun kind ->
        not (isGenerated kind)
        && construct kind <> SourceConstructFlags.UnionCase
        && not (kind.IsNested && construct kind.DeclaringType = SourceConstructFlags.SumType))

let private declared: BindingFlags =
    BindingFlags.Public
    ||| BindingFlags.Static
    ||| BindingFlags.Instance
    ||| BindingFlags.DeclaredOnly

/// What a type does beyond holding fields: functions of modules, members of classes and interfaces.
let private members (kind: Type) : MemberInfo list =
    let isDerived (method: MethodInfo) =
        method.IsSpecialName
        || method.GetBaseDefinition().DeclaringType <> method.DeclaringType

    let methods =
        kind.GetMethods declared
        |> Array.filter (fun method -> not (isGenerated method || isDerived method))
        |> Array.map (fun method -> method :> MemberInfo)

    let properties =
        match construct kind with
        | SourceConstructFlags.RecordType
        | SourceConstructFlags.SumType -> [||]
        | _ ->
            kind.GetProperties declared
            |> Array.filter (isGenerated >> not)
            |> Array.map (fun property -> property :> MemberInfo)

    // Equality and comparison of records and unions.
    let inherited = set [ "CompareTo"; "Equals"; "GetHashCode"; "ToString"; "Compare" ]

    Array.append methods properties
    |> Array.filter (fun part -> not (inherited.Contains part.Name))
    |> List.ofArray

let private documented: Lazy<Set<string>> =
    lazy
        (let path = Path.ChangeExtension(core.Location, ".xml")

         XDocument.Load(path).Descendants(XName.Get "member")
         |> Seq.filter (fun entry -> entry.Value.Trim() <> "")
         |> Seq.map (fun entry -> entry.Attribute(XName.Get "name").Value)
         // Parameter lists and generic arities differ between the writers of these names; the name itself is enough.
         |> Seq.map (fun name -> name.Substring(2).Split('(')[0])
         |> Seq.map (fun name -> Text.RegularExpressions.Regex.Replace(name, "`+[0-9]+", ""))
         |> Set.ofSeq)

let private nameOf (kind: Type) : string =
    Text.RegularExpressions.Regex.Replace(kind.FullName.Replace('+', '.'), "`+[0-9]+", "")

/// Source names of modules drop the suffix that the compiler adds beside a type of the same name.
let private isDocumented (name: string) : bool =
    documented.Value.Contains name
    || documented.Value.Contains(name.Replace("Module.", "."))

let private surface () : string list =
    [
        for kind in types |> List.sortBy _.FullName do
            yield kind.FullName
            yield! members kind |> List.map (fun part -> $"    {part}") |> List.sort
    ]

[<Tests>]
let suite =
    testList
        "public surface"
        [
            testCase "every public type and every public function is documented"
            <| fun () ->
                let missing =
                    [
                        for kind in types do
                            if not (isDocumented (nameOf kind)) then
                                nameOf kind

                            for part in members kind do
                                let name = $"{nameOf kind}.{part.Name}"

                                if not (isDocumented name) then
                                    name
                    ]

                Expect.isEmpty missing (String.Join(Environment.NewLine, missing))

            testCase "the public surface is the one on record"
            <| fun () ->
                // To put a wanted change on record: VOLATILITYFORGE_ACCEPT_SURFACE=1 ./forge test
                let record = "tests/golden/surface.txt"

                match Market.repositoryFile record with
                | Some path when Environment.GetEnvironmentVariable "VOLATILITYFORGE_ACCEPT_SURFACE" = "1" ->
                    File.WriteAllLines(path, surface ())
                | Some path ->
                    let known, found = Set.ofArray (File.ReadAllLines path), Set.ofList (surface ())

                    let lines mark part =
                        part |> Set.toList |> List.map (fun line -> mark + line)

                    let changes = lines "- " (known - found) @ lines "+ " (found - known)
                    Expect.isEmpty changes (String.Join(Environment.NewLine, changes))
                | None -> failtest $"{record} is missing"
        ]
