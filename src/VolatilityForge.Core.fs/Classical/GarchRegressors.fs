/// Which columns a conditional variance model reads beside returns, by name. Reads no column.
namespace VolatilityForge

open System
open System.Text.RegularExpressions

/// Names of a model's regressors, in the order of its parameters.
type GarchRegressors =
    {
        /// Columns added to the mean: "x[1]" and on.
        Mean: string list
        /// Columns that move the variance of the day after: "pi[1]" and on.
        Variance: string list
        /// The estimator that gives "variance" where that is measured from bars; None where it is a column like others.
        Measure: string option
    }

/// Regressors by name.
[<RequireQualifiedAccess>]
module GarchRegressors =

    /// The regressor that is the variance of the data themselves.
    [<Literal>]
    let OwnVariance = "variance"

    /// No regressor.
    let none: GarchRegressors =
        {
            Mean = []
            Variance = []
            Measure = None
        }

    /// Whether a model reads returns alone.
    let isNone (regressors: GarchRegressors) : bool =
        regressors.Mean.IsEmpty && regressors.Variance.IsEmpty

    /// Ok when the names are different and none is empty, as written in a word or an option.
    let checkNames (text: string) (names: string list) : Result<string list, Fault> =
        if List.contains "" names || List.distinct names <> names then
            Error(Fault.BadSetting("regressors", "must be different measures joined by +", text))
        else
            Ok names

    /// The regressors of the variance that a model's name tells in its brackets as "x(M+N)", and the name without them, for
    /// GarchSpec.parseSpec. Fault.BadSetting for names that are empty, repeated or told twice.
    let ofName (name: string) : Result<string list * string, Fault> =
        let shape = Regex.Match(name.Trim(), @"^([A-Za-z-]+)\((.+)\)$")

        if not shape.Success then
            Ok([], name)
        else
            let isRegressors (word: string) : bool =
                word.StartsWith("x(", StringComparison.OrdinalIgnoreCase) && word.EndsWith ')'

            let told, others =
                shape.Groups[2].Value.Split ';'
                |> Array.map _.Trim()
                |> List.ofArray
                |> List.partition isRegressors

            let rest =
                match others with
                | [] -> shape.Groups[1].Value
                | _ -> $"""{shape.Groups[1].Value}({String.concat ";" others})"""

            match told with
            | [] -> Ok([], rest)
            | [ word ] ->
                word[2 .. word.Length - 2].Split '+'
                |> Array.map _.Trim()
                |> List.ofArray
                |> checkNames word
                |> Result.map (fun names -> names, rest)
            | several -> Error(Fault.BadSetting("regressors", "must be told once", String.concat ";" several))

    /// Ok unless there are regressors of the variance and the model has no place for them.
    let checkTaken (spec: GarchSpec) (variance: string list) : Result<unit, Fault> =
        Checked.require
            (Fault.BadSetting("regressors", "are not taken by this model", GarchSpec.name spec.Variance))
            (variance.IsEmpty || GarchSpec.takesRegressors spec)
