using System;
using System.Threading;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor of libtorch. Registers itself in the current thread's dispose scope when it is made.</summary>
    public partial class Tensor : IDisposable
    {
        private static long totalCount;
        private static long peakCount;

        internal nint handle;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            long count = Interlocked.Increment(ref totalCount);
            if (count > Volatile.Read(ref peakCount))
            {
                Volatile.Write(ref peakCount, count);
            }

            OwningDisposeScope = DisposeScopeManager.ThreadSingleton.RegisterOnCurrentDisposeScope(
                this
            );
        }

        private Tensor() { }

        ~Tensor() => Dispose(false);

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Tensors made by managed code and not yet disposed or finalised.</summary>
        public static long TotalCount => Interlocked.Read(ref totalCount);

        /// <summary>The largest value <see cref="TotalCount"/> has had.</summary>
        public static long PeakCount => Interlocked.Read(ref peakCount);

        /// <summary>A name for debugging.</summary>
        public string? name { get; set; }

        /// <summary>True once the tensor has been disposed.</summary>
        public bool IsInvalid => handle == 0;

        /// <summary>The native handle; throws InvalidOperationException on a disposed tensor.</summary>
        public IntPtr Handle =>
            handle != 0
                ? handle
                : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        // Stands for a gradient that is not there: it holds nothing, so it is neither counted nor scoped.
        internal static Tensor Undefined() => new();

        /// <summary>Wraps a handle of this binding's own kind, which the new tensor then owns.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint owned = Interlocked.Exchange(ref handle, 0);
            if (owned == 0)
            {
                return;
            }

            if (disposing)
            {
                DisposeScopeManager.ThreadSingleton.DisposingOnCurrentScope(this);
                OwningDisposeScope?.MarkAsDisposed(this);
            }

            Interlocked.Decrement(ref totalCount);
            Native.vf_tensor_free(owned);
        }

        /// <summary>Gives the tensor to the scope outside its own, or to none; returns the same tensor.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of every scope: only Dispose or the finalizer frees it. Returns the same tensor.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) =>
            MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null && other is not null)
            {
                other.Attach(this);
            }
            else
            {
                OwningDisposeScope?.MoveToOther(other, this);
            }

            return this;
        }

        /// <summary>Gives up the native handle, which the caller then owns; the tensor is disposed.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            nint owned = Interlocked.Exchange(ref handle, 0);
            if (owned == 0)
            {
                throw new InvalidOperationException("Tensor invalid -- empty handle.");
            }

            Interlocked.Decrement(ref totalCount);
            return owned;
        }

        /// <summary>Another handle on the same native tensor.</summary>
        public unsafe Tensor alias()
        {
            nint made = Native.Check(Native.vf_tensor_alias(Handle));
            GC.KeepAlive(this);
            return new Tensor(made);
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => base.GetHashCode();
    }
}
