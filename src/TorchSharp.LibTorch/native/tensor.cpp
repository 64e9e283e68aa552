// Tensor handles, random generators, threads, devices and what the library says of itself.
#include "support.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/Generator.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/version.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>

namespace vf {
thread_local std::string last_error;
std::atomic<int64_t> live_handles{0};
} // namespace vf

namespace {

c10::TensorImpl* impl(void* handle) {
  return static_cast<c10::TensorImpl*>(handle);
}

const c10::impl::DeviceGuardImplInterface* cuda_guard() {
  return c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA)
      ? c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)
      : nullptr;
}

at::Generator borrow_generator(void* handle) {
  return at::Generator(
      c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(static_cast<c10::GeneratorImpl*>(handle)));
}

void* keep(std::string text) {
  static thread_local std::string kept;
  kept = std::move(text);
  return const_cast<char*>(kept.c_str());
}

} // namespace

VF_EXPORT int32_t vf_abi() noexcept {
  return VF_ABI;
}

VF_EXPORT int32_t vf_version_number() noexcept {
  return TORCH_VERSION_MAJOR * 1000 + TORCH_VERSION_MINOR;
}

VF_EXPORT const char* vf_version() noexcept {
  return TORCH_VERSION;
}

VF_EXPORT const char* vf_last_error() noexcept {
  return vf::last_error.c_str();
}

VF_EXPORT void* vf_config() noexcept {
  return vf::guarded<void*>(nullptr, [] { return keep(at::show_config()); });
}

VF_EXPORT void* vf_cpu_capability() noexcept {
#if TORCH_VERSION_MAJOR >= 2
  return vf::guarded<void*>(nullptr, [] { return keep(at::get_cpu_capability()); });
#else
  return nullptr;
#endif
}

VF_EXPORT int64_t vf_live_handles() noexcept {
  return vf::live_handles.load(std::memory_order_relaxed);
}

VF_EXPORT void vf_tensor_free(void* handle) noexcept {
  vf::guarded<int>(0, [&] {
    vf::live_handles.fetch_sub(1, std::memory_order_relaxed);
    using Owner = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
    Owner::reclaim(impl(handle));
    return 0;
  });
}

VF_EXPORT void* vf_tensor_alias(void* handle) noexcept {
  return vf::guarded<void*>(nullptr, [&] { return vf::release(vf::borrow(handle)); });
}

VF_EXPORT int64_t vf_dim(void* handle) noexcept {
  return vf::guarded<int64_t>(-1, [&] { return impl(handle)->dim(); });
}

VF_EXPORT int64_t vf_numel(void* handle) noexcept {
  return vf::guarded<int64_t>(-1, [&] { return impl(handle)->numel(); });
}

VF_EXPORT int32_t vf_sizes(void* handle, int64_t* out, int32_t capacity) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto sizes = impl(handle)->sizes();
    auto count = static_cast<int32_t>(sizes.size());
    std::memcpy(out, sizes.data(), sizeof(int64_t) * std::min(count, capacity));
    return count;
  });
}

VF_EXPORT int32_t vf_strides(void* handle, int64_t* out, int32_t capacity) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto strides = impl(handle)->strides();
    auto count = static_cast<int32_t>(strides.size());
    std::memcpy(out, strides.data(), sizeof(int64_t) * std::min(count, capacity));
    return count;
  });
}

VF_EXPORT int32_t vf_dtype(void* handle) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    return static_cast<int32_t>(c10::typeMetaToScalarType(impl(handle)->dtype()));
  });
}

VF_EXPORT int64_t vf_element_size(void* handle) noexcept {
  return vf::guarded<int64_t>(-1, [&] { return static_cast<int64_t>(impl(handle)->itemsize()); });
}

VF_EXPORT int64_t vf_storage_offset(void* handle) noexcept {
  return vf::guarded<int64_t>(-1, [&] { return impl(handle)->storage_offset(); });
}

// Device type in the low half, index (-1: none) in the high half; INT64_MIN is a failure.
VF_EXPORT int64_t vf_device(void* handle) noexcept {
  return vf::guarded<int64_t>(std::numeric_limits<int64_t>::min(), [&] {
    auto device = impl(handle)->device();
    auto type = static_cast<int64_t>(static_cast<int32_t>(device.type()));
    return type | (static_cast<int64_t>(device.index()) << 32);
  });
}

VF_EXPORT int32_t vf_is_contiguous(void* handle) noexcept {
  return vf::guarded<int32_t>(-1, [&] { return impl(handle)->is_contiguous() ? 1 : 0; });
}

VF_EXPORT int32_t vf_is_sparse(void* handle) noexcept {
  return vf::guarded<int32_t>(-1, [&] { return impl(handle)->is_sparse() ? 1 : 0; });
}

VF_EXPORT void* vf_data(void* handle) noexcept {
  return vf::guarded<void*>(nullptr, [&] { return vf::borrow(handle).data_ptr(); });
}

VF_EXPORT int32_t vf_grad_mode(int32_t enabled) noexcept {
  auto before = c10::GradMode::is_enabled() ? 1 : 0;
  if (enabled >= 0) {
    c10::GradMode::set_enabled(enabled != 0);
  }
  return before;
}

VF_EXPORT int32_t vf_is_inference_mode() noexcept {
  return c10::InferenceMode::is_enabled() ? 1 : 0;
}

VF_EXPORT void* vf_inference_enter(int32_t enabled) noexcept {
  return vf::guarded<void*>(nullptr, [&] { return new c10::InferenceMode(enabled != 0); });
}

VF_EXPORT void vf_inference_leave(void* guard) noexcept {
  vf::guarded<int>(0, [&] {
    delete static_cast<c10::InferenceMode*>(guard);
    return 0;
  });
}

VF_EXPORT int32_t vf_threads(int32_t set) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    if (set > 0) {
      at::set_num_threads(set);
    }
    return at::get_num_threads();
  });
}

VF_EXPORT int32_t vf_interop_threads(int32_t set) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    if (set > 0) {
      at::set_num_interop_threads(set);
    }
    return at::get_num_interop_threads();
  });
}

VF_EXPORT int32_t vf_manual_seed(int64_t seed) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    at::manual_seed(static_cast<uint64_t>(seed));
    return 0;
  });
}

VF_EXPORT void* vf_generator_new(uint64_t seed, int32_t type, int32_t index) noexcept {
  return vf::guarded<void*>(nullptr, [&] {
    auto device = c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
    // A clone of the device's own generator needs no header of that device.
    auto generator = at::globalContext().defaultGenerator(device).clone();
    generator.set_current_seed(seed);
    return static_cast<void*>(generator.unsafeReleaseGeneratorImpl());
  });
}

VF_EXPORT void* vf_generator_default(int32_t type, int32_t index) noexcept {
  return vf::guarded<void*>(nullptr, [&] {
    auto device = c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
    at::Generator generator = at::globalContext().defaultGenerator(device);
    return static_cast<void*>(generator.unsafeReleaseGeneratorImpl());
  });
}

VF_EXPORT void vf_generator_free(void* handle) noexcept {
  vf::guarded<int>(0, [&] {
    c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(static_cast<c10::GeneratorImpl*>(handle));
    return 0;
  });
}

VF_EXPORT int32_t vf_generator_seed(void* handle, uint64_t seed) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto generator = borrow_generator(handle);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(seed);
    return 0;
  });
}

VF_EXPORT int64_t vf_generator_initial_seed(void* handle) noexcept {
  return vf::guarded<int64_t>(-1, [&] {
    return static_cast<int64_t>(borrow_generator(handle).current_seed());
  });
}

VF_EXPORT void* vf_generator_get_state(void* handle) noexcept {
  return vf::guarded<void*>(nullptr, [&] {
    auto generator = borrow_generator(handle);
    std::lock_guard<std::mutex> lock(generator.mutex());
    return vf::release(generator.get_state());
  });
}

VF_EXPORT int32_t vf_generator_set_state(void* handle, void* state) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto generator = borrow_generator(handle);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(vf::borrow(state));
    return 0;
  });
}

VF_EXPORT int32_t vf_cuda_device_count() noexcept {
  return vf::guarded<int32_t>(0, [] {
    auto guard = cuda_guard();
    return guard == nullptr ? 0 : static_cast<int32_t>(guard->deviceCount());
  });
}

VF_EXPORT int32_t vf_cuda_synchronize(int32_t index) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto guard = cuda_guard();
    TORCH_CHECK(guard != nullptr, "this libtorch has no CUDA");
    auto device = index < 0 ? guard->getDevice()
                            : c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
    guard->synchronizeStream(guard->getStream(device));
    return 0;
  });
}
