using System;

namespace TorchSharp;

/// <summary>Kinds of device, numbered as in libtorch.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
    MKLDNN = 2,
    OPENGL = 3,
    OPENCL = 4,
    IDEEP = 5,
    HIP = 6,
    FPGA = 7,
    MSNPU = 8,
    XLA = 9,
    MPS = 13,
    META = 14,
}

public static partial class torch
{
    public static Device CPU = new(DeviceType.CPU);

    public static Device META = new(DeviceType.META);

    /// <summary>The current CUDA device; throws InvalidOperationException without CUDA.</summary>
    public static Device CUDA => InitializeDevice(new Device(DeviceType.CUDA));

    /// <summary>A device from its description, as "cpu" or "cuda:0".</summary>
    public static Device device(string description) => InitializeDevice(new Device(description));

    public static Device device(string deviceType, int index = -1) =>
        InitializeDevice(new Device(deviceType, index));

    public static Device device(DeviceType deviceType, int index = -1) =>
        InitializeDevice(new Device(deviceType, index));

    /// <summary>The CUDA device of that number.</summary>
    public static Device device(int index) => new(DeviceType.CUDA, index);

    /// <summary>Whether tensors can live on that kind of device here.</summary>
    public static bool TryInitializeDeviceType(DeviceType deviceType)
    {
        Native.Load();
        return deviceType != DeviceType.CUDA || cuda.is_available();
    }

    /// <summary>Throws InvalidOperationException if tensors cannot live on that kind of device here.</summary>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
        {
            throw new InvalidOperationException(
                $"Torch device type {deviceType} did not initialise on the current machine: "
                    + "libtorch has no CUDA, or no device is visible."
            );
        }
    }

    /// <summary>The device, or the CPU for null, once it is known to be there.</summary>
    public static Device InitializeDevice(Device? device)
    {
        if (device is null)
        {
            return CPU;
        }

        if (device.type == DeviceType.CUDA)
        {
            InitializeDeviceType(device.type);
        }

        return device;
    }

    /// <summary>Where a tensor lives: a kind of device and, of several, its number (-1: the current one).</summary>
    public class Device
    {
        public Device(string description)
        {
            string[] parts = description.Split(':');
            type = Parse(parts[0]);
            if (parts.Length == 2)
            {
                index = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        public Device(string deviceType, int index = -1)
        {
            type = Parse(deviceType);
            this.index = index;
        }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>The CUDA device of that number.</summary>
        public Device(int index)
        {
            type = DeviceType.CUDA;
            this.index = index;
        }

        public DeviceType type { get; private set; }

        public int index { get; private set; } = -1;

        public static implicit operator Device(string description) => new(description);

        public override string ToString() =>
            type == DeviceType.CPU ? "cpu"
            : index == -1 ? type.ToString().ToLowerInvariant()
            : $"{type.ToString().ToLowerInvariant()}:{index}";

        private static DeviceType Parse(string kind) =>
            Enum.Parse<DeviceType>(kind.ToUpperInvariant());
    }
}
