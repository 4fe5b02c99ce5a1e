// Reads safetensors files. As strict as the format allows: a damaged or hostile file is refused in one sentence.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/io/json_cursor.hpp>
#include <iqnrl/io/read_file.hpp>
#include <iqnrl/io/tensor_entry.hpp>
#include <iqnrl/io/utf8.hpp>

namespace iqnrl::io {

static_assert(std::endian::native == std::endian::little,
              "iqnrl: safetensors files are little-endian, and so must this machine be");

/// An immutable safetensors file in memory.
class safetensors {
 public:
  /// Reads a file. Throws file_error if it cannot be read or is not well-formed.
  [[nodiscard]] static safetensors read(const std::filesystem::path& path) {
    return safetensors(read_file(path), path.string());
  }

  /// The same from bytes, which are copied; `origin` names them in messages.
  [[nodiscard]] static safetensors parse(std::span<const std::byte> bytes, std::string_view origin) {
    return safetensors(std::vector<std::byte>(bytes.begin(), bytes.end()), std::string(origin));
  }

  /// All arrays, in the order of their data.
  [[nodiscard]] const std::vector<tensor_entry>& tensors() const { return tensors_; }

  /// The texts of `__metadata__`.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// The array of that name, or nullptr.
  [[nodiscard]] const tensor_entry* find(std::string_view name) const {
    const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                     [&](std::size_t i, std::string_view n) { return tensors_[i].name < n; });
    return at == by_name_.end() || tensors_[*at].name != name ? nullptr : &tensors_[*at];
  }

  /// The array of that name. Throws file_error if there is none.
  [[nodiscard]] const tensor_entry& at(std::string_view name) const {
    const tensor_entry* entry = find(name);
    if (entry == nullptr) {
      throw file_error(
          fmt::format("'{}' holds no tensor {} among its {}; correct the name or use the file that belongs to it",
                      origin_, detail::shown(name), tensors_.size()));
    }
    return *entry;
  }

  /// The bytes of an entry of this file, of any dtype; valid while this object lives.
  [[nodiscard]] std::span<const std::byte> bytes(const tensor_entry& entry) const {
    return std::span(bytes_).subspan(data_ + entry.begin, entry.end - entry.begin);
  }

  /// The elements of an array, row-major. Throws file_error if it is missing or its dtype is not that of `T`.
  template <element T>
  [[nodiscard]] std::vector<T> get(std::string_view name) const {
    const tensor_entry& entry = at(name);
    if (entry.type != dtype_of<T>()) {
      throw file_error(
          fmt::format("tensor {} of '{}' is {} and not {} as asked for; ask for its own type or convert the file",
                      detail::shown(name), origin_, facts(entry.type).name, facts(dtype_of<T>()).name));
    }
    std::vector<T> values((entry.end - entry.begin) / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes(entry).data(), entry.end - entry.begin);
    return values;
  }

 private:
  safetensors(std::vector<std::byte> bytes, std::string origin) : bytes_(std::move(bytes)), origin_(std::move(origin)) {
    parse_header(header());
    index_names();
    check_extents();
  }

  template <class... Args>
  void demand(bool condition, fmt::format_string<Args...> text, Args&&... args) const {
    if (condition) return;
    throw file_error(fmt::format("'{}' is damaged or no safetensors file: {}; get or save it again", origin_,
                                 fmt::format(text, std::forward<Args>(args)...)));
  }

  [[nodiscard]] std::string_view header() {
    std::uint64_t length = 0;
    demand(bytes_.size() >= sizeof length, "it has {} bytes, fewer than the 8 of the header length", bytes_.size());
    std::memcpy(&length, bytes_.data(), sizeof length);
    demand(length <= detail::longest_header, "its header length is {}, above the limit of {}", length,
           detail::longest_header);
    demand(length <= bytes_.size() - sizeof length, "its header length is {}, but only {} bytes follow", length,
           bytes_.size() - sizeof length);
    data_ = sizeof length + static_cast<std::size_t>(length);
    const std::string_view text = as_text(bytes_).substr(sizeof length, static_cast<std::size_t>(length));
    demand(text.starts_with('{'), "its header does not begin with a brace");
    const std::size_t invalid = detail::first_invalid_utf8(text);
    demand(invalid == std::string_view::npos, "its header is not UTF-8 at byte {}", invalid);
    return text;
  }

  void parse_header(std::string_view text) {
    detail::json_cursor json(text, origin_);
    bool has_metadata = false;
    json.object([&](std::string key) {
      if (key == "__metadata__") {
        if (std::exchange(has_metadata, true)) json.fail("__metadata__ stands there twice");
        parse_metadata(json);
      } else {
        tensors_.push_back(parse_entry(json, std::move(key)));
      }
    });
    if (json.rest().find_first_not_of(' ') != std::string_view::npos)
      json.fail("something other than spaces follows the end");
  }

  void parse_metadata(detail::json_cursor& json) {
    json.object([&](std::string key) {
      std::string value = json.string();
      if (metadata_.size() == detail::most_metadata) {
        json.fail(fmt::format("__metadata__ has more than {} texts", detail::most_metadata));
      }
      const auto [at, is_new] = metadata_.emplace(std::move(key), std::move(value));
      if (!is_new) json.fail(fmt::format("the key {} stands there twice", detail::shown(at->first)));
    });
  }

  [[nodiscard]] tensor_entry parse_entry(detail::json_cursor& json, std::string name) const {
    tensor_entry entry;
    entry.name = std::move(name);
    bool has_type = false;
    bool has_shape = false;
    bool has_offsets = false;
    const auto once = [&](bool& seen, std::string_view key) {
      if (std::exchange(seen, true)) json.fail(fmt::format("the key {} stands there twice", key));
    };
    json.object([&](const std::string& key) {
      if (key == "dtype") {
        once(has_type, key);
        entry.type = parse_dtype(json);
      } else if (key == "shape") {
        once(has_shape, key);
        json.array([&] {
          if (entry.shape.size() == detail::highest_rank)
            json.fail(fmt::format("a shape has more than {} extents", detail::highest_rank));
          entry.shape.push_back(json.unsigned_integer());
        });
      } else if (key == "data_offsets") {
        once(has_offsets, key);
        std::size_t count = 0;
        json.array([&] {
          if (count == 2) json.fail("data_offsets has more than 2 numbers");
          (count++ == 0 ? entry.begin : entry.end) = json.unsigned_integer();
        });
        if (count != 2) json.fail("data_offsets has fewer than 2 numbers");
      } else {
        json.fail(fmt::format("the unknown key {} stands", detail::shown(key)));
      }
    });
    if (!has_type || !has_shape || !has_offsets) {
      json.fail(fmt::format("tensor {} lacks {}", detail::shown(entry.name),
                            !has_type    ? "dtype"
                            : !has_shape ? "shape"
                                         : "data_offsets"));
    }
    return entry;
  }

  [[nodiscard]] static dtype parse_dtype(detail::json_cursor& json) {
    const std::string name = json.string();
    const auto at = std::find_if(dtypes.begin(), dtypes.end(), [&](const dtype_facts& f) { return f.name == name; });
    if (at == dtypes.end()) json.fail(fmt::format("the unknown dtype {} stands", detail::shown(name)));
    return static_cast<dtype>(at - dtypes.begin());
  }

  void index_names() {
    std::sort(tensors_.begin(), tensors_.end(), [](const tensor_entry& a, const tensor_entry& b) {
      return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    by_name_.resize(tensors_.size());
    for (std::size_t i = 0; i < by_name_.size(); ++i) by_name_[i] = i;
    std::sort(by_name_.begin(), by_name_.end(),
              [&](std::size_t a, std::size_t b) { return tensors_[a].name < tensors_[b].name; });
    for (std::size_t i = 1; i < by_name_.size(); ++i) {
      const std::string& name = tensors_[by_name_[i]].name;
      demand(tensors_[by_name_[i - 1]].name != name, "it has the tensor {} twice", detail::shown(name));
    }
  }

  void check_extents() const {
    std::size_t used = 0;
    for (const tensor_entry& entry : tensors_) {
      const std::optional<std::size_t> size = detail::byte_count(entry.shape, entry.type);
      demand(entry.begin <= entry.end && size && *size == entry.end - entry.begin,
             "tensor {} has data_offsets [{}, {}], which do not fit {} of shape [{}]", detail::shown(entry.name),
             entry.begin, entry.end, facts(entry.type).name, fmt::join(entry.shape, ", "));
      demand(entry.begin == used, "tensor {} begins at byte {} of the data and not at {}, where the one before it ends",
             detail::shown(entry.name), entry.begin, used);
      used = entry.end;
    }
    demand(used == bytes_.size() - data_, "its tensors have {} bytes, but {} follow the header", used,
           bytes_.size() - data_);
  }

  std::vector<std::byte> bytes_;
  std::string origin_;
  std::size_t data_ = 0;
  std::vector<tensor_entry> tensors_;
  std::vector<std::size_t> by_name_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace iqnrl::io
