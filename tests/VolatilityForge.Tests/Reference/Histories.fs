/// Histories for tests: simulated, public, and poisoned after a day.
module VolatilityForge.Tests.Histories

open System
open System.Globalization
open System.IO
open System.IO.Compression
open Expecto
open VolatilityForge

/// Fails unless two numbers agree to a share of the larger one.
let close (share: float) (actual: float) (expected: float) (message: string) : unit =
    if not (abs (actual - expected) <= share * max (abs actual) (abs expected)) then
        failtest $"{message}: expected {expected:R}, found {actual:R}"

/// A history of given variances on consecutive days.
let ofVariance (variance: float[]) : History =
    {
        Symbol = "test"
        Dates = Array.init variance.Length (fun day -> DateOnly(2000, 1, 3).AddDays day)
        Variance = variance |> Array.map (fun value -> value * 1.0< / day>)
        Returns = Array.zeroCreate variance.Length
        Scored = Array.create variance.Length true
        Measures = Map.empty
    }

/// ln variance is an AR(1) about ln(1e-4), with the persistence of a stock index.
let simulated (seed: int) (days: int) : History =
    let random = Random seed
    let mutable level = 0.0

    let normal () : float =
        sqrt (-2.0 * log (1.0 - random.NextDouble()))
        * cos (2.0 * Math.PI * random.NextDouble())

    ofVariance (
        Array.init days (fun _ ->
            level <- 0.97 * level + 0.2 * normal ()
            1e-4 * exp (level + 0.3 * normal ()))
    )

/// A simulated history with returns and every measure that the HAR family reads.
let measured (seed: int) (days: int) : History =
    let history = simulated seed days
    let random = Random(seed + 7919)
    let variance = history.Variance |> Array.map Units.strip

    let share (lowest: float) (highest: float) : float[] =
        Array.init days (fun _ -> lowest + (highest - lowest) * random.NextDouble())

    let negative = Array.map2 (*) variance (share 0.3 0.7)

    let squares (share: float[]) =
        Array.map2 (fun v s -> v * v * s) variance share

    { history with
        Returns = Array.map2 (fun v s -> 2.0 * sqrt v * s) variance (share -0.5 0.5)
        Measures =
            Map.ofList
                [
                    HarMeasures.quarticity, squares (share 0.5 2.5)
                    HarMeasures.tripowerQuarticity, squares (share 0.4 1.9)
                    // Above variance on some days, which have no jump.
                    HarMeasures.bipower, Array.map2 (*) variance (share 0.6 1.1)
                    HarMeasures.negativeSemivariance, negative
                    HarMeasures.positiveSemivariance, Array.map2 (-) variance negative
                ]
    }

/// The history with every variance multiplied; returns and measures go with it.
let scaled (factor: float) (history: History) : History =
    let measure (name: string) (values: float[]) : float[] =
        let factor =
            if name.Contains "quarticity" then
                factor * factor
            else
                factor

        values |> Array.map (fun value -> factor * value)

    { history with
        Variance = history.Variance |> Array.map (fun value -> factor * value)
        Returns = history.Returns |> Array.map (fun value -> sqrt factor * value)
        Measures = history.Measures |> Map.map measure
    }

/// The history with every day after the given one replaced by another history's, a thousandfold.
let changedAfter (day: int) (history: History) : History =
    let other = scaled 1e3 (measured 977 (History.length history))

    let after (own: 'a[]) (others: 'a[]) : 'a[] =
        Array.init own.Length (fun i -> if i <= day then own[i] else others[i])

    { history with
        Variance = after history.Variance other.Variance
        Returns = after history.Returns other.Returns
        Measures =
            history.Measures
            |> Map.map (fun name values -> after values other.Measures[name])
    }

/// The history with every day after the given one unusable.
let poisonedAfter (day: int) (history: History) : History =
    let poisoned (values: float[]) : float[] =
        values |> Array.mapi (fun i value -> if i <= day then value else nan)

    { history with
        Variance =
            history.Variance
            |> Array.mapi (fun i value -> if i <= day then value else nan * 1.0< / day>)
        Returns = poisoned history.Returns
        Measures = history.Measures |> Map.map (fun _ values -> poisoned values)
    }

/// A file of tests/golden without its provenance line and header, as fields.
let golden (name: string) : string[][] =
    let rec search (folder: DirectoryInfo) : string =
        let path = Path.Combine(folder.FullName, "golden", name)
        let below = Path.Combine(folder.FullName, "tests", "golden", name)

        if File.Exists path then path
        elif File.Exists below then below
        else search folder.Parent

    File.ReadAllLines(search (DirectoryInfo AppContext.BaseDirectory))
    |> Array.skip 2
    |> Array.map _.Split(',')

/// A number as every golden file writes it.
let number (text: string) : float =
    Double.Parse(text, CultureInfo.InvariantCulture)

/// S&P 500 realised variance 1997-2013 in percent squared (Bollerslev, Patton and Quaedvlieg 2016), 4,096 days.
let sp500 () : History =
    use file =
        File.OpenRead(VolatilityForge.Tests.Market.developmentFile "realized/bpq_sp500rm_1997_2013.csv.gz")

    use text = new StreamReader(new GZipStream(file, CompressionMode.Decompress))

    let rows =
        text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> Array.skip 1
        |> Array.map _.Split(',')

    { ofVariance (rows |> Array.map (fun row -> number row[1])) with
        Symbol = "SPX"
        Dates =
            rows
            |> Array.map (fun row -> DateOnly.ParseExact(row[0], "yyyy-MM-dd", CultureInfo.InvariantCulture))
        Measures =
            [
                HarMeasures.quarticity, 2
                HarMeasures.bipower, 4
                HarMeasures.negativeSemivariance, 5
                HarMeasures.positiveSemivariance, 6
                HarMeasures.tripowerQuarticity, 7
            ]
            |> List.map (fun (name, column) -> name, rows |> Array.map (fun row -> number row[column]))
            |> Map.ofList
    }

/// Park and Miller's minimal standard generator on (0, 1), as the golden scripts use it.
let uniforms (seed: int) (count: int) : float[] =
    let mutable state = int64 seed

    Array.init count (fun _ ->
        state <- state * 16807L % 2147483647L
        float state / 2147483647.0)
