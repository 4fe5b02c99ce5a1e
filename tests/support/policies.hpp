// A deliberately odd policy for each axis, to show that the axes are real.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <iqnrl/agent/composition.hpp>

namespace iqnrl::testing::odd {

/// An augmentation that lets the encoder see one number: the sum of the first part, with some noise.
struct summed {
  using axis = iqnrl::axis::augment;
  struct config {};
  template <class Observation>
  struct bind {
    using seen = iqnrl::observation<part<"sum", double, 1>>;
    static constexpr std::size_t randoms = 3;
    explicit bind(const config& /*c*/) {}
    template <class Pass, class T = typename Pass::value_type>
    observation_views<seen> operator()(Pass& p, const observation_views<Observation>& x,
                                       const view<const T, 2>& uniform) const {
      const view<double, 2> y = p.memory.template take<double, 2>({uniform.rows(), 1});
      const auto sum = [](std::size_t, const auto& from, const row<const T, 1>& u, const row<double, 1>& to) {
        to[0] = static_cast<double>(u[0] + u[1] - u[2]) - 0.5;
        for (const auto& e : from) to[0] += static_cast<double>(e);
      };
      p.device.for_rows(y.rows(), sum, std::get<0>(x), uniform, y);
      return {y};
    }
  };
};

/// An encoder that ignores what it sees: three learned numbers.
struct blind {
  using axis = iqnrl::axis::encoder;
  struct config {};
  template <class Observation>
  class bind {
    using layer = nn::linear<1, 3, activation::tanh>;

   public:
    static constexpr std::size_t features = 3;
    template <class T>
    using tape = typename layer::template tape<T>;
    explicit bind(const config&) {}
    void declare(parameter_table& table) { table.scope("constant", layer_); }
    template <class Pass>
    void prepare(const Pass& p) const {
      layer_.prepare(p);
    }
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> forward(Pass& p, const observation_views<Observation>& x, tape<T>& kept) const {
      const view<T, 2> ones = p.memory.template take<T, 2>({std::get<0>(x).rows(), 1});
      p.device.fill(ones, T(1));
      return layer_.forward(p, view<const T, 2>(ones), kept);
    }
    template <class Pass, class T = typename Pass::value_type>
    void backward(Pass& p, const tape<T>& kept, const view<T, 2>& d) const {
      layer_.backward_parameters(p, kept, d);
    }

   private:
    layer layer_;
  };
};

/// Adds a number to an entry of the state buffer.
struct advance_kernel {
  double by;
  template <class T>
  void operator()(std::size_t, T& x) const {
    x += static_cast<T>(by);
  }
};

/// Fully connected layers with two entries in the state buffer, one that a sync copies and one that it keeps. `prepare`
/// adds `Step` to both, as a power iteration changes its vectors.
template <int Step>
struct stateful {
  using axis = iqnrl::axis::encoder;
  struct config {};
  template <class Observation>
  class bind {
    using inner = typename encoder::mlp<4>::template bind<Observation>;

   public:
    static constexpr std::size_t features = inner::features;
    template <class T>
    using tape = typename inner::template tape<T>;
    explicit bind(const config&) : inner_(encoder::mlp<4>::config{}) {}
    void declare(parameter_table& table) {
      inner_.declare(table);
      table.add_state(copied_, "copied", initial::constant(1), on_sync::copy);
      table.add_state(kept_, "kept", initial::constant(2), on_sync::keep);
    }
    template <class Pass>
    void prepare(const Pass& p) const {
      inner_.prepare(p);
      if (Step != 0 && !p.next_state.empty()) {
        p.device.for_rows(2, advance_kernel{Step}, copied_.in(p.next_state));
        p.device.for_rows(1, advance_kernel{Step}, kept_.in(p.next_state));
      }
    }
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> forward(Pass& p, const observation_views<Observation>& x, tape<T>& kept) const {
      return inner_.forward(p, x, kept);
    }
    template <class Pass, class T = typename Pass::value_type>
    void backward(Pass& p, const tape<T>& kept, const view<T, 2>& d) const {
      inner_.backward(p, kept, d);
    }

   private:
    inner inner_;
    parameter<2> copied_;
    parameter<1> kept_;
  };
};

/// Fractions that are all one point.
struct one_point {
  using axis = iqnrl::axis::fractions;
  struct config {
    double at = 0.25;
  };
  static constexpr std::size_t fixed = 1;
  config cfg;
  [[nodiscard]] std::size_t count(fraction_use) const { return 1; }
  [[nodiscard]] std::size_t randoms(std::size_t) const { return 0; }
  template <class T>
  void operator()(std::size_t, const row<T, 1>& tau, const row<const T, 1>&) const {
    tau[0] = static_cast<T>(cfg.at);
  }
};

/// phi(tau) = 1 + tau / (1 + feature), for every feature.
struct tilt_kernel {
  std::size_t each;
  template <class T>
  void operator()(std::size_t, const row<T, 2>& phi, const row<const T, 1>& tau) const {
    for (std::size_t n = 0; n < phi.extent(0); ++n) {
      for (std::size_t f = 0; f < phi.extent(1); ++f) phi(n, f) = T(1) + tau[n] / static_cast<T>(1 + f);
    }
  }
};

/// A conditioning without parameters: the features times 1 + tau / (1 + feature).
struct tilt {
  using axis = iqnrl::axis::conditioning;
  struct config {};
  static constexpr bool per_fraction = true;
  template <std::size_t Features>
  struct bind {
    explicit bind(const config&) {}
    template <class T>
    struct tape {
      view<const T, 2> psi;
      view<const T, 2> phi;
    };
    void declare(parameter_table&) {}
    template <class Pass>
    void prepare(const Pass&) const {}
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> forward(Pass& p, const view<const T, 2>& psi, const view<const T, 2>& tau, tape<T>& kept) const {
      const view<T, 3> phi = p.memory.template take<T, 3>({tau.rows(), tau.row_size(), Features});
      p.device.for_rows(tau.rows(), tilt_kernel{tau.row_size()}, phi, tau);
      kept = {psi, phi.template reshape<2>({tau.size(), Features})};
      const view<T, 2> h = p.memory.template take<T, 2>({tau.size(), Features});
      p.device.hadamard(kept.psi, kept.phi, h);
      return h;
    }
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dh) const {
      const view<T, 2> dpsi = p.memory.template take<T, 2>(kept.psi.shape());
      p.device.hadamard_gradient(kept.psi, kept.phi, view<const T, 2>(dh), dpsi, dh);
      return dpsi;
    }
  };
};

/// A head without biases.
struct unbiased {
  using axis = iqnrl::axis::head;
  struct config {};
  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  class bind {
    using layer = nn::linear<Features, Quantiles * Slots * Actions, activation::identity, nn::weight::unbiased>;

   public:
    template <class T>
    using tape = typename layer::template tape<T>;
    explicit bind(const config&) {}
    void declare(parameter_table& table) { table.scope("only", layer_); }
    template <class Pass>
    void prepare(const Pass& p) const {
      layer_.prepare(p);
    }
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> forward(Pass& p, const view<const T, 2>& h, tape<T>& kept) const {
      return layer_.forward(p, h, kept);
    }
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dq) const {
      return layer_.backward(p, kept, dq);
    }

   private:
    layer layer_;
  };
};

/// A target rule with three forwards, the loss's own among them: the values of the online network's next state, plus
/// half the difference of what the networks expect of the current one.
struct three_forwards {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<forward<net::online, at::next, fraction_use::target>, loss_forward,
                                   forward<net::target, at::current, fraction_use::select>>;
  config cfg;
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const distribution<T>& online,
                  const distribution<T>& target, const row<T, 1>& y) const {
    T gap = 0;
    for (std::size_t slot = 0; slot < next.slots(); ++slot) {
      const auto a = static_cast<std::size_t>(s.action[slot]);
      if (online.legal(slot, a)) gap += (target.value(slot, a) - online.value(slot, a)) / T(2);
    }
    for (std::size_t j = 0; j < y.size(); ++j) {
      T sum = 0;
      for (std::size_t slot = 0; slot < next.slots(); ++slot) sum += next.z(j, slot, next.best(slot));
      y[j] = s.reward + s.discount * (sum + gap);
    }
  }
};

/// A target rule with two branches: three quarters on the best block, a quarter on the last allowed one.
struct two_branches {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>>;
  config cfg;
  [[nodiscard]] static constexpr std::size_t branches(std::size_t, std::size_t) { return 2; }
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const row<T, 1>& y,
                  const row<T, 1>& weight) const {
    const auto count = static_cast<T>(next.count());
    for (std::size_t j = 0; j < next.count(); ++j) {
      T best = 0;
      T last = 0;
      for (std::size_t slot = 0; slot < next.slots(); ++slot) {
        std::size_t a = next.actions() - 1;
        while (a > 0 && !next.legal(slot, a)) --a;
        best += next.z(j, slot, next.best(slot));
        last += next.z(j, slot, a);
      }
      y[2 * j] = s.reward + s.discount * best;
      y[2 * j + 1] = s.reward + s.discount * last;
      weight[2 * j] = T(0.75) / count;
      weight[2 * j + 1] = T(0.25) / count;
    }
  }
};

/// The expectile loss: sum_i sum_j w_j |tau_i - 1{delta < 0}| delta^2.
struct expectile {
  using axis = iqnrl::axis::loss;
  struct config {};
  static constexpr bool batch_wide = false;
  config cfg;
  [[nodiscard]] double batch_scale(std::size_t batch) const { return 1.0 / static_cast<double>(batch); }
  template <class T, class Weights>
  loss_value<T> operator()(const row<const T, 1>& z, const row<const T, 1>& tau, const row<const T, 1>& y,
                           const Weights& w, T scale, const row<T, 1>& dz) const {
    loss_value<T> total;
    for (std::size_t i = 0; i < z.size(); ++i) {
      T slope = 0;
      for (std::size_t j = 0; j < y.size(); ++j) {
        const T d = y[j] - z[i];
        const T side = w[j] * std::abs(tau[i] - (d < T(0) ? T(1) : T(0)));
        total.loss += side * d * d;
        total.absolute += w[j] * std::abs(d);
        slope -= T(2) * side * d;
      }
      if (dz.size() > 0) dz[i] = scale * slope;
    }
    return total;
  }
};

/// Gradient descent with momentum: one moment.
struct momentum {
  using axis = iqnrl::axis::optimizer;
  struct config {
    double rate = 0.01;
    double keep = 0.9;
  };
  static constexpr std::array<std::string_view, 1> moments{"velocity"};
  config cfg;
  [[nodiscard]] double rate(std::uint64_t) const { return cfg.rate; }
  struct rule {
    double rate;
    double keep;
    template <class T>
    void operator()(T& p, T g, T& velocity) const {
      velocity = static_cast<T>(keep) * velocity + g;
      p -= static_cast<T>(rate) * velocity;
    }
  };
  [[nodiscard]] rule at(std::uint64_t, double rate) const { return {rate, cfg.keep}; }
};

/// Takes over half of the online network after every third update.
struct thirds {
  using axis = iqnrl::axis::sync;
  struct config {};
  config cfg;
  [[nodiscard]] double share(std::uint64_t update) const { return update % 3 == 0 ? 0.5 : 0.0; }
};

/// A replay that draws the same item always: the one that became drawable last.
struct stubborn {
  using axis = iqnrl::axis::replay;
  struct config {
    std::size_t capacity = 100;
  };
  class sampler {
   public:
    sampler(const config&, std::size_t) {}
    void ready(std::size_t item) {
      item_ = item;
      any_ = 1;
    }
    void remove(std::size_t item) {
      if (item == item_) any_ = 0;
    }
    void sample(const sequence&, std::uint64_t, std::span<std::size_t> index, std::span<float> weight) const {
      std::fill(index.begin(), index.end(), static_cast<std::size_t>(item_));
      std::fill(weight.begin(), weight.end(), 1.0F);
    }
    void update(std::span<const std::size_t>, std::span<const float>, std::span<const float>) {}
    [[nodiscard]] std::size_t size() const { return any_; }
    template <class Visitor>
    void state(Visitor& v) {
      v("item", item_);
      v("any", any_);
    }

   private:
    std::uint64_t item_ = 0;
    std::uint8_t any_ = 0;
  };
};

/// Two-step sums with a discount of a half, whatever the config says.
struct halves {
  using axis = iqnrl::axis::collate;
  struct config {};
  explicit halves(const config&) {}
  [[nodiscard]] std::size_t horizon() const { return 2; }
  template <class Window, class Sample>
  void operator()(const Window& window, std::uint64_t, Sample& out) const {
    if constexpr (requires { collate::discounted(window, 0.5, 2); }) {
      collate::write_sample(window, collate::discounted(window, 0.5, 2), out);
    }
  }
};

/// Takes the last allowed action of each slot.
struct last_legal {
  using axis = iqnrl::axis::explore;
  struct config {};
  config cfg;
  [[nodiscard]] static std::size_t randoms(std::size_t, std::size_t) { return 0; }
  struct rule {
    template <class T>
    void operator()(const row<const T, 2>& value, const row<const T, 1>&, const row<std::int32_t, 1>& action) const {
      for (std::size_t s = 0; s < action.size(); ++s) {
        std::size_t a = value.extent(1) - 1;
        while (a > 0 && value(s, a) <= illegal<T>) --a;
        action[s] = static_cast<std::int32_t>(a);
      }
    }
  };
  [[nodiscard]] rule at(std::uint64_t) const { return {}; }
};

/// Double precision, by another name.
struct wide {
  using axis = iqnrl::axis::numeric;
  struct config {};
  using type = double;
};

static_assert(encoder_for<blind, observation<part<"state", float, 2>>>);
static_assert(encoder_for<stateful<0>, observation<part<"state", float, 2>>>);
static_assert(fractions_policy<one_point> && conditioning_policy<tilt> && head_policy<unbiased>);
static_assert(target_rule_for<three_forwards, observation<part<"state", float, 2>>>);
static_assert(target_rule_for<two_branches, observation<part<"state", float, 2>>>);
static_assert(loss_policy<expectile> && optimizer_policy<momentum> && sync_policy<thirds>);
static_assert(numeric_policy<wide> && replay_policy<stubborn> && collate_policy<halves> && explore_policy<last_legal>);

}  // namespace iqnrl::testing::odd
