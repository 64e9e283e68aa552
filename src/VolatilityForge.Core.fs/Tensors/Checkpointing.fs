/// Trading time for memory: what a function computes on the way is thrown away and computed again in the backward pass
/// (Chen et al. 2016, arXiv 1604.06174). Knows no model.
namespace VolatilityForge

open System.Collections.Generic
open TorchSharp

/// What is run again, and the generators it draws from.
type private Recomputation =
    {
        Function: Tensor[] -> Tensor
        Generators: torch.Generator list
    }

/// The node of a checkpointed function. Arguments of apply: a Recomputation, then the inputs.
type private CheckpointNode() =
    inherit torch.autograd.MultiTensorFunction<CheckpointNode>()

    let place = "recomputation"

    override _.Name = "gradient checkpointing"

    override _.forward(context, arguments) =
        let again = arguments[0] :?> Recomputation
        let inputs = arguments[1..] |> Array.map (fun argument -> argument :?> Tensor)
        let states = again.Generators |> List.map _.get_state()
        context.save_for_backward (List(Seq.append inputs states))
        context.save_data (place, again)

        let result =
            Scope.one (fun () ->
                let result = again.Function inputs

                // An input handed back is the caller's: the scope must not free or move it.
                if inputs |> Array.exists (fun input -> obj.ReferenceEquals(input, result)) then
                    result.alias ()
                else
                    result)

        List [ result ]

    override _.backward(context, gradients) =
        if torch.is_grad_enabled () then
            let what = "second derivatives of a checkpointed function"
            Fault.raiseWith (Fault.NotComputable(what, "the recomputation isn't recorded", "Leave the checkpoint out."))

        let again = context.get_data place :?> Recomputation
        let saved = context.get_saved_variables ()
        let count = saved.Count - again.Generators.Length
        let current = again.Generators |> List.map _.get_state()

        let restore (states: Tensor seq) =
            Seq.iter2
                (fun (generator: torch.Generator) (state: Tensor) -> generator.set_state state)
                again.Generators
                states

        restore (Seq.skip count saved)

        try
            let found =
                Scope.keeping (Seq.filter (fun (gradient: Tensor) -> not (isNull gradient))) (fun () ->
                    use recording = torch.enable_grad ()

                    let inputs =
                        [|
                            for input in Seq.take count saved ->
                                if input.requires_grad then
                                    input.detach().requires_grad_()
                                else
                                    input
                        |]

                    let result = again.Function inputs
                    let wanted = inputs |> Array.filter _.requires_grad

                    if not result.requires_grad then
                        Array.create count null
                    else
                        let given =
                            torch.autograd.grad ([| result |], wanted, [| gradients[0] |], allow_unused = true)

                        let mutable next = -1

                        inputs
                        |> Array.map (fun input ->
                            if input.requires_grad then
                                next <- next + 1
                                if given[next].IsInvalid then null else given[next]
                            else
                                null))

            List(Seq.append [ null ] found)
        finally
            restore current

/// Gradient checkpointing of any function.
[<RequireQualifiedAccess>]
module Checkpointing =

    /// f of the inputs. Only the inputs are kept for the backward pass, which runs f again, from the generators' states of
    /// this call, and then leaves the generators as it found them. Gradients reach the inputs and nothing else: every
    /// parameter that f reads must be one of them. f must be a function of inputs and generators alone, and the generators must
    /// live until the backward pass. Nests to any depth.
    /// Gradients are those of the plain run, on CPU bit for bit; second derivatives raise Fault.NotComputable.
    let many (generators: torch.Generator list) (f: Tensor[] -> Tensor) (inputs: Tensor[]) : Tensor =
        let again =
            {
                Function = f
                Generators = generators
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
