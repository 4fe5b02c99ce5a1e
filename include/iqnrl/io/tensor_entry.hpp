// What a safetensors file says of an array: element type, shape, place; and the limits of the format.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace iqnrl::io {

/// The element types of the safetensors format. Only those that C++ has as an arithmetic type can be read and written;
/// a file that holds others parses and is described.
enum class dtype : std::uint8_t {
  boolean,
  f4,
  f6_e2m3,
  f6_e3m2,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  f8_e8m0,
  f8_e4m3fnuz,
  f8_e5m2fnuz,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  c64,
  f64,
  i64,
  u64
};

/// How a dtype is written in a file, and how many bits an element has.
struct dtype_facts {
  std::string_view name;
  std::size_t bits;
};

/// The facts of every dtype, in the order of the enumerators.
inline constexpr std::array<dtype_facts, 22> dtypes{
    {{"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
     {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
     {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
     {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}}};

[[nodiscard]] constexpr const dtype_facts& facts(dtype type) { return dtypes[static_cast<std::size_t>(type)]; }

/// A C++ type that a tensor can be read into: float, double and the integers of 8 to 64 bits (not bool, not char).
template <class T>
concept element = std::is_same_v<T, std::remove_cv_t<T>> &&
    (std::is_same_v<T, float> || std::is_same_v<T, double> ||
     (std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> && !std::is_same_v<T, wchar_t> &&
      !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t> && sizeof(T) <= 8));

/// The dtype of a C++ type.
template <element T>
[[nodiscard]] constexpr dtype dtype_of() {
  if constexpr (std::is_floating_point_v<T>) {
    return sizeof(T) == 4 ? dtype::f32 : dtype::f64;
  } else {
    constexpr bool is_signed = std::is_signed_v<T>;
    switch (sizeof(T)) {
      case 1:
        return is_signed ? dtype::i8 : dtype::u8;
      case 2:
        return is_signed ? dtype::i16 : dtype::u16;
      case 4:
        return is_signed ? dtype::i32 : dtype::u32;
      default:
        return is_signed ? dtype::i64 : dtype::u64;
    }
  }
}

/// One array of a file: row-major, at the bytes [begin, end) of the data block.
struct tensor_entry {
  std::string name;
  dtype type{};
  std::vector<std::size_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

namespace detail {

inline constexpr std::size_t longest_header = 100'000'000;  // of the format
inline constexpr std::size_t highest_rank = 64;             // ours; keeps the parsed header about as large as its text
inline constexpr std::size_t most_metadata = 65'536;        // ours, for the same reason

/// The product of `shape`, or nothing if it exceeds 64 bits.
[[nodiscard]] inline std::optional<std::size_t> element_count(std::span<const std::size_t> shape) {
  std::size_t count = 1;
  for (const std::size_t extent : shape) {
    if (extent != 0 && count > std::numeric_limits<std::size_t>::max() / extent) return std::nullopt;
    count *= extent;
  }
  return count;
}

/// The bytes of an array, or nothing if they exceed 64 bits or end inside a byte.
[[nodiscard]] inline std::optional<std::size_t> byte_count(std::span<const std::size_t> shape, dtype type) {
  const std::optional<std::size_t> count = element_count(shape);
  const std::size_t bits = facts(type).bits;
  if (!count || *count > std::numeric_limits<std::size_t>::max() / bits || *count * bits % 8 != 0) return std::nullopt;
  return *count * bits / 8;
}

}  // namespace detail

}  // namespace iqnrl::io
