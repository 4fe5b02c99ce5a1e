// Products of matrices by tiles whose sums stay in vector registers. For backends.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <iqnrl/backend/vectors.hpp>
#include <iqnrl/nn/activation.hpp>

namespace iqnrl::backend::detail {

/// Rows of a tile, at most.
inline constexpr std::size_t most_rows = 12;

/// c[i, j] += sum_k a[i, k] b[k, j] for tiles of at most `rows` x `columns`; a register has `Register` bytes.
///
/// Each sum is one chain over k, whatever the tile: an element's bits do not depend on its neighbours.
template <class T, std::size_t Register = widest_register>
class tile {
 public:
  using vector = typename vector_of<T, Register>::type;
  static constexpr std::size_t lanes = Register / sizeof(T);
  static constexpr std::size_t rows = Register == 64 ? most_rows : 6;  ///< so that the sums of two vectors a row fit
  static constexpr std::size_t columns = 2 * lanes;

  /// Where the rows of `a` begin, and where in a row each of its elements is: at `at[k]` or, without that, `k * step`.
  struct left {
    std::array<const T*, rows> row{};
    const std::uint32_t* at = nullptr;
    std::size_t step = 1;
    std::size_t length = 0;
  };

  /// What the sums start from and where they go: row i begins at `from + i * from_stride` and `to + i * to_stride`.
  /// With `relu` they are zero at least.
  struct ends {
    const T* from = nullptr;
    std::size_t from_stride = 0;
    T* to = nullptr;
    std::size_t to_stride = 0;
    bool relu = false;
  };

  /// Makes the sums of the first `count` rows of `a` and `vectors` vectors of columns. The rows of `b` are `stride`
  /// apart; all their `vectors * lanes` elements are read, and as many of each row of `e` read and written.
  static void multiply(const left& a, std::size_t count, const T* b, std::size_t stride, std::size_t vectors,
                       const ends& e) {
    if (a.at != nullptr) {
      vectors == 1 ? all_rows<1, true>(a, count, b, stride, e) : all_rows<2, true>(a, count, b, stride, e);
    } else {
      vectors == 1 ? all_rows<1, false>(a, count, b, stride, e) : all_rows<2, false>(a, count, b, stride, e);
    }
  }

 private:
  template <std::size_t Vectors, bool Looked>
  static void all_rows(const left& a, std::size_t count, const T* b, std::size_t stride, const ends& e) {
    std::size_t done = 0;
    if constexpr (rows == most_rows) {
      if (count == 12) return some_rows<12, Vectors, Looked>(a, 0, b, stride, e);
      if (count >= 8) some_rows<8, Vectors, Looked>(a, 0, b, stride, e), done = 8;
    } else {
      if (count == 6) return some_rows<6, Vectors, Looked>(a, 0, b, stride, e);
    }
    if (count - done >= 4) some_rows<4, Vectors, Looked>(a, done, b, stride, e), done += 4;
    if (count - done >= 2) some_rows<2, Vectors, Looked>(a, done, b, stride, e), done += 2;
    if (count - done >= 1) some_rows<1, Vectors, Looked>(a, done, b, stride, e);
  }

  template <std::size_t Rows, std::size_t Vectors, bool Looked>
#ifdef __clang__
  [[clang::min_vector_width(512)]]  // else it splits the widest registers in two on some processors
#endif
  [[gnu::noinline]] static void
  some_rows(const left& a, std::size_t first, const T* b, std::size_t stride, const ends& e) {
    vector sum[Rows][Vectors];
    const T* start = e.from + first * e.from_stride;
#pragma GCC unroll 12
    for (std::size_t i = 0; i < Rows; ++i, start += e.from_stride) load(sum[i], start);
    std::array<const T*, Rows> from;
    for (std::size_t i = 0; i < Rows; ++i) from[i] = a.row[first + i];
    for (std::size_t k = 0; k < a.length; ++k, b += stride) {
      vector right[Vectors];
      load(right, b);
      const std::size_t at = Looked ? a.at[k] : k * a.step;
#pragma GCC unroll 12
      for (std::size_t i = 0; i < Rows; ++i) {
        const T x = from[i][at];
#pragma GCC unroll 2
        for (std::size_t v = 0; v < Vectors; ++v) sum[i][v] += x * right[v];
      }
    }
    T* to = e.to + first * e.to_stride;
    if (e.relu) {
#pragma GCC unroll 12
      for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
        for (std::size_t v = 0; v < Vectors; ++v) sum[i][v] = sum[i][v] > vector{} ? sum[i][v] : vector{};
      }
    }
#pragma GCC unroll 12
    for (std::size_t i = 0; i < Rows; ++i, to += e.to_stride) store(sum[i], to);
  }
};

/// Elements of the sums that are added up at once, at most: a tile's rows and a panel of so many rows stay in the
/// nearest cache.
inline constexpr std::size_t block_depth = 288;
/// The same for sums of `depth` elements, which are cut into equal parts.
[[nodiscard]] constexpr std::size_t part_of(std::size_t depth) {
  const std::size_t parts = (depth + block_depth - 1) / block_depth;
  return parts == 0 ? 1 : (depth + parts - 1) / parts;
}
/// Rows that a panel is multiplied by before the next.
template <class Tile>
inline constexpr std::size_t block_rows = 16 * Tile::rows;

/// The left side of a product by its elements: (i, k) at `data[i * row + k * step]`.
template <class T>
class strided {
 public:
  strided(const T* data, std::size_t row, std::size_t step = 1) : data_(data), row_(row), step_(step) {}

  template <class Left>
  void depth(std::size_t k, std::size_t count, Left& left) {
    from_ = data_ + k * step_;
    left.step = step_;
    left.length = count;
  }
  void block(std::size_t /*first*/, std::size_t /*count*/) {}
  template <class Left>
  void rows(std::size_t i, std::size_t count, Left& left) const {
    const T* row = from_ + i * row_;
    for (std::size_t n = 0; n < count; ++n, row += row_) left.row[n] = row;
  }

 private:
  const T* data_;
  std::size_t row_;
  std::size_t step_;
  const T* from_ = nullptr;
};

/// The left side of a product whose columns lie in memory: (i, k) at `data[i + k * stride]`. A block of it is copied,
/// so that what a tile reads lies together.
template <class T, std::size_t Register = widest_register>
class upright {
  using shape = tile<T, Register>;

 public:
  upright(const T* data, std::size_t stride) : data_(data), stride_(stride) {}

  void depth(std::size_t k, std::size_t count, typename shape::left& left) {
    from_ = data_ + k * stride_;
    left.step = shape::rows;
    left.length = count;
    length_ = count;
  }
  void block(std::size_t first, std::size_t count) {
    first_ = first;
    for (std::size_t i = 0; i < count; i += shape::rows) {
      const T* from = from_ + first + i;
      T* to = copy_.data() + i * length_;
      if (i + shape::rows <= count) {
        for (std::size_t k = 0; k < length_; ++k, from += stride_, to += shape::rows)
          std::memcpy(to, from, shape::rows * sizeof(T));
      } else {
        for (std::size_t k = 0; k < length_; ++k, from += stride_, to += shape::rows) std::copy_n(from, count - i, to);
      }
    }
  }
  void rows(std::size_t i, std::size_t count, typename shape::left& left) const {
    const T* from = copy_.data() + (i - first_) * length_;
    for (std::size_t n = 0; n < count; ++n) left.row[n] = from + n;
  }

 private:
  const T* data_;
  std::size_t stride_;
  const T* from_ = nullptr;
  std::size_t length_ = 0;
  std::size_t first_ = 0;
  std::array<T, block_rows<shape> * block_depth> copy_;
};

/// Offsets of three nested loops, the last of which is innermost.
struct lattice {
  std::array<std::size_t, 3> count;
  std::array<std::size_t, 3> step;

  [[nodiscard]] constexpr std::size_t size() const { return count[0] * count[1] * count[2]; }
  /// Writes those of turns [first, first + n).
  void offsets(std::size_t first, std::size_t n, std::uint32_t* to) const {
    std::size_t c = first % count[2];
    std::size_t b = first / count[2] % count[1];
    std::size_t a = first / count[2] / count[1];
    for (std::size_t i = 0; i < n; ++i) {
      to[i] = static_cast<std::uint32_t>(a * step[0] + b * step[1] + c * step[2]);
      if (++c < count[2]) continue;
      c = 0;
      if (++b < count[1]) continue;
      b = 0;
      ++a;
    }
  }
};

/// The left side of a product that lies in images: (i, k) at `data[row i of one lattice + turn k of another]`.
template <class T, std::size_t Register = widest_register>
class looked_up {
  using shape = tile<T, Register>;

 public:
  looked_up(const T* data, const lattice& rows, const lattice& depth) : data_(data), rows_(rows), depth_(depth) {}

  void depth(std::size_t k, std::size_t count, typename shape::left& left) {
    depth_.offsets(k, count, at_.data());
    left.at = at_.data();
    left.length = count;
  }
  void block(std::size_t first, std::size_t count) {
    first_ = first;
    rows_.offsets(first, count, row_.data());
  }
  void rows(std::size_t i, std::size_t count, typename shape::left& left) const {
    for (std::size_t n = 0; n < count; ++n) left.row[n] = data_ + row_[i - first_ + n];
  }

 private:
  const T* data_;
  lattice rows_;
  lattice depth_;
  std::size_t first_ = 0;
  std::array<std::uint32_t, block_depth> at_{};
  std::array<std::uint32_t, block_rows<shape>> row_{};
};

/// Columns [first, first + count) of rows of `b`, as tiles read them.
template <class T>
struct panel {
  const T* data = nullptr;
  std::size_t stride = 0;
  std::size_t count = 0;
  std::size_t vectors = 0;
};

/// The right side of a product, laid out beforehand: panels of `tile::columns` columns, the last of a whole number of
/// vectors, each [depth, its columns]; zeros beyond the matrix.
template <class T, std::size_t Register = widest_register>
struct packed_panels {
  using shape = tile<T, Register>;
  const T* data = nullptr;
  std::size_t columns = 0;
  std::size_t depth = 0;

  [[nodiscard]] static constexpr std::size_t padded(std::size_t columns) {
    return (columns + shape::lanes - 1) / shape::lanes * shape::lanes;
  }
  [[nodiscard]] static constexpr std::size_t size(std::size_t columns, std::size_t depth) {
    return padded(columns) * depth;
  }

  /// Lays out the transpose of a matrix [columns, depth].
  static void pack(const T* from, std::size_t stride, std::size_t columns, std::size_t depth, T* to) {
    for (std::size_t j = 0; j < columns; j += shape::columns) {
      const std::size_t count = std::min(shape::columns, columns - j);
      const std::size_t width = padded(count);
      T* panel = to + j * depth;
      transposition<T, Register>::run(from + j * stride, stride, count, depth, panel, width);
      if (count == width) continue;
      for (std::size_t k = 0; k < depth; ++k) std::fill(panel + k * width + count, panel + (k + 1) * width, T(0));
    }
  }

  panel<T> operator()(std::size_t first, std::size_t k, std::size_t /*count*/) const {
    const std::size_t left = std::min(shape::columns, columns - first);
    const std::size_t width = padded(left);
    return {data + first * depth + k * width, width, left, width / shape::lanes};
  }
};

/// The right side of a product as it lies in memory, [depth, columns]. Panels that do not fill their vectors, and those
/// that many rows are multiplied by, are copied: rows that lie far apart push each other out of the nearest cache.
template <class T, std::size_t Register = widest_register>
class plain_panels {
 public:
  using shape = tile<T, Register>;

  /// `rows` of the left side.
  plain_panels(const T* data, std::size_t stride, std::size_t columns, std::size_t rows)
      : data_(data),
        stride_(stride),
        columns_(columns),
        worth_it_(rows >= 4 * shape::rows && columns > shape::columns) {}

  panel<T> operator()(std::size_t first, std::size_t k, std::size_t count) {
    const std::size_t left = columns_ - first;
    const std::size_t vectors = left > shape::lanes ? 2 : 1;
    const std::size_t width = vectors * shape::lanes;
    const T* from = data_ + k * stride_ + first;
    if (left < width) {
      for (std::size_t i = 0; i < count; ++i) {
        T* to = copy_.data() + i * width;
        std::copy_n(from + i * stride_, left, to);
        std::fill(to + left, to + width, T(0));
      }
      return {copy_.data(), width, left, vectors};
    }
    if (!worth_it_) return {from, stride_, width, vectors};
    if (vectors == 1) {
      copy_rows<shape::lanes>(from, count);
    } else {
      copy_rows<shape::columns>(from, count);
    }
    return {copy_.data(), width, width, vectors};
  }

 private:
  template <std::size_t Width>
  void copy_rows(const T* from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(copy_.data() + i * Width, from + i * stride_, Width * sizeof(T));
  }

  const T* data_;
  std::size_t stride_;
  std::size_t columns_;
  bool worth_it_;
  alignas(64) std::array<T, block_depth * shape::columns> copy_;
};

/// Where rows of a result lie: so far apart.
struct rows_apart {
  std::size_t stride;
  /// Calls `f(i, where row first + i begins)` for i below `count`.
  template <class F>
  [[gnu::always_inline]] void each(std::size_t first, std::size_t count, const F& f) const {
    for (std::size_t i = 0; i < count; ++i) f(i, (first + i) * stride);
  }
};
/// The same for rows that are places of images.
struct rows_on {
  lattice where;
  template <class F>
  [[gnu::always_inline]] void each(std::size_t first, std::size_t count, const F& f) const {
    std::array<std::uint32_t, most_rows> offset{};
    where.offsets(first, count, offset.data());
    for (std::size_t i = 0; i < count; ++i) f(i, offset[i]);
  }
};

/// Where a product goes, and what it is added to: what is there, or a row for all rows, or nothing.
template <class T, class Rows = rows_apart>
struct destination {
  T* to;
  Rows rows;
  bool add = false;
  const T* bias = nullptr;
};
template <class T, class Rows>
destination(T*, Rows, bool = false, const T* = nullptr) -> destination<T, Rows>;

/// act(left right + what `to` says). `left` is a `strided`, an `upright` or a `looked_up`; `right(column, k, count)` is
/// the panel from there, for k in [k, k + count).
template <class Left, class Right, class T, class Rows, class Activation = activation::identity>
void multiply(std::size_t rows, std::size_t columns, std::size_t depth, Left&& left, Right&& right,
              const destination<T, Rows>& to, Activation act = {}) {
  using shape = typename std::remove_cvref_t<Right>::shape;
  constexpr bool relu = std::is_same_v<Activation, activation::relu>;
  constexpr bool linear = std::is_same_v<Activation, activation::identity>;
  alignas(64) std::array<T, shape::columns> start{};
  alignas(64) std::array<T, shape::rows * shape::columns> copy{};
  typename shape::left a;
  const std::size_t part = part_of(depth);
  for (std::size_t k = 0; k < depth; k += part) {
    left.depth(k, std::min(part, depth - k), a);
    const bool onto = to.add || k > 0;
    const bool last = k + a.length == depth;
    for (std::size_t block = 0; block < rows; block += block_rows<shape>) {
      const std::size_t end = std::min(block + block_rows<shape>, rows);
      left.block(block, end - block);
      for (std::size_t j = 0; j < columns;) {
        const auto b = right(j, k, a.length);
        if (!onto && to.bias != nullptr) std::copy_n(to.bias + j, b.count, start.data());
        for (std::size_t i = block; i < end; i += shape::rows) {
          const std::size_t count = std::min(shape::rows, end - i);
          left.rows(i, count, a);
          const auto run = [&](T* sums, std::size_t stride) {
            shape::multiply(a, count, b.data, b.stride, b.vectors,
                            {onto ? sums : start.data(), onto ? stride : 0, sums, stride, relu && last});
          };
          const auto each = [&](const auto& f) {
            to.rows.each(i, count, [&](std::size_t n, std::size_t offset) { f(n, to.to + offset + j); });
          };
          bool direct = false;
          if constexpr (std::is_same_v<Rows, rows_apart>) {
            direct = b.count == b.vectors * shape::lanes;
            if (direct) run(to.to + i * to.rows.stride + j, to.rows.stride);
          }
          if (!direct) {
            const auto move = [&](const T* from, T* place) {
              in_vectors<T, sizeof(typename shape::vector)>(b.count, [&]<class V, std::size_t N>(std::size_t c) {
                V v[N];
                load(v, from + c);
                store(v, place + c);
              });
            };
            if (onto) each([&](std::size_t n, const T* place) { move(place, copy.data() + n * shape::columns); });
            run(copy.data(), shape::columns);
            each([&](std::size_t n, T* place) { move(copy.data() + n * shape::columns, place); });
          }
          if constexpr (!relu && !linear) {
            if (!last) continue;
            each([&](std::size_t, T* place) {
              for (std::size_t c = 0; c < b.count; ++c) place[c] = act.value(place[c]);
            });
          }
        }
        j += b.count;
      }
    }
  }
}

}  // namespace iqnrl::backend::detail
