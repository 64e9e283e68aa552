/// Which column of a file of daily measures is what. Makes no history.
namespace VolatilityForge

open System

/// Finding columns.
[<RequireQualifiedAccess>]
module internal MeasureColumns =

    /// Known names of a variance, the likelier first.
    let variances =
        [
            "variance"
            "rv"
            "rv5"
            "realised_variance"
            "realized_variance"
            "rk"
            "rk_parzen"
            "rk_th2"
            "rv10"
        ]

    /// Known names of daily log returns, the likelier first.
    let private returnNames =
        [
            "return"
            "log_return"
            "returns"
            "log_returns"
            "ret"
            "logret"
            "daily_return"
        ]

    /// Known names of a price at the close, the likelier first.
    let private priceNames =
        [ "close_price"; "adjusted_close"; "adj_close"; "close"; "price"; "settle" ]

    /// What models call a measure, and what files call it.
    let private aliases: (string * string list) list =
        [
            "quarticity", [ "quarticity"; "rq"; "realised_quarticity"; "realized_quarticity" ]
            "tripower_quarticity", [ "tripower_quarticity"; "tpq"; "rtq" ]
            "bipower", [ "bipower"; "bpv"; "bv"; "bipower_variation" ]
            "negative_semivariance", [ "negative_semivariance"; "rvn"; "rsv"; "rsn"; "rsv_negative" ]
            "positive_semivariance", [ "positive_semivariance"; "rvp"; "rsp"; "rsv_positive" ]
        ]

    /// Whether two names are one but for case and blanks.
    let same (one: string) (other: string) : bool =
        String.Equals(one.Replace(' ', '_'), other.Replace(' ', '_'), StringComparison.OrdinalIgnoreCase)

    let private find (frame: Frame) (name: string) : string option = frame.Names |> List.tryFind (same name)

    let private named (source: string) (frame: Frame) (kind: string) (name: string) : Result<string, Fault> =
        find frame name
        |> Either.ofOption (Fault.UnknownName($"{kind} column in {source}", name, frame.Names))

    /// The column of variances: the one asked for, the only one, or one of a known name.
    let varianceOf (asked: string option) (source: string) (frame: Frame) : Result<string, Fault> =
        match asked, frame.Names with
        | Some name, _ -> named source frame "variance" name
        // A lone column of prices or returns is no variance.
        | None, [ only ] when not (List.exists (same only) (returnNames @ priceNames)) -> Ok only
        | None, names ->
            match List.tryPick (find frame) variances with
            | Some found -> Ok found
            | None -> Error(Fault.UnknownName($"variance column in {source}", "(none named)", names))

    /// Names by which models read columns, and the columns: those asked for, those known, all under their own.
    let measuresOf (asked: (string * string) list) (source: string) (frame: Frame) =
        asked
        |> Checked.traverse (fun (role, name) ->
            named source frame "measure" name |> Result.map (fun column -> role, column))
        |> Result.map (fun asked ->
            let known =
                [
                    for role, names in aliases do
                        if not (List.exists (fst >> (=) role) asked) then
                            match List.tryPick (find frame) names with
                            | Some column -> role, column
                            | None -> ()
                ]

            let given = asked @ known

            given
            @ [
                for name in frame.Names do
                    if not (List.exists (fst >> (=) name) given) then
                        name, name
            ])

    /// Log returns of every row, NaN where they are missing, and the column that they come from.
    let returnsOf (asked: string option) (price: string option) (source: string) (frame: Frame) =
        let column =
            match asked, price with
            | None, None ->
                match List.tryPick (find frame) returnNames with
                | Some column -> Some column, None
                | None -> None, List.tryPick (find frame) priceNames
            | given -> given

        match column with
        | Some _, Some _ ->
            Error(Fault.BadSetting("returns", "must come from a column of returns or one of prices, not both", "both"))
        | Some name, None ->
            named source frame "return" name
            |> Result.bind (fun column -> Frame.column column frame)
            |> Result.map (fun values -> Some(name, values))
        | None, Some name ->
            named source frame "price" name
            |> Result.bind (fun column -> Frame.column column frame)
            |> Result.map (fun prices ->
                let returns =
                    Array.init prices.Length (fun row ->
                        if row = 0 then
                            0.0
                        elif prices[row] > 0.0 && prices[row - 1] > 0.0 then
                            log (prices[row] / prices[row - 1])
                        else
                            nan)

                if prices.Length > 0 && not (prices[0] > 0.0) then
                    returns[0] <- nan

                Some(name, returns))
        | None, None -> Ok None
