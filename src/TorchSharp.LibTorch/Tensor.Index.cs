using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => Pick(i1);
            set => Store(value, i1);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => Pick(i1, i2);
            set => Store(value, i1, i2);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => Pick(i1, i2, i3);
            set => Store(value, i1, i2, i3);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => Pick(i1, i2, i3, i4);
            set => Store(value, i1, i2, i3, i4);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => Pick(i1, i2, i3, i4, i5);
            set => Store(value, i1, i2, i3, i4, i5);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => Pick(i1, i2, i3, i4, i5, i6);
            set => Store(value, i1, i2, i3, i4, i5, i6);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => Pick(indices);
            set => Store(value, indices);
        }

        /// <summary>As Python's brackets: a view unless a tensor is among the indices.</summary>
        public Tensor index(params TensorIndex[] indices)
        {
            using var walk = new IndexWalk(this, indices);
            return walk.Selects ? Ops.index.Call(walk.View, walk.Selectors) : walk.Take();
        }

        public Tensor index(params Tensor[] indices) =>
            index(indices.Select(TensorIndex.Tensor).ToArray());

        /// <summary>Writes a value, broadcast, where index would read; returns this tensor.</summary>
        public Tensor index_put_(Tensor value, params TensorIndex[] indices) =>
            Put(value, indices, false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false) =>
            !accumulate || indices.Any(i => i.Form == TensorIndex.Kind.Tensor)
                ? Put(value, indices, accumulate)
                : throw new ArgumentException(
                    "To accumulate, the indices must contain a tensor.",
                    nameof(indices)
                );

        public Tensor index_put_(Tensor value, params Tensor[] indices) =>
            Put(value, indices.Select(TensorIndex.Tensor).ToArray(), false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            Put(value, indices.Select(TensorIndex.Tensor).ToArray(), accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using Tensor tensor = torch.full([], value, dtype, device);
            return Put(tensor, indices, false);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) =>
            index_put_(value, indices.Select(TensorIndex.Tensor).ToArray());

        public Tensor index_select(long dim, Tensor index) =>
            Ops.index_select.Call(this, dim, index);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Ops.index_add.Call(this, dim, index, source, alpha);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Ops.index_add_.Change(this, this, dim, index, source, alpha);

        public Tensor index_copy(long dim, Tensor index, Tensor source) =>
            Ops.index_copy.Call(this, dim, index, source);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Ops.index_copy_.Change(this, this, dim, index, source);

        public Tensor index_fill(long dim, Tensor index, Scalar value) =>
            Ops.index_fill.Call(this, dim, index, value);

        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            Ops.index_fill_.Change(this, this, dim, index, value);

        /// <summary>A view of one slice, without that dimension.</summary>
        public Tensor select(long dim, long index) => Ops.select.Call(this, dim, index);

        /// <summary>A view from start to finish - 1.</summary>
        public Tensor slice(long dim, long start, long finish, long step) =>
            step >= 1
                ? Ops.slice.Call(this, dim, start, finish, step)
                : throw new ArgumentException($"step is {step}, but it should always be positive.");

        public Tensor narrow(long dim, long start, long length) =>
            Ops.narrow.Call(this, dim, start, length);

        public Tensor take(Tensor index) => Ops.take.Call(this, index);

        public Tensor gather(long dim, Tensor index) => Ops.gather.Call(this, dim, index);

        public Tensor scatter(long dim, Tensor index, Tensor src) =>
            Ops.scatter.Call(this, dim, index, src);

        public Tensor scatter_(long dim, Tensor index, Tensor src) =>
            Ops.scatter_.Change(this, this, dim, index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) =>
            Ops.scatter_add.Call(this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) =>
            Ops.scatter_add_.Change(this, this, dim, index, src);

        public Tensor masked_fill(Tensor mask, Scalar value) =>
            Ops.masked_fill.Call(this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) =>
            Ops.masked_fill_.Change(this, this, mask, value);

        public Tensor masked_select(Tensor mask) =>
            mask.dtype == ScalarType.Bool
                ? Ops.masked_select.Call(this, mask)
                : throw new ArgumentException("The mask tensor must be Boolean.");

        /// <summary>This where the condition holds, y elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) =>
            condition.dtype == ScalarType.Bool
                ? Ops.where.Call(condition, this, y)
                : throw new ArgumentException("The condition to 'where' must be a boolean tensor.");

        public Tensor nonzero() => Ops.nonzero.Call(this);

        public Tensor argwhere() => Ops.argwhere.Call(this);

        private Tensor Pick(params ReadOnlySpan<long> indices)
        {
            Tensor view = this;
            foreach (long index in indices)
            {
                Tensor inner = view.select(0, index);
                if (!ReferenceEquals(view, this))
                {
                    view.Dispose();
                }

                view = inner;
            }

            return ReferenceEquals(view, this) ? alias() : view;
        }

        private void Store(Tensor value, params ReadOnlySpan<long> indices)
        {
            using Tensor view = Pick(indices);
            view.copy_(value);
        }

        private Tensor Put(Tensor value, TensorIndex[] indices, bool accumulate)
        {
            using var walk = new IndexWalk(this, indices);
            if (walk.Selects)
            {
                Ops.index_put_.Change(walk.View, walk.View, walk.Selectors, value, accumulate);
            }
            else
            {
                walk.View.copy_(value);
            }

            return this;
        }

        // Applies what is a view at once and leaves what selects to one call of libtorch's own index.
        private sealed class IndexWalk : IDisposable
        {
            private readonly Tensor self;
            private readonly List<Tensor?> selectors = [];
            private readonly List<Tensor> made = [];

            internal IndexWalk(Tensor tensor, TensorIndex[] indices)
            {
                self = tensor;
                View = tensor;
                long dim = 0;
                long used = indices.Sum(Consumed);
                foreach (TensorIndex place in indices)
                {
                    switch (place.Form)
                    {
                        case TensorIndex.Kind.Single:
                            Step(View.select(dim, place.Start ?? 0));
                            break;
                        case TensorIndex.Kind.Slice:
                            Step(
                                Ops.slice.Call(View, dim, place.Start, place.Stop, place.Step ?? 1)
                            );
                            Skip(ref dim, 1);
                            break;
                        case TensorIndex.Kind.NewAxis:
                            Step(View.unsqueeze(dim));
                            Skip(ref dim, 1);
                            break;
                        case TensorIndex.Kind.Ellipsis:
                            Skip(ref dim, tensor.ndim - used);
                            break;
                        case TensorIndex.Kind.Bool:
                            Step(View.unsqueeze(dim));
                            Select(torch.tensor([place.Start != 0]), ref dim, true);
                            break;
                        default:
                            Select(place.Selector!, ref dim, false);
                            break;
                    }
                }
            }

            internal Tensor View { get; private set; }

            internal bool Selects { get; private set; }

            internal Tensor?[] Selectors => selectors.ToArray();

            /// <summary>The view, which the walk no longer disposes.</summary>
            internal Tensor Take()
            {
                if (ReferenceEquals(View, self))
                {
                    return self.alias();
                }

                made.Remove(View);
                return View;
            }

            public void Dispose() => made.ForEach(tensor => tensor.Dispose());

            // Dimensions of the tensor that a place stands for.
            private static long Consumed(TensorIndex place) =>
                place.Form switch
                {
                    TensorIndex.Kind.Single or TensorIndex.Kind.Slice => 1,
                    TensorIndex.Kind.Tensor => Width(place.Selector!),
                    _ => 0,
                };

            private static long Width(Tensor selector) =>
                selector.dtype == ScalarType.Bool ? selector.ndim : 1;

            private void Step(Tensor view)
            {
                View = view;
                made.Add(view);
            }

            private void Skip(ref long dim, long count)
            {
                dim += count;
                for (long i = 0; i < count; i++)
                {
                    selectors.Add(null);
                }
            }

            private void Select(Tensor selector, ref long dim, bool own)
            {
                Selects = true;
                selectors.Add(selector);
                dim += Width(selector);
                if (own)
                {
                    made.Add(selector);
                }
            }
        }
    }

    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);

    public static Tensor narrow(Tensor input, long dim, long start, long length) =>
        input.narrow(dim, start, length);

    public static Tensor index_select(Tensor input, long dim, Tensor index) =>
        input.index_select(dim, index);

    public static Tensor take(Tensor input, Tensor index) => input.take(index);

    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);

    public static Tensor scatter(Tensor input, long dim, Tensor index, Tensor src) =>
        input.scatter(dim, index, src);

    public static Tensor scatter_add(Tensor input, long dim, Tensor index, Tensor src) =>
        input.scatter_add(dim, index, src);

    public static Tensor masked_select(Tensor input, Tensor mask) => input.masked_select(mask);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);

    public static Tensor nonzero(Tensor input) => input.nonzero();
}
