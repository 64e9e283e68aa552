/// Cleaning as a list of steps, each of which says how many rows it touched and why. Knows no file.
namespace VolatilityForge

open System
open System.Collections.Generic

/// What one step did.
type CleaningCount =
    {
        Step: string
        /// Which rows it touches, and why.
        Rule: string
        /// Rows it removed, or that gave way to another of the same time.
        Touched: int
        /// Rows it left.
        Left: int
    }

/// One step of cleaning; one's own is a name, a rule and a function.
type CleaningStep<'ticks> =
    {
        Name: string
        Rule: string
        Apply: 'ticks -> 'ticks
    }

/// Ticks after cleaning, and what each step did.
type Cleaned<'ticks> =
    {
        Ticks: 'ticks
        Counts: CleaningCount list
    }

/// Which of several ticks of one time stands for them.
[<RequireQualifiedAccess>]
type MergePolicy =
    /// The last that was received.
    | Last
    /// The medians of prices and of sizes (rule Q1 of Barndorff-Nielsen, Hansen, Lunde and Shephard 2009); of trades the
    /// sizes are added up.
    | Median
    /// Prices weighted by their sizes, equally where no size is known or all are zero; sizes are added up.
    | SizeWeighted

/// Running steps, and what steps of quotes and of trades share.
[<RequireQualifiedAccess>]
module Cleaning =

    /// The steps one after the other, with the count of each. `length` counts ticks.
    let run (length: 'ticks -> int) (steps: CleaningStep<'ticks> list) (ticks: 'ticks) : Cleaned<'ticks> =
        let apply (cleaned: Cleaned<'ticks>) (step: CleaningStep<'ticks>) =
            let after = step.Apply cleaned.Ticks

            let count =
                {
                    Step = step.Name
                    Rule = step.Rule
                    Touched = length cleaned.Ticks - length after
                    Left = length after
                }

            {
                Ticks = after
                Counts = count :: cleaned.Counts
            }

        let cleaned = List.fold apply { Ticks = ticks; Counts = [] } steps

        { cleaned with
            Counts = List.rev cleaned.Counts
        }

    /// The names of merge policies.
    let internal policies: (string * MergePolicy) list =
        [
            "last", MergePolicy.Last
            "median", MergePolicy.Median
            "weighted", MergePolicy.SizeWeighted
        ]

    /// First and last position of each run of rows that a function gives one key, in order.
    let internal runs (count: int) (key: int -> 'key) : struct (int * int)[] =
        let found = List<struct (int * int)>()
        let mutable first = 0

        while first < count do
            let mutable last = first

            while last + 1 < count && key (last + 1) = key first do
                last <- last + 1

            found.Add(struct (first, last))
            first <- last + 1

        found.ToArray()

    /// The runs of rows of one day.
    let internal days (times: DateTime[]) : struct (int * int)[] =
        runs times.Length (fun row -> times[row].Date.Ticks)

    /// The runs of rows of one time.
    let internal instants (times: DateTime[]) : struct (int * int)[] =
        runs times.Length (fun row -> times[row].Ticks)

    /// A day's rows judged together: true where a row stays.
    let internal byDay (times: DateTime[]) (judge: int -> int -> bool[]) : bool[] =
        days times |> Array.collect (fun (struct (first, last)) -> judge first last)

    /// The median of numbers, NaN left out; NaN where there is none.
    let internal median (values: float[]) : float =
        match values |> Array.filter (Double.IsNaN >> not) with
        | [||] -> nan
        | present -> RollingMedian.ofUnsorted present

    /// The mean of numbers by weights, NaN left out; by equal weights where the weights are missing or add up to zero.
    let internal weighted (values: float[]) (weights: float[] option) : float =
        let mutable sum, total, plain, count = 0.0, 0.0, 0.0, 0

        for index in 0 .. values.Length - 1 do
            if not (Double.IsNaN values[index]) then
                let weight =
                    match weights with
                    | Some weights when not (Double.IsNaN weights[index]) -> weights[index]
                    | _ -> 0.0

                sum <- sum + weight * values[index]
                total <- total + weight
                plain <- plain + values[index]
                count <- count + 1

        if count = 0 then nan
        elif total > 0.0 then sum / total
        else plain / float count

    /// The sum of numbers, NaN left out; NaN where there is none.
    let internal total (values: float[]) : float =
        match values |> Array.filter (Double.IsNaN >> not) with
        | [||] -> nan
        | present -> Array.sum present

    /// One value per instant: those of lone rows as they are, of several what a function makes of first and last position.
    let internal merged (instants: struct (int * int)[]) (column: float[]) (merge: int -> int -> float) : float[] =
        instants
        |> Array.map (fun (struct (first, last)) -> if first = last then column[first] else merge first last)

    /// The last row of each instant.
    let internal lasts (instants: struct (int * int)[]) : int[] =
        instants |> Array.map (fun (struct (_, last)) -> last)
