// What the native files share: handles are owned TensorImpl pointers, errors are a string per thread.
#pragma once

#include "volforge_torch.h"

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <exception>
#include <string>
#include <utility>

namespace vf {

extern thread_local std::string last_error;
extern std::atomic<int64_t> live_handles;

inline at::Tensor borrow(void* handle) {
  if (handle == nullptr) {
    return at::Tensor();
  }
  using Owner = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
  return at::Tensor(Owner::reclaim_copy(static_cast<c10::TensorImpl*>(handle)));
}

inline void* release(at::Tensor tensor) {
  if (!tensor.defined()) {
    return nullptr;
  }
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return tensor.unsafeReleaseTensorImpl();
}

// Runs `body`; any exception becomes `failed` and a message that last_error keeps for the thread.
template <typename Result, typename Body>
Result guarded(Result failed, Body&& body) noexcept {
  try {
    return body();
  } catch (const c10::Error& error) {
    last_error = error.what_without_backtrace();
  } catch (const std::exception& error) {
    last_error = error.what();
  } catch (...) {
    last_error = "an exception that is not a std::exception";
  }
  return failed;
}

} // namespace vf
