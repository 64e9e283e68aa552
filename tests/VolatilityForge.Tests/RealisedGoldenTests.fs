/// Realised measures against numpy's.
module VolatilityForge.Tests.RealisedGoldenTests

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.RealisedByName

let private document: Lazy<JsonElement> =
    lazy
        (match Market.repositoryFile "tests/golden/realised.json" with
         | Some path -> JsonDocument.Parse(File.ReadAllText path).RootElement
         | None -> invalidOp "tests/golden/realised.json is missing")

/// Sums of twelve uniforms less six, as realised.py builds them.
let private nearNormals (seed: int) (count: int) : float[] =
    uniforms seed (12 * count)
    |> Array.chunkBySize 12
    |> Array.map (fun draws -> Array.sum draws - 6.0)

let private goldenReturns: float[] =
    let values = nearNormals 11 79 |> Array.map (fun draw -> 0.001 * draw)
    values[40] <- values[40] + 0.02
    values[10] <- 0.0
    values[60] <- 0.0
    values

let private goldenTicks: Lazy<DateTime[] * float[]> =
    lazy
        (let gaps = uniforms 5 4000 |> Array.map (fun draw -> floor (draw * 1170.0) / 100.0)

         let times =
             Array.scan (+) 0.25 gaps
             |> Array.map (fun second -> opens.AddTicks(int64 (Math.Round(second * 1e7))))

         let efficient =
             nearNormals 7 4000 |> Array.map (fun draw -> 0.0002 * draw) |> accumulate

         times, Array.map2 (fun level draw -> level + 0.0003 * draw) efficient (nearNormals 9 4001))

[<Tests>]
let golden =
    testList
        "realised measures, golden"
        [
            testCase "measures of returns are numpy's" (fun () ->
                for entry in (document.Value.GetProperty "returns").EnumerateObject() do
                    close (byName entry.Name goldenReturns) (entry.Value.GetDouble()) entry.Name)

            testCase "measures of levels are numpy's" (fun () ->
                let _, levels = goldenTicks.Value

                for entry in (document.Value.GetProperty "levels").EnumerateArray() do
                    let name = entry.GetProperty("name").GetString()
                    let parameter = entry.GetProperty("parameter").GetInt32()
                    let cut = if name.StartsWith "kernel" then levels[..499] else levels
                    close (ofLevels name parameter cut) (entry.GetProperty("value").GetDouble()) $"{name} {parameter}")

            testCase "constants of bandwidths are those of the integrals" (fun () ->
                for shape in [ KernelShape.Parzen; KernelShape.TukeyHanning ] do
                    let expected =
                        (document.Value.GetProperty "constants")
                            .GetProperty((RealisedKernel.name shape).Replace('-', '_'))

                    close (RealisedKernel.bandwidthConstant shape) (expected.GetDouble()) (RealisedKernel.name shape))

            testCase "Lee-Mykland statistics are numpy's" (fun () ->
                let expected =
                    [|
                        for value in (document.Value.GetProperty "leeMykland").EnumerateArray() -> value.GetDouble()
                    |]

                let found = JumpTests.leeMykland 20 79 goldenReturns
                Expect.isTrue (found[..18] |> Array.forall Double.IsNaN) "no window"

                Array.iter2
                    (fun found expected -> Expect.floatClose Accuracy.veryHigh found expected "statistic")
                    found[19..]
                    expected

                let critical = JumpTests.leeMyklandCritical 0.01

                Expect.equal
                    (found
                     |> Array.indexed
                     |> Array.filter (fun (_, value) -> value > critical)
                     |> Array.map fst)
                    [| 40 |]
                    "the jump")

            testCase "a day of ticks has numpy's measures, parameters chosen by the day" (fun () ->
                let times, levels = goldenTicks.Value

                let prices =
                    Expect.wantOk (TickPrices.check ReturnKind.Arithmetic "X" "price" times levels) "sound"

                let config =
                    { Intraday.defaults with
                        Calendar = Calendar.weekdays Session.usEquities
                    }

                let day =
                    Expect.wantOk (Intraday.measure config IntradayMeasure.all prices) "measured"

                for entry in (document.Value.GetProperty "day").EnumerateObject() do
                    let found = Expect.wantOk (RealisedMeasures.measure entry.Name day) entry.Name
                    // Ticks of 100 ns against seconds in floating point: the stamps agree, the levels to 1e-13.
                    Expect.floatClose
                        { absolute = 1e-15; relative = 1e-9 }
                        found[0]
                        (entry.Value.GetDouble())
                        entry.Name)
        ]
