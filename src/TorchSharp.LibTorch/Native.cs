using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The C ABI of native/; nothing but this file and its callers in the assembly knows it.</summary>
internal static unsafe partial class Native
{
    private const string Library = "volforge_torch";
    private const int Abi = 1;
    private const int OldestTorch = 1013;

    private static readonly object Gate = new();
    private static nint library;

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    /// <summary>Loads the library if it is not yet; throws DllNotFoundException with what to install.</summary>
    internal static nint Load()
    {
        lock (Gate)
        {
            if (library == 0)
            {
                library = Open();
            }

            return library;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Library ? Load() : 0;

    // Two pools of threads share the cores: OpenMP's in libtorch, and OpenBLAS's own. OpenMP threads that spin while they
    // wait starve the other pool; a training step of a small network was measured four to ten times slower. The runtime
    // reads the variable once, when it is loaded, from the C environment that .NET does not write.
    private static void LetIdleThreadsSleep()
    {
        if (OperatingSystem.IsLinux())
        {
            const int KeepExisting = 0;
            _ = setenv("OMP_WAIT_POLICY", "passive", KeepExisting);
        }
    }

    [DllImport("libc")]
    private static extern int setenv(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string value,
        int overwrite
    );

    // A step of a small network frees tensors of some 100 kB and asks for the same again. By default glibc gives such memory
    // back each time, and the next step pays one page fault per 4 kB: 27,000 a second in training, half of its time.
    // Settings of the user's own stay.
    private static void KeepFreedMemory()
    {
        const int TrimThreshold = -1;
        const int MapThreshold = -3;
        const int LargestKept = 128 << 20;
        // glibc's own ceiling for a threshold that it moves itself.
        const int LargestUnmapped = 32 << 20;
        string[] own =
        [
            "GLIBC_TUNABLES",
            "MALLOC_TRIM_THRESHOLD_",
            "MALLOC_MMAP_THRESHOLD_",
            "MALLOC_TOP_PAD_",
        ];
        if (
            !OperatingSystem.IsLinux()
            || own.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
        )
        {
            return;
        }

        try
        {
            _ = mallopt(TrimThreshold, LargestKept);
            _ = mallopt(MapThreshold, LargestUnmapped);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library other than glibc has no such setting.
        }
    }

    [DllImport("libc")]
    private static extern int mallopt(int parameter, int value);

    private static nint Open()
    {
        LetIdleThreadsSleep();
        KeepFreedMemory();
        string file = "lib" + Library + ".so";
        string assembly = Path.GetDirectoryName(typeof(Native).Assembly.Location) ?? "";
        // In a package and in the output of a project that refers to one; lib/net10.0 of a package holds the assembly.
        string packaged = Path.Combine(
            "runtimes",
            "linux-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            "native"
        );
        string[] folders =
        [
            assembly,
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, packaged),
            Path.Combine(assembly, packaged),
            Path.Combine(assembly, "..", "..", packaged),
        ];
        string? failure = null;
        foreach (string folder in folders)
        {
            string candidate = Path.Combine(folder, file);
            if (folder.Length == 0 || !File.Exists(candidate))
            {
                continue;
            }

            try
            {
                return Check(NativeLibrary.Load(candidate));
            }
            catch (DllNotFoundException error)
            {
                failure = error.Message;
            }
        }

        throw new DllNotFoundException(
            failure
                ?? (
                    "libvolforge_torch.so is not beside TorchSharp.LibTorch.dll: libtorch was missing when this was built. "
                    + "Install it (apt-get install libtorch-dev libopenblas0-pthread cmake ninja-build g++), "
                    + "or set LIBTORCH to the torch folder of a PyTorch wheel, and build again."
                )
        );
    }

    private static nint Check(nint handle)
    {
        int abi = ((delegate* unmanaged<int>)NativeLibrary.GetExport(handle, "vf_abi"))();
        if (abi != Abi)
        {
            NativeLibrary.Free(handle);
            throw new DllNotFoundException(
                $"libvolforge_torch.so has ABI {abi}, this assembly needs {Abi}: build TorchSharp.LibTorch again."
            );
        }

        int version = (
            (delegate* unmanaged<int>)NativeLibrary.GetExport(handle, "vf_version_number")
        )();
        if (version < OldestTorch)
        {
            NativeLibrary.Free(handle);
            throw new DllNotFoundException(
                $"libtorch {version / 1000}.{version % 1000} is too old: 1.13 or later is needed."
            );
        }

        // A .NET process otherwise starts with one intra-op thread.
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")))
        {
            ((delegate* unmanaged<int, int>)NativeLibrary.GetExport(handle, "vf_threads"))(
                Environment.ProcessorCount
            );
        }

        return handle;
    }

    /// <summary>The error libtorch reported last on this thread, first line only: the rest is its C++ stack.</summary>
    internal static ExternalException Failure()
    {
        string message =
            Marshal.PtrToStringUTF8(vf_last_error()) ?? "libtorch failed without a message";
        int end = message.IndexOf('\n');
        return new ExternalException(end > 0 ? message[..end] : message);
    }

    internal static void Check(int result)
    {
        if (result < 0)
        {
            throw Failure();
        }
    }

    internal static nint Check(void* result) => result == null ? throw Failure() : (nint)result;

    [DllImport(Library)]
    internal static extern nint vf_last_error();

    [DllImport(Library)]
    internal static extern nint vf_version();

    [DllImport(Library)]
    internal static extern nint vf_config();

    [DllImport(Library)]
    internal static extern nint vf_cpu_capability();

    [DllImport(Library)]
    internal static extern long vf_live_handles();

    [DllImport(Library)]
    internal static extern void* vf_operator(byte* name, byte* overload);

    [DllImport(Library)]
    internal static extern int vf_call(
        nint op,
        Value* values,
        int count,
        Value* results,
        int capacity
    );

    [DllImport(Library)]
    internal static extern void vf_free(void* memory);

    [DllImport(Library)]
    internal static extern void vf_tensor_free(nint handle);

    [DllImport(Library)]
    internal static extern void* vf_tensor_alias(nint handle);

    [DllImport(Library)]
    internal static extern void* vf_data(nint handle);

    // Plain field reads: the transition would cost more than the call.
    [DllImport(Library), SuppressGCTransition]
    internal static extern long vf_dim(nint handle);

    [DllImport(Library), SuppressGCTransition]
    internal static extern long vf_numel(nint handle);

    [DllImport(Library), SuppressGCTransition]
    internal static extern int vf_sizes(nint handle, long* sizes, int capacity);

    [DllImport(Library), SuppressGCTransition]
    internal static extern int vf_strides(nint handle, long* strides, int capacity);

    [DllImport(Library), SuppressGCTransition]
    internal static extern int vf_dtype(nint handle);

    [DllImport(Library), SuppressGCTransition]
    internal static extern long vf_element_size(nint handle);

    [DllImport(Library), SuppressGCTransition]
    internal static extern long vf_storage_offset(nint handle);

    [DllImport(Library), SuppressGCTransition]
    internal static extern long vf_device(nint handle);

    [DllImport(Library), SuppressGCTransition]
    internal static extern int vf_is_contiguous(nint handle);

    [DllImport(Library), SuppressGCTransition]
    internal static extern int vf_is_sparse(nint handle);

    [DllImport(Library), SuppressGCTransition]
    internal static extern int vf_grad_mode(int enabled);

    [DllImport(Library), SuppressGCTransition]
    internal static extern int vf_is_inference_mode();

    [DllImport(Library)]
    internal static extern void* vf_inference_enter(int enabled);

    [DllImport(Library)]
    internal static extern void vf_inference_leave(void* guard);

    [DllImport(Library)]
    internal static extern int vf_threads(int set);

    [DllImport(Library)]
    internal static extern int vf_interop_threads(int set);

    [DllImport(Library)]
    internal static extern int vf_manual_seed(long seed);

    [DllImport(Library)]
    internal static extern void* vf_generator_new(ulong seed, int type, int index);

    [DllImport(Library)]
    internal static extern void* vf_generator_default(int type, int index);

    [DllImport(Library)]
    internal static extern void vf_generator_free(nint handle);

    [DllImport(Library)]
    internal static extern int vf_generator_seed(nint handle, ulong seed);

    [DllImport(Library)]
    internal static extern long vf_generator_initial_seed(nint handle);

    [DllImport(Library)]
    internal static extern void* vf_generator_get_state(nint handle);

    [DllImport(Library)]
    internal static extern int vf_generator_set_state(nint handle, nint state);

    [DllImport(Library)]
    internal static extern int vf_cuda_device_count();

    [DllImport(Library)]
    internal static extern int vf_cuda_synchronize(int index);

    [DllImport(Library)]
    internal static extern int vf_requires_grad(nint handle);

    [DllImport(Library)]
    internal static extern int vf_set_requires_grad(nint handle, int requires_grad);

    [DllImport(Library)]
    internal static extern int vf_is_leaf(nint handle);

    [DllImport(Library)]
    internal static extern int vf_retain_grad(nint handle);

    [DllImport(Library)]
    internal static extern void* vf_grad(nint handle, int* failed);

    [DllImport(Library)]
    internal static extern int vf_set_grad(nint handle, nint gradient);

    [DllImport(Library)]
    internal static extern int vf_backward(
        nint* tensors,
        int count,
        nint* gradients,
        int gradientCount,
        int retain,
        int createGraph,
        nint* inputs,
        int inputCount
    );

    [DllImport(Library)]
    internal static extern int vf_gradients(
        nint* outputs,
        int outputCount,
        nint* inputs,
        int inputCount,
        nint* seeds,
        int seedCount,
        int retain,
        int createGraph,
        int allowUnused,
        nint* results
    );

    [DllImport(Library)]
    internal static extern void* vf_node_new(
        nint state,
        delegate* unmanaged<nint, nint*, int, nint*, int, byte*, int, int> apply,
        delegate* unmanaged<nint, void> forget,
        nint* inputs,
        int count
    );

    [DllImport(Library)]
    internal static extern void vf_node_release(nint node);

    [DllImport(Library)]
    internal static extern void* vf_node_raw(nint node);

    [DllImport(Library)]
    internal static extern int vf_node_save(nint node, nint tensor, int isOutput);

    [DllImport(Library)]
    internal static extern void* vf_node_saved(nint raw, int index);

    [DllImport(Library)]
    internal static extern void* vf_node_output(
        nint node,
        nint output,
        int isInput,
        int isDirty,
        int differentiable
    );
}
