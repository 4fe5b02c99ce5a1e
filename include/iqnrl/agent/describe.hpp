// An agent in words: its layers, what they give and how many parameters they have, and all its numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include <iqnrl/core/schedule.hpp>
#include <iqnrl/nn/parameters.hpp>

namespace iqnrl {

namespace detail {

/// 1234567 as 1,234,567.
[[nodiscard]] inline std::string with_commas(std::size_t n) {
  std::string text = std::to_string(n);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

[[nodiscard]] inline std::string extents_in_words(std::span<const std::size_t> e) {
  return fmt::format("{}", fmt::join(e, " x "));
}

/// Collects the numbers of a config, one a line: `optimizer.rate  0.0001`. A config of a user's own that does not
/// describe itself is named and nothing more.
class number_lines {
 public:
  template <class X>
  void operator()(std::string_view what, const X& x) {
    const std::string whole = prefix_ + std::string(what);
    if constexpr (std::is_same_v<X, schedule>) {
      line(whole, x.describe());
    } else if constexpr (std::is_same_v<X, bool>) {
      line(whole, x ? "yes" : "no");
    } else if constexpr (std::is_arithmetic_v<X>) {
      line(whole, fmt::format("{}", x));
    } else if constexpr (std::is_enum_v<X>) {
      line(whole, std::string(name(x)));
    } else if constexpr (requires { x.describe(*this); }) {
      const std::string before = prefix_;
      prefix_ = whole + '.';
      x.describe(*this);
      prefix_ = before;
    } else if constexpr (!std::is_empty_v<X>) {
      line(whole, "(numbers of its own)");
    }
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void line(const std::string& name, const std::string& value) { text_ += fmt::format("{:<28} {}\n", name, value); }

  std::string prefix_;
  std::string text_;
};

}  // namespace detail

/// The layers of a network, one a line: name, learnable numbers, extents of what it gives for one row, what it does;
/// then the sum of the numbers. Of noisy layers the scales of the noise are counted apart.
[[nodiscard]] inline std::string describe(const parameter_table& table) {
  const auto layers = table.layers();
  std::size_t name = 5;
  std::size_t output = 5;
  std::size_t scales = 0;
  for (const auto& l : layers) {
    name = std::max(name, l.name.size());
    output = std::max(output, detail::extents_in_words(l.output).size());
    scales += l.scales;
  }
  const auto line = [&](std::string_view layer, std::string_view parameters, std::string_view gives,
                        std::string_view what) {
    return fmt::format("{:<{}}  {:>10}  {:<{}}  {}\n", layer, name, parameters, gives, output, what);
  };
  std::string text = line("layer", "parameters", "gives", "what it does");
  for (const auto& l : layers) {
    text += line(l.name, l.parameters == 0 ? "" : detail::with_commas(l.parameters), detail::extents_in_words(l.output),
                 l.what);
  }
  text += fmt::format("{} parameters", detail::with_commas(table.count() - scales));
  if (scales > 0) text += fmt::format(", and {} scales of noise", detail::with_commas(scales));
  return text + "\n";
}

/// The layers of a network, then every number of a config.
template <class Config>
[[nodiscard]] std::string describe(const parameter_table& table, const Config& config) {
  detail::number_lines numbers;
  config.describe(numbers);
  return describe(table) + "\n" + numbers.text();
}

}  // namespace iqnrl
