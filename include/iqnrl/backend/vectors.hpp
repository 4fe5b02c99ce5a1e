// Vectors of numbers, in the registers that the compiler may use. For backends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
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

/// Calls `f.operator()<V, N>(i)` for parts of [0, count) in order: `i` is where one begins, and it has N values of V, a
/// vector of T of at most so many bytes or T itself.
template <class T, std::size_t Register, class F>
[[gnu::always_inline]] inline void in_vectors(std::size_t count, const F& f) {
  std::size_t i = 0;
  const auto parts = [&]<class V, std::size_t N>() {
    constexpr std::size_t size = N * sizeof(V) / sizeof(T);
    for (; i + size <= count; i += size) f.template operator()<V, N>(i);
  };
  parts.template operator()<typename vector_of<T, Register>::type, 4>();
  parts.template operator()<typename vector_of<T, Register>::type, 1>();
  if constexpr (Register > 32) parts.template operator()<typename vector_of<T, 32>::type, 1>();
  if constexpr (Register > 16) parts.template operator()<typename vector_of<T, 16>::type, 1>();
  parts.template operator()<T, 1>();
}
template <class V, std::size_t N, class T>
[[gnu::always_inline]] inline void load(V (&to)[N], const T* from) {
#pragma GCC unroll 4
  for (std::size_t n = 0; n < N; ++n) std::memcpy(&to[n], from + n * (sizeof(V) / sizeof(T)), sizeof(V));
}
template <class V, std::size_t N, class T>
[[gnu::always_inline]] inline void store(const V (&from)[N], T* to) {
#pragma GCC unroll 4
  for (std::size_t n = 0; n < N; ++n) std::memcpy(to + n * (sizeof(V) / sizeof(T)), &from[n], sizeof(V));
}

/// to += from.
template <class V, std::size_t N, class T>
[[gnu::always_inline]] inline void add_from(const T* from, V (&to)[N]) {
  V more[N];
  load(more, from);
#pragma GCC unroll 4
  for (std::size_t n = 0; n < N; ++n) to[n] += more[n];
}

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

  /// The lanes of `a` and `b` in turn, from lane `First` on.
  template <std::size_t First>
  [[gnu::always_inline]] static void interleave(const vector& a, const vector& b, vector& to) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      to = __builtin_shufflevector(a, b, (First + I / 2 + (I % 2) * lanes)...);
    }
    (std::make_index_sequence<lanes>{});
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
        interleave<0>(v[i], v[i + lanes / 2], w[2 * i]);
        interleave<lanes / 2>(v[i], v[i + lanes / 2], w[2 * i + 1]);
      }
#pragma GCC unroll 16
      for (std::size_t i = 0; i < lanes; ++i) v[i] = w[i];
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < lanes; ++i) std::memcpy(to + i * to_stride, &v[i], sizeof v[i]);
  }
};

}  // namespace iqnrl::backend::detail
