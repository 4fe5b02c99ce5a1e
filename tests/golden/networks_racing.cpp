// The networks of a racing game: an image and numbers beside it.
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <golden/network_run.hpp>
#include <iqnrl/encoder/convolutional.hpp>
#include <iqnrl/encoder/fuse.hpp>
#include <iqnrl/head/dueling.hpp>

namespace golden {

namespace {

using namespace networks;
using iqnrl::net;
using leaky = iqnrl::activation::leaky_relu;

/// Numbers with a mean and a deviation, which the case brings.
template <std::size_t N>
struct numbers : iqnrl::floats<N> {
  static constexpr std::array<float, N> mean{};
  static constexpr std::array<float, N> deviation = [] {
    std::array<float, N> ones{};
    for (float& x : ones) x = 1;
    return ones;
  }();
};

/// Extents of a tensor that is stored, or a result of the network where only its shape in `param_layout` is.
template <iqnrl::fixed_string Case, std::size_t Hidden, std::size_t Float>
struct racing {
  static constexpr std::size_t actions = shapes::extent<Case>("out.q", 2);
  using world = seen_world<actions,
                           iqnrl::image<shapes::extent<Case>("in.img", 1), shapes::extent<Case>("in.img", 2),
                                        shapes::extent<Case>("in.img", 3), iqnrl::pixels::centred>,
                           numbers<shapes::extent<Case>("in.floats", 1)>>;
  using encoder = iqnrl::encoder::fuse<iqnrl::encoder::cnn, iqnrl::encoder::mlp_with<leaky, Float, Float>>;
  using conditioning =
      iqnrl::conditioning::cosine<shapes::whole<Case>("cosines", 64), shapes::whole<Case>("start", 1), leaky>;
  using head = iqnrl::head::dueling_with<leaky, Hidden>;
  struct names {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> renamed{
        {{"encoder.image.", "img."},
         {"encoder.floats.", "float."},
         {"conditioning.", "tau."},
         {"head.value.out.", "val.fc1."},
         {"head.value.", "val."},
         {"head.advantage.out.", "adv.fc1."},
         {"head.advantage.", "adv."}}};
    static constexpr std::array<std::string_view, 2> now{"in.img", "in.floats"};
    static constexpr std::array<std::string_view, 2> next{"in.img_next", "in.floats_next"};
  };
  template <class Run>
  using run_of = network_run<Run, names, world, encoder, conditioning, head, iqnrl::fractions::uniform,
                             iqnrl::target::double_dqn, iqnrl::loss::quantile_huber, iqnrl::optimizer::adam>;

  template <class Network>
  static void fill_moments(Network& network) {
    network.set_state("encoder.floats.floats.mean", "in.float_mean", "in.float_mean");
    network.set_state("encoder.floats.floats.deviation", "in.float_std", "in.float_std");
  }
};

/// One update: double DQN, Adam.
template <iqnrl::fixed_string Case>
struct racing_case
    : racing<Case, shapes::extent<Case>("param.adv.fc0.weight", 0), shapes::extent<Case>("param.float.fc0.weight", 0)> {
  using base =
      racing<Case, shapes::extent<Case>("param.adv.fc0.weight", 0), shapes::extent<Case>("param.float.fc0.weight", 0)>;

  template <class Run>
  void operator()(Run& r) const {
    using T = typename Run::value_type;
    using run_type = typename base::template run_of<Run>;
    run_type::backend_type::fractions = {r.numbers("in.tau"), r.numbers("in.tau_next_target"),
                                         r.numbers("in.tau_next_online")};
    run_type::backend_type::noise = {};
    auto config = loss_config<typename run_type::config>(r, "in.tau", "in.tau_next_target", "in.tau_next_online");
    config.optimizer.rate = r.number("lr");
    config.optimizer.beta1 = r.number("beta1");
    config.optimizer.beta2 = r.number("beta2");
    config.optimizer.epsilon = r.number("eps");
    run_type network(r, config);
    network.fill();
    base::fill_moments(network);

    const auto online = network.quantiles(net::online, base::names::now, "in.tau", "out.q");
    const auto next = distribution_of(
        r, network.quantiles(net::target, base::names::next, "in.tau_next_target", "out.q_next_target"));
    const auto choice = distribution_of(
        r, network.quantiles(net::online, base::names::next, "in.tau_next_online", "out.q_next_online"));
    check_best_action(r, choice);
    const auto action = actions_of(r, online.rows(), 1);
    const view<const T, 2> y = targets_of(r, iqnrl::target::double_dqn{}, discounts_of(r), action, next, choice);
    r.check("out.y", y, bound);
    const view<const T, 2> tau = r.template upload<2>("in.tau");
    const auto loss = loss_of(r, iqnrl::loss::quantile_huber(config.loss), 1, online, tau, action, y);
    r.check("out.loss_per_sample", loss.loss, bound);

    const auto report = network.update();
    r.check("out.loss", report.loss, bound);
    r.check("out.grad_norm", report.gradient_norm, bound);
    const auto difference = network.learner().mean_difference();
    r.check("out.priority_mean_difference", std::vector<float>(difference.begin(), difference.end()),
            {.in_double = 1e-6, .in_float = 1e-4});
    network.check_gradients(config.optimizer.beta1);
    network.check_parameters(r.number("lr"));
  }
};

/// The network at the size that is used, forwards only.
template <iqnrl::fixed_string Case>
struct racing_full_case : racing<Case, 512, 256> {
  using base = racing<Case, 512, 256>;

  template <class Run>
  void operator()(Run& r) const {
    using run_type = typename base::template run_of<Run>;
    run_type network(r, {});
    run_type::backend_type::fractions = {};
    run_type::backend_type::noise = {};
    network.fill_online();
    base::fill_moments(network);
    if (network.learner().structure().table().count() != r.count("param_count"))
      r.fail("the network has another number of parameters");
    network.quantiles(net::online, base::names::now, "in.tau", "out.q");
  }
};

}  // namespace

void add_networks_of_racing(registry& all) {
  all.add_large("net_racing", racing_case<"net_racing">{});
  all.add_large("net_racing_full", racing_full_case<"net_racing_full">{});
}

}  // namespace golden
