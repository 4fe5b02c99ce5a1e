// Everything that a world shows as one row of numbers, as a network reads it.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <iqnrl/contract/encoder.hpp>

namespace iqnrl::encoder::detail {

template <class Part>
consteval scaling scaling_of() {
  if constexpr (iqnrl::detail::has_moments<Part>) {
    return scaling::fixed;
  } else if constexpr (requires { Part::scale_by; }) {
    return Part::scale_by;
  } else {
    return scaling::none;
  }
}

/// A number for each column, the same in every row.
template <class T>
[[nodiscard]] view<const T, 2> in_every_row(const view<const T, 1>& v, std::size_t rows) {
  return {v.data(), {rows, v.size()}, 0};
}

/// x = (x - mean) / deviation.
struct standardise_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 1>& mean, const row<const T, 1>& deviation,
                  const row<T, 1>& x) const {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = (x[i] - mean[i]) / deviation[i];
  }
};
/// x = (x - mean) / sqrt(variance + epsilon).
struct whiten_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 1>& mean, const row<const T, 1>& variance, const row<T, 1>& x) const {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = (x[i] - mean[i]) / std::sqrt(variance[i] + T(1e-8));
  }
};
/// sums += rows, sums of squares += rows of squares. One call for all rows: they are added in their order.
struct sums_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 2>& x, const row<T, 1>& first, const row<T, 1>& second) const {
    for (std::size_t r = 0; r < x.extent(0); ++r) {
      for (std::size_t i = 0; i < x.extent(1); ++i) {
        first[i] += x(r, i);
        second[i] += x(r, i) * x(r, i);
      }
    }
  }
};
/// The moments of what was seen before and of `count` rows more, whose standardised values add up to `first`, their
/// squares to `second` (Chan et al. 1979).
struct moments_kernel {
  template <class T>
  void operator()(std::size_t, T& seen, const T& count, const row<const T, 1>& first, const row<const T, 1>& second,
                  const row<T, 1>& mean, const row<T, 1>& variance) const {
    const T all = seen + count;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const T deviation = std::sqrt(variance[i] + T(1e-8));
      const T shift = deviation * first[i] / count;
      const T squares = deviation * deviation * (second[i] - first[i] * first[i] / count);
      const T before = seen > T(0) ? variance[i] * seen : T(0);
      variance[i] = (before + (squares > T(0) ? squares : T(0)) + shift * shift * seen * count / all) / all;
      mean[i] += shift * count / all;
    }
    seen = all < T(horizon) ? all : T(horizon);
  }
  static constexpr int horizon = 1'000'000;
};

/// How one part becomes numbers: `declare`, `scale` in place on its columns, and what an update measures.
template <class Part, scaling How = scaling_of<Part>()>
class number_part {
 public:
  void declare(parameter_table& /*table*/) {}
  template <class Pass, class T = typename Pass::value_type>
  void scale(const Pass& /*p*/, const view<T, 2>& /*x*/) const {}
};

template <class Part>
class number_part<Part, scaling::fixed> {
 public:
  void declare(parameter_table& table) {
    for (const float d : Part::deviation) {
      require<config_error>(d > 0 && d < HUGE_VALF, "a deviation of the part `{}` is {}; give positive numbers",
                            Part::name, d);
    }
    table.add_state(mean_, "mean", initial::given(Part::mean), on_sync::copy);
    table.add_state(deviation_, "deviation", initial::given(Part::deviation), on_sync::copy);
  }

  template <class Pass, class T = typename Pass::value_type>
  void scale(const Pass& p, const view<T, 2>& x) const {
    p.device.for_rows(x.rows(), standardise_kernel{}, in_every_row(mean_.in(p.net.state), x.rows()),
                      in_every_row(deviation_.in(p.net.state), x.rows()), x);
  }

 private:
  parameter<Part::size> mean_;
  parameter<Part::size> deviation_;
};

template <class Part>
class number_part<Part, scaling::running> {
 public:
  void declare(parameter_table& table) {
    table.add_state(mean_, "mean", initial::constant(0), on_sync::copy);
    table.add_state(variance_, "variance", initial::constant(1), on_sync::copy);
    table.add_state(seen_, "seen", initial::constant(0), on_sync::copy);
    table.add_sums(count_, 1);
    table.add_sums(first_, Part::size);
    table.add_sums(second_, Part::size);
  }

  template <class Pass, class T = typename Pass::value_type>
  void scale(const Pass& p, const view<T, 2>& x) const {
    p.device.for_rows(x.rows(), whiten_kernel{}, in_every_row(mean_.in(p.net.state), x.rows()),
                      in_every_row(variance_.in(p.net.state), x.rows()), x);
  }

  /// Adds up scaled columns of a batch.
  template <class Pass, class T = typename Pass::value_type>
  void measure(const Pass& p, const view<const T, 2>& x) const {
    const auto count = [rows = x.rows()](std::size_t, T& sum) { sum += static_cast<T>(rows); };
    p.device.for_rows(1, count, count_.in(p.sums));
    p.device.for_rows(1, sums_kernel{}, x.template reshape<3>({1, x.rows(), x.row_size()}), one(first_.in(p.sums)),
                      one(second_.in(p.sums)));
  }

  /// See pass.hpp.
  template <class Pass>
  void finish(const Pass& p) const {
    using T = typename Pass::value_type;
    if (p.sums.empty()) return;
    p.device.for_rows(1, moments_kernel{}, seen_.in(p.state), view<const T, 1>(count_.in(p.sums)),
                      one(view<const T, 1>(first_.in(p.sums))), one(view<const T, 1>(second_.in(p.sums))),
                      one(mean_.in(p.state)), one(variance_.in(p.state)));
  }

 private:
  template <class T>
  static view<T, 2> one(const view<T, 1>& v) {
    return v.template reshape<2>({1, v.size()});
  }

  parameter<Part::size> mean_;
  parameter<Part::size> variance_;
  parameter<1> seen_;
  stretch count_;
  stretch first_;
  stretch second_;
};

/// The input parts of an observation, side by side: bytes as x / 255, other numbers as they are, or as their part says:
/// (x - mean) / deviation with numbers that the part gives or that are measured while learning. State of a part with
/// its own numbers: `<part>.mean`, `<part>.deviation`; of one that is measured: `<part>.mean`, `.variance`, `.seen`.
template <class Observation, class = std::make_index_sequence<Observation::count>>
class number_input;

template <class Observation, std::size_t... I>
class number_input<Observation, std::index_sequence<I...>> {
  template <std::size_t P>
  using part_at = typename Observation::template part_at<P>;
  static constexpr std::array<std::size_t, Observation::count + 1> columns = [] {
    std::array<std::size_t, Observation::count + 1> first{};
    for (std::size_t i = 0; i < Observation::count; ++i) {
      first[i + 1] = first[i] + (Observation::purposes[i] == role::input ? Observation::sizes[i] : 0);
    }
    return first;
  }();

 public:
  void declare(parameter_table& table) {
    each([&]<std::size_t P>(std::integral_constant<std::size_t, P>,
                            auto& reader) { table.scope(part_at<P>::name, reader); },
         *this);
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    (f(std::get<I>(parts_)), ...);
  }

  /// [B, input_size].
  template <class Pass, class T = typename Pass::value_type>
  view<const T, 2> read(Pass& p, const observation_views<Observation>& x) const {
    const view<T, 2> y = p.memory.template take<T, 2>({std::get<0>(x).rows(), Observation::input_size});
    each(
        [&]<std::size_t P>(std::integral_constant<std::size_t, P>, const auto& reader) {
          const bool bytes = std::is_same_v<typename part_at<P>::value_type, std::uint8_t>;
          const view<T, 2> own = y.columns(columns[P], part_at<P>::size);
          p.device.cast(std::get<P>(x), bytes ? T(1) / T(255) : T(1), own);
          reader.scale(p, own);
        },
        *this);
    return y;
  }

  /// Adds up what an update needs of a batch that `read` gave.
  template <class Pass, class T = typename Pass::value_type>
  void measure(Pass& p, const view<const T, 2>& x) const {
    each(
        [&]<std::size_t P>(std::integral_constant<std::size_t, P>, const auto& reader) {
          if constexpr (requires(const view<const T, 2>& v) { reader.measure(p, v); }) {
            const view<T, 2> own = p.memory.template take<T, 2>({x.rows(), part_at<P>::size});
            p.device.copy(x.columns(columns[P], part_at<P>::size), own);
            if (p.sums.size() > 0) reader.measure(p, view<const T, 2>(own));
          }
        },
        *this);
  }

 private:
  /// f(index, reader) for every input part.
  template <class F, class Self>
  static void each(const F& f, Self& self) {
    const auto one = [&](auto i, auto& reader) {
      if constexpr (part_at<i>::purpose == role::input) f(i, reader);
    };
    (one(std::integral_constant<std::size_t, I>{}, std::get<I>(self.parts_)), ...);
  }

  std::tuple<number_part<part_at<I>>...> parts_;
};

}  // namespace iqnrl::encoder::detail
