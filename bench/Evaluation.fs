/// The comparison of many models, timed, and the size of tests in larger studies than the suite has time for.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.Globalization
open VolatilityForge

/// Printing both.
[<RequireQualifiedAccess>]
module Evaluation =

    let private models, private days = 10, 4_000

    /// Losses that share a part, each with a part of its own; all equally good in expectation.
    let private losses (seed: int64) (models: int) (days: int) : LossTable =
        let struct (draws, _) = Rng.normals (days * (models + 1)) (Rng.ofSeed seed)

        [
            for model in 1..models -> string model, Array.init days (fun day -> draws[day] + draws[days * model + day])
        ]
        |> LossTable.ofLosses
        |> Fault.orRaise

    let private milliseconds (work: unit -> unit) : float =
        // The first call compiles.
        work ()

        Array.init 5 (fun _ ->
            let clock = Stopwatch.StartNew()
            work ()
            clock.Elapsed.TotalMilliseconds)
        |> Array.sort
        |> Array.item 2

    let private say (name: string) (value: float) (unit': string) : unit =
        let text = value.ToString("0.000", CultureInfo.InvariantCulture)
        Console.Out.WriteLine $"{name, -52} {text, 10} {unit'}"

    let private times () : unit =
        let table = losses 1L models days
        let bootstrap = StationaryBootstrap.defaults

        let set (statistic: ConfidenceStatistic) () =
            ModelConfidenceSet.find
                {
                    Statistic = statistic
                    Level = 0.9
                    Bootstrap = bootstrap
                }
                table
            |> Fault.orRaise
            |> ignore

        Console.Out.WriteLine $"{models} models, {days} days, {bootstrap.Draws} draws; median of 5"
        say "resampled means" (milliseconds (fun () -> StationaryBootstrap.means bootstrap table.Losses |> ignore)) "ms"
        say "confidence set, T_max" (milliseconds (set ConfidenceStatistic.Max)) "ms"
        say "confidence set, T_R" (milliseconds (set ConfidenceStatistic.Range)) "ms"
        say "superior ability" (milliseconds (fun () -> Superiority.ability bootstrap "1" table |> ignore)) "ms"

    /// The share of replications that reject at 5 %.
    let private share (replications: int) (pValue: int64 -> float) : float =
        Array.Parallel.init replications (fun i -> if pValue (int64 i + 1L) < 0.05 then 1.0 else 0.0)
        |> Array.average

    let private normals (seed: int64) (count: int) : float[] =
        let struct (values, _) = Rng.normals count (Rng.ofSeed seed)
        values

    let private sizes () : unit =
        let replications = 10_000
        Console.Out.WriteLine $"rejections of true hypotheses at 5 %%, {replications} replications of 1,000 days"

        let risk seed =
            {
                Level = 0.05
                Returns = normals seed 1000
                ValueAtRisk = Array.create 1000 (Tail.normalQuantile 0.05)
            }

        for name, pValue in
            [
                "Kupiec", (fun seed -> (Coverage.test (risk seed) |> Fault.orRaise).Unconditional.PValue)
                "Christoffersen, conditional",
                (fun seed ->
                    (Coverage.test (risk seed) |> Fault.orRaise).Conditional
                    |> Option.map _.PValue
                    |> Option.defaultValue 1.0)
                "dynamic quantile", (fun seed -> (DynamicQuantile.test 4 (risk seed) |> Fault.orRaise).PValue)
                "durations, chi-square",
                (fun seed ->
                    (ExceedanceDuration.test (RiskForecast.exceedances (risk seed)) |> Fault.orRaise).Test.PValue)
                "Giacomini-White",
                (fun seed ->
                    (ConditionalCompare.giacominiWhite 1 (normals seed 1000) (Array.zeroCreate 1000)
                     |> Fault.orRaise)
                        .Test.PValue)
                "Ljung-Box, 5 lags",
                (fun seed -> (ResidualTests.ljungBox 5 0 (normals seed 1000) |> Fault.orRaise).PValue)
                "ARCH-LM, 5 lags", (fun seed -> (ResidualTests.archLm 5 (normals seed 1000) |> Fault.orRaise).PValue)
                "sign bias", (fun seed -> (ResidualTests.signBias (normals seed 1000) |> Fault.orRaise).Joint.PValue)
                "Berkowitz",
                (fun seed ->
                    (normals seed 1000
                     |> Array.map (fun z -> 1.0 - Tail.normal z)
                     |> DensityTests.berkowitz
                     |> Fault.orRaise)
                        .Density.PValue)
            ] do
            say name (share replications pValue) ""

        let bootstrap = { Draws = 500; Block = 2.0; Seed = 3L }

        say
            "superior ability, 4 models, 1,000 replications"
            (share 1000 (fun seed ->
                (Superiority.ability bootstrap "1" (losses seed 4 500) |> Fault.orRaise).Consistent))
            ""

    /// Prints the times and the sizes.
    let run () : unit =
        times ()
        sizes ()
