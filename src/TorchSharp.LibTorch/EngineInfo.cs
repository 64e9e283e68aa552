using System.Runtime.InteropServices;

namespace TorchSharp.LibTorch;

/// <summary>What was found of libtorch; not part of TorchSharp's API, so it is looked for by reflection.</summary>
public static class EngineInfo
{
    /// <summary>The libtorch this was built against, as "1.13.0".</summary>
    public static string Version => torch.__version__;

    /// <summary>libtorch's own account of its compiler, BLAS and build flags.</summary>
    public static string Configuration => Marshal.PtrToStringUTF8(Native.vf_config()) ?? "";

    /// <summary>The instruction set of the CPU kernels, or null where libtorch (before 2.0) does not say.</summary>
    public static string? CpuCapability => Marshal.PtrToStringUTF8(Native.vf_cpu_capability());

    /// <summary>Native tensor handles that managed code holds.</summary>
    public static long LiveHandles => Native.vf_live_handles();

    /// <summary>Whether libtorch has an operator, as in "add.Tensor".</summary>
    public static bool Has(string operation) => new Op(operation).Exists;
}
