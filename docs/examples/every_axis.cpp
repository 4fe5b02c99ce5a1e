// A policy of one's own on every axis that own_policies.cpp leaves out, and an agent made of them all.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/trainer.hpp>

/// Two lamps, one of which is lit: the action names it. Ten guesses an episode.
struct lamps {
  using observation = iqnrl::observation<iqnrl::part<"lamps", float, 2>>;
  static constexpr std::size_t actions = 2;

  void reset(const iqnrl::generator& g) {
    random = g;
    lit = static_cast<int>(random.below(2));
    guesses = 0;
  }
  void observe(observation::value& out) const {
    for (int i = 0; i < 2; ++i) out.get<"lamps">()[static_cast<std::size_t>(i)] = i == lit ? 1.0F : 0.0F;
  }
  iqnrl::outcome step(int action) {
    const float reward = action == lit ? 1.0F : 0.0F;
    lit = static_cast<int>(random.below(2));
    return {reward, ++guesses == 10 ? iqnrl::ending::terminal : iqnrl::ending::none};
  }

  iqnrl::generator random;
  int lit = 0;
  int guesses = 0;
};

/// Every lamp a little brighter or darker: x (1 + amount (2 u - 1)).
struct flicker {
  using axis = iqnrl::axis::augment;
  struct config {
    float amount = 0.1F;  ///< the largest change
  };

  template <class Observation>
  struct bind {
    using seen = Observation;
    static constexpr std::size_t randoms = Observation::sizes[0];
    explicit bind(const config& c) : amount(c.amount) {}

    template <class Pass, class T = typename Pass::value_type>
    iqnrl::observation_views<seen> operator()(Pass& p, const iqnrl::observation_views<Observation>& x,
                                              const iqnrl::view<const T, 2>& uniform) const {
      const auto dim = [by = amount](std::size_t, const iqnrl::row<const float, 1>& from,
                                     const iqnrl::row<const T, 1>& u, const iqnrl::row<float, 1>& to) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i] * (1 + by * (2 * static_cast<float>(u[i]) - 1));
      };
      const auto& lit = std::get<0>(x);
      const iqnrl::view<float, 2> changed = p.memory.template take<float, 2>(lit.shape());
      p.device.for_rows(lit.rows(), dim, lit, uniform, changed);
      return {changed};
    }

    float amount;
  };
};
static_assert(iqnrl::check_augment<flicker, lamps::observation>());

/// An even grid, shifted by one draw: tau_k = (k + u) / N.
struct shifted {
  using axis = iqnrl::axis::fractions;
  struct config {
    std::size_t learn = 16;  ///< N and N'
    std::size_t act = 32;    ///< K
  };
  static constexpr std::size_t fixed = 0;

  explicit shifted(const config& c) : cfg(c) {
    iqnrl::require<iqnrl::config_error>(c.learn >= 1 && c.act >= 1,
                                        "fractions.learn is {} and fractions.act is {}; make each at least 1", c.learn,
                                        c.act);
  }
  [[nodiscard]] std::size_t count(iqnrl::fraction_use use) const {
    const bool learns = use == iqnrl::fraction_use::online || use == iqnrl::fraction_use::target;
    return learns ? cfg.learn : cfg.act;
  }
  [[nodiscard]] std::size_t randoms(std::size_t) const { return 1; }
  template <class T>
  void operator()(std::size_t, const iqnrl::row<T, 1>& tau, const iqnrl::row<const T, 1>& uniform) const {
    for (std::size_t k = 0; k < tau.size(); ++k) tau[k] = (static_cast<T>(k) + uniform[0]) / static_cast<T>(tau.size());
  }

  config cfg;
};
static_assert(iqnrl::check_fractions<shifted>());

/// h[b, n] = psi[b] + w tau[b, n] + c: fractions are added, not multiplied.
struct additive {
  using axis = iqnrl::axis::conditioning;
  struct config {};
  static constexpr bool per_fraction = true;

  template <std::size_t Features>
  struct bind {
    using layer = iqnrl::nn::linear<1, Features>;
    template <class T>
    struct tape {
      typename layer::template tape<T> fc;
      std::size_t observations = 0;
    };

    explicit bind(const config&) {}
    void declare(iqnrl::parameter_table& table) { table.scope("fc", fc); }
    void prepare(const auto& p) const { fc.prepare(p); }

    template <class Pass, class T = typename Pass::value_type>
    iqnrl::view<T, 2> forward(Pass& p, const iqnrl::view<const T, 2>& psi, const iqnrl::view<const T, 2>& tau,
                              tape<T>& kept) const {
      kept.observations = psi.rows();
      const iqnrl::view<T, 2> h = fc.forward(p, tau.template reshape<2>({tau.size(), 1}), kept.fc);
      const auto add = [](std::size_t, const iqnrl::row<T, 2>& to, const iqnrl::row<const T, 1>& from) {
        for (std::size_t i = 0; i < to.size(); ++i) to.data()[i] += from[i % Features];
      };
      p.device.for_rows(psi.rows(), add, h.template reshape<3>({psi.rows(), tau.row_size(), Features}), psi);
      return h;
    }

    template <class Pass, class T = typename Pass::value_type>
    iqnrl::view<T, 2> backward(Pass& p, const tape<T>& kept, const iqnrl::view<T, 2>& dh) const {
      const std::size_t b = kept.observations;
      const iqnrl::view<T, 2> dpsi = p.memory.template take<T, 2>({b, Features});
      const auto sum = [](std::size_t, const iqnrl::row<T, 1>& to, const iqnrl::row<T, 2>& from) {
        for (T& x : to) x = T(0);
        for (std::size_t i = 0; i < from.size(); ++i) to[i % Features] += from.data()[i];
      };
      p.device.for_rows(b, sum, dpsi, dh.template reshape<3>({b, dh.rows() / b, Features}));
      fc.backward_parameters(p, kept.fc, dh);
      return dpsi;
    }

    layer fc;
  };
};
static_assert(iqnrl::check_conditioning<additive>());

/// The quantile loss with log cosh in place of the Huber function; its derivative is tanh. Samples whose targets lie
/// far apart count less.
struct quantile_log_cosh {
  using axis = iqnrl::axis::loss;
  struct config {};
  static constexpr bool batch_wide = true;
  config cfg;

  [[nodiscard]] double batch_scale(std::size_t batch) const { return 1.0 / static_cast<double>(batch); }

  template <class T, class Weights>
  iqnrl::loss_value<T> operator()(const iqnrl::row<const T, 1>& z, const iqnrl::row<const T, 1>& tau,
                                  const iqnrl::row<const T, 1>& y, const Weights& w, T scale,
                                  const iqnrl::row<T, 1>& dz) const {
    iqnrl::loss_value<T> total;
    for (std::size_t i = 0; i < z.size(); ++i) {
      T slope = 0;
      for (std::size_t j = 0; j < y.size(); ++j) {
        const T d = y[j] - z[i];
        const T size = std::abs(d);
        const T side = w[j] * std::abs(tau[i] - (d < T(0) ? T(1) : T(0)));
        total.loss += side * (size + std::log1p(std::exp(T(-2) * size)) - std::log(T(2)));
        total.absolute += w[j] * size;
        slope += side * std::tanh(d);
      }
      if (dz.size() > 0) dz[i] = -scale * slope;
    }
    return total;
  }

  template <class T>
  [[nodiscard]] T statistic(const iqnrl::row<const T, 1>& y, const iqnrl::row<const T, 1>&) const {
    return *std::max_element(y.begin(), y.end()) - *std::min_element(y.begin(), y.end());
  }
  void reduce(std::span<const double> range, std::span<double> factor) {
    double mean = 0;
    for (const double x : range) mean += x / static_cast<double>(range.size());
    for (std::size_t b = 0; b < range.size(); ++b) factor[b] = mean > 0 ? mean / (range[b] + mean) : 1.0;
  }
};
static_assert(iqnrl::check_loss<quantile_log_cosh>());

/// Lion (Chen et al. 2023): p -= rate sign(b1 m + (1 - b1) g), then m = b2 m + (1 - b2) g.
struct lion {
  using axis = iqnrl::axis::optimizer;
  struct config {
    iqnrl::schedule rate = 1e-4;  ///< by environment step
    double beta1 = 0.9;
    double beta2 = 0.99;
  };
  static constexpr std::array<std::string_view, 1> moments{"m"};

  explicit lion(const config& c) : cfg(c) { cfg.rate.require_within(0, 1, "optimizer.rate"); }

  [[nodiscard]] double rate(std::uint64_t step) const { return cfg.rate(step); }

  struct rule {
    double rate, beta1, beta2;
    template <class T>
    void operator()(T& p, T g, T& m) const {
      const T c = static_cast<T>(beta1) * m + static_cast<T>(1 - beta1) * g;
      const T sign = static_cast<T>((c > T(0)) - (c < T(0)));
      p -= static_cast<T>(rate) * sign;
      m = static_cast<T>(beta2) * m + static_cast<T>(1 - beta2) * g;
    }
  };
  [[nodiscard]] rule at(std::uint64_t, double rate) const { return {rate, cfg.beta1, cfg.beta2}; }

  config cfg;
};
static_assert(iqnrl::check_optimizer<lion>());

/// The mean of all online networks so far, later a moving average of the given rate.
struct warming {
  using axis = iqnrl::axis::sync;
  struct config {
    double rate = 0.005;
  };

  explicit warming(const config& c) : cfg(c) {
    iqnrl::require<iqnrl::config_error>(c.rate > 0 && c.rate <= 1, "sync.rate is {}; give a number in (0, 1]", c.rate);
  }
  [[nodiscard]] double share(std::uint64_t update) const {
    return std::max(cfg.rate, 1.0 / static_cast<double>(update));
  }

  config cfg;
};
static_assert(iqnrl::check_sync<warming>());

/// Draws uniformly and lets a sample count in proportion to its last error, instead of drawing it more often.
struct weighing {
  using axis = iqnrl::axis::replay;
  struct config {
    iqnrl::schedule capacity = 100'000;
  };

  class sampler {
   public:
    sampler(const config& c, std::size_t items) : uniform_({.capacity = c.capacity}, items), error_(items, 1.0F) {}

    void ready(std::size_t item) {
      uniform_.ready(item);
      error_[item] = 1.0F;
    }
    void remove(std::size_t item) { uniform_.remove(item); }

    void sample(const iqnrl::sequence& random, std::uint64_t clock, std::span<std::size_t> index,
                std::span<float> weight) const {
      uniform_.sample(random, clock, index, weight);
      float most = 0;
      for (const std::size_t item : index) most = std::max(most, error_[item]);
      for (std::size_t k = 0; k < index.size(); ++k) weight[k] = error_[index[k]] / most;
    }

    void update(std::span<const std::size_t> index, std::span<const float>, std::span<const float> difference) {
      for (std::size_t k = 0; k < index.size(); ++k) error_[index[k]] = std::max(difference[k], 1e-6F);
    }

    [[nodiscard]] std::size_t size() const { return uniform_.size(); }

    template <class Visitor>
    void state(Visitor& v) {
      v("uniform", uniform_);
      v("error", std::span<float>(error_));
    }

   private:
    iqnrl::replay::uniform::sampler uniform_;
    std::vector<float> error_;
  };
};
static_assert(iqnrl::check_replay<weighing>());

/// Sums 1 to `most` rewards, each count as likely as any other.
struct random_steps {
  using axis = iqnrl::axis::collate;
  struct config {
    std::size_t most = 5;             ///< rewards in a sum, at most
    iqnrl::schedule discount = 0.99;  ///< gamma, by environment step
  };

  explicit random_steps(const config& c) : cfg(c) {
    iqnrl::require<iqnrl::config_error>(c.most >= 1, "collate.most is 0; sum at least 1 reward");
    c.discount.require_within(0, 1, "collate.discount");
  }

  [[nodiscard]] std::size_t horizon() const { return cfg.most; }

  template <class Window, class Sample>
  void operator()(const Window& window, std::uint64_t clock, Sample& out) const {
    const auto steps = 1 + static_cast<std::size_t>(out.uniform(0) * static_cast<double>(cfg.most));
    iqnrl::collate::write_sample(window, iqnrl::collate::discounted(window, cfg.discount(clock), steps), out);
  }

  config cfg;
};
static_assert(iqnrl::check_collate<random_steps>());

/// With probability `chance` the second-best allowed action of a slot, else the best.
struct runner_up {
  using axis = iqnrl::axis::explore;
  struct config {
    iqnrl::schedule chance = 0.1;  ///< by environment step, in [0, 1]
  };

  explicit runner_up(const config& c) : cfg(c) { cfg.chance.require_within(0, 1, "explore.chance"); }

  [[nodiscard]] static std::size_t randoms(std::size_t slots, std::size_t) { return slots; }

  struct rule {
    double chance;
    template <class T>
    void operator()(const iqnrl::row<const T, 2>& value, const iqnrl::row<const T, 1>& u,
                    const iqnrl::row<std::int32_t, 1>& action) const {
      for (std::size_t s = 0; s < action.size(); ++s) {
        const std::int32_t best = iqnrl::explore::greedy::rule::best(value, s);
        action[s] = best;
        if (u[s] >= static_cast<T>(chance)) continue;
        T most = iqnrl::illegal<T>;
        for (std::size_t a = 0; a < value.extent(1); ++a) {
          if (static_cast<std::int32_t>(a) == best || value(s, a) <= most) continue;
          most = value(s, a);
          action[s] = static_cast<std::int32_t>(a);
        }
      }
    }
  };
  [[nodiscard]] rule at(std::uint64_t step) const { return {cfg.chance(step)}; }

  config cfg;
};
static_assert(iqnrl::check_explore<runner_up>());

/// Double precision where `Exact`, single otherwise: one place to switch a program.
template <bool Exact>
struct precision {
  using axis = iqnrl::axis::numeric;
  struct config {};
  using type = std::conditional_t<Exact, double, float>;
};
static_assert(iqnrl::check_numeric<precision<true>>() && iqnrl::check_numeric<precision<false>>());

using my_agent = iqnrl::agent<lamps, flicker, shifted, additive, quantile_log_cosh, lion, warming, weighing,
                              random_steps, runner_up, precision<false>>;

int main() {
  iqnrl::context ctx{.seed = 1};
  my_agent agent{ctx,
                 {.fractions = {.learn = 8, .act = 8},
                  .optimizer = {.rate = 1e-3},
                  .sync = {.rate = 0.05},
                  .collate = {.most = 3, .discount = 0.5},
                  .explore = {.chance = 0.5},
                  .learning_starts = 100}};
  iqnrl::trainer loop{agent};
  while (agent.steps() < 1'000) loop.step();

  lamps::observation::value seen;
  for (lamps world{.random = {}, .lit = 0}; world.lit < 2; ++world.lit) {
    world.observe(seen);
    fmt::print("lamp {} is lit, the agent says {}\n", world.lit, agent.act(seen, iqnrl::mode::greedy));
  }
}
