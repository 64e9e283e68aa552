/// What a forecaster reads: one symbol's daily variances and returns. Knows no model and no file.
namespace VolatilityForge

open System

/// One symbol's daily history; all arrays have one element per day, dates strictly increasing.
type History =
    {
        /// The symbol, or an empty string for a lone series.
        Symbol: string
        Dates: DateOnly[]
        /// The daily variance measure; positive and finite.
        Variance: Variance[]
        /// Close-to-close log return; 0 on the first day.
        Returns: float[]
        /// False where the measure was zero and stands at its floor: such days are left out of QLIKE and counted.
        Scored: bool[]
        /// Other daily measures by name, such as "quarticity"; one element per day, finite or NaN where missing.
        Measures: Map<string, float[]>
    }

/// A run of days, both ends included, by index into a history.
[<Struct>]
type Window =
    {
        First: int
        Last: int
    }

    /// Days in the window.
    member window.Length: int = window.Last - window.First + 1

/// Targets and slices of a history.
[<RequireQualifiedAccess>]
module History =

    let private broken (symbol: string) (row: int) (column: string) (rule: string) (found: string) : Fault =
        let place =
            {
                Source = if symbol = "" then "the history" else symbol
                Row = row + 1
                Column = column
            }

        Fault.BadData(place, rule, found, "")

    /// As many values as days, each of which obeys the rule.
    let private column
        (symbol: string)
        (days: int)
        (rule: string)
        (obeys: float -> bool)
        (name: string, values: float[])
        : Checked<unit> =
        if values.Length <> days then
            Error(Fault.BadShape($"the history's {name}", "days", string days, string values.Length))
        else
            match values |> Array.tryFindIndex (obeys >> not) with
            | Some row -> Error(broken symbol row name rule (string values[row]))
            | None -> Ok()

    let private measureColumn (symbol: string) (days: int) : string * float[] -> Checked<unit> =
        column symbol days "must be finite, or NaN where missing" (fun value -> not (Double.IsInfinity value))

    /// A history out of columns of one element per day, which are copied; every day is scored. Returns are those of the day
    /// from close to close, on a scale of their own; without them they are 0, and models that read them refuse. Faults, all at
    /// once: TooShort for no day, BadShape for columns of other lengths, BadData for the first date that doesn't come after
    /// the one before, the first variance that isn't positive and finite, the first return that isn't finite, the first
    /// infinite element of a measure.
    let create
        (symbol: string)
        (dates: DateOnly[])
        (variance: Variance[])
        (returns: float[] option)
        (measures: (string * float[]) list)
        : Result<History, Fault> =
        let days = dates.Length
        let names = List.map fst measures

        Checked.all
            [
                days >= 1 |> Checked.require (Fault.TooShort("A history", 1, 0))
                match Series.firstUnordered dates with
                | Some row -> Error(broken symbol row "date" "dates must strictly increase" (dates[row].ToString "O"))
                | None -> Ok()
                column
                    symbol
                    days
                    "must be finite and positive"
                    (fun value -> Double.IsFinite value && value > 0.0)
                    ("variance", Array.map Units.strip variance)
                match returns with
                | Some values -> column symbol days "must be finite" Double.IsFinite ("return", values)
                | None -> Ok()
                List.distinct names = names
                |> Checked.require (Fault.BadSetting("measures", "must have different names", String.Join(", ", names)))
                yield! measures |> List.map (measureColumn symbol days)
            ]
        |> Result.map (fun () ->
            {
                Symbol = symbol
                Dates = Array.copy dates
                Variance = Array.copy variance
                Returns =
                    match returns with
                    | Some values -> Array.copy values
                    | None -> Array.zeroCreate days
                Scored = Array.create days true
                Measures =
                    measures
                    |> List.map (fun (name, values) -> name, Array.copy values)
                    |> Map.ofList
            })

    /// A measure of the history, or a fault that lists those it has.
    let measure (name: string) (history: History) : Result<float[], Fault> =
        match history.Measures.TryFind name with
        | Some values -> Ok values
        | None ->
            Error(Fault.UnknownName("daily measure in the history", name, history.Measures |> Map.keys |> List.ofSeq))

    /// The history with one more measure, in place of one of that name; the values are copied. A fault of an array that has
    /// not one element per day, or an infinite one.
    let withMeasure (name: string) (values: float[]) (history: History) : Result<History, Fault> =
        measureColumn history.Symbol history.Dates.Length (name, values)
        |> Result.map (fun () ->
            { history with
                Measures = history.Measures.Add(name, Array.copy values)
            })

    /// Days in the history.
    let length (history: History) : int = history.Dates.Length

    /// Mean variance over origin+1 .. origin+horizon; NaN when those days run past the end.
    let target (horizon: int) (history: History) (origin: int) : Variance =
        if origin + horizon >= history.Variance.Length then
            nan * 1.0< / day>
        else
            let mutable sum = 0.0< / day>

            for day in origin + 1 .. origin + horizon do
                sum <- sum + history.Variance[day]

            sum / float horizon

    /// True when every day of the target is scored.
    let isScored (horizon: int) (history: History) (origin: int) : bool =
        let mutable scored = origin + horizon < history.Scored.Length

        for day in origin + 1 .. min (origin + horizon) (history.Scored.Length - 1) do
            scored <- scored && history.Scored[day]

        scored

    /// The history cut after a day: what was known at its close.
    let upTo (last: int) (history: History) : History =
        { history with
            Dates = history.Dates[..last]
            Variance = history.Variance[..last]
            Returns = history.Returns[..last]
            Scored = history.Scored[..last]
            Measures = history.Measures |> Map.map (fun _ values -> values[..last])
        }
