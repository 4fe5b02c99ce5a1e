// n-step returns and prioritised replay, in double precision.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <golden/registry.hpp>
#include <iqnrl/replay/memory.hpp>
#include <iqnrl/replay/prioritized.hpp>

namespace golden {

namespace {

/// A replay policy that keeps the list of what may be drawn.
struct listed {
  using axis = iqnrl::axis::replay;
  struct config {
    std::size_t capacity = 1;
  };
  class sampler {
   public:
    sampler(const config&, std::size_t) {}
    void ready(std::size_t item) { items_.insert(item); }
    void remove(std::size_t item) { items_.erase(item); }
    void sample(const iqnrl::sequence&, std::uint64_t, std::span<std::size_t>, std::span<float>) {}
    void update(std::span<const std::size_t>, std::span<const float>, std::span<const float>) {}
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] bool drawable(std::size_t item) const { return items_.count(item) > 0; }
    template <class Visitor>
    void state(Visitor&) {}

   private:
    std::set<std::size_t> items_;
  };
};

using numbered = iqnrl::observation<iqnrl::part<"id", std::int64_t, 1>>;
constexpr std::int64_t after_truncation = 1'000'000;

/// A sample in double precision, where that of a batch is float.
struct precise_sample {
  std::array<std::int32_t, 1> action{};
  double reward = 0;
  double discount = 0;
  std::uint32_t steps = 0;
  std::array<std::int64_t, 1> now_id{};
  std::array<std::int64_t, 1> next_id{};
  template <std::size_t>
  std::span<std::int64_t, 1> now() {
    return now_id;
  }
  template <std::size_t>
  std::span<std::int64_t, 1> next() {
    return next_id;
  }
};

/// Steps are recorded in one world and numbered by their observation; whatever the file calls invalid must not be
/// drawable, and the rest is compared row by row.
struct n_step_case {
  template <class Run>
  void operator()(Run& r) const {
    using iqnrl::ending;
    const auto reward = r.numbers("in.reward");
    const auto terminated = r.bytes("in.terminated");
    const auto truncated = r.bytes("in.truncated");
    iqnrl::require<iqnrl::file_error>(terminated.size() == reward.size() && truncated.size() == reward.size(),
                                      "in.reward, in.terminated and in.truncated have {}, {} and {} elements",
                                      reward.size(), terminated.size(), truncated.size());
    const auto time = [](std::size_t t) {
      numbered::value v;
      v.at<0>()[0] = static_cast<std::int64_t>(t);
      return v;
    };
    const iqnrl::collate::n_step::config config{.steps = r.count("n"), .discount = r.number("gamma")};
    iqnrl::replay_memory<numbered, 1, listed> memory({.capacity = 2 * reward.size() + config.steps + 4}, config, 1, 0);
    std::vector<std::size_t> item;
    std::size_t slot = 0;
    for (std::size_t t = 0; t < reward.size(); ++t) {
      const ending end = terminated[t] != 0 ? ending::terminal : truncated[t] != 0 ? ending::truncated : ending::none;
      const auto cut = time(static_cast<std::size_t>(after_truncation) + t);
      memory.push(0, time(t), 0, static_cast<float>(reward[t]), end, true, end == ending::truncated ? &cut : nullptr);
      item.push_back(slot);
      slot += end == ending::truncated ? 2 : 1;
    }
    // The last step's own successor, which comes with a step that is no part of the recording.
    memory.push(0, time(reward.size()), 0, 0, ending::none, true, nullptr);

    compare(r, memory, iqnrl::collate::n_step(config), item);
  }

 private:
  template <class Run, class Memory>
  static void compare(Run& r, const Memory& memory, const iqnrl::collate::n_step& collate,
                      const std::vector<std::size_t>& item) {
    auto value = r.numbers("out.return");
    auto discount = r.numbers("out.discount");
    auto steps = r.integers("out.steps");
    auto last = r.integers("out.last");
    auto terminal = r.bytes("out.terminal");
    std::vector<std::uint8_t> valid(item.size());
    for (std::size_t t = 0; t < item.size(); ++t) {
      valid[t] = memory.sampler().drawable(item[t]) ? 1 : 0;
      if (valid[t] == 0) continue;  // what the file says there is to be ignored
      const auto window = memory.storage().window(item[t]);
      precise_sample sample;
      collate(window, 0, sample);
      value.at(t) = sample.reward;
      steps.at(t) = sample.steps;
      terminal.at(t) = window.end(sample.steps - 1) == iqnrl::ending::terminal ? 1 : 0;
      const std::int64_t next = sample.next_id[0];
      last.at(t) = next >= after_truncation ? next - after_truncation : terminal.at(t) != 0 ? next : next - 1;
      // The library's discount counts what follows, and nothing follows a terminal step.
      if (terminal.at(t) == 0) discount.at(t) = sample.discount;
      if (terminal.at(t) != 0 && sample.discount != 0)
        r.fail(fmt::format("step {} bootstraps over a terminal step", t));
      if (sample.now_id[0] != static_cast<std::int64_t>(t))
        r.fail(fmt::format("the window of step {} starts elsewhere", t));
    }
    r.check("out.return", value);
    r.check("out.discount", discount);
    r.check_integers("out.steps", steps);
    r.check_integers("out.last", last);
    r.check_bytes("out.terminal", terminal);
    r.check_bytes("out.valid", valid);
  }
};

struct priority_case {
  using sampler = iqnrl::replay::prioritized::sampler;

  template <class Run>
  void operator()(Run& r) const {
    const std::size_t capacity = r.count("capacity");
    const std::size_t size = r.count("size");
    iqnrl::replay::prioritized::config config;
    config.capacity = capacity;
    config.alpha = r.number("alpha");
    config.beta = r.number("beta");
    config.epsilon = 0;
    sampler normalised(config, capacity);
    config.normalise = false;
    sampler raw(config, capacity);
    const auto priority = floats(r.numbers("in.priority"));
    std::vector<std::size_t> filled;
    for (std::size_t i = 0; i < size; ++i) filled.push_back(i);
    const auto first = std::span<const float>(priority).first(std::min(size, priority.size()));
    for (sampler* s : {&normalised, &raw}) {
      for (const std::size_t i : filled) s->ready(i);
      s->update(filled, first, {});
    }

    compare_leaves(r, normalised, "out.leaf", "out.total");
    std::vector<double> probability;
    for (std::size_t i = 0; i < capacity; ++i) probability.push_back(normalised.probability(i));
    r.check("out.probability", probability);
    const auto weight = sample(r, normalised, "in.uniform", "out.index");
    r.check("out.weight", weight);
    r.check("out.weight_unnormalised", sample(r, raw, "in.uniform", "out.index"));

    const auto stored = r.integers("in.update_index");
    normalised.update(std::vector<std::size_t>(stored.begin(), stored.end()), floats(r.numbers("in.update_priority")),
                      {});
    compare_leaves(r, normalised, "out.leaf_after", "out.total_after");
    (void)sample(r, normalised, "in.uniform_after", "out.index_after");
  }

 private:
  static std::vector<float> floats(const std::vector<double>& numbers) {
    std::vector<float> out;
    for (const double x : numbers) out.push_back(static_cast<float>(x));
    return out;
  }

  template <class Run>
  static void compare_leaves(Run& r, const sampler& s, std::string_view leaf, std::string_view total) {
    std::vector<double> leaves;
    for (std::size_t i = 0; i < s.tree().size(); ++i) leaves.push_back(s.tree().leaf(i));
    r.check(leaf, leaves);
    r.check(total, s.tree().total());
  }

  /// The weights of a draw, whose indices are compared.
  template <class Run>
  static std::vector<double> sample(Run& r, const sampler& s, std::string_view uniform, std::string_view index) {
    const auto u = r.numbers(uniform);
    std::vector<std::size_t> drawn(u.size());
    std::vector<double> weight(u.size());
    s.sample(std::span<const double>(u), 0, std::span<std::size_t>(drawn), std::span<double>(weight));
    r.check_integers(index, drawn);
    return weight;
  }
};

}  // namespace

void add_replay(registry& all) {
  for (const auto* name : {"n_step", "n_step_5", "n_step_1"}) all.add_in_double(name, n_step_case{});
  for (const auto* name : {"per_small", "per_alpha_half", "per_uniform", "per_large"})
    all.add_in_double(name, priority_case{});
}

}  // namespace golden
