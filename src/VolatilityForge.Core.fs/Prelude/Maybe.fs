/// A value that may be absent: words and a builder over F#'s own option, so other code's options just work.
namespace VolatilityForge

open System

/// A value or nothing.
type Maybe<'a> = 'a option

/// Words for optional values.
[<RequireQualifiedAccess>]
module Maybe =

    /// The value, or None where it is null. Boxed None and unit are null at run time, so they give None too.
    let of' (value: 'a) : Maybe<'a> =
        if isNull (box value) then None else Some value

    /// The reference, or None where it is null.
    let ofObj (value: 'a | null) : Maybe<'a> =
        match value with
        | null -> None
        | present -> Some present

    /// The value of a nullable, or None.
    let ofNullable (value: Nullable<'a>) : Maybe<'a> = Option.ofNullable value

    /// The value of Ok, or None.
    let ofEither (value: Result<'a, 'e>) : Maybe<'a> = Result.toOption value

    /// The function applied inside.
    let map (mapping: 'a -> 'b) (value: Maybe<'a>) : Maybe<'b> = Option.map mapping value

    /// The function of both, when both are there.
    let map2 (mapping: 'a -> 'b -> 'c) (first: Maybe<'a>) (second: Maybe<'b>) : Maybe<'c> =
        Option.map2 mapping first second

    /// The function applied to the value, which may itself give nothing.
    let bind (next: 'a -> Maybe<'b>) (value: Maybe<'a>) : Maybe<'b> = Option.bind next value

    /// The value when it satisfies the predicate.
    let filter (predicate: 'a -> bool) (value: Maybe<'a>) : Maybe<'a> = Option.filter predicate value

    /// The value, or this other one.
    let defaultValue (fallback: 'a) (value: Maybe<'a>) : 'a = Option.defaultValue fallback value

    /// The value, or what this function gives; the function runs only when needed.
    let defaultWith (fallback: unit -> 'a) (value: Maybe<'a>) : 'a = Option.defaultWith fallback value

    /// The value when there is one, else the other option.
    let orElse (fallback: Maybe<'a>) (value: Maybe<'a>) : Maybe<'a> = Option.orElse fallback value

    /// The value when there is one, else what this function gives; the function runs only when needed.
    let orElseWith (fallback: unit -> Maybe<'a>) (value: Maybe<'a>) : Maybe<'a> = Option.orElseWith fallback value

    /// One result out of two functions.
    let fold (onNone: unit -> 'b) (onSome: 'a -> 'b) (value: Maybe<'a>) : 'b =
        match value with
        | Some present -> onSome present
        | None -> onNone ()

    /// The value as Ok, or this error.
    let toEither (error: 'e) (value: Maybe<'a>) : Result<'a, 'e> =
        match value with
        | Some present -> Ok present
        | None -> Error error

    /// Every result in order, or None from the first element that has none; later elements are not visited.
    let traverse (mapping: 'a -> Maybe<'b>) (values: 'a list) : Maybe<'b list> =
        let rec walk (reached: 'b list) (rest: 'a list) =
            match rest with
            | [] -> Some(List.rev reached)
            | head :: tail ->
                match mapping head with
                | Some result -> walk (result :: reached) tail
                | None -> None

        walk [] values

    /// Every value in order, or None when one is missing.
    let sequence (values: Maybe<'a> list) : Maybe<'a list> = traverse id values

/// `maybe { }`: the first None ends the computation.
[<Sealed>]
type MaybeBuilder() =
    /// `let!`
    member _.Bind(value: Maybe<'a>, next: 'a -> Maybe<'b>) : Maybe<'b> = Option.bind next value

    /// `return`
    member _.Return(value: 'a) : Maybe<'a> = Some value

    /// `return!`
    member _.ReturnFrom(value: Maybe<'a>) : Maybe<'a> = value

    /// A branch that ends without a value.
    member _.Zero() : Maybe<unit> = Some()

    /// Keeps what follows unevaluated until it is reached.
    member _.Delay(body: unit -> Maybe<'a>) : unit -> Maybe<'a> = body

    /// A statement, then the rest.
    member _.Combine(first: Maybe<unit>, rest: unit -> Maybe<'a>) : Maybe<'a> = Option.bind rest first

    /// Runs the computation.
    member _.Run(body: unit -> Maybe<'a>) : Maybe<'a> = body ()

/// The builder's name.
[<AutoOpen>]
module MaybeComputation =

    /// Computations over option that end at the first None.
    let maybe: MaybeBuilder = MaybeBuilder()
