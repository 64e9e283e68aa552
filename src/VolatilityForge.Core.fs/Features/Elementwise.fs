/// Kernels whose rows stand alone, from a function of numbers. Knows no feature.
namespace VolatilityForge

open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

#nowarn "9" // Writing past the cache takes an address.

/// Makers of kernels; the function is compiled into the loop. Functions are of eight rows at a time; what is left over is computed as one of
/// eight, so that a row has the same bits wherever it stands.
[<RequireQualifiedAccess>]
module internal Elementwise =

    /// A function without a form for eight rows. Unlike the others it doesn't mend.
    let inline each ([<InlineIfLambda>] f: float -> float) : FeatureKernel =
        fun rows outputs ->
            let x, y = rows.Columns[0], outputs[0]

            for row in rows.First .. rows.Last do
                y[row] <- f x[row]

    /// Fills rows of a column, infinities mended: `eight` from a row on, `one` row. Streamed rows are written past the cache, in whole lines of
    /// 64 bytes.
    let inline fill
        (rows: FeatureRows)
        (output: float[])
        ([<InlineIfLambda>] eight: int -> Lanes)
        ([<InlineIfLambda>] one: int -> Lanes)
        : unit =
        Lanes.reach rows.First rows.Last output
        use place = fixed &MemoryMarshal.GetArrayDataReference output
        let mutable row = rows.First

        let lines =
            if rows.Streamed then
                let past = NativePtr.toNativeInt place / 8n + nativeint row &&& 7n
                row + int (8n - past &&& 7n)
            else
                row

        while row <= rows.Last do
            if row >= lines && row + Lanes.Width - 1 <= rows.Last then
                let values = Lanes.mended (eight row)

                if rows.Streamed then
                    Vector512.StoreAlignedNonTemporal(values, NativePtr.add place row)
                else
                    Lanes.store output row values

                row <- row + Lanes.Width
            else
                output[row] <- Lanes.first (Lanes.mended (one row))
                row <- row + 1

    let inline private reach2 (rows: FeatureRows) (a: float[]) (b: float[]) : unit =
        Lanes.reach rows.First rows.Last a
        Lanes.reach rows.First rows.Last b

    let inline one ([<InlineIfLambda>] f: Lanes -> Lanes) : FeatureKernel =
        fun rows outputs ->
            let x = rows.Columns[0]
            Lanes.reach rows.First rows.Last x
            fill rows outputs[0] (fun row -> f (Lanes.load x row)) (fun row -> f (Lanes.all x[row]))

    let inline two ([<InlineIfLambda>] f: Lanes -> Lanes -> Lanes) : FeatureKernel =
        fun rows outputs ->
            let a, b = rows.Columns[0], rows.Columns[1]
            reach2 rows a b

            fill rows outputs[0] (fun row -> f (Lanes.load a row) (Lanes.load b row)) (fun row ->
                f (Lanes.all a[row]) (Lanes.all b[row]))

    let inline three ([<InlineIfLambda>] f: Lanes -> Lanes -> Lanes -> Lanes) : FeatureKernel =
        fun rows outputs ->
            let a, b, c = rows.Columns[0], rows.Columns[1], rows.Columns[2]
            reach2 rows a b
            Lanes.reach rows.First rows.Last c

            fill rows outputs[0] (fun row -> f (Lanes.load a row) (Lanes.load b row) (Lanes.load c row)) (fun row ->
                f (Lanes.all a[row]) (Lanes.all b[row]) (Lanes.all c[row]))

    let inline four ([<InlineIfLambda>] f: Lanes -> Lanes -> Lanes -> Lanes -> Lanes) : FeatureKernel =
        fun rows outputs ->
            let a, b, c, d = rows.Columns[0], rows.Columns[1], rows.Columns[2], rows.Columns[3]
            reach2 rows a b
            reach2 rows c d

            fill
                rows
                outputs[0]
                (fun row -> f (Lanes.load a row) (Lanes.load b row) (Lanes.load c row) (Lanes.load d row))
                (fun row -> f (Lanes.all a[row]) (Lanes.all b[row]) (Lanes.all c[row]) (Lanes.all d[row]))

    /// A function of an earlier row and a row, both of one column; NaN before there is an earlier one.
    let inline lagged (lag: int) ([<InlineIfLambda>] f: Lanes -> Lanes -> Lanes) : FeatureKernel =
        fun rows outputs ->
            let x, y = rows.Columns[0], outputs[0]
            Lanes.reach rows.First rows.Last x
            let start = max rows.First (min lag (rows.Last + 1))

            for row in rows.First .. start - 1 do
                y[row] <- nan

            fill { rows with First = start } y (fun row -> f (Lanes.load x (row - lag)) (Lanes.load x row)) (fun row ->
                f (Lanes.all x[row - lag]) (Lanes.all x[row]))

/// What many definitions are put together from.
[<RequireQualifiedAccess>]
module internal Define =

    /// One output whose name and unit don't depend on the columns.
    let output (name: string) (unit': FeatureUnit) : FeatureSpec -> FeatureUnit option list -> FeatureOutput list =
        fun _ _ -> [ { Name = name; Unit = Some unit' } ]

    /// One output named by the settings.
    let named
        (name: FeatureSpec -> string)
        (unit': FeatureUnit)
        : FeatureSpec -> FeatureUnit option list -> FeatureOutput list =
        fun spec _ -> [ { Name = name spec; Unit = Some unit' } ]

    /// "name(column)" of the first column, with a unit made of its unit.
    let ofColumn
        (name: FeatureSpec -> string)
        (unit': FeatureUnit option -> FeatureUnit option)
        : FeatureSpec -> FeatureUnit option list -> FeatureOutput list =
        fun spec units ->
            [
                {
                    Name = $"{name spec}({spec.Columns.Head})"
                    Unit = unit' units.Head
                }
            ]

    let price (name: string) : FeatureRole =
        Feature.role name (Some FeatureUnit.price)

    let quantity (name: string) : FeatureRole =
        Feature.role name (Some FeatureUnit.quantity)

    let number (name: string) : FeatureRole =
        Feature.role name (Some FeatureUnit.one)

    let any (name: string) : FeatureRole = Feature.role name None

    /// The suffix of a level of the book, "_2" for columns named "bid_2" and so on; nothing for other names.
    let level (spec: FeatureSpec) : string =
        let suffix (name: string) =
            match name.LastIndexOf '_' with
            | at when at > 0 && at < name.Length - 1 && Seq.forall System.Char.IsDigit name[at + 1 ..] -> name[at..]
            | _ -> ""

        suffix spec.Columns.Head
