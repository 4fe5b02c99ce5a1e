// Finite or not, NaN or not, by the bits: true answers under -ffast-math too.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace iqnrl {

/// Whether `x` is neither a NaN nor an infinity. Integers always are finite.
template <class T>
requires std::is_arithmetic_v<T>
[[nodiscard]] constexpr bool is_finite(T x) {
  if constexpr (std::is_same_v<T, float>) {
    return (std::bit_cast<std::uint32_t>(x) & 0x7F800000U) != 0x7F800000U;
  } else if constexpr (std::is_same_v<T, double>) {
    return (std::bit_cast<std::uint64_t>(x) & 0x7FF0000000000000ULL) != 0x7FF0000000000000ULL;
  } else {
    static_assert(std::integral<T>, "iqnrl: is_finite takes float, double or an integer");
    return true;
  }
}

/// Whether `x` is a NaN: neither finite nor an infinity.
template <class T>
requires std::is_arithmetic_v<T>
[[nodiscard]] constexpr bool is_nan(T x) {
  if constexpr (std::is_same_v<T, float>) {
    return (std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFFU) > 0x7F800000U;
  } else if constexpr (std::is_same_v<T, double>) {
    return (std::bit_cast<std::uint64_t>(x) & 0x7FFFFFFFFFFFFFFFULL) > 0x7FF0000000000000ULL;
  } else {
    static_assert(std::integral<T>, "iqnrl: is_nan takes float, double or an integer");
    return false;
  }
}

}  // namespace iqnrl
