// A world, two target rules, an encoder and a head, written outside of the library: first each by itself, then all in
// one agent.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/trainer.hpp>

/// A walk on 0 … 8 from a random place; a step slips one time in ten. The right end pays 1.
struct slippery_walk {
  using observation = iqnrl::observation<iqnrl::part<"place", float, 1>, iqnrl::legal_actions<2>>;
  static constexpr std::size_t actions = 2;

  void reset(const iqnrl::generator& g) {
    random = g;
    place = 1 + static_cast<int>(random.below(7));
    time = 0;
  }
  void observe(observation::value& out) const {
    out.get<"place">()[0] = static_cast<float>(place);
    out.get<"legal">()[0] = place > 0 ? 1 : 0;
    out.get<"legal">()[1] = 1;
  }
  iqnrl::outcome step(int action) {
    const int way = action == 1 ? 1 : -1;
    place += random.uniform() < 0.1 ? -way : way;
    if (place <= 0 || place >= 8) return {.reward = place >= 8 ? 1.0F : 0.0F, .end = iqnrl::ending::terminal};
    return {.reward = 0, .end = ++time == 100 ? iqnrl::ending::truncated : iqnrl::ending::none};
  }

  iqnrl::generator random;
  int place = 4;
  int time = 0;
};
static_assert(iqnrl::check_world<slippery_walk>());

/// target::max<>, kept between two returns that the world cannot leave.
struct bounded {
  using axis = iqnrl::axis::target;
  struct config {
    double low = -1;
    double high = 1;
  };
  using forwards = iqnrl::forwards<iqnrl::forward<iqnrl::net::target, iqnrl::at::next, iqnrl::fraction_use::target>>;

  explicit bounded(const config& c) : cfg(c) {
    iqnrl::require<iqnrl::config_error>(c.low < c.high, "target.low is {} and target.high {}; give low below high",
                                        c.low, c.high);
  }

  template <class T, class Observation>
  void operator()(const iqnrl::transition<T, Observation>& s, const iqnrl::distribution<T>& next,
                  const iqnrl::row<T, 1>& y) const {
    iqnrl::target::max<iqnrl::target::draws::shared>{}(s, next, y);
    for (T& target : y) target = std::clamp(target, static_cast<T>(cfg.low), static_cast<T>(cfg.high));
  }

  config cfg;
};
static_assert(iqnrl::check_target<bounded, slippery_walk::observation>());

/// Advantage learning: y_j = r + discount z_j(s', a*) - alpha (max_b q(s, b) - q(s, a)).
struct advantage {
  using axis = iqnrl::axis::target;
  struct config {
    double alpha = 0.9;
  };
  using forwards = iqnrl::forwards<iqnrl::forward<iqnrl::net::target, iqnrl::at::next, iqnrl::fraction_use::target>,
                                   iqnrl::forward<iqnrl::net::target, iqnrl::at::current, iqnrl::fraction_use::select>>;
  config cfg;

  template <class T, class Observation>
  void operator()(const iqnrl::transition<T, Observation>& s, const iqnrl::distribution<T>& next,
                  const iqnrl::distribution<T>& current, const iqnrl::row<T, 1>& y) const {
    T gap = 0;
    for (std::size_t slot = 0; slot < current.slots(); ++slot) {
      gap += current.value(slot, current.best(slot)) - current.value(slot, static_cast<std::size_t>(s.action[slot]));
    }
    for (std::size_t j = 0; j < y.size(); ++j) {
      T value = 0;
      for (std::size_t slot = 0; slot < next.slots(); ++slot) value += next.z(j, slot, next.best(slot));
      y[j] = s.reward + s.discount * value - static_cast<T>(cfg.alpha) * gap;
    }
  }
};
static_assert(iqnrl::check_target<advantage, slippery_walk::observation>());

/// The first part of the observation, divided by `scale`, through one layer of `Width` tanh units.
template <std::size_t Width>
struct scaled {
  using axis = iqnrl::axis::encoder;
  struct config {
    double scale = 1;  ///< the largest magnitude expected
  };

  template <class Observation>
  struct bind {
    using layer = iqnrl::nn::linear<Observation::sizes[0], Width, iqnrl::activation::tanh>;
    static constexpr std::size_t features = Width;
    template <class T>
    using tape = typename layer::template tape<T>;

    explicit bind(const config& c) : factor(1 / c.scale) {}
    void declare(iqnrl::parameter_table& table) { table.scope("fc", fc); }
    void prepare(const auto& p) const { fc.prepare(p); }
    template <class Pass, class T = typename Pass::value_type>
    iqnrl::view<T, 2> forward(Pass& p, const iqnrl::observation_views<Observation>& x, tape<T>& kept) const {
      const iqnrl::view<T, 2> input = p.memory.template take<T, 2>({std::get<0>(x).rows(), layer::inputs});
      p.device.cast(std::get<0>(x), static_cast<T>(factor), input);
      return fc.forward(p, iqnrl::view<const T, 2>(input), kept);
    }
    void backward(auto& p, const auto& kept, const auto& d) const { fc.backward_parameters(p, kept, d); }

    double factor;
    layer fc;
  };
};
static_assert(iqnrl::check_encoder<scaled<32>, slippery_walk::observation>());

/// An affine head whose quantiles are multiplied by `gain`, for returns far from 1: q = gain (W h + b).
struct amplified {
  using axis = iqnrl::axis::head;
  struct config {
    double gain = 100;
  };

  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  struct bind {
    using layer = iqnrl::nn::linear<Features, Quantiles * Slots * Actions>;
    template <class T>
    using tape = typename layer::template tape<T>;

    explicit bind(const config& c) : gain(c.gain) {}
    void declare(iqnrl::parameter_table& table) { table.scope("out", out); }
    void prepare(const auto& p) const { out.prepare(p); }
    auto forward(auto& p, const auto& h, auto& kept) const { return amplify(p, out.forward(p, h, kept)); }
    auto backward(auto& p, const auto& kept, const auto& dq) const { return out.backward(p, kept, amplify(p, dq)); }

    template <class T>
    iqnrl::view<T, 2> amplify(auto& p, const iqnrl::view<T, 2>& q) const {
      const iqnrl::view<T, 2> y = p.memory.template take<T, 2>(q.shape());
      p.device.cast(iqnrl::view<const T, 2>(q), static_cast<T>(gain), y);
      return y;
    }

    double gain;
    layer out;
  };
};
static_assert(iqnrl::check_head<amplified>());

/// One sample by hand: two fractions, two actions, the first of which was taken.
void try_by_hand() {
  const std::array<float, 4> z{0, 1, 1, 3};  // [fraction, slot, action]
  const std::array<float, 2> value{0.5F, 2};
  const std::array<float, 2> tau{0.25F, 0.75F};
  const std::array<std::int32_t, 1> taken{0};
  const iqnrl::distribution<float> d{{z.data(), {2, 1, 2}}, {value.data(), {1, 2}}, {tau.data(), {2}}};
  const iqnrl::transition<float, slippery_walk::observation> s{1, 0.5F, {taken.data(), {1}}, {}, {}};
  std::array<float, 2> y{};

  bounded{{.low = 0, .high = 2}}(s, d, iqnrl::row<float, 1>{y.data(), {2}});
  fmt::print("bounded:   {:.2f} {:.2f}\n", y[0], y[1]);
  advantage{{.alpha = 0.1}}(s, d, d, iqnrl::row<float, 1>{y.data(), {2}});
  fmt::print("advantage: {:.2f} {:.2f}\n", y[0], y[1]);
}

/// The largest difference between a network's gradients and central differences of sum(weight * quantile), in double.
void try_gradients() {
  using net_type = iqnrl::network<slippery_walk, scaled<8>, amplified, iqnrl::numeric::float64>;
  const net_type net{{.encoder = {.scale = 8}, .head = {.gain = 3}}};
  const net_type::device_type device;
  net_type::weights_type w{device, net.table()};
  net.initialise(device, w, 1);
  net_type::arena_type memory{device, 1U << 20U, "a gradient check"};

  const std::size_t batch = 3;
  const std::size_t fractions = 4;
  const auto noise = [&](std::size_t i) { return iqnrl::normal<double>({1, iqnrl::stream::statistics, 0}, i); };
  net_type::encoder_tape encoded;
  net_type::quantile_tape kept;
  const auto run = [&] {
    memory.reset();
    net.prepare(device, w);
    const auto place = memory.take<float, 2>({batch, 1});
    const auto tau = memory.take<double, 2>({batch, fractions});
    device.upload(std::span<const float>(std::array{1.0F, 4.0F, 7.0F}), place);
    device.fill_uniform(tau, {1, iqnrl::stream::fractions, 0}, 0);
    net_type::forward_type pass{device, w.views(), memory};
    return net.quantiles(pass, net.encode(pass, {place, {}}, encoded), tau, kept);
  };
  const auto objective = [&] {
    const auto z = run();
    std::vector<double> q(z.size());
    device.download(z, std::span(q));
    double sum = 0;
    for (std::size_t i = 0; i < q.size(); ++i) sum += noise(i) * q[i];
    return sum;
  };

  const auto dz = run();
  std::vector<double> weight(dz.size());
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = noise(i);
  device.upload(std::span<const double>(weight), dz);
  std::vector<double> gradient(net.table().parameters_size());
  net_type::backward_type back{device, w.views(), memory, {gradient.data(), {gradient.size()}}};
  net.backward(back, encoded, kept, dz);

  double off = 0;
  double most = 0;
  for (const auto& tensor : net.table().parameters()) {
    for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size; ++i) {
      double& x = w.parameters().data()[i];
      const double before = x;
      x = before + 1e-5;
      const double above = objective();
      x = before - 1e-5;
      const double below = objective();
      x = before;
      off = std::max(off, std::abs(gradient[i] - (above - below) / 2e-5));
      most = std::max(most, std::abs(gradient[i]));
    }
  }
  fmt::print("gradients: {}\n", off < 1e-6 * most ? "right" : "wrong");
}

using my_agent = iqnrl::agent<slippery_walk, advantage, scaled<32>, amplified>;

int main() {
  try_by_hand();
  try_gradients();

  iqnrl::context ctx{.seed = 1};
  my_agent agent{ctx,
                 {.encoder = {.scale = 8},
                  .fractions = {.online = 8, .target = 8, .select = 8, .act = 8},
                  .head = {.gain = 1},
                  .target = {.alpha = 0.5},
                  .learning_starts = 200}};
  iqnrl::trainer loop{agent};
  while (agent.steps() < 3'000) loop.step();

  int right = 0;
  slippery_walk::observation::value seen;
  for (slippery_walk walk{.random = {}, .place = 1}; walk.place < 8; ++walk.place) {
    walk.observe(seen);
    right += agent.act(seen, iqnrl::mode::greedy);
  }
  fmt::print("to the right at {} of 7 places\n", right);
}
