// Calls any operator of libtorch's dispatcher by name, its arguments converted by the operator's own schema.
#include "support.h"

#include <ATen/core/Generator.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace {

// libtorch's optional is its own class before 2.x and std::optional after.
using OptionalValue = std::decay_t<decltype(std::declval<const c10::Argument&>().default_value())>;
template <typename Optional>
struct Rebind;
template <template <typename> class Optional, typename Value>
struct Rebind<Optional<Value>> {
  using Tensor = Optional<at::Tensor>;
};
using OptionalTensor = Rebind<OptionalValue>::Tensor;

enum class Kind { Plain, Float, IntList, FloatList, BoolList, TensorList, OptionalTensorList, OptionalTensor };

struct Parameter {
  Kind kind;
  OptionalValue standard;
  std::string name;
};

struct Operator {
  c10::OperatorHandle handle;
  std::string name;
  std::vector<Parameter> parameters;
};

Kind kind_of(c10::TypePtr type) {
  bool optional = false;
  if (type->kind() == c10::TypeKind::OptionalType) {
    type = type->expectRef<c10::OptionalType>().getElementType();
    optional = true;
  }
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
      return optional ? Kind::OptionalTensor : Kind::Plain;
    case c10::TypeKind::FloatType:
      return Kind::Float;
    case c10::TypeKind::ListType: {
      auto element = type->expectRef<c10::ListType>().getElementType();
      switch (element->kind()) {
        case c10::TypeKind::TensorType:
          return Kind::TensorList;
        case c10::TypeKind::OptionalType:
          return Kind::OptionalTensorList;
        case c10::TypeKind::FloatType:
          return Kind::FloatList;
        case c10::TypeKind::BoolType:
          return Kind::BoolList;
        default:
          return Kind::IntList;
      }
    }
    default:
      return Kind::Plain;
  }
}

template <typename Element, typename Source>
c10::List<Element> list_of(const VfValue& value) {
  c10::List<Element> list;
  list.reserve(value.count);
  auto source = static_cast<const Source*>(value.p);
  for (int32_t i = 0; i < value.count; i++) {
    list.push_back(static_cast<Element>(source[i]));
  }
  return list;
}

c10::IValue to_ivalue(const VfValue& value, const Parameter& parameter) {
  switch (value.tag) {
    case VF_NONE:
      // A plain undefined tensor is how generated code spells an optional tensor that is absent.
      return c10::IValue();
    case VF_TENSOR:
      return c10::IValue(vf::borrow(value.p));
    case VF_INT:
      if (parameter.kind == Kind::Float) {
        return c10::IValue(static_cast<double>(value.i));
      }
      if (parameter.kind == Kind::IntList) {
        c10::List<int64_t> one;
        one.push_back(value.i);
        return c10::IValue(std::move(one));
      }
      return c10::IValue(value.i);
    case VF_DOUBLE:
      return c10::IValue(value.d);
    case VF_BOOL:
      return c10::IValue(value.i != 0);
    case VF_INT_LIST:
      return c10::IValue(list_of<int64_t, int64_t>(value));
    case VF_DOUBLE_LIST:
      return c10::IValue(list_of<double, double>(value));
    case VF_BOOL_LIST:
      return c10::IValue(list_of<bool, uint8_t>(value));
    case VF_TENSOR_LIST: {
      auto handles = static_cast<void* const*>(value.p);
      if (parameter.kind == Kind::OptionalTensorList) {
        c10::List<OptionalTensor> list;
        list.reserve(value.count);
        for (int32_t i = 0; i < value.count; i++) {
          list.push_back(handles[i] == nullptr ? OptionalTensor() : OptionalTensor(vf::borrow(handles[i])));
        }
        return c10::IValue(std::move(list));
      }
      c10::List<at::Tensor> list;
      list.reserve(value.count);
      for (int32_t i = 0; i < value.count; i++) {
        list.push_back(vf::borrow(handles[i]));
      }
      return c10::IValue(std::move(list));
    }
    case VF_STRING:
      return c10::IValue(std::string(static_cast<const char*>(value.p), value.count));
    case VF_DEVICE:
      return c10::IValue(c10::Device(
          static_cast<c10::DeviceType>(value.i), static_cast<c10::DeviceIndex>(value.count)));
    case VF_GENERATOR:
      return c10::IValue(at::Generator(
          c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(static_cast<c10::GeneratorImpl*>(value.p))));
    default:
      TORCH_CHECK(parameter.standard.has_value(), "argument '", parameter.name, "' has no default");
      return *parameter.standard;
  }
}

void from_ivalue(c10::IValue&& value, VfValue& out) {
  out.count = 0;
  out.i = 0;
  if (value.isTensor()) {
    out.tag = VF_TENSOR;
    out.p = vf::release(std::move(value).toTensor());
  } else if (value.isInt() || value.isSymInt()) {
    out.tag = VF_INT;
    out.i = value.toInt();
  } else if (value.isDouble()) {
    out.tag = VF_DOUBLE;
    out.d = value.toDouble();
  } else if (value.isBool()) {
    out.tag = VF_BOOL;
    out.i = value.toBool();
  } else if (value.isTensorList()) {
    auto list = value.toTensorList();
    auto handles = static_cast<void**>(std::malloc(sizeof(void*) * (list.size() + 1)));
    TORCH_CHECK(handles != nullptr, "out of memory");
    out.tag = VF_TENSOR_LIST;
    out.count = static_cast<int32_t>(list.size());
    out.p = handles;
    for (size_t i = 0; i < list.size(); i++) {
      handles[i] = vf::release(list.get(i));
    }
  } else if (value.isNone()) {
    out.tag = VF_NONE;
  } else {
    TORCH_CHECK(false, "a result of type ", value.tagKind(), " has no place in the C ABI");
  }
}

// Kept per thread so that a call allocates no vector; taken for the length of a call, because a backward pass may
// call back into managed code, which calls operators again.
thread_local std::vector<c10::IValue> spare_stack;

} // namespace

VF_EXPORT void* vf_operator(const char* name, const char* overload) noexcept {
  return vf::guarded<void*>(nullptr, [&]() -> void* {
    auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!found.has_value()) {
      vf::last_error = std::string("this libtorch has no operator ") + name + (*overload ? "." : "") + overload;
      return nullptr;
    }
    auto made = new Operator{*found, name, {}};
    for (const auto& argument : found->schema().arguments()) {
      made->parameters.push_back({kind_of(argument.type()), argument.default_value(), argument.name()});
    }
    return made;
  });
}

// Number of results written, or -1. Results beyond `capacity` are dropped, so 0 discards an in-place result.
VF_EXPORT int32_t
vf_call(void* handle, const VfValue* values, int32_t count, VfValue* results, int32_t capacity) noexcept {
  return vf::guarded<int32_t>(-1, [&]() -> int32_t {
    auto& op = *static_cast<Operator*>(handle);
    auto wanted = static_cast<int32_t>(op.parameters.size());
    TORCH_CHECK(count <= wanted, op.name, " takes ", wanted, " arguments, got ", count);
    std::vector<c10::IValue> stack = std::move(spare_stack);
    stack.clear();
    for (int32_t i = 0; i < wanted; i++) {
      const auto& parameter = op.parameters[i];
      if (i < count) {
        stack.push_back(to_ivalue(values[i], parameter));
      } else {
        TORCH_CHECK(parameter.standard.has_value(), op.name, ": argument '", parameter.name, "' is missing");
        stack.push_back(*parameter.standard);
      }
    }
    op.handle.callBoxed(&stack);
    auto written = std::min(static_cast<int32_t>(stack.size()), capacity);
    for (int32_t i = 0; i < written; i++) {
      from_ivalue(std::move(stack[i]), results[i]);
    }
    stack.clear();
    spare_stack = std::move(stack);
    return written;
  });
}

VF_EXPORT void vf_free(void* memory) noexcept {
  std::free(memory);
}
