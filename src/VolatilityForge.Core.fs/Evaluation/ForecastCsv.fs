/// Forecasts as CSV, a row each, as ForecastFile reads them back. Knows no model.
namespace VolatilityForge

open System
open System.Globalization
open System.IO

/// Writing forecasts.
[<RequireQualifiedAccess>]
module ForecastCsv =

    let private text (value: float) : string =
        value.ToString("R", CultureInfo.InvariantCulture)

    let private date (day: DateOnly) : string =
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)

    /// A column with its cell by index of the origin; empty where there is nothing to say.
    let private columns (coverage: string option) (levels: float list) (risk: RiskTrack option) =
        let cell (values: float[] option) (index: int) : string =
            match values with
            | Some values when Double.IsFinite values[index] -> text values[index]
            | _ -> ""

        let bounds =
            match risk |> Option.bind _.Intervals with
            | None -> None
            | Some intervals ->
                // An interval without end says nothing.
                let known =
                    intervals |> Array.map (fun each -> Double.IsFinite(Units.strip each.Upper))

                let pick (bound: VarianceInterval -> Variance) =
                    Array.map2 (fun each known -> if known then Units.strip (bound each) else nan) intervals known

                Some(pick _.Lower, pick _.Upper)

        [
            match coverage with
            | Some coverage ->
                $"lower:{coverage}", cell (Option.map fst bounds)
                $"upper:{coverage}", cell (Option.map snd bounds)
            | None -> ()
            if not levels.IsEmpty then
                "return", cell (risk |> Option.bind _.Returns)

                for level in levels do
                    let tail =
                        risk
                        |> Option.bind (fun risk -> risk.Tails |> List.tryFind (fun tail -> tail.Level = level))

                    $"var:{text level}", cell (tail |> Option.map _.Quantiles)
                    $"es:{text level}", cell (tail |> Option.map _.Shortfalls)
        ]

    /// symbol, model, horizon, origin, forecast, realised, scored; lower and upper bound of the coverage where the tracks have
    /// intervals; return of the next day, Value at Risk and expected shortfall at each level where they have quantiles. Cells are empty
    /// where a day has none. `risks` are those of the tracks, in their order, or empty.
    let write (config: RiskConfig) (writer: TextWriter) (tracks: ForecastTrack list) (risks: RiskTrack list) : unit =
        let coverage =
            config.Intervals |> Option.map (fun intervals -> text intervals.Coverage)

        let pairs =
            if risks.IsEmpty then
                tracks |> List.map (fun track -> track, None)
            else
                List.zip tracks (risks |> List.map Some)

        let names = columns coverage config.Levels None |> List.map fst
        writer.WriteLine(String.Join(",", "symbol,model,horizon,origin,forecast,realised,scored" :: names))

        for track, risk in pairs do
            let cells = columns coverage config.Levels risk |> List.map snd

            for index in 0 .. track.Origins.Length - 1 do
                writer.Write(
                    String.Join(
                        ",",
                        track.Symbol,
                        track.Model,
                        string track.Horizon,
                        date track.Dates[index],
                        text (Units.strip track.Forecast[index]),
                        text (Units.strip track.Realised[index]),
                        (if track.Scored[index] then "1" else "0")
                    )
                )

                for cell in cells do
                    writer.Write ','
                    writer.Write(cell index)

                writer.WriteLine()
