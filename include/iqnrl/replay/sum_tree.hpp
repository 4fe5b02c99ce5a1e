// A sum tree: draws an index in proportion to its value in O(log n).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <span>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/replay/plan.hpp>

namespace iqnrl::replay {

/// `size()` non-negative numbers (leaves) and their sums, in a flat array of doubles. A parent always is the rounded
/// sum of its two children, never an old sum plus a difference, so that errors do not build up: total() is what a fresh
/// tree of the same leaves would say.
class sum_tree {
 public:
  /// `size` zeros, at least 1. Throws config_error and memory_error.
  explicit sum_tree(std::size_t size) : size_(size) {
    require<config_error>(size >= 1 && size <= std::numeric_limits<std::size_t>::max() / 64,
                          "a sum tree was asked for {} leaves; it has at least 1, and as many as memory holds", size);
    base_ = std::bit_ceil(size);
    require_memory(2 * base_ * sizeof(double), "the sum tree");
    nodes_ = planned<double>(2 * base_, "the sum tree");
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return nodes_.bytes(); }

  /// Sum of all leaves.
  [[nodiscard]] double total() const { return nodes_[1]; }

  /// Leaf `i`. Throws shape_error beyond the last.
  [[nodiscard]] double leaf(std::size_t i) const {
    require_index(i);
    return nodes_[base_ + i];
  }

  /// Sets leaf `i`. Throws shape_error beyond the last leaf, numeric_error for a NaN, an infinity or a negative value,
  /// or when the total would overflow; then nothing has changed.
  void set(std::size_t i, double value) {
    require_index(i);
    require_value(i, value);
    const double before = nodes_[base_ + i];
    write(i, value);
    if (is_finite(total())) return;
    write(i, before);
    require<numeric_error>(
        false, "the leaves of the sum tree would overflow with leaf {} = {:g}; scale the priorities down", i, value);
  }

  /// Sets several leaves in order; where an index repeats, the last value stands. Throws as the single `set`; shapes
  /// and values are checked before anything changes. Neighbours in `index` that are neighbours in the tree, too, as
  /// those of a sample are, share most of their way to the root.
  void set(std::span<const std::size_t> index, std::span<const double> value) {
    require<shape_error>(index.size() == value.size(),
                         "the sum tree was given {} indices and {} values; give one value each", index.size(),
                         value.size());
    for (std::size_t k = 0; k < index.size(); ++k) {
      require_index(index[k]);
      require_value(index[k], value[k]);
    }
    double most = total();
    for (const double v : value) most += v;
    if (!is_finite(most)) {
      for (std::size_t k = 0; k < index.size(); ++k) set(index[k], value[k]);
      return;
    }
    for (std::size_t k = 0; k < index.size(); ++k) nodes_[base_ + index[k]] = value[k];
    for (std::size_t k = 0; k < index.size(); k += group) {
      sum_up(index.subspan(k, std::min(group, index.size() - k)));
    }
  }

  /// The first leaf whose inclusive running sum exceeds `mark`, 0 <= mark < total(). Never a leaf that is zero: a mark
  /// that rounding has brought up to the total finds the last leaf that is not. Throws numeric_error when all leaves
  /// are zero, or for a mark that is a NaN or negative.
  [[nodiscard]] std::size_t find(double mark) const {
    require<numeric_error>(is_finite(mark) && mark >= 0,
                           "the sum tree was asked for the mark {}; it must be a number of 0 or more", mark);
    require<numeric_error>(total() > 0,
                           "every leaf of the sum tree is zero, so nothing can be drawn; set a leaf above 0");
    std::size_t i = 1;
    while (i < base_) {
      i *= 2;
      if (mark >= nodes_[i] && nodes_[i + 1] > 0) mark -= nodes_[i++];
    }
    return i - base_;
  }

  /// The same for several marks at once, in a fraction of the time: their ways down do not wait for each other.
  void find(std::span<const double> mark, std::span<std::size_t> found) const {
    require<shape_error>(mark.size() == found.size(), "the sum tree was given {} marks and room for {} leaves",
                         mark.size(), found.size());
    for (const double m : mark) {
      require<numeric_error>(is_finite(m) && m >= 0,
                             "the sum tree was asked for the mark {}; it must be a number of 0 or more", m);
    }
    require<numeric_error>(total() > 0,
                           "every leaf of the sum tree is zero, so nothing can be drawn; set a leaf above 0");
    for (std::size_t first = 0; first < mark.size(); first += group) {
      const std::size_t count = std::min(group, mark.size() - first);
      std::array<double, group> left{};
      std::array<std::size_t, group> at{};
      std::copy_n(mark.begin() + static_cast<std::ptrdiff_t>(first), count, left.begin());
      std::fill_n(at.begin(), count, std::size_t{1});
      for (std::size_t level = 1; level < base_; level *= 2) {
        for (std::size_t k = 0; k < count; ++k) {
          const std::size_t child = 2 * at[k];
          const double sum = nodes_[child];
          const bool right = left[k] >= sum && nodes_[child + 1] > 0;
          left[k] -= right ? sum : 0.0;
          at[k] = child + (right ? 1 : 0);
        }
      }
      for (std::size_t k = 0; k < count; ++k) found[first + k] = at[k] - base_;
    }
  }

  /// Saves and restores the leaves: see core/state.hpp. Throws file_error where a restored leaf is no priority.
  template <class Visitor>
  void state(Visitor& v) {
    v("leaves", nodes_.all().subspan(base_, size_));
    for (std::size_t i = 0; i < size_; ++i) {
      const double x = nodes_[base_ + i];
      require<file_error>(is_finite(x) && x >= 0,
                          "leaf {} of the restored sum tree is {}; the file is damaged, restore another", i, x);
    }
    for (std::size_t i = base_ - 1; i >= 1; --i) nodes_[i] = nodes_[2 * i] + nodes_[2 * i + 1];
  }

 private:
  /// Marks that go down, and leaves that go up, at once.
  static constexpr std::size_t group = 64;

  /// Makes the sums above some leaves anew, level by level.
  void sum_up(std::span<const std::size_t> index) {
    std::array<std::size_t, group> at{};
    std::size_t count = index.size();
    std::copy(index.begin(), index.end(), at.begin());
    for (std::size_t k = 0; k < count; ++k) at[k] += base_;
    while (at[0] > 1) {
      std::size_t kept = 0;
      for (std::size_t k = 0; k < count; ++k) {
        const std::size_t parent = at[k] / 2;
        if (kept > 0 && at[kept - 1] == parent) continue;
        nodes_[parent] = nodes_[2 * parent] + nodes_[2 * parent + 1];
        at[kept++] = parent;
      }
      count = kept;
    }
  }

  void require_index(std::size_t i) const {
    require<shape_error>(i < size_, "the sum tree was asked for leaf {} and has {} of them", i, size_);
  }

  static void require_value(std::size_t i, double value) {
    require<numeric_error>(
        is_finite(value) && value >= 0,
        "leaf {} of the sum tree was given {}; a priority must be a finite number of 0 or more, so look for "
        "a diverged loss",
        i, value);
  }

  void write(std::size_t i, double value) {
    i += base_;
    nodes_[i] = value;
    for (i /= 2; i >= 1; i /= 2) nodes_[i] = nodes_[2 * i] + nodes_[2 * i + 1];
  }

  std::size_t size_;
  std::size_t base_ = 1;
  planned<double> nodes_;
};

}  // namespace iqnrl::replay
