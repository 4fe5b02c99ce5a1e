// The network of CartPole, on one backend.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <cartpole/cartpole.hpp>
#include <golden/network_run.hpp>

namespace golden::networks {

template <iqnrl::fixed_string Case>
struct cartpole_network_case {
  using encoder =
      iqnrl::encoder::mlp<shapes::extent<Case>("param.fc0.weight", 0), shapes::extent<Case>("param.fc1.weight", 0)>;
  using conditioning =
      iqnrl::conditioning::cosine<shapes::extent<Case>("param.tau.fc.weight", 1), shapes::whole<Case>("start", 0)>;
  using rule = iqnrl::target::max<iqnrl::target::draws::separate>;
  struct names {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> renamed{
        {{"encoder.", ""}, {"conditioning.", "tau."}, {"head.out.", "head."}}};
    static constexpr std::array<std::string_view, 1> now{"in.x"};
    static constexpr std::array<std::string_view, 1> next{"in.x_next"};
  };
  template <class Run>
  using run_of = network_run<Run, names, example::cartpole, encoder, conditioning, iqnrl::head::plain<>,
                             iqnrl::fractions::uniform, rule, iqnrl::loss::quantile_huber, iqnrl::optimizer::adam>;

  template <class Run>
  void operator()(Run& r) const {
    using run_type = run_of<Run>;
    run_type::backend_type::fractions = {r.numbers("in.tau"), r.numbers("in.tau_next"), r.numbers("in.tau_select")};
    run_type::backend_type::noise = {};
    auto config = loss_config<typename run_type::config>(r, "in.tau", "in.tau_next", "in.tau_select");
    {
      config.optimizer.beta1 = 0;
      run_type unclipped(r, config);
      unclipped.fill();
      forwards(r, unclipped, config);
      const auto report = unclipped.update();
      r.check("out.loss", report.loss, bound);
      r.check("out.grad_norm", report.gradient_norm, bound);
      unclipped.check_gradients(config.optimizer.beta1);
    }
    config.clip_norm = r.number("clip_norm");
    config.optimizer.rate = r.number("lr");
    config.optimizer.beta1 = r.number("beta1");
    config.optimizer.beta2 = r.number("beta2");
    config.optimizer.epsilon = r.number("eps");
    run_type clipped(r, config);
    clipped.fill();
    clipped.update();
    clipped.check_parameters(r.number("lr"));
  }

 private:
  /// The forwards, targets and losses that an update has inside, one by one.
  template <class Run, class Network>
  static void forwards(Run& r, Network& network, const typename Network::config& config) {
    using T = typename Run::value_type;
    using iqnrl::net;
    const auto online = network.quantiles(net::online, names::now, "in.tau", "out.q");
    const auto next =
        distribution_of(r, network.quantiles(net::target, names::next, "in.tau_next", "out.q_target_next"));
    const auto choice =
        distribution_of(r, network.quantiles(net::target, names::next, "in.tau_select", "out.q_select"));
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
