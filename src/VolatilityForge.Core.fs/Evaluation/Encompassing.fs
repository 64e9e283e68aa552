/// Whether a second forecast knows anything that the first does not. Knows no model.
namespace VolatilityForge

/// The test of Harvey, Leybourne and Newbold (1998) that a first forecast encompasses a second.
type Encompassing =
    {
        /// Weight of the second forecast in the combination of least squared error; 0 when it adds nothing.
        Weight: float
        /// Positive when the second adds something.
        Statistic: float
        /// One-sided, of a statistic at least this large, from Student's t.
        PValue: float
        Count: int
    }

/// Testing encompassing.
[<RequireQualifiedAccess>]
module Encompassing =

    let private what = "Encompassing"

    /// Tests that the errors e1 of the first can't be made smaller by mixing in the second with errors e2: that
    /// E e1 (e1 - e2) = 0. Errors are realised less forecast over a horizon, aligned by day. Faults: those of
    /// Compare.zeroMean, errors of different lengths, two forecasts that are the same.
    let test (rule: HacLag) (horizon: int) (first: float[]) (second: float[]) : Result<Encompassing, Fault> =
        if first.Length <> second.Length then
            Error(Fault.BadShape(what, "second", string first.Length, string second.Length))
        elif Array.forall2 (=) first second then
            Error(Fault.NotComputable(what, "the two forecasts are the same", "Compare forecasts that differ."))
        else
            let product = Array.map2 (fun e1 e2 -> e1 * (e1 - e2)) first second

            let squares =
                Array.fold2 (fun sum e1 e2 -> sum + (e1 - e2) * (e1 - e2)) 0.0 first second

            Compare.zeroMean what rule horizon product
            |> Result.map (fun test ->
                {
                    Weight = Array.sum product / squares
                    Statistic = test.Statistic
                    PValue = Tail.student (float test.Count - 1.0) test.Statistic
                    Count = test.Count
                })
