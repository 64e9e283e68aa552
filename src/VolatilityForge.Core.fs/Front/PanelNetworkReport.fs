/// What a network was worth to its base in a panel run: as a whole, by year, by fit, by seed. Prints nothing.
namespace VolatilityForge

open System

/// QLIKE of a network and its base in a year: means over symbols of their means in it.
type PanelNetworkYear =
    {
        Year: string
        Base: float
        Network: float
    }

    /// The network's over the base's: below 1 is better.
    member year.Ratio: float = year.Network / year.Base

/// A member of the ensemble by itself, with the ensemble's gains, against the base.
type PanelNetworkSeed = { Seed: int64; Row: PanelReportRow }

/// A network against its base at a horizon.
type PanelNetworkReport =
    {
        Model: string
        Base: string
        Horizon: int
        /// Against the base, whatever the run's baseline is.
        Row: PanelReportRow
        Years: PanelNetworkYear list
        /// In order of time.
        Fits: PanelNetworkUse list
        Seeds: PanelNetworkSeed list
    }

/// Making the reports.
[<RequireQualifiedAccess>]
module PanelNetworkReport =

    let private years (network: string) (horizon: int) (table: PanelReportTable) : PanelNetworkYear list =
        let of' (model: string) (year: string) : float =
            table.ByYear
            |> List.find (fun cell -> cell.Model = model && cell.Horizon = horizon && cell.Part = year)
            |> _.Qlike

        table.ByYear
        |> List.filter (fun cell -> cell.Model = network && cell.Horizon = horizon)
        |> List.map (fun cell ->
            {
                Year = cell.Part
                Base = of' table.Baseline cell.Part
                Network = cell.Qlike
            })

    /// The part of a track on the days of the track of its symbol and horizon among `others`; None where there is none. The run may have left
    /// out days on which yet another of its models had nothing to say.
    let private onDaysOf (others: ForecastTrack list) (track: ForecastTrack) : ForecastTrack option =
        others
        |> List.tryFind (fun other -> other.Symbol = track.Symbol && other.Horizon = track.Horizon)
        |> Option.map (fun other ->
            let places =
                [| 0 .. track.Origins.Length - 1 |]
                |> Array.filter (fun place -> Array.BinarySearch(other.Origins, track.Origins[place]) >= 0)

            let at (values: 'value[]) : 'value[] =
                places |> Array.map (fun place -> values[place])

            { track with
                Origins = at track.Origins
                Dates = at track.Dates
                Forecast = at track.Forecast
                Realised = at track.Realised
                Scored = at track.Scored
            })

    /// The reports of a network of a run at every horizon. `raw` has the base's unclamped forecasts by horizon; tracks of network and base are
    /// among `tracks`. Faults: those of the table and of the networks' fits.
    let ofNetwork
        (config: PanelWalkForwardConfig)
        (monitor: PanelMonitor)
        (raw: int -> Variance[][] option)
        (panel: Panel)
        (tracks: ForecastTrack list)
        (network: IPanelNetwork)
        : Result<PanelNetworkReport list, Fault> =
        let baseName = network.Base.Name

        let known =
            { monitor with
                Progress = ignore
                Recall = fun key -> if key.Model = baseName then raw key.Horizon else None
                Keep = fun _ _ -> ()
            }

        let row (model: string) (horizon: int) (table: PanelReportTable) : PanelReportRow =
            table.Rows |> List.find (fun row -> row.Model = model && row.Horizon = horizon)

        either {
            let! table =
                tracks
                |> List.filter (fun track -> track.Model = baseName || track.Model = network.Name)
                |> PanelReport.ofTracks baseName

            let! apart =
                PanelWalkForward.run config known (network.Base :: List.map snd network.BySeed) panel

            let! seeds =
                apart
                |> List.choose (onDaysOf (tracks |> List.filter (fun track -> track.Model = network.Name)))
                |> PanelReport.ofTracks baseName

            return!
                config.Horizons
                |> Checked.traverse (fun horizon ->
                    network.Fits(panel, PanelWalkForward.schedule config panel horizon)
                    |> Result.map (fun fits ->
                        {
                            Model = network.Name
                            Base = baseName
                            Horizon = horizon
                            Row = row network.Name horizon table
                            Years = years network.Name horizon table
                            Fits = fits
                            Seeds =
                                network.BySeed
                                |> List.map (fun (seed, model) ->
                                    {
                                        Seed = seed
                                        Row = row model.Name horizon seeds
                                    })
                        }))
        }
