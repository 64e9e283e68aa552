/// A value or an error: words and a builder over F#'s own Result that stop at the first error.
namespace VolatilityForge

open System

/// A value on the right, or an error on the left: F#'s Result with its arguments in the order of the name.
type Either<'left, 'right> = Result<'right, 'left>

/// Words for computations that stop at the first error.
[<RequireQualifiedAccess>]
module Either =

    /// The value of an option, or this error.
    let ofOption (error: 'e) (value: 'a option) : Result<'a, 'e> =
        match value with
        | Some present -> Ok present
        | None -> Error error

    /// The left case of a choice is the value, the right the error.
    let ofChoice (choice: Choice<'a, 'e>) : Result<'a, 'e> =
        match choice with
        | Choice1Of2 value -> Ok value
        | Choice2Of2 error -> Error error

    /// Ok when the condition holds, this error otherwise.
    let require (error: 'e) (condition: bool) : Result<unit, 'e> = if condition then Ok() else Error error

    /// The function applied to the value.
    let map (mapping: 'a -> 'b) (value: Result<'a, 'e>) : Result<'b, 'e> = Result.map mapping value

    /// The function applied to the error.
    let mapError (mapping: 'e -> 'f) (value: Result<'a, 'e>) : Result<'a, 'f> = Result.mapError mapping value

    /// The function applied to the value, which may itself fail.
    let bind (next: 'a -> Result<'b, 'e>) (value: Result<'a, 'e>) : Result<'b, 'e> = Result.bind next value

    /// The function of both values; the error of the first that fails.
    let map2 (mapping: 'a -> 'b -> 'c) (first: Result<'a, 'e>) (second: Result<'b, 'e>) : Result<'c, 'e> =
        match first, second with
        | Ok left, Ok right -> Ok(mapping left right)
        | Error error, _
        | _, Error error -> Error error

    /// The value when it satisfies the predicate, else the error that this function makes of it.
    let filter (error: 'a -> 'e) (predicate: 'a -> bool) (value: Result<'a, 'e>) : Result<'a, 'e> =
        match value with
        | Ok present when not (predicate present) -> Error(error present)
        | other -> other

    /// The value, or this other one.
    let defaultValue (fallback: 'a) (value: Result<'a, 'e>) : 'a = Result.defaultValue fallback value

    /// The value, or what this function makes of the error.
    let defaultWith (fallback: 'e -> 'a) (value: Result<'a, 'e>) : 'a = Result.defaultWith fallback value

    /// The value when there is one, else what this function makes of the error.
    let orElseWith (fallback: 'e -> Result<'a, 'f>) (value: Result<'a, 'e>) : Result<'a, 'f> =
        match value with
        | Ok present -> Ok present
        | Error error -> fallback error

    /// One result out of two functions.
    let fold (onError: 'e -> 'b) (onOk: 'a -> 'b) (value: Result<'a, 'e>) : 'b =
        match value with
        | Ok present -> onOk present
        | Error error -> onError error

    /// The value, or None.
    let toOption (value: Result<'a, 'e>) : 'a option = Result.toOption value

    /// Every result in order, or the first error; later elements are not visited.
    let traverse (mapping: 'a -> Result<'b, 'e>) (values: 'a list) : Result<'b list, 'e> =
        let rec walk (reached: 'b list) (rest: 'a list) =
            match rest with
            | [] -> Ok(List.rev reached)
            | head :: tail ->
                match mapping head with
                | Ok result -> walk (result :: reached) tail
                | Error error -> Error error

        walk [] values

    /// Every value in order, or the first error.
    let sequence (values: Result<'a, 'e> list) : Result<'a list, 'e> = traverse id values

/// `either { }`: the first Error ends the computation.
[<Sealed>]
type EitherBuilder() =
    /// `let!`
    member _.Bind(value: Result<'a, 'e>, next: 'a -> Result<'b, 'e>) : Result<'b, 'e> = Result.bind next value

    /// `return`
    member _.Return(value: 'a) : Result<'a, 'e> = Ok value

    /// `return!`
    member _.ReturnFrom(value: Result<'a, 'e>) : Result<'a, 'e> = value

    /// A branch that ends without a value.
    member _.Zero() : Result<unit, 'e> = Ok()

    /// Keeps what follows unevaluated until it is reached.
    member _.Delay(body: unit -> Result<'a, 'e>) : unit -> Result<'a, 'e> = body

    /// A statement, then the rest.
    member _.Combine(first: Result<unit, 'e>, rest: unit -> Result<'a, 'e>) : Result<'a, 'e> = Result.bind rest first

    /// `use`: the resource is disposed whatever happens.
    member _.Using(resource: 'r, body: 'r -> Result<'a, 'e>) : Result<'a, 'e> when 'r :> IDisposable =
        use held = resource
        body held

    /// `for`: stops at the first Error.
    member _.For(items: seq<'a>, body: 'a -> Result<unit, 'e>) : Result<unit, 'e> =
        use each = items.GetEnumerator()
        let mutable outcome = Ok()

        while Result.isOk outcome && each.MoveNext() do
            outcome <- body each.Current

        outcome

    /// Runs the computation.
    member _.Run(body: unit -> Result<'a, 'e>) : Result<'a, 'e> = body ()

/// The builder's name.
[<AutoOpen>]
module EitherComputation =

    /// Computations over Result that end at the first Error.
    let either: EitherBuilder = EitherBuilder()
