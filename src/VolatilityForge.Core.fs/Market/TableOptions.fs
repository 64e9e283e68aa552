/// How a table of ticks, option quotes or named columns is read. Opens nothing.
namespace VolatilityForge

/// How to read a table with a time column. TableOptions.Default reads most files as they are.
type TableOptions =
    {
        /// The file's own names by role: "time", "date", "symbol", "bid", "ask", "bid size", "ask size", "price", "size",
        /// "exchange" and so on, for headers that name a column unusually. Case, spaces and underscores don't matter.
        Columns: Map<string, string>
        /// The value columns that a frame keeps; empty keeps every column of numbers.
        Keep: string list
        /// None: found out from the header, among comma, semicolon, tab and vertical bar.
        Delimiter: char option
        /// A .NET format such as "M/d/yyyy HH:mm"; None: found out, one format over the whole file.
        DateFormat: string option
        /// True where numbers are written 1469,25.
        DecimalComma: bool
        BadRows: BadRows
        /// For frames, whose times occur once; ticks keep every row, which cleaning may merge.
        Duplicates: DuplicateDates
        /// True: rows out of order are sorted by time, those of one time staying in their order; false: a fault.
        Sort: bool
        /// The symbols to keep; empty keeps all.
        Symbols: string list
    }

    /// Columns by their usual names, delimiter and format of times found out, decimal point, nothing bad accepted.
    static member Default: TableOptions =
        {
            Columns = Map.empty
            Keep = []
            Delimiter = None
            DateFormat = None
            DecimalComma = false
            BadRows = BadRows.Reject
            Duplicates = DuplicateDates.Reject
            Sort = false
            Symbols = []
        }
