/// Daily measures of a symbol from its ticks: days, sampling, estimators, one table. Reads no file.
namespace VolatilityForge

open System
open System.Collections.Generic

/// How ticks become daily measures.
type IntradayConfig =
    {
        /// Which hours count; ticks outside them are left out.
        Calendar: Calendar
        /// The returns that measures of sampled returns see; kernels, two scales and pre-averaging take every tick.
        Sampling: Sampling
        /// Shifted grids that rv_subsampled averages over in calendar time; at least 1.
        Grids: int
        /// Returns before one by which leeMykland judges it; None: JumpTests.window of the median count of returns up to its day.
        JumpWindow: int option
    }

/// Daily measures from ticks.
[<RequireQualifiedAccess>]
module Intraday =

    /// All hours of all days, five-minute returns, five shifted grids.
    let defaults: IntradayConfig =
        {
            Calendar = Calendar.always
            Sampling = Sampling.fiveMinutes
            Grids = 5
            JumpWindow = None
        }

    let private checkConfig (config: IntradayConfig) : Checked<unit> =
        let rule (field: string) (rule: string) (found: string) (holds: bool) =
            Checked.require (Fault.BadSetting(field, rule, found)) holds

        Checked.all
            [
                rule "Grids" "must be at least 1" (string config.Grids) (config.Grids >= 1)
                match config.Sampling with
                | Sampling.Every step -> rule "Sampling" "must be a step above 0" (string step) (step > TimeSpan.Zero)
                | Sampling.Ticks count -> rule "Sampling" "must be at least 1 tick" (string count) (count >= 1)
                | _ -> Ok()
                match config.JumpWindow with
                | Some window -> rule "JumpWindow" "must be at least 3" (string window) (window >= 3)
                | None -> Ok()
            ]

    // Of the counts of returns up to each day the median, so that no later day changes it.
    let private typicalCounts (returns: float[][]) : int[] =
        let sorted = List<int>()

        returns
        |> Array.map (fun day ->
            let place = sorted.BinarySearch day.Length
            sorted.Insert((if place < 0 then ~~~place else place), day.Length)
            max 2 sorted[sorted.Count / 2])

    /// The statistics of every day: each return is judged by those before it, over days, in a window for the typical day so far.
    let private leeMykland (config: IntradayConfig) (returns: float[][]) : Lazy<float[]>[] =
        let typical = lazy typicalCounts returns
        let row = lazy Array.concat returns
        let starts = returns |> Array.scan (fun start day -> start + day.Length) 0

        returns
        |> Array.mapi (fun index day ->
            lazy
                (let count = typical.Value[index]

                 let window =
                     config.JumpWindow |> Option.defaultWith (fun () -> JumpTests.window count)

                 let first = max 0 (starts[index] - window + 1)
                 let upTo = row.Value[first .. starts[index + 1] - 1]
                 (JumpTests.leeMykland window count upTo)[upTo.Length - day.Length ..]))

    // A lone tick has no return; on a grid it would have one of zero at every point.
    let private returnsOf (config: IntradayConfig) (day: PriceDay) : float[] =
        if day.Levels.Length < 2 then
            [||]
        else
            Sampling.levels config.Sampling day |> Sampling.returns

    /// The measures of every day with ticks in its session; NaN where a day has too few for a measure (a lone tick has none but
    /// its count). What comes after a day changes none of its measures. Fault.TooShort where
    /// no day has any, Fault.BadSetting for a configuration outside its domain.
    let measure
        (config: IntradayConfig)
        (measures: IntradayMeasure list)
        (prices: TickPrices)
        : Result<RealisedMeasures, Fault> =
        match checkConfig config, TickPrices.days config.Calendar prices with
        | Error fault, _ -> Error fault
        | Ok(), [] ->
            let source = if prices.Symbol = "" then "ticks" else prices.Symbol
            Error(Fault.TooShort($"{source}: sessions with ticks", 1, 0))
        | Ok(), days ->
            let days = Array.ofList days

            let column (sampled: SampledDay[]) measure =
                IntradayMeasure.name measure, sampled |> Array.map (fun day -> IntradayMeasure.value day measure)

            Fault.catch (fun () ->
                let returns = days |> Array.map (returnsOf config)

                let sampled =
                    Array.map3
                        (fun day returns statistics ->
                            {
                                Day = day
                                Sampling = config.Sampling
                                Grids = config.Grids
                                Returns = returns
                                LeeMykland = statistics
                            })
                        days
                        returns
                        (leeMykland config returns)

                List.map (column sampled) measures)
            |> Result.bind (RealisedMeasures.check prices.Symbol (days |> Array.map _.Date))
