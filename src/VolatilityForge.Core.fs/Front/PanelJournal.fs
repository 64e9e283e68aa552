/// Forecasts of panel models kept in a folder as they are made, so that an interrupted run goes on. Knows no model.
namespace VolatilityForge

open System
open System.IO

/// Keeping and recalling raw forecasts by model and horizon.
[<RequireQualifiedAccess>]
module PanelJournal =

    let private extension = ".panel"

    let private path (folder: string) (model: string, horizon: int) : string =
        Path.Combine(folder, $"{Uri.EscapeDataString model}-{horizon}{extension}")

    /// Writes the forecasts whole or not at all. Raises Fault.BadFile.
    let keep (folder: string) (key: string * int) (forecasts: Variance[][]) : unit =
        let target = path folder key
        let staging = target + Disk.partial

        try
            using (new BinaryWriter(File.Create staging)) (fun writer ->
                writer.Write forecasts.Length

                for own in forecasts do
                    writer.Write own.Length

                    for value in own do
                        writer.Write(float value))

            File.Move(staging, target, true)
        with
        | :? IOException
        | :? UnauthorizedAccessException as error ->
            Fault.raiseWith (Fault.BadFile(target, $"can't be written ({error.Message.TrimEnd '.'})", ""))

    /// The forecasts that were kept; None where there are none, or where the file is damaged.
    let recall (folder: string) (key: string * int) : Variance[][] option =
        let source = path folder key

        if not (File.Exists source) then
            None
        else
            try
                use reader = new BinaryReader(File.OpenRead source)
                let symbols = reader.ReadInt32()

                let forecasts =
                    Array.init symbols (fun _ ->
                        let days = reader.ReadInt32()

                        if int64 days * 8L > reader.BaseStream.Length then
                            raise (EndOfStreamException())

                        Array.init days (fun _ -> reader.ReadDouble() * 1.0< / day>))

                Some forecasts
            with
            | :? IOException
            | :? ArgumentException -> None

    /// What a run must share with an interrupted one to go on from it: version, settings, histories and common series.
    let identity (config: PanelConfig) (common: CommonSeries list) (histories: History list) : ExperimentIdentity =
        let asHistory (series: CommonSeries) : History =
            {
                Symbol = series.Name
                Dates = series.Dates
                Variance = series.Values |> Array.map (fun value -> value * 1.0< / day>)
                Returns = [||]
                Scored = [||]
                Measures = Map.empty
            }

        {
            Version = typeof<PanelConfig>.Assembly.GetName().Version.ToString 3
            Settings = (PanelConfig.toNode config).ToJsonString()
            Data = ExperimentIdentity.dataOf (histories @ List.map asHistory common)
        }
