// What is done with the gradients of an update: summed over the shards, clipped, stepped, and followed by the target.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <iqnrl/agent/network.hpp>
#include <iqnrl/contract/optimizer.hpp>
#include <iqnrl/core/context.hpp>
#include <iqnrl/nn/optimizer.hpp>

namespace iqnrl {

namespace detail {

/// Clips one entry of the gradient and hands it to the optimizer's rule.
template <class Rule>
struct step_kernel {
  Rule rule;
  double factor;
  double limit;
  template <class T, class... Moments>
  void operator()(std::size_t, T& p, const T& gradient, Moments&... moments) const {
    T g = gradient * static_cast<T>(factor);
    const auto most = static_cast<T>(limit);
    g = g > most ? most : g < -most ? -most : g;
    rule(p, g, moments...);
  }
};

/// target = (1 - share) target + share online.
struct mix_kernel {
  double share;
  template <class T>
  void operator()(std::size_t, T& target, const T& online) const {
    target = static_cast<T>(1 - share) * target + static_cast<T>(share) * online;
  }
};

}  // namespace detail

/// `share` of `target` is replaced by `online`: all of it at 1, nothing at 0.
template <class Backend, class T>
void follow(const device<Backend>& dev, const view<T, 1>& target, const view<T, 1>& online, double share) {
  if (share >= 1) {
    dev.copy(view<const T, 1>(online), target);
  } else if (share > 0) {
    dev.for_rows(target.size(), detail::mix_kernel{share}, target, view<const T, 1>(online));
  }
}

/// A gradient for each shard, with the other sums of a batch behind it, and the optimizer's moments. Sums and steps are
/// passes over chunks of a fixed size, which threads share, so that their bits do not depend on the number of threads.
template <class Backend, class T, optimizer_policy Optimizer>
class gradient_step {
  static constexpr std::size_t moments = Optimizer::moments.size();
  /// Elements of one job.
  static constexpr std::size_t chunk = 4096;

 public:
  /// For `size` parameters and `sums` other numbers.
  gradient_step(const device<Backend>& dev, const typename Optimizer::config& numbers, std::size_t size,
                std::size_t sums, std::size_t shards)
      : device_(dev),
        optimizer_{numbers},
        size_(size),
        sums_(sums),
        gradients_(dev, shards * (size + sums) * sizeof(T), "the gradients of an update"),
        moments_(dev, moments * size * sizeof(T), "the optimizer's moments"),
        squares_((size + chunk - 1) / chunk, 0.0) {}

  /// The gradient of a shard.
  [[nodiscard]] view<T, 1> gradient(std::size_t shard) const { return whole(shard).slice(0, size_); }
  /// Its other sums.
  [[nodiscard]] view<T, 1> sums(std::size_t shard) const { return whole(shard).slice(size_, sums_); }

  /// The optimizer's rate at an environment step.
  [[nodiscard]] double rate(std::uint64_t steps) const { return optimizer_.rate(steps); }

  /// Adds what `shards` shards have, in their order, into the first.
  void sum(thread_pool& pool, std::size_t shards) const {
    pool.run((size_ + sums_ + chunk - 1) / chunk, [&](std::size_t c, std::size_t) {
      const view<T, 1> total = cut(whole(0), c);
      for (std::size_t s = 1; s < shards; ++s) device_.add(view<const T, 1>(cut(whole(s), c)), total);
    });
  }

  /// The 2-norm of the first gradient.
  [[nodiscard]] double norm(thread_pool& pool) {
    pool.run(squares_.size(), [&](std::size_t c, std::size_t) {
      squares_[c] = device_.sum_of_squares(view<const T, 1>(cut(gradient(0), c)));
    });
    double sum = 0;
    for (const double s : squares_) sum += s;
    return std::sqrt(sum);
  }

  /// Update number `update` (from 1): scales the summed gradient by `factor`, clips its entries to +-`limit`, steps
  /// `online`, and replaces `share` of `target` by it.
  void step(thread_pool& pool, std::uint64_t update, double rate, double factor, double limit, const view<T, 1>& online,
            const view<T, 1>& target, double share) {
    const detail::step_kernel<decltype(optimizer_.at(update, rate))> kernel{optimizer_.at(update, rate), factor, limit};
    pool.run(squares_.size(), [&](std::size_t c, std::size_t) {
      const view<T, 1> p = cut(online, c);
      const view<const T, 1> g = cut(gradient(0), c);
      if constexpr (moments == 0) {
        device_.for_rows(p.size(), kernel, p, g);
      } else if constexpr (moments == 1) {
        device_.for_rows(p.size(), kernel, p, g, cut(moment(0), c));
      } else {
        device_.for_rows(p.size(), kernel, p, g, cut(moment(0), c), cut(moment(1), c));
      }
      follow(device_, cut(target, c), p, share);
    });
  }

  /// Saves and restores the moments: see core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    for (std::size_t m = 0; m < moments; ++m) v(Optimizer::moments[m], device_, moment(m));
  }

 private:
  [[nodiscard]] static view<T, 1> part_of(const memory<Backend>& all, std::size_t which, std::size_t size) {
    return {reinterpret_cast<T*>(all.data()) + which * size, {size}};
  }
  [[nodiscard]] view<T, 1> whole(std::size_t shard) const { return part_of(gradients_, shard, size_ + sums_); }
  [[nodiscard]] view<T, 1> moment(std::size_t m) const { return part_of(moments_, m, size_); }
  [[nodiscard]] static view<T, 1> cut(const view<T, 1>& v, std::size_t c) {
    return v.slice(c * chunk, std::min(chunk, v.size() - c * chunk));
  }

  device<Backend> device_;
  Optimizer optimizer_;
  std::size_t size_;
  std::size_t sums_;
  memory<Backend> gradients_;
  memory<Backend> moments_;
  std::vector<double> squares_;
};

}  // namespace iqnrl
