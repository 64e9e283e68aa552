/// Further daily measures of a symbol as features: what their numbers are, and which terms of them are read. Knows no regression.
namespace VolatilityForge

open System

/// What the numbers of a measure are, and so how they are read. Each form has terms of the day, the last five and the last 22 own days, less
/// their own expanding means.
[<RequireQualifiedAccess>]
type MeasureForm =
    /// Positive numbers: their logarithm.
    | Log
    /// Positive parts of the variance, in its units, such as a semivariance: the logarithm of their share of it.
    | Share
    /// Numbers of either sign, such as returns: in units of their own root mean square so far, themselves and their size. A fall that counts
    /// more than a rise of its size (leverage) is a sum of the two.
    | Signed

/// A measure that every model of a panel reads.
type PanelMeasure =
    {
        /// Of a measure of the histories, or "return" for their returns.
        Name: string
        Form: MeasureForm
    }

/// Making measures and their features.
[<RequireQualifiedAccess>]
module PanelMeasure =

    let private week = 5
    let private month = 22

    /// The name that stands for the histories' returns.
    let returns: string = "return"

    let private forms: (string * MeasureForm) list =
        [
            "log", MeasureForm.Log
            "share", MeasureForm.Share
            "signed", MeasureForm.Signed
        ]

    /// Parts of the variance by the names that MeasureFile gives them, and by the columns' usual ones.
    let private parts =
        Set
            [
                "negative_semivariance"
                "positive_semivariance"
                "rsv"
                "rsn"
                "rsp"
                "rvn"
                "rvp"
                "rv_minus"
                "rv_plus"
            ]

    /// The form of a measure whose form isn't told: returns are signed, semivariances shares, all others are logarithms.
    let formOf (name: string) : MeasureForm =
        if name = returns then
            MeasureForm.Signed
        elif parts.Contains(name.ToLowerInvariant()) then
            MeasureForm.Share
        else
            MeasureForm.Log

    /// NAME, or NAME:FORM with log, share or signed. Faults: BadSetting for no name, UnknownName for another form.
    let ofText (text: string) : Result<PanelMeasure, Fault> =
        let make (name: string) (form: MeasureForm) =
            name <> ""
            |> Checked.require (Fault.BadSetting("measures", "must be NAME or NAME:FORM", text))
            |> Result.map (fun () -> { Name = name; Form = form })

        match text.LastIndexOf ':' with
        | -1 -> make text (formOf text)
        | place ->
            let name, form = text[.. place - 1], text[place + 1 ..]

            match forms |> List.tryFind (fst >> (=) form) with
            | Some(_, form) -> make name form
            | None -> Error(Fault.UnknownName("form of a measure", form, List.map fst forms))

    /// NAME:FORM.
    let toText (measure: PanelMeasure) : string =
        let form, _ = forms |> List.find (snd >> (=) measure.Form)
        $"{measure.Name}:{form}"

    /// The measure's numbers in a history; None where it has none.
    let private values (name: string) (history: History) : float[] option =
        if name = returns then
            Some history.Returns
        else
            history.Measures.TryFind name

    /// Values over the root of their mean square so far, which later values don't change; missing before one differs from zero.
    let private overOwnSpread (values: float[]) : float[] =
        let mutable squares = 0.0
        let mutable count = 0

        values
        |> Array.map (fun value ->
            if Double.IsFinite value then
                squares <- squares + value * value
                count <- count + 1

            if squares > 0.0 then
                value / sqrt (squares / float count)
            else
                nan)

    /// ln of the measure's sum over the variance's over the last `span` own days that have both; missing where it isn't positive.
    let private logShare (span: int) (name: string) (history: History) : float[] option =
        values name history
        |> Option.map (fun values ->
            Array.init values.Length (fun day ->
                let first = max 0 (day - span + 1)
                let mutable part = 0.0
                let mutable whole = 0.0

                for back in first..day do
                    if Double.IsFinite values[back] then
                        part <- part + values[back]
                        whole <- whole + Units.strip history.Variance[back]

                if part > 0.0 then log (part / whole) else nan))

    let private overSpans (feature: PanelFeature) : PanelFeature list =
        [ feature; PanelFeature.mean week feature; PanelFeature.mean month feature ]

    /// The measure's features; all are missing for a symbol without it, and none applies to a panel without it.
    let features (measure: PanelMeasure) : PanelFeature list =
        let name = measure.Name

        let there (feature: PanelFeature) : PanelFeature =
            if name = returns then
                feature
            else
                { feature with
                    Applies = fun panel -> panel.Histories |> Array.exists (fun h -> h.Measures.ContainsKey name)
                }

        match measure.Form with
        | MeasureForm.Log -> PanelFeature.measure name log |> overSpans
        | MeasureForm.Share ->
            [ 1; week; month ]
            |> List.map (fun span -> there (PanelFeature.ofHistory $"share{span}:{name}" id (logShare span name)))
        | MeasureForm.Signed ->
            let scaled = values name >> Option.map overOwnSpread

            [
                yield! overSpans (there (PanelFeature.ofHistory $"signed:{name}" id scaled))
                yield! overSpans (there (PanelFeature.ofHistory $"size:{name}" abs scaled))
            ]

    /// The measure's features as a block of its name.
    let block (measure: PanelMeasure) : FeatureBlock =
        {
            Name = measure.Name
            Features = features measure
        }

    /// Ok when a history has the measure and its numbers fit the form. Faults: UnknownName where no history has it, NotComputable for returns
    /// that are all zero, BadSetting for negative numbers that are to be logarithms or shares.
    let check (histories: History list) (measure: PanelMeasure) : Result<unit, Fault> =
        let name = measure.Name

        let known =
            histories
            |> List.collect (fun history -> List.ofSeq history.Measures.Keys)
            |> List.distinct

        match histories |> List.choose (values name) with
        | [] -> Error(Fault.UnknownName("measure", name, returns :: known))
        | found when name = returns && found |> List.forall (Array.forall ((=) 0.0)) ->
            Error(
                Fault.NotComputable(
                    "The measure return",
                    "no symbol has returns (all are zero)",
                    "Name the column of returns or of prices (--return-column, --price-column), or leave the measure out."
                )
            )
        | found ->
            (measure.Form = MeasureForm.Signed
             || found |> List.forall (Array.forall (fun value -> not (value < 0.0))))
            |> Checked.require (
                Fault.BadSetting(
                    $"measure {name}",
                    $"must not be negative to be read as a logarithm; write {name}:signed for numbers of either sign",
                    "a negative number"
                )
            )
