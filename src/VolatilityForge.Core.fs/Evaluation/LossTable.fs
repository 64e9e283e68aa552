/// Losses of several models over the same days, checked once for the tests that compare them all. Knows no test.
namespace VolatilityForge

open System

/// Losses by model.
type LossTable =
    private
        {
            ModelNames: string list
            ByModel: float[][]
        }

    /// The models, in order.
    member table.Models: string list = table.ModelNames

    /// Losses, (models, days).
    member table.Losses: float[][] = table.ByModel

    /// Days.
    member table.Count: int = table.ByModel[0].Length

/// Building tables of losses.
[<RequireQualifiedAccess>]
module LossTable =

    /// Fewest days that a resampled comparison is made on.
    let minimumDays: int = 20

    /// Named series of losses, aligned by day. Faults: no model, a name twice, series of different lengths, fewer than 20 days,
    /// a loss that is not finite.
    let ofLosses (losses: (string * float[]) list) : Result<LossTable, Fault> =
        let names = losses |> List.map fst
        let series = losses |> List.map snd |> Array.ofList

        if losses.IsEmpty then
            Error(Fault.BadSetting("models", "must be one or more", "none"))
        elif List.distinct names <> names then
            Error(Fault.BadSetting("models", "must have different names", String.Join(", ", names)))
        else
            let count = series[0].Length
            let uneven = losses |> List.tryFind (fun (_, values) -> values.Length <> count)
            let infinite = losses |> List.tryFind (snd >> Array.forall Double.IsFinite >> not)

            match uneven, infinite with
            | Some(name, values), _ -> Error(Fault.BadShape("Losses", name, string count, string values.Length))
            | None, _ when count < minimumDays -> Error(Fault.TooShort("A comparison of models", minimumDays, count))
            | None, Some(name, _) ->
                Error(Fault.NotComputable(name, "a loss is not finite", "Leave days at a floor out."))
            | None, None -> Ok { ModelNames = names; ByModel = series }
