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

/// c[i, j] += sum_k a[i, k] b[k, j] for tiles of a few rows and vectors; a register has `Register` bytes.
///
/// Each sum is one chain over k, whatever the tile: an element's bits do not depend on its neighbours.
template <class T, std::size_t Register = widest_register>
class tile {
 public:
  using vector = typename vector_of<T, Register>::type;
  static constexpr std::size_t lanes = Register / sizeof(T);
  static constexpr std::size_t most_vectors = Register == 64 ? 4 : 2;
  /// Numbers of the sums of a tile, at most.
  static constexpr std::size_t most_sums = (Register == 64 ? 24 : 12) * lanes;

  /// Rows of a tile of so many vectors, at most: so that its sums fit into the registers.
  [[nodiscard]] static constexpr std::size_t rows(std::size_t vectors) {
    return std::min(most_sums / lanes / vectors, Register == 64 ? most_rows : 6);
  }
  /// Vectors of the panels that so many columns are cut into: the wider the tile, the fewer numbers it reads for as
  /// many sums.
  [[nodiscard]] static constexpr std::size_t panel_vectors(std::size_t columns) {
    const std::size_t vectors = std::max<std::size_t>(1, (columns + lanes - 1) / lanes);
    const std::size_t panels = (vectors + most_vectors - 1) / most_vectors;
    return (vectors + panels - 1) / panels;
  }

  /// Where the rows of `a` begin, and where in a row each of its elements is: at `at[k]` or, without that, `k * step`.
  /// Rows that lie `adjacent` begin one element apart: a tile reads them from the first.
  struct left {
    std::array<const T*, most_rows> row{};
    const std::uint32_t* at = nullptr;
    bool adjacent = false;
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
    const auto run = [&]<std::size_t Vectors>() {
      if (a.at != nullptr) return all_rows<Vectors, lie::looked_up>(a, count, b, stride, e);
      if (a.adjacent) return all_rows<Vectors, lie::adjacent>(a, count, b, stride, e);
      all_rows<Vectors, lie::apart>(a, count, b, stride, e);
    };
    if (vectors == 1) return run.template operator()<1>();
    if (vectors == 2) return run.template operator()<2>();
    if constexpr (most_vectors > 2) vectors == 3 ? run.template operator()<3>() : run.template operator()<4>();
  }

 private:
  enum class lie { apart, adjacent, looked_up };

  template <std::size_t Vectors, lie Lie>
  static void all_rows(const left& a, std::size_t count, const T* b, std::size_t stride, const ends& e) {
    std::size_t done = 0;
    const auto take = [&]<std::size_t Rows>() {
      if constexpr (Rows <= rows(Vectors)) {
        if (count - done >= Rows) some_rows<Rows, Vectors, Lie>(a, done, b, stride, e), done += Rows;
      }
    };
    take.template operator()<12>();
    take.template operator()<8>();
    take.template operator()<6>();
    take.template operator()<4>();
    take.template operator()<2>();
    take.template operator()<1>();
  }

  template <std::size_t Rows, std::size_t Vectors, lie Lie>
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
      const std::size_t at = Lie == lie::looked_up ? a.at[k] : k * a.step;
#pragma GCC unroll 12
      for (std::size_t i = 0; i < Rows; ++i) {
        const T x = Lie == lie::adjacent ? from[0][at + i] : from[i][at];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < Vectors; ++v) sum[i][v] += x * right[v];
      }
    }
    T* to = e.to + first * e.to_stride;
    if (e.relu) {
#pragma GCC unroll 12
      for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
        for (std::size_t v = 0; v < Vectors; ++v) sum[i][v] = sum[i][v] > vector{} ? sum[i][v] : vector{};
      }
    }
#pragma GCC unroll 12
    for (std::size_t i = 0; i < Rows; ++i, to += e.to_stride) store(sum[i], to);
  }
};

/// Elements of a sum that are added up at once, at most.
inline constexpr std::size_t block_depth = 288;
/// The same for sums of `depth` elements in a result of so many columns: equal parts. A panel of more than two vectors
/// stays in the nearest cache with fewer rows; where there are many panels that is worth less than another pass over
/// the result.
template <class Tile>
[[nodiscard]] constexpr std::size_t part_of(std::size_t depth, std::size_t columns) {
  const bool short_parts = Tile::panel_vectors(columns) > 2 && columns <= 2 * Tile::most_vectors * Tile::lanes;
  const std::size_t most = short_parts ? block_depth * 2 / 3 : block_depth;
  const std::size_t parts = (depth + most - 1) / most;
  return parts == 0 ? 1 : (depth + parts - 1) / parts;
}
/// Rows that a panel is multiplied by before the next, at most: whole tiles, whatever their rows.
template <class Tile>
inline constexpr std::size_t block_rows = 16 * Tile::rows(1);
/// The same for sums of so many elements. A panel that is copied is copied for each of these blocks; one that lies
/// there and is shallow leaves room for a few rows in the nearest cache.
template <class Tile>
[[nodiscard]] constexpr std::size_t rows_at_once(bool copied, std::size_t part) {
  return copied || part > block_depth / 3 ? block_rows<Tile> : 4 * most_rows;
}

/// The left side of a product by its elements: (i, k) at `data[i * row + k * step]`.
template <class T>
class strided {
 public:
  strided(const T* data, std::size_t row, std::size_t step = 1) : data_(data), row_(row), step_(step) {}

  template <class Left>
  void depth(std::size_t k, std::size_t count, std::size_t /*rows*/, Left& left) {
    from_ = data_ + k * step_;
    left.adjacent = row_ == 1;
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

  void depth(std::size_t k, std::size_t count, std::size_t rows, typename shape::left& left) {
    from_ = data_ + k * stride_;
    left.adjacent = true;
    left.step = rows;
    left.length = count;
    length_ = count;
    rows_ = rows;
  }
  void block(std::size_t first, std::size_t count) {
    first_ = first;
    std::size_t i = 0;
    const auto whole_tiles = [&]<std::size_t Rows>() {
      if (rows_ != Rows) return;
      for (; i + Rows <= count; i += Rows)
        copy(i, [](const T* from, T* to) { std::memcpy(to, from, Rows * sizeof(T)); });
    };
    whole_tiles.template operator()<shape::rows(2)>();
    if constexpr (shape::most_vectors > 2) {
      whole_tiles.template operator()<shape::rows(3)>();
      whole_tiles.template operator()<shape::rows(4)>();
    }
    if (i < count) copy(i, [n = count - i](const T* from, T* to) { std::copy_n(from, n, to); });
  }
  void rows(std::size_t i, std::size_t count, typename shape::left& left) const {
    const T* from = copy_.data() + (i - first_) * length_;
    for (std::size_t n = 0; n < count; ++n) left.row[n] = from + n;
  }

 private:
  /// Calls `f(from, to)` for the tile whose first row is the block's i, at each depth.
  template <class F>
  void copy(std::size_t i, const F& f) {
    const T* from = from_ + first_ + i;
    T* to = copy_.data() + i * length_;
    for (std::size_t k = 0; k < length_; ++k, from += stride_, to += rows_) f(from, to);
  }

  const T* data_;
  std::size_t stride_;
  const T* from_ = nullptr;
  std::size_t length_ = 0;
  std::size_t rows_ = 1;
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

  void depth(std::size_t k, std::size_t count, std::size_t /*rows*/, typename shape::left& left) {
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

/// The right side of a product, laid out beforehand: panels of `tile::panel_vectors` vectors, the last of as many as
/// are left, each [depth, its columns]; zeros beyond the matrix.
template <class T, std::size_t Register = widest_register>
struct packed_panels {
  using shape = tile<T, Register>;
  static constexpr bool copied = false;
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
    const std::size_t most = shape::panel_vectors(columns) * shape::lanes;
    for (std::size_t j = 0; j < columns; j += most) {
      const std::size_t count = std::min(most, columns - j);
      const std::size_t width = padded(count);
      T* panel = to + j * depth;
      transposition<T, Register>::run(from + j * stride, stride, count, depth, panel, width);
      if (count == width) continue;
      for (std::size_t k = 0; k < depth; ++k) std::fill(panel + k * width + count, panel + (k + 1) * width, T(0));
    }
  }

  panel<T> operator()(std::size_t first, std::size_t k, std::size_t /*count*/) const {
    const std::size_t left = std::min(shape::panel_vectors(columns) * shape::lanes, columns - first);
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
  static constexpr bool copied = true;

  /// `rows` of the left side.
  plain_panels(const T* data, std::size_t stride, std::size_t columns, std::size_t rows)
      : data_(data),
        stride_(stride),
        columns_(columns),
        vectors_(shape::panel_vectors(columns)),
        worth_it_(rows >= 4 * shape::rows(vectors_) && columns > vectors_ * shape::lanes) {}

  panel<T> operator()(std::size_t first, std::size_t k, std::size_t count) {
    const std::size_t left = std::min(vectors_ * shape::lanes, columns_ - first);
    const std::size_t vectors = (left + shape::lanes - 1) / shape::lanes;
    const std::size_t width = vectors * shape::lanes;
    const T* from = data_ + k * stride_ + first;
    if (left == width && !worth_it_) return {from, stride_, width, vectors};
    T* to = copy_.data();
    for (std::size_t i = 0; i < count; ++i, from += stride_, to += width) {
      in_vectors<T, Register>(left, [&]<class V, std::size_t N>(std::size_t c) {
        V v[N];
        load(v, from + c);
        store(v, to + c);
      });
      std::fill(to + left, to + width, T(0));
    }
    return {copy_.data(), width, left, vectors};
  }

 private:
  const T* data_;
  std::size_t stride_;
  std::size_t columns_;
  std::size_t vectors_;
  bool worth_it_;
  alignas(64) std::array<T, block_depth * shape::most_vectors * shape::lanes> copy_;
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
  alignas(64) std::array<T, shape::most_vectors * shape::lanes> start{};
  alignas(64) std::array<T, shape::most_sums> copy{};
  typename shape::left a;
  const std::size_t tile_rows = shape::rows(shape::panel_vectors(columns));
  const std::size_t part = part_of<shape>(depth, columns);
  const std::size_t block_size = rows_at_once<shape>(std::remove_cvref_t<Right>::copied, part);

  // Rows [i, i + count) of the result by the panel `b`, which begins at column j.
  const auto one_tile = [&](std::size_t i, std::size_t count, std::size_t j, const panel<T>& b, bool onto, bool last) {
    const auto run = [&](T* sums, std::size_t stride) {
      shape::multiply(a, count, b.data, b.stride, b.vectors,
                      {onto ? sums : start.data(), onto ? stride : 0, sums, stride, relu && last});
    };
    const std::size_t width = b.vectors * shape::lanes;
    if constexpr (std::is_same_v<Rows, rows_apart>) {
      if (b.count == width) return run(to.to + i * to.rows.stride + j, to.rows.stride);
    }
    const auto move = [&](const T* from, T* place) {
      in_vectors<T, sizeof(typename shape::vector)>(b.count, [&]<class V, std::size_t N>(std::size_t c) {
        V v[N];
        load(v, from + c);
        store(v, place + c);
      });
    };
    const auto each = [&](const auto& f) {
      to.rows.each(i, count, [&](std::size_t n, std::size_t at) { f(copy.data() + n * width, to.to + at + j); });
    };
    if (onto) each([&](T* sums, const T* place) { move(place, sums); });
    run(copy.data(), width);
    each([&](const T* sums, T* place) { move(sums, place); });
  };
  // Other activations than the one that a tile knows.
  const auto activate = [&](std::size_t i, std::size_t count, std::size_t j, std::size_t width) {
    to.rows.each(i, count, [&](std::size_t /*n*/, std::size_t at) {
      for (T* place = to.to + at + j; place < to.to + at + j + width; ++place) *place = act.value(*place);
    });
  };

  for (std::size_t k = 0; k < depth; k += part) {
    left.depth(k, std::min(part, depth - k), tile_rows, a);
    const bool onto = to.add || k > 0;
    const bool last = k + a.length == depth;
    for (std::size_t block = 0; block < rows; block += block_size) {
      const std::size_t end = std::min(block + block_size, rows);
      left.block(block, end - block);
      for (std::size_t j = 0; j < columns;) {
        const panel<T> b = right(j, k, a.length);
        if (!onto && to.bias != nullptr) std::copy_n(to.bias + j, b.count, start.data());
        for (std::size_t i = block; i < end; i += tile_rows) {
          const std::size_t count = std::min(tile_rows, end - i);
          left.rows(i, count, a);
          one_tile(i, count, j, b, onto, last);
          if constexpr (!relu && !linear) {
            if (last) activate(i, count, j, b.count);
          }
        }
        j += b.count;
      }
    }
  }
}

}  // namespace iqnrl::backend::detail
