using System;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        // Most dimensions a tensor may have here; libtorch itself allows 64 in its iterators.
        private const int MaxDimensions = 64;

        public long Dimensions => Read(Native.vf_dim(Handle));

        public long ndim => Dimensions;

        public long NumberOfElements => Read(Native.vf_numel(Handle));

        /// <summary>Bytes of one element.</summary>
        public long ElementSize => Read(Native.vf_element_size(Handle));

        public ScalarType dtype => (ScalarType)Read(Native.vf_dtype(Handle));

        public long[] shape => size();

        public DeviceType device_type => (DeviceType)(int)Place();

        public int device_index => (int)(Place() >> 32);

        public Device device =>
            device_type == DeviceType.CPU
                ? new Device(DeviceType.CPU)
                : new Device(device_type, device_index);

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_sparse => Read(Native.vf_is_sparse(Handle)) != 0;

        public bool is_leaf => Read(Native.vf_is_leaf(Handle)) != 0;

        public bool requires_grad
        {
            get => Read(Native.vf_requires_grad(Handle)) != 0;
            set => Read(Native.vf_set_requires_grad(Handle, value ? 1 : 0));
        }

        /// <summary>What backward accumulated for this leaf, or null. Each read gives a new handle on it.</summary>
        public Tensor? grad
        {
            get
            {
                int failed;
                void* gradient = Native.vf_grad(Handle, &failed);
                GC.KeepAlive(this);
                return failed != 0 ? throw Native.Failure()
                    : gradient == null ? null
                    : new Tensor((nint)gradient);
            }
            set
            {
                Read(Native.vf_set_grad(Handle, value is null ? 0 : value.Handle));
                GC.KeepAlive(value);
            }
        }

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long element_size() => ElementSize;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_contiguous() => Read(Native.vf_is_contiguous(Handle)) != 0;

        public long storage_offset() => Read(Native.vf_storage_offset(Handle));

        public long[] size()
        {
            long* sizes = stackalloc long[MaxDimensions];
            long count = Read(Native.vf_sizes(Handle, sizes, MaxDimensions));
            return new ReadOnlySpan<long>(sizes, (int)count).ToArray();
        }

        /// <summary>Size of one dimension; a negative one counts from the last.</summary>
        public long size(int dim)
        {
            long* sizes = stackalloc long[MaxDimensions];
            long count = Read(Native.vf_sizes(Handle, sizes, MaxDimensions));
            return sizes[Wrap(dim, count)];
        }

        public long[] stride()
        {
            long* strides = stackalloc long[MaxDimensions];
            long count = Read(Native.vf_strides(Handle, strides, MaxDimensions));
            return new ReadOnlySpan<long>(strides, (int)count).ToArray();
        }

        public long stride(int dim)
        {
            long* strides = stackalloc long[MaxDimensions];
            long count = Read(Native.vf_strides(Handle, strides, MaxDimensions));
            return strides[Wrap(dim, count)];
        }

        /// <summary>Sets <see cref="requires_grad"/>; only a leaf may be cleared.</summary>
        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) =>
            requires_grad_(requires_grad);

        /// <summary>Keeps the gradient of a tensor that is not a leaf.</summary>
        public void retain_grad() => Read(Native.vf_retain_grad(Handle));

        public void backward() => autograd.backward([this]);

        public void backward(
            System.Collections.Generic.IList<Tensor>? grad_tensors = null,
            bool retain_graph = false,
            bool create_graph = false,
            System.Collections.Generic.IList<Tensor>? inputs = null
        ) => autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        // A negative answer is a failure; `this` lives until the answer is there.
        private long Read(long answer)
        {
            GC.KeepAlive(this);
            return answer >= 0 ? answer : throw Native.Failure();
        }

        private long Place()
        {
            long place = Native.vf_device(Handle);
            GC.KeepAlive(this);
            return place != long.MinValue ? place : throw Native.Failure();
        }

        private static int Wrap(int dim, long count)
        {
            long wrapped = dim < 0 ? dim + count : dim;
            return wrapped >= 0 && wrapped < count
                ? (int)wrapped
                : throw new System.Runtime.InteropServices.ExternalException(
                    $"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {dim})"
                );
        }
    }
}
