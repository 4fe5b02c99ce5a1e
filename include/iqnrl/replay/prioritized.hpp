// Prioritised replay: steps whose target was missed by more are drawn more often.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <iqnrl/contract/replay.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/core/schedule.hpp>
#include <iqnrl/replay/plan.hpp>
#include <iqnrl/replay/sum_tree.hpp>

namespace iqnrl::replay {

/// What the priority of a step is, for errors delta_ij = y_j - z_i of its quantiles.
enum class priority_form : std::uint8_t {
  sum_mean_abs,     ///< sum_i mean_j |delta_ij| (Clark et al. 2025)
  mean_difference,  ///< |mean_i z_i - mean_j y_j|, the error of the values (linesight)
};

[[nodiscard]] constexpr std::string_view name(priority_form f) {
  return f == priority_form::sum_mean_abs ? "sum_mean_abs" : "mean_difference";
}

/// The leaf of a step that has not been drawn yet.
enum class fresh_priority : std::uint8_t {
  maximum,        ///< the greatest that was ever set, at first 1 (Schaul et al. 2016)
  twice_average,  ///< twice the mean over the drawable steps, 1 until the first update (linesight)
};

[[nodiscard]] constexpr std::string_view name(fresh_priority f) {
  return f == fresh_priority::maximum ? "maximum" : "twice_average";
}

/// Prioritised replay (Schaul, Quan, Antonoglou, Silver: "Prioritized experience replay", ICLR 2016).
///
///     leaf_i = (priority_i + epsilon)^alpha      P_i = leaf_i / sum of leaves
///     mark_k = (k + u_k) / B * sum of leaves,  k = 0 … B - 1 (stratified)
///     weight = (size P_i)^-beta, divided by the greatest of the batch if `normalise`
struct prioritized {
  using axis = iqnrl::axis::replay;

  struct config {
    schedule capacity = 100'000;                       ///< stored steps over all worlds, by environment step
    double alpha = 0.6;                                ///< exponent of the priority, in [0, 1]; 0 is uniform
    schedule beta = 0.4;                               ///< exponent of the weights, in [0, 1], over environment steps
    double epsilon = 1e-6;                             ///< added to every priority, 0 or more
    priority_form form = priority_form::sum_mean_abs;  ///< which of the two priorities counts
    fresh_priority fresh = fresh_priority::maximum;    ///< the leaf of a new step
    bool normalise = true;                             ///< divide weights by the greatest of the batch

    template <class V>
    void describe(V& v) const {
      v("capacity", capacity);
      v("alpha", alpha);
      v("beta", beta);
      v("epsilon", epsilon);
      v("form", form);
      v("fresh", fresh);
      v("normalise", normalise);
    }
  };

  class sampler {
   public:
    /// Throws config_error for numbers outside the ranges above, memory_error.
    sampler(const config& c, std::size_t items)
        : config_(checked(c)), tree_(items), live_(items, "prioritised replay") {}

    /// From now on `item` may be drawn; it has the leaf of a fresh step.
    void ready(std::size_t item) {
      if (live_[item] != 0) return;
      tree_.set(item, fresh_leaf());
      live_[item] = 1;
      ++count_;
    }

    /// From now on `item` is not drawn.
    void remove(std::size_t item) {
      if (live_[item] == 0) return;
      tree_.set(item, 0);
      live_[item] = 0;
      --count_;
    }

    /// Draws `index.size()` items, one from each of as many equal shares of the total, and their importance weights.
    /// Throws config_error when no item may be drawn, numeric_error when all of them have priority 0.
    void sample(const sequence& random, std::uint64_t clock, std::span<std::size_t> index,
                std::span<float> weight) const {
      generator g(random);
      draw([&g](std::size_t) { return g.uniform(); }, clock, index, weight);
    }

    /// The same with given numbers u_k in [0, 1), one a draw. Throws shape_error when the counts differ.
    template <class T>
    void sample(std::span<const double> uniforms, std::uint64_t clock, std::span<std::size_t> index,
                std::span<T> weight) const {
      require<shape_error>(uniforms.size() == index.size(), "{} draws were given {} random numbers; give one each",
                           index.size(), uniforms.size());
      draw([uniforms](std::size_t k) { return uniforms[k]; }, clock, index, weight);
    }

    /// Sets the priorities of drawn items; where an index repeats, the last one stands. An item that has been removed
    /// since it was drawn is left out. Throws shape_error when counts differ, numeric_error for a NaN, an infinity or a
    /// negative priority; then nothing has changed.
    void update(std::span<const std::size_t> index, std::span<const float> sum_mean_abs,
                std::span<const float> mean_difference) {
      const std::span<const float> priority =
          config_.form == priority_form::sum_mean_abs ? sum_mean_abs : mean_difference;
      require<shape_error>(priority.size() == index.size(), "{} items were given {} priorities; give one each",
                           index.size(), priority.size());
      for (std::size_t k = 0; k < index.size(); ++k) {
        require<shape_error>(index[k] < live_.size(), "item {} was given a priority and there are {} items", index[k],
                             live_.size());
        require<numeric_error>(
            is_finite(priority[k]) && priority[k] >= 0,
            "item {} was given the priority {}; it must be a finite number of 0 or more, so lower the "
            "learning rate or clip the rewards",
            index[k], priority[k]);
      }
      std::array<std::size_t, group> item{};
      std::array<double, group> leaf{};
      for (std::size_t first = 0; first < index.size(); first += group) {
        std::size_t count = 0;
        for (std::size_t k = first; k < std::min(first + group, index.size()); ++k) {
          if (live_[index[k]] == 0) continue;
          item[count] = index[k];
          leaf[count] = leaf_of(static_cast<double>(priority[k]));
          greatest_ = std::max(greatest_, leaf[count++]);
          measured_ = 1;
        }
        tree_.set(std::span<const std::size_t>(item).first(count), std::span<const double>(leaf).first(count));
      }
    }

    /// (priority + epsilon)^alpha.
    [[nodiscard]] double leaf_of(double priority) const { return std::pow(priority + config_.epsilon, config_.alpha); }

    /// The chance of `item` in one draw that is not stratified.
    [[nodiscard]] double probability(std::size_t item) const {
      return count_ == 0 ? 0.0 : tree_.leaf(item) / tree_.total();
    }

    [[nodiscard]] const sum_tree& tree() const { return tree_; }
    /// Items that may be drawn.
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(count_); }
    [[nodiscard]] std::size_t bytes() const { return tree_.bytes() + live_.bytes(); }

    /// Saves and restores: see core/state.hpp. Throws file_error where what was restored contradicts itself.
    template <class Visitor>
    void state(Visitor& v) {
      v("tree", tree_);
      v("live", live_.all());
      v("greatest", greatest_);
      v("measured", measured_);
      require<file_error>(is_finite(greatest_) && greatest_ >= 0,
                          "the greatest priority of the restored replay is {}; the file is damaged, restore another",
                          greatest_);
      count_ = 0;
      for (const std::uint8_t flag : live_.all()) count_ += flag != 0 ? 1 : 0;
    }

   private:
    /// Items that are looked for, or given priorities, at once.
    static constexpr std::size_t group = 64;

    static const config& checked(const config& c) {
      c.capacity.require_whole(1, "replay.capacity");
      require<config_error>(is_finite(c.alpha) && c.alpha >= 0 && c.alpha <= 1,
                            "the exponent alpha of prioritised replay is {}; it must lie in [0, 1] (0 draws uniformly)",
                            c.alpha);
      require<config_error>(is_finite(c.epsilon) && c.epsilon >= 0,
                            "epsilon of prioritised replay is {}; it must be a finite number of 0 or more", c.epsilon);
      c.beta.require_within(0, 1, "the exponent beta of prioritised replay");
      return c;
    }

    [[nodiscard]] double fresh_leaf() const {
      if (config_.fresh == fresh_priority::maximum) return greatest_;
      return measured_ == 0 || count_ == 0 ? 1.0 : 2.0 * tree_.total() / static_cast<double>(count_);
    }

    template <class Uniforms, class T>
    void draw(Uniforms&& uniform_at, std::uint64_t clock, std::span<std::size_t> index, std::span<T> weight) const {
      require<config_error>(count_ > 0,
                            "the replay was asked for {} samples and has no complete step yet; push more steps first",
                            index.size());
      require<numeric_error>(tree_.total() > 0,
                             "all {} drawable steps have priority 0, so none can be drawn; set replay.epsilon above 0",
                             count_);
      require<shape_error>(weight.size() == index.size(), "{} draws were given room for {} weights; give one each",
                           index.size(), weight.size());
      std::array<double, group> mark{};
      for (std::size_t first = 0; first < index.size(); first += group) {
        const std::size_t count = std::min(group, index.size() - first);
        for (std::size_t k = 0; k < count; ++k) {
          const double share =
              (static_cast<double>(first + k) + uniform_at(first + k)) / static_cast<double>(index.size());
          mark[k] = share * tree_.total();
        }
        tree_.find(std::span<const double>(mark).first(count), index.subspan(first, count));
      }
      double least = tree_.total();
      for (const std::size_t i : index) least = std::min(least, tree_.leaf(i));
      const double beta = config_.beta(clock);
      const double unit_leaf = config_.normalise ? least : tree_.total() / static_cast<double>(count_);
      for (std::size_t k = 0; k < index.size(); ++k) {
        weight[k] = static_cast<T>(std::pow(tree_.leaf(index[k]) / unit_leaf, -beta));
      }
    }

    config config_;
    sum_tree tree_;
    planned<std::uint8_t> live_;
    std::uint64_t count_ = 0;
    double greatest_ = 1;
    std::uint8_t measured_ = 0;
  };
};
static_assert(replay_policy<prioritized>);

}  // namespace iqnrl::replay
