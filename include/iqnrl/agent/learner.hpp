// The learner: online and target network, target rule, loss and optimizer; one call is one update.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <iqnrl/agent/gradient_step.hpp>
#include <iqnrl/agent/network.hpp>
#include <iqnrl/agent/shard_pass.hpp>
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
  using pass_type = shard_pass<World, Policies...>;
  using loss_type = typename slots::loss_policy;
  using step_type = gradient_step<backend_type, T, typename slots::optimizer_policy>;

 public:
  /// Throws config_error for numbers out of range and memory_error where the network does not fit.
  learner(context& ctx, const config& c)
      : context_(ctx),
        config_(checked(c)),
        pass_(c, ctx.seed),
        loss_{c.loss},
        sync_{c.sync},
        online_(std::make_shared<weights_type>(device_, structure().table())),
        target_(std::make_shared<weights_type>(device_, structure().table())),
        samples_(c.batch),
        step_(device_, c.optimizer, structure().table().parameters_size(), structure().table().sums_size(),
              plan_of(c.batch).count),
        next_state_(device_, 2 * structure().table().state_size() * sizeof(T), "the state of an update"),
        noise_(device_, 2 * structure().table().noise_size() * sizeof(T), "the noise of an update") {
    structure().initialise(device_, *online_, context_.seed);
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
    prepare(net::online, *online_);
    prepare(net::target, *target_);
    const shard_plan plan = plan_of(batch.size());
    const networks nets = prepared();
    const double scale = loss_.batch_scale(batch.size());
    const auto forward = [&](std::size_t s, workspace& w) {
      collate(plan.first(s), plan.size(s), batch);
      require_actions(batch, plan.first(s), plan.size(s));
      pass_.forward(device_, w, batch, plan.first(s), plan.size(s), nets, loss_, updates_, samples_);
    };
    const auto backward = [&](std::size_t s, workspace& w) {
      pass_.backward(device_, w, plan.first(s), plan.size(s), nets, loss_, scale, step_.gradient(s), step_.sums(s),
                     samples_);
    };
    if constexpr (loss_type::batch_wide) {
      context_.pool.run(plan.count, [&](std::size_t s, std::size_t) { forward(s, workspaces_[s]); });
      loss_type next = loss_;
      next.reduce(std::span<const double>(samples_.spread).first(batch.size()),
                  std::span(samples_.factor).first(batch.size()));
      context_.pool.run(plan.count, [&](std::size_t s, std::size_t) { backward(s, workspaces_[s]); });
      const learn_report report = finish(plan, steps);
      loss_ = next;
      return report;
    } else {
      context_.pool.run(plan.count, [&](std::size_t s, std::size_t worker) {
        forward(s, workspaces_[worker]);
        backward(s, workspaces_[worker]);
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

  [[nodiscard]] const network_type& structure() const { return pass_.structure(); }
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
          for (const auto& t : self.structure().table().parameters())
            inner(t.name, self.device_, w.parameters().slice(t.offset, t.size));
          for (const auto& t : self.structure().table().state())
            inner(t.name, self.device_, w.state().slice(t.offset, t.size));
          w.changed();
        }
      } entry{*this, w};
      v(name, entry);
    };
    buffers("online", *online_);
    buffers("target", *target_);
    step_.state(v);
    if constexpr (requires { loss_.state(v); }) v("loss", loss_);
    v("updates", updates_);
  }

 private:
  using workspace = typename pass_type::workspace;
  using networks = typename pass_type::networks;

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

  [[nodiscard]] shard_plan plan_of(std::size_t samples) const { return shard_plan::of(samples, pass_.rows()); }

  /// Plans the memory of a shard by a pass over a dry device.
  void plan() {
    const shard_plan largest = plan_of(config_.batch);
    batch_type probe;
    probe.resize(largest.each);
    workspace counted;
    const device_type dry = device_.dry();
    const networks nets = prepared();
    pass_.forward(dry, counted, probe, 0, largest.each, nets, loss_, 0, samples_);
    pass_.backward(dry, counted, 0, largest.each, nets, loss_, 1.0, step_.gradient(0), step_.sums(0), samples_);
    const std::size_t count = loss_type::batch_wide || largest.count == 1 ? largest.count : context_.pool.threads();
    workspaces_.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      workspaces_.push_back({{device_, counted.memory.needed(), "the working memory of an update"}});
    absolutes_.assign(config_.batch, 0.0F);
    differences_.assign(config_.batch, 0.0F);
  }

  /// Makes what the forwards read, with noise of this update's own; the advanced state waits until it has succeeded.
  void prepare(net which, weights_type& w) const {
    device_.copy(view<const T, 1>(w.state()), next_state(which));
    const view<T, 1> noise = part_of(noise_, structure().table().noise_size(), which);
    device_.fill_normal(noise, sequence{context_.seed, stream::noise + static_cast<std::size_t>(which), updates_});
    structure().prepare(device_, w, w.prepared(), next_state(which), noise);
  }

  [[nodiscard]] networks prepared() const { return {online_->views(), target_->views()}; }

  [[nodiscard]] view<T, 1> next_state(net which) const {
    return part_of(next_state_, structure().table().state_size(), which);
  }
  /// The part of one network in a buffer that holds that of both.
  [[nodiscard]] static view<T, 1> part_of(const memory<backend_type>& both, std::size_t size, net which) {
    return {reinterpret_cast<T*>(both.data()) + static_cast<std::size_t>(which) * size, {size}};
  }

  /// Sums the shards in order, clips, steps, and lets the target network follow.
  learn_report finish(const shard_plan& plan, std::uint64_t steps) {
    const std::uint64_t update = updates_ + 1;
    learn_report report = summary(plan);
    require<numeric_error>(is_finite(report.loss),
                           "the loss of update {} is {}; the parameters are as before it: lower the learning rate or "
                           "look for extreme rewards",
                           update, report.loss);
    step_.sum(context_.pool, plan.count);
    structure().finish(device_, next_state(net::online), online_->prepared(), step_.gradient(0), step_.sums(0));
    report.gradient_norm = step_.norm(context_.pool);
    require<numeric_error>(is_finite(report.gradient_norm),
                           "the gradient of update {} has norm {}; the parameters are as before it: lower the learning "
                           "rate or look for extreme rewards",
                           update, report.gradient_norm);

    report.rate = step_.rate(steps);
    const double share = sync_.share(update);
    step_.step(context_.pool, update, report.rate, optimizer::clip_factor(report.gradient_norm, config_.clip_norm),
               config_.clip_value, online_->parameters(), target_->parameters(), share);
    device_.copy(view<const T, 1>(next_state(net::online)), online_->state());
    device_.copy(view<const T, 1>(next_state(net::target)), target_->state());
    for (const auto& t : structure().table().state()) {
      if (t.sync == on_sync::copy)
        follow(device_, target_->state().slice(t.offset, t.size), online_->state().slice(t.offset, t.size), share);
    }
    online_->changed();
    target_->changed();

    for (std::size_t b = 0; b < plan.batch; ++b) {
      const T* s = samples_.statistics.data() + b * detail::loss_columns;
      absolutes_[b] = static_cast<float>(s[detail::absolute_column]);
      differences_[b] = static_cast<float>(s[detail::difference_column]);
    }
    last_batch_ = plan.batch;
    updates_ = update;
    report.updates = update;
    report.updated = true;
    return report;
  }

  /// Loss, mean prediction and mean error of a batch, summed in the order of its samples.
  [[nodiscard]] learn_report summary(const shard_plan& plan) const {
    learn_report report;
    for (std::size_t b = 0; b < plan.batch; ++b) {
      const T* s = samples_.statistics.data() + b * detail::loss_columns;
      report.loss += static_cast<double>(s[detail::loss_column]);
      report.mean_q += static_cast<double>(s[detail::mean_column]);
      report.td_error += static_cast<double>(s[detail::absolute_column]);
    }
    const auto samples = static_cast<double>(plan.batch);
    report.mean_q /= samples;
    report.td_error /= samples * static_cast<double>(pass_.fractions());
    return report;
  }

  context& context_;
  config config_;
  device_type device_;
  pass_type pass_;
  loss_type loss_;
  typename slots::sync_policy sync_;
  std::shared_ptr<weights_type> online_;
  std::shared_ptr<weights_type> target_;
  typename pass_type::results samples_;
  step_type step_;
  memory<backend_type> next_state_;
  memory<backend_type> noise_;
  std::vector<workspace> workspaces_;
  std::vector<float> absolutes_;
  std::vector<float> differences_;
  std::size_t last_batch_ = 0;
  std::uint64_t updates_ = 0;
};

}  // namespace iqnrl
