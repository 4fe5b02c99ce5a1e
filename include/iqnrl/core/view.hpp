// Views of memory that a backend owns, and the rows that a functor sees inside a backend primitive.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

namespace iqnrl {

/// Extents of a view, outermost first.
template <std::size_t Rank>
using extents = std::array<std::size_t, Rank>;

template <std::size_t Rank>
[[nodiscard]] constexpr std::size_t product(const extents<Rank>& e) {
  std::size_t n = 1;
  for (const std::size_t x : e) n *= x;
  return n;
}

/// A non-owning, row-major view of `Rank` axes in a backend's memory. The outermost index may have a stride of its own
/// (columns of a wider matrix); everything inside one row is contiguous.
///
/// A view cannot be read or written here: only a backend's primitives touch the memory behind `data()`, which may lie
/// on another device.
template <class T, std::size_t Rank>
class view {
  static_assert(Rank >= 1, "iqnrl: a view has at least one axis");

 public:
  using value_type = std::remove_const_t<T>;
  static constexpr std::size_t rank = Rank;

  constexpr view() = default;

  constexpr view(T* data, const extents<Rank>& e) : data_(data), extents_(e), stride_(row_size(e)) {}

  constexpr view(T* data, const extents<Rank>& e, std::size_t stride) : data_(data), extents_(e), stride_(stride) {}

  /// A view of mutable memory serves where a view of constant memory is asked for.
  constexpr operator view<const T, Rank>() const  // NOLINT(google-explicit-constructor)
      requires(!std::is_const_v<T>) {
    return {data_, extents_, stride_};
  }

  [[nodiscard]] constexpr T* data() const { return data_; }
  [[nodiscard]] constexpr const extents<Rank>& shape() const { return extents_; }
  [[nodiscard]] constexpr std::size_t extent(std::size_t axis) const { return extents_[axis]; }
  [[nodiscard]] constexpr std::size_t rows() const { return extents_[0]; }
  [[nodiscard]] constexpr std::size_t row_size() const { return row_size(extents_); }
  [[nodiscard]] constexpr std::size_t size() const { return product(extents_); }
  [[nodiscard]] constexpr std::size_t stride() const { return stride_; }
  [[nodiscard]] constexpr bool contiguous() const { return stride_ == row_size() || rows() <= 1; }
  [[nodiscard]] constexpr bool empty() const { return size() == 0; }

  /// Rows [first, first + count).
  [[nodiscard]] constexpr view slice(std::size_t first, std::size_t count) const {
    extents<Rank> e = extents_;
    e[0] = count;
    return {data_ + first * stride_, e, stride_};
  }

  /// Columns [first, first + count) of a matrix.
  [[nodiscard]] constexpr view columns(std::size_t first, std::size_t count) const requires(Rank == 2) {
    return {data_ + first, {extents_[0], count}, stride_};
  }

  /// The same contiguous elements with other extents.
  template <std::size_t Other>
  [[nodiscard]] constexpr view<T, Other> reshape(const extents<Other>& e) const {
    return {data_, e};
  }

 private:
  static constexpr std::size_t row_size(const extents<Rank>& e) {
    std::size_t n = 1;
    for (std::size_t i = 1; i < Rank; ++i) n *= e[i];
    return n;
  }

  T* data_ = nullptr;
  extents<Rank> extents_{};
  std::size_t stride_ = 0;
};

/// One row of a view as a functor sees it inside `for_rows`: readable and writable, row-major, contiguous.
template <class T, std::size_t Rank>
class row {
 public:
  constexpr row() = default;
  constexpr row(T* data, const extents<Rank>& e) : data_(data), extents_(e) {}

  [[nodiscard]] constexpr T* data() const { return data_; }
  [[nodiscard]] constexpr std::size_t extent(std::size_t axis) const { return extents_[axis]; }
  [[nodiscard]] constexpr std::size_t size() const { return product(extents_); }
  [[nodiscard]] constexpr T* begin() const { return data_; }
  [[nodiscard]] constexpr T* end() const { return data_ + size(); }

  [[nodiscard]] constexpr T& operator[](std::size_t i) const requires(Rank == 1) { return data_[i]; }

  template <class... I>
  [[nodiscard]] constexpr T& operator()(I... i) const {
    static_assert(sizeof...(I) == Rank, "iqnrl: a row takes one index an axis");
    std::size_t at = 0;
    std::size_t axis = 0;
    ((at = at * extents_[axis++] + static_cast<std::size_t>(i)), ...);
    return data_[at];
  }

 private:
  T* data_ = nullptr;
  extents<Rank> extents_{};
};

/// Row `i` of a view: a reference for a vector, a `row` of the remaining axes otherwise. For backends.
template <class T, std::size_t Rank>
[[nodiscard]] constexpr decltype(auto) row_of(const view<T, Rank>& v, std::size_t i) {
  if constexpr (Rank == 1) {
    return (v.data()[i * v.stride()]);
  } else {
    extents<Rank - 1> e{};
    for (std::size_t axis = 1; axis < Rank; ++axis) e[axis - 1] = v.extent(axis);
    return row<T, Rank - 1>{v.data() + i * v.stride(), e};
  }
}

}  // namespace iqnrl
