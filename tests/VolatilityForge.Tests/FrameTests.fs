/// Frames: what makes one, what follows from one.
module VolatilityForge.Tests.FrameTests

open System
open Expecto
open VolatilityForge

let private day (number: int) : DateTime =
    DateTime(2020, 1, 1).AddDays(float number)

let private days (count: int) : DateTime[] = Array.init count day

let private frame (columns: (string * float[]) list) : Frame =
    Expect.wantOk (Frame.create "SPX" (days (snd columns.Head).Length) columns) "the frame is sound"

let private values (name: string) (frame: Frame) : float[] =
    Expect.wantOk (Frame.column name frame) name

let private at (numbers: int list) (values: float list) : Frame =
    Expect.wantOk
        (Frame.create "X" (numbers |> List.map day |> Array.ofList) [ "value", Array.ofList values ])
        "the frame is sound"

/// The last value at or before each time, by a search over everything.
let private naiveAsOf (oldest: TimeSpan option) (other: Frame) (index: DateTime[]) : float[] =
    index
    |> Array.map (fun time ->
        Seq.zip other.Index (values "value" other)
        |> Seq.filter (fun (known, _) ->
            known <= time
            && (match oldest with
                | Some limit -> time - known <= limit
                | None -> true))
        |> Seq.tryLast
        |> Option.map snd
        |> Option.defaultValue nan)

[<Tests>]
let tests =
    testList
        "Frame"
        [
            testTheory
                "a broken rule is named with its row and column"
                [
                    [ 0; 1; 1 ], [ 1.0; 2.0; 3.0 ], (3, "time")
                    [ 0; 2; 1 ], [ 1.0; 2.0; 3.0 ], (3, "time")
                    [ 0; 1; 2 ], [ 1.0; infinity; 3.0 ], (2, "value")
                ]
                (fun (numbers, values, expected) ->
                    match
                        Frame.create "X" (numbers |> List.map day |> Array.ofList) [ "value", Array.ofList values ]
                    with
                    | Error(Fault.BadData(place, _, _, _)) -> Expect.equal (place.Row, place.Column) expected "place"
                    | other -> failtestf "BadData expected, found %A" other)

            testCase "every broken rule is told at once" (fun () ->
                match Frame.create "X" (days 2) [ "a", [| 1.0 |]; "b", [| -infinity; 1.0 |]; "a", [| 1.0; 2.0 |] ] with
                | Error(Fault.Several faults) -> Expect.equal faults.Length 3 "length, infinity, repeated name"
                | other -> failtestf "several faults expected, found %A" other)

            testCase "a caller's arrays may change afterwards" (fun () ->
                let index, column = days 2, [| 1.0; 2.0 |]
                let made = Expect.wantOk (Frame.create "X" index [ "a", column ]) "sound"
                index[0] <- day 9
                column[0] <- nan
                Expect.equal (made.Index[0], (values "a" made)[0]) (day 0, 1.0) "the frame has its own")

            testCase "an unknown column is a fault with the names there are" (fun () ->
                match Frame.column "clse" (frame [ "open", [| 1.0 |]; "close", [| 2.0 |] ]) with
                | Error(Fault.UnknownName(_, "clse", known)) -> Expect.equal known [ "open"; "close" ] "known"
                | other -> failtestf "UnknownName expected, found %A" other)

            testCase "select takes columns in the order asked for" (fun () ->
                let all = frame [ "a", [| 1.0 |]; "b", [| 2.0 |]; "c", [| 3.0 |] ]
                let some = Expect.wantOk (Frame.select [ "c"; "a" ] all) "there"
                Expect.equal some.Names [ "c"; "a" ] "names"
                Expect.isError (Frame.select [ "d" ] all) "not there"
                Expect.isError (Frame.select [ "a"; "a" ] all) "twice")

            testCase "withColumn adds at the end and replaces in place" (fun () ->
                let all = frame [ "a", [| 1.0 |]; "b", [| 2.0 |] ]
                let added = Expect.wantOk (Frame.withColumn "c" [| 3.0 |] all) "added"
                let replaced = Expect.wantOk (Frame.withColumn "a" [| 9.0 |] all) "replaced"
                Expect.equal added.Names [ "a"; "b"; "c" ] "names"
                Expect.equal (replaced.Names, values "a" replaced) ([ "a"; "b" ], [| 9.0 |]) "value"
                Expect.isError (Frame.withColumn "c" [| 1.0; 2.0 |] all) "too long"
                Expect.isError (Frame.withColumn "c" [| infinity |] all) "infinite")

            testCase "masks stand beside the columns that miss values, once" (fun () ->
                let masked =
                    frame [ "a", [| 1.0; nan; 3.0 |]; "b", [| 1.0; 2.0; 3.0 |] ] |> Frame.withMasks

                Expect.equal masked.Names [ "a"; "b"; "a_present" ] "names"
                Expect.equal (values "a_present" masked) [| 1.0; 0.0; 1.0 |] "mask"
                Expect.equal (Expect.wantOk (Frame.mask "a" masked) "mask") [| true; false; true |] "as truth values"
                Expect.equal (Frame.withMasks masked).Names masked.Names "again")

            testProperty "a slice holds exactly the rows between its ends" (fun (from: int) (upto: int) ->
                let all = frame [ "a", Array.init 40 float ]
                let first, last = day (from % 60), day (upto % 60)
                let sliced = Frame.slice first last all

                sliced.Index = (all.Index |> Array.filter (fun time -> first <= time && time <= last))
                && (Frame.upTo last all).Index = (all.Index |> Array.filter (fun time -> time <= last)))

            testProperty
                "an as-of join gives the last value known, as a search does"
                (fun (left: Set<int>) (right: Set<int>) (limit: int option) ->
                    let numbers (set: Set<int>) =
                        set |> Set.map (fun number -> abs number % 50) |> List.ofSeq

                    let other = at (numbers right) (numbers right |> List.map float)
                    let index = numbers left |> List.map day |> Array.ofList

                    let oldest =
                        limit |> Option.map (fun days -> TimeSpan.FromDays(float (abs days % 10)))

                    let own = Expect.wantOk (Frame.create "X" index []) "no column"
                    let joined = Expect.wantOk (Frame.asOf oldest other own) "joined"

                    Array.forall2
                        (fun (found: float) expected -> found.Equals expected)
                        (values "value" joined)
                        (naiveAsOf oldest other index))

            testCase "an as-of join of frames that share a name is refused" (fun () ->
                Expect.isError (Frame.asOf None (at [ 0 ] [ 1.0 ]) (at [ 0 ] [ 1.0 ])) "value twice")
        ]
