/// Which models can't be told from the best: the model confidence set of Hansen, Lunde and Nason (2011). Knows no loss.
namespace VolatilityForge

open System

/// What is compared while models are left out one by one.
[<RequireQualifiedAccess>]
type ConfidenceStatistic =
    /// Each model with the mean of those left; the paper's T_max.
    | Max
    /// Each model with each other; the paper's T_R.
    | Range

/// How a confidence set is found.
type ConfidenceSetConfig =
    {
        Statistic: ConfidenceStatistic
        /// Probability that the set holds the best model, such as 0.90.
        Level: float
        Bootstrap: BootstrapConfig
    }

/// One model's place.
type ConfidenceSetRow =
    {
        Model: string
        MeanLoss: float
        /// The level below which the model is in the set is 1 less this; 1 for the one left at the end.
        PValue: float
        /// False where the p-value is below 1 less the level.
        Included: bool
    }

/// A confidence set.
type ModelConfidenceSet =
    {
        Level: float
        Statistic: ConfidenceStatistic
        /// In the order of elimination: the worst first, the one left at the end last.
        Rows: ConfidenceSetRow list
    }

    /// Names of the models in the set.
    member set.Included: string list =
        set.Rows |> List.filter _.Included |> List.map _.Model

/// Finding confidence sets.
[<RequireQualifiedAccess>]
module ModelConfidenceSet =

    /// T_max at 90 %, 5,000 resamples in blocks of the larger of ten days and twice the horizon.
    let forHorizon (horizon: int) : ConfidenceSetConfig =
        {
            Statistic = ConfidenceStatistic.Max
            Level = 0.90
            Bootstrap = StationaryBootstrap.forHorizon horizon
        }

    /// A difference over its deviation; two series that never differ are 0 apart, a constant difference infinitely far.
    let private ratio (difference: float) (deviation: float) : float =
        if deviation > 0.0 then difference / deviation
        elif difference = 0.0 then 0.0
        else Double.PositiveInfinity * difference

    let private rootMeanSquare (draws: int) (value: int -> float) : float =
        let mutable sum = 0.0

        for draw in 0 .. draws - 1 do
            let x = value draw
            sum <- sum + x * x

        sqrt (sum / float draws)

    /// The share of resamples at or above the statistic.
    let private pValue (statistic: float) (resampled: float[]) : float =
        let above =
            resampled |> Array.sumBy (fun value -> if value >= statistic then 1 else 0)

        float above / float resampled.Length

    /// The worst of the models left, and the p-value of their being equally good, by comparison with their mean.
    let private byMax (means: float[]) (resampled: float[][]) (left: int[]) : struct (int * float) =
        let size = float left.Length
        let grand = (left |> Array.sumBy (fun i -> means[i])) / size

        let grands =
            resampled
            |> Array.map (fun row -> (left |> Array.sumBy (fun i -> row[i])) / size)

        let deviations =
            left
            |> Array.map (fun i -> rootMeanSquare resampled.Length (fun draw -> resampled[draw][i] - grands[draw]))

        let statistics =
            Array.map2 (fun i deviation -> ratio (means[i] - grand) deviation) left deviations

        let draws =
            resampled
            |> Array.mapi (fun draw row ->
                let mutable largest = Double.NegativeInfinity

                for k in 0 .. left.Length - 1 do
                    largest <- max largest (ratio (row[left[k]] - grands[draw]) deviations[k])

                largest)

        let worst = statistics |> Seq.indexed |> Seq.maxBy snd |> fst
        struct (left[worst], pValue statistics[worst] draws)

    /// As byMax, by comparison of every pair.
    let private byRange (means: float[]) (resampled: float[][]) (left: int[]) : struct (int * float) =
        let size = left.Length
        let draws = Array.zeroCreate<float> resampled.Length
        let mutable statistic = 0.0
        let mutable worst = left[0]
        let mutable most = Double.NegativeInfinity

        for a in 0 .. size - 1 do
            for b in 0 .. size - 1 do
                if a <> b then
                    let i, j = left[a], left[b]

                    let deviation =
                        rootMeanSquare resampled.Length (fun draw -> resampled[draw][i] - resampled[draw][j])

                    let against = ratio (means[i] - means[j]) deviation

                    if against > most then
                        most <- against
                        worst <- i

                    // Pairs are symmetric in size.
                    if a < b then
                        statistic <- max statistic (abs against)

                        for draw in 0 .. draws.Length - 1 do
                            let row = resampled[draw]
                            draws[draw] <- max draws[draw] (abs (ratio (row[i] - row[j]) deviation))

        struct (worst, pValue statistic draws)

    /// The confidence set of the models of a table. Faults: a level outside (0, 1), those of the bootstrap's settings.
    let find (config: ConfidenceSetConfig) (table: LossTable) : Result<ModelConfidenceSet, Fault> =
        if not (config.Level > 0.0 && config.Level < 1.0) then
            Error(Fault.BadSetting("level", "must lie between 0 and 1", string config.Level))
        else
            StationaryBootstrap.check config.Bootstrap
            |> Result.map (fun bootstrap ->
                let means = table.Losses |> Array.map Array.average
                let resampled = StationaryBootstrap.means bootstrap table.Losses
                let names = Array.ofList table.Models

                let step =
                    match config.Statistic with
                    | ConfidenceStatistic.Max -> byMax means resampled
                    | ConfidenceStatistic.Range -> byRange means resampled

                let row (model: int) (p: float) : ConfidenceSetRow =
                    {
                        Model = names[model]
                        MeanLoss = means[model]
                        PValue = p
                        Included = p >= 1.0 - config.Level
                    }

                // A p-value is the largest of the tests up to the model's elimination: sets of different levels are nested.
                let rec eliminate (left: int[]) (largest: float) : ConfidenceSetRow list =
                    match left with
                    | [| last |] -> [ row last 1.0 ]
                    | _ ->
                        let struct (worst, p) = step left
                        let largest = max largest p
                        row worst largest :: eliminate (left |> Array.filter ((<>) worst)) largest

                {
                    Level = config.Level
                    Statistic = config.Statistic
                    Rows = eliminate [| 0 .. names.Length - 1 |] 0.0
                })
