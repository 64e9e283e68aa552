/// Features over the rows of their columns, in blocks that stay in the cache and on several threads. Knows no frame.
namespace VolatilityForge

open System
open System.Threading
open System.Threading.Tasks

/// A feature with the arrays it reads and writes.
[<NoEquality; NoComparison>]
type internal BoundFeature =
    {
        Definition: FeatureDefinition
        /// A kernel of one's own for each thread: it may keep working memory.
        Make: unit -> FeatureKernel
        /// Whether no other feature reads what it writes.
        Leaf: bool
        Read: float[][]
        Written: float[][]
        /// Rows before a row that are read for it.
        Memory: int
        /// Whether its rows may be filled in any order and at once.
        Free: bool
    }

/// Waves of features: one reads what those before it made.
[<RequireQualifiedAccess>]
module internal FeatureBlocks =

    /// Rows of a block: five columns of it stay in the second cache, and what is written past the cache comes in long runs.
    [<Literal>]
    let private Shortest = 8192

    /// A window reads its length of rows before each block again: blocks are so many times as long, so that it is a small part.
    [<Literal>]
    let private Windows = 4

    /// Rows from which on columns are longer than what the cache would keep of them.
    [<Literal>]
    let private Large = 100_000

    /// Stretches of rows per thread, so that threads end at about the same time.
    [<Literal>]
    let private Stretches = 4

    let private blockOf (features: BoundFeature[]) : int =
        let longest =
            features |> Array.fold (fun longest feature -> max longest feature.Memory) 0

        int (min (max (int64 Shortest) (int64 Windows * int64 longest)) (int64 Int32.MaxValue))

    /// Rows first to last of these features, block after block.
    let private fill (index: DateTime[]) (features: BoundFeature[]) (first: int) (last: int) : unit =
        let kernels = features |> Array.map (fun feature -> feature.Make())
        let block = blockOf features
        let large = last - first >= Large
        let mutable from = first

        while from <= last do
            let until = if last - from < block then last else from + block - 1

            for at in 0 .. features.Length - 1 do
                Feature.run
                    features[at].Definition
                    kernels[at]
                    {
                        Index = index
                        Columns = features[at].Read
                        First = from
                        Last = until
                        Streamed = large && features[at].Leaf && features[at].Definition.Mends
                    }
                    features[at].Written

            from <- until + 1

        // What did not pass through the cache is there for other threads too.
        Thread.MemoryBarrier()

    let private together (threads: int) (works: (unit -> unit)[]) : unit =
        ParallelLoop.unwrapped (fun () ->
            Parallel.For(0, works.Length, ParallelOptions(MaxDegreeOfParallelism = threads), (fun at -> works[at]()))
            |> ignore)

    /// A feature bound to arrays.
    let bound
        (definition: FeatureDefinition)
        (spec: FeatureSpec)
        (learned: float[])
        (read: float[][])
        (written: float[][])
        (leaf: bool)
        : BoundFeature =
        {
            Definition = definition
            Leaf = leaf
            Make = fun () -> definition.Kernel spec learned
            Read = read
            Written = written
            Memory = definition.Memory spec
            // Nobody promised that a user's own function may run on several threads.
            Free = not definition.Recursive && definition.Family <> FeatureFamily.Custom
        }

    /// Fills every row of every feature. The number of threads changes no bit.
    let run (threads: int) (index: DateTime[]) (waves: BoundFeature[][]) : unit =
        let last = index.Length - 1

        if last >= 0 then
            if threads = 1 then
                fill index (Array.concat waves) 0 last
            else
                let stretch = max Shortest ((last + Stretches * threads) / (Stretches * threads))

                let stretchEnd from =
                    if last - from < stretch then last else from + stretch - 1

                for wave in waves do
                    let free, bound = wave |> Array.partition _.Free

                    together
                        threads
                        [|
                            for feature in bound do
                                fun () -> fill index [| feature |] 0 last
                            if free.Length > 0 then
                                for from in 0..stretch..last do
                                    fun () -> fill index free from (stretchEnd from)
                        |]

    /// A feature over every row of these columns, in columns of its own.
    let batch
        (definition: FeatureDefinition)
        (spec: FeatureSpec)
        (learned: float[])
        (outputs: int)
        (index: DateTime[])
        (columns: float[][])
        : float[][] =
        let written = Array.init outputs (fun _ -> FreshColumn.create index.Length)
        run 1 index [| [| bound definition spec learned columns written true |] |]
        written
