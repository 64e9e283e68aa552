/// Checks that don't stop at the first fault: every fault of a configuration or a file is gathered and told at once.
namespace VolatilityForge

/// A value whose checks all passed, or every fault found.
type Checked<'a> = Result<'a, Fault>

/// Words for gathering faults.
[<RequireQualifiedAccess>]
module Checked =

    /// Ok when the condition holds, this fault otherwise.
    let require (fault: Fault) (condition: bool) : Checked<unit> = if condition then Ok() else Error fault

    /// Both values, or the faults of both.
    let zip (first: Checked<'a>) (second: Checked<'b>) : Checked<'a * 'b> =
        match first, second with
        | Ok left, Ok right -> Ok(left, right)
        | Error left, Error right -> Error(Fault.combine [ left; right ])
        | Error fault, Ok _
        | Ok _, Error fault -> Error fault

    /// The function of both values, or the faults of both.
    let map2 (mapping: 'a -> 'b -> 'c) (first: Checked<'a>) (second: Checked<'b>) : Checked<'c> =
        zip first second |> Result.map (fun (left, right) -> mapping left right)

    /// A checked function of a checked value, or the faults of both.
    let apply (mapping: Checked<'a -> 'b>) (value: Checked<'a>) : Checked<'b> = map2 id mapping value

    /// Every result in order, or the faults of all elements in order. Every element is visited.
    let traverse (mapping: 'a -> Checked<'b>) (values: 'a list) : Checked<'b list> =
        let results = values |> List.map mapping

        match results |> List.choose (Either.fold Some (fun _ -> None)) with
        | [] -> Ok(results |> List.choose Result.toOption)
        | faults -> Error(Fault.combine faults)

    /// Every value in order, or all faults.
    let sequence (values: Checked<'a> list) : Checked<'a list> = traverse id values

    /// Ok when every check passes, all faults otherwise.
    let all (checks: Checked<unit> list) : Checked<unit> = sequence checks |> Result.map ignore

/// `checked' { let! a = ... and! b = ... return ... }`: faults of `and!` are gathered, a later `let!` waits for the
/// values before it.
[<Sealed>]
type CheckedBuilder() =
    /// `and!`
    member _.MergeSources(first: Checked<'a>, second: Checked<'b>) : Checked<'a * 'b> = Checked.zip first second

    /// `let! ... return`
    member _.BindReturn(value: Checked<'a>, mapping: 'a -> 'b) : Checked<'b> = Result.map mapping value

    /// `let!`
    member _.Bind(value: Checked<'a>, next: 'a -> Checked<'b>) : Checked<'b> = Result.bind next value

    /// `return`
    member _.Return(value: 'a) : Checked<'a> = Ok value

    /// `return!`
    member _.ReturnFrom(value: Checked<'a>) : Checked<'a> = value

/// The builder's name.
[<AutoOpen>]
module CheckedComputation =

    /// Checks that gather every fault.
    let checked': CheckedBuilder = CheckedBuilder()
