/// Texts of files of daily measures.
module VolatilityForge.Tests.MeasureTables

open System

/// A file of so many days from 2001-01-01, a row by the function.
let table (header: string) (days: int) (row: int -> string) : string =
    let line (day: int) =
        let date = DateOnly(2001, 1, 1).AddDays day
        $"{date:O}," + row day

    String.Join("\n", header :: List.init days line) + "\n"
