// Whole networks and whole updates, with recorded fractions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <cartpole/cartpole.hpp>
#include <golden/loss_run.hpp>
#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/agent/learner.hpp>

namespace golden::networks {

using iqnrl::extents;
using iqnrl::view;

/// A backend whose fractions are those of a file: number i of the forward that asks.
template <class Base>
struct recorded : Base {
  template <class T, std::size_t Rank>
  void fill_uniform(const view<T, Rank>& v, const iqnrl::sequence& s, std::uint64_t first) const {
    const auto forward = static_cast<std::size_t>(s.purpose) - static_cast<std::size_t>(iqnrl::stream::fractions);
    std::vector<T> numbers;
    for (std::size_t i = 0; i < v.size(); ++i) numbers.push_back(static_cast<T>(draws.at(forward).at(first + i)));
    this->upload(numbers.data(), v);
  }
  inline static std::vector<std::vector<double>> draws;
};

/// Finds the optimizer's first moment among a learner's state.
template <class T>
struct first_moment {
  std::vector<T> numbers;
  template <class Entry>
  void operator()(std::string_view, Entry&&) {}
  template <class Device>
  void operator()(std::string_view name, const Device& dev, const view<T, 1>& v) {
    if (name != "m") return;
    numbers.resize(v.size());
    dev.download(v, std::span(numbers));
  }
};

/// The name that the file has for a parameter of the network.
inline std::string name_in_file(const std::string& own) {
  const auto renamed = [&](std::string_view from, std::string_view to) {
    return own.starts_with(from) ? std::string(to) + own.substr(from.size()) : std::string();
  };
  for (const auto& name : {renamed("encoder.", ""), renamed("conditioning.", "tau."), renamed("head.out.", "head.")}) {
    if (!name.empty()) return name;
  }
  return own;
}

template <iqnrl::fixed_string Case>
struct cartpole_network_case {
  using encoder =
      iqnrl::encoder::mlp<shapes::extent<Case>("param.fc0.weight", 0), shapes::extent<Case>("param.fc1.weight", 0)>;
  using conditioning =
      iqnrl::conditioning::cosine<shapes::extent<Case>("param.tau.fc.weight", 1), shapes::whole<Case>("start", 0)>;
  using rule = iqnrl::target::max<iqnrl::target::draws::separate>;
  template <class Run>
  using learner_of = iqnrl::learner<example::cartpole, recorded<typename Run::backend_type>,
                                    std::conditional_t<std::is_same_v<typename Run::value_type, double>,
                                                       iqnrl::numeric::float64, iqnrl::numeric::float32>,
                                    encoder, conditioning, iqnrl::head::plain<>, iqnrl::fractions::uniform, rule,
                                    iqnrl::loss::quantile_huber, iqnrl::optimizer::adam>;

  static constexpr bounds bound{.in_double = 1e-9, .in_float = 1e-4};

  template <class Run>
  void operator()(Run& r) const {
    recorded<typename Run::backend_type>::draws = {r.numbers("in.tau"), r.numbers("in.tau_next"),
                                                   r.numbers("in.tau_select")};
    gradients(r);
    adam_step(r);
    forwards(r);
  }

 private:
  /// What both learners share.
  template <class Learner, class Run>
  static typename Learner::config config_of(const Run& r) {
    using iqnrl::loss::reduction;
    typename Learner::config c;
    c.batch = r.template shape<2>("in.x")[0];
    c.fractions = {.online = r.template shape<2>("in.tau")[1],
                   .target = r.template shape<2>("in.tau_next")[1],
                   .select = r.template shape<2>("in.tau_select")[1]};
    c.loss.kappa = r.number("kappa");
    c.loss.divide_by_kappa = r.flag("divide_by_kappa");
    c.loss.batch = r.text("batch_reduction") == "mean" ? reduction::mean : reduction::sum;
    return c;
  }

  template <class Learner, class Run>
  static void fill(const Learner& learner, const Run& r) {
    using T = typename Run::value_type;
    for (const auto& t : learner.structure().table().parameters()) {
      const auto online = r.values("param." + name_in_file(t.name));
      const auto target = r.values("target." + name_in_file(t.name));
      learner.dev().upload(std::span<const T>(online), learner.online()->parameters().slice(t.offset, t.size));
      learner.dev().upload(std::span<const T>(target), learner.target()->parameters().slice(t.offset, t.size));
    }
    learner.online()->changed();
    learner.target()->changed();
  }

  template <class Run>
  static std::vector<float> floats(const Run& r, std::string_view tensor) {
    const auto all = r.numbers(tensor);
    std::vector<float> out;
    for (const double x : all) out.push_back(static_cast<float>(x));
    return out;
  }

  template <class Learner, class Run>
  static iqnrl::learn_report update(Learner& learner, const Run& r) {
    typename Learner::batch_type batch;
    const auto e = r.template shape<2>("in.x");
    batch.resize(e[0]);
    const auto x = floats(r, "in.x");
    const auto x_next = floats(r, "in.x_next");
    const auto action = r.integers("in.action");
    const auto terminal = r.bytes("in.terminal");
    iqnrl::require<iqnrl::file_error>(x.size() == batch.template now<0>().size() && x_next.size() == x.size() &&
                                          action.size() == e[0] && terminal.size() == e[0],
                                      "the inputs are not those of {} steps of CartPole", e[0]);
    std::copy(x.begin(), x.end(), batch.template now<0>().begin());
    std::copy(x_next.begin(), x_next.end(), batch.template next<0>().begin());
    batch.action.assign(action.begin(), action.end());
    batch.reward = floats(r, "in.reward");
    batch.discount = floats(r, "in.discount");
    for (std::size_t b = 0; b < e[0]; ++b) batch.discount[b] *= terminal[b] != 0 ? 0.0F : 1.0F;
    std::fill(batch.weight.begin(), batch.weight.end(), 1.0F);
    return learner.update(batch, 0);
  }

  /// Compares what lies at each parameter's place in a buffer.
  template <class Learner, class Run, class T>
  static void check_tensors(const Learner& learner, Run& r, const std::string& prefix, const std::vector<T>& buffer,
                            const bounds& b) {
    for (const auto& t : learner.structure().table().parameters()) {
      const auto first = buffer.begin() + static_cast<std::ptrdiff_t>(t.offset);
      r.check(prefix + name_in_file(t.name), std::vector<T>(first, first + static_cast<std::ptrdiff_t>(t.size)), b);
    }
  }

  /// Without clipping and with beta1 = 0, Adam's first moment is the gradient.
  template <class Run>
  static void gradients(Run& r) {
    using learner_type = learner_of<Run>;
    iqnrl::context ctx;
    auto config = config_of<learner_type>(r);
    config.clip_norm = std::numeric_limits<double>::infinity();
    config.optimizer.beta1 = 0;
    learner_type learner(ctx, config);
    fill(learner, r);
    const auto report = update(learner, r);
    r.check("out.loss", report.loss, bound);
    r.check("out.grad_norm", report.gradient_norm, bound);
    first_moment<typename Run::value_type> gradient;
    learner.state(gradient);
    check_tensors(learner, r, "grad.", gradient.numbers, bound);
  }

  template <class Run>
  static void adam_step(Run& r) {
    using learner_type = learner_of<Run>;
    iqnrl::context ctx;
    auto config = config_of<learner_type>(r);
    config.clip_norm = r.number("clip_norm");
    config.optimizer.rate = r.number("lr");
    config.optimizer.beta1 = r.number("beta1");
    config.optimizer.beta2 = r.number("beta2");
    config.optimizer.epsilon = r.number("eps");
    learner_type learner(ctx, config);
    fill(learner, r);
    update(learner, r);
    check_tensors(learner, r, "out.after.", r.download(learner.online()->parameters()),
                  {1e-7, 2 * r.number("lr"), 1e-7, true});
  }

  /// The forwards, targets and losses that an update has inside, one by one.
  template <class Run>
  static void forwards(Run& r) {
    using T = typename Run::value_type;
    using learner_type = learner_of<Run>;
    using network_type = typename learner_type::network_type;
    iqnrl::context ctx;
    const auto config = config_of<learner_type>(r);
    learner_type learner(ctx, config);
    fill(learner, r);
    const auto& network = learner.structure();
    const auto& dev = learner.dev();

    const auto quantiles = [&](const auto& numbers, std::string_view observed, std::string_view fractions,
                               std::string_view result) {
      network.prepare(dev, numbers);
      const auto x = floats(r, observed);
      const iqnrl::observation_views<example::cartpole::observation> seen{r.upload(x, r.template shape<2>(observed))};
      const view<const T, 2> tau = r.template upload<2>(fractions);
      const auto pass = [&](const auto& device, auto& memory) {
        typename network_type::forward_type forward{device, numbers.views(), memory};
        typename network_type::encoder_tape encoded;
        typename network_type::quantile_tape kept;
        return network.quantiles(forward, network.encode(forward, seen, encoded), tau, kept);
      };
      typename network_type::arena_type counted;
      pass(dev.dry(), counted);
      typename network_type::arena_type memory(dev, counted.needed(), "a golden case");
      const auto host = r.download(pass(dev, memory));
      r.check(result, host, bound);
      const std::size_t actions = network_type::slots::actions;
      return view<const T, 4>(r.upload(host, extents<4>{tau.rows(), tau.row_size(), 1, actions}));
    };
    const auto online = quantiles(*learner.online(), "in.x", "in.tau", "out.q");
    const auto next = distribution_of(r, quantiles(*learner.target(), "in.x_next", "in.tau_next", "out.q_target_next"));
    const auto choice = distribution_of(r, quantiles(*learner.target(), "in.x_next", "in.tau_select", "out.q_select"));

    check_best_action(r, choice);
    const auto action = actions_of(r, online.rows(), 1);
    const view<const T, 2> y = targets_of(r, rule{}, discounts_of(r), action, next, choice);
    r.check("out.y", y, bound);
    const iqnrl::loss::quantile_huber loss(config.loss);
    const view<const T, 2> tau = r.template upload<2>("in.tau");
    r.check("out.loss_per_sample", loss_of(r, loss, 1, online, tau, action, y).loss, bound);
  }
};

/// The cases on one backend, which a program can compile apart from the other.
template <class Backend>
void add(registry& all) {
  all.add_on<Backend>("net_cartpole", cartpole_network_case<"net_cartpole">{});
}

}  // namespace golden::networks
