/// Expecto's assertions: actual first, expected second, message last. A failure says all three.
[<RequireQualifiedAccess>]
module Expecto.Expect

open System
open System.Collections.Generic

let private fail (message: string) (what: string) : 'a =
    raise (AssertException $"{message}.{Environment.NewLine}{what}")

let private show (value: 'a) : string =
    match box value with
    | null -> "null"
    | :? float as number -> number.ToString "R"
    | :? float32 as number -> number.ToString "R"
    | :? string as text -> $"\"{text}\""
    | other -> sprintf "%A" other

let private unequal (message: string) (expected: string) (actual: string) : 'a =
    fail message $"  expected: {expected}{Environment.NewLine}    actual: {actual}"

let private firstDifference (actual: 'a[]) (expected: 'a[]) : int option =
    Seq.init (max actual.Length expected.Length) id
    |> Seq.tryFind (fun index ->
        index >= actual.Length
        || index >= expected.Length
        || actual[index] <> expected[index])

let equal (actual: 'a) (expected: 'a) (message: string) : unit =
    if actual <> expected then
        unequal message (show expected) (show actual)

let notEqual (actual: 'a) (expected: 'a) (message: string) : unit =
    if actual = expected then
        fail message $"  both are: {show actual}"

let isTrue (actual: bool) (message: string) : unit =
    if not actual then
        unequal message "true" "false"

let isFalse (actual: bool) (message: string) : unit =
    if actual then
        unequal message "false" "true"

let isNull (actual: 'a) (message: string) : unit =
    if not (obj.ReferenceEquals(box actual, null)) then
        unequal message "null" (show actual)

let isNotNull (actual: 'a) (message: string) : unit =
    if obj.ReferenceEquals(box actual, null) then
        unequal message "not null" "null"

let isSome (actual: 'a option) (message: string) : unit =
    if actual.IsNone then
        unequal message "Some _" "None"

let isNone (actual: 'a option) (message: string) : unit =
    match actual with
    | Some value -> unequal message "None" $"Some {show value}"
    | None -> ()

let wantSome (actual: 'a option) (message: string) : 'a =
    match actual with
    | Some value -> value
    | None -> unequal message "Some _" "None"

let isOk (actual: Result<'a, 'b>) (message: string) : unit =
    match actual with
    | Ok _ -> ()
    | Error problem -> unequal message "Ok _" $"Error {show problem}"

let isError (actual: Result<'a, 'b>) (message: string) : unit =
    match actual with
    | Ok value -> unequal message "Error _" $"Ok {show value}"
    | Error _ -> ()

let wantOk (actual: Result<'a, 'b>) (message: string) : 'a =
    match actual with
    | Ok value -> value
    | Error problem -> unequal message "Ok _" $"Error {show problem}"

let wantError (actual: Result<'a, 'b>) (message: string) : 'b =
    match actual with
    | Ok value -> unequal message "Error _" $"Ok {show value}"
    | Error problem -> problem

let throwsC (body: unit -> unit) (continuation: exn -> 'a) : 'a =
    let raised =
        try
            body ()
            None
        with raised ->
            Some raised

    match raised with
    | Some raised -> continuation raised
    | None -> fail "Expected an exception" "  none was raised"

let throws (body: unit -> unit) (message: string) : unit =
    let raised =
        try
            body ()
            false
        with _ ->
            true

    if not raised then
        unequal message "an exception" "none was raised"

let throwsT<'exception_ when 'exception_ :> exn> (body: unit -> unit) (message: string) : unit =
    let raised =
        try
            body ()
            None
        with raised ->
            Some raised

    match raised with
    | Some(:? 'exception_) -> ()
    | Some other -> unequal message typeof<'exception_>.FullName (string other)
    | None -> unequal message typeof<'exception_>.FullName "none was raised"

let isLessThan (actual: 'a) (bound: 'a) (message: string) : unit =
    if not (actual < bound) then
        unequal message $"less than {show bound}" (show actual)

let isLessThanOrEqual (actual: 'a) (bound: 'a) (message: string) : unit =
    if not (actual <= bound) then
        unequal message $"less than or equal to {show bound}" (show actual)

let isGreaterThan (actual: 'a) (bound: 'a) (message: string) : unit =
    if not (actual > bound) then
        unequal message $"greater than {show bound}" (show actual)

let isGreaterThanOrEqual (actual: 'a) (bound: 'a) (message: string) : unit =
    if not (actual >= bound) then
        unequal message $"greater than or equal to {show bound}" (show actual)

let isNotNaN (actual: float) (message: string) : unit =
    if Double.IsNaN actual then
        unequal message "a number" "NaN"

let isNotInfinity (actual: float) (message: string) : unit =
    if Double.IsInfinity actual then
        unequal message "a finite number" (show actual)

let isNotPositiveInfinity (actual: float) (message: string) : unit =
    if Double.IsPositiveInfinity actual then
        unequal message "not +infinity" (show actual)

let isNotNegativeInfinity (actual: float) (message: string) : unit =
    if Double.IsNegativeInfinity actual then
        unequal message "not -infinity" (show actual)

let floatClose (accuracy: Accuracy) (actual: float) (expected: float) (message: string) : unit =
    // Written so that NaN and infinity are never close to anything.
    if
        not (Double.IsFinite actual && Double.IsFinite expected)
        || not (Accuracy.areClose accuracy actual expected)
    then
        let gap = Accuracy.areCloseLhs actual expected
        let allowed = Accuracy.areCloseRhs accuracy actual expected
        unequal message $"{show expected} (within {show allowed})" $"{show actual} (off by {show gap})"

let floatLessThanOrClose (accuracy: Accuracy) (actual: float) (expected: float) (message: string) : unit =
    if not (actual < expected) then
        floatClose accuracy actual expected message

let floatGreaterThanOrClose (accuracy: Accuracy) (actual: float) (expected: float) (message: string) : unit =
    if not (actual > expected) then
        floatClose accuracy actual expected message

let sequenceEqual (actual: seq<'a>) (expected: seq<'a>) (message: string) : unit =
    let actual, expected = Array.ofSeq actual, Array.ofSeq expected

    match firstDifference actual expected with
    | None -> ()
    | Some index ->
        let at (items: 'a[]) =
            if index < items.Length then
                $"at index {index}: {show items[index]} (of {items.Length})"
            else
                $"no element {index} (of {items.Length})"

        unequal message (at expected) (at actual)

let sequenceStarts (actual: seq<'a>) (prefix: seq<'a>) (message: string) : unit =
    let prefix = Array.ofSeq prefix
    let start = actual |> Seq.truncate prefix.Length |> Array.ofSeq

    if start <> prefix then
        unequal message $"starts with {show prefix}" (show start)

let isEmpty (actual: seq<'a>) (message: string) : unit =
    if not (Seq.isEmpty actual) then
        unequal message "an empty sequence" (show (Seq.truncate 10 actual |> List.ofSeq))

let isNonEmpty (actual: seq<'a>) (message: string) : unit =
    if Seq.isEmpty actual then
        unequal message "a sequence with elements" "an empty one"

let hasLength (actual: seq<'a>) (length: int) (message: string) : unit =
    let count = Seq.length actual

    if count <> length then
        unequal message $"{length} elements" $"{count}: {show (Seq.truncate 10 actual |> List.ofSeq)}"

let hasCountOf (actual: seq<'a>) (expected: uint32) (selector: 'a -> bool) (message: string) : unit =
    let count = actual |> Seq.filter selector |> Seq.length

    if uint32 count <> expected then
        unequal message $"{expected} elements that satisfy the selector" (string count)

let contains (actual: seq<'a>) (element: 'a) (message: string) : unit =
    if not (Seq.contains element actual) then
        unequal message $"contains {show element}" (show (List.ofSeq actual))

let exists (actual: seq<'a>) (predicate: 'a -> bool) (message: string) : unit =
    if not (Seq.exists predicate actual) then
        unequal message "an element that satisfies the predicate" (show (List.ofSeq actual))

let all (actual: seq<'a>) (predicate: 'a -> bool) (message: string) : unit =
    let broken =
        actual |> Seq.indexed |> Seq.filter (snd >> predicate >> not) |> Seq.truncate 5

    if not (Seq.isEmpty broken) then
        unequal message "every element satisfies the predicate" $"broken at {show (List.ofSeq broken)}"

let allEqual (actual: seq<'a>) (expected: 'a) (message: string) : unit =
    all actual (fun element -> element = expected) message

let containsAll (actual: seq<'a>) (expected: seq<'a>) (message: string) : unit =
    let counted (items: seq<'a>) = items |> Seq.countBy id |> List.ofSeq

    let present = actual |> counted |> dict
    // A multiset test as in Expecto: an element asked for twice must be there twice.
    let missing =
        counted expected
        |> List.filter (fun (element, count) ->
            match present.TryGetValue element with
            | true, found -> found < count
            | _ -> true)

    if not missing.IsEmpty then
        unequal message $"contains {show (List.map fst missing)}" (show (List.ofSeq actual))

let private ordered (holds: 'a -> 'a -> bool) (word: string) (actual: seq<'a>) (message: string) : unit =
    match
        actual
        |> Seq.pairwise
        |> Seq.tryFindIndex (fun (left, right) -> not (holds left right))
    with
    | Some index -> unequal message $"an {word} sequence" $"broken between {index} and {index + 1}"
    | None -> ()

let isAscending (actual: seq<'a>) (message: string) : unit = ordered (<=) "ascending" actual message

let isDescending (actual: seq<'a>) (message: string) : unit =
    ordered (>=) "descending" actual message

let stringContains (subject: string) (substring: string) (message: string) : unit =
    if not (subject.Contains(substring, StringComparison.Ordinal)) then
        unequal message $"contains {show substring}" (show subject)

let stringStarts (subject: string) (prefix: string) (message: string) : unit =
    if not (subject.StartsWith(prefix, StringComparison.Ordinal)) then
        unequal message $"starts with {show prefix}" (show subject)

let stringEnds (subject: string) (suffix: string) (message: string) : unit =
    if not (subject.EndsWith(suffix, StringComparison.Ordinal)) then
        unequal message $"ends with {show suffix}" (show subject)

let stringHasLength (subject: string) (length: int) (message: string) : unit =
    if subject.Length <> length then
        unequal message $"{length} characters" $"{subject.Length}: {show subject}"

let isMatch (subject: string) (pattern: string) (message: string) : unit =
    if not (Text.RegularExpressions.Regex.IsMatch(subject, pattern)) then
        unequal message $"matches {pattern}" (show subject)
