/// How days ahead are simulated, and what they are. Simulates nothing.
namespace VolatilityForge

open System

/// Where simulated innovations come from.
[<RequireQualifiedAccess>]
type GarchDraws =
    /// The fitted distribution.
    | Innovation
    /// The fit's standardised residuals, drawn with replacement (filtered historical simulation, Barone-Adesi et al. 1999).
    | Bootstrap

/// How days ahead are simulated.
type GarchSimulation =
    {
        Paths: int
        Draws: GarchDraws
        /// Columns of the mean's regressors over the days ahead, an element per day; empty without regressors.
        MeanRegressors: float[][]
        /// Columns of the variance's regressors over the days ahead: the first day's row moves the variance of the second, so they
        /// need one element less than there are days. Empty: they stay at their last row.
        VarianceRegressors: float[][]
    }

/// Simulated days ahead; one row per path, one element per day.
type GarchPaths =
    {
        Variances: float[][]
        Returns: float[][]
    }

/// Reading simulated days.
[<RequireQualifiedAccess>]
module GarchPaths =

    let private quantileOf (probability: float) (values: float[]) : float =
        let sorted = Array.sort values
        let place = probability * float (sorted.Length - 1)
        let below = int place
        let above = min (sorted.Length - 1) (below + 1)
        sorted[below] + (place - float below) * (sorted[above] - sorted[below])

    let private days (paths: GarchPaths) : int = paths.Variances[0].Length

    /// Mean variance of each day ahead.
    let meanVariances (paths: GarchPaths) : float[] =
        Array.init (days paths) (fun day -> paths.Variances |> Array.averageBy (fun path -> path[day]))

    /// Quantile of the variance of each day ahead, at a probability in [0, 1].
    let varianceQuantiles (probability: float) (paths: GarchPaths) : float[] =
        Array.init (days paths) (fun day ->
            paths.Variances |> Array.map (fun path -> path[day]) |> quantileOf probability)

    /// Quantile of the return of each day ahead, at a probability in [0, 1]: value at risk is minus it.
    let returnQuantiles (probability: float) (paths: GarchPaths) : float[] =
        Array.init (days paths) (fun day ->
            paths.Returns |> Array.map (fun path -> path[day]) |> quantileOf probability)

    /// Quantile of the sum of returns from the first day ahead to each, at a probability in [0, 1].
    let sumQuantiles (probability: float) (paths: GarchPaths) : float[] =
        let sums = paths.Returns |> Array.map (Array.scan (+) 0.0 >> Array.tail)
        Array.init (days paths) (fun day -> sums |> Array.map (fun path -> path[day]) |> quantileOf probability)

    /// Ok where every variance of a path is positive and finite and every value finite; else Fault.NotComputable with the day.
    let internal checkPath (variances: float[]) (values: float[]) : Result<unit, Fault> =
        let sound (variance: float) (value: float) : bool =
            variance > 0.0 && Double.IsFinite variance && Double.IsFinite value

        match Array.map2 sound variances values |> Array.tryFindIndex not with
        | None -> Ok()
        | Some day ->
            Error(
                Fault.NotComputable(
                    "A simulated series",
                    $"on day {day + 1} a variance isn't positive and finite or a value isn't finite under these parameters",
                    "Give parameters of a stationary model, or draw fewer days."
                )
            )

    /// The paths, where every variance is positive and finite and every return finite; else Fault.NotComputable with the first
    /// such day of the first such path. Models that are not stationary leave the numbers that a computer has.
    let check (paths: GarchPaths) : Result<GarchPaths, Fault> =
        Array.zip paths.Variances paths.Returns
        |> Seq.map (fun (variances, returns) -> checkPath variances returns)
        |> Seq.tryFind Result.isError
        |> Option.defaultValue (Ok())
        |> Result.map (fun () -> paths)
