/// Counted nouns of messages. Knows no message.
namespace VolatilityForge

/// Wording of counts.
[<RequireQualifiedAccess>]
module Noun =

    let private vowels = "aeiou"

    /// The plural of an English noun, or of a phrase that ends in one, that is regular: "such row" gives "such rows", "expiry" "expiries".
    let plural (noun: string) : string =
        if
            noun.Length > 1
            && noun.EndsWith 'y'
            && not (vowels.Contains noun[noun.Length - 2])
        then
            noun[.. noun.Length - 2] + "ies"
        else
            noun + "s"

    /// So many of a noun, given in the singular: "1 row", "2 rows", "0 rows".
    let counted (count: int) (noun: string) : string =
        $"{count} {if count = 1 then noun else plural noun}"
