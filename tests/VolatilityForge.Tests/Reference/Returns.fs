/// Returns for tests of conditional variance models: published, simulated, hostile; and densities written out naively.
module VolatilityForge.Tests.Returns

open System
open System.IO
open System.IO.Compression
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

/// DEM/GBP, 1,974 daily percent log returns 1984-1991: the series of the GARCH benchmark.
let demGbp () : float[] =
    golden "dem2gbp.csv" |> Array.map (fun row -> number row[0])

/// S&P 500, 5,030 daily simple percent returns of adjusted closes 1999-2018, the example series of Python's arch.
let sp500 () : float[] =
    use file = File.OpenRead(Market.developmentFile "daily/arch_sp500.csv.gz")
    use text = new StreamReader(new GZipStream(file, CompressionMode.Decompress))

    let closes =
        text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> Array.skip 1
        |> Array.map (fun line -> number (line.Split(',')[5]))

    Array.init (closes.Length - 1) (fun i -> 100.0 * (closes[i + 1] / closes[i] - 1.0))

/// A spec of a variance model's name, with constant mean and normal innovations.
let specOf (name: string) : GarchSpec =
    { GarchSpec.defaults with
        Variance = Expect.wantOk (GarchSpec.parse name) name
    }

/// Every family, and orders above one.
let every: string list =
    GarchSpec.names
    @ [
        "garch(2,2)"
        "garch(1,0)"
        "gjr(2,1)"
        "tarch(1,2)"
        "egarch(2,1)"
        "aparch(1,2)"
    ]

/// Every distribution.
let innovations: Innovation list =
    [ Innovation.Normal; Innovation.StudentT; Innovation.SkewedT; Innovation.Ged ]

/// A fit that succeeds.
let fitted (spec: GarchSpec) (returns: float[]) : GarchFit =
    Expect.wantOk (Garch.fit spec (GarchData.ofReturns returns)) $"%A{spec.Variance} fits"

/// Returns of a GJR with Student t innovations, with the asymmetry and persistence of a stock index, of size one.
let simulated (seed: int64) (count: int) : float[] =
    let spec =
        { specOf "gjr" with
            Innovation = Innovation.StudentT
        }

    Expect.wantOk
        (GarchForecast.series spec [| 0.03; 0.02; 0.02; 0.12; 0.90; 7.0 |] 1.0 500 count (Rng.ofSeed seed))
        "a series"

/// Sum of the log densities of residuals with variances, each density normalised by its own integral and standardised by its
/// own second moment: what the closed forms must equal.
let logDensity (innovation: Innovation) (shapes: float[]) (z: float) : float =
    let kernel (x: float) : float =
        match innovation with
        | Innovation.Normal -> exp (-0.5 * x * x)
        | Innovation.StudentT -> (1.0 + x * x / shapes[0]) ** (-(shapes[0] + 1.0) / 2.0)
        | Innovation.Ged -> exp (-0.5 * abs x ** shapes[0])
        | Innovation.SkewedT ->
            let side = if x < 0.0 then 1.0 - shapes[1] else 1.0 + shapes[1]
            let y = x / side
            (1.0 + y * y / shapes[0]) ** (-(shapes[0] + 1.0) / 2.0)

    // x = sinh u spreads heavy tails; the trapezoid rule then converges faster than any power of the step.
    let step = 0.01
    let grid = [| for i in -4000 .. 4000 -> step * float i |]

    let moment (power: int) : float =
        grid
        |> Array.sumBy (fun u -> step * cosh u * sinh u ** float power * kernel (sinh u))

    let mass = moment 0
    let mean = moment 1 / mass
    let deviation = sqrt (moment 2 / mass - mean * mean)
    log (kernel (mean + deviation * z) / mass * deviation)
