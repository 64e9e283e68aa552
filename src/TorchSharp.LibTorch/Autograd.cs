using System;
using System.Collections.Generic;
using System.Linq;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Within the returned scope, on this thread, no graph is recorded.</summary>
    public static IDisposable no_grad() => new AutoGradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new AutoGradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new AutoGradMode(mode);

    public static bool is_grad_enabled() => AutoGradMode.IsEnabled;

    /// <summary>As no_grad, and what is made inside can never enter a graph.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => Native.vf_is_inference_mode() != 0;

    private sealed class AutoGradMode : IDisposable
    {
        private readonly int before;

        internal AutoGradMode(bool enabled) => before = Native.vf_grad_mode(enabled ? 1 : 0);

        internal static bool IsEnabled => Native.vf_grad_mode(-1) != 0;

        public void Dispose() => Native.vf_grad_mode(before);
    }

    private sealed unsafe class InferenceMode : IDisposable
    {
        private void* guard;

        internal InferenceMode(bool mode) =>
            guard = (void*)Native.Check(Native.vf_inference_enter(mode ? 1 : 0));

        public void Dispose()
        {
            if (guard != null)
            {
                Native.vf_inference_leave(guard);
                guard = null;
            }
        }
    }

    public static unsafe partial class autograd
    {
        /// <summary>
        /// The gradient of the sum of <paramref name="outputs"/> with respect to each input; nothing is accumulated.
        /// An unused input is a failure, or with <paramref name="allow_unused"/> an invalid tensor in its place.
        /// </summary>
        public static IList<Tensor> grad(
            IList<Tensor> outputs,
            IList<Tensor> inputs,
            IList<Tensor>? grad_outputs = null,
            bool retain_graph = false,
            bool create_graph = false,
            bool allow_unused = false
        )
        {
            nint[] from = Handles(outputs);
            nint[] to = Handles(inputs);
            nint[] seeds = Handles(grad_outputs);
            var results = new nint[to.Length];
            fixed (
                nint* pFrom = from,
                    pTo = to,
                    pSeeds = seeds,
                    pResults = results
            )
            {
                Native.Check(
                    Native.vf_gradients(
                        pFrom,
                        from.Length,
                        pTo,
                        to.Length,
                        pSeeds,
                        seeds.Length,
                        retain_graph ? 1 : 0,
                        create_graph ? 1 : 0,
                        allow_unused ? 1 : 0,
                        pResults
                    )
                );
            }

            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return results
                .Select(handle => handle == 0 ? Tensor.Undefined() : new Tensor(handle))
                .ToList();
        }

        /// <summary>Adds the gradients of <paramref name="tensors"/> to the leaves, or to <paramref name="inputs"/> alone.</summary>
        public static void backward(
            IList<Tensor> tensors,
            IList<Tensor>? grad_tensors = null,
            bool? retain_graph = null,
            bool create_graph = false,
            IList<Tensor>? inputs = null
        )
        {
            nint[] from = Handles(tensors);
            nint[] seeds = Handles(grad_tensors);
            nint[] to = Handles(inputs);
            fixed (
                nint* pFrom = from,
                    pSeeds = seeds,
                    pTo = to
            )
            {
                Native.Check(
                    Native.vf_backward(
                        pFrom,
                        from.Length,
                        pSeeds,
                        seeds.Length,
                        retain_graph ?? create_graph ? 1 : 0,
                        create_graph ? 1 : 0,
                        pTo,
                        to.Length
                    )
                );
            }

            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(
            Tensor tensor,
            IList<Tensor>? grad_tensors = null,
            bool? retain_graph = null,
            bool create_graph = false,
            IList<Tensor>? inputs = null
        ) => backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(
            Tensor tensor,
            Tensor grad_tensor,
            bool? retain_graph = null,
            bool create_graph = false,
            IList<Tensor>? inputs = null
        ) => backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        private static nint[] Handles(IList<Tensor>? tensors)
        {
            if (tensors is null)
            {
                return [];
            }

            var handles = new nint[tensors.Count];
            for (int i = 0; i < handles.Length; i++)
            {
                handles[i] = tensors[i] is null ? 0 : tensors[i].Handle;
            }

            return handles;
        }
    }
}
