using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>Joining the shards of a run and pooling the results of many symbols.</summary>
public static class Shards
{
    /// <summary>
    /// The results of a run out of the files that <see cref="ExperimentRunner.RunShard"/> or `volforge run --shard` wrote: the
    /// bits of one run.
    /// </summary>
    /// <param name="paths">Every file of the run, in any order.</param>
    /// <param name="models">The models of the run; null for those that come with the library.</param>
    /// <exception cref="Core.VolatilityForgeException">
    /// A file is damaged, of another run or given twice, or a shard is missing; the fault names it.
    /// </exception>
    public static IReadOnlyList<ExperimentResult> Merge(
        IEnumerable<string> paths,
        ModelRegistry? models = null
    ) => TryMerge(paths, models).OrThrow();

    /// <summary>As <see cref="Merge"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<ExperimentResult>> TryMerge(
        IEnumerable<string> paths,
        ModelRegistry? models = null
    ) =>
        Core
            .ShardSet.mergeWith(
                (models ?? ModelRegistry.Standard).Inner,
                Environment.ProcessorCount,
                ListModule.OfSeq(paths)
            )
            .Select(ExperimentResult.All)
            .ToEither();

    /// <summary>Writes the files of results of one run into a folder, as <see cref="ExperimentResult.Save"/>.</summary>
    /// <exception cref="Core.VolatilityForgeException">The folder exists, or can't be written.</exception>
    public static void Save(
        IEnumerable<ExperimentResult> results,
        string directory,
        bool replace = false
    ) =>
        Core
            .ResultFiles.save(
                directory,
                replace,
                ListModule.OfSeq(results.Select(result => result.Inner))
            )
            .OrThrow();

    /// <summary>One table over all symbols; empty for a single one.</summary>
    public static IReadOnlyList<PooledRow> Pool(IEnumerable<ExperimentResult> results) =>
        [
            .. Core
                .ResultFiles.pooled(ListModule.OfSeq(results.Select(result => result.Inner)))
                .Select(row => new PooledRow(row)),
        ];
}
