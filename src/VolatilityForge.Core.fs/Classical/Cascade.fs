/// The heterogeneous cascade of Corsi (2009): mean variances over a day, a week and a month. Knows no regression.
namespace VolatilityForge

/// Means over the last days of a series, each summed by itself: a running sum would carry the rounding of days long gone,
/// and a difference of prefix sums that of the whole history.
[<RequireQualifiedAccess>]
module Cascade =

    /// A day, a week, a month.
    let spans: int list = [ 1; 5; 22 ]

    /// Ok when there is a span, all are positive and none is repeated.
    let checkSpans (spans: int list) : Result<unit, Fault> =
        if spans.IsEmpty || List.exists (fun span -> span < 1) spans then
            Error(Fault.BadSetting("spans", "must be one or more positive numbers of days", $"%A{spans}"))
        elif List.distinct spans <> spans then
            Error(Fault.BadSetting("spans", "must differ from each other", $"%A{spans}"))
        else
            Ok()

    /// Mean of the last `span` values up to a day; NaN where the series has fewer.
    let mean (span: int) (values: float<'unit>[]) (day: int) : float<'unit> =
        if day + 1 < span then
            LanguagePrimitives.FloatWithMeasure nan
        else
            let mutable sum = LanguagePrimitives.FloatWithMeasure<'unit> 0.0

            for back in day - span + 1 .. day do
                sum <- sum + values[back]

            sum / float span

    /// The mean over a span for every day of a series.
    let means (span: int) (values: float<'unit>[]) : float<'unit>[] =
        Array.init values.Length (mean span values)

    /// Days a window needs for a fit: the longest span, the horizon and twice as many labels as there are parameters.
    let minimumDays (spans: int list) (horizon: int) : int =
        List.max (1 :: spans) + horizon + 2 * (spans.Length + 1)
