// The C ABI between the managed binding and libtorch. It must not know any operator by name.
#pragma once

#include <cstdint>

#define VF_EXPORT extern "C" __attribute__((visibility("default")))

// Raised with every change to a signature or to VfValue; the managed side refuses a library with another number.
constexpr int32_t VF_ABI = 1;

enum VfTag : int32_t {
  VF_NONE = 0,
  VF_TENSOR = 1,
  VF_INT = 2,
  VF_DOUBLE = 3,
  VF_BOOL = 4,
  VF_INT_LIST = 5,
  VF_DOUBLE_LIST = 6,
  VF_TENSOR_LIST = 7,
  VF_STRING = 8,
  VF_DEVICE = 9,
  VF_GENERATOR = 10,
  VF_DEFAULT = 11,
  VF_BOOL_LIST = 12,
};

// `count` is the length of a list or string, or the index of a device.
struct VfValue {
  int32_t tag;
  int32_t count;
  union {
    int64_t i;
    double d;
    void* p;
  };
};

static_assert(sizeof(VfValue) == 16, "the managed side lays this out by hand");
