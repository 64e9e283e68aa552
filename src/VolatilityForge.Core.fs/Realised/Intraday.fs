/// Daily measures of a symbol from its ticks: days, sampling, estimators, one table. Reads no file.
namespace VolatilityForge

open System

/// How ticks become daily measures.
type IntradayConfig =
    {
        /// Which hours count; ticks outside them are left out.
        Calendar: Calendar
        /// The returns that measures of sampled returns see; kernels, two scales and pre-averaging take every tick.
        Sampling: Sampling
        /// Shifted grids that rv_subsampled averages over in calendar time; at least 1.
        Grids: int
        /// Returns before one by which leeMykland judges it; None: JumpTests.window of a typical day.
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

    /// The statistics of every day, from returns of all days in a row: each return is judged by those before it.
    let private leeMykland (config: IntradayConfig) (returns: float[] list) : Lazy<float[][]> =
        lazy
            (let counts = returns |> List.map Array.length |> List.sort
             let typical = max 2 counts[counts.Length / 2]

             let window =
                 config.JumpWindow |> Option.defaultWith (fun () -> JumpTests.window typical)

             let statistics = JumpTests.leeMykland window typical (Array.concat returns)
             let starts = returns |> List.scan (fun start day -> start + day.Length) 0

             List.map2
                 (fun start (day: float[]) -> Array.sub statistics start day.Length)
                 (List.take returns.Length starts)
                 returns
             |> Array.ofList)

    /// The measures of every day with ticks in its session; NaN where a day has too few for a measure. Fault.TooShort where
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
            let returns = days |> List.map (Sampling.levels config.Sampling >> Sampling.returns)
            let statistics = leeMykland config returns

            let sampled =
                List.zip days returns
                |> List.mapi (fun index (day, returns) ->
                    {
                        Day = day
                        Sampling = config.Sampling
                        Grids = config.Grids
                        Returns = returns
                        LeeMykland = lazy statistics.Value[index]
                    })
                |> Array.ofList

            let column measure =
                IntradayMeasure.name measure, sampled |> Array.map (fun day -> IntradayMeasure.value day measure)

            Fault.catch (fun () -> List.map column measures)
            |> Result.bind (RealisedMeasures.check prices.Symbol (days |> List.map _.Date |> Array.ofList))
