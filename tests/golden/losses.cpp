// Quantile Huber losses, and the losses of whole QR-DQN steps.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <golden/loss_run.hpp>
#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/quantile/fractions.hpp>
#include <iqnrl/target/maximum.hpp>
#include <iqnrl/target/quantile_huber.hpp>

namespace golden {

namespace {

using iqnrl::extents;
using iqnrl::row;
using iqnrl::view;

/// The config that the metadata describe; a case that says nothing of a reduction has the usual one.
template <class Run>
iqnrl::loss::quantile_huber_config config_of(const Run& r) {
  using iqnrl::loss::reduction;
  const auto reduction_of = [&](const char* key) { return r.text(key) == "mean" ? reduction::mean : reduction::sum; };
  iqnrl::loss::quantile_huber_config c;
  c.kappa = r.number("kappa");
  c.divide_by_kappa = r.flag("divide_by_kappa");
  if (r.has_text("online_reduction")) c.online = reduction_of("online_reduction");
  if (r.has_text("batch_reduction")) c.batch = reduction_of("batch_reduction");
  return c;
}

/// z [B, N] of the taken action, or Z [B, N, A] and the action.
struct huber_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const iqnrl::loss::quantile_huber loss(config_of(r));
    const view<const T, 2> tau = r.template upload<2>("in.tau");
    const view<const T, 2> y = r.template upload<2>("in.y");
    const auto host = r.values("in.z");
    const std::size_t actions = tau.size() > 0 ? host.size() / tau.size() : 0;
    const view<const T, 4> z = r.upload(host, extents<4>{tau.rows(), tau.row_size(), 1, actions});
    const auto action = actions_of(r, z.rows(), 1);
    std::vector<float> weight;
    if (r.has("in.weight")) {
      for (const double w : r.numbers("in.weight")) weight.push_back(static_cast<float>(w));
    }
    const auto found = loss_of(r, loss, loss.batch_scale(z.rows()), z, tau, action, y, weight);
    r.check("out.loss", found.total());
    r.check("grad.z", found.dz);
    if (!r.has("out.loss_per_sample")) return;
    r.check("out.loss_per_sample", loss_of(r, loss, 1, z, tau, action, y).loss);
    r.check("out.priority_sum_mean_abs", found.absolute);
    r.check("out.priority_mean_difference", found.difference);
  }
};

/// loss = sum_i y_i z_i: makes the learner's kernel show what it takes and where it puts gradients.
struct inner_product {
  template <class T, class Weights>
  iqnrl::loss_value<T> operator()(const row<const T, 1>& z, const row<const T, 1>&, const row<const T, 1>& y,
                                  const Weights&, T scale, const row<T, 1>& dz) const {
    iqnrl::loss_value<T> out;
    for (std::size_t i = 0; i < z.size(); ++i) {
      out.loss += y[i] * z[i];
      dz[i] = scale * y[i];
    }
    return out;
  }
};

struct block_value_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const view<const T, 4> z = r.template upload<4>("in.z");
    const view<const T, 2> upstream = r.template upload<2>("grad_out.y");
    const auto found = loss_of(r, inner_product{}, 1, z, upstream, actions_of(r, z.rows(), z.extent(2)), upstream);
    r.check("out.y", found.taken);
    r.check("grad.z", found.dz);
  }
};

/// Target and loss on the fixed grid of midpoints.
template <iqnrl::fixed_string Case>
struct grid_case {
  static constexpr bool published = shapes::has<Case>("in.z");
  static constexpr std::string_view online_name = published ? "in.z" : "in.theta";
  static constexpr std::string_view next_name = published ? "in.z_next" : "in.theta_target_next";
  static constexpr std::size_t count = shapes::extent<Case>(online_name, 1);
  using grid = iqnrl::fractions::midpoints<count>;

  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const auto online = distribution_of<3>(r, online_name);
    const auto next = distribution_of<3>(r, next_name);
    const std::size_t batch = online.z.rows();
    const view<T, 2> tau = r.take(extents<2>{batch, count});
    r.dev().for_rows(batch, grid(typename grid::config{}), tau, view<const T, 2>(r.take(extents<2>{batch, 0})));
    const auto action = actions_of(r, batch, 1);
    const auto discount = published ? discounts_of(r, r.number("gamma")) : discounts_of(r);
    const bool twice = !published && r.flag("double");
    const auto choice = twice ? distribution_of<3>(r, "in.theta_online_next") : next;
    const view<T, 2> y =
        twice ? targets_of(r, iqnrl::target::double_dqn{}, discount, action, next, choice)
              : targets_of(r, iqnrl::target::max<iqnrl::target::draws::shared>{}, discount, action, next);
    r.check("out.y", y);
    if (r.has("out.best_action")) check_best_action(r, choice);

    const iqnrl::loss::quantile_huber loss(config_of(r));
    const auto found =
        loss_of(r, loss, loss.batch_scale(batch), online.z, view<const T, 2>(tau), action, view<const T, 2>(y));
    r.check("out.loss", found.total());
    r.check(published ? "grad.z" : "grad.theta", found.dz);
    if (published && std::abs(found.total() - r.number("published_loss")) > 6e-8) {
      r.fail(fmt::format("the loss is {:.9f} and {} was published", found.total(), r.text("published_loss")));
    }
  }
};

/// The running averages of a self-normalised loss, seen and set as a checkpoint does.
struct averages {
  double spread = 0;
  double scale = 0;
  bool set = false;
  void operator()(std::string_view name, double& value) {
    double& own = name == "spread" ? spread : scale;
    (set ? value : own) = set ? own : value;
  }
};

struct self_normalised_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    iqnrl::loss::self_normalised::config c;
    c.kappa = r.number("kappa");
    c.divide_by_kappa = r.flag("divide_by_kappa");
    c.decay = r.number("decay");
    iqnrl::loss::self_normalised loss(c);
    averages before{r.one("in.m"), r.one("in.n"), true};
    loss.state(before);

    const view<const T, 2> tau = r.template upload<2>("in.tau");
    const view<const T, 2> y = r.template upload<2>("in.y");
    const view<const T, 2> y_tau = r.template upload<2>("in.tau_target");
    const view<const T, 4> z = r.upload(r.values("in.z"), extents<4>{tau.rows(), tau.row_size(), 1, 1});
    const view<double, 1> spread = r.template take<double>(extents<1>{y.rows()});
    r.dev().for_rows(
        y.rows(),
        [loss](std::size_t, const row<const T, 1>& aim, const row<const T, 1>& fraction, double& s) {
          s = static_cast<double>(loss.statistic(aim, fraction));
        },
        y, y_tau, spread);
    const auto s = r.download(spread);
    r.check("out.s", s);

    std::vector<double> factor(s.size());
    loss.reduce(s, factor);
    averages after;
    loss.state(after);
    r.check("out.m", after.spread);
    r.check("out.n", after.scale);
    std::vector<double> divisor;
    for (const double f : factor) divisor.push_back(after.scale / f);
    r.check("out.c", divisor);

    const auto found = loss_of(r, loss, loss.batch_scale(z.rows()), z, tau, actions_of(r, z.rows(), 1), y, {}, factor);
    r.check("out.loss_per_sample", found.loss);
    r.check("out.loss", found.total());
    r.check("grad.z", found.dz);
  }
};

}  // namespace

void add_losses(registry& all) {
  for (const auto* name : {"qhuber_k1", "qhuber_k2_div", "qhuber_k2_nodiv", "qhuber_k0p005_div", "qhuber_k0p005_nodiv",
                           "qhuber_pinball", "qhuber_weighted", "qhuber_weighted_batch_sum", "qhuber_online_mean",
                           "qhuber_edges", "qhuber_round", "qhuber_gather"}) {
    all.add(name, huber_case{});
  }
  all.add("block_value", block_value_case{});
  all.add("qrdqn_loss", grid_case<"qrdqn_loss">{});
  all.add("qrdqn_double_loss", grid_case<"qrdqn_double_loss">{});
  all.add("qrdqn_published_1", grid_case<"qrdqn_published_1">{});
  all.add("qrdqn_published_2", grid_case<"qrdqn_published_2">{});
  all.add("qrdqn_published_3", grid_case<"qrdqn_published_3">{});
  all.add("self_normalised_loss", self_normalised_case{});
}

}  // namespace golden
