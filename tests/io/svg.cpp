// Charts: well-formed whatever they are given, gaps stay gaps, ticks are round, labels do not overlap.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <iqnrl/io/read_file.hpp>
#include <iqnrl/io/svg.hpp>

#include "scratch_folder.hpp"

namespace {

using namespace iqnrl;
using io::chart;
using io::series;
constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Why a text is no well-formed XML (of the part of XML that SVG charts use), or nothing.
std::string flaw(std::string_view text) {
  std::vector<std::string> open;
  bool had_root = false;
  while (!text.empty()) {
    if (text.front() != '<') {
      const std::string_view content = text.substr(0, text.find('<'));
      if (open.empty() && content.find_first_not_of('\n') != std::string_view::npos) return "text outside of the root";
      for (std::size_t i = 0; i < content.size(); ++i) {
        if (static_cast<unsigned char>(content[i]) < 0x20U && content[i] != '\n') return "control character";
        if (content[i] == '>') return "bare >";
        if (content[i] != '&') continue;
        const std::string_view entity = content.substr(i, content.find(';', i) - i);
        if (entity != "&amp" && entity != "&lt" && entity != "&gt" && entity != "&quot") return "unknown entity";
      }
      text.remove_prefix(content.size());
      continue;
    }
    const std::size_t end = text.find('>');
    if (end == std::string_view::npos) return "tag does not end";
    const std::string_view tag = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (tag.find('<') != std::string_view::npos) return "< in a tag";
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "odd quotes";
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return fmt::format("unexpected end of {}", tag);
      open.pop_back();
      continue;
    }
    if (open.empty() && had_root) return "two roots";
    had_root = true;
    if (!tag.ends_with('/')) open.emplace_back(tag.substr(0, tag.find(' ')));
  }
  return open.empty() && had_root ? "" : "tag left open";
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

std::vector<std::string> labels(double low, double high, int intervals) {
  return io::detail::make_axis(low, high, intervals, false).labels;
}

const std::string minus = "\xE2\x88\x92";

}  // namespace

TEST_CASE("axis: steps are 1, 2 or 5 times a power of ten, and the next above what was asked") {
  for (const double scale : {1e-300, 1e-9, 0.01, 1.0, 1e5, 1e250}) {
    CAPTURE(scale);
    CHECK(io::detail::round_step(0.9 * scale) == doctest::Approx(scale));
    CHECK(io::detail::round_step(1.0 * scale) == doctest::Approx(scale));
    CHECK(io::detail::round_step(1.1 * scale) == doctest::Approx(2 * scale));
    CHECK(io::detail::round_step(2.0 * scale) == doctest::Approx(2 * scale));
    CHECK(io::detail::round_step(2.1 * scale) == doctest::Approx(5 * scale));
    CHECK(io::detail::round_step(5.1 * scale) == doctest::Approx(10 * scale));
  }
}

TEST_CASE("axis: labels") {
  using strings = std::vector<std::string>;
  CHECK(labels(0, 500, 5) == strings{"0", "100", "200", "300", "400", "500"});
  CHECK(labels(0, 1, 5) == strings{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels(-0.1, 0.1, 4) == strings{minus + "0.10", minus + "0.05", "0.00", "0.05", "0.10"});
  CHECK(labels(0, 9000, 3) == strings{"0", "5000"});
  CHECK(labels(0, 50000, 5) == strings{"0", "10k", "20k", "30k", "40k", "50k"});
  CHECK(labels(500000, 1500000, 4) == strings{"500k", "1M", "1.5M"});
  CHECK(labels(-2e6, 2e6, 4) == strings{minus + "2M", minus + "1M", "0", "1M", "2M"});
  CHECK(labels(0, 4e9, 4) == strings{"0", "1G", "2G", "3G", "4G"});
  CHECK(labels(0, 3e-5, 3) == strings{"0", "1e-5", "2e-5", "3e-5"});
  CHECK(labels(1e15, 1.4e15, 4) == strings{"1e15", "1.1e15", "1.2e15", "1.3e15", "1.4e15"});
  CHECK(labels(100, 1000, 9).front() == "100");
}

TEST_CASE("axis: any range has few, increasing, different ticks inside it") {
  const double largest = std::numeric_limits<double>::max();
  const std::vector<double> ends{-largest, -1e308, -1e17, -5000, -1.5, -1e-5, -5e-324, 0,
                                 5e-324,   1e-300, 0.3,   1,     1e6,  1e17,  1e308,   largest};
  for (const double low : ends) {
    for (const double high : ends) {
      if (high < low) continue;
      for (const bool rounded : {false, true}) {
        CAPTURE(low);
        CAPTURE(high);
        const io::detail::axis a = io::detail::make_axis(low, high, 6, rounded);
        CHECK(std::isfinite(a.low));
        CHECK(std::isfinite(a.high));
        CHECK(a.low < a.high);
        CHECK(a.low <= low + 1e-8 * a.step);
        CHECK(a.high >= high - 1e-8 * a.step);
        CHECK(a.ticks.size() >= 1);
        CHECK(a.ticks.size() <= 14);
        std::vector<std::string> different = a.labels;
        std::sort(different.begin(), different.end());
        CHECK(std::adjacent_find(different.begin(), different.end()) == different.end());
        for (std::size_t i = 0; i < a.ticks.size(); ++i) {
          CHECK(a.at(a.ticks[i]) > -1e-6);
          CHECK(a.at(a.ticks[i]) < 1 + 1e-6);
          if (i > 0) CHECK(a.ticks[i] > a.ticks[i - 1]);
          CHECK(a.labels[i].size() < 24);
        }
      }
    }
  }
}

TEST_CASE("axis: rounding outwards does not leave an interval nearly empty") {
  const io::detail::axis near = io::detail::make_axis(-5, 480, 6, true);
  CHECK(near.high == doctest::Approx(500));
  CHECK(near.low == doctest::Approx(-15));
}

TEST_CASE("spread: labels end up apart, in order, inside, and stay where they were if they can") {
  std::vector<double> apart{10, 50, 90};
  io::detail::spread(apart, 20, 0, 100);
  CHECK(apart == std::vector<double>{10, 50, 90});
  std::vector<double> together{50, 50, 50};
  io::detail::spread(together, 20, 0, 100);
  CHECK(together == std::vector<double>{30, 50, 70});
  std::vector<double> at_edges{100, 0, 99, 1};
  io::detail::spread(at_edges, 20, 0, 100);
  CHECK(at_edges == std::vector<double>{100, 0, 80, 20});
  std::vector<double> chain{10, 25, 40, 95};
  io::detail::spread(chain, 20, 0, 100);
  CHECK(chain[0] == doctest::Approx(5));
  CHECK(chain[1] == doctest::Approx(25));
  CHECK(chain[2] == doctest::Approx(45));
  CHECK(chain[3] == doctest::Approx(95));
  std::vector<double> full(11, 3.0);
  io::detail::spread(full, 10, 0, 100);
  for (std::size_t i = 0; i < full.size(); ++i) CHECK(full[i] == doctest::Approx(10.0 * static_cast<double>(i)));
  std::vector<double> none;
  io::detail::spread(none, 10, 0, 100);
  CHECK(none.empty());
}

TEST_CASE("svg: the checker of this test finds flaws") {
  CHECK(flaw("<a><b/>x &amp; y</a>\n").empty());
  for (const std::string_view bad :
       {"", "<a>", "<a></b>", "<a/><b/>", "<a>x & y</a>", "<a b=\"c/>", "x", "<a>\x01</a>"}) {
    CHECK(!flaw(bad).empty());
  }
}

TEST_CASE("svg: size, background, texts") {
  const std::string svg =
      io::to_svg({"Title", "steps", "return", {{"iqn", {0, 1}, {2, 3}, {}, {}}}, {}, {{2.5, "solved"}}});
  CHECK(flaw(svg) == "");
  CHECK(svg.starts_with(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"480\" viewBox=\"0 0 860 480\""));
  CHECK(svg.find("<rect width=\"860\" height=\"480\" fill=\"#ffffff\"/>") != std::string::npos);
  for (const std::string_view text : {">Title<", ">steps<", ">return<", ">iqn<", ">solved<"}) {
    CHECK(svg.find(text) != std::string::npos);
  }
}

TEST_CASE("svg: markup, control characters and invalid UTF-8 in texts are harmless") {
  const std::string text = "<b> & \"q\" 'a' \x01 \n \xFF \xC3\xA4 \xEF\xBF\xBF";
  const std::string escaped = "&lt;b&gt; &amp; &quot;q&quot; 'a' \xEF\xBF\xBD   \xEF\xBF\xBD \xC3\xA4 \xEF\xBF\xBD";
  CHECK(io::detail::xml_escaped(text) == escaped);
  const std::string svg = io::to_svg({text, text, text, {{text, {0, 1}, {2, 3}, {}, {}}}, {}, {{2.5, text}}});
  CHECK(flaw(svg) == "");
  CHECK(count(svg, ">" + escaped + "<") == 6);
}

TEST_CASE("svg: long texts are shortened between characters") {
  CHECK(io::detail::fitted("short", 10, 100) == "short");
  std::string umlauts;
  for (int i = 0; i < 50; ++i) umlauts += "\xC3\xA4";
  const std::string cut = io::detail::fitted(umlauts, 10, 100);
  CHECK(cut.size() < umlauts.size());
  CHECK(cut.ends_with("\xE2\x80\xA6"));
  CHECK(io::detail::first_invalid_utf8(cut) == std::string::npos);
  CHECK(io::detail::text_width(cut, 10) <= 100);
  const std::string svg = io::to_svg({umlauts + umlauts, "", "", {{umlauts, {0, 1}, {2, 3}, {}, {}}}, {}, {}});
  CHECK(flaw(svg) == "");
}

TEST_CASE("svg: gaps break lines and bands, a lone point is a dot") {
  const std::vector<double> x{0, 1, 2, 3, 4, 5, 6};
  const series broken{"", x, {1, 2, gap, 3, infinity, 2, 1}, {}, {}};
  const std::string svg = io::to_svg({"", "", "", {broken}, {}, {}});
  CHECK(flaw(svg) == "");
  CHECK(count(svg, "stroke-width=\"2\"") == 2);
  CHECK(count(svg, "<circle") == 1);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);

  const series banded{"", x, {1, 2, 3, 4, 5, 6, 7}, {0, 1, gap, 3, 4, 5, 6}, {2, 3, 4, 5, 6, 7, gap}};
  const std::string with_band = io::to_svg({"", "", "", {banded}, {}, {}});
  CHECK(count(with_band, "stroke-width=\"2\"") == 1);
  CHECK(count(with_band, "fill-opacity=\"0.18\"") == 2);
}

TEST_CASE("svg: the points are where the axes say") {
  const std::string svg = io::to_svg({"", "", "", {{"", {0, 5, 10}, {0, 10, 5}, {}, {}}}, {{0, 10}}, {}});
  const std::size_t at = svg.find("<path d=\"M");
  REQUIRE(at != std::string::npos);
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  REQUIRE(std::sscanf(svg.c_str() + at, "<path d=\"M%lf %lfL%lf %lfL%lf %lf", &x0, &y0, &x1, &y1, &x2, &y2) == 6);
  CHECK(y0 == 424.0);
  CHECK(y1 == 76.0);
  CHECK(y2 == 250.0);
  CHECK(x1 == doctest::Approx((x0 + x2) / 2).epsilon(1e-3));
  CHECK(x2 > 800);
}

TEST_CASE("svg: odd data is drawn or left out, never a flaw") {
  const double largest = std::numeric_limits<double>::max();
  const std::vector<series> odd{{"empty", {}, {}, {}, {}},
                                {"all gaps", {1, 2}, {gap, gap}, {gap, gap}, {gap, gap}},
                                {"no x", {gap, infinity}, {1, 2}, {}, {}},
                                {"one", {3}, {4}, {3}, {5}},
                                {"constant", {1, 2, 3}, {7, 7, 7}, {}, {}},
                                {"zero", {0, 0}, {0, 0}, {}, {}},
                                {"huge", {-largest, largest}, {largest, -largest}, {}, {}},
                                {"tiny", {5e-324, 1e-320}, {5e-324, 1e-320}, {}, {}},
                                {"far", {1e17, 1e17 + 64}, {-1e17, -1e17 - 64}, {}, {}}};
  for (const series& s : odd) {
    CAPTURE(s.name);
    for (const bool ranged : {false, true}) {
      chart c{"odd", "x", "y", {s}, {}, {{0.5, "half"}, {gap, "no line"}}};
      if (ranged) c.y_range = {0, 1};
      const std::string svg = io::to_svg(c);
      CHECK(flaw(svg) == "");
      CHECK(svg.find("nan") == std::string::npos);
      CHECK(svg.find("inf") == std::string::npos);
      CHECK(svg.find("no line") == std::string::npos);
      CHECK(svg.size() < 20'000);
    }
  }
  CHECK(flaw(io::to_svg({"all", "x", "y", odd, {}, {}})) == "");
  const std::string nothing = io::to_svg({});
  CHECK(flaw(nothing) == "");
  CHECK(nothing.find(">no data<") != std::string::npos);
  CHECK(io::to_svg({"", "", "", {odd[0]}, {}, {}}).find(">empty (no data)<") != std::string::npos);
}

TEST_CASE("svg: names of forty lines that end together stay apart and inside the picture") {
  chart c{"many", "x", "y", {}, {}, {}};
  for (int i = 0; i < 40; ++i) c.lines.push_back({fmt::format("line-{}-end", i), {0, 1}, {0, 1}, {}, {}});
  const std::string svg = io::to_svg(c);
  CHECK(flaw(svg) == "");
  std::vector<double> ys;
  for (int i = 0; i < 40; ++i) {
    const std::size_t name = svg.find(fmt::format(">line-{}-end<", i));
    REQUIRE(name != std::string::npos);
    const std::size_t y = svg.rfind(" y=\"", name) + 4;
    ys.push_back(std::stod(svg.substr(y)));
  }
  std::sort(ys.begin(), ys.end());
  for (std::size_t i = 1; i < ys.size(); ++i) CHECK(ys[i] - ys[i - 1] > 8.5);
  CHECK(ys.front() > 60);
  CHECK(ys.back() < 440);
}

TEST_CASE("svg: labels of reference lines that are close stand beside one another") {
  const chart c{"close", "",
                "",      {{"a", {0, 1}, {0, 1}, {}, {}}},
                {},      {{60, "first"}, {60.5, "second"}, {58, "third"}, {20, "far"}}};
  const std::string svg = io::to_svg(c);
  const auto x_of = [&](const std::string& label) {
    const std::size_t end = svg.find(">" + label + "<");
    REQUIRE(end != std::string::npos);
    const std::size_t text = svg.rfind("<text x=\"", end);
    return std::stod(svg.substr(text + 9));
  };
  const double gap_between = io::detail::text_width("first", 12);
  CHECK(std::abs(x_of("first") - x_of("second")) > gap_between);
  CHECK(std::abs(x_of("second") - x_of("third")) > gap_between);
  CHECK(std::abs(x_of("first") - x_of("third")) > gap_between);
  CHECK(x_of("far") == x_of("first"));
}

TEST_CASE("svg: points that fall on one another are drawn once") {
  series s;
  for (int i = 0; i < 200'000; ++i) {
    s.x.push_back(i);
    s.y.push_back(i / 2000);
  }
  CHECK(io::to_svg({"", "", "", {s}, {}, {}}).size() < 200'000);
}

TEST_CASE("svg: what it refuses, and files") {
  CHECK_THROWS_WITH_AS((void)io::to_svg({"c", "", "", {{"l", {1, 2}, {1}, {}, {}}}, {}, {}}),
                       "line 'l' of chart 'c' has 2 x and 1 y values; give as many of both", shape_error);
  CHECK_THROWS_AS((void)io::to_svg({"c", "", "", {{"l", {1}, {1}, {1}, {}}}, {}, {}}), shape_error);
  CHECK_THROWS_AS((void)io::to_svg({"c", "", "", {{"l", {1}, {1}, {1, 2}, {1, 2}}}, {}, {}}), shape_error);
  CHECK_THROWS_WITH_AS((void)io::to_svg({"c", "", "", {}, {{1, 1}}, {}}),
                       "the y range of chart 'c' is [1, 1]; give two finite numbers, the smaller one first",
                       config_error);
  CHECK_THROWS_AS((void)io::to_svg({"c", "", "", {}, {{0, infinity}}, {}}), config_error);
  CHECK_THROWS_AS((void)io::to_svg({"c", "", "", {}, {{gap, 1}}, {}}), config_error);

  const scratch_folder folder("iqnrl-svg");
  const chart c{"file", "x", "y", {{"l", {0, 1}, {0, 1}, {}, {}}}, {}, {}};
  io::write_svg(folder / "c.svg", c);
  CHECK(io::as_text(io::read_file(folder / "c.svg")) == io::to_svg(c));
  CHECK_THROWS_AS(io::write_svg(folder / "none/c.svg", c), file_error);
}
