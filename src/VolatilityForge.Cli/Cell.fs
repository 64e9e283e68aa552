/// Texts of a table's cells. Knows no table.
namespace VolatilityForge.Cli

open System
open System.Globalization
open VolatilityForge

/// Writing cells.
[<RequireQualifiedAccess>]
module Cell =

    /// A number in a .NET format; a dash where it isn't finite.
    let number (format: string) (value: float) : string =
        if Double.IsFinite value then
            value.ToString(format, CultureInfo.InvariantCulture)
        else
            "-"

    /// A p-value; one too small for its digits as a bound.
    let p (value: float) : string =
        if value < 0.001 then "<0.001" else number "0.000" value

    /// A day, as 2020-12-31.
    let date (day: DateOnly) : string =
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)

    /// What a function writes of a value that is there, else nothing.
    let orBlank (text: 'a -> string) (value: 'a option) : string =
        value |> Option.map text |> Option.defaultValue ""

    /// The p-value of a Diebold-Mariano test that was made.
    let versus (test: DieboldMariano option) : string =
        test |> orBlank (fun test -> p test.PValue)

    /// The p-value of a model's place by the confidence set, starred where it is in it.
    let confidence (place: ConfidenceSetRow option) : string =
        place
        |> orBlank (fun place -> p place.PValue + (if place.Included then "*" else ""))
