// The agents whose updates and actions are timed, by name, and the arithmetic that theirs takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <iqnrl/agent.hpp>
#include <iqnrl/agent/presets_rulka.hpp>
#include <iqnrl/train/trainer.hpp>

namespace bench {

/// A world that shows noise: bytes and floats of any value, and one episode in twenty steps ends.
template <class Observation, std::size_t Actions>
struct noise_world {
  using observation = Observation;
  static constexpr std::size_t actions = Actions;

  void reset(const iqnrl::generator& g) { random_ = g; }
  void observe(typename Observation::value& out) const {
    iqnrl::generator random = random_;
    const auto fill = [&](auto part) {
      using T = typename decltype(part)::value_type;
      for (T& x : part) {
        if constexpr (std::is_same_v<T, std::uint8_t>) {
          x = static_cast<T>(random.below(256));
        } else {
          x = static_cast<T>(random.uniform(-1, 1));
        }
      }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) { (fill(out.template at<I>()), ...); }
    (std::make_index_sequence<Observation::count>{});
  }
  [[nodiscard]] iqnrl::outcome step(int /*action*/) {
    return {static_cast<float>(random_.uniform(-1, 1)),
            random_.below(20) == 0 ? iqnrl::ending::terminal : iqnrl::ending::none};
  }

 private:
  iqnrl::generator random_{};
};

/// An agent that is ready to learn and to act.
class subject {
 public:
  subject() = default;
  subject(const subject&) = delete;
  subject& operator=(const subject&) = delete;
  virtual ~subject() = default;
  virtual void learn() = 0;
  virtual void act(std::size_t states) = 0;
};

template <class Preset, class Numbers>
class subject_of final : public subject {
  using agent_type = typename Preset::agent;

 public:
  subject_of(std::size_t threads, const Numbers& numbers)
      : context_{.threads = threads, .seed = 1}, agent_(context_, with(numbers)) {
    constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
    iqnrl::trainer<agent_type> loop(agent_, {}, {.steps_per_update = never});
    for (std::size_t i = 0; i < steps; ++i) {
      loop.step();
      seen_[i % seen_.size()] = loop.worlds().observations()[0];
    }
  }
  void learn() override { agent_.learn(); }
  void act(std::size_t states) override {
    agent_.act_batch(std::span<const seen_type>(seen_).first(states), std::span(actions_).first(states),
                     iqnrl::mode::greedy);
  }

 private:
  static constexpr std::size_t steps = 1'024;
  using seen_type = typename agent_type::observation_value;

  static typename agent_type::config with(const Numbers& numbers) {
    auto c = Preset::config();
    numbers(c);
    c.worlds = 1;
    c.learning_starts = 1;
    c.replay.capacity = steps;
    if constexpr (requires { c.explore.epsilon; }) c.explore.epsilon = 1.0;
    return c;
  }

  iqnrl::context context_;
  agent_type agent_;
  std::vector<seen_type> seen_ = std::vector<seen_type>(64);
  std::vector<typename agent_type::action_type> actions_ = std::vector<typename agent_type::action_type>(64);
};

/// What is timed: the update of an agent, and acting for some numbers of states. `update_flop` and `state_flop` are two
/// for each multiply-add of layers in an update and in an action for one state.
struct update_case {
  std::string_view name;
  std::vector<std::size_t> states;
  double update_flop;
  double state_flop;
};

namespace detail {
constexpr double linear(double in, double out) { return 2 * in * out; }

/// Forwards without a gradient, the forward with one, twice as much for its gradients, and less what no gradient needs.
constexpr double update(double batch, double plain_forwards, double forward, double without_input) {
  return batch * (plain_forwards * forward + 3 * forward - without_input);
}
constexpr double cartpole_forward(double a, double b, double fractions) {
  return linear(4, a) + linear(a, b) + fractions * (linear(64, b) + linear(b, b) + linear(b, 2));
}
constexpr double cartpole_update(double a, double b, double batch, double fractions) {
  return update(batch, 1, cartpole_forward(a, b, fractions), linear(4, a) + fractions * linear(64, b));
}
constexpr double minatar_first = 64 * linear(36, 16);
constexpr double minatar_forward(double fractions) {
  return minatar_first + fractions * (linear(64, 1024) + linear(1024, 128) + linear(128, 6));
}
constexpr double racing_first = 31 * 31 * linear(16, 16) + linear(264, 256);
constexpr double racing_forward(double fractions) {
  return racing_first + 14 * 14 * linear(256, 32) + 6 * 6 * linear(288, 64) + 4 * 4 * linear(576, 32) +
         linear(256, 256) + fractions * (linear(64, 768) + 2 * linear(768, 512) + linear(512, 13));
}
constexpr double btr_first = 84 * 84 * linear(36, 32);
constexpr double btr_body = btr_first + 4 * 42 * 42 * linear(288, 32) + 42 * 42 * linear(288, 64) +
                            4 * 21 * 21 * linear(576, 64) + 21 * 21 * linear(576, 64) + 4 * 11 * 11 * linear(576, 64);
constexpr double btr_row = linear(64, 2304) + 2 * linear(2304, 512) + linear(512, 7);
constexpr double btr_forward(double fractions) { return btr_body + fractions * btr_row; }
}  // namespace detail

inline const std::vector<update_case> update_cases{
    {"cartpole64", {1, 8, 64}, detail::cartpole_update(64, 64, 64, 64), detail::cartpole_forward(64, 64, 32)},
    {"cartpole120", {1, 8, 64}, detail::cartpole_update(120, 84, 64, 64), detail::cartpole_forward(120, 84, 32)},
    {"cartpole_small", {1, 8, 64}, detail::cartpole_update(64, 64, 32, 8), detail::cartpole_forward(64, 64, 32)},
    {"minatar",
     {1, 8, 64},
     detail::update(32, 1, detail::minatar_forward(8), detail::minatar_first + 8 * detail::linear(64, 1024)),
     detail::minatar_forward(32)},
    {"trackmania512",
     {1, 16},
     detail::update(512, 2, detail::racing_forward(8), detail::racing_first + 8 * detail::linear(64, 768)),
     detail::racing_forward(32)},
    {"trackmania4096",
     {1, 16},
     detail::update(4096, 2, detail::racing_forward(8), detail::racing_first + 8 * detail::linear(64, 768)),
     detail::racing_forward(32)},
    {"btr32",
     {1, 64},
     detail::update(32, 2, detail::btr_forward(8), detail::btr_first + 8 * detail::linear(64, 2304)),
     detail::btr_forward(8) - 8 * (detail::linear(2304, 512) + detail::linear(512, 1))},
    {"btr256",
     {1, 64},
     detail::update(256, 2, detail::btr_forward(8), detail::btr_first + 8 * detail::linear(64, 2304)),
     detail::btr_forward(8) - 8 * (detail::linear(2304, 512) + detail::linear(512, 1))},
};

/// The agent of a case.
template <class Backend>
std::unique_ptr<subject> make_subject(std::string_view name, std::size_t threads) {
  namespace presets = iqnrl::presets;
  namespace encoder = iqnrl::encoder;
  namespace head = iqnrl::head;
  using shared_max = iqnrl::target::max<iqnrl::target::draws::shared>;
  const auto make = [&]<class Preset>(std::type_identity<Preset>, std::size_t batch, std::size_t fractions,
                                      std::size_t act) -> std::unique_ptr<subject> {
    const auto numbers = [=](auto& c) {
      c.batch = batch;
      c.fractions = {fractions, fractions, fractions, act};
    };
    return std::make_unique<subject_of<Preset, decltype(numbers)>>(threads, numbers);
  };
  using pole = noise_world<iqnrl::observation<iqnrl::floats<4>>, 2>;
  if (name == "cartpole120") {
    using preset = presets::iqn<pole, Backend, encoder::mlp<120, 84>, head::plain<84>, shared_max>;
    return make(std::type_identity<preset>{}, 64, 64, 32);
  }
  if (name == "minatar") {
    using world = noise_world<iqnrl::observation<iqnrl::image<4, 10, 10>>, 6>;
    using preset = presets::iqn<world, Backend, encoder::minatar, head::plain<128>, shared_max>;
    return make(std::type_identity<preset>{}, 32, 8, 32);
  }
  if (name.starts_with("trackmania")) {
    using world =
        noise_world<iqnrl::observation<iqnrl::image<1, 64, 64, iqnrl::pixels::centred>, iqnrl::floats<264>>, 12>;
    using preset = presets::rulka_iqn<world, Backend,
                                      iqnrl::conditioning::cosine<64, 1, iqnrl::presets::detail::rulka::embedding>>;
    return make(std::type_identity<preset>{}, name == "trackmania512" ? 512 : 4096, 8, 32);
  }
  if (name.starts_with("btr")) {
    using world = noise_world<iqnrl::observation<iqnrl::image<4, 84, 84>>, 6>;
    return make(std::type_identity<presets::btr<world, Backend>>{}, name == "btr32" ? 32 : 256, 8, 8);
  }
  using preset = presets::iqn<pole, Backend, encoder::mlp<64, 64>, head::plain<64>, shared_max>;
  return name == "cartpole_small" ? make(std::type_identity<preset>{}, 32, 8, 32)
                                  : make(std::type_identity<preset>{}, 64, 64, 32);
}

}  // namespace bench
