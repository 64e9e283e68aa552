/// Who forecasts a panel better: by horizon, symbol and year. Knows no model and prints nothing.
namespace VolatilityForge

open System
open System.Collections.Generic

/// One model at one horizon over all symbols, against the baseline.
type PanelReportRow =
    {
        Model: string
        Horizon: int
        /// Mean over symbols of each symbol's mean QLIKE.
        Qlike: float
        /// Over the baseline's: below 1 is better.
        QlikeRatio: float
        /// Symbols that the model has a lower QLIKE on than the baseline, of so many.
        Better: int
        Symbols: int
        /// Equal QLIKE with the baseline, over days to which the symbols' losses are added; None for the baseline and where there are too few.
        Versus: DieboldMariano option
        /// The place in the 90 % confidence set of the horizon, by the mean loss of each day; None where there are too few days.
        Confidence: ConfidenceSetRow option
        /// Forecasts the clamp rule moved.
        Clamped: int
        /// Fits made.
        Refits: int
    }

/// QLIKE of a model at a horizon on a part of the forecasts: a symbol, or a year or the days of a fit over all symbols.
type PanelReportCell =
    {
        Model: string
        Horizon: int
        /// The symbol, the year, or the date of the fit.
        Part: string
        /// Of a symbol its mean; of a year or fit the mean over symbols of their means in it.
        Qlike: float
        Forecasts: int
    }

/// Tables of a panel's forecasts.
type PanelReportTable =
    {
        Baseline: string
        Rows: PanelReportRow list
        BySymbol: PanelReportCell list
        ByYear: PanelReportCell list
    }

/// Making the tables.
[<RequireQualifiedAccess>]
module PanelReport =

    /// Dates and losses of the days that are scored.
    let private losses (track: ForecastTrack) : struct (DateOnly * float)[] =
        [|
            for day in 0 .. track.Origins.Length - 1 do
                if track.Scored[day] then
                    struct (track.Dates[day], Loss.qlike track.Forecast[day] track.Realised[day])
        |]

    let private mean (values: float seq) : float =
        if Seq.isEmpty values then nan else Seq.average values

    let private lossOf (struct (_: DateOnly, loss: float)) : float = loss

    /// Mean QLIKE over symbols of each symbol's mean.
    let qlike (tracks: ForecastTrack list) : float =
        tracks
        |> List.map (fun track -> losses track |> Array.map lossOf)
        |> List.filter (fun own -> own.Length > 0)
        |> List.map Array.average
        |> mean

    /// The mean loss over symbols of each day.
    let private daily (tracks: struct (DateOnly * float)[] list) : SortedDictionary<DateOnly, float> =
        let days = SortedDictionary<DateOnly, struct (float * int)>()

        for own in tracks do
            for struct (date, loss) in own do
                match days.TryGetValue date with
                | true, struct (sum, count) -> days[date] <- struct (sum + loss, count + 1)
                | _ -> days[date] <- struct (loss, 1)

        let means = SortedDictionary<DateOnly, float>()

        for day in days do
            let struct (sum, count) = day.Value
            means[day.Key] <- sum / float count

        means

    let private confidence
        (horizon: int)
        (models: (string * struct (DateOnly * float)[] list) list)
        : Map<string, ConfidenceSetRow> =
        models
        |> List.map (fun (model, own) -> model, (daily own).Values |> Array.ofSeq)
        |> LossTable.ofLosses
        |> Result.bind (ModelConfidenceSet.find (ModelConfidenceSet.forHorizon horizon))
        |> Result.map (fun set -> set.Rows |> List.map (fun row -> row.Model, row) |> Map.ofList)
        |> Result.defaultValue Map.empty

    let private sameDays (tracks: ForecastTrack list) (others: ForecastTrack list) : bool =
        tracks.Length = others.Length
        && List.forall2
            (fun (one: ForecastTrack) (other: ForecastTrack) -> one.Symbol = other.Symbol && one.Dates = other.Dates)
            tracks
            others

    let private versus
        (horizon: int)
        (tracks: ForecastTrack list)
        (baseline: ForecastTrack list)
        : DieboldMariano option =
        List.map2
            (fun (own: ForecastTrack) (other: ForecastTrack) ->
                let left, right = losses own, losses other

                {
                    Symbol = own.Symbol
                    Dates = left |> Array.map (fun (struct (date, _)) -> date)
                    Difference = Array.map2 (fun a b -> lossOf a - lossOf b) left right
                })
            tracks
            baseline
        |> PooledCompare.dieboldMariano HacLag.Automatic horizon
        |> Result.toOption

    let private better (tracks: ForecastTrack list) (baseline: ForecastTrack list) : int =
        List.map2 (fun own other -> qlike [ own ] < qlike [ other ]) tracks baseline
        |> List.filter id
        |> List.length

    let private periods
        (partOf: DateOnly -> string)
        (model: string)
        (horizon: int)
        (tracks: ForecastTrack list)
        : PanelReportCell list =
        tracks
        |> List.collect (fun track ->
            losses track
            |> Array.groupBy (fun (struct (date, _)) -> partOf date)
            |> Array.map (fun (part, own) -> part, own |> Array.averageBy lossOf, own.Length)
            |> List.ofArray)
        |> List.groupBy (fun (part, _, _) -> part)
        |> List.sortWith (fun (one, _) (other, _) -> String.CompareOrdinal(one, other))
        |> List.map (fun (part, own) ->
            {
                Model = model
                Horizon = horizon
                Part = part
                Qlike = own |> List.averageBy (fun (_, loss, _) -> loss)
                Forecasts = own |> List.sumBy (fun (_, _, count) -> count)
            })

    let private years: string -> int -> ForecastTrack list -> PanelReportCell list =
        periods (fun date -> date.Year.ToString "D4")

    let private symbols (model: string) (horizon: int) (tracks: ForecastTrack list) : PanelReportCell list =
        tracks
        |> List.map (fun track ->
            {
                Model = model
                Horizon = horizon
                Part = track.Symbol
                Qlike = qlike [ track ]
                Forecasts = track.Origins.Length
            })

    let private cells
        (make: string -> int -> ForecastTrack list -> PanelReportCell list)
        (tracks: ForecastTrack list)
        : PanelReportCell list =
        [
            for horizon, own in tracks |> List.groupBy _.Horizon do
                for model, own in own |> List.groupBy _.Model do
                    yield! make model horizon own
        ]

    /// QLIKE of the days that each fit of a schedule forecasts, by its weekday, as of a year: with it, models with and without a block of
    /// features tell what the block was worth fit by fit.
    let byRefit (schedule: int -> PanelSchedule) (tracks: ForecastTrack list) : PanelReportCell list =
        let make (model: string) (horizon: int) : ForecastTrack list -> PanelReportCell list =
            let schedule = schedule horizon

            periods
                (fun date ->
                    let fit = PanelSchedule.fitOn schedule (MarketDay.ofDate date)
                    (MarketDay.date (MarketDay.add (fit * schedule.Every) schedule.First)).ToString "O")
                model
                horizon

        cells make tracks

    /// The tables of tracks from one panel walk-forward against a baseline that is among them at every horizon. Faults: TooShort for no
    /// track, UnknownName for a missing baseline, NotComputable for models that forecast on different days.
    let ofTracks (baseline: string) (tracks: ForecastTrack list) : Result<PanelReportTable, Fault> =
        let horizons = tracks |> List.groupBy _.Horizon

        let rowsAt (horizon: int, tracks: ForecastTrack list) : Result<PanelReportRow list, Fault> =
            let models = tracks |> List.groupBy _.Model

            match models |> List.tryFind (fst >> (=) baseline) with
            | None -> Error(Fault.UnknownName("baseline", baseline, List.map fst models))
            | Some(_, against) ->
                match models |> List.tryFind (fun (_, own) -> not (sameDays own against)) with
                | Some(model, _) ->
                    Error(
                        Fault.NotComputable(
                            $"The table of horizon {horizon}",
                            $"{model} and {baseline} forecast on different days",
                            "Run them in one walk-forward."
                        )
                    )
                | None ->
                    let places =
                        models
                        |> List.map (fun (model, own) -> model, List.map losses own)
                        |> confidence horizon

                    let reference = qlike against

                    models
                    |> List.map (fun (model, own) ->
                        let loss = qlike own

                        {
                            Model = model
                            Horizon = horizon
                            Qlike = loss
                            QlikeRatio = loss / reference
                            Better = better own against
                            Symbols = own.Length
                            Versus =
                                if model = baseline then
                                    None
                                else
                                    versus horizon own against
                            Confidence = places.TryFind model
                            Clamped = own |> List.sumBy _.Clamped
                            Refits = own |> List.map _.Refits |> List.max
                        })
                    |> Ok

        if tracks.IsEmpty then
            Error(Fault.TooShort("A table", 1, 0))
        else
            horizons
            |> Checked.traverse rowsAt
            |> Result.map (fun rows ->
                {
                    Baseline = baseline
                    Rows = List.concat rows
                    BySymbol = cells symbols tracks
                    ByYear = cells years tracks
                })
