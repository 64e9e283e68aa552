using System;
using System.IO;
using System.Runtime.InteropServices;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public Tensor to_type(
            ScalarType type,
            bool copy = false,
            bool disposeAfter = false,
            bool non_blocking = false
        ) => Moved(Ops.to_type.Call(this, type, non_blocking, copy), disposeAfter);

        public Tensor to(
            ScalarType type,
            bool copy = false,
            bool disposeAfter = false,
            bool non_blocking = false
        ) => to_type(type, copy, disposeAfter, non_blocking);

        public Tensor to(
            DeviceType deviceType,
            int deviceIndex = -1,
            bool copy = false,
            bool disposeAfter = false,
            bool non_blocking = false
        ) => to(new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(
            Device device,
            bool copy = false,
            bool disposeAfter = false,
            bool non_blocking = false
        ) =>
            Moved(
                Ops.to_device.Call(
                    this,
                    Arg.None,
                    Arg.None,
                    InitializeDevice(device),
                    Arg.None,
                    non_blocking,
                    copy
                ),
                disposeAfter
            );

        public Tensor to(
            string device,
            bool copy = false,
            bool disposeAfter = false,
            bool non_blocking = false
        ) => to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(
            ScalarType type,
            Device device,
            bool copy = false,
            bool disposeAfter = false,
            bool non_blocking = false
        ) =>
            Moved(
                Ops.to_device.Call(
                    this,
                    type,
                    Arg.None,
                    InitializeDevice(device),
                    Arg.None,
                    non_blocking,
                    copy
                ),
                disposeAfter
            );

        /// <summary>To the type and the device of another tensor. As in TorchSharp, the flag lands on copy.</summary>
        public Tensor to(Tensor other, bool non_blocking = false) =>
            to(other.dtype, other.device, non_blocking);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);

        public Tensor @bool() => to_type(ScalarType.Bool);

        public Tensor @byte() => to_type(ScalarType.Byte);

        public Tensor @char() => to_type(ScalarType.Int8);

        public Tensor @short() => to_type(ScalarType.Int16);

        public Tensor @int() => to_type(ScalarType.Int32);

        public Tensor @long() => to_type(ScalarType.Int64);

        public Tensor half() => to_type(ScalarType.Float16);

        public Tensor bfloat16() => to_type(ScalarType.BFloat16);

        public Tensor @float() => to_type(ScalarType.Float32);

        public Tensor @double() => to_type(ScalarType.Float64);

        public Tensor cpu() => to(CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) =>
            device is null || device.type == DeviceType.CUDA
                ? to(device ?? CUDA, non_blocking: non_blocking)
                : throw new ArgumentException("Not a CUDA device.", nameof(device));

        public Tensor clone() => Ops.clone.Call(this);

        /// <summary>A view outside the graph.</summary>
        public Tensor detach() => Ops.detach.Call(this);

        public Tensor detach_() => Ops.detach_.Change(this, this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) =>
            Ops.copy_.Change(this, this, source, nonBlocking);

        public Tensor fill_(Scalar value) => Ops.fill_.Change(this, this, value);

        /// <summary>Fills with zeros; returns, as TorchSharp does, another handle on the same tensor.</summary>
        public Tensor zero_()
        {
            Ops.zero_.Change(this, this);
            return alias();
        }

        /// <summary>Access to the elements, on the CPU (after a copy there if need be); T must be the element type.</summary>
        public TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            ValidateType(typeof(T));
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        /// <summary>The one element of a tensor that has one.</summary>
        public T item<T>()
            where T : unmanaged =>
            NumberOfElements == 1
                ? data<T>()[0]
                : throw new ArgumentException("Number of elements in the tensor must be 1");

        /// <summary>The one element, whatever its type.</summary>
        public Scalar ToScalar()
        {
            Value value = Ops.item.CallValue(this);
            return value.Tag == Tag.Double
                ? new Scalar(value.Double)
                : new Scalar(value.Int, value.Tag == Tag.Bool ? ScalarType.Bool : ScalarType.Int64);
        }

        /// <summary>The memory of a contiguous tensor on the CPU, which the tensor must outlive.</summary>
        public Span<byte> bytes
        {
            get
            {
                long total = NumberOfElements * ElementSize;
                CheckReadable(total);
                return new Span<byte>(Pointer(), (int)total);
            }
            set
            {
                if (!is_contiguous())
                {
                    throw new InvalidOperationException(
                        "SetBytes() called on non-contiguous tensor."
                    );
                }

                if (NumberOfElements * ElementSize != value.Length)
                {
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                }

                value.CopyTo(new Span<byte>(Pointer(), value.Length));
                GC.KeepAlive(this);
            }
        }

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            CheckReadable(0);
            long left = NumberOfElements * ElementSize;
            byte* next = Pointer();
            for (; left > 0; left -= bufferSize, next += bufferSize)
            {
                stream.Write(new ReadOnlySpan<byte>(next, (int)Math.Min(left, bufferSize)));
            }

            GC.KeepAlive(this);
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            CheckReadable(0);
            long left = NumberOfElements * ElementSize;
            byte* next = Pointer();
            for (; left > 0; left -= bufferSize, next += bufferSize)
            {
                stream.ReadExactly(new Span<byte>(next, (int)Math.Min(left, bufferSize)));
            }

            GC.KeepAlive(this);
        }

        // Null only for a tensor without elements.
        internal byte* Pointer()
        {
            var pointer = (byte*)Native.vf_data(Handle);
            return pointer == null && NumberOfElements > 0 ? throw Native.Failure() : pointer;
        }

        internal void ValidateType(Type type)
        {
            // TorchSharp 0.106 and its successors disagree on the two 16-bit floats: both refuse everything else here.
            Type? expected = dtype switch
            {
                ScalarType.Byte => typeof(byte),
                ScalarType.Int8 => typeof(sbyte),
                ScalarType.Int16 => typeof(short),
                ScalarType.Int32 => typeof(int),
                ScalarType.Int64 => typeof(long),
                ScalarType.Float16 => typeof(Half),
                ScalarType.Float32 => typeof(float),
                ScalarType.Float64 => typeof(double),
                ScalarType.Bool => typeof(bool),
                _ => null,
            };
            if (type != expected)
            {
                throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
            }
        }

        private Tensor Moved(Tensor result, bool disposeAfter)
        {
            if (disposeAfter)
            {
                Dispose();
            }

            return result;
        }

        private void CheckReadable(long total)
        {
            if (!is_contiguous())
            {
                throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
            }

            if (total > int.MaxValue)
            {
                throw new ArgumentException("Span only supports up to int.MaxValue elements.");
            }

            if (device_type != DeviceType.CPU)
            {
                throw new InvalidOperationException(
                    "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading."
                );
            }
        }
    }

    public static Tensor clone(Tensor input) => input.clone();
}
