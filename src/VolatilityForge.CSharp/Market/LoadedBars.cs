using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>The bars of one file: one series per symbol, in ordinal order of symbols.</summary>
public sealed class LoadedBars : IReadOnlyList<BarSeries>
{
    private readonly BarSeries[] panel;

    internal LoadedBars(Core.Ingested ingested)
    {
        panel = [.. ingested.Panel.Select(bars => new BarSeries(bars))];
        Notes = [.. ingested.Notes.Select(Core.Ingest.describe)];
    }

    /// <summary>What a reader of the data should know although the file was taken, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>How many symbols there are.</summary>
    public int Count => panel.Length;

    /// <summary>The series at a place in the order of symbols.</summary>
    public BarSeries this[int index] => panel[index];

    /// <summary>Every series, in ordinal order of symbols.</summary>
    public IEnumerator<BarSeries> GetEnumerator() => panel.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
