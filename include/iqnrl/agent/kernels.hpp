// The arithmetic of a shard that joins the policies: functors that a backend runs row by row.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include <iqnrl/contract/loss.hpp>
#include <iqnrl/contract/target.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

namespace detail {

/// Packs one sample's rows and calls a target rule: reward, discount, action, the parts of both observations, three
/// rows a forward (quantiles, values, fractions), y, and the weights of y where the rule has them.
template <class Rule, class Observation, class T>
struct target_kernel {
  Rule rule;

  template <class... Rows>
  void operator()(std::size_t, const float& reward, const float& discount, const row<const std::int32_t, 1>& action,
                  const Rows&... rows) const {
    const auto all = std::forward_as_tuple(rows...);
    constexpr std::size_t parts = Observation::count;
    constexpr std::size_t wanted = Rule::forwards::count;
    const transition<T, Observation> s{static_cast<T>(reward), static_cast<T>(discount), action,
                                       observation_at<0>(all, std::make_index_sequence<parts>{}),
                                       observation_at<parts>(all, std::make_index_sequence<parts>{})};
    call(s, all, std::make_index_sequence<wanted>{},
         std::make_index_sequence<sizeof...(Rows) - 2 * parts - 3 * wanted>{});
  }

 private:
  template <std::size_t First, class Tuple, std::size_t... I>
  static observation_row<Observation> observation_at(const Tuple& all, std::index_sequence<I...>) {
    return {std::get<First + I>(all)...};
  }
  template <class Tuple, std::size_t... F, std::size_t... Out>
  void call(const transition<T, Observation>& s, const Tuple& all, std::index_sequence<F...>,
            std::index_sequence<Out...>) const {
    constexpr std::size_t first = 2 * Observation::count;
    rule(s,
         distribution<T>{std::get<first + 3 * F>(all), std::get<first + 3 * F + 1>(all),
                         std::get<first + 3 * F + 2>(all)}...,
         std::get<first + 3 * sizeof...(F) + Out>(all)...);
  }
};

/// Columns of the statistics of a sample.
enum loss_column : std::size_t { loss_column, absolute_column, difference_column, mean_column, loss_columns };

/// The loss of one sample: takes the quantiles of the taken block, z_i = sum_s z(i, s, a_s), and puts their gradient
/// back.
template <class Loss, class T>
struct loss_kernel {
  Loss loss;
  T batch_scale;

  template <class... Weights>
  void operator()(std::size_t, const row<const T, 3>& z, const row<const T, 1>& tau,
                  const row<const std::int32_t, 1>& action, const row<const T, 1>& y, const float& importance,
                  const double& factor, const row<T, 1>& taken, const row<T, 1>& dtaken, const row<T, 3>& dz,
                  const row<T, 1>& statistics, const Weights&... weights) const {
    const std::size_t count = z.extent(0);
    const std::size_t slots = z.extent(1);
    T mean = 0;
    for (std::size_t i = 0; i < count; ++i) {
      T sum = 0;
      for (std::size_t s = 0; s < slots; ++s) sum += z(i, s, action[s]);
      taken[i] = sum;
      mean += sum;
    }
    mean /= static_cast<T>(count);
    const T scale = static_cast<T>(factor * static_cast<double>(importance)) * batch_scale;
    const row<const T, 1> predicted(taken.data(), {count});
    T aim = 0;
    loss_value<T> value;
    if constexpr (sizeof...(Weights) == 0) {
      const equal_weights<T> w{T(1) / static_cast<T>(y.size())};
      for (std::size_t j = 0; j < y.size(); ++j) aim += w[j] * y[j];
      value = loss(predicted, tau, y, w, scale, dtaken);
    } else {
      const auto& w = std::get<0>(std::forward_as_tuple(weights...));
      for (std::size_t j = 0; j < y.size(); ++j) aim += w[j] * y[j];
      value = loss(predicted, tau, y, w, scale, dtaken);
    }
    for (T& d : dz) d = T(0);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t s = 0; s < slots; ++s) dz(i, s, action[s]) = dtaken[i];
    }
    statistics[loss_column] = scale * value.loss;
    statistics[absolute_column] = value.absolute;
    statistics[difference_column] = std::abs(mean - aim);
    statistics[mean_column] = mean;
  }
};

}  // namespace detail

}  // namespace iqnrl
