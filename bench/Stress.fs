/// `bench stress`: fits of conditional variance models to hostile series, next to scipy's best of many starts.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open System.Text.Json
open VolatilityForge

/// A series to fit.
type StressCase = { Name: string; Returns: float[] }

/// Measuring and printing.
[<RequireQualifiedAccess>]
module Stress =

    let private models: string list = [ "garch"; "gjr"; "tarch"; "egarch"; "aparch" ]

    let private innovations: Innovation list =
        [ Innovation.Normal; Innovation.StudentT; Innovation.SkewedT; Innovation.Ged ]

    let private normals (seed: int64) (count: int) : float[] =
        let mutable rng = Rng.ofSeed seed

        Array.init count (fun _ ->
            let struct (z, next) = Rng.nextNormal rng
            rng <- next
            z)

    let private heavy (seed: int64) (nu: float) (count: int) : float[] =
        let mutable rng = Rng.ofSeed seed

        Array.init count (fun _ ->
            let struct (z, next) = Innovation.draw Innovation.StudentT [| max 2.001 nu |] rng
            rng <- next
            z)

    let private garch (seed: int64) (alpha: float) (beta: float) (nu: float) (count: int) : float[] =
        let spec =
            { GarchSpec.defaults with
                Innovation = Innovation.StudentT
            }

        GarchForecast.series spec [| 0.0; 1.0 - alpha - beta; alpha; beta; nu |] 1.0 500 count (Rng.ofSeed seed)
        |> Fault.orRaise

    /// The series, each at a size of its own between 1e-6 and 1e4.
    let cases: StressCase list =
        let spoilt (seed: int64) (change: int -> float -> float) =
            garch seed 0.08 0.9 6.0 1500 |> Array.mapi change

        [
            for index, (alpha, beta) in
                List.indexed
                    [
                        0.05, 0.9
                        0.1, 0.85
                        0.02, 0.97
                        0.3, 0.6
                        0.15, 0.0
                        0.001, 0.998
                        0.5, 0.45
                        0.05, 0.5
                    ] do
                for count in [ 500; 2000 ] do
                    $"garch {alpha} {beta}, {count}", garch (int64 (10 * index + count)) alpha beta 8.0 count
            "garch 0.08 0.91, 20000", garch 91L 0.08 0.91 7.0 20_000
            "independent normal, 500", normals 1L 500
            "independent normal, 3000", normals 2L 3000
            "t of 2.1 degrees", heavy 3L 2.1 2000
            "ratio of normals (Cauchy)", Array.map2 (/) (normals 4L 1500) (normals 5L 1500)
            "all but a unit root", garch 6L 0.06 0.9399 6.0 2000
            "no move on 30 % of days", spoilt 7L (fun t r -> if (t * 7919) % 10 < 3 then 0.0 else r)
            "halted for 200 days", spoilt 8L (fun t r -> if t >= 600 && t < 800 then 0.0 else r)
            "rounded to half a deviation", spoilt 9L (fun _ r -> Math.Round(2.0 * r) / 2.0)
            "one outlier of 50 deviations", spoilt 10L (fun t r -> if t = 700 then 50.0 else r)
            "an outlier first", spoilt 11L (fun t r -> if t = 0 then -50.0 else r)
            "an outlier last", spoilt 12L (fun t r -> if t = 1499 then 50.0 else r)
            "jumps of 10 on one day in fifty", spoilt 13L (fun t r -> if t % 50 = 0 then r + 10.0 else r)
            "trend in the mean", spoilt 14L (fun t r -> r + 0.002 * float t)
            "trend in the size", spoilt 15L (fun t r -> r * (1.0 + 0.01 * float t))
            "size drops a thousandfold", spoilt 16L (fun t r -> if t < 750 then r else 0.001 * r)
            "a mean of a hundred deviations", spoilt 17L (fun _ r -> r + 100.0)
            "alternating signs of one size", Array.init 600 (fun t -> if t % 2 = 0 then 1.0 else -1.0)
            "two values", spoilt 18L (fun _ r -> if r > 0.0 then 1.0 else -1.0)
            "exponential", normals 19L 1000 |> Array.map (fun z -> z * z - 1.0)
        ]
        |> List.mapi (fun index (name, returns) ->
            let size = 10.0 ** float (-6 + index % 11)

            {
                Name = $"{name}, at %.0e{size}"
                Returns = returns |> Array.map (fun r -> size * r)
            })

    /// Best log-likelihoods of scipy by case, model and innovation; empty where the peer can't run.
    let private byScipy (python: string) : Map<string * string * string, float> =
        let input, output = Path.GetTempFileName(), Path.GetTempFileName()

        try
            File.WriteAllText(input, JsonSerializer.Serialize(cases |> List.map (fun case -> case.Returns)))
            let script = Path.Combine(AppContext.BaseDirectory, "peers", "stress.py")

            try
                use running = Process.Start(ProcessStartInfo(python, [ script; input; output ]))
                running.WaitForExit()
            with :? ComponentModel.Win32Exception ->
                ()

            match File.ReadAllText output with
            | "" -> Map.empty
            | text ->
                use document = JsonDocument.Parse text

                Map.ofList
                    [
                        for case, row in Seq.zip cases (document.RootElement.EnumerateArray()) do
                            for entry in row.EnumerateObject() do
                                let words = entry.Name.Split ' '
                                (case.Name, words[0], words[1]), entry.Value.GetDouble()
                    ]
        finally
            File.Delete input
            File.Delete output

    /// Prints what was fitted, refused, not converged, and how the likelihoods compare.
    let run (python: string) : unit =
        let theirs = byScipy python
        let mutable fits, refused, unconverged, broken, compared, behind = 0, 0, 0, 0, 0, 0
        let mutable slowest = 0.0
        let out = Console.Out

        for case in cases do
            for name in models do
                for innovation in innovations do
                    let spec =
                        { GarchSpec.defaults with
                            Variance = GarchSpec.parse name |> Fault.orRaise
                            Innovation = innovation
                        }

                    let label = $"{case.Name}: {name}, {Innovation.name innovation}"
                    let watch = Stopwatch.StartNew()
                    let found = Garch.fit spec (GarchData.ofReturns case.Returns)
                    slowest <- max slowest watch.Elapsed.TotalMilliseconds

                    match found with
                    | Error fault ->
                        refused <- refused + 1
                        out.WriteLine $"refused       {label}: {Fault.describe fault}"
                    | Ok fit ->
                        fits <- fits + 1

                        let sound =
                            Array.forall Double.IsFinite fit.Parameters
                            && Double.IsFinite fit.LogLikelihood
                            && fit.Variances |> Array.forall (fun h -> h > 0.0 && h < infinity)

                        if not sound then
                            broken <- broken + 1
                            out.WriteLine $"broken        {label}"

                        if not fit.Diagnostics.Converged then
                            unconverged <- unconverged + 1

                            out.WriteLine
                                $"not converged {label}: gradient {fit.Diagnostics.GradientNorm:G2} and said so"

                        match theirs.TryFind(case.Name, name, Innovation.name innovation) with
                        | Some best ->
                            compared <- compared + 1

                            if fit.LogLikelihood < best - 1e-4 then
                                behind <- behind + 1

                                let told (value: float) =
                                    value.ToString("F5", CultureInfo.InvariantCulture)

                                out.WriteLine $"behind        {label}: {told fit.LogLikelihood} under {told best}"
                        | None -> ()

        out.WriteLine
            $"{cases.Length} series, {models.Length} models, {innovations.Length} innovations: {fits} fitted, {refused} refused with a reason, {broken} broken, {unconverged} not converged"

        out.WriteLine
            $"{compared} compared with scipy's best of 4 starts: {behind} behind by more than 1e-4; slowest fit {slowest:F0} ms"
