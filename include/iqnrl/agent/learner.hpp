// The learner: online and target network, target rule, loss and optimizer; one call is one update.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <iqnrl/agent/kernels.hpp>
#include <iqnrl/agent/network.hpp>
#include <iqnrl/agent/shards.hpp>
#include <iqnrl/core/context.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/replay/batch.hpp>

namespace iqnrl {

/// What an update was like.
struct learn_report {
  bool updated = false;       ///< false while there is too little to learn from; nothing else is set then
  double loss = 0;            ///< of the batch, importance weights and reduction included
  double mean_q = 0;          ///< mean predicted return of the taken actions
  double td_error = 0;        ///< mean absolute difference of predictions and targets
  double gradient_norm = 0;   ///< joint 2-norm, before clipping
  double rate = 0;            ///< of the optimizer
  std::uint64_t updates = 0;  ///< so far, this one included
};

/// Learns from batches. Usable alone: fill a host_batch and call `update`. Memory is planned in the constructor; an
/// update allocates nothing. Its results depend on seed, config and batches, not on the number of threads.
template <class World, class... Policies>
class learner {
 public:
  using network_type = network<World, Policies...>;
  using slots = typename network_type::slots;
  using config = typename slots::config;
  using observation = typename slots::observation;
  using device_type = typename network_type::device_type;
  using weights_type = typename network_type::weights_type;
  using batch_type = host_batch<observation, slots::slots>;

 private:
  using T = typename slots::value_type;
  using backend_type = typename slots::backend_policy;
  using target_rule = typename slots::target_policy;
  using loss_type = typename slots::loss_policy;
  using optimizer_type = typename slots::optimizer_policy;
  using fractions_type = typename slots::fractions_policy;
  using requests = typename target_rule::forwards::list;
  static constexpr std::size_t wanted = target_rule::forwards::count;
  static constexpr std::size_t moments = optimizer_type::moments.size();
  static constexpr bool weighted = detail::weighs_targets<target_rule>;

  static_assert(!(weighted && loss_type::batch_wide),
                "iqnrl: a batch-wide loss compares targets with their fractions, and this target rule has `branches`; "
                "use another of the two  -> docs/loss.md");

 public:
  /// Throws config_error for numbers out of range and memory_error where the network does not fit.
  learner(context& ctx, const config& c)
      : context_(ctx),
        config_(checked(c)),
        network_(c),
        rule_{c.target},
        loss_{c.loss},
        optimizer_{c.optimizer},
        sync_{c.sync},
        fractions_{c.fractions},
        online_(std::make_shared<weights_type>(device_, network_.table())),
        target_(std::make_shared<weights_type>(device_, network_.table())) {
    network_.initialise(device_, *online_, context_.seed);
    copy_to_target();
    plan();
  }

  learner(const learner&) = delete;
  learner& operator=(const learner&) = delete;
  ~learner() = default;

  /// One update from a batch of at most `config.batch` samples, at `steps` environment steps.
  ///
  /// Throws shape_error for an empty or too large batch, and numeric_error when loss or gradient are not finite;
  /// parameters, optimizer and random state are then as before.
  learn_report update(batch_type& batch, std::uint64_t steps) {
    return update(batch, steps, [](std::size_t, std::size_t, batch_type&) {});
  }

  /// The same for a batch whose rows are written on the way: `collate(first, count, batch)` is called for each shard
  /// before it is read, from several threads at once.
  template <class Collate>
  learn_report update(batch_type& batch, std::uint64_t steps, Collate&& collate) {
    require<shape_error>(batch.size() >= 1 && batch.size() <= config_.batch,
                         "a batch has {} samples and the learner was built for 1 to {}; set config.batch", batch.size(),
                         config_.batch);
    prepare(*online_, next_state(0));
    prepare(*target_, next_state(1));
    const shard_plan plan = shard_plan::of(batch.size(), rows_each());
    const double scale = loss_.batch_scale(batch.size());
    if constexpr (loss_type::batch_wide) {
      context_.pool.run(plan.count, [&](std::size_t s, std::size_t) {
        collate(plan.first(s), plan.size(s), batch);
        require_actions(batch, plan.first(s), plan.size(s));
        forward(device_, workspaces_[s], batch, plan.first(s), plan.size(s));
      });
      loss_type next = loss_;
      next.reduce(std::span<const double>(spreads_).first(batch.size()),
                  std::span<double>(factors_).first(batch.size()));
      context_.pool.run(plan.count, [&](std::size_t s, std::size_t) {
        backward(device_, workspaces_[s], gradients(s), plan.first(s), plan.size(s), scale);
      });
      const learn_report report = finish(plan, steps);
      loss_ = next;
      return report;
    } else {
      context_.pool.run(plan.count, [&](std::size_t s, std::size_t worker) {
        collate(plan.first(s), plan.size(s), batch);
        require_actions(batch, plan.first(s), plan.size(s));
        forward(device_, workspaces_[worker], batch, plan.first(s), plan.size(s));
        backward(device_, workspaces_[worker], gradients(s), plan.first(s), plan.size(s), scale);
      });
      return finish(plan, steps);
    }
  }

  /// Of each sample of the last batch: sum over predictions of the mean absolute difference to the targets (BTR's
  /// priority).
  [[nodiscard]] std::span<const float> sum_mean_abs() const { return std::span(absolutes_).first(last_batch_); }
  /// Of each sample of the last batch: the absolute difference of the means of predictions and targets (linesight's
  /// priority).
  [[nodiscard]] std::span<const float> mean_difference() const { return std::span(differences_).first(last_batch_); }

  [[nodiscard]] const network_type& structure() const { return network_; }
  [[nodiscard]] const device_type& dev() const { return device_; }
  [[nodiscard]] std::shared_ptr<weights_type> online() const { return online_; }
  [[nodiscard]] std::shared_ptr<weights_type> target() const { return target_; }
  [[nodiscard]] std::uint64_t updates() const { return updates_; }

  /// Makes the target network a copy of the online network.
  void copy_to_target() {
    device_.copy(view<const T, 1>(online_->parameters()), target_->parameters());
    device_.copy(view<const T, 1>(online_->state()), target_->state());
    target_->changed();
  }

  /// Saves and restores: see core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    const auto buffers = [&](const char* name, weights_type& w) {
      struct part {
        learner& self;
        weights_type& w;
        void state(Visitor& inner) {
          for (const auto& t : self.network_.table().parameters())
            inner(t.name, self.device_, w.parameters().slice(t.offset, t.size));
          for (const auto& t : self.network_.table().state())
            inner(t.name, self.device_, w.state().slice(t.offset, t.size));
          w.changed();
        }
      } entry{*this, w};
      v(name, entry);
    };
    buffers("online", *online_);
    buffers("target", *target_);
    for (std::size_t m = 0; m < moments; ++m) v(optimizer_type::moments[m], device_, moment(m));
    if constexpr (requires { loss_.state(v); }) v("loss", loss_);
    v("updates", updates_);
  }

 private:
  using arena_type = typename network_type::arena_type;
  using encoder_tape = typename network_type::encoder_tape;
  using quantile_tape = typename network_type::quantile_tape;
  using views_type = observation_views<observation>;

  /// What a shard keeps between its forwards and its backward pass.
  struct workspace {
    arena_type memory;
    encoder_tape encoded{};
    quantile_tape kept{};
    view<const std::int32_t, 2> action{};
    view<const float, 1> importance{};
    view<const T, 4> z{};
    view<const T, 2> tau{};
    view<const T, 2> y{};
    view<const T, 2> y_weight{};
  };

  static const config& checked(const config& c) {
    require<config_error>(c.batch >= 1, "batch is 0; an update needs at least 1 sample");
    require<config_error>(c.batch <= (std::size_t{1} << 24U), "batch is {}; at most {} samples fit an update", c.batch,
                          std::size_t{1} << 24U);
    require<config_error>(!is_nan(c.clip_norm) && c.clip_norm > 0,
                          "clip_norm is {}; give a positive number, or infinity for no clipping", c.clip_norm);
    require<config_error>(!is_nan(c.clip_value) && c.clip_value > 0,
                          "clip_value is {}; give a positive number, or infinity for no clipping", c.clip_value);
    return c;
  }

  static void require_actions(const batch_type& batch, std::size_t first, std::size_t count) {
    for (std::size_t i = first * slots::slots; i < (first + count) * slots::slots; ++i) {
      require<shape_error>(batch.action[i] >= 0 && static_cast<std::size_t>(batch.action[i]) < slots::actions,
                           "the action of slot {} of sample {} is {}; give one of [0, {})", i % slots::slots,
                           i / slots::slots, batch.action[i], slots::actions);
    }
  }

  [[nodiscard]] std::size_t rows_each() const {
    return slots::conditioning_policy::per_fraction ? fractions_.count(fraction_use::online) : std::size_t{8};
  }

  void plan() {
    const shard_plan largest = shard_plan::of(config_.batch, rows_each());
    batch_type probe;
    probe.resize(largest.each);
    spreads_.assign(config_.batch, 0.0);
    factors_.assign(config_.batch, 1.0);
    statistics_.assign(config_.batch * detail::loss_columns, T(0));
    absolutes_.assign(config_.batch, 0.0F);
    differences_.assign(config_.batch, 0.0F);

    workspace counted;
    const device_type dry = device_.dry();
    forward(dry, counted, probe, 0, largest.each);
    backward(dry, counted, network_gradients(nullptr), 0, largest.each, 1.0);
    const std::size_t bytes = counted.memory.needed();
    const std::size_t count = loss_type::batch_wide || largest.count == 1 ? largest.count : context_.pool.threads();
    workspaces_.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      workspaces_.push_back({arena_type(device_, bytes, "the working memory of an update")});

    const std::size_t size = network_.table().parameters_size();
    gradient_memory_ = memory<backend_type>(device_, largest.count * size * sizeof(T), "the gradients of an update");
    state_memory_ =
        memory<backend_type>(device_, 2 * network_.table().state_size() * sizeof(T), "the state of an update");
    moment_memory_ = memory<backend_type>(device_, moments * size * sizeof(T), "the optimizer's moments");
    partials_.assign((size + chunk - 1) / chunk, 0.0);
  }

  /// Makes what the forwards read; the advanced state waits in `next` until the update has succeeded.
  void prepare(weights_type& w, const view<T, 1>& next) const {
    device_.copy(view<const T, 1>(w.state()), next);
    network_.prepare(device_, w, w.prepared(), next);
  }

  [[nodiscard]] view<T, 1> next_state(std::size_t which) const {
    const std::size_t size = network_.table().state_size();
    return {reinterpret_cast<T*>(state_memory_.data()) + which * size, {size}};
  }

  [[nodiscard]] view<T, 1> network_gradients(T* at) const { return {at, {network_.table().parameters_size()}}; }
  [[nodiscard]] view<T, 1> gradients(std::size_t shard) const {
    const std::size_t size = network_.table().parameters_size();
    return network_gradients(reinterpret_cast<T*>(gradient_memory_.data()) + shard * size);
  }
  [[nodiscard]] view<T, 1> moment(std::size_t m) const {
    const std::size_t size = network_.table().parameters_size();
    return {reinterpret_cast<T*>(moment_memory_.data()) + m * size, {size}};
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

  /// Fractions [count, N] for samples from `first` on; `which` is the place of the forward.
  view<const T, 2> draw_fractions(const device_type& dev, arena_type& memory, std::size_t which, fraction_use use,
                                  std::size_t first, std::size_t count) const {
    const std::size_t n = fractions_.count(use);
    const std::size_t randoms = fractions_.randoms(n);
    const view<T, 2> tau = memory.template take<T, 2>({count, n});
    const view<T, 2> u = memory.template take<T, 2>({count, randoms});
    if (randoms > 0) {
      dev.fill_uniform(u, sequence{context_.seed, stream::fractions + which, updates_},
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

  /// The forwards that the target rule asks for, the loss's own, and the targets.
  void forward(const device_type& dev, workspace& w, const batch_type& batch, std::size_t first, std::size_t count) {
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

    typename network_type::forward_type online{dev, online_->views(), memory};
    typename network_type::forward_type target{dev, target_->views(), memory};
    std::array<view<const T, 2>, 4> psi;
    const auto place = [](net n, at s) { return static_cast<std::size_t>(n) * 2 + static_cast<std::size_t>(s); };
    encoder_tape unused;
    psi[place(net::online, at::current)] = network_.encode(online, current, w.encoded);
    if constexpr (needs<net::online, at::next>)
      psi[place(net::online, at::next)] = network_.encode(online, next, unused);
    if constexpr (needs<net::target, at::current>)
      psi[place(net::target, at::current)] = network_.encode(target, current, unused);
    if constexpr (needs<net::target, at::next>)
      psi[place(net::target, at::next)] = network_.encode(target, next, unused);

    w.tau = draw_fractions(dev, memory, 0, fraction_use::online, first, count);
    w.z = network_.quantiles(online, psi[place(net::online, at::current)], w.tau, w.kept);

    const auto run = [&]<class F>(std::type_identity<F>, std::size_t index) {
      const views_type& seen = F::state == at::current ? current : next;
      if constexpr (std::is_same_v<F, loss_forward>) {
        return std::tuple(w.z, view<const T, 3>(network_.values(online, w.z, seen)), w.tau);
      } else {
        auto& pass = F::network == net::online ? online : target;
        quantile_tape scratch;
        const auto tau = draw_fractions(dev, memory, 1 + index, F::use, first, count);
        const view<const T, 4> z = network_.quantiles(pass, psi[place(F::network, F::state)], tau, scratch);
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
      const auto statistic = [loss = loss_](std::size_t, const row<const T, 1>& aim, const row<const T, 1>& fraction,
                                            double& out) { out = static_cast<double>(loss.statistic(aim, fraction)); };
      dev.for_rows(count, statistic, w.y, tau, spread);
      dev.download(spread, std::span(spreads_).subspan(first, count));
    }
  }

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

  /// Loss and gradients of a shard whose forwards have run.
  void backward(const device_type& dev, workspace& w, const view<T, 1>& gradient, std::size_t first, std::size_t count,
                double scale) {
    arena_type& memory = w.memory;
    const auto factor = upload(dev, memory, std::span<const double>(factors_).subspan(first, count));
    const view<T, 2> taken = memory.template take<T, 2>(w.tau.shape());
    const view<T, 2> dtaken = memory.template take<T, 2>(w.tau.shape());
    const view<T, 4> dz = memory.template take<T, 4>(w.z.shape());
    const view<T, 2> statistics = memory.template take<T, 2>({count, detail::loss_columns});
    const detail::loss_kernel<loss_type, T> kernel{loss_, static_cast<T>(scale)};
    if constexpr (weighted) {
      dev.for_rows(count, kernel, w.z, w.tau, w.action, w.y, w.importance, factor, taken, dtaken, dz, statistics,
                   w.y_weight);
    } else {
      dev.for_rows(count, kernel, w.z, w.tau, w.action, w.y, w.importance, factor, taken, dtaken, dz, statistics);
    }
    dev.download(statistics,
                 std::span(statistics_).subspan(first * detail::loss_columns, count * detail::loss_columns));
    dev.fill(gradient, T(0));
    typename network_type::backward_type pass{dev, online_->views(), memory, gradient};
    network_.backward(pass, w.encoded, w.kept, dz);
  }

  /// Sums the shards in order, clips, steps, and lets the target network follow.
  learn_report finish(const shard_plan& plan, std::uint64_t steps) {
    learn_report report;
    for (std::size_t b = 0; b < plan.batch; ++b) {
      const T* s = statistics_.data() + b * detail::loss_columns;
      report.loss += static_cast<double>(s[detail::loss_column]);
      report.mean_q += static_cast<double>(s[detail::mean_column]);
      report.td_error += static_cast<double>(s[detail::absolute_column]);
    }
    const auto samples = static_cast<double>(plan.batch);
    report.mean_q /= samples;
    report.td_error /= samples * static_cast<double>(fractions_.count(fraction_use::online));
    require<numeric_error>(is_finite(report.loss),
                           "the loss of update {} is {}; the parameters are as before it: lower the learning rate or "
                           "look for extreme rewards",
                           updates_ + 1, report.loss);

    const std::size_t size = network_.table().parameters_size();
    const std::size_t chunks = partials_.size();
    const auto part = [&](const view<T, 1>& v, std::size_t c) {
      return v.slice(c * chunk, std::min(chunk, size - c * chunk));
    };
    context_.pool.run(chunks, [&](std::size_t c, std::size_t) {
      const view<T, 1> total = part(gradients(0), c);
      for (std::size_t s = 1; s < plan.count; ++s) device_.add(view<const T, 1>(part(gradients(s), c)), total);
      partials_[c] = device_.sum_of_squares(view<const T, 1>(total));
    });
    double squares = 0;
    for (const double p : partials_) squares += p;
    report.gradient_norm = std::sqrt(squares);
    require<numeric_error>(is_finite(report.gradient_norm),
                           "the gradient of update {} has norm {}; the parameters are as before it: lower the learning "
                           "rate or look for extreme rewards",
                           updates_ + 1, report.gradient_norm);

    report.rate = optimizer_.rate(steps);
    const std::uint64_t update = updates_ + 1;
    const detail::step_kernel<decltype(optimizer_.at(update, report.rate))> step{
        optimizer_.at(update, report.rate), optimizer::clip_factor(report.gradient_norm, config_.clip_norm),
        config_.clip_value};
    const double share = sync_.share(update);
    context_.pool.run(chunks, [&](std::size_t c, std::size_t) {
      const view<T, 1> p = part(online_->parameters(), c);
      const view<const T, 1> g = part(gradients(0), c);
      if constexpr (moments == 0) {
        device_.for_rows(p.size(), step, p, g);
      } else if constexpr (moments == 1) {
        device_.for_rows(p.size(), step, p, g, part(moment(0), c));
      } else {
        device_.for_rows(p.size(), step, p, g, part(moment(0), c), part(moment(1), c));
      }
      follow(part(target_->parameters(), c), p, share);
    });
    device_.copy(view<const T, 1>(next_state(0)), online_->state());
    device_.copy(view<const T, 1>(next_state(1)), target_->state());
    for (const auto& t : network_.table().state()) {
      if (t.sync == on_sync::copy)
        follow(target_->state().slice(t.offset, t.size), online_->state().slice(t.offset, t.size), share);
    }
    online_->changed();
    target_->changed();

    for (std::size_t b = 0; b < plan.batch; ++b) {
      absolutes_[b] = static_cast<float>(statistics_[b * detail::loss_columns + detail::absolute_column]);
      differences_[b] = static_cast<float>(statistics_[b * detail::loss_columns + detail::difference_column]);
    }
    last_batch_ = plan.batch;
    updates_ = update;
    report.updates = update;
    report.updated = true;
    return report;
  }

  void follow(const view<T, 1>& target, const view<T, 1>& online, double share) const {
    if (share >= 1) {
      device_.copy(view<const T, 1>(online), target);
    } else if (share > 0) {
      device_.for_rows(target.size(), detail::mix_kernel{share}, target, view<const T, 1>(online));
    }
  }

  /// Elements of one job of a pass over the parameters.
  static constexpr std::size_t chunk = 16384;

  context& context_;
  config config_;
  device_type device_;
  network_type network_;
  target_rule rule_;
  loss_type loss_;
  optimizer_type optimizer_;
  typename slots::sync_policy sync_;
  fractions_type fractions_;
  std::shared_ptr<weights_type> online_;
  std::shared_ptr<weights_type> target_;
  std::vector<workspace> workspaces_;
  memory<backend_type> gradient_memory_;
  memory<backend_type> moment_memory_;
  memory<backend_type> state_memory_;
  std::vector<double> partials_;
  std::vector<double> spreads_;
  std::vector<double> factors_;
  std::vector<T> statistics_;
  std::vector<float> absolutes_;
  std::vector<float> differences_;
  std::size_t last_batch_ = 0;
  std::uint64_t updates_ = 0;
};

}  // namespace iqnrl
