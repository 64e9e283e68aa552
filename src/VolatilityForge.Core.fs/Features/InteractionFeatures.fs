/// Features of several columns at once: products, ratios, monomials. Knows no rule that picks the columns.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Definitions. Names are formulas: "a*b", "a/b", "a^2*b".
[<RequireQualifiedAccess>]
module InteractionFeatures =

    let private define (name: string) (summary: string) : FeatureDefinition =
        { Feature.define name FeatureFamily.Interaction "" summary with
            Roles = [ Define.any "left"; Define.any "right" ]
            Mends = true
        }

    let private pair
        (symbol: string)
        (unit': FeatureUnit -> FeatureUnit -> FeatureUnit)
        : FeatureSpec -> FeatureUnit option list -> FeatureOutput list =
        fun spec units ->
            [
                {
                    Name = $"{spec.Columns[0]}{symbol}{spec.Columns[1]}"
                    Unit = Option.map2 unit' units[0] units[1]
                }
            ]

    /// The product of two columns.
    let product: FeatureDefinition =
        { define "product" "left right" with
            Outputs = pair "*" FeatureUnit.multiply
            Kernel = fun _ _ -> Elementwise.two (fun left right -> left * right)
        }

    /// The ratio of two columns.
    let ratio: FeatureDefinition =
        { define "ratio" "left / right; NaN where right is 0" with
            Outputs = pair "/" FeatureUnit.divide
            Kernel =
                fun _ _ ->
                    Elementwise.two (fun left right ->
                        Lanes.where (Vector512.Equals(right, Lanes.Zero)) (Lanes.all nan) (left / right))
        }

    /// The difference of two columns.
    let contrast: FeatureDefinition =
        { define "contrast" "left - right, of columns in one unit" with
            Outputs =
                fun spec units ->
                    [
                        {
                            Name = $"{spec.Columns[0]}-{spec.Columns[1]}"
                            Unit = if units[0] = units[1] then units[0] else None
                        }
                    ]
            Kernel = fun _ _ -> Elementwise.two (fun left right -> left - right)
        }

    /// Runs of one name as powers: ["a"; "a"; "b"] is a^2*b.
    let private formula (columns: string list) : string =
        columns
        |> List.countBy id
        |> List.map (fun (name, exponent) -> if exponent = 1 then name else $"{name}^{exponent}")
        |> String.concat "*"

    /// The product of any number of columns, which may repeat.
    let monomial: FeatureDefinition =
        { define "monomial" "product of two or more columns; a column that stands twice is squared" with
            Repeats = 1
            Mends = false
            Outputs =
                fun spec units ->
                    [
                        {
                            Name = formula spec.Columns
                            Unit = units |> List.fold (Option.map2 FeatureUnit.multiply) (Some FeatureUnit.one)
                        }
                    ]
            Kernel =
                fun _ _ rows outputs ->
                    let output = outputs[0]
                    Array.Copy(rows.Columns[0], rows.First, output, rows.First, rows.Last - rows.First + 1)

                    for factor in 1 .. rows.Columns.Length - 1 do
                        let column = rows.Columns[factor]
                        Lanes.reach rows.First rows.Last column

                        Lanes.over
                            rows.First
                            rows.Last
                            (fun row -> Lanes.store output row (Lanes.load output row * Lanes.load column row))
                            (fun row -> output[row] <- output[row] * column[row])
        }

    /// Every feature of this module.
    let all: FeatureDefinition list = [ product; ratio; contrast; monomial ]

    /// Every choice of `degree` of the names with repetition, in order: the monomials of that degree.
    let rec private choices (degree: int) (names: string list) : string list list =
        match degree, names with
        | 0, _ -> [ [] ]
        | _, [] -> []
        | _, first :: rest ->
            [
                for others in choices (degree - 1) names -> first :: others
                yield! choices degree rest
            ]

    /// The monomials of degrees 2 to `degree` of these columns.
    let polynomial (degree: int) (names: string list) : FeatureSpec list =
        [
            for power in 2..degree do
                for factors in choices power names -> FeatureSpec.create "monomial" |> FeatureSpec.columns factors
        ]

    /// Every pair of different columns as a product.
    let products (names: string list) : FeatureSpec list =
        [
            for i in 0 .. names.Length - 1 do
                for j in i + 1 .. names.Length - 1 ->
                    FeatureSpec.create "product" |> FeatureSpec.columns [ names[i]; names[j] ]
        ]

    /// Every ordered pair of different columns as a ratio.
    let ratios (names: string list) : FeatureSpec list =
        [
            for top in names do
                for bottom in names do
                    if top <> bottom then
                        FeatureSpec.create "ratio" |> FeatureSpec.columns [ top; bottom ]
        ]
