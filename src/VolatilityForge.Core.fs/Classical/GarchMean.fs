/// The columns whose combination is the conditional mean of a return. Knows no variance.
namespace VolatilityForge

/// Rows of the mean equation.
[<RequireQualifiedAccess>]
module internal GarchMean =

    /// Parameters without regressors.
    let size (mean: MeanModel) : int =
        match mean with
        | MeanModel.Zero -> 0
        | MeanModel.Constant -> 1
        | MeanModel.Ar lags -> 1 + lags
        | MeanModel.Har spans -> 1 + spans.Length

    /// The row that follows returns told newest first.
    let row (mean: MeanModel) (recent: float[]) : float[] =
        match mean with
        | MeanModel.Zero -> [||]
        | MeanModel.Constant -> [| 1.0 |]
        | MeanModel.Ar lags -> Array.append [| 1.0 |] (Array.take lags recent)
        | MeanModel.Har spans ->
            [|
                1.0
                for span in spans do
                    Array.average (Array.take span recent)
            |]

    /// Columns for returns from index `first` on, what the mean looks back on; then the regressors from the same row on.
    let columns (first: int) (mean: MeanModel) (regressors: float[][]) (returns: float[]) : float[][] =
        let rows = max 0 (returns.Length - first)

        let own =
            match mean with
            | MeanModel.Zero -> [||]
            | MeanModel.Constant -> [| Array.create rows 1.0 |]
            | MeanModel.Ar lags ->
                Array.append
                    [| Array.create rows 1.0 |]
                    (Array.init lags (fun lag -> Array.sub returns (first - 1 - lag) rows))
            | MeanModel.Har spans ->
                [|
                    Array.create rows 1.0
                    for span in spans do
                        Array.init rows (fun t -> Array.average (Array.sub returns (first + t - span) span))
                |]

        Array.append own (regressors |> Array.map (Array.skip first))
