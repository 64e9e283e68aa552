/// Training a panel's networks on what is known on a weekday, and what they answer. Knows no gain and no walk-forward.
namespace VolatilityForge

open System
open TorchSharp

/// What one fit of a panel's network made.
type PanelNetworkFit =
    {
        Horizon: int
        /// The weekday at whose close the labels were known.
        FittedOn: DateOnly
        /// Symbols trained on, in the order of the networks' tokens.
        Symbols: string[]
        /// Dates trained on, and kept for validation.
        TrainingDates: int
        ValidationDates: int
        Scaler: Scaler
        Members: TrainedMember list
    }

    /// Members whose best snapshot was the untrained one, which answers 0.
    member fit.Untrained: int =
        fit.Members
        |> List.filter (fun trained -> trained.State.BestEpoch = 0)
        |> List.length

/// Training and answering.
[<RequireQualifiedAccess>]
module internal PanelNetworkFit =

    /// Dates without which a network is not trained, or not judged.
    let private fewestDates = 60

    let private network (options: PanelNetworkOptions) (symbols: int) (width: int) (seed: int64) : IModel =
        let device = Engine.device options.Device |> Fault.orRaise

        let network =
            options.Make
                {
                    Symbols = symbols
                    Inputs = 1 + width
                    Device = device
                    Rng = Rng.ofSeed seed |> Rng.split "weights"
                }

        match Network.check network with
        | Ok _ -> network
        | Error fault ->
            Network.release network
            Fault.raiseWith fault

    /// Days of a sample of rows as tensors: tokens, and ln variance less ln base of each; NaN where the row is not in the sample.
    let private load
        (state: NetworkPanel)
        (rows: NetworkRows)
        (scaler: Scaler)
        (order: int[])
        (device: torch.Device)
        (used: struct (int * int)[])
        : LoadedSamples =
        let dates =
            used
            |> Array.map (fun struct (symbol, day) -> rows.Rows[symbol].Dates[day])
            |> Array.distinct
            |> Array.sort

        let inputs = 1 + rows.Width
        let tokens = Array.zeroCreate<float32>(dates.Length * order.Length * inputs)
        let targets = Array.create (dates.Length * order.Length) nanf

        dates
        |> Array.iteri (fun place date ->
            let sessions = state.Sessions(Array.BinarySearch(state.Dates, date))
            NetworkTokens.write rows scaler order sessions tokens (place * order.Length * inputs))

        for struct (symbol, day) in used do
            let place = Array.BinarySearch(dates, rows.Rows[symbol].Dates[day])
            let target = rows.Rows[symbol].LogLabel[day] - rows.LogBase[symbol][day]
            targets[place * order.Length + Array.BinarySearch(order, symbol)] <- float32 target

        let onto (shape: int64[]) (values: float32[]) : Tensor =
            Scope.one (fun () -> (Ops.ofArray shape values).``to`` device)

        {
            Input = onto [| int64 dates.Length; int64 order.Length; int64 inputs |] tokens
            Target = onto [| int64 dates.Length; int64 order.Length |] targets
        }

    let private train
        (options: PanelNetworkOptions)
        (symbols: int)
        (width: int)
        (training: LoadedSamples)
        (validation: LoadedSamples)
        (seed: int64)
        : TrainedMember =
        let network = network options symbols width seed

        try
            let state =
                Loop.fit { options.Training with Seed = seed } [] options.Cancellation network training validation

            match state.Phase with
            | TrainingPhase.Finished(StopReason.Failed fault) -> Fault.raiseWith fault
            | TrainingPhase.Finished StopReason.Cancelled -> Fault.raiseWith (Fault.Cancelled "Training")
            | _ ->
                {
                    Seed = seed
                    Weights = Network.state network
                    State = state
                }
        finally
            Network.release network

    /// Trains on the labels that have ended before the months of validation, and judges by those that begin in them and have ended by the
    /// close of the weekday; None where there are too few. Raises the faults of training.
    let fit
        (options: PanelNetworkOptions)
        (state: NetworkPanel)
        (horizon: int)
        (on: MarketDay)
        : PanelNetworkFit option =
        let rows = state.Rows horizon
        let known = MarketDay.date on
        let judged = known.AddMonths(-options.ValidationMonths)

        let select (belongs: DateOnly -> DateOnly -> bool) : struct (int * int)[] =
            [|
                for symbol in 0 .. rows.Rows.Length - 1 do
                    let dates = rows.Rows[symbol].Dates

                    for day in 0 .. dates.Length - 1 - horizon do
                        if
                            belongs dates[day] dates[day + horizon]
                            && rows.IsPresent(symbol, day)
                            && Double.IsFinite(rows.Rows[symbol].LogLabel[day])
                        then
                            struct (symbol, day)
            |]

        let training = select (fun _ ended -> ended < judged)

        let order =
            training
            |> Array.map (fun struct (symbol, _) -> symbol)
            |> Array.distinct
            |> Array.sort

        let validation =
            select (fun origin ended -> origin >= judged && ended <= known)
            |> Array.filter (fun struct (symbol, _) -> Array.BinarySearch(order, symbol) >= 0)

        let datesOf (used: struct (int * int)[]) : int =
            used
            |> Seq.map (fun struct (symbol, day) -> rows.Rows[symbol].Dates[day])
            |> Seq.distinct
            |> Seq.length

        let trainingDates, validationDates = datesOf training, datesOf validation

        if min trainingDates validationDates < fewestDates then
            None
        else
            let scaler = NetworkTokens.scaler rows training
            let device = Engine.device options.Device |> Fault.orRaise
            let trainingOn = load state rows scaler order device training

            try
                let validationOn = load state rows scaler order device validation

                try
                    Some
                        {
                            Horizon = horizon
                            FittedOn = known
                            Symbols = order |> Array.map (fun symbol -> state.Panel.Symbols[symbol])
                            TrainingDates = trainingDates
                            ValidationDates = validationDates
                            Scaler = scaler
                            Members =
                                options.Seeds
                                |> List.map (train options order.Length rows.Width trainingOn validationOn)
                        }
                finally
                    Batches.unload validationOn
            finally
                Batches.unload trainingOn

    /// What each member answers to the dates at these places: by place, then member and symbol of the panel, NaN where the symbol has no
    /// token. A date is a pass of its own over the symbols trained on and the others that have a session, so that its answers have the same bits
    /// whatever days and symbols come after it.
    let answers
        (options: PanelNetworkOptions)
        (state: NetworkPanel)
        (fit: PanelNetworkFit)
        (places: int[])
        : float32[][][] =
        let rows = state.Rows fit.Horizon
        let panel = state.Panel

        let trainedOn =
            fit.Symbols |> Array.map (fun symbol -> Array.IndexOf(panel.Symbols, symbol))

        let others =
            [| 0 .. panel.Count - 1 |]
            |> Array.filter (fun symbol -> not (Array.contains symbol trainedOn))

        let inputs = 1 + rows.Width

        let isThere (sessions: int[]) (symbol: int) : bool =
            symbol >= 0 && sessions[symbol] >= 0 && rows.IsPresent(symbol, sessions[symbol])

        let read (networks: IModel option list) (place: int) : float32[][] =
            let sessions = state.Sessions place
            let order = Array.append trainedOn (others |> Array.filter (isThere sessions))
            let tokens = Array.zeroCreate<float32>(order.Length * inputs)
            NetworkTokens.write rows fit.Scaler order sessions tokens 0

            let bySymbol (each: int -> float32) : float32[] =
                let answer = Array.create panel.Count nanf

                order
                |> Array.iteri (fun token symbol ->
                    if isThere sessions symbol then
                        answer[symbol] <- each token)

                answer

            Scope.inference (fun () ->
                let input = Ops.ofArray [| 1L; int64 order.Length; int64 inputs |] tokens

                [|
                    for network in networks do
                        match network with
                        | None -> bySymbol (fun _ -> 0.0f)
                        | Some network ->
                            let answer =
                                network.Forward(input.``to`` network.Parameters[0].Value.device, None)
                                |> Ops.toArray

                            bySymbol (fun token -> answer[token])
                |])

        let networks =
            fit.Members
            |> List.map (fun trained ->
                if trained.State.BestEpoch = 0 then
                    None
                else
                    let made = network options fit.Symbols.Length rows.Width trained.Seed
                    Network.load made trained.Weights
                    Some made)

        try
            places |> Array.map (read networks)
        finally
            networks |> List.iter (Option.iter Network.release)
