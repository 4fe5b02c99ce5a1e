// The actor: a network and a behaviour.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <iqnrl/agent/network.hpp>
#include <iqnrl/core/context.hpp>
#include <iqnrl/core/sound.hpp>

namespace iqnrl {

/// How an actor behaves.
enum class mode : std::uint8_t {
  explore,  ///< by its behaviour
  greedy,   ///< the best action, always: a function of the weights and of what is seen, with nothing drawn
};

namespace detail {

/// Hands one observation's values to a behaviour's rule and notes whether the outcome was greedy.
template <class Rule>
struct act_kernel {
  Rule rule;
  template <class T>
  void operator()(std::size_t, const row<const T, 2>& value, const row<const T, 1>& u,
                  const row<std::int32_t, 1>& action, std::uint8_t& greedy) const {
    rule(value, u, action);
    greedy = 1;
    for (std::size_t s = 0; s < action.size(); ++s) {
      if (action[s] != explore::greedy::rule::best(value, s)) greedy = 0;
    }
  }
};

/// Evenly spread numbers, (k + 1/2) / n, where exploring would have n random ones.
struct even_kernel {
  template <class T>
  void operator()(std::size_t, const row<T, 1>& u) const {
    for (std::size_t k = 0; k < u.size(); ++k) u[k] = (static_cast<T>(k) + T(0.5)) / static_cast<T>(u.size());
  }
};

}  // namespace detail

/// Chooses actions. Usable alone: make one, `load` or `assign` weights, and `act`. It shares the weights of a learner
/// in the same process. Memory is planned in the constructor; acting allocates nothing and changes no saved state but
/// the count of its exploring calls. A greedy act makes its fractions of the evenly spread numbers (k + 1/2) / n
/// instead of random ones, which gives IQN the midpoints.
template <class World, class... Policies>
class actor {
 public:
  using network_type = network<World, Policies...>;
  using slots = typename network_type::slots;
  using config = typename slots::config;
  using observation = typename slots::observation;
  using observation_value = typename observation::value;
  using action_type = action_of<World>;
  using device_type = typename network_type::device_type;
  using weights_type = typename network_type::weights_type;

  /// An actor with weights of its own, as a new network starts.
  actor(context& ctx, const config& c) : actor(ctx, c, nullptr) {}

  /// An actor that reads the weights of a learner; null makes its own.
  actor(context& ctx, const config& c, std::shared_ptr<weights_type> shared)
      : context_(ctx), network_(c), explore_{c.explore}, fractions_{c.fractions}, weights_(std::move(shared)) {
    if (!weights_) {
      weights_ = std::make_shared<weights_type>(device_, network_.table());
      network_.initialise(device_, *weights_, context_.seed);
    }
    prepared_memory_ = memory<backend_type>(device_, network_.table().prepared_size() * sizeof(T),
                                            "the prepared parameters of an actor");
    embedding_memory_ =
        memory<backend_type>(device_, embedding_size() * sizeof(T), "the embedding of an actor's fractions");
    noise_memory_ = memory<backend_type>(device_, noise_size() * sizeof(T), "the noise of an actor");
    require<config_error>(!noisy || noise_size() > 0,
                          "the agent explores by the noise of its network, and the network has none; give it noisy "
                          "layers (a head of nn::weight::noisy), or another behaviour");
    plan();
  }

  actor(const actor&) = delete;
  actor& operator=(const actor&) = delete;
  ~actor() = default;

  /// An action for each observation, as `how` says, at `steps` environment steps; `greedy[i]` tells whether it was the
  /// best one. Throws shape_error where the spans differ in size, numeric_error for an observation with a NaN or an
  /// infinity.
  void act(std::span<const observation_value> seen, mode how, std::uint64_t steps, std::span<action_type> action,
           std::span<std::uint8_t> greedy) {
    require<shape_error>(action.size() == seen.size() && greedy.size() == seen.size(),
                         "act was given {} observations, {} actions and {} greedy flags; give as many of each",
                         seen.size(), action.size(), greedy.size());
    for (std::size_t i = 0; i < seen.size(); ++i) require_sound<observation>(seen[i], "observation", i);
    refresh(how);
    const std::size_t chunks = (seen.size() + chunk_ - 1) / chunk_;
    context_.pool.run(chunks, [&](std::size_t c, std::size_t worker) {
      const std::size_t first = c * chunk_;
      const std::size_t count = std::min(chunk_, seen.size() - first);
      if (how == mode::explore) {
        run(device_, workspaces_[worker], explore_.at(steps), explore_.randoms(slots::slots, slots::actions), how,
            seen.subspan(first, count), first, action.subspan(first, count), greedy.subspan(first, count));
      } else {
        run(device_, workspaces_[worker], explore::greedy::rule{}, 0, how, seen.subspan(first, count), first,
            action.subspan(first, count), greedy.subspan(first, count));
      }
    });
    if (how == mode::explore) ++explored_;
  }

  /// The action for one observation.
  [[nodiscard]] action_type act(const observation_value& seen, mode how = mode::greedy, std::uint64_t steps = 0) {
    action_type action{};
    std::uint8_t greedy = 0;
    act(std::span(&seen, 1), how, steps, std::span(&action, 1), std::span(&greedy, 1));
    return action;
  }

  /// Values [S, A] of one observation, the mean over the acting fractions: what the network expects of each action.
  [[nodiscard]] std::vector<typename slots::value_type> values(const observation_value& seen) {
    refresh(mode::greedy);
    std::vector<T> host(slots::slots * slots::actions);
    device_.download(evaluate<false>(device_, workspaces_[0], mode::greedy, std::span(&seen, 1), 0), std::span(host));
    return host;
  }

  [[nodiscard]] const network_type& structure() const { return network_; }
  [[nodiscard]] const device_type& dev() const { return device_; }
  [[nodiscard]] const std::shared_ptr<weights_type>& numbers() const { return weights_; }

  /// Saves and restores: see core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    v("explored", explored_);
  }

 private:
  using T = typename slots::value_type;
  using backend_type = typename slots::backend_policy;
  using arena_type = typename network_type::arena_type;
  using views_type = observation_views<observation>;

  template <class Indices>
  struct staging_of;
  template <std::size_t... I>
  struct staging_of<std::index_sequence<I...>> {
    using type = std::tuple<std::vector<typename observation::template part_at<I>::value_type>...>;
  };
  using staging = typename staging_of<std::make_index_sequence<observation::count>>::type;

  struct workspace {
    arena_type memory;
    staging seen{};
    std::vector<std::int32_t> action{};
    std::vector<std::uint8_t> greedy{};
  };

  /// Rows of the network's products in one job, about.
  static constexpr std::size_t rows = 256;
  static constexpr bool noisy = detail::explores_by_noise<typename slots::explore_policy>;

  static workspace sized(arena_type&& memory, std::size_t count) {
    workspace w{std::move(memory)};
    for_each_part<observation>([&](auto i) { std::get<i>(w.seen).resize(count * observation::sizes[i]); });
    w.action.resize(count * slots::slots);
    w.greedy.resize(count);
    return w;
  }

  void plan() {
    const std::size_t rows_each = slots::conditioning_policy::per_fraction ? fractions_.count(fraction_use::act) : 1;
    chunk_ = std::max<std::size_t>(1, rows / rows_each);
    workspace counted = sized(arena_type(), chunk_);
    const std::vector<observation_value> probe(chunk_);
    std::vector<action_type> action(chunk_);
    std::vector<std::uint8_t> greedy(chunk_);
    run(device_.dry(), counted, explore_.at(0), explore_.randoms(slots::slots, slots::actions), mode::explore,
        std::span<const observation_value>(probe), 0, std::span(action), std::span(greedy));
    evaluate<false>(device_.dry(), counted, mode::greedy, std::span<const observation_value>(probe).first(1), 0);
    if constexpr (network_type::embeds) embed(device_.dry(), counted);
    workspaces_.reserve(context_.pool.threads());
    for (std::size_t i = 0; i < context_.pool.threads(); ++i) {
      workspaces_.push_back(
          sized(arena_type(device_, counted.memory.needed(), "the working memory of an actor"), chunk_));
    }
  }

  [[nodiscard]] view<T, 1> prepared() const {
    return prepared_memory_.template as<T>(network_.table().prepared_size());
  }

  [[nodiscard]] std::size_t noise_size() const { return network_.table().noise_size(); }

  /// Prepares the weights where they have changed, and for every act that explores by their noise; for a greedy act
  /// what it reads of its fractions, too.
  void refresh(mode how) {
    prepare(how);
    if constexpr (network_type::embeds) {
      if (how == mode::explore || embedded_) return;
      embed(device_, workspaces_.front());
      embedded_ = true;
    }
  }

  void prepare(mode how) {
    const bool draw = noisy && how == mode::explore;
    if (!draw && !prepared_noisy_ && prepared_version_ == weights_->version()) return;
    view<const T, 1> noise;
    if (draw) {
      const view<T, 1> drawn = noise_memory_.template as<T>(noise_size());
      device_.fill_normal(drawn, sequence{context_.seed, stream::act_noise, explored_});
      noise = drawn;
    }
    network_.prepare(device_, *weights_, prepared(), {}, noise);
    prepared_noisy_ = draw;
    prepared_version_ = weights_->version();
    embedded_ = false;
  }

  [[nodiscard]] std::size_t embedding_size() const {
    return network_type::embeds ? fractions_.count(fraction_use::act) * network_type::features : 0;
  }
  /// Of the fractions of greedy acts, which are always the same: made once for the weights.
  [[nodiscard]] view<T, 2> embedding() const requires(network_type::embeds) {
    const std::size_t n = fractions_.count(fraction_use::act);
    return embedding_memory_.template as<T>(embedding_size()).template reshape<2>({n, network_type::features});
  }
  void embed(const device_type& dev, workspace& w) const requires(network_type::embeds) {
    w.memory.reset();
    typename network_type::forward_type pass{dev, prepared_numbers(), w.memory};
    dev.copy(network_.embed(pass, fractions(dev, w.memory, mode::greedy, 0, 1)), embedding());
  }

  /// The weights as this actor has prepared them.
  [[nodiscard]] network_views<T> prepared_numbers() const {
    network_views<T> all = weights_->views();
    all.prepared = prepared();
    return all;
  }

  /// Fractions [count, K] for observations from number `first` of their call on.
  view<const T, 2> fractions(const device_type& dev, arena_type& memory, mode how, std::size_t first,
                             std::size_t count) const {
    const std::size_t n = fractions_.count(fraction_use::act);
    const std::size_t randoms = fractions_.randoms(n);
    const view<T, 2> tau = memory.template take<T, 2>({count, n});
    const view<T, 2> u = memory.template take<T, 2>({count, randoms});
    if (how == mode::greedy) {
      dev.for_rows(count, detail::even_kernel{}, u);
    } else if (randoms > 0) {
      dev.fill_uniform(u, sequence{context_.seed, stream::act_fractions, explored_},
                       static_cast<std::uint64_t>(first) * randoms);
    }
    dev.for_rows(count, fractions_, tau, view<const T, 2>(u));
    return tau;
  }

  /// Values [count, S, A] of observations, which are number `first` on of their call; `Ranks`: less what all actions
  /// have in common.
  template <bool Ranks>
  view<const T, 3> evaluate(const device_type& dev, workspace& w, mode how, std::span<const observation_value> seen,
                            std::size_t first) const {
    arena_type& memory = w.memory;
    memory.reset();
    const std::size_t count = seen.size();
    views_type x;
    for_each_part<observation>([&](auto i) {
      constexpr std::size_t size = observation::sizes[i];
      using element = typename observation::template part_at<i>::value_type;
      auto& host = std::get<i>(w.seen);
      for (std::size_t b = 0; b < count; ++b) {
        const auto values = seen[b].template at<i>();
        std::copy(values.begin(), values.end(), host.begin() + static_cast<std::ptrdiff_t>(b * size));
      }
      const view<element, 2> v = memory.template take<element, 2>({count, size});
      dev.upload(std::span<const element>(host).first(count * size), v);
      std::get<i>(x) = v;
    });
    typename network_type::forward_type pass{dev, prepared_numbers(), memory};
    typename network_type::encoder_tape encoded;
    const view<const T, 2> psi = network_.encode(pass, middle(pass, x), encoded);
    if constexpr (network_type::embeds) {
      if (how == mode::greedy)
        return network_.values(pass, network_.template quantiles_at<Ranks>(pass, psi, embedding()), x);
    }
    const view<const T, 2> tau = fractions(dev, memory, how, first, count);
    if constexpr (Ranks) {
      return network_.values(pass, network_.ranks(pass, psi, tau), x);
    } else {
      typename network_type::quantile_tape kept;
      return network_.values(pass, network_.quantiles(pass, psi, tau, kept), x);
    }
  }

  /// The observations without augmentation.
  observation_views<typename slots::seen> middle(typename network_type::forward_type& p, const views_type& x) const {
    const view<T, 2> half = p.memory.template take<T, 2>({std::get<0>(x).rows(), network_type::randoms});
    p.device.fill(half, T(0.5));
    return network_.augment(p, x, half);
  }

  template <class Rule>
  void run(const device_type& dev, workspace& w, const Rule& rule, std::size_t randoms, mode how,
           std::span<const observation_value> seen, std::size_t first, std::span<action_type> action,
           std::span<std::uint8_t> greedy) const {
    const std::size_t count = seen.size();
    const view<const T, 3> value = evaluate<true>(dev, w, how, seen, first);
    const view<T, 2> u = w.memory.template take<T, 2>({count, randoms});
    if (randoms > 0) {
      dev.fill_uniform(u, sequence{context_.seed, stream::explore, explored_},
                       static_cast<std::uint64_t>(first) * randoms);
    }
    const view<std::int32_t, 2> chosen = w.memory.template take<std::int32_t, 2>({count, slots::slots});
    const view<std::uint8_t, 1> best = w.memory.template take<std::uint8_t, 1>({count});
    dev.for_rows(count, detail::act_kernel<Rule>{rule}, value, view<const T, 2>(u), chosen, best);
    dev.download(chosen, std::span(w.action).first(count * slots::slots));
    dev.download(best, std::span(w.greedy).first(count));
    for (std::size_t b = 0; b < count; ++b) {
      greedy[b] = w.greedy[b];
      if constexpr (slots::slots == 1) {
        action[b] = w.action[b];
      } else {
        std::copy_n(w.action.begin() + static_cast<std::ptrdiff_t>(b * slots::slots), slots::slots, action[b].begin());
      }
    }
  }

  context& context_;
  device_type device_;
  network_type network_;
  typename slots::explore_policy explore_;
  typename slots::fractions_policy fractions_;
  std::shared_ptr<weights_type> weights_;
  memory<backend_type> prepared_memory_;
  memory<backend_type> embedding_memory_;
  memory<backend_type> noise_memory_;
  std::uint64_t prepared_version_ = ~std::uint64_t{0};
  bool prepared_noisy_ = false;
  bool embedded_ = false;
  std::vector<workspace> workspaces_;
  std::size_t chunk_ = 1;
  std::uint64_t explored_ = 0;
};

}  // namespace iqnrl
