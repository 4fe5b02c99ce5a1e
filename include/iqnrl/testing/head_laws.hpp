// The law of heads.
#pragma once

#include <cstddef>
#include <utility>

#include <iqnrl/contract/head.hpp>
#include <iqnrl/testing/layer_trial.hpp>

namespace iqnrl::testing {

/// A head's layer over rows of random features.
template <class Layer, class Config>
class head_trial final : public layer_trial {
 public:
  head_trial(const Config& config, std::size_t rows, std::size_t features, std::size_t outputs)
      : layer_trial(rows, features, {rows, outputs}), layer_(config) {
    adopt(layer_);
  }

 private:
  void prepare(const prepare_type& p) const override { layer_.prepare(p); }
  void finish(const finish_type& p) const override { iqnrl::finish(layer_, p); }
  view<const double, 2> forward(forward_type& p) override { return layer_.forward(p, x(), tape_); }
  view<const double, 2> backward(backward_type& p, const view<double, 2>& dy) override {
    return layer_.backward(p, std::as_const(tape_), dy);
  }

  Layer layer_;
  typename Layer::template tape<double> tape_{};
};

/// A head for one extent of quantiles, slots and actions.
template <class Head, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
void head_laws_at(const typename Head::config& config, std::size_t rows) {
  constexpr std::size_t features = 5;
  using layer = typename Head::template bind<features, Quantiles, Slots, Actions>;
  head_trial<layer, typename Head::config>(config, rows, features, Quantiles * Slots * Actions).laws();
}

/// Everything that must hold of a head: [rows, Quantiles Slots Actions] comes out, each row of its own features; the
/// planned memory is enough; nothing else is written; gradients are right.
template <class Head>
void head_laws(const typename Head::config& config = {}) {
  static_assert(check_head<Head>());
  head_laws_at<Head, 1, 1, 3>(config, 1);
  head_laws_at<Head, 4, 1, 2>(config, 3);
  head_laws_at<Head, 2, 3, 2>(config, 4);
}

}  // namespace iqnrl::testing
