// Ratios as horizontal bars in SVG, for a person to look at.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/io/svg_text.hpp>

namespace bench {

/// A ratio above 0 with its lowest and highest. Bars of one group stand together, those of one kind have one colour.
struct bar {
  std::string group, kind, name, note;
  double value, low, high;
};

/// Bars that begin at 1, on a logarithmic axis, as an SVG document: a name before each, ratio and note behind it.
[[nodiscard]] inline std::string bars_svg(std::string_view title, std::string_view subtitle,
                                          const std::vector<bar>& bars) {
  using iqnrl::io::detail::text_width;
  using iqnrl::io::detail::xml_escaped;
  constexpr double width = 860, margin = 28, top = 100, step = 21, gap = 14, size = 13;
  constexpr std::array<std::string_view, 7> colors{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                   "#56b4e9", "#e69f00", "#7f7f7f"};
  std::vector<std::string> groups, kinds;
  const auto index = [](std::vector<std::string>& known, const std::string& name) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    known.push_back(name);
    return known.size() - 1;
  };
  double group_width = 0, name_width = 0, end_width = 0, low = 1, high = 1;
  const auto end_of = [](const bar& b) {
    return fmt::format("{:.{}f}", b.value, b.value < 10 ? 2 : b.value < 100 ? 1 : 0);
  };
  for (const bar& b : bars) {
    index(groups, b.group);
    index(kinds, b.kind);
    group_width = std::max(group_width, text_width(b.group, size));
    name_width = std::max(name_width, text_width(b.name, size));
    end_width = std::max(end_width, text_width(end_of(b) + "  " + b.note, size));
    low = std::min(low, b.low);
    high = std::max(high, b.high);
  }
  std::vector<double> ticks;  // 1, 2 and 5 times powers of ten, of which the outer two hold everything
  for (int power = -9; power < 9; ++power) {
    for (const double digit : {1.0, 2.0, 5.0}) ticks.push_back(digit * std::pow(10.0, power));
  }
  while (ticks.size() > 2 && ticks[1] <= low) ticks.erase(ticks.begin());
  while (ticks.size() > 2 && ticks[ticks.size() - 2] >= high) ticks.pop_back();

  const double names = margin + group_width + 16, left = names + name_width + 12,
               right = width - margin - end_width - 8;
  const double bottom = top + step * static_cast<double>(bars.size()) + gap * static_cast<double>(groups.size());
  const auto x_of = [&](double ratio) {
    const double begin = std::log(ticks.front()), end = std::log(ticks.back());
    return left + (right - left) * (std::clamp(std::log(ratio), begin, end) - begin) / (end - begin);
  };
  std::string out;
  const auto text = [&](double x, double y, std::string_view look, std::string_view what) {
    fmt::format_to(std::back_inserter(out), "<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, look,
                   xml_escaped(what));
  };
  const auto line = [&](double x1, double y1, double x2, double y2, std::string_view color) {
    fmt::format_to(std::back_inserter(out),
                   "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2, y2,
                   color);
  };
  fmt::format_to(
      std::back_inserter(out),
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1:.0f}" viewBox="0 0 {0} {1:.0f}" role="img" )"
      R"(font-family="system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif">)"
      "\n<title>{2}</title>\n<rect width=\"{0}\" height=\"{1:.0f}\" fill=\"#ffffff\"/>\n",
      width, bottom + margin, xml_escaped(title));
  text(margin, 34, R"(font-size="18" font-weight="600" fill="#1a1a1a")", title);
  text(margin, 58, R"(font-size="13" fill="#555555")", subtitle);
  for (const double tick : ticks) {
    const double x = x_of(tick);
    line(x, top - 6, x, bottom, tick == 1 ? "#4a4a4a" : "#e4e4e4");
    text(x, top - 12, R"(font-size="12" fill="#555555" text-anchor="middle")", fmt::format("{:g}", tick));
  }
  double y = top;
  for (const std::string& group : groups) {
    y += gap;
    text(margin, y + 12, R"(font-size="13" font-weight="600" fill="#1a1a1a")", group);
    for (const bar& b : bars) {
      if (b.group != group) continue;
      const double from = x_of(std::min(1.0, b.value)), to = x_of(std::max(1.0, b.value)), middle = y + 7.5;
      text(names, y + 12, R"(font-size="13" fill="#555555")", b.name);
      fmt::format_to(std::back_inserter(out),
                     "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"15\" fill=\"{}\"/>\n", from, y,
                     to - from, colors[index(kinds, b.kind) % colors.size()]);
      line(x_of(b.low), middle, x_of(b.high), middle, "#1a1a1a");
      for (const double end : {b.low, b.high}) line(x_of(end), middle - 4, x_of(end), middle + 4, "#1a1a1a");
      const double behind = x_of(std::max({1.0, b.value, b.high})) + 8;
      text(behind, y + 12,
           R"(font-size="13" font-weight="600" fill="#1a1a1a" stroke="#ffffff" stroke-width="3" )"
           R"(stroke-linejoin="round" paint-order="stroke")",
           end_of(b));
      text(behind + text_width(end_of(b) + " ", size), y + 12,
           R"(font-size="12" fill="#555555" stroke="#ffffff" )"
           R"(stroke-width="3" stroke-linejoin="round" paint-order="stroke")",
           b.note);
      y += step;
    }
  }
  return out + "</svg>\n";
}

}  // namespace bench
