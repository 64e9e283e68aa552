/// Order flow against a naive twin that looks at each pair of quotes and each interval by itself.
module VolatilityForge.Tests.OrderFlowTests

open System
open Expecto
open VolatilityForge

let private rows = 600

/// Stamps over several days with many on whole minutes, and a book on few prices with empty and missing sides.
let private book (levels: int) : Frame =
    let pick = Random 17

    let index =
        Array.init rows (fun _ -> pick.Next(1, 60))
        |> Array.scan (+) 0
        |> Array.map (fun half -> DateTime(2024, 1, 1, 7, 0, 0).AddSeconds(30.0 * float half))
        |> Array.take rows

    let price above =
        Array.init rows (fun _ ->
            if pick.Next 40 = 0 then
                nan
            else
                above + float (pick.Next 3))

    let size () =
        Array.init rows (fun _ -> if pick.Next 60 = 0 then nan else float (pick.Next 3))

    let level at =
        let suffix = if at = 1 then "" else $"_{at}"

        [
            "bid" + suffix, price (10.0 - float at)
            "ask" + suffix, price (12.0 + float at)
            "bid_size" + suffix, size ()
            "ask_size" + suffix, size ()
        ]

    Expect.wantOk (Frame.create "" index (List.collect level [ 1..levels ])) "book"

let private column (name: string) (frame: Frame) : float[] =
    Expect.wantOk (Frame.column name frame) name

/// e_n by the formula; NaN where a price or a size that counts is missing.
let private naiveEvent (frame: Frame) (level: int) (row: int) : float =
    let suffix = if level = 1 then "" else $"_{level}"
    let value name at = (column (name + suffix) frame)[at]

    if row = 0 || frame.Index[row].Date <> frame.Index[row - 1].Date then
        0.0
    else
        let now name = value name row
        let before name = value name (row - 1)
        let when' holds size = if holds then size else 0.0

        // NaN compares with nothing, so a missing price has to be looked for.
        if
            [ "bid"; "ask" ]
            |> List.exists (fun name -> Double.IsNaN(now name + before name))
        then
            nan
        else
            when' (now "bid" >= before "bid") (now "bid_size")
            - when' (now "bid" <= before "bid") (before "bid_size")
            - when' (now "ask" <= before "ask") (now "ask_size")
            + when' (now "ask" >= before "ask") (before "ask_size")

let private agrees (what: string) (expected: float[]) (found: float[]) : unit =
    for row in 0 .. expected.Length - 1 do
        // Sizes are small whole numbers: their sums are exact.
        if not (expected[row].Equals found[row]) then
            failtest $"{what}, row {row}: {expected[row]} expected, {found[row]} found"

let private apply (frame: Frame) (spec: FeatureSpec) : float[] =
    Expect.wantOk (FeatureRegistry.apply spec frame) spec.Feature
    |> List.exactlyOne
    |> snd

[<Tests>]
let suite: Test =
    testList
        "features: order flow"
        [
            testCase "events are the formula's, missing where a price or a size is" (fun () ->
                let frame = book 1
                let expected = Array.init rows (naiveEvent frame 1)
                Expect.isTrue (expected |> Array.exists Double.IsNaN) "some are missing"
                agrees "event" expected (apply frame (FeatureSpec.create "order-flow-event")))

            testCase "sums over intervals are those of each day and interval alone, from the start on" (fun () ->
                let frame = book 1
                let events = Array.init rows (naiveEvent frame 1)

                for minutes in [ 5; 7; 60; 90; 1440 ] do
                    for start in [ 0; 480; 570 ] do
                        // Counted from the start both ways: floor division.
                        let interval row =
                            let minute = frame.Index[row].TimeOfDay.TotalMinutes - float start
                            frame.Index[row].Date, Math.Floor(minute / float minutes)

                        let opened row =
                            frame.Index[row].TimeOfDay.TotalMinutes >= float start

                        let counted =
                            events
                            |> Array.mapi (fun row event ->
                                let first =
                                    row > 0
                                    && opened row
                                    && (not (opened (row - 1)) || frame.Index[row].Date <> frame.Index[row - 1].Date)

                                if first || Double.IsNaN event then 0.0 else event)

                        let expected =
                            Array.init rows (fun row ->
                                Seq.sum (
                                    seq {
                                        for other in 0..row do
                                            if interval other = interval row then
                                                counted[other]
                                    }
                                ))

                        FeatureSpec.create "order-flow-imbalance"
                        |> FeatureSpec.set "minutes" (float minutes)
                        |> FeatureSpec.set "start" (float start)
                        |> apply frame
                        |> agrees $"{minutes} minutes from {start}" expected)

            testCase "several levels are the mean of their events over the mean depth, 0 over an empty book" (fun () ->
                let levels = 2
                let frame = book levels

                let expected =
                    Array.init rows (fun row ->
                        let events = List.sum [ for level in 1..levels -> naiveEvent frame level row ]

                        let depth =
                            List.sum
                                [
                                    for name in [ "bid_size"; "ask_size"; "bid_size_2"; "ask_size_2" ] ->
                                        (column name frame)[row]
                                ]

                        if Double.IsNaN(events + depth) then nan
                        elif depth = 0.0 then 0.0
                        else 2.0 * events / depth)

                let empty =
                    expected
                    |> Array.indexed
                    |> Array.filter (fun (row, value) -> value = 0.0 && naiveEvent frame 1 row <> 0.0)

                Expect.isGreaterThan empty.Length 0 "books that emptied"

                FeatureSpec.create "multi-level-order-flow"
                |> FeatureSpec.columns frame.Names
                |> apply frame
                |> agrees "two levels" expected)
        ]
