// What the pictures of the examples are made of: lines, texts, and colours that tell the time.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace example {

/// An SVG picture that grows element by element. Time is colour everywhere: from amber at the start to deep blue at the
/// end.
class drawing {
 public:
  static constexpr double width = 960;

 protected:
  static constexpr double left = 84;
  static constexpr double right = 900;
  static constexpr double key_left = 760;
  /// What headings and lines of a grid look like.
  static constexpr std::string_view heading = R"(font-weight="600" fill="#1d2433")";
  static constexpr std::string_view grid = R"(stroke="#e7e4dc")";

  /// Starts a picture with a title, a line below it, and the key of the colours from `first` to `last`.
  void begin(double height, std::string_view title, std::string_view summary, std::string_view first,
             std::string_view last) {
    put(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" )", width, height);
    put(R"(font-family="system-ui, 'Helvetica Neue', 'DejaVu Sans', sans-serif" font-size="13" fill="#5b6270">)");
    put("\n");
    gradient("time", left, right);
    gradient("key", key_left, right);
    put(R"(<rect width="{}" height="{}" rx="14" fill="#fbfaf7"/>)", width, height);
    put("\n");
    text(left, 48, title, fmt::format(R"(font-size="23" {})", heading));
    text(left, 74, summary, R"(font-size="14")");
    put(R"svg(<rect x="{}" y="38" width="{}" height="8" rx="4" fill="url(#key)"/>)svg", key_left, right - key_left);
    put("\n");
    text(key_left, 64, first);
    text(right, 64, last, R"(text-anchor="end")");
  }

  /// Ends the picture and gives it away.
  [[nodiscard]] std::string end() {
    put("</svg>\n");
    return std::move(out_);
  }

  template <class... Args>
  void put(fmt::format_string<Args...> form, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), form, std::forward<Args>(args)...);
  }

  void text(double x, double y, std::string_view words, std::string_view attributes = "") {
    put(R"(<text x="{:.1f}" y="{:.1f}" {}>)", x, y, attributes);
    for (const char c : words) {
      switch (c) {
        case '<':
          out_ += "&lt;";
          break;
        case '>':
          out_ += "&gt;";
          break;
        case '&':
          out_ += "&amp;";
          break;
        default:
          out_ += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
      }
    }
    put("</text>\n");
  }

  void line(double x1, double y1, double x2, double y2, std::string_view attributes) {
    put(R"(<path d="M{:.1f} {:.1f}L{:.1f} {:.1f}" {}/>)", x1, y1, x2, y2, attributes);
    put("\n");
  }

  /// The colour of a moment, 0 at the start and 1 at the end.
  [[nodiscard]] static std::string colour(double part) {
    const double at = std::clamp(part, 0.0, 1.0) * (colours.size() - 1);
    const std::size_t i = std::min(static_cast<std::size_t>(at), colours.size() - 2);
    const double t = at - static_cast<double>(i);
    std::array<int, 3> mixed{};
    for (std::size_t k = 0; k < 3; ++k) {
      mixed[k] = static_cast<int>(std::lround(colours[i][k] + t * (colours[i + 1][k] - colours[i][k])));
    }
    return fmt::format("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2]);
  }

  /// A curve of `count` points (x(i), y(i)) in the colours of time, with a dot at its end.
  template <class X, class Y>
  void curve(std::size_t count, const X& x, const Y& y) {
    put(R"svg(<polyline fill="none" stroke="url(#time)" stroke-width="2.2" stroke-linejoin="round" points=")svg");
    for (std::size_t i = 0; i < count; ++i) put("{:.1f},{:.1f} ", x(i), y(i));
    put("\"/>\n");
    put(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4.5" fill="{}"/>)", x(count - 1), y(count - 1), colour(1));
    put("\n");
  }

 private:
  static constexpr std::array<std::array<double, 3>, 3> colours{{{245, 178, 66}, {205, 66, 110}, {38, 48, 120}}};

  void gradient(std::string_view id, double from, double to) {
    put(R"(<linearGradient id="{}" gradientUnits="userSpaceOnUse" x1="{}" x2="{}" y1="0" y2="0">)", id, from, to);
    for (const double at : {0.0, 0.25, 0.5, 0.75, 1.0}) put(R"(<stop offset="{}" stop-color="{}"/>)", at, colour(at));
    put("</linearGradient>\n");
  }

  std::string out_;
};

}  // namespace example
