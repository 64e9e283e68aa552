/// The rows of a regression, ready to be fitted over any run of them. Knows no finance.
namespace VolatilityForge

/// Regressors and target by row, with the moments of every aligned block of rows.
/// A run of rows is summed as whole blocks plus its two ends, so a fit costs a tenth of a pass over its rows, depends on
/// those rows only, and gives the same bits in whatever order fits are asked for.
type Design =
    private
        {
            Columns: float[][]
            Blocks: Moments[]
        }

/// Making and fitting designs.
[<RequireQualifiedAccess>]
module Design =

    // Near the root of the usual thousand rows, where blocks and ends cost about the same.
    [<Literal>]
    let private BlockRows = 32

    /// A design of regressors and a target, arrays of one length. Values that are not finite are allowed in rows that are
    /// never fitted.
    let create (regressors: float[][]) (target: float[]) : Design =
        let columns = Array.append regressors [| target |]

        {
            Columns = columns
            Blocks =
                Array.init (target.Length / BlockRows) (fun block ->
                    let moments = Moments columns.Length

                    for row in block * BlockRows .. (block + 1) * BlockRows - 1 do
                        moments.Add(columns, row)

                    moments)
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
            if row % BlockRows = 0 && row + BlockRows - 1 <= last then
                sum.Merge design.Blocks[row / BlockRows]
                row <- row + BlockRows
            else
                sum.Add(design.Columns, row)
                row <- row + 1

        sum

    /// Least squares over rows first..last, with the faults of Regression.ofRows.
    let fit (design: Design) (first: int) (last: int) : Result<LinearFit, Fault> =
        match Regression.tryOfMoments (moments design first last) with
        | Some fit -> Ok fit
        | None -> Regression.ofRows (regressors design) (target design) first last
