// Writes safetensors files.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/io/json_cursor.hpp>
#include <iqnrl/io/tensor_entry.hpp>
#include <iqnrl/io/utf8.hpp>

namespace iqnrl::io {

static_assert(std::endian::native == std::endian::little,
              "iqnrl: safetensors files are little-endian, and so must this machine be");

/// Collects arrays and writes them as a safetensors file: the widest elements first, then by name, so that every array
/// is aligned. The same content gives the same bytes in whatever order it was added.
class safetensors_writer {
 public:
  /// Adds a text to `__metadata__`. Throws config_error if the key is there already or a text is not UTF-8.
  void metadata(std::string_view key, std::string_view value) {
    check_text(key);
    check_text(value);
    require<config_error>(metadata_.size() < detail::most_metadata,
                          "a safetensors file holds at most {} metadata texts; store the rest as tensors",
                          detail::most_metadata);
    const bool is_new = metadata_.emplace(key, value).second;
    require<config_error>(is_new, "the metadata key {} is there already; give every key once", detail::shown(key));
  }

  /// Adds a copy of a row-major array. Throws shape_error if `values` has not as many elements as `shape`, and
  /// config_error if the name is taken, reserved or not UTF-8.
  template <element T>
  void add(std::string_view name, std::vector<std::size_t> shape, std::span<const T> values) {
    check_text(name);
    require<config_error>(name != "__metadata__", "no tensor can be called {}, which the format reserves; rename it",
                          name);
    require<config_error>(!arrays_.contains(name), "the tensor {} is there already; give every name once",
                          detail::shown(name));
    require<shape_error>(shape.size() <= detail::highest_rank,
                         "tensor {} has rank {}, above the limit of {}; fold extents", detail::shown(name),
                         shape.size(), detail::highest_rank);
    require<shape_error>(detail::element_count(shape) == values.size(),
                         "tensor {} has {} values, which do not fill the shape [{}]; pass one value per element",
                         detail::shown(name), values.size(), fmt::join(shape, ", "));
    const std::span<const std::byte> raw = std::as_bytes(values);
    arrays_.emplace(name, array{dtype_of<T>(), std::move(shape), {raw.begin(), raw.end()}});
  }

  /// The same for anything contiguous (std::vector, std::array).
  template <std::ranges::contiguous_range Range>
  void add(std::string_view name, std::vector<std::size_t> shape, const Range& values) {
    using value = std::ranges::range_value_t<Range>;
    add<value>(name, std::move(shape), std::span<const value>(std::ranges::data(values), std::ranges::size(values)));
  }

  /// The whole file. Throws config_error if the names make its header longer than the format allows.
  [[nodiscard]] std::vector<std::byte> bytes() const {
    const std::string head = header();
    std::vector<std::byte> all;
    for (const std::span<const std::byte> piece : pieces(head)) all.insert(all.end(), piece.begin(), piece.end());
    return all;
  }

  /// Replaces the file `path` in one step, without a second copy of the arrays; see write_atomically. Throws file_error
  /// and leaves the old file as it was.
  void write(const std::filesystem::path& path) const {
    const std::string head = header();
    write_atomically(path, std::span<const std::span<const std::byte>>(pieces(head)));
  }

 private:
  struct array {
    dtype type;
    std::vector<std::size_t> shape;
    std::vector<std::byte> data;
  };
  using array_map = std::map<std::string, array, std::less<>>;

  static void check_text(std::string_view text) {
    const std::size_t invalid = detail::first_invalid_utf8(text);
    require<config_error>(invalid == std::string_view::npos, "the text {} is not UTF-8 at byte {}; encode it as UTF-8",
                          detail::shown(text), invalid);
  }

  /// The arrays as they lie in the file.
  [[nodiscard]] std::vector<array_map::const_pointer> in_file_order() const {
    std::vector<array_map::const_pointer> order;
    for (const array_map::value_type& named : arrays_) order.push_back(&named);
    std::stable_sort(order.begin(), order.end(), [](array_map::const_pointer a, array_map::const_pointer b) {
      return facts(a->second.type).bits > facts(b->second.type).bits;
    });
    return order;
  }

  /// The header with its length before it and spaces after it, so that the data begins at a multiple of 8.
  [[nodiscard]] std::string header() const {
    std::vector<std::string> members;
    if (!metadata_.empty()) {
      std::vector<std::string> texts;
      for (const auto& [key, value] : metadata_) {
        texts.push_back(fmt::format("{}:{}", detail::json_quoted(key), detail::json_quoted(value)));
      }
      members.push_back(fmt::format("\"__metadata__\":{{{}}}", fmt::join(texts, ",")));
    }
    std::size_t begin = 0;
    for (const array_map::const_pointer named : in_file_order()) {
      const array& a = named->second;
      members.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                    detail::json_quoted(named->first), facts(a.type).name, fmt::join(a.shape, ","),
                                    begin, begin + a.data.size()));
      begin += a.data.size();
    }
    std::string text = fmt::format("{{{}}}", fmt::join(members, ","));
    text.resize((text.size() + 7) / 8 * 8, ' ');
    require<config_error>(text.size() <= detail::longest_header,
                          "the header of the safetensors file would have {} bytes, above the limit of {}; use fewer or "
                          "shorter names and texts",
                          text.size(), detail::longest_header);
    std::string length;
    for (unsigned shift = 0; shift < 64; shift += 8) {
      length.push_back(static_cast<char>((std::uint64_t{text.size()} >> shift) & 0xFFU));
    }
    return length + text;
  }

  [[nodiscard]] std::vector<std::span<const std::byte>> pieces(std::string_view head) const {
    std::vector<std::span<const std::byte>> all{std::as_bytes(std::span(head))};
    for (const array_map::const_pointer named : in_file_order()) all.emplace_back(named->second.data);
    return all;
  }

  std::map<std::string, std::string> metadata_;
  array_map arrays_;
};

}  // namespace iqnrl::io
