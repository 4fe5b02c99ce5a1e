// One shard of an update: the forwards that are asked for, the targets, the loss, and the way back.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <iqnrl/agent/kernels.hpp>
#include <iqnrl/agent/network.hpp>
#include <iqnrl/replay/batch.hpp>

namespace iqnrl {

/// What a learner does with a part of a batch. It has no state: any thread may run any shard, each in a workspace of
/// its own, and what comes out depends on the seed, the count of updates and the samples alone.
template <class World, class... Policies>
class shard_pass {
 public:
  using network_type = network<World, Policies...>;
  using slots = typename network_type::slots;
  using config = typename slots::config;
  using observation = typename slots::observation;
  using device_type = typename network_type::device_type;
  using arena_type = typename network_type::arena_type;
  using batch_type = host_batch<observation, slots::slots>;
  using loss_type = typename slots::loss_policy;

 private:
  using T = typename slots::value_type;
  using target_rule = typename slots::target_policy;
  using fractions_type = typename slots::fractions_policy;
  using encoder_tape = typename network_type::encoder_tape;
  using quantile_tape = typename network_type::quantile_tape;
  using views_type = observation_views<observation>;
  using requests = typename target_rule::forwards::list;
  static constexpr std::size_t wanted = target_rule::forwards::count;
  static constexpr bool weighted = detail::weighs_targets<target_rule>;

  static_assert(!(weighted && loss_type::batch_wide),
                "iqnrl: a batch-wide loss compares targets with their fractions, and this target rule has `branches`; "
                "use another of the two  -> docs/loss.md");

 public:
  /// What a shard keeps between its forwards and its backward pass.
  struct workspace {
    arena_type memory{};
    encoder_tape encoded{};
    quantile_tape kept{};
    view<const std::int32_t, 2> action{};
    view<const float, 1> importance{};
    view<const T, 4> z{};
    view<const T, 2> tau{};
    view<const T, 2> y{};
    view<const T, 2> y_weight{};
  };

  /// The numbers of both networks, prepared.
  struct networks {
    network_views<T> online;
    network_views<T> target;
  };

  /// What comes out of the samples of a batch, on the host; each shard writes its own rows.
  struct results {
    explicit results(std::size_t batch)
        : spread(batch, 0.0), factor(batch, 1.0), statistics(batch * detail::loss_columns, T(0)) {}

    std::vector<double> spread;  ///< what a batch-wide loss needs of each sample
    std::vector<double> factor;  ///< what it makes of them
    std::vector<T> statistics;   ///< [batch, loss_columns]
  };

  shard_pass(const config& c, std::uint64_t seed)
      : network_(c), rule_{c.target}, fractions_{c.fractions}, seed_(seed) {}

  [[nodiscard]] const network_type& structure() const { return network_; }
  /// Fractions a sample in the loss's forward.
  [[nodiscard]] std::size_t fractions() const { return fractions_.count(fraction_use::online); }
  /// Rows of the network's products for one sample.
  [[nodiscard]] std::size_t rows() const {
    return slots::conditioning_policy::per_fraction ? fractions() : std::size_t{8};
  }

  /// The forwards that the target rule asks for, the loss's own, and the targets.
  void forward(const device_type& dev, workspace& w, const batch_type& batch, std::size_t first, std::size_t count,
               const networks& nets, const loss_type& loss, std::uint64_t updates, results& out) const {
    arena_type& memory = w.memory;
    memory.reset();
    const views_type current = upload_observations(dev, memory, batch, at::current, first, count);
    const views_type next = upload_observations(dev, memory, batch, at::next, first, count);
    const auto rows = [&](const auto& all) { return std::span(all).subspan(first, count); };
    const auto reward = upload(dev, memory, std::span<const float>(rows(batch.reward)));
    const auto discount = upload(dev, memory, std::span<const float>(rows(batch.discount)));
    w.importance = upload(dev, memory, std::span<const float>(rows(batch.weight)));
    w.action = upload(dev, memory,
                      std::span<const std::int32_t>(batch.action).subspan(first * slots::slots, count * slots::slots))
                   .template reshape<2>({count, slots::slots});

    typename network_type::forward_type online{dev, nets.online, memory};
    typename network_type::forward_type target{dev, nets.target, memory};
    std::array<view<const T, 2>, 4> psi;
    const auto place = [](net n, at s) { return static_cast<std::size_t>(n) * 2 + static_cast<std::size_t>(s); };
    const auto seen_now = augment(online, current, at::current, first, updates);
    const auto seen_next = augment(online, next, at::next, first, updates);
    psi[place(net::online, at::current)] = network_.encode(online, seen_now, w.encoded);
    w.tau = draw_fractions(dev, memory, 0, fraction_use::online, first, count, updates);
    w.z = network_.quantiles(online, psi[place(net::online, at::current)], w.tau, w.kept);

    const auto features = [&](auto& pass, const auto& seen) {
      return alone<2>(pass, {count, network_type::features}, [&] {
        encoder_tape unused;
        return network_.encode(pass, seen, unused);
      });
    };
    if constexpr (needs<net::online, at::next>) psi[place(net::online, at::next)] = features(online, seen_next);
    if constexpr (needs<net::target, at::current>) psi[place(net::target, at::current)] = features(target, seen_now);
    if constexpr (needs<net::target, at::next>) psi[place(net::target, at::next)] = features(target, seen_next);

    const auto run = [&]<class F>(std::type_identity<F>, std::size_t index) {
      const views_type& seen = F::state == at::current ? current : next;
      if constexpr (std::is_same_v<F, loss_forward>) {
        return std::tuple(w.z, view<const T, 3>(network_.values(online, w.z, seen)), w.tau);
      } else {
        auto& pass = F::network == net::online ? online : target;
        const view<const T, 2>& given = psi[place(F::network, F::state)];
        const auto tau = draw_fractions(dev, memory, 1 + index, F::use, first, count, updates);
        const auto z = alone<4>(pass, {count, tau.row_size(), slots::slots, slots::actions}, [&] {
          quantile_tape unused;
          return F::use == fraction_use::select ? network_.ranks(pass, given, tau)
                                                : network_.quantiles(pass, given, tau, unused);
        });
        return std::tuple(z, view<const T, 3>(network_.values(pass, z, seen)), tau);
      }
    };
    const auto distributions = [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple_cat(std::tuple<>{}, run(std::type_identity<std::tuple_element_t<I, requests>>{}, I)...);
    }
    (std::make_index_sequence<wanted>{});

    std::size_t aims = fractions_.count(fraction_use::target);
    if constexpr (weighted) aims *= target_rule::branches(slots::slots, slots::actions);
    const view<T, 2> y = memory.template take<T, 2>({count, aims});
    w.y = y;
    const detail::target_kernel<target_rule, observation, T> kernel{rule_};
    const auto call = [&](const auto&... outputs) {
      std::apply(
          [&](const auto&... views) { dev.for_rows(count, kernel, reward, discount, w.action, views..., outputs...); },
          std::tuple_cat(current, next, distributions));
    };
    if constexpr (weighted) {
      const view<T, 2> y_weight = memory.template take<T, 2>({count, aims});
      w.y_weight = y_weight;
      call(y, y_weight);
    } else {
      call(y);
    }

    if constexpr (loss_type::batch_wide) {
      const view<double, 1> spread = memory.template take<double, 1>({count});
      const view<const T, 2> tau = target_fractions(distributions);
      const auto statistic = [loss](std::size_t, const row<const T, 1>& aim, const row<const T, 1>& fraction,
                                    double& value) { value = static_cast<double>(loss.statistic(aim, fraction)); };
      dev.for_rows(count, statistic, w.y, tau, spread);
      dev.download(spread, std::span(out.spread).subspan(first, count));
    }
  }

  /// Loss and gradients of a shard whose forwards have run.
  void backward(const device_type& dev, workspace& w, std::size_t first, std::size_t count, const networks& nets,
                const loss_type& loss, double scale, const view<T, 1>& gradient, const view<T, 1>& sums,
                results& out) const {
    arena_type& memory = w.memory;
    const auto factor = upload(dev, memory, std::span<const double>(out.factor).subspan(first, count));
    const view<T, 2> taken = memory.template take<T, 2>(w.tau.shape());
    const view<T, 2> dtaken = memory.template take<T, 2>(w.tau.shape());
    const view<T, 4> dz = memory.template take<T, 4>(w.z.shape());
    const view<T, 2> statistics = memory.template take<T, 2>({count, detail::loss_columns});
    const detail::loss_kernel<loss_type, T> kernel{loss, static_cast<T>(scale)};
    if constexpr (weighted) {
      dev.for_rows(count, kernel, w.z, w.tau, w.action, w.y, w.importance, factor, taken, dtaken, dz, statistics,
                   w.y_weight);
    } else {
      dev.for_rows(count, kernel, w.z, w.tau, w.action, w.y, w.importance, factor, taken, dtaken, dz, statistics);
    }
    dev.download(statistics,
                 std::span(out.statistics).subspan(first * detail::loss_columns, count * detail::loss_columns));
    dev.fill(gradient, T(0));
    if (!sums.empty()) dev.fill(sums, T(0));
    typename network_type::backward_type pass{dev, nets.online, memory, gradient, sums};
    network_.backward(pass, w.encoded, w.kept, dz);
  }

 private:
  /// What `make` makes, of this shape, in memory of its own: the rest of what a forward without a gradient took on the
  /// way is taken back.
  template <std::size_t Rank, class Make>
  static view<const T, Rank> alone(const typename network_type::forward_type& p, const extents<Rank>& shape,
                                   const Make& make) {
    const view<T, Rank> kept = p.memory.template take<T, Rank>(shape);
    const std::size_t before = p.memory.used();
    p.device.copy(view<const T, Rank>(make()), kept);
    p.memory.release(before);
    return kept;
  }

  template <class U>
  static view<const U, 1> upload(const device_type& dev, arena_type& memory, std::span<const U> host) {
    const view<U, 1> v = memory.template take<U, 1>({host.size()});
    dev.upload(host, v);
    return v;
  }

  static views_type upload_observations(const device_type& dev, arena_type& memory, const batch_type& batch, at when,
                                        std::size_t first, std::size_t count) {
    views_type views;
    for_each_part<observation>([&](auto i) {
      constexpr std::size_t size = observation::sizes[i];
      const auto all = when == at::current ? batch.template now<i>() : batch.template next<i>();
      using element = typename observation::template part_at<i>::value_type;
      std::get<i>(views) = upload(dev, memory, std::span<const element>(all.subspan(first * size, count * size)))
                               .template reshape<2>({count, size});
    });
    return views;
  }

  /// What the encoders read of the observations of samples from `first` on: both networks see the same.
  observation_views<typename slots::seen> augment(typename network_type::forward_type& p, const views_type& x, at when,
                                                  std::size_t first, std::uint64_t updates) const {
    constexpr std::size_t randoms = network_type::randoms;
    const view<T, 2> u = p.memory.template take<T, 2>({std::get<0>(x).rows(), randoms});
    if constexpr (randoms > 0) {
      p.device.fill_uniform(u, sequence{seed_, stream::augment + static_cast<std::size_t>(when), updates},
                            static_cast<std::uint64_t>(first) * randoms);
    }
    return network_.augment(p, x, u);
  }

  /// Fractions [count, N] for samples from `first` on; `which` is the place of the forward.
  view<const T, 2> draw_fractions(const device_type& dev, arena_type& memory, std::size_t which, fraction_use use,
                                  std::size_t first, std::size_t count, std::uint64_t updates) const {
    const std::size_t n = fractions_.count(use);
    const std::size_t randoms = fractions_.randoms(n);
    const view<T, 2> tau = memory.template take<T, 2>({count, n});
    const view<T, 2> u = memory.template take<T, 2>({count, randoms});
    if (randoms > 0) {
      dev.fill_uniform(u, sequence{seed_, stream::fractions + which, updates},
                       static_cast<std::uint64_t>(first) * randoms);
    }
    dev.for_rows(count, fractions_, tau, view<const T, 2>(u));
    return tau;
  }

  // Which features the forwards need, each computed once: of (online, current) always.
  template <net Network, at State>
  static constexpr bool needs = []<class... F>(std::type_identity<std::tuple<F...>>) {
    return (false || ... || (F::network == Network && F::state == State));
  }(std::type_identity<requests>{});

  /// The fractions of the first forward whose quantiles the targets are made of.
  template <class Distributions>
  static view<const T, 2> target_fractions(const Distributions& d) {
    constexpr std::size_t index = []<class... F>(std::type_identity<std::tuple<F...>>) {
      std::size_t found = wanted;
      std::size_t i = 0;
      ((found = found == wanted && F::use == fraction_use::target ? i : found, ++i), ...);
      return found;
    }(std::type_identity<requests>{});
    static_assert(index < wanted,
                  "iqnrl[loss]: a batch-wide loss compares targets with their fractions, and this target rule asks for "
                  "no forward with fraction_use::target  -> docs/loss.md");
    return std::get<3 * index + 2>(d);
  }

  network_type network_;
  target_rule rule_;
  fractions_type fractions_;
  std::uint64_t seed_;
};

}  // namespace iqnrl
