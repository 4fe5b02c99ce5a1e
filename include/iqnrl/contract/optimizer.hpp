// The optimizer axis: a gradient becomes a step.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <iqnrl/contract/axis.hpp>

namespace iqnrl {

namespace detail {
template <class P>
concept optimizer_rates = requires(const P p, std::uint64_t step, double rate) {
  { p.rate(step) } -> std::convertible_to<double>;
  { P::moments.size() } -> std::convertible_to<std::size_t>;
  p.at(step, rate);
};
template <class P, class... Moments>
concept optimizer_steps_with = requires(const P p, float& x, float g, Moments&... moments) {
  p.at(1, 0.1)(x, g, moments...);
};
template <class P, std::size_t Moments = P::moments.size()>
inline constexpr bool optimizer_steps = false;
template <class P>
inline constexpr bool optimizer_steps<P, 0> = optimizer_steps_with<P>;
template <class P>
inline constexpr bool optimizer_steps<P, 1> = optimizer_steps_with<P, float>;
template <class P>
inline constexpr bool optimizer_steps<P, 2> = optimizer_steps_with<P, float, float>;
}  // namespace detail

/// An optimizer: it names its moments (at most two numbers kept beside each parameter), and gives the rule of its t-th
/// step.
template <class P>
concept optimizer_policy =
    policy_on<P, axis::optimizer> && made_from_config<P> && detail::optimizer_rates<P> && detail::optimizer_steps<P>;

/// Says in one sentence what a type lacks to be an optimizer.
template <class P>
consteval bool check_optimizer() {
  static_assert(policy_on<P, axis::optimizer>,
                "iqnrl[optimizer]: the optimizer needs `using axis = iqnrl::axis::optimizer;` and an aggregate `struct "
                "config`  -> docs/optimizer.md");
  static_assert(made_from_config<P>,
                "iqnrl[optimizer]: the optimizer must be constructible from its config  -> docs/optimizer.md");
  static_assert(detail::optimizer_rates<P>,
                "iqnrl[optimizer]: the optimizer needs `double rate(std::uint64_t environment_step) const`, `static "
                "constexpr std::array<std::string_view, N> moments` and `at(std::uint64_t update, double rate) const`  "
                "-> docs/optimizer.md");
  if constexpr (detail::optimizer_rates<P>) {
    static_assert(detail::optimizer_steps<P>,
                  "iqnrl[optimizer]: what `at(update, rate)` returns needs `void operator()(T& parameter, T gradient, "
                  "T& moment...) const`, at most two moments  -> docs/optimizer.md");
  }
  return optimizer_policy<P>;
}

namespace optimizer {
/// The least that satisfies the contract: gradient descent.
struct sgd {
  using axis = iqnrl::axis::optimizer;
  struct config {
    double rate = 0.01;
  };
  static constexpr std::array<std::string_view, 0> moments{};
  config cfg;
  [[nodiscard]] double rate(std::uint64_t) const { return cfg.rate; }
  struct rule {
    double rate;
    template <class T>
    void operator()(T& p, T g) const {
      p -= static_cast<T>(rate) * g;
    }
  };
  [[nodiscard]] rule at(std::uint64_t, double rate) const { return {rate}; }
};
static_assert(optimizer_policy<sgd>);
}  // namespace optimizer

}  // namespace iqnrl
