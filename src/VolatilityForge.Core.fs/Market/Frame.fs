/// One symbol's named columns of numbers over a strictly increasing time index. Knows no file and no meaning of a column.
namespace VolatilityForge

open System
open System.Globalization

/// Named columns of one symbol over time. Made by Frame.create only: index strictly increasing, names distinct and not
/// empty, every column as long as the index, no infinity; NaN is a missing value. Arrays are not to be written to.
[<Sealed>]
type Frame internal (symbol: string, index: DateTime[], columns: (string * float[]) list) =

    let byName = dict columns

    /// The symbol, or an empty string for a lone frame.
    member _.Symbol: string = symbol

    /// Strictly increasing, as written in the source: no zone is converted.
    member _.Index: DateTime[] = index

    /// Names of the columns in order.
    member _.Names: string list = List.map fst columns

    /// Rows.
    member _.Length: int = index.Length

    member internal _.Columns: (string * float[]) list = columns

    member internal _.TryColumn(name: string) : float[] option =
        match byName.TryGetValue name with
        | true, values -> Some values
        | _ -> None

/// Making and reading frames.
[<RequireQualifiedAccess>]
module Frame =

    let private where (symbol: string) : string =
        if symbol = "" then "the frame" else symbol

    let private broken (symbol: string) (row: int) (column: string) (rule: string) (found: string) : Fault =
        Fault.badData (where symbol) (row + 1) column rule found ""

    let private firstUnordered (index: DateTime[]) : int option =
        let mutable row = 1

        while row < index.Length && index[row - 1] < index[row] do
            row <- row + 1

        if row < index.Length then Some row else None

    let private checkColumn (symbol: string) (rows: int) (name: string, values: float[]) : Checked<unit> =
        if values.Length <> rows then
            Error(
                Fault.BadShape(where symbol, $"column {name}", $"as long as the index ({rows})", string values.Length)
            )
        else
            match values |> Array.tryFindIndex Double.IsInfinity with
            | Some row ->
                Error(broken symbol row name "values must be finite, or NaN where missing" (string values[row]))
            | None -> Ok()

    let private checkNames (names: string list) : Checked<unit> =
        let listed = String.Join(", ", names)

        if List.contains "" names then
            Error(Fault.BadSetting("columns", "must have names", listed))
        else
            List.distinct names = names
            |> Checked.require (Fault.BadSetting("columns", "must have different names", listed))

    /// A frame that takes the arrays themselves, checked as by create.
    let internal own (symbol: string) (index: DateTime[]) (columns: (string * float[]) list) : Result<Frame, Fault> =
        Checked.all
            [
                match firstUnordered index with
                | Some row -> Error(broken symbol row "time" "times must strictly increase" (DateText.stamp index[row]))
                | None -> Ok()
                checkNames (List.map fst columns)
                yield! columns |> List.map (checkColumn symbol index.Length)
            ]
        |> Result.map (fun () -> Frame(symbol, index, columns))

    /// A frame of copies of the index and the columns, or every broken rule: Fault.BadData for the first time that doesn't
    /// come after the one before and the first infinity of each column, BadShape for columns of another length, BadSetting
    /// for names that are empty or repeated. A frame may have no rows and no columns.
    let create (symbol: string) (index: DateTime[]) (columns: (string * float[]) list) : Result<Frame, Fault> =
        own symbol (Array.copy index) (columns |> List.map (fun (name, values) -> name, Array.copy values))

    /// The values of a column, or None. Not to be written to.
    let tryColumn (name: string) (frame: Frame) : float[] option = frame.TryColumn name

    /// The values of a column, or Fault.UnknownName with the columns there are. Not to be written to.
    let column (name: string) (frame: Frame) : Result<float[], Fault> =
        frame.TryColumn name
        |> Either.ofOption (Fault.UnknownName($"column in {where frame.Symbol}", name, frame.Names))

    /// The frame with one more column, or with other values in a column it has; the values are copied. Faults as create.
    let withColumn (name: string) (values: float[]) (frame: Frame) : Result<Frame, Fault> =
        let added = name, Array.copy values

        checkColumn frame.Symbol frame.Length added
        |> Result.bind (fun () -> checkNames [ name ])
        |> Result.map (fun () ->
            let columns =
                if List.contains name frame.Names then
                    frame.Columns
                    |> List.map (fun (known, values) -> if known = name then added else known, values)
                else
                    frame.Columns @ [ added ]

            Frame(frame.Symbol, frame.Index, columns))

    /// The columns of these names, in this order; Fault.UnknownName for the first that is not there.
    let select (names: string list) (frame: Frame) : Result<Frame, Fault> =
        checkNames names
        |> Result.bind (fun () ->
            names
            |> Either.traverse (fun name -> column name frame |> Result.map (fun values -> name, values)))
        |> Result.map (fun columns -> Frame(frame.Symbol, frame.Index, columns))

    /// True where a column has a value; Fault.UnknownName as column.
    let mask (name: string) (frame: Frame) : Result<bool[], Fault> =
        column name frame |> Result.map (Array.map (Double.IsNaN >> not))

    /// What the name of a column's mask ends in.
    let maskSuffix: string = "_present"

    /// The frame with a column NAME_present for each of its columns that has missing values: 1 where there is a value, 0
    /// where there is none. Columns that are masks already get none.
    let withMasks (frame: Frame) : Frame =
        let masks =
            [
                for name, values in frame.Columns do
                    let masked = name + maskSuffix

                    if
                        not (name.EndsWith(maskSuffix, StringComparison.Ordinal))
                        && not (List.contains masked frame.Names)
                        && Array.exists Double.IsNaN values
                    then
                        masked, values |> Array.map (fun value -> if Double.IsNaN value then 0.0 else 1.0)
            ]

        Frame(frame.Symbol, frame.Index, frame.Columns @ masks)

    /// The rows from one to another by position, both included; both must lie inside.
    let rows (first: int) (last: int) (frame: Frame) : Frame =
        Frame(
            frame.Symbol,
            frame.Index[first..last],
            frame.Columns |> List.map (fun (name, values) -> name, values[first..last])
        )

    let private lowerBound (time: DateTime) (index: DateTime[]) : int =
        let found = Array.BinarySearch(index, time)
        if found >= 0 then found else ~~~found

    let private upperBound (time: DateTime) (index: DateTime[]) : int =
        let found = Array.BinarySearch(index, time)
        if found >= 0 then found + 1 else ~~~found

    /// The rows from a time to another, both included; none when there are none between them.
    let slice (first: DateTime) (last: DateTime) (frame: Frame) : Frame =
        let from = lowerBound first frame.Index
        rows from (max (from - 1) (upperBound last frame.Index - 1)) frame

    /// The rows up to a time, it included: what was known then.
    let upTo (last: DateTime) (frame: Frame) : Frame = slice DateTime.MinValue last frame

    /// The frame with the columns of another, each row with the last row of the other at or before it, NaN where there is
    /// none or where it is older than `oldest`. Fault.BadSetting where both have a column of one name.
    let asOf (oldest: TimeSpan option) (other: Frame) (frame: Frame) : Result<Frame, Fault> =
        let matches = Array.zeroCreate<int> frame.Length
        let mutable position = -1

        for row in 0 .. frame.Length - 1 do
            let time = frame.Index[row]

            while position + 1 < other.Length && other.Index[position + 1] <= time do
                position <- position + 1

            matches[row] <-
                match oldest with
                | Some limit when position >= 0 && time - other.Index[position] > limit -> -1
                | _ -> position

        let joined =
            other.Columns
            |> List.map (fun (name, values) ->
                name, matches |> Array.map (fun row -> if row < 0 then nan else values[row]))

        let columns = frame.Columns @ joined

        checkNames (List.map fst columns)
        |> Result.map (fun () -> Frame(frame.Symbol, frame.Index, columns))
