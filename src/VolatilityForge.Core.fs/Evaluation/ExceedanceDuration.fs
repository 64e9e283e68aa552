/// Whether days between exceedances of Value at Risk have no memory: Christoffersen and Pelletier (2004). Knows no model.
namespace VolatilityForge

open System

/// The duration test.
type DurationTest =
    {
        /// That the Weibull shape is 1, by likelihood ratio.
        Test: ChiSquareTest
        /// Below 1 where exceedances come in clusters.
        Shape: float
        /// Complete durations.
        Durations: int
    }

/// Testing durations.
[<RequireQualifiedAccess>]
module ExceedanceDuration =

    let private what = "Exceedance durations"

    /// Shapes that are looked among: beyond them durations are all but equal, or all but one is a day.
    let private smallestShape, private largestShape = 0.01, 50.0

    /// Halvings that bring that interval below rounding.
    [<Literal>]
    let private Halvings = 60

    /// A duration in days and whether its end was seen.
    [<Struct>]
    type private Duration = { Days: float; Complete: bool }

    /// Runs up to the first exceedance and after the last are cut off by the sample unless it lies at the edge.
    let private durations (exceeded: bool[]) : Duration[] =
        let days =
            [|
                for day in 0 .. exceeded.Length - 1 do
                    if exceeded[day] then
                        day
            |]

        [|
            if days.Length > 0 then
                if days[0] > 0 then
                    {
                        Days = float (days[0] + 1)
                        Complete = false
                    }

                for before, after in Array.pairwise days do
                    {
                        Days = float (after - before)
                        Complete = true
                    }

                if days[days.Length - 1] < exceeded.Length - 1 then
                    {
                        Days = float (exceeded.Length - 1 - days[days.Length - 1])
                        Complete = false
                    }
        |]

    /// Tests by the likelihood of Weibull durations, the scale at its best for each shape. Faults: fewer than two complete
    /// durations, all complete durations equal.
    let test (exceeded: bool[]) : Result<DurationTest, Fault> =
        let all = durations exceeded
        let complete = all |> Array.filter _.Complete
        let count = float complete.Length

        if complete.Length < 2 then
            Error(Fault.TooShort($"{what}: exceedances", 3, exceeded |> Array.filter id |> Array.length))
        elif complete |> Array.forall (fun d -> d.Days = complete[0].Days) then
            Error(Fault.NotComputable(what, "exceedances are equally far apart", "Use a longer sample."))
        else
            let sumLogs = complete |> Array.sumBy (fun d -> log d.Days)
            // Relative to the longest, so that no power overflows.
            let longest = all |> Array.map _.Days |> Array.max

            let powers (shape: float) =
                all |> Array.sumBy (fun d -> (d.Days / longest) ** shape)

            let logLikelihood (shape: float) =
                count * (log count - log (powers shape) - shape * log longest - 1.0)
                + count * log shape
                + (shape - 1.0) * sumLogs

            // Falls as the shape grows.
            let slope (shape: float) =
                let weighted =
                    all |> Array.sumBy (fun d -> (d.Days / longest) ** shape * log d.Days)

                count / shape + sumLogs - count * weighted / powers shape

            let mutable low, high = smallestShape, largestShape

            for _ in 1..Halvings do
                let middle = (low + high) / 2.0
                if slope middle > 0.0 then low <- middle else high <- middle

            let shape = (low + high) / 2.0

            Ok
                {
                    Test = ChiSquareTest.ofStatistic 1 (2.0 * (logLikelihood shape - logLikelihood 1.0))
                    Shape = shape
                    Durations = complete.Length
                }

    /// As `test`, with the p-value by simulating independent exceedances at the level on as many days (Christoffersen and
    /// Pelletier 2004, section 3.3): the chi-square rejects true forecasts of the 5 % quantile over 1,000 days about twice as often
    /// as it says, since days are whole and exceedances few. Faults: those of `test`, fewer than one draw, a level outside
    /// (0, 1).
    let simulated (draws: int) (seed: int64) (level: float) (exceeded: bool[]) : Result<DurationTest, Fault> =
        if draws < 1 then
            Error(Fault.BadSetting("draws", "must be at least 1", string draws))
        elif not (level > 0.0 && level < 1.0) then
            Error(Fault.BadSetting("level", "must lie between 0 and 1", string level))
        else
            test exceeded
            |> Result.map (fun found ->
                let drawn (draw: int) : float option =
                    let mutable state = Rng.splitAt draw (Rng.ofSeed seed)

                    Array.init exceeded.Length (fun _ ->
                        let struct (u, next) = Rng.nextFloat state
                        state <- next
                        u < level)
                    |> test
                    |> Result.toOption
                    |> Option.map _.Test.Statistic

                // A sample with too few exceedances to test is not like this one.
                let others = Array.Parallel.init draws drawn |> Array.choose id

                let above =
                    others
                    |> Array.filter (fun other -> other >= found.Test.Statistic)
                    |> Array.length

                { found with
                    Test =
                        { found.Test with
                            PValue = float (above + 1) / float (others.Length + 1)
                        }
                })
