/// Files of daily realised measures: columns found, days treated.
module VolatilityForge.Tests.MeasureFileTests

open System
open System.IO
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.MeasureTables

let private read (options: MeasureFileOptions) (text: string) : Result<MeasureFile, Fault> =
    MeasureFile.readText options "measures.csv" (new StringReader(text))

let private sound (options: MeasureFileOptions) (text: string) : MeasureFile =
    Expect.wantOk (read options text) "a file"

let private refused (options: MeasureFileOptions) (text: string) (words: string list) : unit =
    let fault = Fault.describe (Expect.wantError (read options text) "a fault")

    for word in words do
        Expect.stringContains fault word "the fault"

let private defaults = MeasureFile.defaults

[<Tests>]
let reading: Test =
    testList
        "Measure files"
        [
            testCase "columns are found by usual names, and every other column of numbers is a measure" (fun () ->
                let text =
                    table "date,rv5,RQ,BPV,RVn,RVp,TPQ,nobs" 30 (fun day ->
                        let v = 1.0 + float day
                        $"{v},{v * v},{0.9 * v},{0.4 * v},{0.6 * v},{0.8 * v * v},{day}")

                let file = sound defaults text
                let history = file.Histories.Head
                Expect.equal (file.Variance, MeasureFile.measure file) ("rv5", "column:rv5") "the variance"
                Expect.isTrue (MeasureFile.isColumn (MeasureFile.measure file)) "as a setting"
                Expect.equal (history.Symbol, History.length history) ("measures", 30) "a day each"
                Expect.equal (Units.strip history.Variance[4]) 5.0 "in its own unit"
                Expect.isTrue (Array.forall ((=) 0.0) history.Returns) "no returns"

                for role, column, share in
                    [
                        HarMeasures.quarticity, "RQ", 25.0
                        HarMeasures.bipower, "BPV", 4.5
                        HarMeasures.negativeSemivariance, "RVn", 2.0
                        HarMeasures.positiveSemivariance, "RVp", 3.0
                        HarMeasures.tripowerQuarticity, "TPQ", 20.0
                    ] do
                    close 1e-15 (history.Measures[role][4]) share role
                    Expect.isTrue (history.Measures.ContainsKey column) "and its own"

                Expect.equal (history.Measures["nobs"][4]) 4.0 "another column"

                let mapped =
                    { defaults with
                        Variance = Some "bpv"
                        Measures = [ "quarticity", "TPQ" ]
                    }

                let history = (sound mapped text).Histories.Head
                Expect.equal (Units.strip history.Variance[4]) 4.5 "as asked, whatever its case"
                Expect.equal (history.Measures[HarMeasures.quarticity][4]) 20.0 "as asked"
                refused { defaults with Variance = Some "rk" } text [ "variance column"; "rk"; "rv5" ]

                refused
                    { defaults with
                        Measures = [ "quarticity", "XX" ]
                    }
                    text
                    [ "measure column"; "XX" ]

                refused defaults (table "date,a,b" 30 (fun _ -> "1,2")) [ "variance column"; "a, b" ])

            testCase "days without a positive variance are left out with their number, their returns kept" (fun () ->
                let cells = dict [ 3, "0,0.01"; 7, ",0.02"; 8, "-1,0.04"; 0, "NaN,0.5" ]

                let text =
                    table "date,x,r" 40 (fun day ->
                        match cells.TryGetValue day with
                        | true, cell -> cell
                        | _ -> $"{2 + day},0.001")

                let options =
                    { defaults with
                        Variance = Some "x"
                        Return = Some "r"
                    }

                let file = sound options text
                let history = file.Histories.Head
                Expect.equal (file.Dropped, file.Floored) ([ "measures", 4 ], []) "four of forty"
                Expect.equal (history.Dates[0]) (DateOnly(2001, 1, 2)) "the first day with a variance"
                Expect.isTrue (Array.forall id history.Scored) "all count"
                close 1e-14 (history.Returns[2]) 0.011 "the return of the day left out and of its own day"
                close 1e-14 (history.Returns[5]) 0.061 "two days left out"
                close 1e-14 (history.Returns[0]) 0.001 "none from before the first"

                let floored =
                    sound
                        { options with
                            Missing = MissingVariance.Floor
                        }
                        text

                let history = floored.Histories.Head
                Expect.equal (floored.Dropped, floored.Floored) ([ "measures", 1 ], [ "measures", 3 ]) "one and three"
                Expect.equal (Units.strip history.Variance[2], history.Scored[2]) (3.0, false) "the smallest before"
                Expect.equal (Units.strip history.Variance[6], history.Scored[6]) (3.0, false) "of all days before"
                Expect.isTrue history.Scored[3] "others count")

            testCase "returns come from prices; a missing one is refused with its day" (fun () ->
                let text =
                    table "date,rv,close" 30 (fun day -> $"1,{100.0 * exp (0.01 * float day)}")

                let priced = { defaults with Price = Some "close" }
                let history = (sound priced text).Histories.Head
                Expect.equal (history.Returns[0]) 0.0 "none before the first"
                close 1e-12 (history.Returns[7]) 0.01 "log differences"
                let holed = table "date,rv,close" 30 (fun day -> if day = 9 then "1," else "1,100")
                refused priced holed [ "close"; "2001-01-10" ]
                refused { priced with Return = Some "rv" } text [ "not both" ])

            testCase "returns are found by usual names; a column found with gaps gives none, and says so" (fun () ->
                let priced (name: string) =
                    table $"date,rv,{name}" 30 (fun day -> $"1,{100.0 * exp (0.01 * float day)}")

                for name in [ "close"; "close_price"; "Price"; "adj close" ] do
                    let file = sound defaults (priced name)
                    close 1e-12 (file.Histories.Head.Returns[7]) 0.01 name
                    Expect.equal (file.Returns, file.Unreturned) (name, []) "the column, told"

                let both =
                    sound defaults (table "date,rv,close,return" 30 (fun day -> $"1,100,{0.001 * float day}"))

                Expect.equal (both.Histories.Head.Returns[7], both.Returns) (0.007, "return") "returns before prices"

                let holed =
                    sound defaults (table "date,rv,close" 30 (fun day -> if day = 9 then "1," else $"1,{100 + day}"))

                Expect.isTrue (Array.forall ((=) 0.0) holed.Histories.Head.Returns) "no returns"
                Expect.equal (holed.Returns, holed.Unreturned) ("close", [ "measures" ]) "told"
                refused defaults (table "date,close" 30 (fun _ -> "1")) [ "variance column"; "close" ])

            testCase "a model of returns on a history without them is refused before any fit, by name" (fun () ->
                let history =
                    { measured 62 1100 with
                        Symbol = "S"
                        Returns = Array.zeroCreate 1100
                    }

                let make (name: string) =
                    Expect.wantOk
                        (Models.forecaster
                            Models.registry
                            NeuralForecaster.unmonitored
                            (ExperimentConfig.Default 5)
                            name)
                        name

                let check (name: string) =
                    WalkForward.check
                        WalkForwardConfig.defaults
                        [ make name ]
                        [
                            { history with
                                Returns = history.Returns
                            }
                        ]

                for name in [ "garch"; "gjr"; "realized-garch"; "heavy"; "equal-weight(har+garch)" ] do
                    let fault = Fault.describe (Expect.wantError (check name) name)

                    for word in [ name; "S has none"; "--return-column" ] do
                        Expect.stringContains fault word "the fault"

                let panel =
                    { PanelConfig.defaults with
                        Models = [ "log-har"; "garch" ]
                    }

                let refused =
                    PanelExperiment.run panel 1 PanelWalkForward.unmonitored [] [ history ]

                Expect.stringContains
                    (Fault.describe (Expect.wantError refused "a panel"))
                    "S has none"
                    "in a panel too"

                for name in [ "har"; "log-har"; "ewma"; "equal-weight(har+ewma)" ] do
                    Expect.isOk (check name) name)

            testCase "a file is bars by all four prices, or by some and no variance" (fun () ->
                withFolder (fun folder ->
                    let isMeasures (header: string) =
                        let path = Path.Combine(folder, "file.csv")
                        File.WriteAllText(path, header + "\n")
                        MeasureFile.isMeasureFile path

                    for header in
                        [
                            "date,rv,close"
                            "Date;\"Realized Variance\";Open;Close"
                            "date,symbol,rv5,open,close"
                            "date,x"
                        ] do
                        Expect.isTrue (isMeasures header) header

                    for header in
                        [
                            "date,open,high,low,close"
                            "Date,Open,High,Low,Close,Volume,variance"
                            "date,open,high,close"
                            "date,close"
                        ] do
                        Expect.isFalse (isMeasures header) header))

            testCase "long and wide files give the same histories" (fun () ->
                let value (symbol: int) (day: int) =
                    1.0 + float ((7 * day + 3 * symbol) % 11)

                let date (day: int) =
                    (DateOnly(2001, 1, 1).AddDays day).ToString "O"

                let long =
                    String.Join(
                        "\n",
                        "date,symbol,v"
                        :: [
                            for symbol, name in [ 0, "B"; 1, "A" ] do
                                // B comes a week late.
                                for day in 7 * (1 - symbol) .. 59 -> $"{date day},{name},{value symbol day}"
                        ]
                    )

                let wide =
                    table "date,A,B" 60 (fun day -> $"{value 1 day}," + (if day < 7 then "" else string (value 0 day)))

                let long = sound defaults long
                let wide = sound { defaults with Wide = true } wide

                let strip (history: History) =
                    history.Symbol, history.Dates, history.Variance

                Expect.equal (wide.Histories |> List.map strip) (long.Histories |> List.map strip) "A, then B"
                Expect.equal (long.Histories |> List.map History.length) [ 60; 53 ] "uneven spans"
                Expect.equal (MeasureFile.measure wide) "column:*" "as a setting")

            testCase "hostile files are refused with the place" (fun () ->
                refused defaults "" [ "measures.csv" ]
                refused defaults "date,rv\n" [ "measures.csv" ]
                refused defaults (table "date,rv" 22 (fun _ -> "1")) [ "23"; "22" ]
                refused defaults (table "date,rv" 30 (fun _ -> "0")) [ "23"; "0" ]
                refused defaults (table "date,rv" 30 (fun day -> if day = 4 then "inf" else "1")) [ "measures.csv" ]
                refused defaults (table "rv,x" 30 (fun _ -> "1")) [ "measures.csv" ])

            testCase "the 31 indices of the Oxford-Man library are read, days without a kernel counted" (fun () ->
                let path = Market.developmentFile "realized/omi_rk_th2_31idx_2000_2018.csv.gz"
                let file = Expect.wantOk (MeasureFile.read defaults path) "a file"
                Expect.equal (file.Variance, file.Histories.Length) ("rk_th2", 31) "one column of numbers"
                let days = file.Histories |> List.sumBy History.length
                Expect.equal (days + List.sumBy snd file.Dropped) 133_155 "every row"
                Expect.isTrue (MeasureFile.isMeasureFile path) "no bars")
        ]
