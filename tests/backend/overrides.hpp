// Which primitives a backend has of its own, by the class that declares them.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <vector>

#include <iqnrl/backend/reference.hpp>
#include <iqnrl/nn/activation.hpp>

namespace iqnrl::testing {

template <class Member>
struct declaring;
template <class Class, class Function>
struct declaring<Function Class::*> {
  using type = Class;
};

struct row_kernel {
  void operator()(std::size_t, float&) const {}
};

/// Names of the primitives that `B` declares itself; the others it has from a base.
template <class B>
[[nodiscard]] std::vector<std::string_view> own_primitives() {
  using relu = activation::relu;
  std::vector<std::string_view> own;
  const auto look = [&]<class Member>(std::string_view name, Member) {
    if (std::is_same_v<typename declaring<Member>::type, B>) own.push_back(name);
  };
  look("allocate", &B::allocate);
  look("deallocate", &B::deallocate);
  look("upload", &B::template upload<float, 2>);
  look("download", &B::template download<float, 2>);
  look("copy", &B::template copy<float, 2>);
  look("fill", &B::template fill<float, 2>);
  look("cast", &B::template cast<unsigned char, float>);
  look("fill_uniform", &B::template fill_uniform<float, 2>);
  look("fill_normal", &B::template fill_normal<float>);
  look("pack", &B::template pack<float>);
  look("affine", &B::template affine<relu, float>);
  look("affine_input_gradient", &B::template affine_input_gradient<float>);
  look("affine_weight_gradient", &B::template affine_weight_gradient<float>);
  look("convolve", &B::template convolve<relu, float>);
  look("convolve_input_gradient", &B::template convolve_input_gradient<float>);
  look("convolve_weight_gradient", &B::template convolve_weight_gradient<float>);
  look("max_pool", &B::template max_pool<float>);
  look("max_pool_gradient", &B::template max_pool_gradient<float>);
  look("average_pool", &B::template average_pool<float>);
  look("average_pool_gradient", &B::template average_pool_gradient<float>);
  look("normalise", &B::template normalise<float>);
  look("normalise_gradient", &B::template normalise_gradient<float>);
  look("activate", &B::template activate<relu, float>);
  look("activation_gradient", &B::template activation_gradient<relu, float>);
  look("cosine", &B::template cosine<float>);
  look("cosine_gradient", &B::template cosine_gradient<float>);
  look("hadamard", &B::template hadamard<float>);
  look("hadamard_gradient", &B::template hadamard_gradient<float>);
  look("add", &B::template add<float>);
  look("sum_of_squares", &B::template sum_of_squares<float>);
  look("all_finite", &B::template all_finite<float>);
  look("for_rows", &B::template for_rows<row_kernel, view<float, 1>>);
  return own;
}

}  // namespace iqnrl::testing
