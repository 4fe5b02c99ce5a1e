// A batch of samples in host memory, before it crosses over to the backend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/replay/plan.hpp>

namespace iqnrl {

/// One sample of a host_batch, as collate writes it.
template <class Observation, std::size_t Slots>
class sample_ref {
 public:
  template <std::size_t I>
  using part_span = std::span<typename Observation::template part_at<I>::value_type, Observation::sizes[I]>;

  template <class Batch>
  sample_ref(Batch& batch, std::size_t row)
      : action(batch.action.data() + row * Slots, Slots),
        reward(batch.reward[row]),
        discount(batch.discount[row]),
        steps(batch.steps[row]),
        now_(batch.now_all().data_at(row)),
        next_(batch.next_all().data_at(row)),
        random_(batch.random),
        row_(row) {}

  /// Part I of what the agent saw when it acted.
  template <std::size_t I>
  [[nodiscard]] part_span<I> now() const {
    return part_span<I>(std::get<I>(now_), Observation::sizes[I]);
  }

  /// Part I of the observation that is bootstrapped from.
  template <std::size_t I>
  [[nodiscard]] part_span<I> next() const {
    return part_span<I>(std::get<I>(next_), Observation::sizes[I]);
  }

  /// Number `index`, below 4096, of this sample's own random numbers, uniform in [0, 1): the same for any number of
  /// threads.
  [[nodiscard]] double uniform(std::uint64_t index) const {
    return iqnrl::uniform<double>(random_, (std::uint64_t{1} << 33U) + row_ * 4096 + index);
  }

  std::span<std::int32_t, Slots> action;
  float& reward;
  float& discount;
  std::uint32_t& steps;

 private:
  template <class>
  struct pointers;
  template <std::size_t... I>
  struct pointers<std::index_sequence<I...>> {
    using type = std::tuple<typename Observation::template part_at<I>::value_type*...>;
  };
  using pointer_tuple = typename pointers<std::make_index_sequence<Observation::count>>::type;

  pointer_tuple now_;
  pointer_tuple next_;
  sequence random_;
  std::size_t row_;
};

namespace detail {

/// One array of B rows for each part of an observation.
template <class Observation, class = std::make_index_sequence<Observation::count>>
class part_rows;

template <class Observation, std::size_t... I>
class part_rows<Observation, std::index_sequence<I...>> {
 public:
  void resize(std::size_t rows) { (std::get<I>(arrays_).resize(rows * Observation::sizes[I]), ...); }
  void reserve(std::size_t rows) { (std::get<I>(arrays_).reserve(rows * Observation::sizes[I]), ...); }
  [[nodiscard]] auto data_at(std::size_t row) {
    return std::tuple(std::get<I>(arrays_).data() + row * Observation::sizes[I]...);
  }
  template <std::size_t Part>
  [[nodiscard]] auto& get() {
    return std::get<Part>(arrays_);
  }
  template <std::size_t Part>
  [[nodiscard]] const auto& get() const {
    return std::get<Part>(arrays_);
  }

 private:
  std::tuple<std::vector<typename Observation::template part_at<I>::value_type>...> arrays_;
};

}  // namespace detail

/// Arrays for a batch of B samples: observations [B, part] in their stored types, action [B, Slots], and one number a
/// sample.
template <class Observation, std::size_t Slots>
struct host_batch {
  using sample_type = sample_ref<Observation, Slots>;

  std::vector<std::int32_t> action;  ///< [B, Slots]
  std::vector<float> reward;         ///< discounted sum over the window
  std::vector<float> discount;       ///< what the value of `next` is multiplied by; 0 where nothing is bootstrapped
  std::vector<std::uint32_t> steps;  ///< rewards in the sum
  std::vector<float> weight;         ///< importance weight
  std::vector<std::size_t> item;     ///< which stored step
  sequence random{};                 ///< what the items were drawn with
  std::uint64_t clock = 0;           ///< environment steps when they were drawn

  /// Part I of what the agent saw when it acted, [B, part].
  template <std::size_t I>
  [[nodiscard]] std::span<typename Observation::template part_at<I>::value_type> now() {
    return now_.template get<I>();
  }
  template <std::size_t I>
  [[nodiscard]] std::span<const typename Observation::template part_at<I>::value_type> now() const {
    return now_.template get<I>();
  }

  /// Part I of the observations that are bootstrapped from, [B, part].
  template <std::size_t I>
  [[nodiscard]] std::span<typename Observation::template part_at<I>::value_type> next() {
    return next_.template get<I>();
  }
  template <std::size_t I>
  [[nodiscard]] std::span<const typename Observation::template part_at<I>::value_type> next() const {
    return next_.template get<I>();
  }

  /// Samples in the batch.
  [[nodiscard]] std::size_t size() const { return item.size(); }

  /// Sample `row`, to be written.
  [[nodiscard]] sample_type sample(std::size_t row) { return sample_type(*this, row); }

  /// Memory for batches of up to `rows` samples; smaller ones allocate nothing. Throws memory_error.
  void reserve(std::size_t rows) {
    each(rows, [](auto& array, std::size_t n) { array.reserve(n); });
  }

  /// Makes it a batch of `rows` samples. Throws memory_error.
  void resize(std::size_t rows) {
    each(rows, [](auto& array, std::size_t n) { array.resize(n); });
  }

  [[nodiscard]] detail::part_rows<Observation>& now_all() { return now_; }
  [[nodiscard]] detail::part_rows<Observation>& next_all() { return next_; }

 private:
  template <class F>
  void each(std::size_t rows, F f) {
    constexpr std::size_t each_bytes = 2 * Observation::bytes + Slots * sizeof(std::int32_t) + 3 * sizeof(float) +
                                       sizeof(std::uint32_t) + sizeof(std::size_t);
    if (rows > item.capacity()) {
      replay::require_memory(replay::checked_product(rows, each_bytes, "the batch"), "the batch");
    }
    try {
      f(now_, rows);
      f(next_, rows);
      f(action, rows * Slots);
      f(reward, rows);
      f(discount, rows);
      f(steps, rows);
      f(weight, rows);
      f(item, rows);
    } catch (const std::bad_alloc&) {
      require<memory_error>(false,
                            "a batch of {} samples needs {} bytes, which the system refused; lower the batch size",
                            rows, rows * each_bytes);
    }
  }

  detail::part_rows<Observation> now_;
  detail::part_rows<Observation> next_;
};

}  // namespace iqnrl
