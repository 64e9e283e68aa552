/// Whether forecasts of Value at Risk are exceeded as often as they say, and independently. Knows no model.
namespace VolatilityForge

open System

/// Likelihood-ratio tests of a series of exceedances.
type CoverageTests =
    {
        Days: int
        Exceedances: int
        /// Exceedances as often as the level says (Kupiec 1995).
        Unconditional: ChiSquareTest
        /// As likely after an exceedance as after none (Christoffersen 1998). None when a series has no transition from one of
        /// the two to test.
        Independent: ChiSquareTest option
        /// Both together: the sum of the two statistics.
        Conditional: ChiSquareTest option
    }

/// Testing coverage.
[<RequireQualifiedAccess>]
module Coverage =

    /// n ln p, which is 0 for no event whatever p.
    let private times (n: int) (p: float) : float = if n = 0 then 0.0 else float n * log p

    let private logLikelihood (misses: int) (hits: int) (p: float) : float = times misses (1.0 - p) + times hits p

    let private share (hits: int) (misses: int) : float =
        float hits / float (max 1 (hits + misses))

    /// Kupiec's test of so many exceedances in so many days at a level. Faults: a level outside (0, 1), no day, more exceedances
    /// than days.
    let kupiec (level: float) (days: int) (exceedances: int) : Result<ChiSquareTest, Fault> =
        if not (level > 0.0 && level < 1.0) then
            Error(Fault.BadSetting("level", "must lie between 0 and 1", string level))
        elif days < 1 then
            Error(Fault.TooShort("Kupiec", 1, days))
        elif exceedances < 0 || exceedances > days then
            Error(Fault.BadSetting("exceedances", $"must lie in 0..{days}", string exceedances))
        else
            let misses = days - exceedances
            let observed = logLikelihood misses exceedances (share exceedances misses)
            Ok(ChiSquareTest.ofStatistic 1 (2.0 * (observed - logLikelihood misses exceedances level)))

    /// Christoffersen's test that an exceedance is as likely after one as after none, on the days from the second; None when
    /// every one of the days before is of the same kind.
    let independence (exceeded: bool[]) : ChiSquareTest option =
        let count (before: bool) (after: bool) =
            Seq.pairwise exceeded
            |> Seq.filter (fun pair -> pair = (before, after))
            |> Seq.length

        let n00, n01, n10, n11 =
            count false false, count false true, count true false, count true true

        if n00 + n01 = 0 || n10 + n11 = 0 then
            None
        else
            let together = logLikelihood (n00 + n10) (n01 + n11) (share (n01 + n11) (n00 + n10))

            let apart =
                logLikelihood n00 n01 (share n01 n00) + logLikelihood n10 n11 (share n11 n10)

            Some(ChiSquareTest.ofStatistic 1 (2.0 * (apart - together)))

    /// The tests of a forecast, with the faults of RiskForecast.check.
    let test (risk: RiskForecast) : Result<CoverageTests, Fault> =
        either {
            let! risk = RiskForecast.check risk
            let exceeded = RiskForecast.exceedances risk
            let hits = exceeded |> Array.sumBy (fun hit -> if hit then 1 else 0)
            let! unconditional = kupiec risk.Level exceeded.Length hits
            let independent = independence exceeded

            return
                {
                    Days = exceeded.Length
                    Exceedances = hits
                    Unconditional = unconditional
                    Independent = independent
                    Conditional =
                        independent
                        |> Option.map (fun test ->
                            ChiSquareTest.ofStatistic 2 (unconditional.Statistic + test.Statistic))
                }
        }
