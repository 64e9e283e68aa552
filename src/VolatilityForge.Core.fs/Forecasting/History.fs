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
        /// Other daily measures by name, such as "quarticity"; one element per day, NaN where missing.
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

    /// A measure of the history, or a fault that lists those it has.
    let measure (name: string) (history: History) : Result<float[], Fault> =
        match history.Measures.TryFind name with
        | Some values -> Ok values
        | None ->
            Error(Fault.UnknownName("daily measure in the history", name, history.Measures |> Map.keys |> List.ofSeq))

    /// The history with one more measure, or a fault of an array that has not one element per day.
    let withMeasure (name: string) (values: float[]) (history: History) : Result<History, Fault> =
        if values.Length <> history.Dates.Length then
            Error(Fault.BadShape($"the measure {name}", "days", string history.Dates.Length, string values.Length))
        else
            Ok
                { history with
                    Measures = history.Measures.Add(name, values)
                }

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
