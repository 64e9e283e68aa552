/// Settings of a network on a panel, and what it is made from. Trains nothing.
namespace VolatilityForge

open System
open System.Threading
open TorchSharp

/// What a panel's network is made from.
type PanelNetworkShape =
    {
        /// Symbols trained on: the first tokens of a day.
        Symbols: int
        /// Numbers in a token, the first of which tells whether it is there.
        Inputs: int
        Device: torch.Device
        /// Weights are drawn from it.
        Rng: Rng
    }

/// The share of the networks' mean answer that is added to ln of the base's forecast.
[<RequireQualifiedAccess>]
type NetworkGain =
    /// The same at all times.
    | Fixed of float
    /// At each fit the candidate with the lowest QLIKE over the forecasts of the fits before that have a trained member, of which the labels
    /// have ended; `first` before there are any.
    | Past of candidates: float list * first: float

/// How a network forecasts a panel.
type PanelNetworkOptions =
    {
        /// The registered name.
        Name: string
        /// The model whose errors are learned.
        Base: IPanelForecaster
        /// Makes an untrained network that answers 0 to (days, symbols, inputs) with (days, symbols).
        Make: PanelNetworkShape -> IModel
        /// Inputs beside the library's.
        Extra: PanelFeature list
        /// BatchSize counts days. The seed is each member's.
        Training: TrainingConfig
        /// Networks trained from different seeds; the mean of their answers is the model.
        Seeds: int64 list
        Gain: NetworkGain
        /// Calendar months between fits: fits are on the first weekday of every so many months, counted from January of year 0, so that 24
        /// means every even year.
        RefitMonths: int
        /// The last months before a fit, kept for validation.
        ValidationMonths: int
        /// Weekdays between the panel's first and the first fit of the base whose forecasts are learned from, and between its fits.
        BaseStart: int
        BaseEvery: int
        /// Horizons of the base whose ln forecasts are inputs, beside the network's own.
        BaseHorizons: int list
        /// cpu, cuda or cuda:INDEX.
        Device: string
        /// Most threads that make inputs; forecasts are the same for any number.
        Threads: int
        /// Asks training to stop.
        Cancellation: CancellationToken
    }

/// Making settings.
[<RequireQualifiedAccess>]
module PanelNetworkOptions =

    /// None, a quarter or half of the answer, whichever was best on past forecasts; half before there are any.
    let pastGain: NetworkGain = NetworkGain.Past([ 0.0; 0.25; 0.5 ], 0.5)

    /// A third of the usual rate: at that, networks on the best base got worse with the first epoch.
    let private peakRate = 5e-4

    /// Three seeds, fits every second January, the year before each kept for validation, base forecasts from the 304th weekday on, the gain
    /// of past years, peak rate 5e-4.
    let defaults
        (name: string)
        (baseModel: IPanelForecaster)
        (make: PanelNetworkShape -> IModel)
        : PanelNetworkOptions =
        {
            Name = name
            Base = baseModel
            Make = make
            Extra = []
            Training =
                { Loop.standard with
                    PeakRate = peakRate
                }
            Seeds = [ 1L; 2L; 3L ]
            Gain = pastGain
            RefitMonths = 24
            ValidationMonths = 12
            BaseStart = TwoStageOptions.defaults.FirstStart
            BaseEvery = TwoStageOptions.defaults.FirstEvery
            BaseHorizons = PanelWalkForward.defaults.Horizons
            Device = "cpu"
            Threads = 1
            Cancellation = CancellationToken.None
        }

    /// What forecasts depend on beside the base and the data. Of what makes the network only the code is told, not the numbers it holds.
    let internal describe (options: PanelNetworkOptions) : string =
        let numbers =
            [
                options.RefitMonths
                options.ValidationMonths
                options.BaseStart
                options.BaseEvery
                yield! options.BaseHorizons
            ]

        let code = options.Make.GetType()

        String.Join(
            " ",
            "network",
            (RecordJson.toNode numbers).ToJsonString(),
            (RecordJson.toNode options.Training).ToJsonString(),
            (RecordJson.toNode options.Seeds).ToJsonString(),
            (RecordJson.toNode options.Gain).ToJsonString(),
            options.Device,
            $"{code.FullName} of {code.Module.ModuleVersionId}",
            PanelFeature.describe options.Extra
        )

    let private checkGain (gain: NetworkGain) : Checked<unit> =
        let share (value: float) =
            (value >= 0.0 && value <= 1.0)
            |> Checked.require (Fault.BadSetting("gain of the network", "must be in [0, 1]", string value))

        match gain with
        | NetworkGain.Fixed value -> share value
        | NetworkGain.Past(candidates, first) ->
            Checked.all
                [
                    share first
                    yield! candidates |> List.map share
                    not candidates.IsEmpty
                    |> Checked.require (Fault.BadSetting("gains of the network", "must be one or more", "none"))
                ]

    /// The options, or every setting outside its domain.
    let check (options: PanelNetworkOptions) : Result<PanelNetworkOptions, Fault> =
        let atLeast (least: int) (name: string) (value: int) =
            value >= least
            |> Checked.require (Fault.BadSetting(name, $"must be at least {least}", string value))

        checked' {
            let! _ = Loop.check options.Training
            and! _ = checkGain options.Gain
            and! _ = Engine.checkDeviceName options.Device

            and! _ =
                Checked.all
                    [
                        (not options.Seeds.IsEmpty && List.distinct options.Seeds = options.Seeds)
                        |> Checked.require (
                            Fault.BadSetting(
                                "seeds",
                                "must be one or more, each once",
                                String.Join(", ", options.Seeds)
                            )
                        )
                        atLeast 1 "months between fits of the network" options.RefitMonths
                        atLeast 1 "months of validation" options.ValidationMonths
                        atLeast 0 "start of the base" options.BaseStart
                        atLeast 1 "weekdays between fits of the base" options.BaseEvery
                        atLeast 1 "threads" options.Threads
                        for horizon in options.BaseHorizons do
                            atLeast 1 "horizons of the base" horizon
                    ]

            return options
        }

    /// Weekdays on which the network is fitted, from the first to the last of a stretch.
    let fitDays (options: PanelNetworkOptions) (first: MarketDay) (last: MarketDay) : MarketDay[] =
        let monthOf (day: MarketDay) : int =
            let date = MarketDay.date day
            date.Year * 12 + date.Month - 1

        let firstWeekday (month: int) : MarketDay =
            let date = DateOnly(month / 12, month % 12 + 1, 1)
            let day = MarketDay.ofDate date
            // A weekend counts as the Friday before, which is of another month or of other days than the first.
            if MarketDay.date day = date then
                day
            else
                MarketDay.add 1 day

        [|
            for month in monthOf first .. monthOf last do
                if month % options.RefitMonths = 0 then
                    let day = firstWeekday month

                    if day.Number >= first.Number && day.Number <= last.Number then
                        day
        |]
