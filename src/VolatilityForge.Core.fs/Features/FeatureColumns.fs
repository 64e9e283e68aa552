/// Columns that features are written to: fresh ones, and ones that are written to again. Knows no feature.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Runtime.InteropServices

/// Arrays for new columns.
[<RequireQualifiedAccess>]
module internal FreshColumn =

    [<DllImport("libc", EntryPoint = "madvise")>]
    extern int private advise(nativeint address, unativeint length, int advice)

    /// MADV_HUGEPAGE of Linux.
    [<Literal>]
    let private LargePages = 14

    /// Bytes of a large page on x86-64 and on arm64 with small pages of 4 kB.
    [<Literal>]
    let private PageBytes = 2097152L

    /// Tells the system to give memory for the array, when it is first written to, in pages of 2 MB. In pages of 4 kB that takes
    /// several times as long as computing a feature.
    let private inLargePages (values: float[]) : unit =
        let held = GCHandle.Alloc(values, GCHandleType.Pinned)

        try
            let from = int64 (held.AddrOfPinnedObject())
            let first = (from + PageBytes - 1L) / PageBytes * PageBytes
            let last = (from + 8L * int64 values.Length) / PageBytes * PageBytes

            if last > first then
                // A system that doesn't know the advice leaves the pages as they are.
                advise (nativeint first, unativeint (last - first), LargePages) |> ignore
        finally
            held.Free()

    /// Memory that can be advised about at all.
    let private advisable: Lazy<bool> =
        lazy
            (OperatingSystem.IsLinux()
             && (let found, library = NativeLibrary.TryLoad "libc"
                 found && fst (NativeLibrary.TryGetExport(library, "madvise"))))

    /// An array of any values, to be filled.
    let create (rows: int) : float[] =
        let values = GC.AllocateUninitializedArray<float> rows

        if 8L * int64 rows >= 2L * PageBytes && advisable.Value then
            inLargePages values

        values

/// Columns that one transform after another writes to, so that none has to get memory: arrays of the last length asked for. A frame made
/// with them holds them: the next transform with the same columns overwrites it. Not for several threads at once.
[<Sealed>]
type FeatureColumns() =

    let held = Dictionary<string, float[]>()

    /// The array of a name, of this length.
    member internal _.Of(name: string, rows: int) : float[] =
        match held.TryGetValue name with
        | true, values when values.Length = rows -> values
        | _ ->
            let values = FreshColumn.create rows
            held[name] <- values
            values
