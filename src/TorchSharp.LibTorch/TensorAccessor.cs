using System;
using System.Collections;
using System.Collections.Generic;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor on the CPU, in row-major order whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    private readonly torch.Tensor tensor;
    private readonly T* start;
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        this.tensor = tensor;
        shape = tensor.shape;
        strides = tensor.stride();
        contiguous = tensor.is_contiguous();
        Count = tensor.numel();
        start = (T*)tensor.Pointer();
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    /// <summary>One index counts in row-major order; otherwise one for each dimension.</summary>
    public T this[params long[] indices]
    {
        get
        {
            T value = start[Offset(indices)];
            GC.KeepAlive(tensor);
            return value;
        }
        set
        {
            start[Offset(indices)] = value;
            GC.KeepAlive(tensor);
        }
    }

    public T[] ToArray()
    {
        var copy = new T[Count];
        CopyTo(copy);
        return copy;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        int length = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        if (contiguous)
        {
            new Span<T>(start + tensorIndex, length).CopyTo(array[arrayIndex..]);
        }
        else
        {
            for (int i = 0; i < length; i++)
            {
                array[arrayIndex + i] = start[Translate(tensorIndex + i)];
            }
        }

        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyFrom(new ReadOnlySpan<T>(array), arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        int length = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        for (int i = 0; i < length; i++)
        {
            start[Translate(tensorIndex + i)] = array[arrayIndex + i];
        }

        GC.KeepAlive(tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        // The tensor belongs to whoever made it.
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1)
        {
            return indices[0] >= 0 && indices[0] < Count
                ? Translate(indices[0])
                : throw new IndexOutOfRangeException();
        }

        if (indices.Length != shape.Length)
        {
            throw new ArgumentException($"{indices.Length} indices for {shape.Length} dimensions");
        }

        long offset = 0;
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] < 0 || indices[i] >= shape[i])
            {
                throw new IndexOutOfRangeException($"{indices[i]} >= {shape[i]} in dimension {i}.");
            }

            offset += indices[i] * strides[i];
        }

        return offset;
    }

    private long Translate(long index)
    {
        if (contiguous)
        {
            return index;
        }

        long offset = 0;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            (index, long digit) = Math.DivRem(index, shape[i]);
            offset += digit * strides[i];
        }

        return offset;
    }
}
