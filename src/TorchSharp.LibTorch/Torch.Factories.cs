using System;
using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor arange(
        Scalar start,
        Scalar stop,
        Scalar step,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    )
    {
        bool whole = is_integral(start.Type) && is_integral(stop.Type) && is_integral(step.Type);
        ScalarType type = dtype ?? (whole ? ScalarType.Int64 : defaultType);
        return Made(
            Ops.arange.Call(start, stop, step, type, Arg.None, InitializeDevice(device)),
            requires_grad,
            null
        );
    }

    public static Tensor arange(
        Scalar start,
        Scalar stop,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => arange(start, stop, 1, dtype, device, requires_grad);

    /// <summary>From 0 up to, not including, stop: Int64 for integers, else the default type.</summary>
    public static Tensor arange(
        Scalar stop,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor eye(
        long rows,
        long columns = -1L,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        string[]? names = null
    ) =>
        Made(
            Ops.eye.Call(
                rows,
                columns == -1 ? rows : columns,
                dtype ?? defaultType,
                Arg.None,
                InitializeDevice(device)
            ),
            requires_grad,
            names
        );

    /// <summary>Both ends included.</summary>
    public static Tensor linspace(
        double start,
        double end,
        long steps,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) =>
        Made(
            Ops.linspace.Call(
                start,
                end,
                steps,
                dtype ?? defaultType,
                Arg.None,
                InitializeDevice(device)
            ),
            requires_grad,
            null
        );

    /// <summary>Whole numbers from low up to, not including, high; dtype null is Int64.</summary>
    public static Tensor randint(
        long low,
        long high,
        Size size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null,
        string[]? names = null
    ) =>
        Made(
            Ops.randint.Call(
                low,
                high,
                size.Shape,
                generator,
                dtype ?? ScalarType.Int64,
                Arg.None,
                InitializeDevice(device)
            ),
            requires_grad,
            names
        );

    public static Tensor randint(
        long high,
        Size size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null,
        string[]? names = null
    ) => randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint(
        long low,
        long high,
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null,
        string[]? names = null
    ) => randint(low, high, new Size(size), dtype, device, requires_grad, generator, names);

    public static Tensor randint(
        long high,
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null,
        string[]? names = null
    ) => randint(0, high, new Size(size), dtype, device, requires_grad, generator, names);

    /// <summary>A permutation of 0 .. n - 1; dtype null is Int64.</summary>
    public static Tensor randperm(
        long n,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null
    ) =>
        Ops.randperm.Call(
            n,
            generator,
            dtype ?? ScalarType.Int64,
            Arg.None,
            InitializeDevice(device)
        );

    /// <summary>Ones with the probabilities that input holds, zeros otherwise.</summary>
    public static Tensor bernoulli(Tensor input, Generator? generator = null) =>
        input.bernoulli(generator);

    public static Tensor multinomial(
        Tensor input,
        long num_samples,
        bool replacement = false,
        Generator? generator = null
    ) => input.multinomial(num_samples, replacement, generator);

    /// <summary>A tensor with an array's shape and elements. Unlike TorchSharp's, it never shares the array's memory.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) =>
        from_array(rawArray, TypeOf(rawArray.GetType().GetElementType()!), device);

    public static Tensor from_array(
        Array rawArray,
        ScalarType? dtype,
        Device? device = null,
        bool requires_grad = false,
        string[]? names = null
    ) =>
        rawArray.GetType().GetElementType() switch
        {
            { } type when type == typeof(float) => FromArray<float>(
                rawArray,
                dtype,
                device,
                requires_grad,
                names
            ),
            { } type when type == typeof(double) => FromArray<double>(
                rawArray,
                dtype,
                device,
                requires_grad,
                names
            ),
            { } type when type == typeof(long) => FromArray<long>(
                rawArray,
                dtype,
                device,
                requires_grad,
                names
            ),
            { } type when type == typeof(int) => FromArray<int>(
                rawArray,
                dtype,
                device,
                requires_grad,
                names
            ),
            { } type when type == typeof(bool) => FromArray<bool>(
                rawArray,
                dtype,
                device,
                requires_grad,
                names
            ),
            { } type when type == typeof(byte) => FromArray<byte>(
                rawArray,
                dtype,
                device,
                requires_grad,
                names
            ),
            { } type when type == typeof(sbyte) => FromArray<sbyte>(
                rawArray,
                dtype,
                device,
                requires_grad,
                names
            ),
            { } type when type == typeof(short) => FromArray<short>(
                rawArray,
                dtype,
                device,
                requires_grad,
                names
            ),
            var type => throw new NotSupportedException(
                $"The type {type?.FullName} is not supported."
            ),
        };

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) =>
        from_array(data, dtype, device);

    private static Tensor FromArray<T>(
        Array array,
        ScalarType? dtype,
        Device? device,
        bool requires_grad,
        string[]? names
    )
        where T : unmanaged
    {
        var shape = new long[array.Rank];
        for (int i = 0; i < shape.Length; i++)
        {
            shape[i] = array.GetLongLength(i);
        }

        ReadOnlySpan<T> elements =
            array.Length == 0
                ? default
                : MemoryMarshal.CreateReadOnlySpan(
                    ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(
                        ref MemoryMarshal.GetArrayDataReference(array)
                    ),
                    array.Length
                );
        return FromData(elements, shape, dtype, device, requires_grad, names);
    }

    private static unsafe Tensor FromData<T>(
        ReadOnlySpan<T> data,
        long[] shape,
        ScalarType? dtype,
        Device? device,
        bool requires_grad,
        string[]? names
    )
        where T : unmanaged
    {
        long count = 1;
        foreach (long size in shape)
        {
            count *= size;
        }

        if (count > data.Length || count < 0)
        {
            throw new ArgumentException(
                $"mismatched total size creating a tensor from an array: {count} vs. {data.Length}"
            );
        }

        ScalarType own = TypeOf(typeof(T));
        Device target = InitializeDevice(device);
        Tensor made = Ops.empty.Call(shape, own, Arg.None, CPU);
        data[..(int)count].CopyTo(new Span<T>(made.Pointer(), (int)count));
        if ((dtype ?? own) != own || target.type != DeviceType.CPU)
        {
            using Tensor here = made;
            made = here.to(dtype ?? own, target);
        }

        return Made(made, requires_grad, names);
    }

    private static Tensor Made(Tensor tensor, bool requires_grad, string[]? names)
    {
        if (names is { Length: > 0 })
        {
            tensor.Dispose();
            throw new NotSupportedException("Named dimensions are not supported by this engine.");
        }

        if (requires_grad)
        {
            tensor.requires_grad = true;
        }

        return tensor;
    }

    public partial class Tensor
    {
        public Tensor zeros_like(
            ScalarType? dtype = null,
            Device? device = null,
            bool requires_grad = false
        ) => Made(Ops.zeros_like.Call(this, dtype, Arg.None, device), requires_grad, null);

        public Tensor ones_like(
            ScalarType? dtype = null,
            Device? device = null,
            bool requires_grad = false
        ) => Made(Ops.ones_like.Call(this, dtype, Arg.None, device), requires_grad, null);

        public Tensor empty_like(
            ScalarType? dtype = null,
            Device? device = null,
            bool requires_grad = false
        ) => Made(Ops.empty_like.Call(this, dtype, Arg.None, device), requires_grad, null);

        public Tensor full_like(
            Scalar value,
            ScalarType? dtype = null,
            Device? device = null,
            bool requires_grad = false
        ) => Made(Ops.full_like.Call(this, value, dtype, Arg.None, device), requires_grad, null);

        public Tensor rand_like(
            ScalarType? dtype = null,
            Device? device = null,
            bool requires_grad = false
        ) => Made(Ops.rand_like.Call(this, dtype, Arg.None, device), requires_grad, null);

        public Tensor randn_like(
            ScalarType? dtype = null,
            Device? device = null,
            bool requires_grad = false
        ) => Made(Ops.randn_like.Call(this, dtype, Arg.None, device), requires_grad, null);

        public Tensor bernoulli(Generator? generator = null) => Ops.bernoulli.Call(this, generator);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            Ops.bernoulli_.Change(this, this, p, generator);

        public Tensor multinomial(
            long num_samples,
            bool replacement = false,
            Generator? generator = null
        ) => Ops.multinomial.Call(this, num_samples, replacement, generator);

        public Tensor normal_(double mean = 0.0, double std = 1.0, Generator? generator = null) =>
            Ops.normal_.Change(this, this, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Ops.uniform_.Change(this, this, from, to, generator);

        public Tensor exponential_(double lambda = 1.0, Generator? generator = null) =>
            Ops.exponential_.Change(this, this, lambda, generator);
    }
}
