// Gradients, and the node by which a managed function takes part in the graph.
#include "support.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/edge.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <vector>

namespace {

using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

variable_list list_of(void* const* handles, int32_t count) {
  variable_list list;
  list.reserve(count);
  for (int32_t i = 0; i < count; i++) {
    list.push_back(vf::borrow(handles[i]));
  }
  return list;
}

// Gradients are lent to the callback; what it writes to `results` is owned by the node. Non-zero: it failed and wrote
// a message of at most `capacity` bytes.
using Apply = int32_t (*)(
    void* state, void** gradients, int32_t count, void** results, int32_t expected, char* message, int32_t capacity);
using Forget = void (*)(void* state);

struct ManagedNode : public Node {
  void* state = nullptr;
  Apply callback = nullptr;
  Forget forget = nullptr;
  int32_t inputs = 0;
  std::vector<SavedVariable> saved;

  ~ManagedNode() override {
    if (forget != nullptr) {
      forget(state);
    }
  }

  variable_list apply(variable_list&& gradients) override {
    std::vector<void*> lent;
    for (auto& gradient : gradients) {
      lent.push_back(vf::release(gradient));
    }
    std::vector<void*> made(inputs, nullptr);
    char message[1024] = {};
    auto failed = callback(
        state, lent.data(), static_cast<int32_t>(lent.size()), made.data(), inputs, message, sizeof(message));
    variable_list results;
    for (auto handle : made) {
      results.push_back(vf::borrow(handle));
      if (handle != nullptr) {
        vf_release(handle);
      }
    }
    // After the results: a callback that failed may have made some of them.
    TORCH_CHECK(failed == 0, message);
    return results;
  }

  void release_variables() override {
    saved.clear();
  }

 private:
  static void vf_release(void* handle) {
    vf::live_handles.fetch_sub(1, std::memory_order_relaxed);
    c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(static_cast<c10::TensorImpl*>(handle));
  }
};

using Shared = std::shared_ptr<ManagedNode>;

Shared& node(void* handle) {
  return *static_cast<Shared*>(handle);
}

} // namespace

VF_EXPORT int32_t vf_requires_grad(void* handle) noexcept {
  return vf::guarded<int32_t>(-1, [&] { return vf::borrow(handle).requires_grad() ? 1 : 0; });
}

VF_EXPORT int32_t vf_set_requires_grad(void* handle, int32_t requires_grad) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto tensor = vf::borrow(handle);
    TORCH_CHECK(
        tensor.is_leaf() || requires_grad != 0,
        "you can only change requires_grad flags of leaf variables.");
    tensor.set_requires_grad(requires_grad != 0);
    return 0;
  });
}

VF_EXPORT int32_t vf_is_leaf(void* handle) noexcept {
  return vf::guarded<int32_t>(-1, [&] { return vf::borrow(handle).is_leaf() ? 1 : 0; });
}

VF_EXPORT int32_t vf_retain_grad(void* handle) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    vf::borrow(handle).retain_grad();
    return 0;
  });
}

// Null without a gradient and on failure: `failed` tells them apart.
VF_EXPORT void* vf_grad(void* handle, int32_t* failed) noexcept {
  *failed = 1;
  return vf::guarded<void*>(nullptr, [&] {
    auto tensor = vf::borrow(handle);
    auto gradient = vf::release(tensor.is_leaf() || tensor.retains_grad() ? tensor.grad() : at::Tensor());
    *failed = 0;
    return gradient;
  });
}

VF_EXPORT int32_t vf_set_grad(void* handle, void* gradient) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto tensor = vf::borrow(handle);
    auto value = vf::borrow(gradient);
    TORCH_CHECK(
        !value.defined() || value.sizes() == tensor.sizes(),
        "a gradient of shape ", value.defined() ? value.sizes() : c10::IntArrayRef(),
        " was given to a tensor of shape ", tensor.sizes());
    tensor.mutable_grad() = value;
    return 0;
  });
}

// retain: -1 follows create_graph, as libtorch does.
VF_EXPORT int32_t vf_backward(
    void* const* tensors, int32_t count, void* const* gradients, int32_t gradient_count, int32_t retain,
    int32_t create_graph, void* const* inputs, int32_t input_count) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    torch::autograd::backward(
        list_of(tensors, count), list_of(gradients, gradient_count),
        retain < 0 ? create_graph != 0 : retain != 0, create_graph != 0, list_of(inputs, input_count));
    return 0;
  });
}

VF_EXPORT int32_t vf_gradients(
    void* const* outputs, int32_t output_count, void* const* inputs, int32_t input_count, void* const* seeds,
    int32_t seed_count, int32_t retain, int32_t create_graph, int32_t allow_unused, void** results) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto gradients = torch::autograd::grad(
        list_of(outputs, output_count), list_of(inputs, input_count), list_of(seeds, seed_count),
        retain < 0 ? create_graph != 0 : retain != 0, create_graph != 0, allow_unused != 0);
    for (size_t i = 0; i < gradients.size(); i++) {
      results[i] = vf::release(std::move(gradients[i]));
    }
    return 0;
  });
}

VF_EXPORT void* vf_node_new(
    void* state, Apply apply, Forget forget, void* const* inputs, int32_t count) noexcept {
  return vf::guarded<void*>(nullptr, [&] {
    auto made = std::shared_ptr<ManagedNode>(new ManagedNode(), torch::autograd::deleteNode);
    for (int32_t i = 0; i < count; i++) {
      auto tensor = vf::borrow(inputs[i]);
      made->add_next_edge(tensor.defined() && tensor.requires_grad()
          ? torch::autograd::impl::gradient_edge(tensor)
          : torch::autograd::Edge());
    }
    made->state = state;
    made->callback = apply;
    made->forget = forget;
    made->inputs = count;
    return new Shared(made);
  });
}

// The forward pass is over: only the graph keeps the node alive now.
VF_EXPORT void vf_node_release(void* handle) noexcept {
  vf::guarded<int>(0, [&] {
    delete static_cast<Shared*>(handle);
    return 0;
  });
}

// Makes `output` a result of the node. One that is an input unchanged gets a tensor of its own over the same data.
VF_EXPORT void* vf_node_output(
    void* handle, void* output, int32_t is_input, int32_t is_dirty, int32_t differentiable) noexcept {
  return vf::guarded<void*>(nullptr, [&] {
    auto tensor = vf::borrow(output);
    auto& shared = node(handle);
    auto edge = torch::autograd::Edge(shared, shared->add_input_metadata(tensor));
    if (is_dirty != 0) {
      torch::autograd::impl::rebase_history(tensor, std::move(edge));
      return vf::release(tensor);
    }
    if (is_input != 0) {
      tensor = tensor.tensor_data();
    } else if (tensor.requires_grad()) {
      tensor = tensor.detach();
    }
    if (differentiable != 0) {
      torch::autograd::impl::set_gradient_edge(tensor, std::move(edge));
    }
    return vf::release(tensor);
  });
}

VF_EXPORT int32_t vf_node_save(void* handle, void* tensor, int32_t is_output) noexcept {
  return vf::guarded<int32_t>(-1, [&] {
    auto& shared = node(handle);
    shared->saved.emplace_back(vf::borrow(tensor), is_output != 0);
    return static_cast<int32_t>(shared->saved.size()) - 1;
  });
}

// `raw` is the ManagedNode itself, as vf_node_raw gave it, and lives while its callback runs.
VF_EXPORT void* vf_node_saved(void* raw, int32_t index) noexcept {
  return vf::guarded<void*>(nullptr, [&] {
    auto self = static_cast<ManagedNode*>(raw);
    TORCH_CHECK(
        index < static_cast<int32_t>(self->saved.size()),
        "the saved tensors were freed by an earlier backward pass: retain the graph to run it twice");
    return vf::release(self->saved[index].unpack(self->shared_from_this()));
  });
}

VF_EXPORT void* vf_node_raw(void* handle) noexcept {
  return node(handle).get();
}
