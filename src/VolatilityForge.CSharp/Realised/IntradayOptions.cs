using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>How ticks become daily measures.</summary>
public sealed record IntradayOptions
{
    /// <summary>Which hours count.</summary>
    public TradingCalendar Calendar { get; init; } = TradingCalendar.Always;

    /// <summary>
    /// The returns that measures of sampled returns see: a step by the previous tick ("5m", "30s", "1h"), "ticks:N", "changes", "all".
    /// </summary>
    public string Sampling { get; init; } =
        Core.SamplingModule.name(Core.SamplingModule.fiveMinutes);

    /// <summary>Shifted grids that rv_subsampled averages over in calendar time.</summary>
    public int Grids { get; init; } = Core.Intraday.defaults.Grids;

    /// <summary>Returns before one by which the Lee-Mykland test judges it; null: as Lee and Mykland recommend.</summary>
    public int? JumpWindow { get; init; }

    /// <summary>True: returns are differences of prices, which may be zero or negative.</summary>
    public bool Arithmetic { get; init; }

    internal Core.ReturnKind Returns =>
        Arithmetic ? Core.ReturnKind.Arithmetic : Core.ReturnKind.Log;

    internal DailyMeasures Measure(
        FSharpResult<Core.TickPrices, Core.Fault> prices,
        string[] measures
    )
    {
        var sampling = Core.SamplingModule.parse(Sampling).OrThrow();
        var config = new Core.IntradayConfig(
            Calendar.Calendar,
            sampling,
            Grids,
            OptionModule.OfNullable(JumpWindow)
        );
        var named =
            measures.Length == 0
                ? Core.IntradayMeasureModule.all
                : ListModule.OfSeq(
                    measures.Select(name => Core.IntradayMeasureModule.parse(name).OrThrow())
                );
        return new(Core.Intraday.measure(config, named, prices.OrThrow()).OrThrow());
    }
}
