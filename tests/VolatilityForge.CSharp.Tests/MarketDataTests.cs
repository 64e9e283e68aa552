using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class MarketDataTests
{
    private const string Plain =
        "Date,Open,High,Low,Close,Volume\n2024-01-02,10,12,9,11,100\n2024-01-03,11,13,10,12,200\n";

    [Test]
    public void TicksComeFromDatabasesAsFromFiles()
    {
        using var folder = new TemporaryFolder();
        var database = folder.File("ticks.db");
        using (
            var connection = new Microsoft.Data.Sqlite.SqliteConnection(
                $"Data Source={database};Pooling=False"
            )
        )
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText =
                "create table q (time text, bid real, ask real); create table t (time text, price real);"
                + "insert into q values ('2024-01-02T09:30:00', 1.0, 1.5), ('2024-01-02T09:30:00', 1.25, 1.5);"
                + "insert into t values ('2024-01-02T09:30:01', 1.5)";
            command.ExecuteNonQuery();
        }

        var quotes = MarketData.LoadQuotes($"sqlite:{database}?query=SELECT * FROM q")[0];
        Assert.That(quotes.Bid, Is.EqualTo(new[] { 1.0, 1.25 }));
        var trades = MarketData.LoadTrades($"sqlite:{database}?query=SELECT * FROM t")[0];
        Assert.That(trades.Price, Is.EqualTo(new[] { 1.5 }));
        var none = MarketData.TryLoadTrades($"sqlite:{database}?query=SELECT * FROM q");
        Assert.That(none.Match(fault => fault.Describe(), _ => ""), Does.Contain("price"));
    }

    [Test]
    public void FramesOfTicksTellWhatCleaningDid()
    {
        using var folder = new TemporaryFolder();
        var quotes = folder.Written(
            "quotes.csv",
            "time,bid,ask,bid_size,ask_size,exchange,depth\n"
                + "2024-01-02 09:30:00,1,2,3,4,N,5\n2024-01-02 09:30:01,3,2,3,4,P,6\n"
        );
        var trades = folder.Written("trades.csv", "time,price,size\n2024-01-02 09:30:02,1.5,1\n");
        var made = MarketData.LoadQuoteFrames(quotes, null, QuoteCleaningStep.Named("crossed"))[0];
        Assert.That(made.Counts.Single().Touched, Is.EqualTo(1));
        Assert.That(made.Exchanges, Is.EqualTo(new[] { "N" }));
        Assert.That(made.Frame["depth"], Is.EqualTo(new[] { 5.0 }));
        var beside = TickFrame.Beside(made.Frame, MarketData.LoadTradeFrames(trades)[0].Frame);
        Assert.That(beside["bid"], Is.EqualTo(new[] { 1.0 }));
    }

    [Test]
    public void APlainAndAGzippedFileReadAlike()
    {
        using var folder = new TemporaryFolder();
        var plain = folder.Written("abc.csv", Plain);
        var zipped = folder.File("abc.csv.gz");
        using (var stream = new GZipStream(File.Create(zipped), CompressionLevel.Fastest))
            stream.Write(Encoding.UTF8.GetBytes(Plain));

        foreach (var path in new[] { plain, zipped })
        {
            var loaded = MarketData.LoadBars(path);
            Assert.That(loaded, Has.Count.EqualTo(1));
            Assert.That(loaded.Notes, Is.Empty);
            Assert.That(loaded[0].Close, Is.EqualTo(new double[] { 11, 12 }));
            Assert.That(loaded.Single().Volume!.Value, Is.EqualTo(new double[] { 100, 200 }));
        }
    }

    [Test]
    public void SymbolsComeInOrdinalOrder()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Written(
            "panel.csv",
            "symbol,date,open,high,low,close\nB,2024-01-02,1,1,1,1\nA,2024-01-02,2,2,2,2\nC,2024-01-02,3,3,3,3\n"
        );
        Assert.That(
            MarketData.LoadBars(path).Select(bars => bars.Symbol),
            Is.EqualTo(new[] { "A", "B", "C" })
        );
        var some = MarketData.LoadBars(path, new() { Symbols = ["C", "A"] });
        Assert.That(some.Select(bars => bars.Symbol), Is.EqualTo(new[] { "A", "C" }));
    }

    [Test]
    public void ABadRowIsRefusedOrDroppedWithANote()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Written("x.csv", Plain + "2024-01-04,11,5,10,12,1\n");
        var refused = MarketData.TryLoadBars(path).Match(fault => fault.Describe(), _ => "");
        Assert.That(refused, Does.Contain("x.csv, row 4, column high"));
        var loaded = MarketData.LoadBars(path, new() { DropBadRows = true });
        Assert.That(loaded[0].Length, Is.EqualTo(2));
        Assert.That(loaded.Notes, Has.Some.Contains("row 4").And.Some.Contains("1 row dropped"));
    }

    [TestCase(DuplicateDates.KeepFirst, 12)]
    [TestCase(DuplicateDates.KeepLast, 12.5)]
    public void OfRowsWithOneDateTheChosenOneStays(DuplicateDates policy, double close)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Written("x.csv", Plain + "2024-01-03,11,13,10,12.5,200\n");
        Assert.That(MarketData.TryLoadBars(path).IsLeft, Is.True);
        var loaded = MarketData.LoadBars(path, new() { Duplicates = policy });
        Assert.That(loaded[0].Close[^1], Is.EqualTo(close));
    }

    [Test]
    public void UnusualFilesAreReadByOptions()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Written(
            "eu.csv",
            "Tag;O;H;L;Schluss\n03.01.2024;11,5;13;10;12\n02.01.2024;10,5;12;9;11\n"
        );
        var bars = MarketData
            .LoadBars(
                path,
                new()
                {
                    Columns = new Dictionary<BarColumn, string>
                    {
                        [BarColumn.Date] = "Tag",
                        [BarColumn.Open] = "O",
                        [BarColumn.High] = "H",
                        [BarColumn.Low] = "L",
                        [BarColumn.Close] = "Schluss",
                    },
                    Delimiter = ';',
                    DateFormat = "dd.MM.yyyy",
                    DecimalComma = true,
                    Sort = true,
                }
            )
            .Single();
        Assert.That(bars.Dates, Is.EqualTo(new DateOnly[] { new(2024, 1, 2), new(2024, 1, 3) }));
        Assert.That(bars.Open, Is.EqualTo(new[] { 10.5, 11.5 }));
    }

    [Test]
    public void AMissingFileIsNamed() =>
        Assert.That(
            Raised.By(() => MarketData.LoadBars("nowhere.csv")).Describe(),
            Does.StartWith("nowhere.csv: ")
        );
}
