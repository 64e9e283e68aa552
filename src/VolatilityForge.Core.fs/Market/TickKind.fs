/// What reading, cleaning and framing need of a kind of ticks. Knows no kind in particular.
namespace VolatilityForge

open System

/// A kind of ticks: its name, and what its values hold.
type internal TickKind<'ticks> =
    {
        /// In the plural, as messages say it.
        Name: string
        Times: 'ticks -> DateTime[]
        /// Where each was made, where the source tells.
        Exchange: 'ticks -> string[] option
        /// Where each row stood in the ticks these were taken from first.
        Origin: 'ticks -> int[] option
        /// The ticks at positions that increase.
        Take: int[] -> 'ticks -> 'ticks
        ToFrame: 'ticks -> Result<Frame, Fault>
    }

/// Using a kind of ticks.
[<RequireQualifiedAccess>]
module internal TickKind =

    /// How many ticks there are.
    let length (kind: TickKind<'ticks>) (ticks: 'ticks) : int = (kind.Times ticks).Length

    /// The ticks that a function of their position keeps.
    let filter (kind: TickKind<'ticks>) (keeps: int -> bool) (ticks: 'ticks) : 'ticks =
        kind.Take (Array.filter keeps [| 0 .. length kind ticks - 1 |]) ticks
