/// What is gathered while a bar file is read: rows, faults and notes. Opens nothing.
namespace VolatilityForge

open System
open System.Collections.Generic

/// One row as read; the date is known when the whole file is.
[<Struct>]
type internal BarCells =
    {
        Row: int
        Raw: RawDate
        Date: DateOnly
        Prices: struct (float * float * float * float)
        Adjusted: float
        Volume: float
    }

/// What has been found wrong while a file is read.
[<Sealed>]
type internal Findings(source: string, policy: BadRows) =
    let faults = List<Fault>()
    let drops = List<IngestNote>()
    let mutable faultCount = 0
    let mutable dropCount = 0

    /// Faults and dropped rows beyond this many are counted, not listed.
    static member MostListed: int = 20

    /// One fault of the whole file or of a row that no policy may drop.
    member _.Refuse(row: int, column: string, rule: string, found: string, remedy: string) : unit =
        faultCount <- faultCount + 1

        if faults.Count < Findings.MostListed then
            faults.Add(Fault.badData source row column rule found remedy)

    /// One row breaks rules: each is a fault, or the row is dropped for the first.
    member findings.Row(row: int, breaches: struct (string * string * string * string) list) : unit =
        match policy, breaches with
        | BadRows.Drop, struct (column, rule, found, _) :: _ ->
            dropCount <- dropCount + 1

            if drops.Count < Findings.MostListed then
                drops.Add(
                    IngestNote.RowDropped(
                        {
                            Source = source
                            Row = row
                            Column = column
                        },
                        rule,
                        found
                    )
                )
        | _ ->
            for struct (column, rule, found, remedy) in breaches do
                findings.Refuse(row, column, rule, found, remedy)

    /// The dropped rows, and how many they are.
    member _.Notes: IngestNote list =
        if dropCount = 0 then
            []
        else
            List.ofSeq drops @ [ IngestNote.RowsDropped dropCount ]

    /// The value when nothing was refused, else the faults by row and a count of those not listed.
    member _.Outcome(value: unit -> 'a) : Result<'a, Fault> =
        if faultCount = 0 then
            Ok(value ())
        else
            let rowOf fault =
                match fault with
                | Fault.BadData(place, _, _, _) -> place.Row
                | _ -> 0

            let listed = faults |> Seq.sortBy rowOf |> List.ofSeq

            let more =
                if faultCount > listed.Length then
                    let place =
                        {
                            Source = source
                            Row = 0
                            Column = ""
                        }

                    [
                        Fault.BadData(place, $"and {faultCount - listed.Length} more faults", "", "")
                    ]
                else
                    []

            Error(Fault.combine (listed @ more))
