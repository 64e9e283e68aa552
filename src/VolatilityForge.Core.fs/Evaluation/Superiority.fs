/// Whether any of many models beats a benchmark, and which, with luck over all of them allowed for. Knows no loss.
namespace VolatilityForge

open System

/// The test of Hansen (2005) for superior predictive ability: that no model beats the benchmark.
type SuperiorAbility =
    {
        /// The largest studentised gain on the benchmark, 0 where no model gains.
        Statistic: float
        /// The model with it.
        Best: string
        /// With poor models' gains set to what was observed: a lower bound of the p-value.
        Lower: float
        /// The test's p-value: clearly poor models are left out of account.
        Consistent: float
        /// With every model taken as good as the benchmark, which is White's (2000) reality check, studentised.
        Upper: float
    }

/// One model in the stepwise test.
type StepwiseRow =
    {
        Model: string
        /// Benchmark's loss less the model's, studentised.
        Statistic: float
        /// True: better than the benchmark.
        Superior: bool
    }

/// Tests of many models against a benchmark.
[<RequireQualifiedAccess>]
module Superiority =

    /// A deviation below this share of the mean difference is rounding.
    [<Literal>]
    let private RoundingShare = 1e-12

    /// What both tests start from: gains on the benchmark, their deviations, and resampled gains less the gains.
    type private Gains =
        {
            Models: string[]
            Count: int
            Mean: float[]
            /// Of root n times the mean.
            Deviation: float[]
            /// (draws, models)
            Resampled: float[][]
        }

    let private gains (config: BootstrapConfig) (benchmark: string) (table: LossTable) : Result<Gains, Fault> =
        match table.Models |> List.tryFindIndex ((=) benchmark) with
        | None -> Error(Fault.UnknownName("benchmark", benchmark, table.Models))
        | Some _ when table.Models.Length < 2 ->
            Error(Fault.BadSetting("models", "must be one or more beside the benchmark", "none"))
        | Some at ->
            either {
                let! config = StationaryBootstrap.check config
                let others = [| 0 .. table.Models.Length - 1 |] |> Array.filter ((<>) at)

                let series =
                    others |> Array.map (fun i -> Array.map2 (-) table.Losses[at] table.Losses[i])

                let names = others |> Array.map (fun i -> List.item i table.Models)
                let mean = series |> Array.map Array.average

                let deviation =
                    series |> Array.map (StationaryBootstrap.variance config.Block >> sqrt)

                match
                    Array.map2 (fun d m -> d > RoundingShare * abs m) deviation mean
                    |> Array.tryFindIndex not
                with
                | Some same ->
                    return!
                        Error(
                            Fault.NotComputable(
                                names[same],
                                $"its losses differ from those of {benchmark} by a constant",
                                "Leave it out."
                            )
                        )
                | None ->
                    return
                        {
                            Models = names
                            Count = table.Count
                            Mean = mean
                            Deviation = deviation
                            Resampled = StationaryBootstrap.means config series
                        }
            }

    /// Tests that no model of the table is better than the benchmark. Faults: an unknown benchmark, no other model, a model that
    /// differs from the benchmark by a constant, those of the bootstrap's settings.
    let ability (config: BootstrapConfig) (benchmark: string) (table: LossTable) : Result<SuperiorAbility, Fault> =
        gains config benchmark table
        |> Result.map (fun gains ->
            let root = sqrt (float gains.Count)

            let studentised =
                Array.map2 (fun mean deviation -> root * mean / deviation) gains.Mean gains.Deviation

            let best = studentised |> Seq.indexed |> Seq.maxBy snd |> fst
            let statistic = max 0.0 studentised[best]
            // Hansen's threshold, by the law of the iterated logarithm.
            let threshold = -(sqrt (2.0 * log (log (float gains.Count))))

            let pValue (expected: int -> float) : float =
                let above =
                    gains.Resampled
                    |> Array.sumBy (fun row ->
                        let mutable largest = 0.0

                        for i in 0 .. row.Length - 1 do
                            // The resampled gain, moved to the expectation that the hypothesis gives the model.
                            let gain = row[i] + expected i
                            largest <- max largest (root * gain / gains.Deviation[i])

                        if largest >= statistic then 1 else 0)

                float above / float gains.Resampled.Length

            {
                Statistic = statistic
                Best = gains.Models[best]
                Lower = pValue (fun i -> min 0.0 gains.Mean[i])
                Consistent = pValue (fun i -> if studentised[i] <= threshold then gains.Mean[i] else 0.0)
                Upper = pValue (fun _ -> 0.0)
            })

    /// The smallest value that no more than a share of the values exceed.
    let private quantile (share: float) (values: float[]) : float =
        let sorted = Array.sort values
        let above = int (floor (share * float values.Length + 1e-9))
        sorted[max 0 (values.Length - 1 - above)]

    /// The stepwise test of Romano and Wolf (2005), studentised: which models beat the benchmark, the probability of one false
    /// claim or more being `size`, such as 0.05. Rows in the order of the table. Faults as in `ability`, and a size outside
    /// (0, 1).
    let stepwise
        (config: BootstrapConfig)
        (size: float)
        (benchmark: string)
        (table: LossTable)
        : Result<StepwiseRow list, Fault> =
        if not (size > 0.0 && size < 1.0) then
            Error(Fault.BadSetting("size", "must lie between 0 and 1", string size))
        else
            gains config benchmark table
            |> Result.map (fun gains ->
                let root = sqrt (float gains.Count)

                let studentised =
                    Array.map2 (fun mean deviation -> root * mean / deviation) gains.Mean gains.Deviation

                // Models found better leave, which lowers the bar for those that stay.
                let rec found (left: int list) (superior: Set<int>) : Set<int> =
                    let critical =
                        gains.Resampled
                        |> Array.map (fun row ->
                            left |> List.map (fun i -> root * row[i] / gains.Deviation[i]) |> List.max)
                        |> quantile size

                    match left |> List.filter (fun i -> studentised[i] > critical) with
                    | [] -> superior
                    | better ->
                        let superior = superior + Set.ofList better

                        match left |> List.except better with
                        | [] -> superior
                        | rest -> found rest superior

                let superior = found [ 0 .. gains.Models.Length - 1 ] Set.empty

                gains.Models
                |> Array.mapi (fun i name ->
                    {
                        Model = name
                        Statistic = studentised[i]
                        Superior = superior.Contains i
                    })
                |> List.ofArray)
