/// Gradients of any function of tensors against central differences. Knows no model.
namespace VolatilityForge

open TorchSharp

/// How gradients are compared.
type GradientCheckConfig =
    {
        /// Step of a central difference: its error is about step^2 from the curve and 1e-16 / step from rounding.
        Step: float
        /// Largest difference accepted, as a share of the largest difference quotient of the same input.
        Tolerance: float
    }

/// One element of one input, as autograd and as differences see it.
type GradientElement =
    {
        Input: string
        /// Coordinates in the input.
        Index: int64[]
        Autograd: float
        Difference: float
        /// |Autograd - Difference| as a share of the largest difference quotient of this input.
        Share: float
    }

/// What a check found.
type GradientReport =
    {
        /// The element whose share is largest; a gradient that is not finite is worse than any other.
        Worst: GradientElement
        /// Elements compared.
        Count: int
        Tolerance: float
    }

    /// True when no element differs by more than the tolerance.
    member report.Passed: bool = report.Worst.Share <= report.Tolerance

/// Checking gradients.
[<RequireQualifiedAccess>]
module GradientCheck =

    /// Step 1e-5 and tolerance 2e-8, for functions in float64 of size and curvature about 1.
    let standard: GradientCheckConfig = { Step = 1e-5; Tolerance = 2e-8 }

    /// Coordinates of a row-major place.
    let private coordinates (shape: int64[]) (place: int) : int64[] =
        let rest, index =
            Array.foldBack (fun extent (rest, index) -> rest / extent, rest % extent :: index) shape (int64 place, [])

        ignore rest
        Array.ofList index

    let private check (inputs: (string * Tensor) list) : unit =
        if List.isEmpty inputs then
            Fault.raiseWith (Fault.BadSetting("inputs", "must name at least one tensor", "none"))

        for name, input in inputs do
            if input.dtype <> torch.ScalarType.Float64 then
                Fault.raiseWith (
                    Fault.BadSetting(name, "must be float64, since differences need it", string input.dtype)
                )

    /// The elements of an array that autograd and the differences give, the worst one.
    let private worst (name: string) (shape: int64[]) (gradient: float[]) (differences: float[]) : GradientElement =
        let largest =
            differences |> Array.fold (fun most value -> max most (abs value)) 1e-300

        Array.map2
            (fun found difference ->
                let share = abs (found - difference) / largest
                if System.Double.IsNaN share then infinity else share)
            gradient
            differences
        |> Array.mapi (fun place share ->
            {
                Input = name
                Index = coordinates shape place
                Autograd = gradient[place]
                Difference = differences[place]
                Share = share
            })
        |> Array.maxBy _.Share

    /// Compares autograd's gradients of a fixed random combination of f's elements with central differences, for every
    /// element of every input. Inputs are named, float64, not empty and stay as they are. A function that draws must draw the same
    /// each time: let it seed its generator first. An input that f doesn't read has gradient 0.
    let run (config: GradientCheckConfig) (f: Tensor[] -> Tensor) (inputs: (string * Tensor) list) : GradientReport =
        check inputs
        use scope = torch.NewDisposeScope()
        let leaves = [| for _, input in inputs -> input.detach().contiguous().clone() |]

        let combination (result: Tensor) : Tensor =
            let struct (weights, _) = Rng.ofSeed 1L |> Rng.normals (int (result.numel ()))
            (result * (Ops.ofDoubles result.shape weights).``to`` result.device).sum()

        let value () : float =
            Scope.inference (fun () -> f leaves |> combination |> Ops.toFloat)

        let gradients =
            use recording = torch.enable_grad ()

            for leaf in leaves do
                leaf.requires_grad <- true

            let found =
                torch.autograd.grad ([| f leaves |> combination |], leaves, allow_unused = true)

            for leaf in leaves do
                leaf.requires_grad <- false

            found

        let difference (leaf: Tensor) (element: int) : float =
            Scope.inference (fun () ->
                let cell = leaf.view([| -1L |]).narrow(0L, int64 element, 1L)
                let before = Ops.toFloat cell

                let at (step: float) =
                    cell.fill_ ((before + step).ToScalar()) |> ignore
                    value ()

                let above, below = at config.Step, at -config.Step
                cell.fill_ (before.ToScalar()) |> ignore
                (above - below) / (2.0 * config.Step))

        let elements =
            inputs
            |> List.mapi (fun index (name, input) ->
                let count = int (input.numel ())

                let gradient =
                    if gradients[index].IsInvalid then
                        Array.zeroCreate count
                    else
                        Ops.toDoubles gradients[index]

                worst name input.shape gradient (Array.init count (difference leaves[index])))

        {
            Worst = List.maxBy _.Share elements
            Count = inputs |> List.sumBy (fun (_, input) -> int (input.numel ()))
            Tolerance = config.Tolerance
        }

    /// As `run`; raises Fault.NotComputable with element and both values unless every gradient passes.
    let demand (config: GradientCheckConfig) (f: Tensor[] -> Tensor) (inputs: (string * Tensor) list) : unit =
        let report = run config f inputs

        if not report.Passed then
            let worst = report.Worst

            Fault.raiseWith (
                Fault.NotComputable(
                    $"the gradient by {worst.Input} at {Axes.showShape worst.Index}",
                    $"autograd gives {worst.Autograd:R}, differences {worst.Difference:R}",
                    "Compare the function's backward with its forward."
                )
            )
