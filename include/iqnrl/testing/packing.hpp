// A backend that multiplies by packed weights only, and notices when they are not those of the parameters.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string_view>

#include <iqnrl/backend/reference.hpp>

namespace iqnrl::testing {

/// Thrown where packed weights are missing or older than the parameters: `prepare` was forgotten.
struct stale_weights : std::logic_error {
  using std::logic_error::logic_error;
};

/// `Base` with weights packed as their transpose [in, out]; products read nothing else.
template <class Base>
struct packing : Base {
  static constexpr std::string_view name = "packing";

  template <class T>
  [[nodiscard]] static constexpr std::size_t packed_size(std::size_t out, std::size_t in) {
    return out * in;
  }

  template <class T>
  void pack(const view<const T, 2>& weight, const view<T, 1>& packed) const {
    const std::size_t out = weight.rows();
    for (std::size_t n = 0; n < out; ++n) {
      for (std::size_t k = 0; k < weight.row_size(); ++k) {
        packed.data()[k * out + n] = weight.data()[n * weight.stride() + k];
      }
    }
  }

  template <class Activation, class T>
  void affine(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& packed,
              const view<const T, 1>& b, Activation act, const view<T, 2>& y) const {
    require_fresh(w, packed);
    const std::size_t out = w.rows();
    for (std::size_t r = 0; r < x.rows(); ++r) {
      T* to = y.data() + r * y.stride();
      for (std::size_t n = 0; n < out; ++n) to[n] = b.empty() ? T(0) : b.data()[n];
      for (std::size_t k = 0; k < x.row_size(); ++k) {
        const T factor = x.data()[r * x.stride() + k];
        for (std::size_t n = 0; n < out; ++n) to[n] += factor * packed.data()[k * out + n];
      }
      for (std::size_t n = 0; n < out; ++n) to[n] = act.value(to[n]);
    }
  }

  template <class T>
  void affine_input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<const T, 1>& packed,
                             const view<T, 2>& dx) const {
    require_fresh(w, packed);
    const std::size_t out = w.rows();
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      for (std::size_t k = 0; k < w.row_size(); ++k) {
        T sum = 0;
        for (std::size_t n = 0; n < out; ++n) sum += dy.data()[r * dy.stride() + n] * packed.data()[k * out + n];
        dx.data()[r * dx.stride() + k] = sum;
      }
    }
  }

 private:
  template <class T>
  static void require_fresh(const view<const T, 2>& w, const view<const T, 1>& packed) {
    if (packed.size() != w.size()) throw stale_weights("a product was given no packed weights");
    for (std::size_t n = 0; n < w.rows(); ++n) {
      for (std::size_t k = 0; k < w.row_size(); ++k) {
        if (packed.data()[k * w.rows() + n] != w.data()[n * w.stride() + k]) {
          throw stale_weights("the packed weights are not those of the parameters");
        }
      }
    }
  }
};

}  // namespace iqnrl::testing
