// Tensors in a backend's memory that a test fills and reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <iqnrl/backend/device.hpp>

namespace iqnrl::testing {

/// Numbers in [-1, 1), the same for the same seed.
template <class T>
[[nodiscard]] std::vector<T> noise(std::size_t count, std::uint64_t seed) {
  generator g(sequence{seed, stream::world, 77});
  std::vector<T> v(count);
  for (T& x : v) x = static_cast<T>(g.uniform(-1, 1));
  return v;
}

/// Owned elements of a backend, zero at first.
template <class Backend, class T, std::size_t Rank>
class tensor {
 public:
  tensor(const device<Backend>& dev, const extents<Rank>& e)
      : device_(dev),
        memory_(dev, (product(e) + 1) * sizeof(T), "a tensor of a test"),
        view_(reinterpret_cast<T*>(memory_.data()), e) {}
  tensor(const device<Backend>& dev, const extents<Rank>& e, const std::vector<T>& values) : tensor(dev, e) {
    set(values);
  }

  void set(const std::vector<T>& values) const { device_.upload(std::span<const T>(values), view_); }
  [[nodiscard]] std::vector<T> get() const {
    std::vector<T> host(view_.size());
    device_.download(view_, std::span(host));
    return host;
  }
  [[nodiscard]] const iqnrl::view<T, Rank>& out() const { return view_; }
  [[nodiscard]] iqnrl::view<const T, Rank> in() const { return view_; }

 private:
  device<Backend> device_;
  memory<Backend> memory_;
  iqnrl::view<T, Rank> view_;
};

/// Elements of a view on the host.
template <class Backend, class T, std::size_t Rank>
[[nodiscard]] std::vector<std::remove_const_t<T>> host_of(const device<Backend>& dev, const view<T, Rank>& v) {
  std::vector<std::remove_const_t<T>> host(v.size());
  dev.download(v, std::span(host));
  return host;
}

}  // namespace iqnrl::testing
