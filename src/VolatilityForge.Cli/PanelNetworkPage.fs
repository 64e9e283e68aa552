/// The part of a panel's report that tells what networks were worth to their base. Knows no chart.
namespace VolatilityForge.Cli

open VolatilityForge

/// Tables of networks, as header and rows under a title.
[<RequireQualifiedAccess>]
module PanelNetworkPage =

    let private percent (ratio: float) : string =
        Cell.number "+0.00;-0.00;0.00" (100.0 * (ratio - 1.0))

    let private against (row: PanelReportRow) : string list =
        [
            Cell.number "0.0000" row.Qlike
            percent row.QlikeRatio
            $"{row.Better}/{row.Symbols}"
            row.Versus |> Cell.orBlank (fun test -> Cell.number "0.00" test.Statistic)
            row.Versus |> Cell.orBlank (fun test -> Cell.number "0.000" test.PValue)
        ]

    let private againstHeader = [ "QLIKE"; "% of base"; "better on"; "DM"; "DM p" ]

    let private whole (reports: PanelNetworkReport list) : string * string list * string list list =
        let rows =
            [
                for report in reports do
                    [ report.Model; string report.Horizon; report.Base; "all" ] @ against report.Row

                    for seed in report.Seeds do
                        [ report.Model; string report.Horizon; report.Base; string seed.Seed ]
                        @ against seed.Row
            ]

        "Against the base, and each seed by itself", [ "network"; "days ahead"; "base"; "seed" ] @ againstHeader, rows

    let private years (reports: PanelNetworkReport list) : string * string list * string list list =
        let rows =
            [
                for report in reports do
                    for year in report.Years ->
                        [
                            report.Model
                            string report.Horizon
                            year.Year
                            Cell.number "0.0000" year.Base
                            Cell.number "0.0000" year.Network
                            percent year.Ratio
                        ]
            ]

        "By year", [ "network"; "days ahead"; "year"; "base's QLIKE"; "network's QLIKE"; "%" ], rows

    /// Validation losses of the untrained member and of its best snapshot: means over the members.
    let private fit (report: PanelNetworkReport) (used: PanelNetworkUse) : string list =
        let members = used.Fit.Members

        let untrained =
            members
            |> List.averageBy (fun own -> (own.State.History |> List.last).ValidationLoss)

        let best = members |> List.averageBy _.State.BestLoss

        [
            report.Model
            string report.Horizon
            Cell.date used.Fit.FittedOn
            Cell.number "0.00" used.Gain
            $"{used.Fit.Untrained}/{members.Length}"
            members
            |> List.map (fun own -> string own.State.BestEpoch)
            |> String.concat ", "
            Cell.number "0.0000" untrained
            Cell.number "0.0000" best
            string used.Fit.TrainingDates
            string used.Fit.ValidationDates
        ]

    let private fits (reports: PanelNetworkReport list) : string * string list * string list list =
        "By fit",
        [
            "network"
            "days ahead"
            "fitted on"
            "gain"
            "untrained"
            "best epochs"
            "untrained loss"
            "best loss"
            "days trained on"
            "days judged"
        ],
        reports |> List.collect (fun report -> report.Fits |> List.map (fit report))

    /// Title, header and rows of each table; none without networks.
    let tables (reports: PanelNetworkReport list) : (string * string list * string list list) list =
        if reports.IsEmpty then
            []
        else
            [ whole reports; years reports; fits reports ]
