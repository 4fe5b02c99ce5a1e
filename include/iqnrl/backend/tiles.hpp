// Products of matrices by tiles whose sums stay in vector registers. For backends.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace iqnrl::backend::detail {

#if defined(__AVX512F__)
inline constexpr std::size_t widest_register = 64;
#elif defined(__AVX__)
inline constexpr std::size_t widest_register = 32;
#else
inline constexpr std::size_t widest_register = 16;
#endif

/// A vector of T in a register of so many bytes.
template <class T, std::size_t Register>
struct vector_of;
template <std::size_t Register>
struct vector_of<float, Register> {
  typedef float type __attribute__((vector_size(Register)));  // NOLINT(modernize-use-using): g++ takes it in no alias
};
template <std::size_t Register>
struct vector_of<double, Register> {
  typedef double type __attribute__((vector_size(Register)));  // NOLINT(modernize-use-using)
};

/// The transpose of a matrix [rows, columns]; rows of both lie `stride` apart. Squares as wide as a register are turned
/// by shuffles; where no whole one is left, the last overlaps the one before.
template <class T, std::size_t Register = widest_register>
class transposition {
  static constexpr std::size_t lanes = Register / sizeof(T);
  using vector = typename vector_of<T, Register>::type;

 public:
  static void run(const T* from, std::size_t from_stride, std::size_t rows, std::size_t columns, T* to,
                  std::size_t to_stride) {
    if (rows < lanes || columns < lanes) {
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) to[c * to_stride + r] = from[r * from_stride + c];
      }
      return;
    }
    for (std::size_t i = 0; i < rows; i += lanes) {
      const std::size_t r = std::min(i, rows - lanes);
      for (std::size_t j = 0; j < columns; j += lanes) {
        const std::size_t c = std::min(j, columns - lanes);
        square(from + r * from_stride + c, from_stride, to + c * to_stride + r, to_stride);
      }
    }
  }

 private:
  /// Halves of the rows are interleaved log2(lanes) times.
  static void square(const T* from, std::size_t from_stride, T* to, std::size_t to_stride) {
    vector v[lanes];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < lanes; ++i) std::memcpy(&v[i], from + i * from_stride, sizeof v[i]);
#pragma GCC unroll 4
    for (std::size_t done = 1; done < lanes; done *= 2) {
      vector w[lanes];
#pragma GCC unroll 8
      for (std::size_t i = 0; i < lanes / 2; ++i) {
        interleave<0>(v[i], v[i + lanes / 2], w[2 * i], std::make_index_sequence<lanes>{});
        interleave<lanes / 2>(v[i], v[i + lanes / 2], w[2 * i + 1], std::make_index_sequence<lanes>{});
      }
#pragma GCC unroll 16
      for (std::size_t i = 0; i < lanes; ++i) v[i] = w[i];
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < lanes; ++i) std::memcpy(to + i * to_stride, &v[i], sizeof v[i]);
  }
  template <std::size_t First, std::size_t... I>
  [[gnu::always_inline]] static void interleave(const vector& a, const vector& b, vector& to,
                                                std::index_sequence<I...> /*i*/) {
    to = __builtin_shufflevector(a, b, (First + I / 2 + (I % 2) * lanes)...);
  }
};

/// c[i, j] = sum_k a[i, k] b[k, j] for tiles of at most `rows` x `columns`; a register has `Register` bytes.
///
/// Each sum is a chain over k that starts at 0, whatever the tile: an element's bits do not depend on its neighbours.
template <class T, std::size_t Register = widest_register>
class tile {
  using vector = typename vector_of<T, Register>::type;

 public:
  static constexpr std::size_t lanes = Register / sizeof(T);
  static constexpr std::size_t rows = Register == 64 ? 12 : 6;  ///< so that the sums of two vectors a row fit
  static constexpr std::size_t columns = 2 * lanes;

  /// Where the rows of `a` begin, and where in a row each of its elements is: at `at[k]` or, without that, `k * step`.
  struct left {
    std::array<const T*, rows> row{};
    const std::uint32_t* at = nullptr;
    std::size_t step = 1;
    std::size_t length = 0;
  };

  /// Makes the sums of the first `count` rows of `a` and `vectors` vectors of columns. The rows of `b` are `stride`
  /// apart; all their `vectors * lanes` elements are read.
  void multiply(const left& a, std::size_t count, const T* b, std::size_t stride, std::size_t vectors) {
    if (a.at != nullptr) {
      vectors == 1 ? all_rows<1, true>(a, count, b, stride) : all_rows<2, true>(a, count, b, stride);
    } else {
      vectors == 1 ? all_rows<1, false>(a, count, b, stride) : all_rows<2, false>(a, count, b, stride);
    }
  }

  /// The sums of row i begin at `i * columns`.
  [[nodiscard]] const T* row(std::size_t i) const { return out_.data() + i * columns; }

 private:
  template <std::size_t Vectors, bool Looked>
  void all_rows(const left& a, std::size_t count, const T* b, std::size_t stride) {
    std::size_t done = 0;
    if constexpr (rows == 12) {
      if (count == 12) return some_rows<12, Vectors, Looked>(a, 0, b, stride);
      if (count >= 8) some_rows<8, Vectors, Looked>(a, 0, b, stride), done = 8;
    } else {
      if (count == 6) return some_rows<6, Vectors, Looked>(a, 0, b, stride);
    }
    if (count - done >= 4) some_rows<4, Vectors, Looked>(a, done, b, stride), done += 4;
    if (count - done >= 2) some_rows<2, Vectors, Looked>(a, done, b, stride), done += 2;
    if (count - done >= 1) some_rows<1, Vectors, Looked>(a, done, b, stride);
  }

  template <std::size_t Rows, std::size_t Vectors, bool Looked>
#ifdef __clang__
  [[clang::min_vector_width(512)]]  // else it splits the widest registers in two on some processors
#endif
  [[gnu::noinline]] void
  some_rows(const left& a, std::size_t first, const T* b, std::size_t stride) {
    vector sum[Rows][Vectors] = {};
    std::array<const T*, Rows> from;
    for (std::size_t i = 0; i < Rows; ++i) from[i] = a.row[first + i];
    for (std::size_t k = 0; k < a.length; ++k, b += stride) {
      vector right[Vectors];
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Vectors; ++v) std::memcpy(&right[v], b + v * lanes, Register);
      const std::size_t at = Looked ? a.at[k] : k * a.step;
#pragma GCC unroll 12
      for (std::size_t i = 0; i < Rows; ++i) {
        const T x = from[i][at];
#pragma GCC unroll 2
        for (std::size_t v = 0; v < Vectors; ++v) sum[i][v] += x * right[v];
      }
    }
#pragma GCC unroll 12
    for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Vectors; ++v)
        std::memcpy(out_.data() + (first + i) * columns + v * lanes, &sum[i][v], Register);
    }
  }

  alignas(Register) std::array<T, rows * columns> out_;
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
    for (std::size_t n = 0; n < count; ++n) left.row[n] = from_ + (i + n) * row_;
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

/// Calls `f(j)` for j below `count`, at most a tile's columns: for a whole tile in a loop whose length the compiler
/// knows.
template <class Tile, class F>
[[gnu::always_inline]] inline void for_columns(std::size_t count, const F& f) {
  constexpr std::size_t all = Tile::columns;
  if (count == all) {
    for (std::size_t j = 0; j < all; ++j) f(j);
  } else {
    for (std::size_t j = 0; j < count; ++j) f(j);
  }
}

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

/// The right side of a product as it lies in memory, [depth, columns]. Panels that fill no vector, and those that many
/// rows are multiplied by, are copied: rows that lie far apart push each other out of the nearest cache.
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
    const std::size_t vectors = left >= shape::columns ? 2 : 1;
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

/// The place of a tile in a product, and of its sums in their chain of blocks.
struct tile_place {
  std::size_t row, rows;
  std::size_t column, columns;
  bool first, last;
};

/// Calls `store(sums, place)` for every tile of a product [rows, columns] and every block of its depth, blocks in
/// order. `left` is a `strided`, an `upright` or a `looked_up`; `right(column, k, count)` is the panel from there, for
/// k in [k, k + count).
template <class Left, class Right, class Store>
void multiply(std::size_t rows, std::size_t columns, std::size_t depth, Left&& left, Right&& right,
              const Store& store) {
  using shape = typename std::remove_cvref_t<Right>::shape;
  shape sums;
  typename shape::left a;
  const std::size_t part = part_of(depth);
  for (std::size_t k = 0; k < depth; k += part) {
    left.depth(k, std::min(part, depth - k), a);
    for (std::size_t block = 0; block < rows; block += block_rows<shape>) {
      const std::size_t end = std::min(block + block_rows<shape>, rows);
      left.block(block, end - block);
      for (std::size_t j = 0; j < columns;) {
        const auto b = right(j, k, a.length);
        for (std::size_t i = block; i < end; i += shape::rows) {
          const std::size_t count = std::min(shape::rows, end - i);
          left.rows(i, count, a);
          sums.multiply(a, count, b.data, b.stride, b.vectors);
          store(sums, tile_place{i, count, j, b.count, k == 0, k + a.length == depth});
        }
        j += b.count;
      }
    }
  }
}

/// Where rows of a result lie: so far apart.
struct rows_apart {
  std::size_t stride;
  template <class F>
  [[gnu::always_inline]] void each(const tile_place& at, const F& f) const {
    for (std::size_t i = 0; i < at.rows; ++i) f(i, (at.row + i) * stride + at.column);
  }
};
/// The same for rows that are places of images.
template <class Tile>
struct rows_on {
  lattice where;
  template <class F>
  [[gnu::always_inline]] void each(const tile_place& at, const F& f) const {
    std::array<std::uint32_t, Tile::rows> offset;
    where.offsets(at.row, at.rows, offset.data());
    for (std::size_t i = 0; i < at.rows; ++i) f(i, offset[i] + at.column);
  }
};

/// Writes the sums of a tile to its place in a result, or adds them to what is there.
template <class Tile, class T, class Rows>
void put(const Tile& sums, const tile_place& at, bool add, T* to, const Rows& rows) {
  rows.each(at, [&](std::size_t i, std::size_t offset) {
    const T* sum = sums.row(i);
    T* place = to + offset;
    if (add) {
      for_columns<Tile>(at.columns, [&](std::size_t j) { place[j] += sum[j]; });
    } else {
      for_columns<Tile>(at.columns, [&](std::size_t j) { place[j] = sum[j]; });
    }
  });
}

/// The same, and behind the last block act(sum + bias); `bias` may be nullptr.
template <class Tile, class T, class Activation, class Rows>
void put_affine(const Tile& sums, const tile_place& at, const T* bias, Activation act, T* to, const Rows& rows) {
  if (!at.first || !at.last) put(sums, at, !at.first, to, rows);
  if (!at.last) return;
  rows.each(at, [&](std::size_t i, std::size_t offset) {
    T* place = to + offset;
    const T* sum = at.first ? sums.row(i) : place;
    if (bias == nullptr) {
      for_columns<Tile>(at.columns, [&](std::size_t j) { place[j] = act.value(sum[j]); });
    } else {
      const T* more = bias + at.column;
      for_columns<Tile>(at.columns, [&](std::size_t j) { place[j] = act.value(sum[j] + more[j]); });
    }
  });
}

}  // namespace iqnrl::backend::detail
