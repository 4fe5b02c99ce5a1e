// The backend axis: who runs the primitives.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <iqnrl/backend/reference.hpp>
#include <iqnrl/contract/axis.hpp>

namespace iqnrl {

namespace detail {
template <class P>
concept backend_named = requires {
  { P::name } -> std::convertible_to<std::string_view>;
  typename P::scope;
};
// Each primitive with the arguments that layers give it: an override hides every overload of its name in the base.
template <class T>
struct primitive_arguments {
  view<T, 1> v;
  view<T, 2> m;
  view<const T, 1> cv;
  view<const T, 2> cm;
  T x;
};
struct probe_activation {
  template <class T>
  static T value(T x) {
    return x;
  }
  template <class T>
  static T derivative(T) {
    return T(1);
  }
};
struct probe_rows {
  template <class... Rows>
  void operator()(std::size_t, Rows&&...) const {}
};
template <class P, class T>
concept backend_moves = requires(const P p, const primitive_arguments<T>& a, void* bytes, T* to, const T* from,
                                 const view<const std::uint8_t, 2>& image) {
  bytes = p.allocate(1);
  p.deallocate(bytes, 1);
  p.upload(from, a.m);
  p.download(a.cm, to);
  p.copy(a.cm, a.m);
  p.fill(a.m, a.x);
  p.cast(image, a.x, a.m);
  p.fill_uniform(a.m, sequence{}, 0);
  p.fill_normal(a.v, sequence{});
};
template <class P, class T>
concept backend_multiplies = requires(const P p, const primitive_arguments<T>& a) {
  { P::template packed_size<T>(1, 1) } -> std::convertible_to<std::size_t>;
  p.pack(a.cm, a.v);
  p.affine(a.cm, a.cm, a.cv, a.cv, probe_activation{}, a.m);
  p.affine_input_gradient(a.cm, a.cm, a.cv, a.m);
  p.affine_weight_gradient(a.cm, a.cm, a.m, a.v);
};
template <class P, class T>
concept backend_sees = requires(const P p, const primitive_arguments<T>& a, const convolution& c, const pooling& q,
                                const view<std::int32_t, 2>& index) {
  { P::template convolution_scratch<T>(c) } -> std::convertible_to<std::size_t>;
  p.convolve(c, a.cm, a.cm, a.cv, a.cv, probe_activation{}, a.v, a.m);
  p.convolve_input_gradient(c, a.cm, a.cm, a.cv, a.v, a.m);
  p.convolve_weight_gradient(c, a.cm, a.cm, a.v, a.m, a.v);
  p.max_pool(q, a.cm, a.m, index);
  p.max_pool_gradient(q, a.cm, view<const std::int32_t, 2>(index), a.m);
  p.average_pool(q, a.cm, a.m);
  p.average_pool_gradient(q, a.cm, a.m);
};
template <class P, class T>
concept backend_maps = requires(const P p, const primitive_arguments<T>& a) {
  p.activate(a.cm, probe_activation{}, a.m);
  p.activation_gradient(a.cm, probe_activation{}, a.m);
  p.cosine(a.cv, 0, a.m);
  p.cosine_gradient(a.cv, 0, a.cm, a.v);
  p.hadamard(a.cm, a.cm, a.m);
  p.hadamard_gradient(a.cm, a.cm, a.cm, a.m, a.m);
  p.normalise(a.cm, a.cv, a.cv, a.x, a.m, a.m, a.v);
  p.normalise_gradient(a.cm, a.cm, a.cv, a.cv, a.m, a.v, a.v);
};
template <class P, class T>
concept backend_reduces = requires(const P p, const primitive_arguments<T>& a) {
  p.add(a.cv, a.v);
  { p.sum_of_squares(a.cv) } -> std::same_as<double>;
  { p.all_finite(a.cv) } -> std::same_as<bool>;
  p.for_rows(1, probe_rows{}, a.m, a.cv);
};
}  // namespace detail

/// A backend: it derives from `backend::reference`, which is complete, and overrides what it does better.
template <class P>
concept backend_policy = policy_on<P, axis::backend> && std::derived_from<P, backend::reference> &&
    std::default_initializable<P> && std::copyable<P> && detail::backend_named<P> && detail::backend_moves<P, float> &&
    detail::backend_moves<P, double> && detail::backend_multiplies<P, float> && detail::backend_multiplies<P, double> &&
    detail::backend_sees<P, float> && detail::backend_sees<P, double> && detail::backend_maps<P, float> &&
    detail::backend_maps<P, double> && detail::backend_reduces<P, float> && detail::backend_reduces<P, double>;

/// Says in one sentence what a type lacks to be a backend.
template <class P>
consteval bool check_backend() {
  static_assert(policy_on<P, axis::backend>,
                "iqnrl[backend]: the backend needs `using axis = iqnrl::axis::backend;` and an aggregate `struct "
                "config`  -> docs/backend.md");
  static_assert(std::derived_from<P, backend::reference>,
                "iqnrl[backend]: the backend must derive from iqnrl::backend::reference (or from one that does), whose "
                "primitives it overrides  -> docs/backend.md");
  static_assert(std::default_initializable<P> && std::copyable<P>,
                "iqnrl[backend]: the backend must be default constructible and copyable  -> docs/backend.md");
  if constexpr (std::derived_from<P, backend::reference> && std::default_initializable<P>) {
    static_assert(detail::backend_moves<P, float> && detail::backend_moves<P, double>,
                  "iqnrl[backend]: an override must take what backend::reference's takes, const, in float and in "
                  "double, and this backend's does not; look at allocate, deallocate, upload, download, copy, fill, "
                  "cast, fill_uniform and fill_normal  -> docs/backend.md");
    static_assert(detail::backend_multiplies<P, float> && detail::backend_multiplies<P, double>,
                  "iqnrl[backend]: an override must take what backend::reference's takes, const, in float and in "
                  "double, and this backend's does not; look at packed_size, pack, affine, affine_input_gradient and "
                  "affine_weight_gradient  -> docs/backend.md");
    static_assert(
        detail::backend_sees<P, float> && detail::backend_sees<P, double>,
        "iqnrl[backend]: an override must take what backend::reference's takes, const, in float and in "
        "double, and this backend's does not; look at convolution_scratch, convolve, convolve_input_gradient, "
        "convolve_weight_gradient, max_pool, max_pool_gradient, average_pool and average_pool_gradient  -> "
        "docs/backend.md");
    static_assert(detail::backend_maps<P, float> && detail::backend_maps<P, double>,
                  "iqnrl[backend]: an override must take what backend::reference's takes, const, in float and in "
                  "double, and this backend's does not; look at activate, activation_gradient, cosine, "
                  "cosine_gradient, hadamard, hadamard_gradient, normalise and normalise_gradient  -> docs/backend.md");
    static_assert(
        detail::backend_reduces<P, float> && detail::backend_reduces<P, double>,
        "iqnrl[backend]: an override must take what backend::reference's takes, const, in float and in double, and "
        "this backend's does not; look at add, sum_of_squares, all_finite and for_rows  -> docs/backend.md");
  }
  return backend_policy<P>;
}

}  // namespace iqnrl
