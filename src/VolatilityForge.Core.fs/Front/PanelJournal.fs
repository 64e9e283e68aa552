/// Forecasts of panel models kept in a folder as they are made, so that an interrupted run goes on. Knows no model.
namespace VolatilityForge

open System
open System.IO

/// Keeping and recalling raw forecasts by model and horizon.
[<RequireQualifiedAccess>]
module PanelJournal =

    let private extension = ".panel"

    let private path (folder: string) (key: PanelTrackKey) : string =
        Path.Combine(folder, $"{Uri.EscapeDataString key.Model}-{key.Horizon}{extension}")

    /// Raised when the meaning of a name or a metadata field changes.
    let private layout = "2"

    let private kind = "volatilityforge.panel-forecasts"

    let private name (symbol: int) : string = $"forecast.{symbol}"

    /// Says what a file holds, so that one of another model, or of other settings, isn't taken for it.
    let private labels (key: PanelTrackKey) : Map<string, string> =
        Map
            [
                kind, layout
                "model", key.Model
                "horizon", string key.Horizon
                "settings", key.Settings
            ]

    /// Writes the forecasts with a checksum, whole or not at all. Raises Fault.BadFile.
    let keep (folder: string) (key: PanelTrackKey) (forecasts: Variance[][]) : unit =
        let tensor (symbol: int) (own: Variance[]) : StoredTensor =
            {
                Name = name symbol
                Shape = [| int64 own.Length |]
                Values = StoredValues.Float64(own |> Array.map Units.strip)
            }

        Checkpoint.save
            (path folder key)
            {
                Tensors = forecasts |> Array.mapi tensor |> List.ofArray
                Metadata = labels key
            }
        |> Fault.orRaise

    /// The forecasts that were kept; None where there are none, where the file is damaged, or of another kind, layout, model, horizon or settings.
    let recall (folder: string) (key: PanelTrackKey) : Variance[][] option =
        let source = path folder key

        if not (File.Exists source) then
            None
        else
            match Checkpoint.load source with
            | Ok stored when
                labels key
                |> Map.forall (fun label value -> stored.Metadata.TryFind label = Some value)
                ->
                let byName =
                    stored.Tensors
                    |> List.map (fun tensor -> tensor.Name, tensor.Values)
                    |> Map.ofList

                let forecasts =
                    Array.init byName.Count (fun symbol ->
                        byName.TryFind(name symbol)
                        |> Option.map (fun values ->
                            StoredValues.toFloats values |> Array.map (fun value -> value * 1.0< / day>)))

                if forecasts |> Array.forall Option.isSome then
                    Some(forecasts |> Array.choose id)
                else
                    None
            | _ -> None

    /// A common series in the form of a history.
    let internal asHistory (series: CommonSeries) : History =
        {
            Symbol = series.Name
            Dates = series.Dates
            Variance = series.Values |> Array.map (fun value -> value * 1.0< / day>)
            Returns = Array.zeroCreate series.Dates.Length
            Scored = Array.create series.Dates.Length true
            Measures = Map.empty
        }

    /// What a run must share with an interrupted one to go on from it: version, settings, histories and common series. Settings of models of
    /// one's own (`PanelExperiment.runWith`) are in each track's key.
    let identity (config: PanelConfig) (common: CommonSeries list) (histories: History list) : ExperimentIdentity =
        {
            Version = typeof<PanelConfig>.Assembly.GetName().Version.ToString 3
            Settings = (PanelConfig.toNode config).ToJsonString()
            Data = ExperimentIdentity.dataOf (histories @ List.map asHistory common)
        }
