/// What a table is to be read as, and what reading gives. Opens nothing.
namespace VolatilityForge

open System
open System.Collections.Generic

/// What the numbers of a column obey.
[<RequireQualifiedAccess>]
type internal NumberRule =
    /// Finite.
    | Finite
    /// Finite and not negative.
    | NotNegative
    /// Finite and positive.
    | Positive

/// Where the columns of a table stand in its header; below 0 where it has no such column.
type internal TableLayout =
    {
        Time: int
        /// A time of day to be added to the time, which then is a date.
        TimeOfDay: int
        Symbol: int
        /// Dates besides the time.
        Dates: (string * int) list
        /// Numbers with their rule; true where one may be missing.
        Numbers: (string * int * NumberRule * bool) list
        Words: (string * int) list
        /// Columns of numbers only if their first cell is one: the others are left out with a note.
        Optional: (string * int) list
    }

/// The rows of one symbol, times not decreasing.
type internal SymbolTable =
    {
        Symbol: string
        /// Rows of the file.
        Rows: int[]
        /// Empty where the table has no time.
        Times: DateTime[]
        Dates: DateTime[] list
        Numbers: float[] list
        Words: string[] list
        Optional: (string * float[]) list
    }

/// Words that repeat, each kept once.
[<Sealed>]
type internal Lexicon() =
    let words = List<string>()
    let codes = Dictionary<string, int>()
    let mutable last = -1

    /// The code of a word.
    member _.Code(text: ReadOnlySpan<char>) : int =
        if last >= 0 && text.Equals(words[last], StringComparison.Ordinal) then
            last
        else
            let mutable code = -1
            let mutable index = 0

            // A scan of a few words costs less than the string that a dictionary would need.
            while code < 0 && index < min words.Count 24 do
                if text.Equals(words[index], StringComparison.Ordinal) then
                    code <- index

                index <- index + 1

            if code < 0 then
                let word = text.ToString()

                match codes.TryGetValue word with
                | true, known -> code <- known
                | _ ->
                    code <- words.Count
                    words.Add word
                    codes[word] <- code

            last <- code
            code

    /// The word of a code.
    member _.Word(code: int) : string = words[code]

    /// Every word.
    member _.All: string seq = words
