/// How steps of cleaning are written: a name, and after a colon the argument of those that take one. Knows no step.
namespace VolatilityForge

open System

/// What a step takes, and the step of it.
[<RequireQualifiedAccess>]
type internal StepForm<'ticks> =
    /// Nothing.
    | Plain of CleaningStep<'ticks>
    /// The hours of a day, as Session.parse reads them.
    | Hours of (Calendar -> CleaningStep<'ticks>)
    /// Names joined by plus signs.
    | Names of (string list -> CleaningStep<'ticks>)
    /// A positive number; this one where none is written.
    | Multiple of usual: float * (float -> CleaningStep<'ticks>)
    /// A merge policy; this one where none is written.
    | Policy of usual: MergePolicy * (MergePolicy -> CleaningStep<'ticks>)

/// Writing and reading steps.
[<RequireQualifiedAccess>]
module internal StepForm =

    /// A step's name with its argument, as users see it.
    let written (name: string, form: StepForm<'ticks>) : string =
        match form with
        | StepForm.Plain _ -> name
        | StepForm.Hours _ -> $"{name}:OPEN-CLOSE"
        | StepForm.Names _ -> $"{name}:NAMES"
        | StepForm.Multiple _ -> $"{name}[:MULTIPLE]"
        | StepForm.Policy _ ->
            let policies = Cleaning.policies |> List.map fst |> String.concat "|"
            $"{name}[:{policies}]"

    let private positive (step: string) (text: string) : Result<float, Fault> =
        match CellNumber.point (text.AsSpan()) with
        | ValueSome number when Double.IsFinite number && number > 0.0 -> Ok number
        | _ -> Error(Fault.BadSetting(step, "must have a positive number", text))

    let private policy (text: string) : Result<MergePolicy, Fault> =
        Cleaning.policies
        |> List.tryFind (fst >> (=) (text.ToLowerInvariant()))
        |> Option.map snd
        |> Either.ofOption (Fault.UnknownName("merge policy", text, List.map fst Cleaning.policies))

    /// The step of a text out of those known by their names. Fault.UnknownName lists how they are written, Fault.BadSetting
    /// tells a wrong argument; `kind` is the ticks' name.
    let parse
        (kind: string)
        (known: (string * StepForm<'ticks>) list)
        (text: string)
        : Result<CleaningStep<'ticks>, Fault> =
        let name, argument =
            match text.Split(':', 2) with
            | [| name; argument |] -> name, Some argument
            | parts -> parts[0], None

        let form = known |> List.tryFind (fst >> (=) (name.ToLowerInvariant()))

        match form |> Option.map snd, argument with
        | Some(StepForm.Plain step), None -> Ok step
        | Some(StepForm.Hours step), Some hours -> Session.parse hours |> Result.map (Calendar.weekdays >> step)
        | Some(StepForm.Names step), Some listed -> Ok(step (List.ofArray (listed.Split '+')))
        | Some(StepForm.Multiple(usual, step)), None -> Ok(step usual)
        | Some(StepForm.Multiple(_, step)), Some multiple -> positive name multiple |> Result.map step
        | Some(StepForm.Policy(usual, step)), None -> Ok(step usual)
        | Some(StepForm.Policy(_, step)), Some chosen -> policy chosen |> Result.map step
        | _ -> Error(Fault.UnknownName($"cleaning step for {kind}", text, List.map written known))
