/// Steps of cleaning that every kind of ticks has. Knows no file and no kind in particular.
namespace VolatilityForge

open System

/// Steps for ticks of a kind.
[<RequireQualifiedAccess>]
module internal TickSteps =

    let private step (name: string) (rule: string) (apply: 'ticks -> 'ticks) : CleaningStep<'ticks> =
        {
            Name = name
            Rule = rule
            Apply = apply
        }

    /// A step that judges each tick by itself: true where it stays.
    let keep
        (kind: TickKind<'ticks>)
        (name: string)
        (rule: string)
        (judge: 'ticks -> int -> bool)
        : CleaningStep<'ticks> =
        step name rule (fun ticks -> TickKind.filter kind (judge ticks) ticks)

    /// A step that judges the ticks of a day together, from first to last position: true where one stays.
    let keepByDay
        (kind: TickKind<'ticks>)
        (name: string)
        (rule: string)
        (judge: 'ticks -> int -> int -> bool[])
        : CleaningStep<'ticks> =
        step name rule (fun ticks ->
            let stays = Cleaning.byDay (kind.Times ticks) (judge ticks)
            TickKind.filter kind (fun row -> stays[row]) ticks)

    /// Removes ticks outside the hours of their day and inside halts (rule P1).
    let session (kind: TickKind<'ticks>) (calendar: Calendar) : CleaningStep<'ticks> =
        keep kind "session" "outside trading hours or in a halt" (fun ticks ->
            let times = kind.Times ticks
            fun row -> Calendar.isOpen times[row] calendar)

    /// Keeps the ticks of these exchanges (rule P3); all ticks of a source that doesn't tell.
    let exchanges (kind: TickKind<'ticks>) (names: string list) : CleaningStep<'ticks> =
        let listed = String.Join(" ", names)

        keep kind "exchange" $"made elsewhere than on {listed}" (fun ticks row ->
            match kind.Exchange ticks with
            | Some exchange -> List.contains exchange[row] names
            | None -> true)

    /// Makes one tick of those of one time: the last of them, or what a function makes of the runs of one time and the last of each.
    let duplicates
        (kind: TickKind<'ticks>)
        (merge: MergePolicy -> struct (int * int)[] -> 'ticks -> 'ticks -> 'ticks)
        (policy: MergePolicy)
        : CleaningStep<'ticks> =
        let name = Cleaning.policies |> List.find (snd >> (=) policy) |> fst

        step "duplicates" $"several {kind.Name} of one time, merged ({name})" (fun ticks ->
            let instants = Cleaning.instants (kind.Times ticks)
            let last = kind.Take (Cleaning.lasts instants) ticks

            if policy = MergePolicy.Last then
                last
            else
                merge policy instants ticks last)

    /// One price per time: the median of those of one time, or their mean by sizes.
    let mergedPrice
        (policy: MergePolicy)
        (instants: struct (int * int)[])
        (column: float[])
        (sizes: float[] option)
        : float[] =
        Cleaning.merged instants column (fun first last ->
            if policy = MergePolicy.Median then
                Cleaning.median column[first..last]
            else
                Cleaning.weighted column[first..last] (sizes |> Option.map (fun sizes -> sizes[first..last])))
