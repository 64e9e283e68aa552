using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The functions of libtorch under TorchSharp's names.</summary>
public static partial class torch
{
    /// <summary>Version of the libtorch that this was built against.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(Native.vf_version()) ?? "";

    /// <summary>Opens a scope: tensors made on this thread until it is disposed are disposed with it.</summary>
    public static DisposeScope NewDisposeScope() =>
        DisposeScopeManager.ThreadSingleton.NewDisposeScope();

    /// <summary>Seeds the default streams of every device; returns the CPU's.</summary>
    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static int get_num_threads() => Checked(Native.vf_threads(0));

    public static void set_num_threads(int num) => Checked(Native.vf_threads(num));

    public static int get_num_interop_threads() => Checked(Native.vf_interop_threads(0));

    /// <summary>Possible only before the first parallel work.</summary>
    public static void set_num_interop_threads(int num) => Checked(Native.vf_interop_threads(num));

    public static bool cuda_is_available() => cuda.is_available();

    private static int Checked(int answer)
    {
        Native.Check(answer);
        return answer;
    }

    public static partial class random
    {
        public static Generator manual_seed(long seed)
        {
            Native.Check(Native.vf_manual_seed(seed));
            return Generator.Default;
        }
    }

    public static partial class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static int device_count() => Native.vf_cuda_device_count();

        /// <summary>Ignored without CUDA.</summary>
        public static void manual_seed(long seed) => manual_seed_all(seed);

        public static void manual_seed_all(long seed)
        {
            for (int i = 0; i < device_count(); i++)
            {
                unsafe
                {
                    nint stream = Native.Check(
                        Native.vf_generator_default((int)DeviceType.CUDA, i)
                    );
                    Native.Check(Native.vf_generator_seed(stream, unchecked((ulong)seed)));
                    Native.vf_generator_free(stream);
                }
            }
        }

        /// <summary>Waits until the work queued on the device's current stream is done; ignored without CUDA.</summary>
        /// <param name="seed">TorchSharp's name for the device's number; -1 is the current device.</param>
        public static void synchronize(long seed = -1L)
        {
            if (is_available())
            {
                Native.Check(Native.vf_cuda_synchronize((int)seed));
            }
        }
    }
}
