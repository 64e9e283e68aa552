/// The rows of a regression, ready to be fitted over any run of them. Knows no finance.
namespace VolatilityForge

/// Regressors and target by row, with the moments of every aligned block of rows, in blocks of four of the level below.
/// A run of rows is summed as whole blocks, the largest that fit, plus its two ends, so a fit of a thousand rows adds some fifteen
/// times, depends on those rows only, and gives the same bits in whatever order fits are asked for.
type Design =
    private
        {
            Columns: float[][]
            /// Level by level, blocks of 4, 16, 64, 256 rows.
            Blocks: Moments[][]
        }

/// Making and fitting designs.
[<RequireQualifiedAccess>]
module Design =

    [<Literal>]
    let private Fanout = 4

    /// Levels of blocks: a window of a thousand rows holds two or three blocks of the last.
    [<Literal>]
    let private Levels = 4

    /// A design of regressors and a target, arrays of one length. Values that are not finite are allowed in rows that are
    /// never fitted.
    let create (regressors: float[][]) (target: float[]) : Design =
        let columns = Array.append regressors [| target |]

        let rec blocks (level: int) (below: Moments[]) : Moments[] list =
            if level = Levels then
                []
            else
                let own =
                    Array.init
                        (if level = 0 then
                             target.Length / Fanout
                         else
                             below.Length / Fanout)
                        (fun block ->
                            let moments = Moments columns.Length

                            for part in block * Fanout .. (block + 1) * Fanout - 1 do
                                if level = 0 then
                                    moments.Add(columns, part)
                                else
                                    moments.Merge below[part]

                            moments)

                own :: blocks (level + 1) own

        {
            Columns = columns
            Blocks = blocks 0 [||] |> List.toArray
        }

    /// The regressors, columns first.
    let regressors (design: Design) : float[][] =
        design.Columns[.. design.Columns.Length - 2]

    /// The target by row.
    let target (design: Design) : float[] = Array.last design.Columns

    /// Moments of rows first..last of the regressors and, as the last column, the target.
    let moments (design: Design) (first: int) (last: int) : Moments =
        let sum = Moments design.Columns.Length
        let mutable row = first

        while row <= last do
            let mutable level, size = 0, Fanout

            // Up to the largest block that starts here and ends by the last row.
            while level < Levels && row % size = 0 && row + size - 1 <= last do
                level <- level + 1
                size <- size * Fanout

            if level = 0 then
                sum.Add(design.Columns, row)
                row <- row + 1
            else
                let rows = size / Fanout
                let blocks = design.Blocks[level - 1]
                sum.Merge blocks[row / rows]
                row <- row + rows

        sum

    /// Least squares over rows first..last, with the faults of Regression.ofRows.
    let fit (design: Design) (first: int) (last: int) : Result<LinearFit, Fault> =
        match Regression.tryOfMoments (moments design first last) with
        | Some fit -> Ok fit
        | None -> Regression.ofRows (regressors design) (target design) first last
