// Optimizers, clipping, and how a target network follows.
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <golden/registry.hpp>
#include <iqnrl/agent/learner.hpp>

namespace golden {

namespace {

using iqnrl::extents;
using iqnrl::view;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Steps over one tensor: `in.p<suffix>` along `in.g<suffix>` [steps, …], every value and the last moments compared.
template <class Optimizer, class Run, class T = typename Run::value_type>
void steps_of(Run& r, const Optimizer& optimizer, const std::string& suffix, const std::string& first,
              const std::string& second) {
  const view<T, 1> p = r.upload_flat("in.p" + suffix);
  const view<T, 1> g = r.upload_flat("in.g" + suffix);
  const view<T, 1> m = r.take(p.shape());
  const view<T, 1> v = r.take(p.shape());
  const std::size_t steps = r.count("steps");
  iqnrl::require<iqnrl::file_error>(g.size() == steps * p.size(), "in.g{} has {} elements; {} steps of {} need {}",
                                    suffix, g.size(), steps, p.size(), steps * p.size());
  std::vector<T> path;
  for (std::size_t t = 1; t <= steps; ++t) {
    const auto rule = optimizer.at(t, optimizer.rate(0));
    r.dev().for_rows(p.size(), iqnrl::detail::step_kernel<decltype(optimizer.at(t, 0.0))>{rule, 1, infinity}, p,
                     view<const T, 1>(g.slice((t - 1) * p.size(), p.size())), m, v);
    const auto now = r.download(p);
    path.insert(path.end(), now.begin(), now.end());
  }
  r.check("out.p" + suffix, path);
  r.check("out." + first + suffix, m);
  r.check("out." + second + suffix, v);
}

template <class Optimizer>
struct adam_case {
  std::string_view kind;
  template <class Run>
  void operator()(Run& r) const {
    r.require_text("kind", kind);
    typename Optimizer::config c;
    c.rate = r.number("lr");
    c.beta1 = r.number("beta1");
    c.beta2 = r.number("beta2");
    c.epsilon = r.number("eps");
    c.weight_decay = r.number("weight_decay");
    const Optimizer optimizer(c);
    for (const char* suffix : {".a", ".b"}) steps_of(r, optimizer, suffix, "m", "v");
  }
};

struct rmsprop_case {
  template <class Run>
  void operator()(Run& r) const {
    const iqnrl::optimizer::rmsprop optimizer(
        {.rate = r.number("lr"), .decay = r.number("alpha"), .epsilon = r.number("eps")});
    steps_of(r, optimizer, "", "mean", "square");
  }
};

/// A step along no gradient leaves the decay alone.
struct decay_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    iqnrl::optimizer::radam::config c;
    c.rate = r.number("lr");
    c.decoupled_decay = r.number("ratio");
    const iqnrl::optimizer::radam optimizer(c);
    const view<T, 1> p = r.upload_flat("in.p");
    const view<T, 1> m = r.take(p.shape());
    const view<T, 1> v = r.take(p.shape());
    const view<const T, 1> g = r.take(p.shape());
    r.dev().for_rows(p.size(),
                     iqnrl::detail::step_kernel<iqnrl::optimizer::radam::rule>{optimizer.at(1, c.rate(0)), 1, infinity},
                     p, g, m, v);
    r.check("out.p", p);
  }
};

/// Puts the clipped gradient in the parameter's place.
struct keep_gradient {
  template <class T>
  void operator()(T& p, T g) const {
    p = g;
  }
};

struct clip_case {
  bool by_norm;
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const std::string names[]{"g.a", "g.b"};
    double factor = 1;
    if (by_norm) {
      double squares = 0;
      for (const auto& name : names) squares += r.dev().sum_of_squares(view<const T, 1>(r.upload_flat("in." + name)));
      r.check("out.norm", std::sqrt(squares));
      factor = iqnrl::optimizer::clip_factor(std::sqrt(squares), r.number("max_norm"));
    }
    const iqnrl::detail::step_kernel<keep_gradient> step{{}, factor, by_norm ? infinity : r.number("limit")};
    for (const auto& name : names) {
      const view<const T, 1> g = r.upload_flat("in." + name);
      const view<T, 1> clipped = r.take(g.shape());
      r.dev().for_rows(g.size(), step, clipped, g);
      r.check("out." + name, clipped);
    }
  }
};

struct soft_update_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const iqnrl::sync::polyak sync({.rate = r.number("rate")});
    const view<const T, 1> online = r.upload_flat("in.online");
    const view<T, 1> target = r.upload_flat("in.target");
    r.dev().for_rows(target.size(), iqnrl::detail::mix_kernel{sync.share(1)}, target, online);
    r.check("out.target", target);
  }
};

}  // namespace

void add_optimizers(registry& all) {
  for (const auto* name : {"adam", "adam_eps_btr", "adam_l2"}) all.add(name, adam_case<iqnrl::optimizer::adam>{"adam"});
  all.add("adamw", adam_case<iqnrl::optimizer::adamw>{"adamw"});
  for (const auto* name : {"radam", "radam_fast_beta2"}) all.add(name, adam_case<iqnrl::optimizer::radam>{"radam"});
  all.add("rmsprop_centered", rmsprop_case{});
  all.add("decoupled_decay", decay_case{});
  for (const auto* name : {"clip_norm_active", "clip_norm_inactive"}) all.add(name, clip_case{true});
  all.add("clip_value", clip_case{false});
  for (const auto* name : {"soft_update", "soft_update_fast"}) all.add(name, soft_update_case{});
}

}  // namespace golden
