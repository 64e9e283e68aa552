/// Walk-forwards in units: cut, shuffled, shared out and joined, they are the run in one piece.
module VolatilityForge.Tests.ShardTests

open System
open System.IO
open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

/// Every classical model, over windows as short as they allow, with refits that don't divide a unit.
let private config =
    { ExperimentConfig.Default 5 with
        Models =
            [
                for name in Registry.names Models.registry do
                    match Models.create Models.registry (ExperimentConfig.Default 5) name with
                    | Ok(Model.Forecaster _) -> name
                    | _ -> ()
            ]
        Horizons = [ 1; 5 ]
        Window = WindowRule.Rolling 560
    }

let private small =
    { config with
        Models = [ "random-walk"; "log-har"; "har" ]
        Window = WindowRule.Rolling 100
    }

/// Symbols of different lengths that begin on different days.
let private panel (days: int list) : History list =
    days
    |> List.mapi (fun place days ->
        { measured (50 + place) days with
            Symbol = $"S{place}"
            Dates = Array.init days (fun day -> DateOnly(2001, 1, 1).AddDays(day + 300 * place))
        })

let private monitor =
    { Experiment.unmonitored with
        Threads = 2
    }

let private whole (config: ExperimentConfig) (histories: History list) : ExperimentResult list =
    Expect.wantOk (Experiment.runPanel config Experiment.unmonitored histories) "a run"

let private partsOf (config: ExperimentConfig) (histories: History list) (shard: Shard) : ExperimentPart list =
    Expect.wantOk (Experiment.partsWith Models.registry config monitor shard histories) "parts"

let private withFolder (body: string -> 'a) : 'a = CommandLine.withFolder body

/// The files of all shards of a run in a folder.
let private write (config: ExperimentConfig) (histories: History list) (count: int) (folder: string) : string list =
    [
        for number in 1..count do
            let shard = { Number = number; Count = count }
            let path = ShardSet.path folder shard
            Expect.wantOk (ShardSet.runWith Models.registry config monitor shard path histories) "a shard"
            path
    ]

let private described (result: Result<'a, Fault>) : string =
    Fault.describe (Expect.wantError result "a fault")

[<Tests>]
let journals: Test =
    testList
        "Unit journals"
        [
            testCase "a file is never written over another, also where a damaged one was removed" (fun () ->
                withFolder (fun folder ->
                    let histories = panel [ 160 ]
                    let parts = partsOf small histories Shard.whole
                    let identity = ExperimentIdentity.ofRun small histories

                    let opened (notes: ResizeArray<string>) =
                        Expect.wantOk (UnitJournal.Open(folder, identity, notes.Add)) "a journal"

                    let kept (notes: ResizeArray<string>) (part: ExperimentPart) =
                        let journal = opened notes
                        journal.Keep part
                        journal.Flush()

                    let notes = ResizeArray()

                    for part in parts[..2] do
                        kept notes part

                    let files () =
                        Directory.GetFiles(folder, "*.safetensors", SearchOption.AllDirectories)
                        |> Array.sort

                    let before = files ()
                    Expect.equal before.Length 3 "three files"
                    let last = File.ReadAllBytes before[2]
                    File.WriteAllBytes(before[0], [| 1uy; 2uy |])
                    kept notes parts[3]
                    Expect.equal notes.Count 1 "the damage is told"
                    Expect.equal (File.ReadAllBytes before[2]) last "a good file stays"
                    let known = (opened notes).Known |> List.map _.Result.Unit

                    Expect.equal
                        known
                        [ parts[1].Result.Unit; parts[2].Result.Unit; parts[3].Result.Unit ]
                        "all but the damaged"))
        ]

[<Tests>]
let plans: Test =
    testList
        "Work plans"
        [
            testCase "units cover every origin once and begin on refits; one unit a model and horizon closes" (fun () ->
                let walk =
                    { WalkForwardConfig.defaults with
                        Window = WindowRule.Rolling 100
                    }

                let histories = panel [ 1700; 150 ]
                let models = [ "a", 1; "b", 22; "c", 503 ]
                let plan = WorkPlan.units walk models histories

                for history in histories do
                    for horizon in walk.Horizons do
                        let first = WalkForwardConfig.firstOrigin walk horizon

                        for model, every in models do
                            let own =
                                plan
                                |> List.filter (fun unit ->
                                    (unit.Symbol, unit.Horizon, unit.Model) = (history.Symbol, horizon, model))

                            Expect.equal
                                [
                                    for unit in own do
                                        yield! [ unit.First .. unit.Last ]
                                ]
                                [ first .. History.length history - 1 - horizon ]
                                "origins in order, each once"

                            for unit in own do
                                Expect.equal ((unit.First - first) % every) 0 "it begins on a refit"

                            Expect.equal
                                (own |> List.map _.Closing)
                                (List.init own.Length (fun place -> place = own.Length - 1))
                                "the last one closes")

            testCase "shards part a plan, and no model's units are more than one apart" (fun () ->
                let walk =
                    { WalkForwardConfig.defaults with
                        Window = WindowRule.Rolling 100
                    }

                let plan =
                    WorkPlan.units walk [ "a", 1; "b", 22; "c", 500 ] (panel [ 2000; 900; 1400 ])

                for count in [ 1; 2; 3; 7; 100 ] do
                    let shards =
                        [
                            for number in 1..count -> WorkPlan.ofShard { Number = number; Count = count } plan
                        ]

                    Expect.equal (shards |> List.concat |> List.sort) (List.sort plan) "each unit once"

                    for model in [ "a"; "b"; "c" ] do
                        let sizes =
                            shards |> List.map (List.filter (fun unit -> unit.Model = model) >> List.length)

                        Expect.isLessThanOrEqual (List.max sizes - List.min sizes) 1 "evenly")

            testCase "k/n is checked" (fun () ->
                Expect.equal (Shard.parse "2/8") (Ok { Number = 2; Count = 8 }) "two of eight"

                for text in [ "0/2"; "3/2"; "1"; "a/b"; "1/2/3"; "1/0"; ""; "-1/2"; "99999999999/2" ] do
                    Expect.stringContains (described (Shard.parse text)) "k/n" text)
        ]

[<Tests>]
let joined: Test =
    testList
        "Shards"
        [
            testCase
                "every classical model gives the same bits in shards, in files, and in one piece on one thread"
                (fun () ->
                    let histories = panel [ 1160 ]
                    let expected = whole config histories

                    withFolder (fun folder ->
                        let paths = write config histories 3 folder
                        // Two units of 500 and 484 origins a model, so that the fits of a refit interval are parted.
                        let merged = Expect.wantOk (ShardSet.merge 2 (List.rev paths)) "joined"
                        Expect.equal merged expected "the same"))

            testCase "symbols of uneven spans give together what each gives alone, on any number of threads" (fun () ->
                let histories = panel [ 700; 140; 400 ]
                let alone = histories |> List.collect (fun history -> whole small [ history ])
                Expect.equal (whole small histories) alone "one thread"

                let many = Experiment.runPanel small { monitor with Threads = 7 } histories

                Expect.equal (Expect.wantOk many "a run") alone "seven threads")

            testCase
                "shards that are missing, given twice, of other data, settings or number are refused by name"
                (fun () ->
                    let histories = panel [ 300 ]

                    withFolder (fun folder ->
                        let into (name: string) =
                            Directory.CreateDirectory(Path.Combine(folder, name)).FullName

                        let ours = write small histories 3 (into "ours")

                        let refused paths (words: string list) =
                            let text = described (ShardSet.merge 1 paths)

                            for word in words do
                                Expect.stringContains text word "the fault"

                        refused [] [ "files" ]
                        refused [ ours[0]; ours[2] ] [ "missing"; "2/3" ]
                        refused (ours @ [ ours[1] ]) [ "shard 2/3 is given 2 times"; ours[1] ]
                        let others = write small (panel [ 301 ]) 3 (into "data")
                        refused [ ours[0]; others[1]; ours[2] ] [ others[1]; "other data" ]

                        let others = write (small.WithHorizons(1, 4)) histories 3 (into "settings")
                        refused [ ours[0]; others[1]; ours[2] ] [ others[1]; "other settings (horizons)" ]
                        let others = write small histories 2 (into "number")
                        refused [ ours[0]; others[1] ] [ others[1]; "2/2"; "1/3" ]

                        let file = Expect.wantOk (UnitFile.load ours[0]) "a file"
                        let old = Path.Combine(folder, "old")
                        let identity = { file.Identity with Version = "0.0.1" }
                        Expect.wantOk (UnitFile.save old { file with Identity = identity }) "written"
                        refused [ old; ours[1]; ours[2] ] [ "old"; "0.0.1" ]
                        refused [ ours[1]; old; ours[2] ] [ "old"; "another version" ]

                        let bytes = File.ReadAllBytes ours[1]
                        bytes[bytes.Length - 9] <- bytes[bytes.Length - 9] ^^^ 1uy
                        File.WriteAllBytes(ours[1], bytes)
                        refused ours [ ours[1]; "checksum" ]
                        File.WriteAllText(ours[1], "no shard")
                        refused ours [ ours[1] ]))

            testCase "no file at all is a fault, read or joined" (fun () ->
                let none = Error(Fault.TooShort("A run in shards: files", 1, 0))
                Expect.equal (ShardSet.read []) none "read"
                Expect.equal (ShardSet.join Models.registry 1 []) none "joined")

            testCase "a part of another plan is refused" (fun () ->
                let histories = panel [ 300 ]
                let parts = partsOf small histories Shard.whole

                let foreign =
                    partsOf (small.WithModels "ewma" |> fun c -> { c with Baseline = "ewma" }) histories Shard.whole

                let result =
                    Experiment.ofPartsWith Models.registry small 1 histories (foreign @ parts)

                Expect.stringContains (described result) "another run" "named"
                let result = Experiment.ofPartsWith Models.registry small 1 histories parts.Tail
                Expect.stringContains (described result) "random-walk at horizon 1" "named")
        ]

[<Tests>]
let resumed: Test =
    testList
        "Kept units"
        [
            testCase "a run that was stopped does only the rest and gives the same" (fun () ->
                let histories = panel [ 700; 400 ]
                let expected = whole small histories
                let key = (ExperimentIdentity.ofRun small histories).Key

                withFolder (fun folder ->
                    use source = new CancellationTokenSource()
                    let until = 1_500

                    let stopped =
                        { Experiment.unmonitored with
                            Checkpoints = Some folder
                            Cancellation = source.Token
                            Progress =
                                fun (made, _) ->
                                    if made >= until then
                                        source.Cancel()
                        }

                    match Experiment.runPanel small stopped histories with
                    | Error(Fault.Cancelled _) -> ()
                    | other -> failtest $"%A{other}"

                    let files () =
                        Directory.GetFiles(Path.Combine(folder, "units-" + key))

                    Expect.equal (files ()).Length 1 "one file of many small units"
                    let mutable first = 0
                    let told = ResizeArray<string>()

                    let again =
                        { stopped with
                            Cancellation = CancellationToken.None
                            Progress =
                                fun (made, _) ->
                                    if first = 0 then
                                        first <- made
                            OnNote = told.Add
                        }

                    Expect.equal (Experiment.runPanel small again histories) (Ok expected) "the same"
                    Expect.isGreaterThan first 1_000 "it began after the done units"
                    Expect.isEmpty told "nothing to tell"

                    let path = (files ())[0]
                    File.WriteAllText(path, "damaged")
                    first <- 0
                    Expect.equal (Experiment.runPanel small again histories) (Ok expected) "the same"
                    Expect.equal (first, told.Count) (1, 1) "from the start, and told"
                    Expect.stringContains told[0] path "by name"
                    Expect.isFalse (File.Exists path) "what is damaged goes"))

            testCase "units of other data or settings are left alone" (fun () ->
                let histories = panel [ 300 ]

                let identity config histories =
                    (ExperimentIdentity.ofRun config histories).Key

                let key = identity small histories

                let moved =
                    { histories.Head with
                        Returns = Array.map ((+) 1e-9) histories.Head.Returns
                    }

                let measure =
                    { histories.Head with
                        Measures = histories.Head.Measures.Remove HarMeasures.bipower
                    }

                let others =
                    [
                        identity (small.WithRollingWindow 101) histories
                        identity small [ moved ]
                        identity small [ measure ]
                        identity small [ { histories.Head with Symbol = "T" } ]
                        identity small (panel [ 301 ])
                    ]

                Expect.equal (List.distinct (key :: others)).Length 6 "a key of its own"
                Expect.equal (identity small (panel [ 300 ])) key "the same run has the same")
        ]
