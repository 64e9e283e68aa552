/// Members of the HAR family as tests fit them.
module VolatilityForge.Tests.HarModels

open System.Threading
open Expecto
open VolatilityForge

/// A member of the family by name.
let named (name: string) : HarFamilyOptions =
    HarFamily.known |> List.find (fun options -> options.Name = name)

/// All days of a history.
let whole (history: History) : Window =
    {
        First = 0
        Last = History.length history - 1
    }

/// A member fitted to a history.
let fitted (name: string) (horizon: int) (history: History) : HarFamilyFit =
    Expect.wantOk (HarFamily.fit (named name) horizon history (whole history)) $"{name} fits"

/// Intercept and slopes.
let coefficients (fit: HarFamilyFit) : float[] =
    Array.append [| fit.Regression.Intercept |] fit.Regression.Slopes

/// A fit's forecasts from origins.
let forecasts (fit: HarFamilyFit) (history: History) (origins: int[]) : Variance[] =
    origins
    |> Array.map (fun origin -> Expect.wantOk (HarFamily.forecast fit history origin) "a forecast")

/// Tracks of models walked forward.
let walk (config: WalkForwardConfig) (models: IForecaster list) (history: History) =
    WalkForward.run config ignore CancellationToken.None models history
