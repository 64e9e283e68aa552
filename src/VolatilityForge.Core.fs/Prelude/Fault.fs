/// What can go wrong, as data: what, where, which rule, how to mend it. Knows no domain and throws only when asked.
namespace VolatilityForge

open System

/// A place in a data source. Row counts from 1 as a text editor shows it; 0 means the whole source.
[<Struct>]
type Place =
    {
        Source: string
        Row: int
        Column: string
    }

/// A failure with its data. Edges return it in a Result; kernels raise it inside VolatilityForgeException.
[<RequireQualifiedAccess>]
type Fault =
    /// A value in a source breaks a rule.
    | BadData of place: Place * rule: string * found: string * remedy: string
    /// A file can't be read or written.
    | BadFile of path: string * reason: string * remedy: string
    /// Fewer observations than a computation needs.
    | TooShort of what: string * needed: int * found: int
    /// A setting outside its domain.
    | BadSetting of field: string * rule: string * found: string
    /// A name that is not registered.
    | UnknownName of kind: string * name: string * known: string list
    /// A tensor or array whose extent is not what an operation needs.
    | BadShape of operation: string * axis: string * expected: string * found: string
    /// A computation that has no answer for this input.
    | NotComputable of what: string * reason: string * remedy: string
    /// The tensor engine is missing or unusable.
    | NoEngine of reason: string * remedy: string
    /// Stopped on request.
    | Cancelled of what: string
    /// Several faults found together.
    | Several of Fault list

/// The one exception the library raises; its fault says what, where, which rule and how to mend it.
[<Sealed>]
type VolatilityForgeException(fault: Fault, message: string, inner: exn) =
    inherit Exception(message, inner)

    /// The failure as data.
    member _.Fault: Fault = fault

/// Reading and raising faults.
[<RequireQualifiedAccess>]
module Fault =

    /// Edits (insert, delete, substitute) that turn one word into the other, ignoring case.
    let private distance (left: string) (right: string) : int =
        let left, right = left.ToLowerInvariant(), right.ToLowerInvariant()
        let mutable previous = Array.init (right.Length + 1) id

        for i in 1 .. left.Length do
            let current = Array.create (right.Length + 1) i

            for j in 1 .. right.Length do
                let substitution = if left[i - 1] = right[j - 1] then 0 else 1

                current[j] <- min (min (previous[j] + 1) (current[j - 1] + 1)) (previous[j - 1] + substitution)

            previous <- current

        previous[right.Length]

    /// The known name closest to a mistyped one; None when nothing is within half its length.
    let nearest (known: string list) (name: string) : string option =
        match known with
        | [] -> None
        | _ ->
            let best = known |> List.minBy (distance name)

            if distance name best <= max 1 (name.Length / 2) then
                Some best
            else
                None

    /// Every single fault in order, with Several opened up.
    let rec flatten (fault: Fault) : Fault list =
        match fault with
        | Fault.Several faults -> faults |> List.collect flatten
        | single -> [ single ]

    /// One fault of many: the fault itself when there is only one.
    let combine (faults: Fault list) : Fault =
        match faults |> List.collect flatten with
        | [ single ] -> single
        | several -> Fault.Several several

    /// Fault.BadData of a place given by its parts.
    let internal badData
        (source: string)
        (row: int)
        (column: string)
        (rule: string)
        (found: string)
        (remedy: string)
        : Fault =
        Fault.BadData(
            {
                Source = source
                Row = row
                Column = column
            },
            rule,
            found,
            remedy
        )

    let private where (place: Place) : string =
        let row = if place.Row > 0 then $", row {place.Row}" else ""

        let column =
            if String.IsNullOrEmpty place.Column then
                ""
            else
                $", column {place.Column}"

        place.Source + row + column

    let private withRemedy (remedy: string) (text: string) : string =
        if remedy = "" then text else $"{text} {remedy}"

    /// The fault in one or more plain sentences, one line per fault.
    let rec describe (fault: Fault) : string =
        match fault with
        | Fault.BadData(place, rule, found, remedy) ->
            let seen = if found = "" then "" else $" Found {found}."
            withRemedy remedy $"{where place}: {rule}.{seen}"
        | Fault.BadFile(path, reason, remedy) -> withRemedy remedy $"{path}: {reason}."
        | Fault.TooShort(what, needed, found) ->
            let are = if found = 1 then "is" else "are"
            $"""{what} needs at least {Noun.counted needed "observation"}; there {are} {found}."""
        | Fault.BadSetting(field, rule, found) -> $"{field}: {rule}. Found {found}."
        | Fault.UnknownName(kind, name, known) ->
            let hint =
                match nearest known name with
                | Some close -> $" Did you mean '{close}'?"
                | None -> ""

            let list = if known.IsEmpty then "none" else String.Join(", ", known)
            $"There is no {kind} '{name}'.{hint} Known: {list}."
        | Fault.BadShape(operation, axis, expected, found) -> $"{operation}: {axis} must be {expected}; it is {found}."
        | Fault.NotComputable(what, reason, remedy) -> withRemedy remedy $"{what}: {reason}."
        | Fault.NoEngine(reason, remedy) -> withRemedy remedy $"The tensor engine can't be used: {reason}."
        | Fault.Cancelled what -> $"{what} was cancelled."
        | Fault.Several faults -> faults |> List.map describe |> String.concat Environment.NewLine

    /// The exit code of the command line: 1 failed, 2 wrong usage, 3 bad data, 130 cancelled.
    let rec exitCode (fault: Fault) : int =
        match fault with
        | Fault.BadData _
        | Fault.TooShort _ -> 3
        | Fault.BadSetting _
        | Fault.UnknownName _ -> 2
        | Fault.BadFile _
        | Fault.BadShape _
        | Fault.NotComputable _
        | Fault.NoEngine _ -> 1
        | Fault.Cancelled _ -> 130
        | Fault.Several faults -> faults |> List.map exitCode |> List.fold max 1

    /// The fault as an exception, to be raised where a Result would only be unwrapped.
    let toException (fault: Fault) : VolatilityForgeException =
        VolatilityForgeException(fault, describe fault, null)

    /// Raises the fault.
    let raiseWith (fault: Fault) : 'a = raise (toException fault)

    /// The value, or the fault raised.
    let orRaise (result: Result<'a, Fault>) : 'a =
        match result with
        | Ok value -> value
        | Error fault -> raiseWith fault

    /// Runs a computation and turns the faults it raises into an Error.
    let catch (body: unit -> 'a) : Result<'a, Fault> =
        try
            Ok(body ())
        with :? VolatilityForgeException as raised ->
            Error raised.Fault
