/// Walk-forwards and tables: published results, what a fit may see, what a change of the future may not change.
module VolatilityForge.Tests.WalkForwardTests

open System
open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Walks

let private rowOf (table: ReportTable) (model: string) (horizon: int) : ReportRow =
    table.Rows |> List.find (fun row -> row.Model = model && row.Horizon = horizon)

[<Tests>]
let suite =
    testList
        "Walk-forward"
        [
            testCase "on the S&P 500, rolling 1,000 labels, gives the known table"
            <| fun () ->
                let tracks = run WalkForwardConfig.defaults (models ()) (sp500 ())
                let table = Expect.wantOk (Report.ofTracks HacLag.Automatic "har" tracks) "a table"
                // The source gives three or four digits and neither its first origin nor how its EWMA starts.
                let within = 0.002
                let ewmaWithin = 0.004

                for horizon, har, logHar, ewma in
                    [ 1, 0.1399, 0.890, 1.304; 5, 0.1249, 0.818, 1.167; 22, 0.2193, 0.814, 0.876 ] do
                    let row = rowOf table "har" horizon
                    Expect.isLessThan (abs (row.Metrics.Qlike - har)) within $"HAR, h = {horizon}: {row.Metrics.Qlike}"
                    let row = rowOf table "log-har" horizon
                    Expect.isLessThan (abs (row.QlikeRatio - logHar)) within $"log-HAR, h = {horizon}: {row.QlikeRatio}"
                    let row = rowOf table "ewma" horizon
                    Expect.isLessThan (abs (row.QlikeRatio - ewma)) ewmaWithin $"EWMA, h = {horizon}: {row.QlikeRatio}"

            testCase
                "gives every model at a horizon the same origins, from the first full window to the last known target"
            <| fun () ->
                let history = simulated 21 400

                for track in run small (models ()) history do
                    let first = 21 + 99 + track.Horizon
                    Expect.equal track.Origins [| first .. 399 - track.Horizon |] $"{track.Model}, h = {track.Horizon}"
                    Expect.equal track.Dates (track.Origins |> Array.map (fun origin -> history.Dates[origin])) "dates"

                    Expect.equal
                        track.Realised
                        (track.Origins |> Array.map (History.target track.Horizon history))
                        "realised"

            testCase "shows a fit the same number of labels at every horizon, all ended by the day it is made"
            <| fun () ->
                let seen = ResizeArray<struct (Window * int)>()

                let model =
                    ruled "spy" 1 (fun _ window horizon -> seen.Add(struct (window, horizon))) lastValue

                let history = simulated 22 200
                run small [ model ] history |> ignore

                for struct (window, horizon) in seen do
                    Expect.equal (Labels.count horizon window) 100 "labels"
                    Expect.isGreaterThanOrEqual window.First 21 "room to look back"

                seen.Clear()

                run
                    { small with
                        Window = WindowRule.Expanding 100
                    }
                    [ model ]
                    history
                |> ignore

                for struct (window, _) in seen do
                    Expect.equal window.First 21 "an expanding window keeps its start"

            testCase "makes the same forecasts, bit for bit, whatever comes after them"
            <| fun () ->
                let history = measured 23 400
                let day = 300

                for rule in [ WindowRule.Rolling 100; WindowRule.Expanding 100 ] do
                    for every in [ 1; 7 ] do
                        let models =
                            Ewma.forecaster Ewma.defaults
                            :: [
                                Har.forecaster { Har.defaults with RefitEvery = every }
                                LogHar.forecaster
                                    { LogHar.defaults with
                                        RefitEvery = every
                                    }
                                for options in HarFamily.known do
                                    HarFamily.forecaster { options with RefitEvery = every }
                            ]

                        let config = { small with Window = rule }

                        let upTo (history: History) =
                            run config models history
                            |> List.map (fun track -> track.Forecast |> Array.take (day - track.Origins[0] + 1))

                        Expect.equal (upTo (changedAfter day history)) (upTo history) "forecasts up to the day"

                        let cut = run config models (History.upTo day history)

                        for whole, cut in List.zip (upTo history) cut do
                            Expect.equal cut.Next (Array.last whole) "the next forecast is the one made that day"

                            Expect.equal
                                cut.Forecast
                                (Array.take cut.Forecast.Length whole)
                                "a history that ends there gives the same forecasts"

            testCase "refits on a schedule that counts from the first origin"
            <| fun () ->
                let fitDays = ResizeArray<int>()
                let model = ruled "weekly" 7 (fun _ window _ -> fitDays.Add window.Last) lastValue
                let history = simulated 24 200
                let tracks = run { small with Horizons = [ 5 ] } [ model ] history
                let first = 21 + 99 + 5
                // The last day's forecast takes one more fit, on the last day of the schedule.
                Expect.equal (List.ofSeq fitDays) [ first..7..199 ] "days of fits"
                Expect.equal tracks.Head.Refits fitDays.Count "counted"

            testCase "forecasts scale with the variance and QLIKE does not"
            <| fun () ->
                let history = simulated 25 300
                let one = run small (models ()) history

                for factor in [ 1e-8; 1e4 ] do
                    for a, b in List.zip one (run small (models ()) (scaled factor history)) do
                        Array.iter2
                            (fun x y -> close 1e-10 (Units.strip y) (factor * Units.strip x) a.Model)
                            a.Forecast
                            b.Forecast

                        Expect.equal b.Clamped a.Clamped "clamped"

            testCase "moves forecasts outside [min/2, 2 max] of the window's labels and counts them"
            <| fun () ->
                let history = simulated 26 200

                let model =
                    ruled "wild" 1 (fun _ _ _ -> ()) (fun _ history origin ->
                        if origin % 10 = 0 then 1e6< / day>
                        elif origin % 10 = 5 then -1.0< / day>
                        elif origin % 10 = 7 then infinity * 1.0< / day>
                        else history.Variance[origin])

                let track = (run { small with Horizons = [ 1 ] } [ model ] history).Head

                let wild =
                    track.Origins
                    |> Array.filter (fun origin -> List.contains (origin % 10) [ 0; 5; 7 ])

                Expect.equal track.Clamped wild.Length "as many as were wild"

                track.Origins
                |> Array.iteri (fun i origin ->
                    let labels =
                        [| for row in origin - 100 .. origin - 1 -> history.Variance[row + 1] |]

                    let expected =
                        match origin % 10 with
                        | 0
                        | 7 -> 2.0 * Array.max labels
                        | 5 -> 0.5 * Array.min labels
                        | _ -> history.Variance[origin]

                    Expect.equal track.Forecast[i] expected $"origin {origin}")

            testCase "marks days whose target stands at a floor, and the table leaves them out of QLIKE"
            <| fun () ->
                let history = simulated 27 200

                let floored =
                    { history with
                        Scored = history.Scored |> Array.mapi (fun day _ -> day <> 150)
                    }

                let tracks = run small (models ()) floored

                for track in tracks do
                    let missing = track.Scored |> Array.filter not |> Array.length
                    Expect.equal missing track.Horizon $"h = {track.Horizon}"

                let table =
                    Expect.wantOk (Report.ofTracks HacLag.Automatic Report.baseline tracks) "a table"

                for row in table.Rows do
                    Expect.equal row.Metrics.Excluded row.Horizon "excluded"

            testCase "says which model forecast NaN, and when"
            <| fun () ->
                let history = simulated 28 200

                let model =
                    ruled "broken" 1 (fun _ _ _ -> ()) (fun _ _ origin ->
                        if origin = 150 then nan * 1.0< / day> else 1.0< / day>)

                match WalkForward.run small ignore CancellationToken.None [ model ] history with
                | Error(Fault.NotComputable(what, reason, _)) ->
                    Expect.stringContains what "broken" "the model"
                    Expect.stringContains reason (history.Dates[150].ToString "O") "the date"
                | other -> failtest $"expected NotComputable, found %A{other}"

            testCase "hands on a model's own fault"
            <| fun () ->
                let history = ofVariance (Array.create 300 1e-4)

                match WalkForward.run small ignore CancellationToken.None (models ()) history with
                | Error(Fault.NotComputable _) -> ()
                | other -> failtest $"expected NotComputable, found %A{other}"

            testCase "refuses settings outside their domain and histories that are too short"
            <| fun () ->
                let history = simulated 29 200

                let fault (config: WalkForwardConfig) (models: IForecaster list) (history: History) =
                    Expect.wantError (WalkForward.run config ignore CancellationToken.None models history) "a fault"

                for config in
                    [
                        { small with Horizons = [] }
                        { small with Horizons = [ 0 ] }
                        { small with Horizons = [ 5; 5 ] }
                        { small with
                            Window = WindowRule.Rolling 1
                        }
                        { small with LookBack = -1 }
                        { small with FirstOrigin = Some 100 }
                        { small with
                            Clamp = ClampRule.WithinLabels(0.0, 2.0)
                        }
                    ] do
                    match fault config (models ()) history with
                    | Fault.BadSetting _ -> ()
                    | other -> failtest $"expected BadSetting, found %A{other}"

                match fault { small with Horizons = [ 5 ] } (models ()) (History.upTo 128 history) with
                | Fault.TooShort(_, 131, 129) -> ()
                | other -> failtest $"expected TooShort, found %A{other}"

                match
                    fault
                        { small with
                            Window = WindowRule.Rolling 20
                            Horizons = [ 1 ]
                        }
                        [ Har.forecaster Har.defaults ]
                        history
                with
                | Fault.TooShort(_, 31, 21) -> ()
                | other -> failtest $"expected TooShort, found %A{other}"

                Expect.isError (WalkForward.run small ignore CancellationToken.None [] history) "no model"
                let twice = [ Har.forecaster Har.defaults; Har.forecaster Har.defaults ]
                Expect.isError (WalkForward.run small ignore CancellationToken.None twice history) "two of one name"

            testCase "starts every horizon on the day it is told"
            <| fun () ->
                for track in run { small with FirstOrigin = Some 150 } (models ()) (simulated 30 200) do
                    Expect.equal track.Origins[0] 150 $"{track.Model}, h = {track.Horizon}"

            testCase "stops when cancelled, and says so"
            <| fun () ->
                use source = new CancellationTokenSource()
                let mutable told = 0

                let progress (made: int, total: int) =
                    told <- told + 1
                    Expect.equal made told "one by one"
                    Expect.isLessThanOrEqual made total "not more than all"

                    if made = 50 then
                        source.Cancel()

                match WalkForward.run small progress source.Token (models ()) (simulated 31 200) with
                | Error(Fault.Cancelled _) -> Expect.equal told 50 "nothing after the request"
                | other -> failtest $"expected Cancelled, found %A{other}"

            testCase
                "an embargo keeps the labels of the last days from every fit, and an interval of refits is every model's"
            <| fun () ->
                let seen = ResizeArray<Window>()
                let model = ruled "spy" 1 (fun _ window _ -> seen.Add window) lastValue

                let config =
                    { small with
                        Horizons = [ 5 ]
                        Embargo = 7
                        RefitEvery = Some 3
                    }

                let tracks = run config [ model ] (simulated 35 200)
                let first = 21 + 99 + 5 + 7
                Expect.equal tracks.Head.Origins[0] first "the first window still has all its labels"
                // The last day takes the fit that was due before it.
                Expect.equal [ for window in seen -> window.Last + 7 ] ([ first..3..194 ] @ [ 198 ]) "seven days before"

                for window in seen do
                    Expect.equal (Labels.count 5 window) 100 "labels"

                for wrong in
                    [
                        { small with Embargo = -1 }
                        { small with RefitEvery = Some 0 }
                        { small with Threads = 0 }
                    ] do
                    match WalkForward.run wrong ignore CancellationToken.None [ model ] (simulated 35 200) with
                    | Error(Fault.BadSetting _) -> ()
                    | other -> failtest $"expected BadSetting, found %A{other}"

            testCase "tables compare with the baseline, which is compared with nothing"
            <| fun () ->
                let tracks = run small (models ()) (simulated 32 400)

                let table =
                    Expect.wantOk (Report.ofTracks HacLag.Automatic "log-har" tracks) "a table"

                Expect.equal table.Rows.Length 8 "four models at two horizons"

                for row in table.Rows do
                    let baseline = rowOf table "log-har" row.Horizon
                    close 1e-15 row.QlikeRatio (row.Metrics.Qlike / baseline.Metrics.Qlike) "ratio"

                    match row.Versus with
                    | None -> Expect.equal row.Model "log-har" "only the baseline"
                    | Some versus ->
                        close
                            1e-9
                            versus.MeanDifference
                            (row.Metrics.Qlike - baseline.Metrics.Qlike)
                            "difference of QLIKE"

                match Report.ofTracks HacLag.Automatic "garch" tracks with
                | Error(Fault.UnknownName(_, "garch", known)) -> Expect.contains known "har" "names what there is"
                | other -> failtest $"expected UnknownName, found %A{other}"

                let other =
                    run { small with FirstOrigin = Some 150 } [ Har.forecaster Har.defaults ] (simulated 32 400)

                let mixed = other @ (tracks |> List.filter (fun track -> track.Model = "log-har"))
                Expect.isError (Report.ofTracks HacLag.Automatic "log-har" mixed) "different days"
                Expect.isError (Report.ofTracks HacLag.Automatic "log-har" []) "nothing to compare"
        ]
