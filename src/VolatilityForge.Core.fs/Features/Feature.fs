/// What a feature is: a named causal computation over columns with settings, what it fits and how its rows are computed.
/// Knows no particular feature.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Which part of the library a feature belongs to.
[<RequireQualifiedAccess>]
type FeatureFamily =
    /// From quotes, trades and bars.
    | Microstructure
    /// From option prices.
    | Options
    /// From one column, or from the calendar.
    | Nonlinear
    /// From several columns.
    | Interaction
    /// A user's own.
    | Custom

/// A feature asked for: its registered name, the columns that play its roles in order (empty: the roles' usual names), and
/// the settings that differ from their defaults.
type FeatureSpec =
    {
        Feature: string
        Columns: string list
        Settings: Map<string, float>
    }

/// A column that a feature reads: its name in descriptions, which is also the usual name of the column, and its unit where it
/// can only have one.
type FeatureRole =
    {
        Name: string
        Unit: FeatureUnit option
    }

/// A number that a feature can be set by.
type FeatureSetting =
    {
        Name: string
        Default: float
        Lowest: float
        Highest: float
        /// Whole numbers only.
        Whole: bool
    }

/// A column that a feature gives.
type FeatureOutput =
    {
        Name: string
        /// None where it depends on a column of unknown unit.
        Unit: FeatureUnit option
    }

/// The rows a kernel is to fill. Rows before `First` are there to be read, as far back as the feature's memory or the
/// beginning of the data.
type FeatureRows =
    {
        /// Time of each row.
        Index: DateTime[]
        /// One array per column of the specification.
        Columns: float[][]
        /// The first row to fill.
        First: int
        /// The last row to fill; no later row may be read.
        Last: int
        /// Whether nobody reads soon what is written, so that it need not pass through the cache. Never set for a kernel that doesn't
        /// mend.
        Streamed: bool
    }

/// Fills rows First to Last of the outputs. It may read the columns and its own outputs, up to its memory before a row. Rows
/// that lack a value get NaN. Rows come in order, some at a time; one kernel serves one thread and may keep working memory.
type FeatureKernel = FeatureRows -> float[][] -> unit

/// A registered feature.
[<NoEquality; NoComparison>]
type FeatureDefinition =
    {
        /// Lower case, words joined by hyphens.
        Name: string
        Family: FeatureFamily
        /// One sentence with the formula.
        Summary: string
        /// Paper or book.
        Source: string
        Roles: FeatureRole list
        /// How many further columns may follow those of the roles at a time; 0 for none.
        Repeats: int
        Settings: FeatureSetting list
        /// The columns it gives, from the settings and the units of its columns.
        Outputs: FeatureSpec -> FeatureUnit option list -> FeatureOutput list
        /// How many rows before a row are read for it, of the columns and of its own output.
        Memory: FeatureSpec -> int
        /// Whether it reads its own output, so that a value may depend on every row before.
        Recursive: bool
        /// What is learned from the training part; None for a feature that learns nothing.
        Fit: (FeatureSpec -> float[][] -> Result<float[], Fault>) option
        /// How many numbers it learns; None where that depends on the training part.
        Learns: FeatureSpec -> int option
        /// The computation, given what was learned.
        Kernel: FeatureSpec -> float[] -> FeatureKernel
        /// Whether its kernel itself writes NaN in place of infinities.
        Mends: bool
        /// Whether multiplying every input by a power of its unit multiplies the outputs by that of theirs.
        Homogeneous: bool
    }

/// Making and reading specifications.
[<RequireQualifiedAccess>]
module FeatureSpec =

    /// The feature with its usual columns and default settings.
    let create (feature: string) : FeatureSpec =
        {
            Feature = feature
            Columns = []
            Settings = Map.empty
        }

    /// The same of other columns.
    let columns (names: string list) (spec: FeatureSpec) : FeatureSpec = { spec with Columns = names }

    /// The same with a setting.
    let set (name: string) (value: float) (spec: FeatureSpec) : FeatureSpec =
        { spec with
            Settings = Map.add name value spec.Settings
        }

    /// A setting that was completed by `Feature.complete`.
    let setting (name: string) (spec: FeatureSpec) : float = spec.Settings[name]

    /// A whole-number setting that was completed by `Feature.complete`.
    let whole (name: string) (spec: FeatureSpec) : int = int spec.Settings[name]

/// Definitions put to use.
[<RequireQualifiedAccess>]
module Feature =

    let private checkSetting (definition: FeatureDefinition) (name: string) (value: float) : Result<unit, Fault> =
        match definition.Settings |> List.tryFind (fun setting -> setting.Name = name) with
        | None ->
            Error(Fault.UnknownName($"setting of {definition.Name}", name, definition.Settings |> List.map _.Name))
        | Some setting ->
            let sound =
                value >= setting.Lowest
                && value <= setting.Highest
                && (not setting.Whole || value = Math.Floor value)

            let kind = if setting.Whole then "a whole number" else "a number"

            let domain =
                if setting.Highest = infinity then
                    $"must be {kind} from {setting.Lowest}"
                else
                    $"must be {kind} from {setting.Lowest} to {setting.Highest}"

            Either.require (Fault.BadSetting($"{definition.Name} {name}", domain, string value)) sound

    /// The specification with usual columns and default settings filled in. Fault.UnknownName for a setting that the feature
    /// lacks, Fault.BadSetting for a value outside its domain or a wrong number of columns.
    let complete (definition: FeatureDefinition) (spec: FeatureSpec) : Result<FeatureSpec, Fault> =
        let roles = definition.Roles |> List.map _.Name
        let columns = if spec.Columns.IsEmpty then roles else spec.Columns

        let further = columns.Length - roles.Length

        let counted =
            further = 0
            || further > 0 && definition.Repeats > 0 && further % definition.Repeats = 0

        let list = String.Join(", ", roles)

        let more =
            match definition.Repeats with
            | 0 -> ""
            | 1 -> " or more"
            | several -> $" or {several} more at a time"

        checked' {
            let! _ =
                spec.Settings
                |> Map.toList
                |> Checked.traverse (fun (name, value) -> checkSetting definition name value)

            and! _ =
                counted
                |> Checked.require (
                    Fault.BadSetting(
                        $"columns of {definition.Name}",
                        $"must be {roles.Length}{more} ({list})",
                        String.Join(", ", columns)
                    )
                )

            return
                {
                    Feature = definition.Name
                    Columns = columns
                    Settings =
                        definition.Settings
                        |> List.fold
                            (fun settings setting ->
                                match Map.tryFind setting.Name spec.Settings with
                                | Some value -> Map.add setting.Name value settings
                                | None -> Map.add setting.Name setting.Default settings)
                            Map.empty
                }
        }

    /// That these numbers can be what a feature learned: as many as it learns, all finite.
    let internal checkLearned
        (definition: FeatureDefinition)
        (spec: FeatureSpec)
        (learned: float[])
        : Result<unit, Fault> =
        let bad (rule: string) (found: string) =
            Error(Fault.BadSetting($"learned of {definition.Name}", rule, found))

        match definition.Fit, definition.Learns spec, Array.tryFind (Double.IsFinite >> not) learned with
        | None, _, _ when learned.Length > 0 -> bad "must be empty: it learns nothing" $"{learned.Length} numbers"
        | Some _, Some count, _ when learned.Length <> count -> bad $"must be {count} numbers" (string learned.Length)
        | Some _, None, _ when learned.Length = 0 -> bad "must be there" "nothing"
        | _, _, Some value -> bad "must be finite" (string value)
        | _ -> Ok()

    /// The columns that a completed specification gives, with units from its roles or else from these.
    let internal outputs
        (unitOf: string -> FeatureUnit option)
        (definition: FeatureDefinition)
        (spec: FeatureSpec)
        : FeatureOutput list =
        spec.Columns
        |> List.mapi (fun at name ->
            match List.tryItem at definition.Roles |> Option.bind _.Unit with
            | Some unit' -> Some unit'
            | None -> unitOf name)
        |> definition.Outputs spec

    /// A whole-number setting from 1 upwards.
    let wholeSetting (name: string) (value: int) : FeatureSetting =
        {
            Name = name
            Default = float value
            Lowest = 1.0
            Highest = 1_000_000.0
            Whole = true
        }

    /// A real setting.
    let realSetting (name: string) (lowest: float) (highest: float) (value: float) : FeatureSetting =
        {
            Name = name
            Default = value
            Lowest = lowest
            Highest = highest
            Whole = false
        }

    /// A role.
    let role (name: string) (unit': FeatureUnit option) : FeatureRole = { Name = name; Unit = unit' }

    /// A definition that learns nothing and reads its own row only, to be changed by copying.
    let define (name: string) (family: FeatureFamily) (source: string) (summary: string) : FeatureDefinition =
        {
            Name = name
            Family = family
            Summary = summary
            Source = source
            Roles = []
            Repeats = 0
            Settings = []
            Outputs = fun _ _ -> []
            Memory = fun _ -> 0
            Recursive = false
            Fit = None
            Learns = fun _ -> None
            Kernel = fun _ _ _ _ -> ()
            Mends = false
            Homogeneous = true
        }

    /// Infinities of these rows become NaN.
    let private withoutInfinities (values: float[]) (first: int) (last: int) : unit =
        Lanes.reach first last values
        let infinite = Lanes.all infinity

        let mend (row: int) =
            if Double.IsInfinity values[row] then
                values[row] <- nan

        Lanes.over
            first
            last
            (fun row ->
                if Vector512.EqualsAny(Vector512.Abs(Lanes.load values row), infinite) then
                    for place in row .. row + Lanes.Width - 1 do
                        mend place)
            mend

    /// Runs the kernel of a definition. What overflows is a missing value, as frames hold no infinity.
    let run (definition: FeatureDefinition) (kernel: FeatureKernel) (rows: FeatureRows) (outputs: float[][]) : unit =
        kernel rows outputs

        if not definition.Mends then
            for output in outputs do
                withoutInfinities output rows.First rows.Last
