// The law of encoders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <iqnrl/contract/encoder.hpp>
#include <iqnrl/testing/layer_trial.hpp>
#include <iqnrl/testing/observations.hpp>
#include <iqnrl/testing/worlds.hpp>

namespace iqnrl::testing {

/// An encoder's layer over random observations.
template <class Encoder, class Observation>
class encoder_trial final : public layer_trial {
 public:
  encoder_trial(const typename Encoder::config& config, std::size_t samples)
      : encoder_trial(config, samples, std::make_index_sequence<Observation::count>()) {}

 private:
  using layer = typename Encoder::template bind<Observation>;
  template <class Indices>
  struct parts_of;
  template <std::size_t... I>
  struct parts_of<std::index_sequence<I...>> {
    using type = std::tuple<tensor<strict_backend, typename Observation::template part_at<I>::value_type, 2>...>;
  };

  template <std::size_t... I>
  encoder_trial(const typename Encoder::config& config, std::size_t samples, std::index_sequence<I...>)
      : layer_trial(samples, 0, {samples, layer::features}),
        layer_(config),
        parts_(typename std::tuple_element_t<I, typename parts_of<std::index_sequence<I...>>::type>(
            dev(), {samples, Observation::sizes[I]})...),
        seen_(std::get<I>(parts_).in()...) {
    adopt(layer_);
  }

  void prepare(const prepare_type& p) const override { layer_.prepare(p); }
  void finish(const finish_type& p) const override { iqnrl::finish(layer_, p); }
  view<const double, 2> forward(forward_type& p) override { return layer_.forward(p, seen_, tape_); }
  view<const double, 2> backward(backward_type& p, const view<double, 2>& d) override {
    layer_.backward(p, std::as_const(tape_), d);
    return {};
  }
  void redraw(std::size_t sample, std::uint64_t seed) override {
    generator g(sequence{seed, stream::world, 3});
    const auto seen = random_observation<Observation>(g);
    for_each_part<Observation>([&](auto i) {
      using element = typename Observation::template part_at<i>::value_type;
      dev().upload(std::span<const element>(seen.template at<i>()), std::get<i>(parts_).out().slice(sample, 1));
    });
  }

  layer layer_;
  typename parts_of<std::make_index_sequence<Observation::count>>::type parts_;
  observation_views<Observation> seen_;
  typename layer::template tape<double> tape_{};
};

/// Everything that must hold of an encoder: [B, features] comes out, each row of its own observation; the planned
/// memory is enough; nothing else is written; gradients are right. An encoder that reads certain parts is given an
/// observation that has them.
template <class Encoder, class Observation = odd_world::observation>
void encoder_laws(const typename Encoder::config& config = {}) {
  static_assert(check_encoder<Encoder, Observation>());
  encoder_trial<Encoder, Observation>(config, 1).laws();
  encoder_trial<Encoder, Observation>(config, 4).laws();
}

}  // namespace iqnrl::testing
