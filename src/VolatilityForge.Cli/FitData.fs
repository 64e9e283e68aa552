/// Returns and regressors of a GARCH model out of a file: columns of a CSV, or bars. Knows no command.
namespace VolatilityForge.Cli

open System
open System.Collections.Generic
open Argu
open VolatilityForge

/// Where the data of a model stand.
type FitSource =
    {
        Path: string
        /// The column of returns of a CSV; None: bars.
        Returns: string option
        /// Of bars: simple returns in percent instead of log returns in percent.
        Simple: bool
    }

/// Reading what a model reads.
[<RequireQualifiedAccess>]
module FitData =

    /// Returns of bars are in percent: estimates are then of a size that can be read.
    [<Literal>]
    let private Percent = 100.0

    /// What "variance" is measured by from bars unless told.
    [<Literal>]
    let DefaultMeasure = "garman-klass"

    /// What a variance model may be called; the GARCH family's reader knows its own alone.
    let private modelNames: string list =
        GarchSpec.names @ RealizedGarchSpec.names @ [ "heavy" ]

    /// A fault of a model's name, listing every model that the commands know.
    let rec amongModels (fault: Fault) : Fault =
        match fault with
        | Fault.UnknownName("variance model", name, _) -> Fault.UnknownName("variance model", name, modelNames)
        | Fault.Several faults -> Fault.Several(List.map amongModels faults)
        | other -> other

    /// A fault of a model's data, told by the file and its columns: a return of the column named, or else of the closes of bars.
    let rec inFile (path: string) (returns: string option) (measure: string option) (fault: Fault) : Fault =
        let column (name: string) : string =
            match name, returns with
            | "return", Some column -> column
            | "return", None -> "close"
            | "measure", _ -> defaultArg measure DefaultMeasure
            | other, _ -> other

        match fault with
        | Fault.BadData(place, rule, found, remedy) when
            place.Source = "returns" || place.Source = "returns and measure"
            ->
            Fault.BadData(
                {
                    Source = path
                    // Below a header; rows of returns of bars aren't those of the file.
                    Row = if place.Row > 0 && returns.IsSome then place.Row + 1 else 0
                    Column = column place.Column
                },
                rule,
                found,
                remedy
            )
        | Fault.Several faults -> Fault.Several(List.map (inFile path returns measure) faults)
        | other -> Shared.inFile path other

    /// The bars of one symbol.
    let oneSymbol (shared: ParseResults<Arguments>) (path: string) : Result<Bars, Fault> =
        Shared.bars shared path
        |> Result.bind (fun bars ->
            match bars with
            | [ one ] -> Ok one
            | several ->
                let symbols = several |> List.map _.Symbol |> String.concat ", "
                Error(Fault.BadSetting("--symbol", "must name one symbol", symbols)))

    /// The first day of a history that has a return: a first bar has none.
    let firstReturn (bars: Bars) (history: History) : int =
        if history.Dates[0] = bars.Dates[0] then 1 else 0

    /// The regressors, with the estimator that "variance" is measured by where that is one of them and the data are bars; a fault for
    /// an estimator that would not be read.
    let withMeasure
        (source: FitSource)
        (measure: string option)
        (regressors: GarchRegressors)
        : Result<GarchRegressors, Fault> =
        let measured =
            source.Returns.IsNone
            && List.contains GarchRegressors.OwnVariance (regressors.Mean @ regressors.Variance)

        match measure with
        | Some name when not measured ->
            Error(Fault.BadSetting("--measure", "is what the regressor variance is measured by from bars", name))
        | _ ->
            Ok
                { regressors with
                    Measure =
                        if measured then
                            Some(defaultArg measure (defaultArg regressors.Measure DefaultMeasure))
                        else
                            None
                }

    let private ofColumns
        (delimiter: char)
        (path: string)
        (returns: string)
        (regressors: GarchRegressors)
        : Result<GarchData, Fault> =
        let read (name: string) = ColumnFile.read path name delimiter

        checked' {
            let! returns = read returns
            and! mean = Checked.traverse read regressors.Mean
            and! variance = Checked.traverse read regressors.Variance

            return
                {
                    Returns = returns
                    MeanRegressors = Array.ofList mean
                    VarianceRegressors = Array.ofList variance
                }
        }

    /// Columns of a file of bars by name, a value per day asked for.
    let private besideBars
        (shared: ParseResults<Arguments>)
        (path: string)
        (dates: DateOnly[])
        (names: string list)
        : Result<Map<string, float[]>, Fault> =
        let columnOf (frame: Frame) (name: string) : Result<string * float[], Fault> =
            Frame.column name frame
            |> Result.bind (fun values ->
                let byDay = Dictionary<DateOnly, float>()

                frame.Index
                |> Array.iteri (fun row time -> byDay[DateOnly.FromDateTime time] <- values[row])

                let value (day: DateOnly) : float =
                    match byDay.TryGetValue day with
                    | true, value -> value
                    | _ -> nan

                let column = dates |> Array.map value

                match column |> Array.tryFindIndex (Double.IsFinite >> not) with
                | None -> Ok(name, column)
                | Some day ->
                    let place =
                        {
                            Source = path
                            Row = 0
                            Column = name
                        }

                    let rule = $"there must be a number on every day; it is missing on {dates[day]:O}"
                    Error(Fault.BadData(place, rule, "", "Fill it, or leave the day out.")))

        if names.IsEmpty then
            Ok Map.empty
        else
            either {
                let! options = Shared.table shared

                let own =
                    { options with
                        Columns = options.Columns |> Map.filter (fun role _ -> role = "date" || role = "symbol")
                        Keep = names
                    }

                match! Sources.framesWith own path with
                | [ frame ] ->
                    let! columns = Checked.traverse (columnOf frame) names
                    return Map.ofList columns
                | frames -> return! Error(Fault.BadSetting("--symbol", "must name one symbol", string frames.Length))
            }

    let private ofBars
        (shared: ParseResults<Arguments>)
        (path: string)
        (simple: bool)
        (regressors: GarchRegressors)
        : Result<GarchData, Fault> =
        either {
            let! bars = oneSymbol shared path

            let! dates, returns, known =
                match regressors.Measure with
                | None -> Ok(bars.Dates[1..], (Bars.returns bars)[1..], Map.empty)
                | Some name ->
                    Range.parse name
                    |> Result.bind (fun measure -> Measured.history VarianceFloor.SmallestSoFar measure bars)
                    |> Result.map (fun history ->
                        let first = firstReturn bars history

                        history.Dates[first..],
                        history.Returns[first..],
                        Map.ofList
                            [
                                GarchRegressors.OwnVariance,
                                history.Variance[first..]
                                |> Array.map (fun value -> Percent * Percent * Units.strip value)
                            ])

            let! others =
                regressors.Mean @ regressors.Variance
                |> List.distinct
                |> List.filter (known.ContainsKey >> not)
                |> besideBars shared path dates

            let column (name: string) : float[] =
                match known.TryFind name with
                | Some values -> values
                | None -> others[name]

            return
                {
                    Returns =
                        returns
                        |> Array.map (fun log -> Percent * (if simple then exp log - 1.0 else log))
                    MeanRegressors = regressors.Mean |> List.map column |> Array.ofList
                    VarianceRegressors = regressors.Variance |> List.map column |> Array.ofList
                }
        }

    /// Returns of a column of a CSV, or of bars in percent, with the regressors' columns beside them. "variance" of bars is in squared
    /// percent.
    let read
        (shared: ParseResults<Arguments>)
        (source: FitSource)
        (regressors: GarchRegressors)
        : Result<GarchData, Fault> =
        match source.Returns with
        | Some name -> ofColumns (shared.GetResult(Arguments.Delimiter, ',')) source.Path name regressors
        | None -> ofBars shared source.Path source.Simple regressors

    /// A fit carried over the days of the data.
    let append (fit: GarchFit) (data: GarchData) : Result<GarchFit, Fault> =
        let row (columns: float[][]) (day: int) : float[] =
            columns |> Array.map (fun column -> column[day])

        Fault.catch (fun () ->
            seq { 0 .. data.Returns.Length - 1 }
            |> Seq.fold
                (fun carried day ->
                    Garch.appendWith
                        (row data.MeanRegressors day)
                        (row data.VarianceRegressors day)
                        carried
                        data.Returns[day])
                fit)
