/// The daily measures that ticks give, by name. Knows how each is computed from one day; reads no file.
namespace VolatilityForge

open System

/// A daily measure from intraday prices.
[<RequireQualifiedAccess>]
type IntradayMeasure =
    /// PowerVariation.realised of the sampled returns.
    | RealisedVariance
    /// The average of realised variances over shifted grids: Subsampling.realised for ticks, shifted starts in calendar time.
    | Subsampled
    /// PowerVariation.bipower of the sampled returns.
    | Bipower
    /// PowerVariation.minimum of the sampled returns.
    | MinRv
    /// PowerVariation.median of the sampled returns.
    | MedRv
    /// PowerVariation.downside of the sampled returns.
    | Downside
    /// PowerVariation.upside of the sampled returns.
    | Upside
    /// Quarticity.realised of the sampled returns.
    | RealisedQuarticity
    /// Quarticity.tripower of the sampled returns.
    | TripowerQuarticity
    /// Quarticity.minimum of the sampled returns.
    | MinRq
    /// Quarticity.median of the sampled returns.
    | MedRq
    /// RealisedKernel.estimate of every tick, ends jittered by two, bandwidth chosen by the day.
    | Kernel of KernelShape
    /// Subsampling.twoScale of every tick, stride chosen by the day.
    | TwoScale
    /// PreAverage.estimate of every tick.
    | PreAveraged
    /// Subsampling.debiasedNoise of every tick, less the rough variance of the day.
    | NoiseVariance
    /// Statistic of JumpTests.barndorffNielsenShephard of the sampled returns.
    | JumpStatistic
    /// P-value of JumpTests.barndorffNielsenShephard of the sampled returns.
    | JumpPValue
    /// Sampled returns that JumpTests.leeMykland rejects at one percent a day.
    | LeeMyklandJumps
    /// The log return from the day's first tick to its last.
    | OpenToClose
    /// Sampled returns.
    | Observations
    /// Ticks.
    | TickCount

/// What a measure needs of one day.
type internal SampledDay =
    {
        Day: PriceDay
        Sampling: Sampling
        Grids: int
        Returns: float[]
        /// Lee-Mykland statistics of the sampled returns.
        LeeMykland: Lazy<float[]>
    }

/// Names of measures and their values for a day.
[<RequireQualifiedAccess>]
module IntradayMeasure =

    /// The measure's name, as in files and as the HAR family asks for it: "rv", "kernel_parzen", "bns_p_value".
    let name (measure: IntradayMeasure) : string =
        match measure with
        | IntradayMeasure.RealisedVariance -> "rv"
        | IntradayMeasure.Subsampled -> "rv_subsampled"
        | IntradayMeasure.Bipower -> "bipower"
        | IntradayMeasure.MinRv -> "min_rv"
        | IntradayMeasure.MedRv -> "med_rv"
        | IntradayMeasure.Downside -> "negative_semivariance"
        | IntradayMeasure.Upside -> "positive_semivariance"
        | IntradayMeasure.RealisedQuarticity -> "quarticity"
        | IntradayMeasure.TripowerQuarticity -> "tripower_quarticity"
        | IntradayMeasure.MinRq -> "min_rq"
        | IntradayMeasure.MedRq -> "med_rq"
        | IntradayMeasure.Kernel KernelShape.Parzen -> "kernel_parzen"
        | IntradayMeasure.Kernel KernelShape.TukeyHanning -> "kernel_tukey_hanning"
        | IntradayMeasure.TwoScale -> "two_scale"
        | IntradayMeasure.PreAveraged -> "pre_averaged"
        | IntradayMeasure.NoiseVariance -> "noise_variance"
        | IntradayMeasure.JumpStatistic -> "bns_statistic"
        | IntradayMeasure.JumpPValue -> "bns_p_value"
        | IntradayMeasure.LeeMyklandJumps -> "lee_mykland_jumps"
        | IntradayMeasure.OpenToClose -> "open_to_close"
        | IntradayMeasure.Observations -> "observations"
        | IntradayMeasure.TickCount -> "ticks"

    /// Every measure, in the order of a table.
    let all: IntradayMeasure list =
        [
            IntradayMeasure.RealisedVariance
            IntradayMeasure.Subsampled
            IntradayMeasure.Bipower
            IntradayMeasure.MinRv
            IntradayMeasure.MedRv
            IntradayMeasure.Downside
            IntradayMeasure.Upside
            IntradayMeasure.RealisedQuarticity
            IntradayMeasure.TripowerQuarticity
            IntradayMeasure.MinRq
            IntradayMeasure.MedRq
            IntradayMeasure.Kernel KernelShape.Parzen
            IntradayMeasure.Kernel KernelShape.TukeyHanning
            IntradayMeasure.TwoScale
            IntradayMeasure.PreAveraged
            IntradayMeasure.NoiseVariance
            IntradayMeasure.JumpStatistic
            IntradayMeasure.JumpPValue
            IntradayMeasure.LeeMyklandJumps
            IntradayMeasure.OpenToClose
            IntradayMeasure.Observations
            IntradayMeasure.TickCount
        ]

    let private makers: Registry<unit, IntradayMeasure> =
        all
        |> List.map (fun measure -> name measure, (fun () -> measure))
        |> Registry.ofList "intraday measure"

    /// The measure of a name, case ignored, hyphens read as underscores; Fault.UnknownName lists the names.
    let parse (text: string) : Result<IntradayMeasure, Fault> =
        Registry.create (text.Replace('-', '_')) () makers

    /// Days about which leeMykland rejects one in a hundred without jumps.
    let internal jumpLevel = 0.01

    let private oneSecond = TimeSpan.FromSeconds 1.0

    /// Twenty minutes, at which noise hardly matters, in seconds.
    let private roughStride = 1200

    // The day's variance from 20-minute returns averaged over shifts of a second (Barndorff-Nielsen et al. 2009, section 2.3);
    // from a sixth of what a short day has.
    let private roughVariance (day: PriceDay) : Variance =
        let seconds = Sampling.onGrid oneSecond TimeSpan.Zero day
        Subsampling.realised (Math.Clamp((seconds.Length - 1) / 6, 1, roughStride)) seconds

    let private noise (day: PriceDay) : Variance =
        Subsampling.debiasedNoise (roughVariance day) day.Levels

    /// Prices averaged at each end of a day before a kernel is taken.
    let private jitteredEnds = 2

    let private kernel (shape: KernelShape) (day: PriceDay) : Variance =
        if day.Levels.Length < 2 * jitteredEnds + 2 then
            Fault.raiseWith (Fault.TooShort("Realised kernel (prices)", 2 * jitteredEnds + 2, day.Levels.Length))

        let levels = RealisedKernel.jitter jitteredEnds day.Levels

        let bandwidth =
            RealisedKernel.bandwidth shape (noise day) (roughVariance day) (levels.Length - 1)

        RealisedKernel.estimate shape bandwidth levels

    let private twoScale (day: PriceDay) : Variance =
        let returns = day.Levels.Length - 1
        Subsampling.twoScale (Subsampling.optimalStride (noise day) (roughVariance day) returns) day.Levels

    let private subsampled (sampled: SampledDay) : Variance =
        let day = sampled.Day

        match sampled.Sampling with
        | Sampling.All
        | Sampling.Changes -> PowerVariation.realised sampled.Returns
        | Sampling.Ticks count -> Subsampling.realised count day.Levels
        | Sampling.Every step ->
            let fine = TimeSpan.FromTicks(max 1L (step.Ticks / int64 sampled.Grids))
            Subsampling.realised sampled.Grids (Sampling.onGrid fine TimeSpan.Zero day)

    let private jumps (sampled: SampledDay) : float =
        let critical = JumpTests.leeMyklandCritical jumpLevel
        let tested = sampled.LeeMykland.Value |> Array.filter (Double.IsNaN >> not)

        if tested.Length = 0 then
            nan
        else
            tested
            |> Array.sumBy (fun statistic -> if statistic > critical then 1.0 else 0.0)

    let private compute (sampled: SampledDay) (measure: IntradayMeasure) : float =
        let returns, day = sampled.Returns, sampled.Day

        match measure with
        | IntradayMeasure.RealisedVariance -> float (PowerVariation.realised returns)
        | IntradayMeasure.Subsampled -> float (subsampled sampled)
        | IntradayMeasure.Bipower -> float (PowerVariation.bipower returns)
        | IntradayMeasure.MinRv -> float (PowerVariation.minimum returns)
        | IntradayMeasure.MedRv -> float (PowerVariation.median returns)
        | IntradayMeasure.Downside -> float (PowerVariation.downside returns)
        | IntradayMeasure.Upside -> float (PowerVariation.upside returns)
        | IntradayMeasure.RealisedQuarticity -> float (Quarticity.realised returns)
        | IntradayMeasure.TripowerQuarticity -> float (Quarticity.tripower returns)
        | IntradayMeasure.MinRq -> float (Quarticity.minimum returns)
        | IntradayMeasure.MedRq -> float (Quarticity.median returns)
        | IntradayMeasure.Kernel shape -> float (kernel shape day)
        | IntradayMeasure.TwoScale -> float (twoScale day)
        | IntradayMeasure.PreAveraged ->
            float (PreAverage.estimate (PreAverage.window (day.Levels.Length - 1)) day.Levels)
        | IntradayMeasure.NoiseVariance -> float (noise day)
        | IntradayMeasure.JumpStatistic -> (JumpTests.barndorffNielsenShephard returns).Statistic
        | IntradayMeasure.JumpPValue -> (JumpTests.barndorffNielsenShephard returns).PValue
        | IntradayMeasure.LeeMyklandJumps -> jumps sampled
        | IntradayMeasure.OpenToClose -> day.Levels[day.Levels.Length - 1] - day.Levels[0]
        | IntradayMeasure.Observations -> float returns.Length
        | IntradayMeasure.TickCount -> float day.Levels.Length

    /// The value of a day; NaN where the day has too few ticks for it.
    let internal value (sampled: SampledDay) (measure: IntradayMeasure) : float =
        let counts =
            measure = IntradayMeasure.TickCount || measure = IntradayMeasure.Observations

        if sampled.Day.Levels.Length < 2 && not counts then
            nan
        else
            match Fault.catch (fun () -> compute sampled measure) with
            | Ok value -> value
            | Error(Fault.TooShort _) -> nan
            | Error fault -> Fault.raiseWith fault
