/// `bench optimisers`: MathNet's minimisers on GARCH likelihoods beside the library's own search.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.IO
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Optimization
open VolatilityForge

/// Measuring and printing.
[<RequireQualifiedAccess>]
module Optimisers =

    /// Evaluations at most for a method without gradients.
    [<Literal>]
    let private Most = 5_000

    type private Problem =
        {
            Name: string
            Fit: GarchFit
            Data: GarchData
            Lower: float[]
            Upper: float[]
            Start: float[]
        }

    let private vector (values: float[]) = Vector<float>.Build.DenseOfArray values

    /// Returns in units of their deviation, so that no minimiser suffers from their scale.
    let private problem (name: string) (model: string) (innovation: Innovation) (returns: float[]) : Problem =
        let deviation = sqrt (returns |> Array.averageBy (fun r -> r * r))
        let data = GarchData.ofReturns (returns |> Array.map (fun r -> r / deviation))

        let spec =
            { GarchSpec.defaults with
                Variance = GarchSpec.parse model |> Fault.orRaise
                Innovation = innovation
                Stationary = false
            }

        let own (value: string -> float) =
            GarchSpec.parameterNames spec 0 0 |> List.map value |> List.toArray

        {
            Name = $"{name}: {model}, {Innovation.name innovation}"
            Fit = Garch.fit spec data |> Fault.orRaise
            Data = data
            Lower =
                own (fun name ->
                    match name with
                    | "mu" -> -5.0
                    | "omega" -> if model = "egarch" then -10.0 else 1e-8
                    | "alpha[1]" -> if model = "egarch" then -3.0 else 0.0
                    | "gamma[1]" -> if model = "egarch" then -3.0 else 0.0
                    | "nu" -> 2.1
                    | _ -> 0.0)
            Upper =
                own (fun name ->
                    match name with
                    | "nu" -> 400.0
                    | "beta[1]" -> 0.9999
                    | _ -> 5.0)
            Start =
                own (fun name ->
                    match name with
                    | "mu" -> Array.average data.Returns
                    | "omega" -> if model = "egarch" then -0.05 else 0.05
                    | "alpha[1]" -> if model = "egarch" then 0.2 else 0.05
                    | "gamma[1]" -> if model = "egarch" then -0.05 else 0.05
                    | "nu" -> 8.0
                    | _ -> 0.88)
        }

    /// Minus the mean log-likelihood and its gradient at a point; infinite outside the bounds.
    let private evaluate (problem: Problem) (counter: int ref) (point: Vector<float>) : float * Vector<float> =
        counter.Value <- counter.Value + 1
        let theta = point.ToArray()
        let n = float problem.Data.Returns.Length

        let inside =
            Seq.forall
                (fun i -> theta[i] >= problem.Lower[i] && theta[i] <= problem.Upper[i])
                (seq { 0 .. theta.Length - 1 })

        let moved = { problem.Fit with Parameters = theta }

        match
            (if inside then
                 Garch.filter moved problem.Data |> Result.toOption
             else
                 None)
        with
        | Some filtered when Double.IsFinite filtered.LogLikelihood ->
            -filtered.LogLikelihood / n, vector (GarchErrors.gradient moved problem.Data |> Array.map (fun g -> -g / n))
        | _ -> 1e10, vector (Array.zeroCreate theta.Length)

    let private methods: (string * (Problem -> int ref -> float)) list =
        let objective (problem: Problem) (counter: int ref) =
            ObjectiveFunction.Gradient(fun point ->
                let value, gradient = evaluate problem counter point in ValueTuple<_, _>(value, gradient))

        [
            "BfgsBMinimizer",
            fun problem counter ->
                let search = BfgsBMinimizer(1e-10, 1e-10, 1e-14, 1000)

                search
                    .FindMinimum(
                        objective problem counter,
                        vector problem.Lower,
                        vector problem.Upper,
                        vector problem.Start
                    )
                    .FunctionInfoAtMinimum.Value
            "BfgsMinimizer",
            fun problem counter ->
                BfgsMinimizer(1e-10, 1e-10, 1e-14, 1000)
                    .FindMinimum(objective problem counter, vector problem.Start)
                    .FunctionInfoAtMinimum.Value
            "ConjugateGradientMinimizer",
            fun problem counter ->
                ConjugateGradientMinimizer(1e-8, 100)
                    .FindMinimum(objective problem counter, vector problem.Start)
                    .FunctionInfoAtMinimum.Value
            "NelderMeadSimplex",
            fun problem counter ->
                let value =
                    ObjectiveFunction.Value(fun point -> fst (evaluate problem counter point))

                NelderMeadSimplex(1e-12, Most).FindMinimum(value, vector problem.Start).FunctionInfoAtMinimum.Value
        ]

    /// Prints, per minimiser, how often it came within 1e-4 of the log-likelihood of the library's fit, and its evaluations.
    let run (path: string) : unit =
        let published =
            File.ReadAllLines path
            |> Array.choose (fun line ->
                match Double.TryParse(line.Split(',')[0], Globalization.CultureInfo.InvariantCulture) with
                | true, value -> Some value
                | _ -> None)

        let series =
            ("DEM/GBP", published)
            :: (Stress.cases
                |> List.filter (fun case -> case.Returns.Length <= 1500)
                |> List.map (fun case -> case.Name, case.Returns))

        let problems =
            [
                for name, returns in series do
                    for model in [ "garch"; "gjr"; "egarch" ] do
                        for innovation in [ Innovation.Normal; Innovation.StudentT ] do
                            match Fault.catch (fun () -> problem name model innovation returns) with
                            | Ok made -> made
                            | Error _ -> ()
            ]

        let out = Console.Out
        let n (problem: Problem) = float problem.Data.Returns.Length

        let reached =
            problems |> List.map (fun problem -> -problem.Fit.LogLikelihood / n problem)

        out.WriteLine
            $"{problems.Length} likelihoods; ours: evaluations {problems |> List.averageBy (fun p -> float p.Fit.Diagnostics.Evaluations):F1} on average from a grid of starts"

        for name, search in methods do
            let mutable found, failed, better, evaluations = 0, 0, 0, 0
            let watch = Stopwatch.StartNew()

            for problem, best in List.zip problems reached do
                let counter = ref 0

                try
                    let value = search problem counter
                    let behind = n problem * (value - best)

                    if behind < 1e-4 then
                        found <- found + 1

                    if behind < -1e-4 then
                        better <- better + 1
                        out.WriteLine $"  {name} finds {-behind:G3} more: {problem.Name}"
                with error when not (error :? OutOfMemoryException) ->
                    failed <- failed + 1

                evaluations <- evaluations + counter.Value

            out.WriteLine
                $"{name, -28} at the optimum {found, 4} of {problems.Length}, better than ours {better}, raised {failed, 4}, evaluations {float evaluations / float problems.Length, 8:F1}, {watch.Elapsed.TotalSeconds:F1} s"
