/// Resampled means of dependent series: the stationary bootstrap of Politis and Romano (1994). Knows no test.
namespace VolatilityForge

open System
open System.Threading.Tasks

/// How series are resampled.
type BootstrapConfig =
    {
        /// Resamples.
        Draws: int
        /// Mean length of a block, in days; at least 1.
        Block: float
        Seed: int64
    }

/// Resampling.
[<RequireQualifiedAccess>]
module StationaryBootstrap =

    /// 5,000 resamples in blocks of ten days on average.
    let defaults: BootstrapConfig =
        {
            Draws = 5_000
            Block = 10.0
            Seed = 1L
        }

    /// The defaults with blocks long enough for targets that overlap: the larger of ten days and twice the horizon.
    let forHorizon (horizon: int) : BootstrapConfig =
        { defaults with
            Block = float (max 10 (2 * horizon))
        }

    /// Ok when every setting is inside its domain; otherwise all the faults.
    let check (config: BootstrapConfig) : Result<BootstrapConfig, Fault> =
        let faults =
            [
                if config.Draws < 1 then
                    Fault.BadSetting("draws", "must be at least 1", string config.Draws)
                if not (config.Block >= 1.0 && Double.IsFinite config.Block) then
                    Fault.BadSetting("block", "must be at least 1 day", string config.Block)
            ]

        if faults.IsEmpty then
            Ok config
        else
            Error(Fault.combine faults)

    /// Probabilities that a block goes on beyond 1, 2, ... days, at most `count`.
    let private survivals (config: BootstrapConfig) (count: int) : float[] =
        let goesOn = 1.0 - 1.0 / config.Block
        let survivals = Array.zeroCreate<float> count
        let mutable survival = 1.0

        for i in 0 .. count - 1 do
            survival <- survival * goesOn
            survivals[i] <- survival

        survivals

    /// The smallest length whose probability of being exceeded is not above u. A search in a table, because the C library's
    /// logarithm differs between platforms.
    let private blockLength (survivals: float[]) (u: float) : int =
        let mutable low, high = 0, survivals.Length - 1

        while low < high do
            let middle = (low + high) / 2

            if survivals[middle] <= u then
                high <- middle
            else
                low <- middle + 1

        low + 1

    let private drawn (survivals: float[]) (count: int) (rng: Rng) (take: int -> int -> unit) : unit =
        let mutable state = rng
        let mutable filled = 0

        while filled < count do
            let struct (start, next) = Rng.nextInt count state
            let struct (u, next) = Rng.nextFloat next
            state <- next
            let length = min (blockLength survivals u) (count - filled)
            take start length
            filled <- filled + length

    /// The days of one resample of so many days: runs of consecutive days, the first after the last.
    let indices (config: BootstrapConfig) (count: int) (draw: int) : int[] =
        let chosen = Array.zeroCreate<int> count
        let mutable filled = 0

        drawn (survivals config count) count (Rng.splitAt draw (Rng.ofSeed config.Seed)) (fun start length ->
            for i in 0 .. length - 1 do
                chosen[filled + i] <- (start + i) % count

            filled <- filled + length)

        chosen

    /// Means of every resample of series of one length, each less the mean of its series, (draws, series). Every series is resampled
    /// by the same days. Draws are split by number, so that they are the same on any number of threads.
    let means (config: BootstrapConfig) (series: float[][]) : float[][] =
        let count = series[0].Length
        let width = series.Length
        let survivals = survivals config count
        let seed = Rng.ofSeed config.Seed

        // A block's sum is a difference of running sums, over twice the series for blocks that run past its end. Days are
        // outermost: one block reads two rows.
        let running = Array.zeroCreate<float>((2 * count + 1) * width)

        for i in 0 .. width - 1 do
            let mean = Array.average series[i]

            for day in 0 .. 2 * count - 1 do
                running[(day + 1) * width + i] <- running[day * width + i] + (series[i][day % count] - mean)

        let result = Array.init config.Draws (fun _ -> Array.zeroCreate<float> width)

        Parallel.For(
            0,
            config.Draws,
            fun draw ->
                let sums = result[draw]

                drawn survivals count (Rng.splitAt draw seed) (fun start length ->
                    let from, upTo = start * width, (start + length) * width

                    for i in 0 .. width - 1 do
                        sums[i] <- sums[i] + (running[upTo + i] - running[from + i]))

                for i in 0 .. width - 1 do
                    sums[i] <- sums[i] / float count
        )
        |> ignore

        result

    /// The variance of root n times the mean of a series under infinitely many resamples (Politis and Romano 1994, lemma 1).
    let variance (block: float) (series: float[]) : float =
        let n = series.Length
        let mean = Array.average series
        let centred = series |> Array.map (fun value -> value - mean)
        let goesOn = 1.0 - 1.0 / block

        let autocovariance (lag: int) =
            let mutable sum = 0.0

            for i in lag .. n - 1 do
                sum <- sum + centred[i] * centred[i - lag]

            sum / float n

        let mutable total = autocovariance 0
        let mutable lag = 1

        let weight (lag: int) =
            let share = float lag / float n
            (1.0 - share) * goesOn ** float lag + share * goesOn ** float (n - lag)

        while lag < n do
            total <- total + 2.0 * weight lag * autocovariance lag
            lag <- lag + 1

        max 0.0 total
