/// What models are called in tables: names of combinations are too long for a column. Knows no result.
namespace VolatilityForge.Cli

open VolatilityForge

/// Shortening names.
[<RequireQualifiedAccess>]
module ModelLabels =

    /// Letters of the longest name that is shown as it is.
    [<Literal>]
    let private Longest = 24

    let private shortened (name: string) : string =
        match Models.composed name with
        | Some(family, members) when name.Length > Longest && members.Length > 1 -> $"{family}({members.Length})"
        | _ -> name

    /// The names as tables show them: a combination's longer than 24 letters tells the number of its members alone, unless two
    /// models would be called the same.
    let ofModels (names: string list) : string -> string =
        let names = List.distinct names
        let labels = names |> List.map shortened

        if List.distinct labels = labels then shortened else id

    /// What the shortened names stand for, one line each.
    let legend (names: string list) : string list =
        let label = ofModels names

        [
            for name in List.distinct names do
                if label name <> name then
                    $"{label name} is {name}"
        ]
