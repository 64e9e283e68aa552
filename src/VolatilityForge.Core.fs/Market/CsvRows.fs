/// Rows of delimited text as spans over one buffer, so that a million rows make no strings. Knows no column.
namespace VolatilityForge

open System
open System.IO

/// Rows of a delimited text, blank lines left out. A field is trimmed; a quoted one ends on its line.
[<Sealed>]
type internal CsvRows(text: TextReader, delimiter: char option) =

    let mutable buffer = Array.zeroCreate<char> 65536
    let mutable filled = 0
    let mutable position = 0
    let mutable ended = false
    let mutable row = 0
    let mutable separator = defaultArg delimiter '\000'
    let mutable starts = Array.zeroCreate<int> 16
    let mutable lengths = Array.zeroCreate<int> 16
    let mutable count = 0
    let mutable badQuotes = false

    // Moves the unread characters to the front and reads on; false at the end of the text.
    let refill () : bool =
        if ended then
            false
        else
            Array.Copy(buffer, position, buffer, 0, filled - position)
            filled <- filled - position
            position <- 0

            if filled = buffer.Length then
                Array.Resize(&buffer, 2 * buffer.Length)

            let read = text.Read(buffer, filled, buffer.Length - filled)
            filled <- filled + read
            ended <- read = 0
            not ended

    let add (start: int) (stop: int) : unit =
        let mutable first = start
        let mutable last = stop - 1

        while first <= last && Char.IsWhiteSpace buffer[first] do
            first <- first + 1

        while last >= first && Char.IsWhiteSpace buffer[last] do
            last <- last - 1

        if count = starts.Length then
            Array.Resize(&starts, 2 * count)
            Array.Resize(&lengths, 2 * count)

        starts[count] <- first
        lengths[count] <- last - first + 1
        count <- count + 1

    let splitPlain (start: int) (stop: int) : unit =
        let mutable from = start
        let mutable found = buffer.AsSpan(from, stop - from).IndexOf separator

        while found >= 0 do
            add from (from + found)
            from <- from + found + 1
            found <- buffer.AsSpan(from, stop - from).IndexOf separator

        add from stop

    // A quoted field is written over itself without its quotes.
    let splitQuoted (start: int) (stop: int) : unit =
        let mutable from = start

        while from <= stop do
            let mutable at = from

            while at < stop && buffer[at] = ' ' do
                at <- at + 1

            if at < stop && buffer[at] = '"' then
                let first = at + 1
                let mutable written = first
                let mutable closed = false
                at <- first

                while not closed && at < stop do
                    if buffer[at] <> '"' then
                        buffer[written] <- buffer[at]
                        written <- written + 1
                        at <- at + 1
                    elif at + 1 < stop && buffer[at + 1] = '"' then
                        buffer[written] <- '"'
                        written <- written + 1
                        at <- at + 2
                    else
                        closed <- true
                        at <- at + 1

                badQuotes <- badQuotes || not closed
                add first written

                while at < stop && buffer[at] <> separator do
                    badQuotes <- badQuotes || buffer[at] <> ' '
                    at <- at + 1
            else
                let found = buffer.AsSpan(at, stop - at).IndexOf separator
                let finish = if found < 0 then stop else at + found
                badQuotes <- badQuotes || buffer.AsSpan(at, finish - at).Contains '"'
                add at finish
                at <- finish

            from <- at + 1

    // The next line as start and stop in the buffer; start below 0 at the end of the text.
    let rec line () : struct (int * int) =
        let mutable searched = position
        let mutable found = -1
        let mutable reading = true

        while found < 0 && reading do
            let hit = buffer.AsSpan(searched, filled - searched).IndexOf '\n'

            if hit >= 0 then
                found <- searched + hit
            else
                let unread = filled - position
                reading <- refill ()
                searched <- position + unread

        if found < 0 && position = filled then
            struct (-1, -1)
        else
            let start = position
            let stop = if found < 0 then filled else found
            position <- if found < 0 then filled else found + 1
            row <- row + 1

            if ReadOnlySpan<char>(buffer, start, stop - start).IsWhiteSpace() then
                line ()
            else
                struct (start, stop)

    /// Reads the next row that isn't blank; false at the end.
    member _.Read() : bool =
        let struct (start, stop) = line ()

        if start < 0 then
            false
        else
            let stop = if buffer[stop - 1] = '\r' then stop - 1 else stop

            if separator = '\000' then
                separator <- BarRows.delimiter (String(buffer, start, stop - start))

            count <- 0
            badQuotes <- false

            if buffer.AsSpan(start, stop - start).Contains '"' then
                splitQuoted start stop
            else
                splitPlain start stop

            true

    /// The row's place in the text, from 1, blank lines counted.
    member _.Row: int = row

    /// Fields in the row.
    member _.Count: int = count

    /// True where a quote is not closed on its line, or stands inside a field.
    member _.BadQuotes: bool = badQuotes

    /// A field, valid until the next Read.
    member _.Field(index: int) : ReadOnlySpan<char> =
        ReadOnlySpan<char>(buffer, starts[index], lengths[index])

    /// A field as text.
    member _.Text(index: int) : string =
        String(buffer, starts[index], lengths[index])
