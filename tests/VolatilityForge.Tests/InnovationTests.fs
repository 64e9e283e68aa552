/// Standardised distributions: their densities, derivatives, quantiles and draws belong together.
module VolatilityForge.Tests.InnovationTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Returns

let private cases: (Innovation * float[]) list =
    [
        Innovation.Normal, [||]
        Innovation.StudentT, [| 5.3 |]
        Innovation.SkewedT, [| 6.1; -0.3 |]
        Innovation.SkewedT, [| 9.7; 0.2 |]
        Innovation.Ged, [| 1.3 |]
        Innovation.Ged, [| 2.9 |]
    ]

let private points: float[] = [| -3.7; -1.1; -0.2; 0.4; 1.9; 5.3 |]

/// Value and derivatives by variance, residual and each shape of one observation.
let private scored (innovation: Innovation) (shapes: float[]) (e: float) (h: float) : float * float * float * float[] =
    let value, byVariance, byResidual = [| nan |], [| nan |], [| nan |]
    let byShape = shapes |> Array.map (fun _ -> [| nan |])

    Innovation.score innovation (System.ReadOnlySpan shapes) [| e |] [| h |] value byVariance byResidual byShape

    value[0], byVariance[0], byResidual[0], byShape |> Array.map Array.head

let private valueOf (innovation: Innovation) (shapes: float[]) (e: float) (h: float) : float =
    let value, _, _, _ = scored innovation shapes e h
    value

[<Tests>]
let suite =
    testList
        "Innovation"
        [
            testCase "densities are those of their kernels, normalised and standardised by quadrature"
            <| fun () ->
                for innovation, shapes in cases do
                    for z in points do
                        let h = 2.3

                        let expected = logDensity innovation shapes z - 0.5 * log h
                        // The quadrature cuts the t's second moment at sinh 40; the kink of the GED costs it six digits.
                        Expect.isLessThan
                            (abs (valueOf innovation shapes (z * sqrt h) h - expected))
                            1e-5
                            $"%A{innovation} %A{shapes} at {z}"

            testCase "derivatives are the slopes of the densities"
            <| fun () ->
                let slope (f: float -> float) (x: float) : float =
                    let step = 1e-5 * max 1.0 (abs x)
                    (f (x + step) - f (x - step)) / (2.0 * step)

                // Central differences of step 1e-5 have ten digits, less the cancellation.
                let near (actual: float) (expected: float) (message: string) =
                    Expect.isLessThan (abs (actual - expected)) (1e-7 * max 1.0 (abs expected)) message

                for innovation, shapes in cases do
                    for e in points do
                        let h = 1.7
                        let _, byVariance, byResidual, byShape = scored innovation shapes e h
                        near byVariance (slope (valueOf innovation shapes e) h) $"%A{innovation} by h at {e}"

                        near byResidual (slope (fun e -> valueOf innovation shapes e h) e) $"%A{innovation} by e at {e}"

                        for i in 0 .. shapes.Length - 1 do
                            let moved (x: float) = Array.updateAt i x shapes

                            near
                                byShape[i]
                                (slope (fun x -> valueOf innovation (moved x) e h) shapes[i])
                                $"%A{innovation} by shape {i} at {e}"

            testCase "quantiles undo the distribution: the density integrates to the probability below them"
            <| fun () ->
                for innovation, shapes in cases do
                    for low, high in [ 0.01, 0.05; 0.2, 0.6; 0.9, 0.99 ] do
                        let from, until =
                            Innovation.quantile innovation shapes low, Innovation.quantile innovation shapes high

                        let cells = 20_000
                        let width = (until - from) / float cells

                        let mass =
                            Seq.init cells (fun i ->
                                width * exp (valueOf innovation shapes (from + (float i + 0.5) * width) 1.0))
                            |> Seq.sum

                        Expect.isLessThan (abs (mass - (high - low))) 1e-7 $"%A{innovation} {low}..{high}"

            testCase "draws have mean zero, variance one and the quantiles of the distribution"
            <| fun () ->
                let count = 40_000

                for innovation, shapes in cases do
                    let mutable rng = Rng.ofSeed 11L

                    let draws =
                        Array.init count (fun _ ->
                            let struct (z, next) = Innovation.draw innovation shapes rng
                            rng <- next
                            z)

                    // Four standard errors; the square of the heaviest t has a standard deviation of about five.
                    let allowed = 4.0 / sqrt (float count)
                    Expect.isLessThan (abs (Array.average draws)) allowed $"%A{innovation}: mean"

                    Expect.isLessThan
                        (abs (Array.averageBy (fun z -> z * z) draws - 1.0))
                        (5.0 * allowed)
                        $"%A{innovation}: variance"

                    for probability in [ 0.05; 0.5; 0.95 ] do
                        let below = Innovation.quantile innovation shapes probability

                        let share =
                            float (draws |> Array.filter (fun z -> z < below) |> Array.length) / float count

                        Expect.isLessThan (abs (share - probability)) (0.5 * allowed) $"%A{innovation}: {probability}"

                    let negative = draws |> Array.averageBy (fun z -> if z < 0.0 then z * z else 0.0)

                    Expect.isLessThan
                        (abs (Innovation.negativeShare innovation shapes - negative))
                        (5.0 * allowed)
                        $"%A{innovation}: share of the variance below zero"

            testCase "names come back from their text"
            <| fun () ->
                for innovation in innovations do
                    Expect.equal (Innovation.parse (Innovation.name innovation)) (Ok innovation) "the same"

                match Innovation.parse "student" with
                | Error(Fault.UnknownName(_, "student", known)) -> Expect.equal known Innovation.names "the known ones"
                | other -> failtest $"expected UnknownName, found %A{other}"
        ]
