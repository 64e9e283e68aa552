using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class IndexPageTests
{
    private static readonly Assembly[] Assemblies =
    [
        typeof(Core.Fault).Assembly,
        typeof(ExperimentConfig).Assembly,
    ];

    private static string Page()
    {
        for (
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            folder is not null;
            folder = folder.Parent
        )
        {
            var page = Path.Combine(folder.FullName, "docs", "index.md");
            if (File.Exists(page))
                return page;
        }

        throw new IgnoreException("docs/index.md is not here");
    }

    /// <summary>Names in a column of the table by name: 0 is F#, 1 is C#.</summary>
    private static IEnumerable<string> Names(int column) =>
        File.ReadLines(Page())
            .SkipWhile(line => line != "## By name")
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .SelectMany(line => Regex.Matches(line.Split('|')[column + 2], "`([^`]+)`"))
            .Select(match => match.Groups[1].Value);

    // A generic type has its arity behind its name, an F# module of a type's name ends in Module.
    private static bool Exists(Assembly assembly, string name)
    {
        var parts = name.Split('.');
        var types = assembly
            .GetExportedTypes()
            .Where(type =>
                type.Name == parts[0]
                || type.Name == parts[0] + "Module"
                || type.Name.StartsWith(parts[0] + "`", StringComparison.Ordinal)
            )
            .ToArray();
        return parts.Length == 1
            ? types.Length > 0
            : types.Any(type => type.GetMember(parts[1]).Length > 0);
    }

    [TestCase(0)]
    [TestCase(1)]
    public void EveryNameOfTheIndexPageExists(int column)
    {
        var names = Names(column).ToArray();

        Assert.That(names, Has.Length.GreaterThan(30));
        Assert.That(names.Where(name => !Exists(Assemblies[column], name)), Is.Empty);
    }
}
