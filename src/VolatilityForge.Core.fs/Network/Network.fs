/// What can be trained, run, kept and put together, and how little a network of one's own must say. Knows no architecture.
namespace VolatilityForge

open System
open System.Collections.Generic
open TorchSharp

/// One trainable tensor.
type Parameter =
    {
        /// Unique in its network; its name in a checkpoint.
        Name: string
        Value: Tensor
        /// True when weight decay applies: matrices, not gains and biases.
        Decays: bool
    }

/// Anything with a forward function and named parameters.
type IDifferentiable =

    /// The parameters, in an order that never changes; the network owns their tensors.
    abstract Parameters: Parameter[]

    /// The answer to an input, (batch, time, features) for a network that forecasts; its answer is one number per sample,
    /// (batch). Dropout is drawn from the generator; without one there is none (inference).
    abstract Forward: input: Tensor * generator: torch.Generator option -> Tensor

/// A map of a type into itself: such maps can be put one after another.
type IComposable<'value> =

    /// The image of a value.
    abstract Apply: value: 'value -> 'value

/// What has a state that can be kept and put back.
type IStateful =

    /// A copy of the state on the host.
    abstract State: unit -> StoredTensor list

    /// Puts a state back. Raises Fault.UnknownName for a tensor that the list lacks and Fault.BadShape for one of another
    /// shape; then nothing has changed.
    abstract Load: state: StoredTensor list -> unit

/// A part of a network: trainable, and a map of tensors.
type ILayer =
    inherit IDifferentiable
    inherit IComposable<Tensor>

/// A network in two halves: from an input to features of its own, and from these to the answer.
type IArchitecture<'input, 'output> =

    /// The input's encoding. Dropout is drawn from the generator; without one there is none.
    abstract Encode: input: 'input * generator: torch.Generator option -> Tensor

    /// The answer to an encoding.
    abstract Decode: encoded: Tensor -> 'output

/// A whole network: it can be trained, kept and applied.
type IModel =
    inherit ILayer
    inherit IStateful

/// What a network is beyond its parameters.
type IDescribed =

    /// Settings that the parameters don't show, such as a rate of dropout, as text. A training run is gone on with by a
    /// network of the same description only.
    abstract Description: string

/// Maps put one after another.
[<RequireQualifiedAccess>]
module Composable =

    /// A map from a function.
    let ofFunction (f: 'value -> 'value) : IComposable<'value> =
        { new IComposable<'value> with
            member _.Apply value = f value
        }

    /// The first map, then the second.
    let compose (first: IComposable<'value>) (second: IComposable<'value>) : IComposable<'value> =
        ofFunction (first.Apply >> second.Apply)

/// Parameters of weights that stand in records.
[<RequireQualifiedAccess>]
module Parameter =

    /// The leaves of a record in the order in which its map visits them.
    let leaves (map: ('leaf -> unit) -> 'mapped) : 'leaf list =
        let found = ResizeArray()
        map found.Add |> ignore
        List.ofSeq found

    /// What a record's map turns into the record of these parameters' tensors: each call gives the next one.
    let inOrder (parameters: Parameter[]) : 'leaf -> Tensor =
        let tensors = Queue(parameters |> Seq.map _.Value)
        fun _ -> tensors.Dequeue()

    /// Parameters drawn in order from the generator, float32 on the device. Those of two or more axes decay.
    let draw (device: torch.Device) (rng: Rng) (starts: (string * Initial) list) : Parameter[] =
        let mutable state = rng

        [|
            for name, start in starts ->
                let next, values = Initial.values state start
                state <- next

                {
                    Name = name
                    Value = Scope.one (fun () -> (Ops.ofArray (Initial.shape start) values).``to`` device)
                    Decays = (Initial.shape start).Length >= 2
                }
        |]

/// Networks from parameters and a function, and what holds for every network.
[<RequireQualifiedAccess>]
module Network =

    /// Copies of the parameters on the host, by name.
    let parameterState (network: IDifferentiable) : StoredTensor list =
        [
            for parameter in network.Parameters -> StoredTensor.ofTensor parameter.Name parameter.Value
        ]

    /// Puts weights by name into the parameters, in place. Raises Fault.UnknownName for a parameter that the list lacks or a
    /// name that no parameter has, and Fault.BadShape for one of another shape; then nothing has changed.
    let loadParameters (network: IDifferentiable) (weights: StoredTensor list) : unit =
        weights
        |> StoredTensor.copyInto [ for parameter in network.Parameters -> parameter.Name, parameter.Value ]

    /// The network's own state where it has one (IStateful), else its parameters.
    let state (network: IDifferentiable) : StoredTensor list =
        match network with
        | :? IStateful as stateful -> stateful.State()
        | _ -> parameterState network

    /// Puts a state back; see state and loadParameters.
    let load (network: IDifferentiable) (state: StoredTensor list) : unit =
        match network with
        | :? IStateful as stateful -> stateful.Load state
        | _ -> loadParameters network state

    /// Frees a network: all it owns when it can do so itself, else its parameters.
    let release (network: IDifferentiable) : unit =
        match network with
        | :? IDisposable as owner -> owner.Dispose()
        | _ ->
            for parameter in network.Parameters do
                parameter.Value.Dispose()

    /// A network of parameters and a function of generator and input, with a description (see IDescribed). It owns the
    /// parameters.
    let ofDescribed
        (description: string)
        (parameters: Parameter seq)
        (forward: torch.Generator option -> Tensor -> Tensor)
        : IModel =
        let parameters = Array.ofSeq parameters

        { new IModel with
            member _.Parameters = parameters
            member _.Forward(input, generator) = forward generator input
            member _.Apply input = forward None input
            member model.State() = parameterState model
            member model.Load weights = loadParameters model weights
          interface IDescribed with
              member _.Description = description
          interface IDisposable with
              member _.Dispose() =
                  for parameter in parameters do
                      parameter.Value.Dispose()
        }

    /// A network of parameters and a function of generator and input. It owns the parameters.
    let ofForward (parameters: Parameter seq) (forward: torch.Generator option -> Tensor -> Tensor) : IModel =
        ofDescribed "" parameters forward

    /// A network of parameters and an architecture over them: decode after encode. It owns the parameters.
    let ofArchitecture (parameters: Parameter seq) (architecture: IArchitecture<Tensor, Tensor>) : IModel =
        ofForward parameters (fun generator input -> architecture.Encode(input, generator) |> architecture.Decode)

    /// Layers one after another as one network that owns them. A parameter's name is its layer's name, a point and its own.
    let ofLayers (layers: (string * ILayer) list) : IModel =
        let parameters =
            [
                for name, layer in layers do
                    for parameter in layer.Parameters ->
                        { parameter with
                            Name = $"{name}.{parameter.Name}"
                        }
            ]

        ofForward parameters (fun generator input ->
            layers |> List.fold (fun x (_, layer) -> layer.Forward(x, generator)) input)

    /// The network, when it has parameters of unique names, each a tensor of its own that nothing computed, all float32 or
    /// all float64, on one device. Weights in half precision lose the small steps of training: networks compute in it, see
    /// Precision, and keep their weights wide.
    let check (network: IDifferentiable) : Result<IDifferentiable, Fault> =
        let isWide (tensor: Tensor) =
            tensor.dtype = torch.ScalarType.Float32
            || tensor.dtype = torch.ScalarType.Float64

        let differing (what: string) (of': Tensor -> string) (parameters: Parameter[]) =
            match parameters |> Array.map (fun parameter -> of' parameter.Value) |> Array.distinct with
            | [||]
            | [| _ |] -> []
            | several ->
                [
                    Fault.BadSetting(
                        "parameters of the network",
                        $"must be of one {what}",
                        String.concat " and " several
                    )
                ]

        let wrong (rule: string) (found: string) =
            Fault.BadSetting("parameters of the network", rule, found)

        let parameters = network.Parameters

        let faults =
            [
                if parameters.Length = 0 then
                    wrong "must be one or more" "none"
                for name, count in parameters |> Array.countBy _.Name do
                    if String.IsNullOrWhiteSpace name then
                        wrong "must have names" "an empty name"
                    elif count > 1 then
                        wrong "must have unique names" $"{count} of the name {name}"
                for parameter in parameters do
                    if isNull parameter.Value then
                        wrong "must have tensors" $"none for {parameter.Name}"
                    elif not (isWide parameter.Value) then
                        wrong "must be float32 or float64" $"{parameter.Name} of type {parameter.Value.dtype}"
                    elif not parameter.Value.is_leaf then
                        wrong "must be tensors that nothing computed" $"{parameter.Name}, the result of an operation"
                let present =
                    parameters |> Array.filter (fun parameter -> not (isNull parameter.Value))

                for _, same in present |> Array.groupBy (fun parameter -> parameter.Value.Handle) do
                    if same.Length > 1 then
                        let names = same |> Array.map _.Name |> String.concat " and "
                        wrong "must be tensors of their own" $"one tensor under the names {names}"

                yield! differing "element type" (fun tensor -> string tensor.dtype) present
                yield! differing "device" (fun tensor -> string tensor.device) present
            ]

        match faults with
        | [] -> Ok network
        | several -> Error(Fault.combine several)

    /// The network with its promises kept watch over: raises the faults of `check` at once, Fault.BadShape for an answer
    /// that is not one number per sample, or (batch, answers) where `answers` holds their number, and Fault.NotComputable for an answer in
    /// training that depends on no parameter. A parameter that the answer doesn't read is no fault: its gradient is zero.
    let watchedFor (answers: int64[]) (network: IDifferentiable) : IDifferentiable =
        let network = check network |> Fault.orRaise

        { new IDifferentiable with
            member _.Parameters = network.Parameters

            member _.Forward(input, generator) =
                let answer = network.Forward(input, generator)

                if isNull answer then
                    Fault.raiseWith (Fault.BadShape("the network's answer", "the tensor", "of shape (batch)", "null"))

                Axes.exactly
                    "the network's answer"
                    (("batch", input.shape[0]) :: [ for extent in answers -> "answers", extent ])
                    answer

                if generator.IsSome && not answer.requires_grad then
                    Fault.raiseWith (
                        Fault.NotComputable(
                            "Training",
                            "the network's answer depends on none of its parameters",
                            "Let Forward compute with the tensors of Parameters, not with copies or detached ones."
                        )
                    )

                answer
        }

    /// As watchedFor, for a network of one number per sample.
    let watched (network: IDifferentiable) : IDifferentiable = watchedFor [||] network
