// A strict reader of the small part of JSON (RFC 8259) that file headers need: objects, arrays, strings, unsigned
// integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/io/utf8.hpp>

namespace iqnrl::io::detail {

/// `text` as a JSON string with its quotes. `text` is UTF-8.
[[nodiscard]] inline std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20U) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out += '"';
}

/// A name out of a file, fit for a message: quoted, unprintable characters escaped, shortened if long.
[[nodiscard]] inline std::string shown(std::string_view text) {
  constexpr std::size_t longest = 80;
  return text.size() <= longest ? fmt::format("{:?}", text) : fmt::format("{:?}...", text.substr(0, longest));
}

/// Walks over JSON text. The caller asks for what its grammar has next and gets it or a file_error that names the
/// origin and the position. Never recurses by itself, so the nesting is bounded by the caller's grammar.
class json_cursor {
 public:
  /// `text` is UTF-8 and outlives the cursor; `origin` names it in messages.
  json_cursor(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {}

  [[noreturn]] void fail(std::string_view what) const {
    throw file_error(
        fmt::format("'{}' is damaged or no safetensors file: {} at byte {} of the header; get or save it again",
                    origin_, what, position_));
  }

  /// The text after what has been read.
  [[nodiscard]] std::string_view rest() const { return text_.substr(position_); }

  /// Reads an object; `member(key)` is called at each value and reads it.
  template <class Member>
  void object(Member member) {
    expect('{');
    if (accept('}')) return;
    do {
      std::string key = string();
      expect(':');
      member(std::move(key));
    } while (accept(','));
    expect('}');
  }

  /// Reads an array; `element()` is called at each value and reads it.
  template <class Element>
  void array(Element element) {
    expect('[');
    if (accept(']')) return;
    do {
      element();
    } while (accept(','));
    expect(']');
  }

  /// Reads an integer of digits only: no sign, fraction, exponent or leading zero.
  [[nodiscard]] std::size_t unsigned_integer() {
    skip_space();
    if (!is_digit()) fail("an unsigned integer is missing");
    if (text_[position_] == '0' && is_digit(position_ + 1)) fail("an integer begins with 0");
    std::size_t value = 0;
    for (; is_digit(); ++position_) {
      const auto digit = static_cast<std::size_t>(text_[position_] - '0');
      if (value > (std::numeric_limits<std::size_t>::max() - digit) / 10) fail("an integer exceeds 64 bits");
      value = value * 10 + digit;
    }
    return value;
  }

  /// Reads a string and resolves its escapes.
  [[nodiscard]] std::string string() {
    expect('"');
    std::string out;
    while (true) {
      const char c = next("a string does not end");
      if (c == '"') return out;
      if (static_cast<unsigned char>(c) < 0x20U) fail("a control character stands in a string");
      if (c == '\\') {
        escape(out);
      } else {
        out.push_back(c);
      }
    }
  }

 private:
  void skip_space() {
    while (position_ < text_.size() && std::string_view(" \t\n\r").find(text_[position_]) != std::string_view::npos) {
      ++position_;
    }
  }

  [[nodiscard]] bool is_digit() const { return is_digit(position_); }
  [[nodiscard]] bool is_digit(std::size_t at) const {
    return at < text_.size() && text_[at] >= '0' && text_[at] <= '9';
  }

  [[nodiscard]] bool accept(char c) {
    skip_space();
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(fmt::format("the character {} is missing", c));
  }

  char next(std::string_view otherwise) {
    if (position_ == text_.size()) fail(otherwise);
    return text_[position_++];
  }

  void escape(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char c = next("a string does not end");
    if (c == 'u') return append_utf8(out, code_point());
    const std::size_t i = letters.find(c);
    if (i == std::string_view::npos) fail("a string has an escape that JSON does not have");
    out.push_back(meanings[i]);
  }

  [[nodiscard]] std::uint32_t code_point() {
    const std::uint32_t first = four_hex_digits();
    if (first < 0xD800U || first > 0xDFFFU) return first;
    if (first > 0xDBFFU || next("half of a surrogate pair is missing") != '\\' ||
        next("half of a surrogate pair is missing") != 'u') {
      fail("half of a surrogate pair is missing");
    }
    const std::uint32_t second = four_hex_digits();
    if (second < 0xDC00U || second > 0xDFFFU) fail("half of a surrogate pair is missing");
    return 0x10000U + ((first - 0xD800U) << 10U) + (second - 0xDC00U);
  }

  [[nodiscard]] std::uint32_t four_hex_digits() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = next("a string does not end");
      const bool decimal = c >= '0' && c <= '9';
      const char lower = static_cast<char>(c | 0x20);
      if (!decimal && (lower < 'a' || lower > 'f')) fail("a \\u escape lacks four hexadecimal digits");
      value = value * 16 + static_cast<std::uint32_t>(decimal ? c - '0' : lower - 'a' + 10);
    }
    return value;
  }

  std::string_view text_;
  std::string_view origin_;
  std::size_t position_ = 0;
};

}  // namespace iqnrl::io::detail
