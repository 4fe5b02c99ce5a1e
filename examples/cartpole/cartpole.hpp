// CartPole-v1: a pole hinged on a cart that is pushed left or right, as a world for iqnrl.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>

namespace example {

/// The cart-pole task of Barto, Sutton and Anderson ("Neuronlike adaptive elements that can solve difficult learning
/// control problems", IEEE SMC 1983) with the numbers of Gymnasium's CartPole-v1.
///
/// State: position x (m), speed x_dot (m/s), angle theta (rad, 0 is upright, positive leans right), its speed theta_dot
/// (rad/s); double precision, explicit Euler steps of 0.02 s. Every start number is uniform in [-0.05, 0.05).
/// Actions: 0 pushes left, 1 pushes right, with 10 N. The reward is 1 for every step, the last one included.
/// An episode is terminal once |x| > 2.4 m or |theta| > 12 degrees, else it is truncated after 500 steps.
class cartpole {
 public:
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>>;
  static constexpr std::size_t actions = 2;

  /// x, x_dot, theta, theta_dot.
  using numbers = std::array<double, 4>;

  static constexpr double seconds_per_step = 0.02;
  static constexpr double half_length = 0.5;  ///< of the pole, in metres
  static constexpr double x_limit = 2.4;
  static constexpr double theta_limit = 12 * 2 * std::numbers::pi / 360;
  static constexpr std::uint32_t max_steps = 500;

  void reset(const iqnrl::generator& start) {
    iqnrl::generator random = start;
    for (double& number : now_) number = random.uniform(-0.05, 0.05);
    steps_ = 0;
    over_ = 0;
  }

  void observe(observation::value& out) const {
    const auto state = out.get<"state">();
    for (std::size_t i = 0; i < now_.size(); ++i) state[i] = static_cast<float>(now_[i]);
  }

  /// Throws shape_error for an action other than 0 and 1, and error before the first reset or after the end of an
  /// episode; nothing has changed then.
  iqnrl::outcome step(int action) {
    iqnrl::require<iqnrl::shape_error>(action == 0 || action == 1,
                                       "cartpole was given action {}; give 0 to push left or 1 to push right", action);
    iqnrl::require<iqnrl::error>(over_ == 0, "cartpole was stepped while no episode is running; call reset first");
    move(action == 1 ? force : -force);
    ++steps_;
    const bool stands = std::abs(x()) <= x_limit && std::abs(theta()) <= theta_limit;
    const iqnrl::ending end = !stands               ? iqnrl::ending::terminal
                              : steps_ >= max_steps ? iqnrl::ending::truncated
                                                    : iqnrl::ending::none;
    over_ = end != iqnrl::ending::none ? 1 : 0;
    return {1.0F, end};
  }

  [[nodiscard]] double x() const { return now_[0]; }
  [[nodiscard]] double theta() const { return now_[2]; }
  [[nodiscard]] const numbers& current_state() const { return now_; }
  /// Steps taken in this episode.
  [[nodiscard]] std::uint32_t steps() const { return steps_; }
  /// True before the first reset and from the end of an episode to the next reset.
  [[nodiscard]] bool over() const { return over_ != 0; }

  /// Goes on from any state, as if `steps` steps of the episode had been taken. Throws numeric_error for a NaN or an
  /// infinity and config_error if no step is left.
  void set_state(const numbers& state, std::uint32_t steps = 0) {
    for (const double number : state) {
      iqnrl::require<iqnrl::numeric_error>(
          iqnrl::is_finite(number), "cartpole was given {} as a number of its state; give finite numbers", number);
    }
    iqnrl::require<iqnrl::config_error>(
        steps < max_steps, "cartpole was told that {} steps are taken; its episodes have {}, give fewer than that",
        steps, max_steps);
    now_ = state;
    steps_ = steps;
    over_ = 0;
  }

  /// Shows all state: see iqnrl/core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    v("x", now_[0]);
    v("x_dot", now_[1]);
    v("theta", now_[2]);
    v("theta_dot", now_[3]);
    v("steps", steps_);
    v("over", over_);
  }

 private:
  static constexpr double gravity = 9.8;
  static constexpr double cart_mass = 1.0;
  static constexpr double pole_mass = 0.1;
  static constexpr double total_mass = pole_mass + cart_mass;
  static constexpr double pole_moment = pole_mass * half_length;
  static constexpr double force = 10.0;

  /// One Euler step under a push. Products and quotients stand in Gymnasium's order, so that rounding agrees.
  void move(double push) {
    const auto [x, x_dot, theta, theta_dot] = now_;
    const double sine = std::sin(theta);
    const double cosine = std::cos(theta);
    const double swing = (push + pole_moment * (theta_dot * theta_dot) * sine) / total_mass;
    const double theta_acceleration =
        (gravity * sine - cosine * swing) / (half_length * (4.0 / 3.0 - pole_mass * (cosine * cosine) / total_mass));
    const double x_acceleration = swing - pole_moment * theta_acceleration * cosine / total_mass;
    now_ = {x + seconds_per_step * x_dot, x_dot + seconds_per_step * x_acceleration,
            theta + seconds_per_step * theta_dot, theta_dot + seconds_per_step * theta_acceleration};
  }

  numbers now_{};
  std::uint32_t steps_ = 0;
  std::uint8_t over_ = 1;
};

static_assert(iqnrl::check_world<cartpole>());

}  // namespace example
