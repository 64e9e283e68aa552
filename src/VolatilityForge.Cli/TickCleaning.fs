/// The cleaning of quotes and of trades by the options. Reads no file.
namespace VolatilityForge.Cli

open VolatilityForge

/// The steps that a kind of ticks has.
type internal TickCleaning<'ticks> =
    {
        Standard: CleaningStep<'ticks> list
        /// The standard ones where prices may be zero or negative.
        Signed: CleaningStep<'ticks> list
        Causal: CleaningStep<'ticks> list
        /// Names of those that judge a tick by later ones.
        LookingAhead: string list
        Session: Calendar -> CleaningStep<'ticks>
        Parse: string -> Result<CleaningStep<'ticks>, Fault>
    }

/// Choosing steps.
[<RequireQualifiedAccess>]
module internal TickCleaning =

    /// Steps of quotes.
    let quotes: TickCleaning<Quotes> =
        {
            Standard = QuoteCleaning.standard
            Signed = QuoteCleaning.signed
            Causal = QuoteCleaning.causal
            LookingAhead = QuoteCleaning.lookingAhead
            Session = QuoteCleaning.session
            Parse = QuoteCleaning.parse
        }

    /// Steps of trades.
    let trades: TickCleaning<Trades> =
        {
            Standard = TradeCleaning.standard
            Signed = TradeCleaning.signed
            Causal = TradeCleaning.causal
            LookingAhead = TradeCleaning.lookingAhead
            Session = TradeCleaning.session
            Parse = TradeCleaning.parse
        }

    /// The steps of --clean; the usual ones without it, none for "none".
    let chosen
        (cleaning: TickCleaning<'ticks>)
        (usual: CleaningStep<'ticks> list)
        (clean: string option)
        : Result<CleaningStep<'ticks> list, Fault> =
        match clean with
        | None -> Ok usual
        | Some "none" -> Ok []
        | Some names -> CommaList.words names |> Checked.traverse cleaning.Parse

    /// The steps after that of --session, where there is one: what is outside the hours then counts neither as a fault nor in a median.
    let within
        (cleaning: TickCleaning<'ticks>)
        (calendar: Calendar option)
        (steps: CleaningStep<'ticks> list)
        : CleaningStep<'ticks> list =
        Option.toList (Option.map cleaning.Session calendar) @ steps
