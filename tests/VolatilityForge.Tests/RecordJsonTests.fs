/// Values through JSON and back, to the last bit, and texts that are no such value.
module VolatilityForge.Tests.RecordJsonTests

open System
open System.Text.Json
open Expecto
open VolatilityForge

type Shade =
    | Plain
    | Mixed of parts: float list * name: string option
    | Deep of Shade

type Whole =
    {
        Number: float
        Count: int64
        Flag: bool
        Text: string
        Day: DateOnly
        Shades: Shade list
        Pairs: (int * float)[]
        Maybe: int option
    }

let private through (value: 'a) : 'a =
    let text = (RecordJson.toNode value).ToJsonString()
    use document = JsonDocument.Parse text
    RecordJson.ofElement<'a> document.RootElement

let private bits (value: float) = BitConverter.DoubleToInt64Bits value

let private sample: Whole =
    {
        Number = 0.1
        Count = Int64.MinValue
        Flag = true
        Text = "naïve \"quoted\"\n"
        Day = DateOnly(2008, 10, 13)
        Shades = [ Plain; Mixed([ 1.0; 2.0 ], Some "x"); Deep(Deep(Mixed([], None))) ]
        Pairs = [| 1, 1.5; 2, 1e-300 |]
        Maybe = None
    }

[<Tests>]
let suite =
    testList
        "Records as JSON"
        [
            testCase "every kind of part comes back"
            <| fun () -> Expect.equal (through sample) sample "the same"

            testCase "every float comes back to its last bit"
            <| fun () ->
                for value in
                    [
                        nan
                        infinity
                        -infinity
                        -0.0
                        Double.Epsilon
                        Double.MaxValue
                        Math.PI
                        0.1 + 0.2
                    ] do
                    Expect.equal (bits (through value)) (bits value) $"{value}"

            testProperty "any float comes back"
            <| fun (value: float) ->
                // Which of the many NaN it was is not kept.
                Double.IsNaN value || bits (through value) = bits value

            testCase "a text of another shape is an error, never another value"
            <| fun () ->
                for text in
                    [
                        "{}"
                        "[]"
                        "null"
                        """{"Plain": [1]}"""
                        """{"Mixed": [[1.0]]}"""
                        """{"Pale": []}"""
                        """{"Plain": [], "Deep": []}"""
                        """{"Mixed": [["x"], null]}"""
                    ] do
                    use document = JsonDocument.Parse text

                    Expect.throws (fun () -> RecordJson.ofElement<Shade> document.RootElement |> ignore) text

            testCase "a type with a part that has no form is an error"
            <| fun () ->
                Expect.throwsT<NotSupportedException> (fun () -> RecordJson.toNode (1.0f, 2) |> ignore) "float32"
        ]
