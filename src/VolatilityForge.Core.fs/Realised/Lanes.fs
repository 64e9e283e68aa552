/// Eight numbers worked on at once, and working memory. Knows no measure and no feature.
namespace VolatilityForge

open System
open System.Buffers
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

#nowarn "9" // Where an array lies takes its address.

/// Eight numbers. Where the processor has shorter registers the runtime takes two or four of them: the bits are the same.
type internal Lanes = Vector512<float>

/// Reading and writing eight numbers of an array.
[<RequireQualifiedAccess>]
module internal Lanes =

    /// Numbers worked on at once.
    [<Literal>]
    let Width = 8

    /// Raises where an array lacks one of these rows: `load` and `store` don't look.
    let inline reach (first: int) (last: int) (values: float[]) : unit =
        if first <= last && (first < 0 || last >= values.Length) then
            raise (IndexOutOfRangeException())

    /// The numbers from a row on; whoever calls knows that they are there.
    let inline load (values: float[]) (row: int) : Lanes =
        Vector512.LoadUnsafe(&MemoryMarshal.GetArrayDataReference values, unativeint row)

    /// Writes the numbers from a row on; whoever calls knows that they are there.
    let inline store (values: float[]) (row: int) (lanes: Lanes) : unit =
        Vector512.StoreUnsafe(lanes, &MemoryMarshal.GetArrayDataReference values, unativeint row)

    /// The place in an array from which eights lie in one line of 64 bytes each, as long as the array isn't moved.
    let lineStart (values: float[]) : int =
        use first = fixed &MemoryMarshal.GetArrayDataReference values
        int (8n - (NativePtr.toNativeInt first / 8n &&& 7n)) &&& 7

    /// One number in all eight places.
    let inline all (value: float) : Lanes = Vector512.Create value

    /// The first of eight.
    let inline first (lanes: Lanes) : float = Vector512.ToScalar lanes

    /// The sum of eight, in one order everywhere.
    let inline sum (lanes: Lanes) : float =
        Vector256.Sum(Vector512.GetLower lanes + Vector512.GetUpper lanes)

    let inline where (mask: Lanes) (yes: Lanes) (no: Lanes) : Lanes =
        Vector512.ConditionalSelect(mask, yes, no)

    /// NaN in place of infinities.
    let inline mended (lanes: Lanes) : Lanes =
        where (Vector512.LessThan(Vector512.Abs lanes, all infinity)) lanes (all nan)

    /// The same work on eight rows at a time, and on each of those that are left over.
    let inline over
        (first: int)
        (last: int)
        ([<InlineIfLambda>] eight: int -> unit)
        ([<InlineIfLambda>] one: int -> unit)
        : unit =
        let mutable row = first

        while row + Width - 1 <= last do
            eight row
            row <- row + Width

        while row <= last do
            one row
            row <- row + 1

/// Working memory for the time of a call.
[<RequireQualifiedAccess>]
module internal Scratch =

    /// Calls the body with an array of at least so many numbers, of any value.
    let inline borrow (count: int) ([<InlineIfLambda>] body: float[] -> 'result) : 'result =
        let room = ArrayPool<float>.Shared.Rent count
        let result = body room
        // An exception keeps it from coming back, which costs the pool an array and nobody an error.
        ArrayPool<float>.Shared.Return room
        result
