/// What a reader of bar files may choose, and what it hands back. Opens nothing.
namespace VolatilityForge

open System

/// A column of a bar file.
[<RequireQualifiedAccess>]
type BarColumn =
    | Date
    | Open
    | High
    | Low
    | Close
    | AdjustedClose
    | Volume
    | Symbol

/// What happens to a row that breaks a rule.
[<RequireQualifiedAccess>]
type BadRows =
    /// The file is refused, with every broken rule.
    | Reject
    /// The row is left out, noted and counted.
    | Drop

/// What happens to rows of one symbol with the same date.
[<RequireQualifiedAccess>]
type DuplicateDates =
    /// The file is refused.
    | Reject
    /// The first of them stays; the others are counted.
    | KeepFirst
    /// The last of them stays; the others are counted.
    | KeepLast

/// How to read a bar file. Ingest.defaults reads most files as they are.
type IngestOptions =
    {
        /// Names that the header uses for columns it names unusually. Case, spaces and underscores don't matter.
        Columns: Map<BarColumn, string>
        /// None: found out from the header, among comma, semicolon, tab and vertical bar.
        Delimiter: char option
        /// A .NET format such as "M/d/yyyy"; None: found out, one format over the whole file.
        DateFormat: string option
        /// True where numbers are written 1469,25.
        DecimalComma: bool
        BadRows: BadRows
        Duplicates: DuplicateDates
        /// True: rows out of order are sorted by date; false: they are a fault.
        Sort: bool
        /// The symbols to keep; empty keeps all.
        Symbols: string list
    }

/// What a reader of the data should know although the file was taken.
[<RequireQualifiedAccess>]
type IngestNote =
    /// One row that was left out; the first Ingest.mostListed of a file are listed.
    | RowDropped of place: Place * rule: string * found: string
    /// How many rows were left out.
    | RowsDropped of count: int
    /// How many rows of a symbol had the date of another row and gave way to it.
    | DuplicatesMerged of symbol: string * count: int
    /// The rows of a symbol were not in order of date and have been sorted.
    | RowsSorted of symbol: string
    /// A column of a table that holds text and was left out of its numbers.
    | ColumnLeftOut of column: string
    /// A jump that looks like a split no one adjusted for.
    | SplitLikeJump of symbol: string * jump: SplitLike

/// Bars of one file.
type Ingested =
    {
        /// One entry per symbol, in ordinal order of symbols.
        Panel: Bars list
        Notes: IngestNote list
    }
