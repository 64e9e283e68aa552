/// Trading time for memory: what a function computes on the way is thrown away and computed again in the backward pass
/// (Chen et al. 2016, arXiv 1604.06174). Knows no model.
namespace VolatilityForge

open System.Collections.Generic
open TorchSharp

/// Gradients of a function that is run again in a backward pass.
[<RequireQualifiedAccess>]
module internal Recomputed =

    /// f of `prepared` inputs, recorded apart from whatever led to them, and its gradients by each that asks for one, given
    /// the gradient of the result; null for the others. In a backward pass that is itself recorded (create_graph), they are
    /// part of the graph. The caller frees what is made on the way.
    let gradients (f: Tensor[] -> Tensor) (inputs: Tensor[]) (given: Tensor) : Tensor[] =
        let recorded = torch.is_grad_enabled ()
        use recording = torch.enable_grad ()

        let own =
            [|
                for input in inputs ->
                    if isNull input || not input.requires_grad then input
                    // A node between the input and f: of two inputs, one made from the other, each gets its own part.
                    elif recorded then input.view input.shape
                    else input.detach().requires_grad_()
            |]

        let asks (input: Tensor) =
            not (isNull input) && input.requires_grad

        let result = f own

        if not result.requires_grad then
            Array.create inputs.Length null
        else
            let found =
                torch.autograd.grad (
                    [| result |],
                    Array.filter asks own,
                    [| given |],
                    retain_graph = recorded,
                    create_graph = recorded,
                    allow_unused = true
                )

            let mutable next = -1

            own
            |> Array.map (fun input ->
                if asks input then
                    next <- next + 1
                    if found[next].IsInvalid then null else found[next]
                else
                    null)

/// What is run again, and the generators it draws from.
type private Recomputation =
    {
        Function: Tensor[] -> Tensor
        Generators: torch.Generator list
        /// True when a gradient graph is recorded around the call.
        Recorded: bool
    }

/// The node of a checkpointed function. Arguments of apply: a Recomputation, then the inputs.
type private CheckpointNode() =
    inherit torch.autograd.MultiTensorFunction<CheckpointNode>()

    let place = "recomputation"

    // Inputs without a graph leave one in the result only through a tensor that is no input.
    let watched (f: Tensor[] -> Tensor) (inputs: Tensor[]) : Tensor =
        use recording = torch.enable_grad ()

        let result =
            f
                [|
                    for input in inputs -> if input.requires_grad then input.detach () else input
                |]

        if result.requires_grad then
            let reason =
                "the function reads a tensor that requires a gradient and is no input, which would get none"

            Fault.raiseWith (Fault.NotComputable("gradient checkpointing", reason, "Pass that tensor as an input."))

        result

    override _.Name = "gradient checkpointing"

    override _.forward(context, arguments) =
        let again = arguments[0] :?> Recomputation
        let inputs = arguments[1..] |> Array.map (fun argument -> argument :?> Tensor)
        let states = again.Generators |> List.map _.get_state()
        context.save_for_backward (List(Seq.append inputs states))
        context.save_data (place, again)

        let result =
            Scope.one (fun () ->
                let result =
                    if again.Recorded then
                        watched again.Function inputs
                    else
                        again.Function inputs

                // An input handed back is the caller's: the scope must not free or move it.
                if inputs |> Array.exists (fun input -> obj.ReferenceEquals(input, result)) then
                    result.alias ()
                else
                    result)

        List [ result ]

    override _.backward(context, gradients) =
        let again = context.get_data place :?> Recomputation
        let saved = context.get_saved_variables ()
        let count = saved.Count - again.Generators.Length
        let current = again.Generators |> List.map _.get_state()

        let restore (states: Tensor seq) =
            Seq.iter2
                (fun (generator: torch.Generator) (state: Tensor) -> generator.set_state state)
                again.Generators
                states

        try
            restore (Seq.skip count saved)

            let found =
                Scope.keeping (Seq.filter (fun (gradient: Tensor) -> not (isNull gradient))) (fun () ->
                    Recomputed.gradients again.Function (Seq.take count saved |> Array.ofSeq) gradients[0])

            List(Seq.append [ null ] found)
        finally
            restore current

            // An engine may run this on a thread without a scope, where nothing else would free them.
            for tensor in Seq.append saved current do
                tensor.Dispose()

/// Gradient checkpointing of any function.
[<RequireQualifiedAccess>]
module Checkpointing =

    /// f of the inputs. Only the inputs are kept for the backward pass, which runs f again, from the generators' states of
    /// this call, and then leaves the generators as it found them. Gradients reach the inputs and nothing else; where they
    /// are recorded, f reading another tensor that requires one raises Fault.NotComputable. f must be a function of inputs
    /// and generators alone, and the generators must live until the backward pass. Nests to any depth; what an inner
    /// function reads of an outer one's inputs must be its own input too, or the backward pass raises.
    /// Gradients are those of the plain run, on CPU bit for bit. A backward pass with create_graph records the second run,
    /// at the plain run's cost in memory, so that second derivatives can follow.
    let many (generators: torch.Generator list) (f: Tensor[] -> Tensor) (inputs: Tensor[]) : Tensor =
        let again =
            {
                Function = f
                Generators = generators
                Recorded = torch.is_grad_enabled ()
            }

        CheckpointNode.apply(Array.append [| box again |] (Array.map box inputs))[0]

    /// f of one tensor, without draws; see `many`.
    let one (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        many [] (fun inputs -> f inputs[0]) [| x |]

/// Checkpointing under the name it has elsewhere.
[<AutoOpen>]
module GradientCheckpointing =

    /// expensive_fn of x, computed again in the backward pass; see Checkpointing.many.
    let gradient_checkpointing (expensive_fn: Tensor -> Tensor) (x: Tensor) : Tensor = Checkpointing.one expensive_fn x
