/// Panels where something is missing: common series, blank cells, symbols that begin later, forecasts, settings.
module VolatilityForge.Tests.PanelGuardTests

open System
open System.IO
open Expecto
open VolatilityForge

let private histories: Lazy<History list> =
    lazy
        (match Market.repositoryFile (Path.Combine("tests", "golden", "panel-input.csv")) with
         | Some path -> (Expect.wantOk (MeasureFile.read MeasureFile.defaults path) "the file is sound").Histories
         | None -> failtest "panel-input.csv is missing")

let private groups = [ "A", "north"; "B", "north"; "E", "south"; "F", "south" ]

let private panelOf (lead: string) (common: CommonSeries list) (histories: History list) : Panel =
    let made =
        Panel.create histories
        |> Result.bind (Panel.withGroups groups)
        |> Result.bind (Panel.withLead lead)

    common
    |> List.fold (fun panel series -> panel |> Result.bind (Panel.withCommon series)) made
    |> fun made -> Expect.wantOk made "the panel is sound"

/// An index in the twenties that goes with the first symbol.
let private vix: Lazy<CommonSeries> =
    lazy
        (let history = histories.Value.Head

         {
             Name = "vix"
             Dates = history.Dates
             Values =
                 history.Variance
                 |> Array.map (fun variance -> 20.0 * (float variance / 1e-4) ** 0.2)
         })

let private config: PanelWalkForwardConfig =
    { PanelWalkForward.defaults with
        Horizons = [ 1 ]
        WarmUp = 300
    }

let private model (name: string) (extra: PanelFeature list) : IPanelForecaster =
    Expect.wantOk (PanelModels.registry.Create(name, extra)) "the model is known"

let private view (panel: Panel) (symbol: int) : SymbolView =
    SymbolView(Factors.ofPanel 1 panel, symbol)

let private same (left: float[]) (right: float[]) : bool =
    Array.forall2
        (fun (a: float) (b: float) -> BitConverter.DoubleToInt64Bits a = BitConverter.DoubleToInt64Bits b)
        left
        right

let private inFile (text: string) (use': string -> unit) : unit =
    let path = Path.Combine(Path.GetTempPath(), $"volforge-{Guid.NewGuid():N}.csv")
    File.WriteAllText(path, text)

    try
        use' path
    finally
        File.Delete path

/// Says the variance of the day before, nothing of the first symbol's days that it is silent on.
let private silentOn (silent: int -> bool) : IPanelForecaster =
    { new IPanelForecaster with
        member _.Name = "silent"

        member _.Fit(_, _, _) =
            Ok
                { new IPanelFitted with
                    member _.Forecast(panel, symbol, day) =
                        if symbol = 0 && silent day.Index then
                            nan * 1.0< / day>
                        else
                            panel.Histories[symbol].Variance[day.Index]
                }
    }

let private runFault (config: PanelWalkForwardConfig) (models: IPanelForecaster list) : Fault =
    match PanelWalkForward.run config PanelWalkForward.unmonitored models (panelOf "B" [] histories.Value) with
    | Error fault -> fault
    | Ok _ -> failtest "a fault"

[<Tests>]
let suite =
    testList
        "Panels with gaps"
        [
            testCase "a feature's mean is over the days there are"
            <| fun () ->
                let view = view (panelOf "B" [] histories.Value) 0
                let level = PanelFeature.optional "level" _.Logs
                let found = view[PanelFeature.mean 5 level]

                found
                |> Array.iteri (fun day mean ->
                    let first = if day < 4 then 0 else day - 4
                    let expected = Array.average view.Logs[first..day]
                    Expect.isLessThan (abs (mean - expected)) 1e-12 $"day {day}")

            testCase "every model runs with a common series"
            <| fun () ->
                let panel = panelOf "B" [ vix.Value ] histories.Value
                let extra = PanelFeatures.ofCommon "vix"

                for name in [ "eb-log"; "pooled-glm"; "panel" ] do
                    let tracks (extra: PanelFeature list) =
                        Expect.wantOk
                            (PanelWalkForward.run config PanelWalkForward.unmonitored [ model name extra ] panel)
                            "tracks"

                    Expect.notEqual (tracks extra).Head.Forecast (tracks []).Head.Forecast $"{name} reads the series"

            testCase "a blank cell of a common series is a row that isn't there"
            <| fun () ->
                let blank (index: int) : bool = index % 7 = 3
                let whole = vix.Value

                let kept =
                    [|
                        for i in 0 .. whole.Dates.Length - 1 do
                            if not (blank i) then
                                i
                    |]

                let blanks =
                    { whole with
                        Values = whole.Values |> Array.mapi (fun i value -> if blank i then nan else value)
                    }

                let without =
                    { whole with
                        Dates = kept |> Array.map (fun i -> whole.Dates[i])
                        Values = kept |> Array.map (fun i -> whole.Values[i])
                    }

                let values (series: CommonSeries) =
                    (Factors.ofPanel 1 (panelOf "B" [ series ] histories.Value)).Common "vix"
                    |> Option.get

                Expect.isTrue (same (values blanks) (values without)) "carried over the blank"

            testCase "a missing common value or measure counts as the mean of those known"
            <| fun () ->
                let late =
                    { vix.Value with
                        Dates = vix.Value.Dates[400..]
                        Values = vix.Value.Values[400..]
                    }

                let history = histories.Value.Head

                let measured =
                    { history with
                        Measures = Map [ "rv", Array.append (Array.create 400 nan) vix.Value.Values[400..] ]
                    }

                let panel = panelOf "B" [ late ] (measured :: histories.Value.Tail)

                for feature in PanelFeature.measure "rv" log :: PanelFeatures.ofCommon "vix" do
                    let values = (view panel 0)[feature]
                    let known = values |> Array.filter Double.IsFinite
                    Expect.isTrue (values[..399] |> Array.forall Double.IsNaN) $"{feature.Name}: missing before"
                    Expect.isGreaterThan known.Length 300 $"{feature.Name}: there afterwards"
                    Expect.isLessThan (abs (Array.average known)) 0.3 $"{feature.Name}: 0 is the mean, not ln 1"

                // The mean is that of the past: later values change no earlier one.
                let level = (view panel 0)[PanelFeature.common "vix" log]
                let logs = late.Values |> Array.map log
                let place = 60
                let expected = logs[place] - Array.average logs[..place]
                Expect.isLessThan (abs (level[400 + place] - expected)) 1e-12 "level less its expanding mean"

            testCase "a panel cut before its lead begins has no lead and no group of it"
            <| fun () ->
                let panel = panelOf "F" [] histories.Value
                let late = panel.Histories[5].Dates[0]
                let cut = Expect.wantOk (Panel.upTo (late.AddDays -1) panel) "cut"
                Expect.equal cut.Lead None "no lead"
                Expect.isFalse (cut.Groups.ContainsKey "F") "no group"
                Expect.isTrue (cut.Groups.ContainsKey "A") "others keep theirs"
                Expect.equal (Factors.ofPanel 1 cut).Lead None "factors are made"

            testCase "a share for days near zero is in [0, 1)"
            <| fun () ->
                for share in [ 0.0; 1e-3; 0.99 ] do
                    Expect.isOk (NearZero.check share) $"{share}"

                for share in [ -0.1; 1.0; nan; infinity ] do
                    Expect.isError (NearZero.check share) $"{share}"

                    let settings =
                        { PanelConfig.defaults with
                            NearZero = share
                        }

                    Expect.isError (PanelExperiment.panel settings [] histories.Value) $"{share} in a run"

            testCase "a groups file without its header is a fault"
            <| fun () ->
                inFile "A,north\nB,south\n" (fun path -> Expect.isError (PanelFiles.groups path) "no header")

                inFile "\uFEFFSymbol, Group\nA,north\nB,south\n" (fun path ->
                    let groups = Expect.wantOk (PanelFiles.groups path) "a header"
                    Expect.equal groups [ "A", "north"; "B", "south" ] "every row")

            testCase "a symbol's next day is the next day of the week that it trades on"
            <| fun () ->
                let next (trades: DayOfWeek -> bool) (date: DateOnly) : DateOnly =
                    Seq.initInfinite (fun days -> date.AddDays(days + 1))
                    |> Seq.find (fun date -> trades date.DayOfWeek)

                let check (name: string) (trades: DayOfWeek -> bool) =
                    let dates =
                        [|
                            for days in 0..399 do
                                let date = DateOnly(2020, 1, 1).AddDays days

                                if trades date.DayOfWeek then
                                    date
                        |]

                    let found = NextDay.expected dates

                    for day in 0 .. dates.Length - 1 do
                        if dates[day] >= DateOnly(2020, 3, 1) then
                            Expect.equal found[day] (next trades dates[day]) $"{name}, {dates[day]}"

                check "every day" (fun _ -> true)
                check "Sunday to Thursday" (fun day -> day <> DayOfWeek.Friday && day <> DayOfWeek.Saturday)
                check "Monday to Friday" (fun day -> day <> DayOfWeek.Saturday && day <> DayOfWeek.Sunday)

                for history in histories.Value do
                    Expect.equal
                        (NextDay.expected history.Dates)
                        (history.Dates |> Array.map NextDay.after)
                        $"{history.Symbol} trades on weekdays"

            testCase "a first date past the end and a short warm-up are faults of their own"
            <| fun () ->
                let expect (name: string) (fault: Fault) =
                    match fault with
                    | Fault.BadSetting(setting, _, _) -> Expect.equal setting name "the setting"
                    | other -> failtest $"{other}"

                let last = (panelOf "B" [] histories.Value).Last |> MarketDay.date
                let eb = [ model "eb-log" [] ]

                for from in [ DateOnly(2030, 1, 1); last ] do
                    expect "from" (runFault { config with From = Some from } eb)

                expect
                    "warm-up"
                    (runFault
                        { config with
                            Horizons = [ 60 ]
                            WarmUp = 130
                        }
                        eb)

            testCase "days on which a model has nothing to say are left out for all and counted"
            <| fun () ->
                let panel = panelOf "B" [] histories.Value
                let silent (day: int) : bool = day % 10 = 3

                let tracks =
                    Expect.wantOk
                        (PanelWalkForward.run
                            config
                            PanelWalkForward.unmonitored
                            [ model "eb-log" []; silentOn silent ]
                            panel)
                        "tracks"

                let alone =
                    Expect.wantOk
                        (PanelWalkForward.run config PanelWalkForward.unmonitored [ model "eb-log" [] ] panel)
                        "alone"

                for track in alone do
                    for other in tracks |> List.filter (fun other -> other.Symbol = track.Symbol) do
                        let expected =
                            track.Origins
                            |> Array.filter (fun day -> not (other.Symbol = "A" && silent day))

                        Expect.equal other.Origins expected $"{other.Model}, {other.Symbol}"

                let days = alone.Head.Origins |> Array.filter silent |> Array.length
                Expect.equal (PanelWalkForward.leftOut config tracks panel) [ "A", 1, days ] "counted"
                Expect.isEmpty (PanelWalkForward.leftOut config alone panel) "nothing to count"

                let mute =
                    { new IPanelForecaster with
                        member _.Name = "mute"

                        member _.Fit(_, _, _) =
                            Ok
                                { new IPanelFitted with
                                    member _.Forecast(_, _, _) = nan * 1.0< / day>
                                }
                    }

                match runFault config [ mute ] with
                | Fault.NotComputable(_, reason, _) -> Expect.stringContains reason "mute" "names the model"
                | other -> failtest $"{other}"

            testCase "kept forecasts come back as they were, or not at all"
            <| fun () ->
                let folder = Directory.CreateTempSubdirectory("volforge-").FullName

                try
                    let forecasts =
                        [| [| nan; 1e-4; 3e-4 |]; [| 2e-5 |] |]
                        |> Array.map (Array.map (fun value -> value * 1.0< / day>))

                    let key (horizon: int) =
                        PanelWalkForward.trackKey horizon (model "eb-log" [])

                    PanelJournal.keep folder (key 5) forecasts

                    let found = PanelJournal.recall folder (key 5) |> Option.get

                    Array.iter2
                        (fun a b -> Expect.isTrue (same (Array.map float a) (Array.map float b)) "bits")
                        forecasts
                        found

                    let file = Directory.GetFiles folder |> Array.exactlyOne
                    File.Copy(file, file.Replace("eb-log-5", "eb-log-1"))
                    Expect.isNone (PanelJournal.recall folder (key 1)) "another horizon's"
                    Expect.isNone (PanelJournal.recall folder (key 22)) "none"

                    let bytes = File.ReadAllBytes file
                    bytes[bytes.Length - 3] <- bytes[bytes.Length - 3] ^^^ 4uy
                    File.WriteAllBytes(file, bytes)
                    Expect.isNone (PanelJournal.recall folder (key 5)) "a flipped bit"
                finally
                    Directory.Delete(folder, true)

            testCase "two members of one name are a fault"
            <| fun () ->
                let twice =
                    PanelCombination.forecaster "twice" PanelCombinationRule.LogMean (fun _ ->
                        [ model "eb-log" []; model "eb-log" [] ])

                match runFault config [ twice ] with
                | Fault.BadSetting(setting, _, _) -> Expect.equal setting "twice" "names the combination"
                | other -> failtest $"{other}"
        ]
