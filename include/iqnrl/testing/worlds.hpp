// Worlds that the laws are tried in.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <iqnrl/contract/world.hpp>

namespace iqnrl::testing {

/// A world with everything: bytes, floats, masks, a field that no encoder reads, blocks of three actions, and episodes
/// that end in each of the four ways. The reward counts the slots whose action is the number that the world wants.
struct odd_world {
  using observation = iqnrl::observation<part<"image", std::uint8_t, 2, 3>, part<"floats", float, 4>,
                                         legal_actions<5, 3>, field<"clock", double, 1>>;
  static constexpr std::size_t actions = 5;
  static constexpr std::size_t slots = 3;

  void reset(const generator& g) {
    random_ = g;
    time_ = 0;
    draw();
  }
  void observe(observation::value& out) const {
    auto image = out.get<"image">();
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(40 * ((wanted_ + i) % 5));
    auto floats = out.get<"floats">();
    for (std::size_t i = 0; i < floats.size(); ++i) {
      floats[i] = static_cast<float>(wanted_) - static_cast<float>(i * time_) / 8.0F;
    }
    std::copy(legal_.begin(), legal_.end(), out.get<"legal">().begin());
    out.get<"clock">()[0] = static_cast<double>(time_);
  }
  [[nodiscard]] outcome step(const std::array<int, 3>& action) {
    float reward = -0.25F;
    for (const int a : action) reward += static_cast<std::size_t>(a) == wanted_ ? 1.0F : 0.0F;
    ++time_;
    draw();
    if (time_ < length_) return {reward, ending::none};
    constexpr std::array all{ending::terminal, ending::truncated, ending::broken, ending::terminal};
    return {reward, all[length_ % 4]};
  }

 private:
  void draw() {
    if (time_ == 0) length_ = 2 + random_.below(7);
    wanted_ = random_.below(5);
    for (std::size_t s = 0; s < slots; ++s) {
      for (std::size_t a = 0; a < actions; ++a) {
        legal_[s * actions + a] = static_cast<std::uint8_t>(random_.below(4) == 0 ? 0 : 1);
      }
      legal_[s * actions + random_.below(5)] = 1;
    }
  }

  generator random_{};
  std::size_t time_ = 0;
  std::size_t length_ = 2;
  std::size_t wanted_ = 0;
  std::array<std::uint8_t, 15> legal_{};
};

/// A world with one slot: a point on a line that is pushed left, not at all or right, and should stay near 0.
struct plain_world {
  using observation = iqnrl::observation<part<"state", float, 3>>;
  static constexpr std::size_t actions = 3;

  void reset(const generator& g) {
    random_ = g;
    x_ = static_cast<float>(random_.uniform(-1, 1));
    v_ = 0;
    time_ = 0;
  }
  void observe(observation::value& out) const {
    auto s = out.at<0>();
    s[0] = x_;
    s[1] = v_;
    s[2] = static_cast<float>(time_) / 20.0F;
  }
  [[nodiscard]] outcome step(int action) {
    v_ += 0.1F * static_cast<float>(action - 1) + 0.02F * static_cast<float>(random_.normal());
    x_ += v_;
    ++time_;
    const bool out = x_ > 2 || x_ < -2;
    return {1 - x_ * x_, out ? ending::terminal : time_ == 20 ? ending::truncated : ending::none};
  }

 private:
  generator random_{};
  float x_ = 0;
  float v_ = 0;
  int time_ = 0;
};

/// Two states, two actions: action 1 in state 1 ends with reward 1, every other action moves to the other state.
struct tiny_world {
  using observation = iqnrl::observation<part<"state", float, 2>>;
  static constexpr std::size_t actions = 2;

  void reset(const generator&) { state_ = 0; }
  void observe(observation::value& out) const {
    out.at<0>()[0] = state_ == 0 ? 1.0F : 0.0F;
    out.at<0>()[1] = state_ == 1 ? 1.0F : 0.0F;
  }
  [[nodiscard]] outcome step(int action) {
    if (state_ == 1 && action == 1) return {1, ending::terminal};
    state_ = 1 - state_;
    return {};
  }

 private:
  int state_ = 0;
};

static_assert(world<odd_world> && world<plain_world> && world<tiny_world>);

/// A world and an agent in turn, episode after episode. A copy goes on from the same place.
template <class World>
class episodes {
 public:
  explicit episodes(std::uint64_t seed) : seed_(seed) { begin(); }

  template <class Agent>
  void step(Agent& agent) {
    const outcome result = world_.step(agent.act(seen_));
    world_.observe(seen_);
    agent.observe(result, seen_);
    if (result.end != ending::none) begin();
  }

  [[nodiscard]] const typename World::observation::value& seen() const { return seen_; }

 private:
  void begin() {
    world_.reset(generator(sequence{seed_, stream::world, episode_++}));
    world_.observe(seen_);
  }

  World world_{};
  typename World::observation::value seen_{};
  std::uint64_t seed_ = 0;
  std::uint64_t episode_ = 0;
};

}  // namespace iqnrl::testing
