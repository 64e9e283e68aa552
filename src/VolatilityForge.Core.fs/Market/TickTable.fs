/// Reading a table of ticks of one kind: the header, the columns of the kind, the others of numbers. Knows no kind.
namespace VolatilityForge

open System.IO

/// The columns of a kind of ticks in a header, and its ticks out of them.
type internal TickColumns<'ticks> =
    {
        /// Numbers and their rule, any of which may be missing.
        Numbers: (string * int * NumberRule) list
        Words: (string * int) list
        Ticks: SymbolTable -> 'ticks
    }

/// A kind of ticks as tables hold it.
type internal TickTable<'ticks> =
    {
        /// The roles that users may give columns to.
        Roles: string list
        Columns: TableOptions -> TableHeader -> Result<TickColumns<'ticks>, Fault>
    }

/// Reading tables of ticks.
[<RequireQualifiedAccess>]
module internal TickTable =

    let private layout
        (others: bool)
        (options: TableOptions)
        (header: TableHeader)
        (struct (time, clock, symbol))
        (columns: TickColumns<'ticks>)
        : TableLayout =
        let taken =
            [ time; clock; symbol ]
            @ [ for _, at, _ in columns.Numbers -> at ]
            @ List.map snd columns.Words

        {
            Time = time
            TimeOfDay = clock
            Symbol = symbol
            Dates = []
            Numbers = [ for role, at, rule in columns.Numbers -> role, at, rule, true ]
            Words = columns.Words
            Optional = if others then TickRoles.others options header taken else []
        }

    /// Each symbol's ticks and, if wanted, the values of the other columns of numbers, row by row.
    let withOthers
        (table: TickTable<'ticks>)
        (others: bool)
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<('ticks * (string * float[]) list) list * IngestNote list, Fault> =
        either {
            do! TableHeader.checkRoles options table.Roles
            let! header = TableHeader.read options source text
            let! places = TableHeader.timeAndSymbol options header
            let! columns = table.Columns options header
            let layout = layout others options header places columns

            let! symbols, notes =
                TableReader.read options source (Source.stem source) layout header.Fields.Length header.Cells

            return symbols |> List.map (fun symbol -> columns.Ticks symbol, symbol.Optional), notes
        }

    /// Each symbol's ticks.
    let read
        (table: TickTable<'ticks>)
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<'ticks list * IngestNote list, Fault> =
        withOthers table false options source text
        |> Result.map (fun (symbols, notes) -> List.map fst symbols, notes)
