// The law of conditionings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <iqnrl/contract/conditioning.hpp>
#include <iqnrl/testing/layer_trial.hpp>

namespace iqnrl::testing {

/// A conditioning's layer over random features and fractions.
template <class Policy, std::size_t Features>
class conditioning_trial final : public layer_trial {
 public:
  conditioning_trial(const typename Policy::config& config, std::size_t samples, std::size_t fractions)
      : layer_trial(samples, Features, {Policy::per_fraction ? samples * fractions : samples, Features}),
        layer_(config),
        tau_(dev(), {samples, fractions}) {
    adopt(layer_);
  }

 private:
  using layer = typename Policy::template bind<Features>;

  void prepare(const prepare_type& p) const override { layer_.prepare(p); }
  void finish(const finish_type& p) const override { iqnrl::finish(layer_, p); }
  view<const double, 2> forward(forward_type& p) override { return layer_.forward(p, x(), tau_.in(), tape_); }
  view<const double, 2> backward(backward_type& p, const view<double, 2>& dh) override {
    return layer_.backward(p, std::as_const(tape_), dh);
  }
  void redraw(std::size_t sample, std::uint64_t seed) override {
    auto tau = noise<double>(tau_.in().row_size(), 200 + seed);
    for (double& t : tau) t = 0.5 + 0.49 * t;
    dev().upload(std::span<const double>(tau), tau_.out().slice(sample, 1));
  }

  layer layer_;
  tensor<strict_backend, double, 2> tau_;
  typename layer::template tape<double> tape_{};
};

/// Everything that must hold of a conditioning: [B N, Features] comes out where it is `per_fraction` and [B, Features]
/// otherwise, each sample of its own features and fractions; the planned memory is enough; nothing else is written;
/// gradients are right.
template <class Policy>
void conditioning_laws(const typename Policy::config& config = {}) {
  static_assert(check_conditioning<Policy>());
  conditioning_trial<Policy, 5>(config, 1, 1).laws();
  conditioning_trial<Policy, 5>(config, 4, 3).laws();
}

}  // namespace iqnrl::testing
