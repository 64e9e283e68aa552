using System;
using System.IO;

namespace VolatilityForge.CSharp.Tests;

/// <summary>A folder that is gone when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("volforge").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Written(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, true);
}
