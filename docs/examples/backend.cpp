// A backend that overrides one primitive, held against the reference.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/backend/device.hpp>
#include <iqnrl/contract/backend.hpp>

/// Cosines by cos((i + 1) a) = 2 cos a cos(i a) - cos((i - 1) a): three calls of cos a row.
struct recurrent : iqnrl::backend::reference {
  static constexpr std::string_view name = "recurrent";

  template <class T>
  void cosine(const iqnrl::view<const T, 1>& tau, std::size_t first, const iqnrl::view<T, 2>& y) const {
    for (std::size_t r = 0; r < y.rows(); ++r) {
      const double angle = std::numbers::pi * static_cast<double>(tau.data()[r]);
      const double twice = 2 * std::cos(angle);
      double before = std::cos((static_cast<double>(first) - 1) * angle);
      double now = std::cos(static_cast<double>(first) * angle);
      for (std::size_t i = 0; i < y.row_size(); ++i) {
        y.data()[r * y.stride() + i] = static_cast<T>(now);
        before = std::exchange(now, twice * now - before);
      }
    }
  }
};
static_assert(iqnrl::check_backend<recurrent>());

/// cos(pi i tau) for i < 64 at 10 fractions.
template <class Backend>
std::vector<double> cosines() {
  const iqnrl::device<Backend> device;
  iqnrl::arena<Backend> memory{device, 1U << 16U, "a comparison"};
  const auto tau = memory.template take<double, 1>({10});
  const auto y = memory.template take<double, 2>({10, 64});
  device.fill_uniform(tau, {1, iqnrl::stream::fractions, 0}, 0);
  device.cosine(iqnrl::view<const double, 1>(tau), 0, y);
  std::vector<double> host(y.size());
  device.download(y, std::span(host));
  return host;
}

int main() {
  const std::vector<double> mine = cosines<recurrent>();
  const std::vector<double> reference = cosines<iqnrl::backend::reference>();
  double off = 0;
  for (std::size_t i = 0; i < mine.size(); ++i) off = std::max(off, std::abs(mine[i] - reference[i]));
  fmt::print("{} cosines, {}\n", mine.size(), off < 1e-10 ? "as the reference has them" : "others than the reference");
}
