// The network of Beyond The Rainbow, whole: noise, spectral norm, Munchausen targets, importance weights.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <golden/network_run.hpp>
#include <golden/norms_of.hpp>
#include <iqnrl/agent/presets.hpp>

namespace golden {

namespace {

using namespace networks;
using iqnrl::net;

template <iqnrl::fixed_string Case>
struct btr_case {
  static constexpr iqnrl::encoder::impala_options options{.pool = iqnrl::encoder::last::adaptive_max,
                                                          .bins = shapes::whole<Case>("pool", 6),
                                                          .spectral = iqnrl::encoder::spectral_norm::residual};
  using world = seen_world<shapes::extent<Case>("out.q", 2),
                           iqnrl::image<shapes::extent<Case>("in.img", 1), shapes::extent<Case>("in.img", 2),
                                        shapes::extent<Case>("in.img", 3)>>;
  using encoder = iqnrl::encoder::impala<shapes::whole<Case>("scale", 1), options>;
  using conditioning = iqnrl::conditioning::cosine<shapes::whole<Case>("cosines", 64), shapes::whole<Case>("start", 0)>;
  using head = iqnrl::head::dueling_with<iqnrl::nn::noisy_dense, shapes::extent<Case>("param.adv.fc0.weight_mu", 0)>;
  using rule =
      iqnrl::target::munchausen_with<iqnrl::target::clip::tau_log_pi, net::online, iqnrl::target::draws::shared>;
  struct names {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> renamed{
        {{"encoder.", "enc."},
         {"conditioning.", "tau."},
         {"head.value.out.", "val.fc1."},
         {"head.value.", "val."},
         {"head.advantage.out.", "adv.fc1."},
         {"head.advantage.", "adv."}}};
    static constexpr std::array<std::string_view, 1> now{"in.img"};
    static constexpr std::array<std::string_view, 1> next{"in.img_next"};
  };
  template <class Run>
  using run_of = network_run<Run, names, world, encoder, conditioning, head, iqnrl::fractions::uniform, rule,
                             iqnrl::loss::quantile_huber, iqnrl::optimizer::adam>;

  template <class Run>
  void operator()(Run& r) const {
    using T = typename Run::value_type;
    using run_type = run_of<Run>;
    r.require_text("clip", "tau_logpi");
    r.require_text("logpi_net", "online");
    r.require_text("policy_draws", "shared");
    run_type::backend_type::fractions = {r.numbers("in.tau"), r.numbers("in.tau_next")};
    run_type::backend_type::noise = {noise_of(r, "in.eps."), noise_of(r, "in.target_eps.")};
    auto config = loss_config<typename run_type::config>(r, "in.tau", "in.tau_next", "in.tau_next");
    config.target = {.temperature = r.number("temperature"), .alpha = r.number("alpha"), .low = r.number("low")};
    config.optimizer.beta1 = 0;
    run_type network(r, config);
    network.fill();
    const auto& state = network.learner().structure().table().state();
    std::vector<std::string> normalised;
    for (const auto& t : state) {
      if (!t.name.ends_with(".u")) continue;
      normalised.push_back(t.name.substr(8, t.name.size() - 10));
      network.set_state(t.name, "in.u." + normalised.back(), "in.target_u." + normalised.back());
    }

    const auto now = distribution_of(r, network.quantiles(net::online, names::now, "in.tau", "out.q"));
    check_norms(r, network, normalised);
    const auto next =
        distribution_of(r, network.quantiles(net::target, names::next, "in.tau_next", "out.q_target_next"));
    const auto action = actions_of(r, now.z.rows(), 1);
    const rule munchausen(config.target);
    const view<const T, 2> y = targets_of(r, munchausen, discounts_of(r), action, next, now);
    r.check("out.y", y, bound);
    r.check("out.bonus", bonus_of(r, munchausen, now, action), bound);
    const iqnrl::loss::quantile_huber huber(config.loss);
    const view<const T, 2> tau = r.template upload<2>("in.tau");
    r.check("out.loss_per_sample", loss_of(r, huber, 1, now.z, tau, action, y).loss, bound);

    const auto report = network.update();
    r.check("out.loss", report.loss, bound);
    r.check("out.grad_norm", report.gradient_norm, bound);
    const auto absolute = network.learner().sum_mean_abs();
    r.check("out.priority_sum_mean_abs", std::vector<float>(absolute.begin(), absolute.end()),
            {.in_double = 1e-6, .in_float = 1e-4});
    network.check_gradients(config.optimizer.beta1);
    const auto after = r.download(network.learner().online()->state());
    for (const auto& t : state) {
      const auto first = after.begin() + static_cast<std::ptrdiff_t>(t.offset);
      const std::string vector = t.name.substr(t.name.size() - 1);
      r.check("out." + vector + "." + t.name.substr(8, t.name.size() - 10),
              std::vector<T>(first, first + static_cast<std::ptrdiff_t>(t.size)), bound);
    }
  }

 private:
  /// The noise of a network in the order of its layers: of each layer its inputs, then its outputs.
  template <class Run>
  static std::vector<double> noise_of(const Run& r, const std::string& prefix) {
    std::vector<double> all;
    for (const auto* layer : {"val.fc0", "val.fc1", "adv.fc0", "adv.fc1"}) {
      for (const auto* side : {".in", ".out"}) {
        const auto numbers = r.numbers(prefix + layer + side);
        all.insert(all.end(), numbers.begin(), numbers.end());
        all.resize((all.size() + 15) / 16 * 16);
      }
    }
    return all;
  }

  template <class Run, class Network>
  static void check_norms(Run& r, Network& network, const std::vector<std::string>& normalised) {
    using T = typename Run::value_type;
    std::vector<view<T, 1>> norms;
    network.learner().structure().children(
        [&](const auto& layer) { collect_norms(layer, network.learner().online()->prepared(), norms); });
    for (std::size_t i = 0; i < normalised.size(); ++i) r.check("out.sigma." + normalised[i], norms.at(i), bound);
  }

  struct bonus_kernel {
    rule munchausen;
    template <class T>
    void operator()(std::size_t, const iqnrl::row<const T, 3>& z, const iqnrl::row<const T, 2>& value,
                    const iqnrl::row<const T, 1>& tau, const iqnrl::row<const std::int32_t, 1>& action,
                    T& bonus) const {
      const iqnrl::transition<T, unseen> s{T(0), T(0), action, {}, {}};
      bonus = munchausen.bonus(s, iqnrl::distribution<T>{z, value, tau});
    }
  };
  template <class Run, class T>
  static view<T, 1> bonus_of(Run& r, const rule& munchausen, const distribution_views<T>& now,
                             const view<const std::int32_t, 2>& action) {
    const view<T, 1> bonus = r.take(extents<1>{now.z.rows()});
    r.dev().for_rows(bonus.rows(), bonus_kernel{munchausen}, now.z, now.value, now.tau, action, bonus);
    return bonus;
  }
};

}  // namespace

void add_networks_of_btr(registry& all) { all.add_large("net_btr", btr_case<"net_btr">{}); }

}  // namespace golden
