/// Realised measures at the edges of their rules, and the bits that every processor gives.
module VolatilityForge.Tests.RealisedEdgeTests

open System
open Expecto
open VolatilityForge

let private opens = DateTime(2020, 1, 2, 9, 30, 0)

/// Levels that one division each makes and no library's function, so that their bits are known everywhere.
let private levels (count: int) : float[] =
    let mutable state = 12345u

    Array.init count (fun _ ->
        state <- state * 1664525u + 1013904223u
        int (state >>> 16) % 17 - 8)
    |> Array.scan (+) 12_000
    |> Array.map (fun level -> float level / 3_000.0)

let private measured (config: IntradayConfig) (seconds: float[]) (levels: float[]) : string -> float =
    let prices =
        TickPrices.check
            ReturnKind.Arithmetic
            "X"
            "price"
            (seconds |> Array.map (fun second -> opens.AddSeconds second))
            levels

    let made =
        Expect.wantOk (Intraday.measure config IntradayMeasure.all (Expect.wantOk prices "sound")) "measured"

    fun name -> (Expect.wantOk (RealisedMeasures.measure name made) name)[0]

let private trading: IntradayConfig =
    { Intraday.defaults with
        Calendar = Calendar.weekdays Session.usEquities
    }

let inline private bits (value: float<'unit>) : int64 =
    BitConverter.DoubleToInt64Bits(float value)

[<Tests>]
let suite: Test =
    testList
        "realised measures, edges"
        [
            testCase "have these bits on every processor, whatever its registers" (fun () ->
                let levels = levels 1_003
                let returns = Sampling.returns levels

                let positive = levels[..202]
                let ones = Array.create positive.Length 1.0

                let feature (name: string) (columns: (string * float[]) list) : int64 =
                    Frame.create "" (Array.init positive.Length (fun row -> opens.AddSeconds(float row))) columns
                    |> Result.bind (FeatureRegistry.apply (FeatureSpec.create name))
                    |> fun made -> snd (Expect.wantOk made name).Head
                    |> Array.fold (fun folded value -> folded * 31L + BitConverter.DoubleToInt64Bits value) 17L

                // The same with registers of 512, 256 and 128 bits and with none.
                for name, found, expected in
                    [
                        "rv", bits (PowerVariation.realised returns), 0x3F653CFBAA5FA302L
                        "bipower", bits (PowerVariation.bipower returns), 0x3F685F35DEE62CE8L
                        "med_rv", bits (PowerVariation.median returns), 0x3F6B1F64C0E5B8D3L
                        "tripower_quarticity", bits (Quarticity.tripower returns), 0x3EE105255E5A6924L
                        "kernel_parzen",
                        bits (RealisedKernel.estimate KernelShape.Parzen 30 levels),
                        0x3F663E4115BD65CCL
                        "two_scale", bits (Subsampling.twoScale 12 levels), 0x3F65E88638CA4F89L
                        "pre_averaged", bits (PreAverage.estimate 33 levels), 0x3F66AB82496CD951L
                        "log", feature "log" [ "x", positive ], 0x85B545A3A06916A0L
                        "vega-proxy",
                        feature
                            "vega-proxy"
                            [ "forward", ones; "strike", positive; "years", ones; "atm_volatility", ones ],
                        0x3B2DD3BE8F4F553AL
                    ] do
                    Expect.equal found expected name)

            testCase "noise counts the price's own variance as all of it at the most" (fun () ->
                let levels = levels 200
                let realised = PowerVariation.realised (Sampling.returns levels)
                let upper = float (Subsampling.noiseVariance 1 levels)

                for share, kept in [ 0.0, 1.0; 0.5, exp -0.5; 1.0, exp -1.0; 7.0, exp -1.0 ] do
                    Expect.floatClose
                        Accuracy.veryHigh
                        (float (Subsampling.debiasedNoise (share * realised) levels))
                        (upper * kept)
                        $"{share} of the realised variance")

            testCase "parameters stay within what a day allows" (fun () ->
                let variance value = value * 1.0< / day>
                Expect.equal (Subsampling.optimalStride (variance 1.0) (variance 1e-4) 99) 33 "a third of the returns"
                Expect.equal (Subsampling.optimalStride (variance 0.0) (variance 1.0) 99) 2 "two"
                Expect.equal (Subsampling.optimalStride (variance 0.0) (variance 0.0) 99) 2 "nothing moves"

                for shape in [ KernelShape.Parzen; KernelShape.TukeyHanning ] do
                    let bandwidth noise rough =
                        RealisedKernel.bandwidth shape (variance noise) (variance rough) 99

                    Expect.equal (bandwidth 1.0 1e-9) 98 "one less than the returns"
                    Expect.equal (bandwidth 0.0 0.0) 0 "nothing moves"

                Expect.equal (JumpTests.window 0) 3 "least window"
                Expect.equal (JumpTests.window 78) 141 "root of 252 days' returns, rounded up"
                Expect.equal (PreAverage.window 4_001) 64 "root of the returns, rounded up")

            testCase "returns that never follow each other leave the ratio test its jumps" (fun () ->
                let returns = Array.init 40 (fun index -> if index % 2 = 0 then 0.01 else 0.0)

                let expected =
                    1.0 / sqrt ((Math.PI * Math.PI / 4.0 + Math.PI - 5.0) / float returns.Length)

                Expect.floatClose
                    Accuracy.veryHigh
                    (JumpTests.barndorffNielsenShephard returns).Statistic
                    expected
                    "statistic")

            testCase "a return after a still window is judged by nothing" (fun () ->
                let returns = Array.init 30 (fun index -> if index < 20 then 0.0 else 0.01)
                let found = JumpTests.leeMykland 10 30 returns
                Expect.isTrue (found[..21] |> Array.forall Double.IsNaN) "two returns that move are needed"
                Expect.all found[22..] Double.IsFinite "then there is a statistic")

            testCase "a short day's rough variance is that of a sixth of it, second by second" (fun () ->
                let levels = levels 61
                let seconds = Array.init levels.Length float

                let session =
                    Expect.wantOk (Session.create (TimeOnly(9, 30)) (TimeOnly(9, 31, 1))) "session"

                let config =
                    { trading with
                        Calendar = Calendar.weekdays session
                    }

                let expected =
                    Subsampling.debiasedNoise (Subsampling.realised 10 levels) levels |> float

                Expect.equal (measured config seconds levels "noise_variance") expected "noise")

            testCase "in tick time subsampling averages over the shifts of the ticks" (fun () ->
                let levels = levels 301

                for count in [ 1; 7 ] do
                    let config =
                        { trading with
                            Sampling = Sampling.Ticks count
                        }

                    Expect.equal
                        (measured config (Array.init levels.Length float) levels "rv_subsampled")
                        (float (Subsampling.realised count levels))
                        $"every {count} ticks")
        ]
