/// Functions over functions: pipes, composition, currying, a bounded cache. Knows no domain.
namespace VolatilityForge

open System
open System.Collections.Generic

/// Words for combining functions.
[<RequireQualifiedAccess>]
module Function =

    // Any argument, null and unit included, as a dictionary key with F#'s structural equality.
    [<Struct>]
    type private Key<'a when 'a: equality> = { Argument: 'a }

    /// The value after every step, left to right: pipe [f; g] x = g (f x). No steps: the value itself.
    let pipe (steps: ('a -> 'a) list) (value: 'a) : 'a =
        List.fold (fun reached step -> step reached) value steps

    /// Composition as in mathematics: compose outer inner x = outer (inner x).
    let compose (outer: 'b -> 'c) (inner: 'a -> 'b) : 'a -> 'c = fun argument -> outer (inner argument)

    /// Composition of many, applied right to left: composeAll [f; g; h] x = f (g (h x)). None: the identity.
    let composeAll (functions: ('a -> 'a) list) : 'a -> 'a =
        fun argument -> List.foldBack (fun step reached -> step reached) functions argument

    /// A function of a pair as a function of one argument after the other.
    let curry (paired: 'a * 'b -> 'c) : 'a -> 'b -> 'c =
        fun first second -> paired (first, second)

    /// A function of one argument after the other as a function of a pair.
    let uncurry (curried: 'a -> 'b -> 'c) : 'a * 'b -> 'c =
        fun (first, second) -> curried first second

    /// The same function with its first two arguments exchanged.
    let flip (direct: 'a -> 'b -> 'c) : 'b -> 'a -> 'c = fun second first -> direct first second

    /// A cached form of a pure function. It keeps the results of the `capacity` arguments used last, may be called from
    /// many threads, and computes once per kept argument: callers that ask for one being computed wait for it.
    /// An exception is not kept. Raises Fault.BadSetting for a capacity below 1.
    let memoize (capacity: int) (pure': 'a -> 'b) : 'a -> 'b when 'a: equality =
        if capacity < 1 then
            Fault.raiseWith (Fault.BadSetting("capacity", "must be at least 1", string capacity))

        let gate = obj ()
        let recent = LinkedList<struct (Key<'a> * Lazy<'b>)>()

        let kept =
            Dictionary<Key<'a>, LinkedListNode<struct (Key<'a> * Lazy<'b>)>>(HashIdentity.Structural)

        let find (key: Key<'a>) : Lazy<'b> =
            lock gate (fun () ->
                match kept.TryGetValue key with
                | true, node ->
                    recent.Remove node
                    recent.AddFirst node
                    let struct (_, result) = node.Value
                    result
                | _ ->
                    let result = Lazy<'b>(fun () -> pure' key.Argument)
                    kept[key] <- recent.AddFirst(struct (key, result))

                    if kept.Count > capacity then
                        let struct (oldest, _) = recent.Last.Value
                        recent.RemoveLast()
                        kept.Remove oldest |> ignore

                    result)

        let forget (key: Key<'a>) (failed: Lazy<'b>) : unit =
            lock gate (fun () ->
                match kept.TryGetValue key with
                | true, node ->
                    let struct (_, result) = node.Value

                    if obj.ReferenceEquals(result, failed) then
                        recent.Remove node
                        kept.Remove key |> ignore
                | _ -> ())

        fun argument ->
            let key = { Argument = argument }
            let result = find key

            try
                result.Value
            with _ ->
                forget key result
                reraise ()

/// What `>=>` needs to know of a type with a bind; not meant to be called.
[<Sealed; AbstractClass>]
type Kleisli =

    /// Bind of option.
    static member Then(value: 'a option, next: 'a -> 'b option) : 'b option = Option.bind next value

    /// Bind of Result.
    static member Then(value: Result<'a, 'e>, next: 'a -> Result<'b, 'e>) : Result<'b, 'e> = Result.bind next value

    /// Picks the overload by the type of the first function's result.
    static member inline Resolve< ^kleisli, ^m, ^a, ^n
        when (^kleisli or ^m): (static member Then: ^m * (^a -> ^n) -> ^n)>
        (_: ^kleisli, value: ^m, next: ^a -> ^n)
        : ^n =
        ((^kleisli or ^m): (static member Then: ^m * (^a -> ^n) -> ^n) (value, next))

/// The library's one operator.
[<AutoOpen>]
module Operators =

    /// Kleisli composition, left to right, of functions that return an option or a Result:
    /// (f >=> g) x is g of what f gives, and the first None or Error otherwise.
    let inline (>=>) (first: 'a -> ^m) (next: ^b -> ^n) : 'a -> ^n =
        fun argument -> Kleisli.Resolve(Unchecked.defaultof<Kleisli>, first argument, next)
