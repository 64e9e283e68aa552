using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp;

internal enum Tag
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    IntList = 5,
    DoubleList = 6,
    TensorList = 7,
    String = 8,
    Device = 9,
    Generator = 10,
    Default = 11,
    BoolList = 12,
}

/// <summary>A tagged value as the C ABI lays it out.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)]
    internal Tag Tag;

    [FieldOffset(4)]
    internal int Count;

    [FieldOffset(8)]
    internal long Int;

    [FieldOffset(8)]
    internal double Double;

    [FieldOffset(8)]
    internal nint Pointer;
}

/// <summary>An argument of an operator: a tagged value and the object that must outlive the call.</summary>
internal readonly struct Arg
{
    internal readonly object? Object;
    internal readonly long Bits;
    internal readonly Tag Tag;

    private Arg(Tag tag, long bits, object? value = null)
    {
        Tag = tag;
        Bits = bits;
        Object = value;
    }

    internal static Arg None => default;

    /// <summary>The default that the operator's schema gives this argument.</summary>
    internal static Arg Default => new(Tag.Default, 0);

    internal static Arg Optional(Tensor? tensor) => tensor is null ? None : tensor;

    internal static Arg Pair(bool first, bool second) =>
        new(Tag.BoolList, 2, new[] { first, second });

    public static implicit operator Arg(Tensor tensor) =>
        tensor is null
            ? throw new ArgumentNullException(nameof(tensor))
            : new(Tag.Tensor, 0, tensor);

    public static implicit operator Arg(Scalar? scalar) =>
        scalar is null ? None : new(scalar.Tag, scalar.Bits);

    public static implicit operator Arg(long value) => new(Tag.Int, value);

    public static implicit operator Arg(int value) => new(Tag.Int, value);

    public static implicit operator Arg(double value) =>
        new(Tag.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Arg(bool value) => new(Tag.Bool, value ? 1 : 0);

    public static implicit operator Arg(long? value) => value is null ? None : value.Value;

    public static implicit operator Arg(double? value) => value is null ? None : value.Value;

    public static implicit operator Arg(long[]? values) =>
        values is null ? None : new(Tag.IntList, 0, values);

    public static implicit operator Arg(double[]? values) =>
        values is null ? None : new(Tag.DoubleList, 0, values);

    public static implicit operator Arg(Tensor?[] tensors) =>
        tensors is null
            ? throw new ArgumentNullException(nameof(tensors))
            : new(Tag.TensorList, 0, tensors);

    public static implicit operator Arg(string? text) =>
        text is null ? None : new(Tag.String, 0, text);

    public static implicit operator Arg(ScalarType type) => new(Tag.Int, (long)type);

    public static implicit operator Arg(ScalarType? type) => type is null ? None : type.Value;

    public static implicit operator Arg(Device? device) =>
        device is null ? None : new(Tag.Device, ((long)device.index << 32) | (uint)device.type);

    public static implicit operator Arg(Generator? generator) =>
        generator is null ? None : new(Tag.Generator, generator.Handle, generator);
}

/// <summary>One operator of libtorch, looked up at its first call.</summary>
internal sealed unsafe class Op
{
    // Longest list that is copied to the stack for a call.
    private const int StackWords = 256;

    private readonly string name;
    private nint handle;

    /// <param name="name">The operator's name in libtorch's schema without "aten::", as in "add.Tensor".</param>
    internal Op(string name) => this.name = name;

    /// <summary>Whether the libtorch at hand has the operator.</summary>
    internal bool Exists => handle != 0 || Find() != 0;

    /// <summary>Calls an operator that returns one tensor.</summary>
    internal Tensor Call(params ReadOnlySpan<Arg> args)
    {
        Value result;
        Invoke(args, &result, 1);
        return new Tensor(result.Pointer);
    }

    /// <summary>Calls an operator that changes <paramref name="self"/>, which is its first argument.</summary>
    internal Tensor Change(Tensor self, params ReadOnlySpan<Arg> args)
    {
        Invoke(args, null, 0);
        return self;
    }

    internal (Tensor, Tensor) Call2(params ReadOnlySpan<Arg> args)
    {
        Value* results = stackalloc Value[2];
        Invoke(args, results, 2);
        return (new Tensor(results[0].Pointer), new Tensor(results[1].Pointer));
    }

    internal (Tensor, Tensor, Tensor) Call3(params ReadOnlySpan<Arg> args)
    {
        Value* results = stackalloc Value[3];
        Invoke(args, results, 3);
        return (
            new Tensor(results[0].Pointer),
            new Tensor(results[1].Pointer),
            new Tensor(results[2].Pointer)
        );
    }

    internal Tensor[] CallList(params ReadOnlySpan<Arg> args)
    {
        Value result;
        Invoke(args, &result, 1);
        var tensors = new Tensor[result.Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = new Tensor(((nint*)result.Pointer)[i]);
        }

        Native.vf_free((void*)result.Pointer);
        return tensors;
    }

    internal Value CallValue(params ReadOnlySpan<Arg> args)
    {
        Value result;
        Invoke(args, &result, 1);
        return result;
    }

    [SkipLocalsInit]
    private void Invoke(ReadOnlySpan<Arg> args, Value* results, int capacity)
    {
        nint op = handle != 0 ? handle : Resolve();
        Value* values = stackalloc Value[args.Length];
        long* words = stackalloc long[StackWords];
        int used = 0;
        for (int i = 0; i < args.Length; i++)
        {
            ref readonly Arg arg = ref args[i];
            values[i].Tag = arg.Tag;
            switch (arg.Tag)
            {
                case Tag.Tensor:
                    values[i].Pointer = Unsafe.As<Tensor>(arg.Object!).Handle;
                    break;
                case Tag.Device:
                    values[i].Int = (uint)arg.Bits;
                    values[i].Count = (int)(arg.Bits >> 32);
                    break;
                case Tag.Generator:
                case Tag.Int:
                case Tag.Double:
                case Tag.Bool:
                    values[i].Int = arg.Bits;
                    break;
                case Tag.None:
                case Tag.Default:
                    break;
                default:
                    int length = Words(arg);
                    if (used + length > StackWords)
                    {
                        InvokeLong(op, args, results, capacity);
                        return;
                    }

                    Copy(arg, words + used, ref values[i]);
                    used += length;
                    break;
            }
        }

        int count = Native.vf_call(op, values, args.Length, results, capacity);
        Finish(args, count, capacity);
    }

    private static void Finish(ReadOnlySpan<Arg> args, int count, int capacity)
    {
        for (int i = 0; i < args.Length; i++)
        {
            GC.KeepAlive(args[i].Object);
        }

        if (count < 0)
        {
            throw Native.Failure();
        }

        if (count < capacity)
        {
            throw new InvalidOperationException(
                $"an operator gave {count} results where {capacity} were expected"
            );
        }
    }

    // Lists too long for the stack.
    private static void InvokeLong(nint op, ReadOnlySpan<Arg> args, Value* results, int capacity)
    {
        int total = 0;
        foreach (ref readonly Arg arg in args)
        {
            total += Words(arg);
        }

        var words = (long*)NativeMemory.Alloc((nuint)total, sizeof(long));
        try
        {
            Value* values = stackalloc Value[args.Length];
            int used = 0;
            for (int i = 0; i < args.Length; i++)
            {
                values[i].Tag = args[i].Tag;
                switch (args[i].Tag)
                {
                    case Tag.Tensor:
                        values[i].Pointer = Unsafe.As<Tensor>(args[i].Object!).Handle;
                        break;
                    case Tag.Device:
                        values[i].Int = (uint)args[i].Bits;
                        values[i].Count = (int)(args[i].Bits >> 32);
                        break;
                    default:
                        values[i].Int = args[i].Bits;
                        if (Words(args[i]) > 0)
                        {
                            Copy(args[i], words + used, ref values[i]);
                            used += Words(args[i]);
                        }

                        break;
                }
            }

            Finish(args, Native.vf_call(op, values, args.Length, results, capacity), capacity);
        }
        finally
        {
            NativeMemory.Free(words);
        }
    }

    // Eight-byte words that a list or string takes; at least one, so that its address is never past the end.
    private static int Words(in Arg arg) =>
        arg.Object switch
        {
            long[] list => list.Length + 1,
            double[] list => list.Length + 1,
            Tensor?[] list => list.Length + 1,
            string text => (Encoding.UTF8.GetMaxByteCount(text.Length) / 8) + 1,
            bool[] => 1,
            _ => 0,
        };

    private static void Copy(in Arg arg, long* words, ref Value value)
    {
        value.Pointer = (nint)words;
        switch (arg.Object)
        {
            case long[] list:
                value.Count = list.Length;
                list.CopyTo(new Span<long>(words, list.Length));
                break;
            case double[] list:
                value.Count = list.Length;
                list.CopyTo(new Span<double>(words, list.Length));
                break;
            case Tensor?[] list:
                value.Count = list.Length;
                for (int i = 0; i < list.Length; i++)
                {
                    words[i] = list[i]?.Handle ?? 0;
                }

                break;
            case string text:
                value.Count = Encoding.UTF8.GetBytes(
                    text,
                    new Span<byte>(words, Encoding.UTF8.GetMaxByteCount(text.Length))
                );
                break;
            case bool[] list:
                value.Count = list.Length;
                for (int i = 0; i < list.Length; i++)
                {
                    ((byte*)words)[i] = list[i] ? (byte)1 : (byte)0;
                }

                break;
        }
    }

    private nint Resolve() => Find() != 0 ? handle : throw Native.Failure();

    private nint Find()
    {
        int dot = name.IndexOf('.');
        byte[] operation = Encoding.UTF8.GetBytes("aten::" + (dot < 0 ? name : name[..dot]) + "\0");
        byte[] overload = Encoding.UTF8.GetBytes((dot < 0 ? "" : name[(dot + 1)..]) + "\0");
        fixed (
            byte* first = operation,
                second = overload
        )
        {
            // Two threads may both look it up; libtorch gives equal handles and one is kept.
            handle = (nint)Native.vf_operator(first, second);
        }

        return handle;
    }
}
