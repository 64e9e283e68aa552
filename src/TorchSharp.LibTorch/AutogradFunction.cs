using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace TorchSharp;

public static partial class torch
{
    public static unsafe partial class autograd
    {
        /// <summary>What a function's forward leaves for its backward.</summary>
        public class AutogradContext : IDisposable
        {
            private readonly Dictionary<string, object?> data = [];
            private List<int> saved = [];

            internal AutogradContext() { }

            public bool MaterializeGrads { get; private set; } = true;

            internal List<Tensor> ToSave { get; private set; } = [];

            internal List<Tensor> Dirty { get; private set; } = [];

            internal List<Tensor> NonDifferentiable { get; private set; } = [];

            internal nint Node { get; set; }

            /// <summary>Call at most once, in forward; libtorch notices if one is changed in place before backward.</summary>
            public void save_for_backward(List<Tensor> tensors) => ToSave = tensors;

            public void save_data(string key, object value) => data[key] = value;

            /// <summary>Inputs that forward changes in place and returns.</summary>
            public void mark_dirty(List<Tensor> tensors) => Dirty = tensors.ToList();

            /// <summary>Outputs that no gradient flows through.</summary>
            public void mark_non_differentiable(List<Tensor> tensors) =>
                NonDifferentiable = tensors.ToList();

            /// <summary>Whether backward gets zeros, not invalid tensors, for outputs without a gradient; true at first.</summary>
            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            /// <summary>The tensors of save_for_backward, in their order; throws once the graph has been freed.</summary>
            public List<Tensor> get_saved_variables() =>
                saved
                    .Select(i =>
                        i < 0 ? null! : new Tensor(Native.Check(Native.vf_node_saved(Node, i)))
                    )
                    .ToList();

            public object? get_data(string key) => data.GetValueOrDefault(key);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing) => data.Clear();

            // `made` holds, for each of the outputs that forward gave, the tensor that stands in the graph.
            internal void Commit(nint node, List<Tensor> outputs, List<Tensor> made)
            {
                saved = [];
                foreach (Tensor? tensor in ToSave)
                {
                    if (tensor is null || tensor.IsInvalid)
                    {
                        saved.Add(-1);
                        continue;
                    }

                    int output = outputs.FindIndex(other => other.handle == tensor.handle);
                    Tensor kept = output >= 0 ? made[output] : tensor;
                    int index = Native.vf_node_save(
                        node,
                        kept.Handle,
                        output >= 0 && !kept.is_leaf ? 1 : 0
                    );
                    Native.Check(index);
                    saved.Add(index);
                }

                ToSave = [];
                Dirty = [];
                NonDifferentiable = [];
            }
        }

        /// <summary>A differentiable operation: subclass SingleTensorFunction or MultiTensorFunction and call apply.</summary>
        public abstract class Function<T>
            where T : Function<T>, new()
        {
            internal static T Instance { get; } = new();

            public abstract string Name { get; }

            public static List<Tensor> apply_internal(params object[] vars)
            {
                var inputs = vars.OfType<Tensor>().Where(tensor => !tensor.IsInvalid).ToList();
                bool recorded = is_grad_enabled() && inputs.Any(tensor => tensor.requires_grad);
                var context = new AutogradContext();
                List<Tensor> outputs;
                using (no_grad())
                {
                    outputs = Instance.forward_internal(context, vars);
                }

                return recorded ? Record(context, vars, inputs, outputs) : outputs;
            }

            internal abstract List<Tensor> forward_internal(
                AutogradContext ctx,
                params object[] vars
            );

            internal abstract List<Tensor> backward_internal(
                AutogradContext ctx,
                List<Tensor> grad_outputs
            );

            private static List<Tensor> Record(
                AutogradContext context,
                object[] vars,
                List<Tensor> inputs,
                List<Tensor> outputs
            )
            {
                var step = new BackwardStep(
                    context,
                    Instance.backward_internal,
                    Instance.Name,
                    vars.Select(var => var is Tensor { IsInvalid: false }).ToArray(),
                    outputs.Select(output => (output.shape, output.dtype, output.device)).ToArray()
                );
                nint node = step.Attach(inputs);
                try
                {
                    var made = new List<Tensor>();
                    foreach (Tensor output in outputs)
                    {
                        nint handle = Native.Check(
                            Native.vf_node_output(
                                node,
                                output.Handle,
                                inputs.Exists(input => input.handle == output.handle) ? 1 : 0,
                                context.Dirty.Exists(dirty => dirty.handle == output.handle)
                                    ? 1
                                    : 0,
                                context.NonDifferentiable.Exists(other =>
                                    other.handle == output.handle
                                )
                                    ? 0
                                    : 1
                            )
                        );
                        made.Add(new Tensor(handle));
                    }

                    context.Commit(node, outputs, made);
                    return made;
                }
                finally
                {
                    Native.vf_node_release(node);
                    GC.KeepAlive(outputs);
                    GC.KeepAlive(inputs);
                }
            }
        }

        public abstract class SingleTensorFunction<T> : Function<T>
            where T : SingleTensorFunction<T>, new()
        {
            public static Tensor apply(params object[] vars) => apply_internal(vars)[0];

            public abstract Tensor forward(AutogradContext ctx, params object[] vars);

            /// <summary>One gradient, or null, for each argument of apply. Tensors made inside are disposed after it.</summary>
            public abstract List<Tensor> backward(AutogradContext ctx, Tensor grad_output);

            internal sealed override List<Tensor> forward_internal(
                AutogradContext ctx,
                params object[] vars
            ) => [forward(ctx, vars)];

            internal sealed override List<Tensor> backward_internal(
                AutogradContext ctx,
                List<Tensor> grad_outputs
            ) => backward(ctx, grad_outputs[0]);
        }

        public abstract class MultiTensorFunction<T> : Function<T>
            where T : MultiTensorFunction<T>, new()
        {
            public static List<Tensor> apply(params object[] vars) => apply_internal(vars);

            public abstract List<Tensor> forward(AutogradContext ctx, params object[] vars);

            /// <summary>One gradient, or null, for each argument of apply. Tensors made inside are disposed after it.</summary>
            public abstract List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);

            internal sealed override List<Tensor> forward_internal(
                AutogradContext ctx,
                params object[] vars
            ) => forward(ctx, vars);

            internal sealed override List<Tensor> backward_internal(
                AutogradContext ctx,
                List<Tensor> grad_outputs
            ) => backward(ctx, grad_outputs);
        }

        // The managed half of a native node, which owns the handle that keeps it alive.
        private sealed class BackwardStep(
            AutogradContext context,
            Func<AutogradContext, List<Tensor>, List<Tensor>> backward,
            string name,
            bool[] isTensor,
            (long[] Shape, ScalarType Type, Device Device)[] outputs
        )
        {
            internal nint Attach(List<Tensor> inputs)
            {
                nint[] handles = Handles(inputs);
                nint self = GCHandle.ToIntPtr(GCHandle.Alloc(this));
                nint node;
                fixed (nint* pointer = handles)
                {
                    node = (nint)Native.vf_node_new(self, &Apply, &Forget, pointer, handles.Length);
                }

                if (node == 0)
                {
                    GCHandle.FromIntPtr(self).Free();
                    throw Native.Failure();
                }

                context.Node = (nint)Native.vf_node_raw(node);
                return node;
            }

            [UnmanagedCallersOnly]
            private static void Forget(nint state) => GCHandle.FromIntPtr(state).Free();

            [UnmanagedCallersOnly]
            private static int Apply(
                nint state,
                nint* gradients,
                int count,
                nint* results,
                int expected,
                byte* message,
                int capacity
            )
            {
                try
                {
                    var step = (BackwardStep)GCHandle.FromIntPtr(state).Target!;
                    step.Run(
                        new ReadOnlySpan<nint>(gradients, count),
                        new Span<nint>(results, expected)
                    );
                    return 0;
                }
                catch (Exception error)
                {
                    string text = error.Message;
                    int length =
                        Encoding.UTF8.GetByteCount(text) < capacity ? text.Length : capacity / 4;
                    int written = Encoding.UTF8.GetBytes(
                        text.AsSpan(0, length),
                        new Span<byte>(message, capacity - 1)
                    );
                    message[written] = 0;
                    return 1;
                }
            }

            private void Run(ReadOnlySpan<nint> gradients, Span<nint> results)
            {
                // The engine may run this on a thread of its own, where no caller's scope would ever free anything.
                using DisposeScope scope = NewDisposeScope();
                var received = new List<Tensor>();
                for (int i = 0; i < gradients.Length; i++)
                {
                    received.Add(
                        gradients[i] != 0 ? new Tensor(gradients[i])
                        : context.MaterializeGrads
                            ? zeros(outputs[i].Shape, outputs[i].Type, outputs[i].Device)
                        : Tensor.Undefined()
                    );
                }

                List<Tensor> given = backward(context, received);
                if (
                    given.Count > isTensor.Length
                    && given.Skip(isTensor.Length).All(tensor => tensor is null || tensor.IsInvalid)
                )
                {
                    given = given.GetRange(0, isTensor.Length);
                }

                if (given.Count != isTensor.Length)
                {
                    throw new NotImplementedException(
                        $"the backward of {name} gave {given.Count} gradients for {isTensor.Length} arguments"
                    );
                }

                int place = 0;
                for (int i = 0; i < given.Count; i++)
                {
                    Tensor? gradient = given[i] is { IsInvalid: false } ? given[i] : null;
                    if (isTensor[i])
                    {
                        results[place++] = gradient is null
                            ? 0
                            : Native.Check(Native.vf_tensor_alias(gradient.Handle));
                        GC.KeepAlive(gradient);
                    }
                    else if (gradient is not null)
                    {
                        throw new NotImplementedException(
                            $"the backward of {name} gave a gradient for argument {i + 1}, which is no tensor"
                        );
                    }
                }
            }
        }
    }
}
