/// The steps of a pipeline as data, and the features they stand for once the columns are known. Knows no values.
namespace VolatilityForge

open System

/// Which features of a family to add and what they read. The default adds every feature whose columns are there.
type FamilyOptions =
    {
        /// Names of features; empty: all whose columns are there.
        Features: string list
        /// The column that plays a role, where it isn't named like it: "bid" -> "BID".
        Columns: Map<string, string>
        /// Settings by name, for every feature that has them: "window" -> 50.
        Settings: Map<string, float>
    }

/// Which columns to transform and how.
type NonlinearOptions =
    {
        /// Empty: the outputs of the steps before, or the source's columns where there was none.
        Columns: string list
        /// Each is applied to each column; features without columns, as of the calendar, are added once.
        Apply: FeatureSpec list
    }

/// How columns are combined.
[<RequireQualifiedAccess>]
type InteractionRule =
    /// Every pair of different columns.
    | Products
    /// Every ordered pair of different columns.
    | Ratios
    /// Every monomial from the second degree to this one.
    | Polynomial of degree: int

/// Which columns to combine and how.
type InteractionOptions =
    {
        /// Empty: the outputs of microstructure, option and listed features before, or the source's columns where there are
        /// none.
        Columns: string list
        Rule: InteractionRule
    }

/// One step of a pipeline.
[<RequireQualifiedAccess>]
type FeatureStep =
    /// Features of quotes, trades and bars.
    | Microstructure of FamilyOptions
    /// Features of options.
    | OptionCharacteristics of FamilyOptions
    /// Features of one column each.
    | NonlinearTransforms of NonlinearOptions
    /// Features of several columns each.
    | Interactions of InteractionOptions
    /// These features.
    | Listed of FeatureSpec list

/// A column that is there when a step comes to its turn.
type internal KnownColumn =
    {
        Name: string
        Unit: FeatureUnit option
        /// None for a column of the source.
        Family: FeatureFamily option
    }

/// Default options, and what steps stand for.
[<RequireQualifiedAccess>]
module FeatureStep =

    /// Every feature of the family whose columns are there.
    let family: FamilyOptions =
        {
            Features = []
            Columns = Map.empty
            Settings = Map.empty
        }

    /// The z-score of 22 rows, the value a row ago and the normal score of the training part: none depends on a column's unit.
    let nonlinear: NonlinearOptions =
        {
            Columns = []
            Apply =
                [
                    FeatureSpec.create "z-score"
                    FeatureSpec.create "lag"
                    FeatureSpec.create "quantile-normal"
                ]
        }

    /// Products of pairs.
    let interactions: InteractionOptions =
        {
            Columns = []
            Rule = InteractionRule.Products
        }

    /// The step's name in recipes.
    let name (step: FeatureStep) : string =
        match step with
        | FeatureStep.Microstructure _ -> "microstructure"
        | FeatureStep.OptionCharacteristics _ -> "options"
        | FeatureStep.NonlinearTransforms _ -> "nonlinear"
        | FeatureStep.Interactions _ -> "interactions"
        | FeatureStep.Listed _ -> "features"

    /// Levels of a book that are looked for: bid_2, bid_3, ...
    [<Literal>]
    let private MostLevels = 50

    let private familySpecs
        (family: FeatureFamily)
        (options: FamilyOptions)
        (known: KnownColumn list)
        : Result<FeatureSpec list, Fault> =
        let there = known |> List.map _.Name |> Set.ofList
        let available = FeatureRegistry.ofFamily family

        let column (role: string) =
            Map.tryFind role options.Columns |> Option.defaultValue role

        let columns (definition: FeatureDefinition) (level: int) =
            definition.Roles
            |> List.map (fun role ->
                if level = 1 then
                    column role.Name
                else
                    $"{column role.Name}_{level}")

        let spec (definition: FeatureDefinition) (columns: string list) =
            {
                Feature = definition.Name
                Columns = columns
                Settings =
                    options.Settings
                    |> Map.filter (fun name _ ->
                        definition.Settings |> List.exists (fun setting -> setting.Name = name))
            }

        // A book of several levels gives one specification a level, or one over all levels.
        let specs (definition: FeatureDefinition) =
            let levels =
                List.init MostLevels (fun level -> columns definition (level + 1))
                |> List.takeWhile (List.forall there.Contains)

            if definition.Repeats > 1 then
                if levels.Length > 1 then
                    [ spec definition (List.concat levels) ]
                else
                    []
            else
                levels |> List.map (spec definition)

        let unknownSetting =
            options.Settings
            |> Map.toList
            |> List.tryFind (fun (name, _) ->
                available
                |> List.forall (fun definition ->
                    definition.Settings |> List.forall (fun setting -> setting.Name <> name)))

        match unknownSetting with
        | Some(name, _) ->
            let settings =
                available |> List.collect _.Settings |> List.map _.Name |> List.distinct

            Error(Fault.UnknownName("setting", name, settings))
        | None when options.Features.IsEmpty ->
            // A source that has a column of this name already needs no feature for it.
            let fresh (each: FeatureSpec) =
                available
                |> List.find (fun definition -> definition.Name = each.Feature)
                |> fun definition ->
                    match Feature.complete definition each with
                    | Error _ -> true
                    | Ok completed ->
                        definition.Outputs completed (completed.Columns |> List.map (fun _ -> None))
                        |> List.forall (fun output -> not (there.Contains output.Name))

            match available |> List.collect specs |> List.filter fresh with
            | [] ->
                let needed =
                    available
                    |> List.map (fun definition -> String.Join(" ", columns definition 1))
                    |> List.distinct

                let listed (names: string list) = String.Join(", ", names)
                let sets = needed |> String.concat "; "

                Error(
                    Fault.BadSetting(
                        "columns",
                        $"must hold those of a feature ({sets})",
                        listed (known |> List.map _.Name)
                    )
                )
            | found -> Ok found
        | None ->
            options.Features
            |> Checked.traverse (fun name ->
                FeatureRegistry.find [] name
                |> Result.map (fun definition ->
                    match specs definition with
                    | [] -> [ spec definition (columns definition 1) ]
                    | found -> found))
            |> Result.map List.concat

    let private nonlinearSpecs
        (own: FeatureDefinition list)
        (options: NonlinearOptions)
        (known: KnownColumn list)
        : Result<FeatureSpec list, Fault> =
        let columns =
            if options.Columns.IsEmpty then
                match known |> List.filter (fun column -> column.Family.IsSome) with
                | [] -> known |> List.map _.Name
                | made -> made |> List.map _.Name
            else
                options.Columns

        options.Apply
        |> Checked.traverse (fun each ->
            FeatureRegistry.find own each.Feature
            |> Result.map (fun definition ->
                if definition.Roles.IsEmpty || not each.Columns.IsEmpty then
                    [ each ]
                else
                    [ for column in columns -> { each with Columns = [ column ] } ]))
        |> Result.map List.concat

    /// Most features that a step may stand for: more than these are a mistake in the recipe.
    [<Literal>]
    let internal Most = 10_000

    /// How many combinations a rule makes of so many columns. In floating point: they can be more than a whole number holds.
    let private combinations (rule: InteractionRule) (columns: int) : float =
        let n = float columns

        match rule with
        | InteractionRule.Products -> n * (n - 1.0) / 2.0
        | InteractionRule.Ratios -> n * (n - 1.0)
        | InteractionRule.Polynomial degree ->
            // Monomials up to a degree are choices with repetition of that many among the columns and 1.
            let upTo =
                List.fold (fun product i -> product * (n + float i) / float i) 1.0 [ 1..degree ]

            upTo - 1.0 - n

    let private interactionSpecs
        (options: InteractionOptions)
        (known: KnownColumn list)
        : Result<FeatureSpec list, Fault> =
        let isBase (column: KnownColumn) =
            match column.Family with
            | Some FeatureFamily.Nonlinear
            | Some FeatureFamily.Interaction
            | None -> false
            | Some _ -> true

        let columns =
            if options.Columns.IsEmpty then
                match known |> List.filter isBase with
                | [] -> known |> List.filter (fun column -> column.Family.IsNone) |> List.map _.Name
                | found -> found |> List.map _.Name
            else
                options.Columns

        let count = combinations options.Rule columns.Length

        match options.Rule with
        | InteractionRule.Polynomial degree when degree < 2 || degree > 6 ->
            Error(Fault.BadSetting("degree", "must be a whole number from 2 to 6", string degree))
        | _ when count > float Most ->
            Error(
                Fault.BadSetting(
                    "interactions",
                    $"must make at most {Most} features; name fewer columns or a lower degree",
                    $"""{count:N0} of {Noun.counted columns.Length "column"}"""
                )
            )
        | InteractionRule.Products -> Ok(InteractionFeatures.products columns)
        | InteractionRule.Ratios -> Ok(InteractionFeatures.ratios columns)
        | InteractionRule.Polynomial degree -> Ok(InteractionFeatures.polynomial degree columns)

    /// The features that a step stands for among these columns.
    let internal specs
        (own: FeatureDefinition list)
        (known: KnownColumn list)
        (step: FeatureStep)
        : Result<FeatureSpec list, Fault> =
        match step with
        | FeatureStep.Microstructure options -> familySpecs FeatureFamily.Microstructure options known
        | FeatureStep.OptionCharacteristics options -> familySpecs FeatureFamily.Options options known
        | FeatureStep.NonlinearTransforms options -> nonlinearSpecs own options known
        | FeatureStep.Interactions options -> interactionSpecs options known
        | FeatureStep.Listed specs -> Ok specs
