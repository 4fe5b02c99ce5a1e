// A backend whose random numbers are recorded ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <iqnrl/core/random.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl::testing {

/// `Base`, but streams that a test has recorded numbers for are filled with those, over and over: number i of a call is
/// `numbers[i mod size]`. Set them before anything runs.
template <class Base>
struct recorded : Base {
  static constexpr std::string_view name = "recorded";

  static void play(stream purpose, std::vector<double> numbers) { tapes()[purpose] = std::move(numbers); }
  static void stop() { tapes().clear(); }

  template <class T, std::size_t Rank>
  void fill_uniform(const view<T, Rank>& v, const sequence& s, std::uint64_t first) const {
    const auto tape = tapes().find(s.purpose);
    if (tape == tapes().end()) {
      Base::fill_uniform(v, s, first);
      return;
    }
    for (std::size_t r = 0; r < v.rows(); ++r) {
      for (std::size_t c = 0; c < v.row_size(); ++c) {
        const std::uint64_t index = first + r * v.row_size() + c;
        v.data()[r * v.stride() + c] = static_cast<T>(tape->second[index % tape->second.size()]);
      }
    }
  }

 private:
  static std::map<stream, std::vector<double>>& tapes() {
    static std::map<stream, std::vector<double>> all;
    return all;
  }
};

}  // namespace iqnrl::testing
