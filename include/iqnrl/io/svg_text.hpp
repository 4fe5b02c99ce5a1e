// Text in SVG: escapes, and how wide it will be.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <iqnrl/io/utf8.hpp>

namespace iqnrl::io::detail {

/// Text as XML 1.0 can hold it: markup escaped; what is no UTF-8 or no XML character is replaced by U+FFFD.
[[nodiscard]] inline std::string xml_escaped(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string out;
  while (!text.empty()) {
    const std::size_t valid = std::min(first_invalid_utf8(text), text.size());
    for (std::size_t i = 0; i < valid; ++i) {
      const char c = text[i];
      const std::string_view three = text.substr(i, 3);
      if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
        out += replacement;
        i += 2;
      } else if (c == '&') {
        out += "&amp;";
      } else if (c == '<') {
        out += "&lt;";
      } else if (c == '>') {
        out += "&gt;";
      } else if (c == '"') {
        out += "&quot;";
      } else if (static_cast<unsigned char>(c) < 0x20U) {
        out += c == '\t' || c == '\n' || c == '\r' ? std::string_view(" ") : replacement;
      } else {
        out += c;
      }
    }
    if (valid == text.size()) return out;
    out += replacement;
    text.remove_prefix(valid + 1);
  }
  return out;
}

/// About the width of a text in a sans-serif font of that size, rather too large than too small.
[[nodiscard]] inline double text_width(std::string_view text, double size) {
  double width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80U && byte < 0xC0U) continue;  // the rest of a character that was counted
    const bool narrow = std::string_view("fijlrt.,:;'|!()[] ").find(c) != std::string_view::npos;
    const bool wide = byte >= 0xE3U || c == 'm' || c == 'w' || c == 'M' || c == 'W';
    width += wide ? 1.0 : narrow ? 0.4 : 0.66;
  }
  return width * size;
}

/// `text`, or its beginning and an ellipsis where the whole would be wider than `room`.
[[nodiscard]] inline std::string fitted(std::string_view text, double size, double room) {
  if (text_width(text, size) <= room) return std::string(text);
  while (!text.empty() && text_width(text, size) + size > room) {
    while (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.remove_suffix(1);
    text.remove_suffix(1);
  }
  return std::string(text) + "\xE2\x80\xA6";
}

}  // namespace iqnrl::io::detail
