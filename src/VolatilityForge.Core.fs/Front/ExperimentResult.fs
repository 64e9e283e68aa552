/// What an experiment found of a symbol. Runs nothing.
namespace VolatilityForge

/// The coefficients of a model over its refits, about one a month.
type ParameterPath =
    {
        Model: string
        Horizon: int
        /// Days of the fits.
        Dates: System.DateOnly[]
        Names: string list
        /// By day, then by name.
        Values: float[][]
    }

/// The news impact curve of a model's last fit.
type NewsImpactCurve =
    {
        Model: string
        Horizon: int
        /// Residuals in volatilities.
        Shocks: float[]
        /// Variance of the day after.
        Variance: Variance[]
    }

/// Everything an experiment found of a symbol.
type ExperimentResult =
    {
        Config: ExperimentConfig
        Table: ReportTable
        Tracks: ForecastTrack list
        /// Every fit of a network, in order.
        Training: TrainedEnsemble list
        /// Of the models that tell their coefficients, in the order of the tracks.
        Parameters: ParameterPath list
        /// Of the models that have one, in the order of the tracks.
        NewsImpact: NewsImpactCurve list
        /// Intervals and quantiles of every track, in the order of the tracks; empty where the settings ask for none.
        Risk: RiskTrack list
    }

    /// The row of a model at a horizon, or a fault that lists the known names.
    member result.Row(model: string, horizon: int) : Result<ReportRow, Fault> =
        match
            result.Table.Rows
            |> List.tryFind (fun row -> row.Model = model && row.Horizon = horizon)
        with
        | Some row -> Ok row
        | None ->
            let known =
                result.Table.Rows |> List.map (fun row -> $"{row.Model} at {row.Horizon}")

            Error(Fault.UnknownName("row", $"{model} at {horizon}", known))
