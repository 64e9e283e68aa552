/// Random numbers from an explicit state: same seed, same bits, on every platform. Knows no distribution but the
/// uniform and the normal, and holds no global generator.
namespace VolatilityForge

open System
open System.Numerics

/// The state of a xoshiro256** generator (Blackman and Vigna 2021) as a value: drawing gives a number and the next state.
[<Struct>]
type Rng =
    private
        {
            S0: uint64
            S1: uint64
            S2: uint64
            S3: uint64
        }

/// Drawing from a generator state.
[<RequireQualifiedAccess>]
module Rng =

    let private twoToMinus53 = 1.0 / 9007199254740992.0
    let private twoToMinus52 = 1.0 / 4503599627370496.0

    /// One step of SplitMix64 (Steele, Lea and Flood 2014): a number, and the counter after it.
    let private splitMix (counter: uint64) : struct (uint64 * uint64) =
        let next = counter + 0x9E3779B97F4A7C15UL
        let mixed = (next ^^^ (next >>> 30)) * 0xBF58476D1CE4E5B9UL
        let mixed = (mixed ^^^ (mixed >>> 27)) * 0x94D049BB133111EBUL
        struct (mixed ^^^ (mixed >>> 31), next)

    /// The four words of the state, for a checkpoint.
    let toWords (rng: Rng) : uint64[] = [| rng.S0; rng.S1; rng.S2; rng.S3 |]

    /// The generator with exactly these words; Fault.BadSetting unless they are four and not all zero.
    let ofWords (words: uint64[]) : Result<Rng, Fault> =
        if words.Length <> 4 || Array.forall ((=) 0UL) words then
            Error(Fault.BadSetting("words", "must be four numbers, not all zero", String.Join(" ", words)))
        else
            Ok
                {
                    S0 = words[0]
                    S1 = words[1]
                    S2 = words[2]
                    S3 = words[3]
                }

    let private ofCounter (counter: uint64) : Rng =
        let struct (s0, counter) = splitMix counter
        let struct (s1, counter) = splitMix counter
        let struct (s2, counter) = splitMix counter
        let struct (s3, _) = splitMix counter
        { S0 = s0; S1 = s1; S2 = s2; S3 = s3 }

    /// The generator of a seed; its words come from SplitMix64, as the authors of xoshiro256** recommend.
    let ofSeed (seed: int64) : Rng = ofCounter (uint64 seed)

    /// 64 uniform bits.
    let nextBits (rng: Rng) : struct (uint64 * Rng) =
        let drawn = BitOperations.RotateLeft(rng.S1 * 5UL, 7) * 9UL
        let s2 = rng.S2 ^^^ rng.S0
        let s3 = rng.S3 ^^^ rng.S1

        struct (drawn,
                {
                    S0 = rng.S0 ^^^ s3
                    S1 = rng.S1 ^^^ s2
                    S2 = s2 ^^^ (rng.S1 <<< 17)
                    S3 = BitOperations.RotateLeft(s3, 45)
                })

    /// Uniform on [0, 1), a multiple of 2^-53.
    let nextFloat (rng: Rng) : struct (float * Rng) =
        let struct (bits, next) = nextBits rng
        struct (float (bits >>> 11) * twoToMinus53, next)

    /// Uniform on 0 .. bound - 1, without bias (Lemire 2019). Raises Fault.BadSetting for a bound below 1.
    let nextInt (bound: int) (rng: Rng) : struct (int * Rng) =
        if bound < 1 then
            Fault.raiseWith (Fault.BadSetting("bound", "must be at least 1", string bound))

        let range = uint64 bound
        // Products whose low half is below 2^64 mod range would make some numbers more likely than others.
        let rejected = (0UL - range) % range

        let rec draw (rng: Rng) : struct (int * Rng) =
            let struct (bits, next) = nextBits rng
            let mutable low = 0UL
            let high = Math.BigMul(bits, range, &low)

            if low < rejected then
                draw next
            else
                struct (int high, next)

        draw rng

    // The C library's logarithm differs in its last bit between platforms; sums, products and roots don't.
    // ln (m 2^e) = e ln 2 + 2 atanh ((m - 1) / (m + 1)), by its series: with m in [sqrt 1/2, sqrt 2] the term of power
    // 25 is below 2^-60.
    let private portableLog (x: float) : float =
        let bits = BitConverter.DoubleToInt64Bits x
        let exponent = int ((bits >>> 52) &&& 0x7FFL) - 1023

        let mantissa =
            BitConverter.Int64BitsToDouble((bits &&& 0xFFFFFFFFFFFFFL) ||| 0x3FF0000000000000L)

        let mantissa, exponent =
            if mantissa > sqrt 2.0 then
                mantissa / 2.0, exponent + 1
            else
                mantissa, exponent

        let s = (mantissa - 1.0) / (mantissa + 1.0)
        let square = s * s
        let mutable series = 0.0

        for power in 23..-2..1 do
            series <- series * square + 1.0 / float power

        float exponent * 0.693147180559945309417 + 2.0 * s * series

    let private horner (coefficients: float[]) (x: float) : float =
        let mutable sum = 0.0

        for index in coefficients.Length - 1 .. -1 .. 0 do
            sum <- sum * x + coefficients[index]

        sum

    let private central =
        [|
            3.3871328727963666080e0
            1.3314166789178437745e+2
            1.9715909503065514427e+3
            1.3731693765509461125e+4
            4.5921953931549871457e+4
            6.7265770927008700853e+4
            3.3430575583588128105e+4
            2.5090809287301226727e+3
        |],
        [|
            1.0
            4.2313330701600911252e+1
            6.8718700749205790830e+2
            5.3941960214247511077e+3
            2.1213794301586595867e+4
            3.9307895800092710610e+4
            2.8729085735721942674e+4
            5.2264952788528545610e+3
        |]

    let private near =
        [|
            1.42343711074968357734e0
            4.63033784615654529590e0
            5.76949722146069140550e0
            3.64784832476320460504e0
            1.27045825245236838258e0
            2.41780725177450611770e-1
            2.27238449892691845833e-2
            7.74545014278341407640e-4
        |],
        [|
            1.0
            2.05319162663775882187e0
            1.67638483018380384940e0
            6.89767334985100004550e-1
            1.48103976427480074590e-1
            1.51986665636164571966e-2
            5.47593808499534494600e-4
            1.05075007164441684324e-9
        |]

    let private far =
        [|
            6.65790464350110377720e0
            5.46378491116411436990e0
            1.78482653991729133580e0
            2.96560571828504891230e-1
            2.65321895265761230930e-2
            1.24266094738807843860e-3
            2.71155556874348757815e-5
            2.01033439929228813265e-7
        |],
        [|
            1.0
            5.99832206555887937690e-1
            1.36929880922735805310e-1
            1.48753612908506148525e-2
            7.86869131145613259100e-4
            1.84631831751005468180e-5
            1.42151175831644588870e-7
            2.04426310338993978564e-15
        |]

    let private ratio (above: float[], below: float[]) (x: float) : float = horner above x / horner below x

    /// The standard normal quantile of a probability strictly between 0 and 1 (Wichura 1988, AS 241, PPND16: relative
    /// error about 1e-16).
    let private normalQuantile (probability: float) : float =
        let centred = probability - 0.5

        if abs centred <= 0.425 then
            centred * ratio central (0.180625 - centred * centred)
        else
            let tail = if centred < 0.0 then probability else 1.0 - probability
            let root = sqrt (-(portableLog tail))

            let quantile =
                if root <= 5.0 then
                    ratio near (root - 1.6)
                else
                    ratio far (root - 5.0)

            if centred < 0.0 then -quantile else quantile

    /// Standard normal, by inversion: one draw of bits for each number.
    let nextNormal (rng: Rng) : struct (float * Rng) =
        let struct (bits, next) = nextBits rng
        // 52 bits and a half step keep the probability away from 0 and 1.
        struct (normalQuantile ((float (bits >>> 12) + 0.5) * twoToMinus52), next)

    /// This many standard normals, and the state after them.
    let normals (count: int) (rng: Rng) : struct (float[] * Rng) =
        let mutable state = rng

        let drawn =
            Array.init count (fun _ ->
                let struct (number, next) = nextNormal state
                state <- next
                number)

        struct (drawn, state)

    /// A random permutation of the array (Fisher and Yates), every order equally likely; the argument stays as it is.
    let shuffle (items: 'a[]) (rng: Rng) : struct ('a[] * Rng) =
        let shuffled = Array.copy items
        let mutable state = rng

        for last in shuffled.Length - 1 .. -1 .. 1 do
            let struct (chosen, next) = nextInt (last + 1) state
            state <- next
            let kept = shuffled[last]
            shuffled[last] <- shuffled[chosen]
            shuffled[chosen] <- kept

        struct (shuffled, state)

    // Each word is mixed in by a SplitMix64 step and a multiplication by FNV's prime.
    let private child (key: seq<uint64>) (rng: Rng) : Rng =
        let fold (hash: uint64) (word: uint64) =
            let struct (mixed, _) = splitMix (hash ^^^ word)
            mixed * 0x100000001B3UL

        key
        |> Seq.append [ rng.S0; rng.S1; rng.S2; rng.S3 ]
        |> Seq.fold fold 0xCBF29CE484222325UL
        |> ofCounter

    /// The child generator of a name. It depends on state and name only, and the parent stays as it is: work that is
    /// split by name draws the same numbers in any order and on any number of threads.
    let split (name: string) (rng: Rng) : Rng =
        // The leading tag keeps a one-character name apart from a number.
        child (Seq.append [ 1UL ] (name |> Seq.map uint64)) rng

    /// The child generator of a number; see split.
    let splitAt (index: int) (rng: Rng) : Rng = child [ 2UL; uint64 (int64 index) ] rng
