/// Fitting conditional variance models by maximum likelihood, and carrying a fit forward. Makes no forecast.
namespace VolatilityForge

open System

/// Fitting, filtering, appending.
[<RequireQualifiedAccess>]
module Garch =

    /// Returns a fit needs.
    [<Literal>]
    let MinimumReturns = 250

    let private badData
        (row: int)
        (column: string)
        (rule: string)
        (found: string)
        (remedy: string)
        : Result<'a, Fault> =
        Error(
            Fault.BadData(
                {
                    Source = "returns"
                    Row = row
                    Column = column
                },
                rule,
                found,
                remedy
            )
        )

    /// Ok when the data are finite, long enough, of one length and moving.
    let private checkData (spec: GarchSpec) (minimum: int) (data: GarchData) : Result<unit, Fault> =
        let returns = data.Returns
        let needed = minimum + GarchSpec.lookBack spec

        let unusable (column: float[]) =
            // The square must be a number with digits.
            column |> Array.tryFindIndex (fun x -> not (abs x < 1e140))

        let columns =
            Array.concat
                [
                    [| "return", returns |]
                    data.MeanRegressors
                    |> Array.mapi (fun i column -> $"mean regressor {i + 1}", column)
                    data.VarianceRegressors
                    |> Array.mapi (fun i column -> $"variance regressor {i + 1}", column)
                ]

        match columns |> Array.tryFind (fun (_, column) -> column.Length <> returns.Length) with
        | Some(name, column) ->
            Error(Fault.BadShape("GARCH", name, $"""{Noun.counted returns.Length "row"}""", string column.Length))
        | None when returns.Length < needed ->
            Error(Fault.TooShort(GarchSpec.name spec.Variance, needed, returns.Length))
        | None ->
            let broken =
                columns
                |> Array.tryPick (fun (name, column) ->
                    unusable column |> Option.map (fun row -> name, row, column[row]))

            let negative =
                if spec.Variance.IsEgarch then
                    None
                else
                    data.VarianceRegressors
                    |> Array.indexed
                    |> Array.tryPick (fun (i, column) ->
                        column
                        |> Array.tryFindIndex (fun x -> x < 0.0)
                        |> Option.map (fun row -> i, row))

            match broken, negative with
            | Some(name, row, found), _ ->
                badData (row + 1) name "values must be finite and below 1e140" (string found) "Look for gaps."
            | None, Some(i, row) ->
                let found = data.VarianceRegressors[i][row]

                badData
                    (row + 1)
                    $"variance regressor {i + 1}"
                    "must not be negative"
                    (string found)
                    "Square it, or use EGARCH."
            | None, None ->
                match spec.Variance, data.VarianceRegressors.Length with
                | (VarianceModel.Figarch _ | VarianceModel.Component), count when count > 0 ->
                    Error(Fault.BadSetting("variance regressors", "must be none for this model", string count))
                | _ -> Ok()

    let private fitWith (warm: float[] option) (spec: GarchSpec) (data: GarchData) : Result<GarchFit, Fault> =
        GarchSpec.check spec
        |> Result.bind (fun _ -> checkData spec MinimumReturns data)
        |> Result.bind (fun () -> GarchScaling.ofData data)
        |> Result.bind (fun scale ->
            Fault.catch (fun () ->
                let likelihood = GarchLikelihood(spec, scale, data)

                let warm =
                    warm
                    |> Option.filter (fun outer -> outer.Length = likelihood.Size)
                    |> Option.map (GarchLayout.toInner spec scale)

                let found = GarchSearch.run spec scale likelihood warm
                likelihood.Filter found.Point |> ignore
                let outer = GarchLayout.toOuter spec scale found.Point

                let names =
                    GarchSpec.parameterNames spec data.MeanRegressors.Length data.VarianceRegressors.Length

                GarchFitting.describe spec scale data likelihood outer found.Value (fun persistence ->
                    {
                        Converged = found.Converged
                        GradientNorm = found.Gradient |> Array.map abs |> Array.max
                        Iterations = found.Iterations
                        Evaluations = found.Evaluations
                        AtBound =
                            names
                            |> List.indexed
                            |> List.filter (fun (i, _) -> found.AtBound[i])
                            |> List.map snd
                        Persistence = persistence
                        Scale = scale.Returns
                        ScaleWarning = GarchFitting.scaleWarning scale
                    })))

    /// The maximum likelihood fit. Faults: BadSetting for a spec outside its domain, TooShort below MinimumReturns and
    /// what the mean looks back on, BadData for values that are not finite and for returns that never move, BadShape for columns of
    /// other lengths. A search that doesn't converge is a diagnostic, not a fault.
    let fit (spec: GarchSpec) (data: GarchData) : Result<GarchFit, Fault> = fitWith None spec data

    /// The fit, searched from another fit's estimates; the same optimum in fewer steps where the data are alike.
    let refit (earlier: GarchFit) (data: GarchData) : Result<GarchFit, Fault> =
        fitWith (Some earlier.Parameters) earlier.Spec data

    /// The fit's parameters over other data, from its first day: variances, residuals and state, nothing estimated. The
    /// start rule is applied to these data. Diagnostics are those of the fit, but for the persistence. Faults as `fit`; one
    /// return after those that the mean looks back on is enough.
    let filter (fit: GarchFit) (data: GarchData) : Result<GarchFit, Fault> =
        checkData fit.Spec 1 data
        |> Result.bind (fun () ->
            Fault.catch (fun () ->
                if
                    data.MeanRegressors.Length <> fit.MeanRegressors
                    || data.VarianceRegressors.Length <> fit.VarianceRegressors
                then
                    Fault.raiseWith (
                        Fault.BadShape(
                            "Garch.filter",
                            "regressors",
                            $"{fit.MeanRegressors} and {fit.VarianceRegressors}",
                            $"{data.MeanRegressors.Length} and {data.VarianceRegressors.Length}"
                        )
                    )

                let scale =
                    {
                        Returns = fit.Diagnostics.Scale
                        Mean = Array.create fit.MeanRegressors 1.0
                        Variance = Array.create fit.VarianceRegressors 1.0
                    }

                let likelihood = GarchLikelihood(fit.Spec, scale, data)
                let inner = GarchLayout.toInner fit.Spec scale fit.Parameters
                let gradient = Array.zeroCreate<float> likelihood.Size
                let value = likelihood.Evaluate(inner, gradient)

                if not (Double.IsFinite value) then
                    Fault.raiseWith (
                        Fault.NotComputable("Filtering", "the recursion breaks on these data", "Fit them anew.")
                    )

                GarchFitting.describe fit.Spec scale data likelihood fit.Parameters value (fun persistence ->
                    { fit.Diagnostics with
                        Persistence = persistence
                    })))

    /// Raises Fault.BadShape unless a row has as many regressors as the fit.
    let private checkRow (what: string) (expected: int) (row: float[]) : unit =
        if row.Length <> expected then
            Fault.raiseWith (Fault.BadShape("Garch", $"{what} regressors", string expected, string row.Length))

    /// The mean and the conditional variance of the return after the last. `meanRegressors` is that day's row, empty
    /// for a model without; raises Fault.BadShape for a row of another length.
    let ahead (fit: GarchFit) (meanRegressors: float[]) : struct (float * float) =
        checkRow "mean" fit.MeanRegressors meanRegressors
        GarchState.ahead fit.Spec fit.Parameters meanRegressors fit.State

    /// The fit carried over one more return, with the day's rows of the mean's regressors and of the variance's, which move the
    /// variance of the next: its state moves, its estimates stay. Constant work, whatever came before: the stored series of residuals
    /// and variances is not extended. Raises Fault.BadShape for rows of another length than the fit's.
    let appendWith (meanRegressors: float[]) (varianceRegressors: float[]) (fit: GarchFit) (value: float) : GarchFit =
        checkRow "mean" fit.MeanRegressors meanRegressors
        checkRow "variance" fit.VarianceRegressors varianceRegressors

        { fit with
            State = GarchState.append fit.Spec fit.Parameters meanRegressors varianceRegressors fit.State value
        }

    /// As `appendWith`, of a model without regressors of the mean; regressors of the variance stay at their last row.
    let append (fit: GarchFit) (value: float) : GarchFit =
        appendWith [||] fit.State.Regressors fit value

    /// Akaike's criterion: twice the parameters less twice the log-likelihood.
    let aic (fit: GarchFit) : float =
        2.0 * float fit.Parameters.Length - 2.0 * fit.LogLikelihood

    /// Schwarz's criterion.
    let bic (fit: GarchFit) : float =
        log (float fit.Observations) * float fit.Parameters.Length
        - 2.0 * fit.LogLikelihood
