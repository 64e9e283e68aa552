/// Every loss and test of sets of forecasts, as data. Knows no model, no file, and prints nothing.
namespace VolatilityForge

/// How sets are evaluated.
type EvaluationConfig =
    {
        /// The model that others are compared with.
        Baseline: string
        /// The loss of the tests.
        Loss: LossRule
        Lag: HacLag
        /// Level of the confidence set, such as 0.90.
        Level: float
        Statistic: ConfidenceStatistic
        /// None: 5,000 draws in blocks of the larger of ten days and twice the horizon.
        Bootstrap: BootstrapConfig option
    }

/// One model in a set. A test that the sample can't support is None, as are those of the baseline with itself.
type ModelEvaluation =
    {
        Model: string
        Metrics: Metrics
        /// Mean of the config's loss.
        MeanLoss: float
        /// Mean loss over the baseline's.
        Ratio: float
        Versus: DieboldMariano option
        Conditional: GiacominiWhite option
        /// That the baseline encompasses the model.
        Encompassed: Encompassing option
        Efficiency: MincerZarnowitz option
        Confidence: ConfidenceSetRow option
        /// Better than the baseline by the stepwise test at 5 %.
        Superior: bool option
        /// Running sum of the model's loss less the baseline's over the scored days.
        Cumulative: float[]
    }

/// A set evaluated.
type SetEvaluation =
    {
        /// The symbol, or an empty string.
        Symbol: string
        Horizon: int
        Baseline: string
        Models: ModelEvaluation list
        /// That no model beats the baseline.
        Superiority: SuperiorAbility option
    }

/// One model over all symbols of a horizon.
type PooledEvaluation =
    {
        Model: string
        Horizon: int
        Symbols: int
        /// Over symbol-days.
        MeanLoss: float
        Ratio: float
        /// Clustered by day.
        Versus: DieboldMariano option
    }

/// Evaluating sets.
[<RequireQualifiedAccess>]
module ForecastEvaluation =

    /// The probability of a false claim in the stepwise test.
    let stepwiseSize: float = 0.05

    /// QLIKE against log-HAR; T_max at 90 %.
    let defaults: EvaluationConfig =
        {
            Baseline = "log-har"
            Loss = LossRule.Qlike
            Lag = HacLag.Automatic
            Level = 0.90
            Statistic = ConfidenceStatistic.Max
            Bootstrap = None
        }

    let private baselineOf (config: EvaluationConfig) (set: ForecastSet) : Result<Variance[], Fault> =
        set.Forecasts
        |> List.tryFind (fun (model, _) -> model = config.Baseline)
        |> Option.map snd
        |> Either.ofOption (Fault.UnknownName("baseline", config.Baseline, set.Forecasts |> List.map fst))

    /// One set. Faults: an unknown baseline, those of ForecastSet.check and of the settings.
    let ofSet (config: EvaluationConfig) (set: ForecastSet) : Result<SetEvaluation, Fault> =
        let bootstrap =
            config.Bootstrap
            |> Option.defaultValue (StationaryBootstrap.forHorizon set.Horizon)

        either {
            let! set = ForecastSet.check set
            let! against = baselineOf config set
            let! _ = StationaryBootstrap.check bootstrap

            if not (config.Level > 0.0 && config.Level < 1.0) then
                return! Error(Fault.BadSetting("level", "must lie between 0 and 1", string config.Level))

            if not (Array.contains true set.Scored) then
                return! Error(Fault.TooShort("An evaluation: scored days", 1, 0))

            let table = ForecastSet.lossTable config.Loss set

            let confidence =
                table
                |> Result.bind (
                    ModelConfidenceSet.find
                        {
                            Statistic = config.Statistic
                            Level = config.Level
                            Bootstrap = bootstrap
                        }
                )
                |> Result.map _.Rows
                |> Result.defaultValue []

            let stepwise =
                table
                |> Result.bind (Superiority.stepwise bootstrap stepwiseSize config.Baseline)
                |> Result.defaultValue []

            let baselineLosses = ForecastSet.losses config.Loss set against
            let baselineMean = Array.average baselineLosses

            let scored (values: Variance[]) =
                Array.zip values set.Scored |> Array.filter snd |> Array.map fst

            let errors (forecast: Variance[]) =
                Array.map2 (fun v f -> Units.strip (v - f)) (scored set.Realised) (scored forecast)

            let model (name: string, forecast: Variance[]) : Result<ModelEvaluation, Fault> =
                let losses = ForecastSet.losses config.Loss set forecast
                let mean = Array.average losses

                let versus (test: float[] -> float[] -> Result<'test, Fault>) : 'test option =
                    if name = config.Baseline then
                        None
                    else
                        test losses baselineLosses |> Result.toOption

                Metrics.ofForecasts forecast set.Realised set.Scored
                |> Result.map (fun metrics ->
                    {
                        Model = name
                        Metrics = metrics
                        MeanLoss = mean
                        Ratio = mean / baselineMean
                        Versus = versus (Compare.dieboldMariano config.Lag set.Horizon)
                        Conditional = versus (ConditionalCompare.giacominiWhite set.Horizon)
                        Encompassed =
                            versus (fun _ _ ->
                                Encompassing.test config.Lag set.Horizon (errors against) (errors forecast))
                        Efficiency =
                            MincerZarnowitz.test
                                ForecastScale.Levels
                                config.Lag
                                set.Horizon
                                (scored forecast)
                                (scored set.Realised)
                            |> Result.toOption
                        Confidence = confidence |> List.tryFind (fun row -> row.Model = name)
                        Superior = stepwise |> List.tryFind (fun row -> row.Model = name) |> Option.map _.Superior
                        Cumulative = LossRule.cumulativeDifference losses baselineLosses
                    })

            let! models = set.Forecasts |> Checked.traverse model

            return
                {
                    Symbol = set.Symbol
                    Horizon = set.Horizon
                    Baseline = config.Baseline
                    Models = models
                    Superiority =
                        table
                        |> Result.bind (Superiority.ability bootstrap config.Baseline)
                        |> Result.toOption
                }
        }

    /// Every model over all symbols of each horizon; empty where every horizon has one symbol. A model counts where its set has both
    /// it and the baseline. Faults: an unknown baseline, those of ForecastSet.check.
    let pooled (config: EvaluationConfig) (sets: ForecastSet list) : Result<PooledEvaluation list, Fault> =
        let horizon (days: int, group: ForecastSet list) : Result<PooledEvaluation list, Fault> =
            either {
                for set in group do
                    let! _ = ForecastSet.check set
                    let! _ = baselineOf config set
                    ()

                let lossesOf (model: string) (set: ForecastSet) : float[] option =
                    set.Forecasts
                    |> List.tryFind (fun (name, _) -> name = model)
                    |> Option.map (snd >> ForecastSet.losses config.Loss set)

                let row (model: string) : PooledEvaluation =
                    let pairs =
                        group
                        |> List.choose (fun set ->
                            match lossesOf model set, lossesOf config.Baseline set with
                            | Some own, Some other -> Some(set, own, other)
                            | _ -> None)

                    let mean (pick: ForecastSet * float[] * float[] -> float[]) =
                        pairs |> Seq.collect pick |> Seq.average

                    let panel =
                        pairs
                        |> List.map (fun (set, own, other) ->
                            {
                                Symbol = set.Symbol
                                Dates = ForecastSet.scoredDates set
                                Difference = Array.map2 (-) own other
                            })

                    {
                        Model = model
                        Horizon = days
                        Symbols = pairs.Length
                        MeanLoss = mean (fun (_, own, _) -> own)
                        Ratio = mean (fun (_, own, _) -> own) / mean (fun (_, _, other) -> other)
                        Versus =
                            if model = config.Baseline then
                                None
                            else
                                PooledCompare.dieboldMariano config.Lag days panel |> Result.toOption
                    }

                return
                    group
                    |> List.collect (fun set -> set.Forecasts |> List.map fst)
                    |> List.distinct
                    |> List.map row
            }

        sets
        |> List.groupBy _.Horizon
        |> List.filter (fun (_, group) -> group.Length > 1)
        |> Checked.traverse horizon
        |> Result.map List.concat
