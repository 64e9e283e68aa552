using System;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A stream of random numbers with a state of its own.</summary>
    public unsafe class Generator : IDisposable
    {
        /// <summary>A new stream from <paramref name="seed"/>, for tensors on <paramref name="device"/>.</summary>
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = InitializeDevice(device);
            Handle = Native.Check(
                Native.vf_generator_new(seed, (int)this.device.type, this.device.index)
            );
        }

        private Generator(nint handle)
        {
            device = CPU;
            Handle = handle;
        }

        ~Generator() => Dispose(false);

        /// <summary>The stream that operators on the CPU draw from when they are given none.</summary>
        public static Generator Default =>
            new(Native.Check(Native.vf_generator_default((int)DeviceType.CPU, -1)));

        public IntPtr Handle { get; private set; }

        public Device device { get; private set; }

        /// <summary>The whole state, as a tensor of bytes on the CPU.</summary>
        public Tensor get_state()
        {
            nint state = Native.Check(Native.vf_generator_get_state(Live()));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        /// <summary>Continues from a state that <see cref="get_state"/> gave.</summary>
        public void set_state(Tensor value)
        {
            Native.Check(Native.vf_generator_set_state(Live(), value.Handle));
            GC.KeepAlive(value);
            GC.KeepAlive(this);
        }

        public Generator manual_seed(long seed)
        {
            Native.Check(Native.vf_generator_seed(Live(), unchecked((ulong)seed)));
            return this;
        }

        /// <summary>Seeds from the clock; returns the seed.</summary>
        public long seed()
        {
            long seed = DateTime.UtcNow.Ticks;
            manual_seed(seed);
            return seed;
        }

        public long initial_seed()
        {
            long seed = Native.vf_generator_initial_seed(Live());
            GC.KeepAlive(this);
            return seed;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint owned = Handle;
            Handle = 0;
            if (owned != 0)
            {
                Native.vf_generator_free(owned);
            }
        }

        private nint Live() =>
            Handle != 0 ? Handle : throw new ObjectDisposedException(nameof(Generator));
    }
}
