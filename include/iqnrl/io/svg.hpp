// Line charts as SVG, for a person to look at: learning curves with bands, reference lines, labels at the line ends.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/io/axis.hpp>
#include <iqnrl/io/svg_text.hpp>

namespace iqnrl::io {

/// A line: points (x, y) in drawing order, and a band from `low` to `high` around it unless these are empty. A number
/// that is not finite is a gap.
struct series {
  std::string name;
  std::vector<double> x, y, low, high;
};

/// A horizontal dashed line with its meaning, such as the score at which a task counts as solved.
struct reference_line {
  double value = 0;
  std::string label;
};

/// What a chart shows. Without `y_range` it shows all values and reference lines.
struct chart {
  std::string title, x_label, y_label;
  std::vector<series> lines;
  std::optional<std::pair<double, double>> y_range;
  std::vector<reference_line> references;
};

namespace detail {

/// Draws one chart. All lengths are in pixels of the 860 x 480 picture, y downwards.
class svg_drawing {
 public:
  explicit svg_drawing(const chart& c) : chart_(c) {
    check();
    measure();
  }

  [[nodiscard]] std::string draw() {
    add(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" )"
        R"(font-family="system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif">)",
        width, height);
    add("<title>{}</title>", xml_escaped(chart_.title));
    add(R"(<rect width="{}" height="{}" fill="#ffffff"/>)", width, height);
    draw_frame();
    add(R"(<svg x="{0:.1f}" y="{1:.1f}" width="{2:.1f}" height="{3:.1f}" viewBox="{0:.1f} {1:.1f} {2:.1f} {3:.1f}">)",
        left_ - overhang, top - overhang, right_ - left_ + 2 * overhang, bottom - top + 2 * overhang);
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) draw_band(chart_.lines[i], look_of(i));
    draw_reference_lines();
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) draw_line(chart_.lines[i], look_of(i));
    add("</svg>");
    draw_reference_labels();
    draw_names();
    add("</svg>");
    return std::move(out_);
  }

 private:
  struct point {
    double x, y;
  };
  struct look {
    std::string_view color, dashes;
  };

  static constexpr double width = 860, height = 480, top = 76, bottom = 424, margin = 28;
  static constexpr double overhang = 4;  // of strokes and marks over the edge of the plot
  static constexpr double text_size = 13, small_size = 12, name_gap = 17;

  /// Okabe and Ito's palette without its yellow, which white swallows; a second round is dashed.
  [[nodiscard]] static look look_of(std::size_t i) {
    constexpr std::array<std::string_view, 7> colors{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                     "#56b4e9", "#e69f00", "#000000"};
    constexpr std::array<std::string_view, 3> dashes{"", "7 4", "2 3"};
    return {colors[i % colors.size()], dashes[i / colors.size() % dashes.size()]};
  }

  template <class... Args>
  void add(fmt::format_string<Args...> text, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), text, std::forward<Args>(args)...);
    out_ += '\n';
  }

  void add_text(double x, double y, std::string_view text, std::string_view attributes) {
    add(R"(<text x="{:.1f}" y="{:.1f}" {}>{}</text>)", x, y, attributes, xml_escaped(text));
  }

  void check() const {
    for (const series& s : chart_.lines) {
      require<shape_error>(s.x.size() == s.y.size(),
                           "line '{}' of chart '{}' has {} x and {} y values; give as many of both", s.name,
                           chart_.title, s.x.size(), s.y.size());
      require<shape_error>(
          s.low.size() == s.high.size() && (s.low.empty() || s.low.size() == s.x.size()),
          "the band of line '{}' of chart '{}' has {} low and {} high values for {} points; give as many "
          "of both as there are points, or none",
          s.name, chart_.title, s.low.size(), s.high.size(), s.x.size());
    }
    if (!chart_.y_range) return;
    const auto [low, high] = *chart_.y_range;
    require<config_error>(is_finite(low) && is_finite(high) && low < high,
                          "the y range of chart '{}' is [{}, {}]; give two finite numbers, the smaller one first",
                          chart_.title, low, high);
  }

  void measure() {
    std::vector<double> xs, ys;
    const auto collect = [&](const series& s, const std::vector<double>& values) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!is_finite(s.x[i]) || !is_finite(values[i])) continue;
        xs.push_back(s.x[i]);
        ys.push_back(values[i]);
      }
    };
    for (const series& s : chart_.lines) {
      for (const std::vector<double>* values : {&s.y, &s.low, &s.high}) collect(s, *values);
    }
    for (const reference_line& r : chart_.references) {
      if (is_finite(r.value)) ys.push_back(r.value);
    }
    has_data_ = !xs.empty();
    const auto range = [](const std::vector<double>& values) {
      if (values.empty()) return std::pair{0.0, 1.0};
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      return std::pair{*low, *high};
    };
    const auto [y_low, y_high] = chart_.y_range.value_or(range(ys));
    y_ = make_axis(y_low, y_high, 6, !chart_.y_range);
    left_ = margin + widest(y_.labels, small_size) + 8;

    double names = 0;
    for (const series& s : chart_.lines) names = std::max(names, text_width(name_of(s), text_size));
    right_ = width - margin - (names == 0 ? 0 : std::min(names, longest_name) + leader);

    const auto [x_low, x_high] = range(xs);
    for (int intervals = 8; intervals > 0; --intervals) {
      x_ = make_axis(x_low, x_high, intervals, false);
      const double needed = (widest(x_.labels, small_size) + 16) * static_cast<double>(x_.labels.size());
      if (needed <= right_ - left_) break;
    }
  }

  [[nodiscard]] static double widest(const std::vector<std::string>& labels, double size) {
    double most = 0;
    for (const std::string& label : labels) most = std::max(most, text_width(label, size));
    return most;
  }

  /// Where a value is drawn; far outside the picture it is enough to be outside.
  [[nodiscard]] double x_of(double value) const {
    return left_ + std::clamp(x_.at(value), -99.0, 99.0) * (right_ - left_);
  }
  [[nodiscard]] double y_of(double value) const {
    return bottom - std::clamp(y_.at(value), -99.0, 99.0) * (bottom - top);
  }

  void draw_frame() {
    const double room = width - 2 * margin;
    add_text(margin, 34, fitted(chart_.title, 18, room), R"(font-size="18" font-weight="600" fill="#1a1a1a")");
    add_text(margin, 58, fitted(chart_.y_label, text_size, room), R"(font-size="13" fill="#555555")");
    add_text((left_ + right_) / 2, height - 16, fitted(chart_.x_label, text_size, right_ - left_),
             R"(font-size="13" fill="#555555" text-anchor="middle")");
    for (std::size_t i = 0; i < y_.ticks.size(); ++i) {
      const double y = y_of(y_.ticks[i]);
      add(R"(<line x1="{0:.1f}" y1="{2:.1f}" x2="{1:.1f}" y2="{2:.1f}" stroke="#e4e4e4"/>)", left_, right_, y);
      add_text(left_ - 8, y + 4, y_.labels[i], R"(font-size="12" fill="#555555" text-anchor="end")");
    }
    add(R"(<line x1="{0:.1f}" y1="{2:.1f}" x2="{1:.1f}" y2="{2:.1f}" stroke="#8a8a8a"/>)", left_, right_, bottom);
    for (std::size_t i = 0; i < x_.ticks.size(); ++i) {
      const double x = x_of(x_.ticks[i]);
      add(R"(<line x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}" stroke="#8a8a8a"/>)", x, bottom, bottom + 5);
      add_text(x, bottom + 19, x_.labels[i], R"(font-size="12" fill="#555555" text-anchor="middle")");
    }
    if (has_data_) return;
    add_text((left_ + right_) / 2, (top + bottom) / 2, "no data",
             R"(font-size="15" fill="#8a8a8a" text-anchor="middle")");
  }

  /// The stretches of a line where x and all of `values` are finite, as [begin, end).
  [[nodiscard]] static std::vector<std::pair<std::size_t, std::size_t>> stretches(
      const series& s, std::initializer_list<const std::vector<double>*> values) {
    std::vector<std::pair<std::size_t, std::size_t>> found;
    bool open = false;
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      const bool drawn = is_finite(s.x[i]) &&
                         std::all_of(values.begin(), values.end(), [&](const auto* v) { return is_finite((*v)[i]); });
      if (drawn && !open) found.emplace_back(i, i);
      if (drawn) found.back().second = i + 1;
      open = drawn;
    }
    return found;
  }

  /// A path through points; points that would fall on the one before are left out.
  [[nodiscard]] static std::string path(std::span<const point> points) {
    std::string text;
    std::string last;
    for (const point& p : points) {
      std::string next = fmt::format("{:.1f} {:.1f}", p.x, p.y);
      if (next == last) continue;
      text += (text.empty() ? "M" : "L") + next;
      last = std::move(next);
    }
    return text;
  }

  void draw_band(const series& s, look l) {
    if (s.low.empty()) return;
    for (const auto& [begin, end] : stretches(s, {&s.low, &s.high})) {
      std::vector<point> outline;
      for (std::size_t i = begin; i < end; ++i) outline.push_back({x_of(s.x[i]), y_of(s.high[i])});
      for (std::size_t i = end; i > begin; --i) outline.push_back({x_of(s.x[i - 1]), y_of(s.low[i - 1])});
      const bool single = end - begin == 1;
      add(R"(<path d="{}{}" fill="{}" fill-opacity="0.18" stroke="{}" stroke-opacity="0.18" stroke-width="{}"/>)",
          path(outline), single ? "" : "Z", single ? "none" : l.color, single ? l.color : "none", single ? 8 : 0);
    }
  }

  void draw_line(const series& s, look l) {
    for (const auto& [begin, end] : stretches(s, {&s.y})) {
      std::vector<point> points;
      for (std::size_t i = begin; i < end; ++i) points.push_back({x_of(s.x[i]), y_of(s.y[i])});
      const std::string line = path(points);
      if (line.find('L') == std::string::npos) {
        add(R"(<circle cx="{:.1f}" cy="{:.1f}" r="3.5" fill="{}"/>)", points[0].x, points[0].y, l.color);
        continue;
      }
      add(R"(<path d="{}" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"{}/>)",
          line, l.color, l.dashes.empty() ? "" : fmt::format(R"( stroke-dasharray="{}")", l.dashes));
    }
  }

  void draw_reference_lines() {
    for (const reference_line& r : chart_.references) {
      if (!is_finite(r.value)) continue;
      add(R"(<line x1="{0:.1f}" y1="{2:.1f}" x2="{1:.1f}" y2="{2:.1f}" stroke="#6b6b6b" stroke-dasharray="5 4"/>)",
          left_, right_, y_of(r.value));
    }
  }

  /// Labels of reference lines inside the plot, at the end where fewer points are in the way, and beside one another
  /// where lines are close; one that has no room left is not drawn.
  void draw_reference_labels() {
    struct box {
      double baseline, from, to;
    };
    std::vector<box> taken;
    for (const reference_line& r : chart_.references) {
      if (!is_finite(r.value) || r.label.empty()) continue;
      const double y = y_of(r.value);
      if (y < top || y > bottom) continue;
      const double baseline = y - 5 - small_size < top ? y + 14 : y - 5;
      const std::string label = fitted(r.label, small_size, (right_ - left_) / 2);
      const double size = text_width(label, small_size);
      const auto crowd = [&](double from) {
        std::size_t count = 0;
        for (const series& s : chart_.lines) {
          for (std::size_t i = 0; i < s.x.size(); ++i) {
            const double x = x_of(s.x[i]);
            if (x >= from && x <= from + size && std::abs(y_of(s.y[i]) - (baseline - 4)) < 12) ++count;
          }
        }
        return count;
      };
      const bool at_right = crowd(right_ - size - 4) < crowd(left_ + 4);
      double from = at_right ? right_ - size - 4 : left_ + 4;
      for (const box& b : taken) {
        const bool apart = std::abs(b.baseline - baseline) >= small_size + 2 || b.to <= from || from + size <= b.from;
        if (!apart) from = at_right ? b.from - size - 12 : b.to + 12;
      }
      if (from < left_ || from + size > right_) continue;
      taken.push_back({baseline, from, from + size});
      add_text(at_right ? from + size : from, baseline, label,
               fmt::format(R"(font-size="12" fill="#4a4a4a" text-anchor="{}" stroke="#ffffff" stroke-width="3" )"
                           R"(stroke-linejoin="round" paint-order="stroke")",
                           at_right ? "end" : "start"));
    }
  }

  [[nodiscard]] static std::string name_of(const series& s) {
    if (s.name.empty() || !stretches(s, {&s.y}).empty()) return s.name;
    return s.name + " (no data)";
  }

  /// The names, each beside the end of its line or connected to it.
  void draw_names() {
    struct named {
      std::size_t line;
      std::optional<point> end;
    };
    std::vector<named> names;
    std::vector<double> positions;
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) {
      const series& s = chart_.lines[i];
      if (s.name.empty()) continue;
      const auto drawn = stretches(s, {&s.y});
      named n{i, std::nullopt};
      if (!drawn.empty()) {
        const std::size_t last = drawn.back().second - 1;
        n.end = point{x_of(s.x[last]), std::clamp(y_of(s.y[last]), top, bottom)};
      }
      names.push_back(n);
      positions.push_back(n.end ? n.end->y : bottom);
    }
    const double gap = std::min(name_gap, (bottom - top) / std::max<double>(1, static_cast<double>(names.size()) - 1));
    spread(positions, gap, top, bottom);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const look l = look_of(names[i].line);
      const double x = right_ + leader - 6;
      if (names[i].end) {
        add(R"(<path d="M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}" fill="none" stroke="{}" stroke-width="1.2"/>)",
            right_ + 4, names[i].end->y, right_ + 14, positions[i], x - 4, positions[i], l.color);
      }
      add_text(x, positions[i] + 4.5, fitted(name_of(chart_.lines[names[i].line]), text_size, longest_name),
               fmt::format(R"(font-size="{:.1f}" fill="#1a1a1a")", std::min(text_size, gap * 0.8)));
    }
  }

  static constexpr double longest_name = 240;
  static constexpr double leader = 30;

  const chart& chart_;
  std::string out_;
  axis x_, y_;
  double left_ = 0;
  double right_ = 0;
  bool has_data_ = false;
};

}  // namespace detail

/// A chart as an SVG document of 860 x 480 on white. Throws shape_error if the vectors of a line differ in length, and
/// config_error if the y range is empty or not finite.
[[nodiscard]] inline std::string to_svg(const chart& c) { return detail::svg_drawing(c).draw(); }

/// Replaces the file `path` by the chart. Throws like to_svg, and file_error if the file cannot be written.
inline void write_svg(const std::filesystem::path& path, const chart& c) {
  const std::string text = to_svg(c);
  write_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace iqnrl::io
