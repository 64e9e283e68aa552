/// Losses by name: limits, homogeneity, asymmetry.
module VolatilityForge.Tests.LossRuleTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private rules: LossRule list =
    LossRule.names
    |> List.map (fun name -> Expect.wantOk (LossRule.ofName name) name)
    |> List.append [ LossRule.Robust -0.5; LossRule.Robust 1.0; LossRule.Linex 2.0 ]

let private loss (rule: LossRule) (forecast: float) (realised: float) : float =
    LossRule.value rule (forecast * 1.0< / day>) (realised * 1.0< / day>)

/// Degree in the scale of variances; None for a loss that has none.
let private degree (rule: LossRule) : float =
    match rule with
    | LossRule.Qlike
    | LossRule.Heteroskedastic
    | LossRule.Linex _ -> 0.0
    | LossRule.SquaredVariance -> 2.0
    | LossRule.AbsoluteVariance
    | LossRule.SquaredVolatility -> 1.0
    | LossRule.AbsoluteVolatility -> 0.5
    | LossRule.Robust b -> b + 2.0

[<Tests>]
let suite =
    testList
        "Loss by name"
        [
            testCase "every loss is zero at the truth, positive elsewhere, and grows with the distance"
            <| fun () ->
                for rule in rules do
                    Expect.isLessThan (loss rule 1.7 1.7) 1e-15 $"%A{rule} at the truth"

                    for near, far in [ 1.5, 1.2; 1.9, 2.5 ] do
                        Expect.isGreaterThan (loss rule near 1.7) 0.0 $"%A{rule} away from it"
                        Expect.isGreaterThan (loss rule far 1.7) (loss rule near 1.7) $"%A{rule} farther away"

            testCase "every loss is homogeneous of its degree"
            <| fun () ->
                for rule in rules do
                    for factor in [ 1e-4; 1e4 ] do
                        close
                            1e-9
                            (loss rule (1.3 * factor) (2.9 * factor))
                            (factor ** degree rule * loss rule 1.3 2.9)
                            $"%A{rule}"

            testCase "the robust family is half the squared error at 0, QLIKE at -2, and continuous at its limits"
            <| fun () ->
                for f, v in [ 1.3, 2.9; 2.9, 1.3; 0.4, 0.41 ] do
                    close 1e-12 (loss (LossRule.Robust 0.0) f v) (0.5 * loss LossRule.SquaredVariance f v) "b = 0"
                    close 1e-15 (loss (LossRule.Robust -2.0) f v) (loss LossRule.Qlike f v) "b = -2"

                    for limit in [ -1.0; -2.0 ] do
                        // The formula divides a rounded difference by the distance from the limit.
                        let near = loss (LossRule.Robust(limit + 1e-6)) f v
                        Expect.isLessThan (abs (near - loss (LossRule.Robust limit) f v)) 1e-5 $"near b = {limit}"

            testCase "linex has the values of 40-digit arithmetic"
            <| fun () ->
                // Python's decimal, 40 digits: exp(a l) - a l - 1 with l = ln(v / f).
                for a, f, v, value in
                    [
                        2.0, 1.3, 2.9, 2.371638415896870979870608333
                        -1.0, 1.3, 2.9, 0.250622334593902808371163901
                        0.5, 1.7, 0.9, 0.045601258468997269286241458
                        -3.0, 0.4, 0.41, 0.002677248690863200827342870
                    ] do
                    close 1e-12 (loss (LossRule.Linex a) f v) value $"a = {a}"

            testCase "linex is QLIKE at 1, and punishes the side its sign names"
            <| fun () ->
                close 1e-14 (loss (LossRule.Linex 1.0) 1.3 2.9) (loss LossRule.Qlike 1.3 2.9) "a = 1"

                for a in [ 0.5; 1.0; 3.0 ] do
                    Expect.isGreaterThan
                        (loss (LossRule.Linex a) 1.0 2.0)
                        (loss (LossRule.Linex a) 2.0 1.0)
                        $"too low costs more at {a}"

                    close
                        1e-14
                        (loss (LossRule.Linex -a) 2.0 1.0)
                        (loss (LossRule.Linex a) 1.0 2.0)
                        "the other sign mirrors it"

            testCase "only the robust losses are smallest, among constants, at the mean of a noisy variance"
            <| fun () ->
                let noisy = (simulated 14 400).Variance
                let mean = Array.average noisy

                let mean' (rule: LossRule) (factor: float) =
                    noisy |> Array.averageBy (LossRule.value rule (factor * mean))

                let smallestAtMean (rule: LossRule) =
                    [ 0.8; 0.95; 1.05; 1.2 ]
                    |> List.forall (fun factor -> mean' rule factor > mean' rule 1.0)

                for rule in
                    [
                        LossRule.Qlike
                        LossRule.SquaredVariance
                        LossRule.Robust -1.0
                        LossRule.Robust 1.0
                    ] do
                    Expect.isTrue (smallestAtMean rule) $"%A{rule}"

                for rule in
                    [
                        LossRule.AbsoluteVariance
                        LossRule.AbsoluteVolatility
                        LossRule.Heteroskedastic
                    ] do
                    Expect.isFalse (smallestAtMean rule) $"%A{rule}"

            testCase "names are read back, and unknown ones list the known"
            <| fun () ->
                for rule in rules do
                    Expect.equal (LossRule.ofName (LossRule.name rule)) (Ok rule) (LossRule.name rule)

                Expect.equal (LossRule.ofName " QLIKE ") (Ok LossRule.Qlike) "case and blanks"

                match LossRule.ofName "qlik" with
                | Error(Fault.UnknownName(_, "qlik", known)) -> Expect.contains known "qlike" "known"
                | other -> failtest $"%A{other}"

                for wrong in [ "linex:0"; "robust:x"; "robust:nan" ] do
                    match LossRule.ofName wrong with
                    | Error(Fault.BadSetting _) -> ()
                    | other -> failtest $"{wrong}: %A{other}"

            testCase "a series leaves out what is not scored, and running differences end at the sum"
            <| fun () ->
                let forecast, realised = (simulated 15 7).Variance, (simulated 16 7).Variance
                let scored = [| true; true; false; true; true; true; true |]

                let series =
                    Expect.wantOk (LossRule.series LossRule.Qlike forecast realised scored) "losses"

                Expect.equal series.Length 6 "one day less"
                Expect.equal series[2] (Loss.qlike forecast[3] realised[3]) "in order"
                let other = Array.map (fun x -> x * x) series
                let running = LossRule.cumulativeDifference series other
                close 1e-14 running[5] (Array.sum series - Array.sum other) "the end"
                close 1e-14 running[0] (series[0] - other[0]) "the start"
                Expect.throws (fun () -> LossRule.cumulativeDifference series other[1..] |> ignore) "unequal lengths"
        ]
