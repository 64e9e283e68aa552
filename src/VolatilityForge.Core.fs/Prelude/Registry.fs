/// Named makers of values, looked up at run time. Immutable; knows nothing of what it makes.
namespace VolatilityForge

open System

/// Makers by name. Names differ in more than case.
[<Sealed>]
type Registry<'arg, 'value> private (kind: string, entries: (string * ('arg -> 'value)) list) =

    // Kept newest first; names in order of registration is what a reader of a fault expects.
    let names = entries |> List.map fst |> List.rev

    /// A registry with nothing in it; the kind ("model", "measure") is what faults call its members.
    static member Empty(kind: string) : Registry<'arg, 'value> = Registry(kind, [])

    /// What the registry's members are called in faults.
    member _.Kind: string = kind

    /// The names, in order of registration.
    member _.Names: string list = names

    /// The registry with one more maker; a name that is taken gets the new maker and keeps its place.
    member _.Add(name: string, make: 'arg -> 'value) : Registry<'arg, 'value> =
        let same (other: string) =
            String.Equals(name, other, StringComparison.OrdinalIgnoreCase)

        if names |> List.exists same then
            Registry(
                kind,
                entries
                |> List.map (fun (known, maker) -> if same known then name, make else known, maker)
            )
        else
            Registry(kind, (name, make) :: entries)

    /// The maker of a name, case ignored.
    member _.TryFind(name: string) : ('arg -> 'value) option =
        entries
        |> List.tryFind (fun (known, _) -> String.Equals(name, known, StringComparison.OrdinalIgnoreCase))
        |> Option.map snd

    /// The value made of the argument, or Fault.UnknownName with the known names.
    member registry.Create(name: string, argument: 'arg) : Result<'value, Fault> =
        match registry.TryFind name with
        | Some make -> Ok(make argument)
        | None -> Error(Fault.UnknownName(kind, name, names))

/// Words for registries, data last.
[<RequireQualifiedAccess>]
module Registry =

    /// A registry with nothing in it; the kind ("model", "measure") is what faults call its members.
    let empty<'arg, 'value> (kind: string) : Registry<'arg, 'value> = Registry<'arg, 'value>.Empty kind

    /// The registry with one more maker; a name that is taken gets the new maker and keeps its place.
    let add (name: string) (make: 'arg -> 'value) (registry: Registry<'arg, 'value>) : Registry<'arg, 'value> =
        registry.Add(name, make)

    /// A registry of these makers, in this order.
    let ofList (kind: string) (makers: (string * ('arg -> 'value)) list) : Registry<'arg, 'value> =
        makers
        |> List.fold (fun registry (name, make) -> add name make registry) (empty kind)

    /// The maker of a name, case ignored.
    let tryFind (name: string) (registry: Registry<'arg, 'value>) : ('arg -> 'value) option = registry.TryFind name

    /// The value made of the argument, or Fault.UnknownName with the known names.
    let create (name: string) (argument: 'arg) (registry: Registry<'arg, 'value>) : Result<'value, Fault> =
        registry.Create(name, argument)

    /// The names, in order of registration.
    let names (registry: Registry<'arg, 'value>) : string list = registry.Names
