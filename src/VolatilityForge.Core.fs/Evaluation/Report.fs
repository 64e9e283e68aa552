/// Tables of who forecast better, as data. Knows no model and prints nothing.
namespace VolatilityForge

/// One model at one horizon, against the baseline at that horizon.
type ReportRow =
    {
        Model: string
        Horizon: int
        Metrics: Metrics
        /// QLIKE over the baseline's QLIKE: below 1 is better.
        QlikeRatio: float
        /// Equal QLIKE with the baseline on the days both are scored; None for the baseline itself and where there are too
        /// few days, or differences that never vary, for a test.
        Versus: DieboldMariano option
        /// The model's place in the 90 % confidence set of the horizon by QLIKE; None where there are too few days for one.
        Confidence: ConfidenceSetRow option
        /// Forecasts the clamp rule moved.
        Clamped: int
        /// Fits made.
        Refits: int
        /// The forecast made on the last day of the history.
        Next: Variance
    }

/// Rows by horizon, then in the order of the tracks.
type ReportTable =
    {
        /// The symbol of the history, or an empty string.
        Symbol: string
        Baseline: string
        Rows: ReportRow list
    }

/// Tables of forecast tracks.
[<RequireQualifiedAccess>]
module Report =

    /// The model others have to beat.
    let baseline: string = "log-har"

    let private scoredQlike (track: ForecastTrack) : float[] =
        [|
            for i in 0 .. track.Origins.Length - 1 do
                if track.Scored[i] then
                    Loss.qlike track.Forecast[i] track.Realised[i]
        |]

    /// The confidence set of every horizon: rows by horizon and model. Tracks over different days are refused elsewhere.
    let private confidenceSets (tracks: ForecastTrack list) : Map<int * string, ConfidenceSetRow> =
        let rows (horizon: int) (group: ForecastTrack list) : ConfidenceSetRow list =
            group
            |> List.map (fun track -> track.Model, scoredQlike track)
            |> LossTable.ofLosses
            |> Result.bind (ModelConfidenceSet.find (ModelConfidenceSet.forHorizon horizon))
            |> Result.map _.Rows
            |> Result.defaultValue []

        tracks
        |> List.groupBy _.Horizon
        |> List.collect (fun (horizon, group) -> rows horizon group |> List.map (fun row -> (horizon, row.Model), row))
        |> Map.ofList

    let private row
        (rule: HacLag)
        (confidence: Map<int * string, ConfidenceSetRow>)
        (against: ForecastTrack)
        (track: ForecastTrack)
        : Result<ReportRow, Fault> =
        let metrics (track: ForecastTrack) : Result<Metrics, Fault> =
            Metrics.ofForecasts track.Forecast track.Realised track.Scored

        let versus =
            if track.Model = against.Model then
                None
            else
                Compare.dieboldMariano rule track.Horizon (scoredQlike track) (scoredQlike against)
                |> Result.toOption

        if track.Origins <> against.Origins || track.Symbol <> against.Symbol then
            Error(
                Fault.NotComputable(
                    $"The table of horizon {track.Horizon}",
                    $"{track.Model} and {against.Model} forecast on different days",
                    "Run them in one walk-forward."
                )
            )
        else
            Checked.map2
                (fun (own: Metrics) (other: Metrics) ->
                    {
                        Model = track.Model
                        Horizon = track.Horizon
                        Metrics = own
                        QlikeRatio = own.Qlike / other.Qlike
                        Versus = versus
                        Confidence = Map.tryFind (track.Horizon, track.Model) confidence
                        Clamped = track.Clamped
                        Refits = track.Refits
                        Next = track.Next
                    })
                (metrics track)
                (metrics against)

    /// The table of tracks from one walk-forward against a baseline that is among them at every horizon.
    /// Faults: UnknownName for a missing baseline, NotComputable for tracks over different days, and those of the losses.
    let ofTracks (rule: HacLag) (baseline: string) (tracks: ForecastTrack list) : Result<ReportTable, Fault> =
        let confidence = confidenceSets tracks

        let folder (table: Result<ReportRow list, Fault>) (track: ForecastTrack) : Result<ReportRow list, Fault> =
            table
            |> Result.bind (fun rows ->
                let against =
                    tracks
                    |> List.tryFind (fun other -> other.Model = baseline && other.Horizon = track.Horizon)

                match against with
                | Some against -> row rule confidence against track |> Result.map (fun row -> row :: rows)
                | None -> Error(Fault.UnknownName("baseline", baseline, tracks |> List.map _.Model |> List.distinct)))

        match tracks with
        | [] -> Error(Fault.TooShort("A table", 1, 0))
        | first :: _ ->
            tracks
            |> List.fold folder (Ok [])
            |> Result.map (fun rows ->
                {
                    Symbol = first.Symbol
                    Baseline = baseline
                    Rows = rows |> List.rev |> List.sortBy _.Horizon
                })
