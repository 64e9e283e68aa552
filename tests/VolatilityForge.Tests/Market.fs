/// Bars that several suites use.
[<RequireQualifiedAccess>]
module VolatilityForge.Tests.Market

open System
open System.IO
open Expecto
open VolatilityForge

/// Consecutive days from 2020-01-01.
let dates (count: int) : DateOnly[] =
    Array.init count (fun day -> DateOnly(2020, 1, 1).AddDays day)

/// Columns of bars from (open, high, low, close) rows.
let columns (rows: (float * float * float * float) list) : BarColumns =
    let rows = Array.ofList rows

    {
        Symbol = "SPX"
        Dates = dates rows.Length
        Open = rows |> Array.map (fun (price, _, _, _) -> price)
        High = rows |> Array.map (fun (_, price, _, _) -> price)
        Low = rows |> Array.map (fun (_, _, price, _) -> price)
        Close = rows |> Array.map (fun (_, _, _, price) -> price)
        AdjustedClose = None
        Volume = None
    }

/// Checked bars from (open, high, low, close) rows.
let bars (rows: (float * float * float * float) list) : Bars =
    Expect.wantOk (Bars.check (columns rows)) "the bars are sound"

/// Simulated bars of so many days, with overnight moves, and their true open-to-close variance.
let simulated (days: int) (seed: int64) : Bars * Variance[] =
    let config =
        { Simulate.defaults with
            Days = days
            Overnight = 0.25
        }

    Expect.wantOk (Simulate.bars config (Rng.ofSeed seed)) "the configuration is sound"

/// The first of these files above the test assembly, None when the checkout has none.
let private upwards (relative: string) : string option =
    Seq.unfold
        (fun (folder: DirectoryInfo) -> if isNull folder then None else Some(folder, folder.Parent))
        (DirectoryInfo AppContext.BaseDirectory)
    |> Seq.map (fun folder -> Path.Combine(folder.FullName, relative))
    |> Seq.tryFind File.Exists

/// A file of the repository.
let repositoryFile (relative: string) : string option = upwards relative

/// A file of the development data: in the folder VOLATILITYFORGE_DATA names, or in shared/data beside the checkout. The
/// test is skipped where there is none.
let developmentFile (relative: string) : string =
    let named =
        match Environment.GetEnvironmentVariable "VOLATILITYFORGE_DATA" with
        | null
        | "" -> None
        | folder -> Some(Path.Combine(folder, relative)) |> Option.filter File.Exists

    match named |> Option.orElse (upwards (Path.Combine("shared", "data", relative))) with
    | Some path -> path
    | None -> skiptest $"{relative} is not on this machine"
