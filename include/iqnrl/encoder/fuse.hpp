// An image and numbers beside it: two encoders, their features side by side.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <iqnrl/contract/encoder.hpp>
#include <iqnrl/encoder/image_input.hpp>
#include <iqnrl/encoder/mlp.hpp>
#include <iqnrl/nn/residual.hpp>

namespace iqnrl::encoder {

namespace detail {

/// The input parts of an observation that are images, or those that are not.
template <class Observation, bool Images>
struct inputs_of {
  template <std::size_t I>
  static constexpr bool wanted = [] {
    using part_type = typename Observation::template part_at<I>;
    return part_type::purpose == role::input && is_image<part_type> == Images;
  }();

  static constexpr std::size_t count = []<std::size_t... I>(std::index_sequence<I...>) {
    return (std::size_t{0} + ... + (wanted<I> ? 1 : 0));
  }
  (std::make_index_sequence<Observation::count>{});

  template <std::size_t... I>
  static auto select(std::index_sequence<I...>) {
    return std::tuple_cat(
        std::conditional_t<wanted<I>, std::tuple<std::type_identity<typename Observation::template part_at<I>>>,
                           std::tuple<>>{}...);
  }
  template <class... Parts>
  static observation<Parts...> as_observation(const std::tuple<std::type_identity<Parts>...>&);
  using type = decltype(as_observation(select(std::make_index_sequence<Observation::count>{})));

  /// Their views.
  static observation_views<type> views(const observation_views<Observation>& x) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto one = [&]<std::size_t P>(std::integral_constant<std::size_t, P>) {
        if constexpr (wanted<P>) {
          return std::tuple(std::get<P>(x));
        } else {
          return std::tuple<>{};
        }
      };
      return std::tuple_cat(one(std::integral_constant<std::size_t, I>{})...);
    }
    (std::make_index_sequence<Observation::count>{});
  }
};

/// No layer: the features as they are.
template <std::size_t Features>
class no_trunk {
 public:
  template <class T>
  struct tape {};
  void declare(parameter_table& /*table*/) {}
  template <class Pass>
  void prepare(const Pass& /*p*/) const {}
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& /*p*/, const view<T, 2>& x, tape<T>& /*kept*/) const {
    return x;
  }
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& /*p*/, const tape<T>& /*kept*/, const view<T, 2>& dy) const {
    return dy;
  }
};

/// A residual block over the features.
template <std::size_t Features, std::size_t Hidden>
class residual_trunk : public nn::residual_mlp<Features, Hidden> {
  using block = nn::residual_mlp<Features, Hidden>;

 public:
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<T, 2>& x, typename block::template tape<T>& kept) const {
    return block::forward(p, view<const T, 2>(x), kept);
  }
};

template <std::size_t Features, std::size_t Hidden>
using trunk_of = std::conditional_t<Hidden == 0, no_trunk<Features>, residual_trunk<Features, Hidden>>;

}  // namespace detail

/// Features of the image, then features of everything else that the world shows: [image, floats]. With `Trunk` above 0
/// a residual block of that many hidden units follows (pre-norm, ReLU). Parameters: `image.…`, `floats.…`, `trunk.…`.
template <class ImageEncoder, class FloatEncoder = mlp<256, 256>, std::size_t Trunk = 0>
struct fuse {
  using axis = iqnrl::axis::encoder;
  struct config {
    typename ImageEncoder::config image{};
    typename FloatEncoder::config floats{};

    template <class V>
    void describe(V& v) const {
      v("image", image);
      v("floats", floats);
    }
  };

  /// Says in one sentence why the observation cannot be read.
  template <class Observation>
  static consteval bool check() {
    constexpr bool both =
        detail::inputs_of<Observation, true>::count == 1 && detail::inputs_of<Observation, false>::count >= 1;
    static_assert(both,
                  "iqnrl[encoder]: encoder::fuse reads one image and numbers beside it, and the observation lacks one "
                  "of the two, or has more images; use an encoder of what there is  -> docs/encoder.md");
    if constexpr (both) {
      return iqnrl::detail::encoder_reads<ImageEncoder, typename detail::inputs_of<Observation, true>::type>() &&
             iqnrl::detail::encoder_reads<FloatEncoder, typename detail::inputs_of<Observation, false>::type>();
    } else {
      return false;
    }
  }

  template <class Observation>
  class bind {
    using images = detail::inputs_of<Observation, true>;
    using others = detail::inputs_of<Observation, false>;
    using image_encoder = typename ImageEncoder::template bind<typename images::type>;
    using float_encoder = typename FloatEncoder::template bind<typename others::type>;

   public:
    static constexpr std::size_t features = image_encoder::features + float_encoder::features;

   private:
    using trunk = detail::trunk_of<features, Trunk>;

   public:
    template <class T>
    struct tape {
      typename image_encoder::template tape<T> image;
      typename float_encoder::template tape<T> floats;
      typename trunk::template tape<T> trunk_tape;
    };

    explicit bind(const config& c) : image_(c.image), floats_(c.floats) {}

    void declare(parameter_table& table) {
      table.scope("image", image_);
      table.scope("floats", floats_);
      table.scope("trunk", trunk_);
    }

    template <class Pass>
    void prepare(const Pass& p) const {
      children([&](const auto& layer) { layer.prepare(p); });
    }

    /// See pass.hpp.
    template <class F>
    void children(const F& f) const {
      f(image_);
      f(floats_);
      f(trunk_);
    }

    /// Features [B, features] of a batch of observations.
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> forward(Pass& p, const observation_views<Observation>& x, tape<T>& kept) const {
      const view<const T, 2> from_image = image_.forward(p, images::views(x), kept.image);
      const view<const T, 2> from_floats = floats_.forward(p, others::views(x), kept.floats);
      const view<T, 2> both = p.memory.template take<T, 2>({from_image.rows(), features});
      p.device.copy(from_image, both.columns(0, image_encoder::features));
      p.device.copy(from_floats, both.columns(image_encoder::features, float_encoder::features));
      return trunk_.forward(p, both, kept.trunk_tape);
    }

    /// Adds the parameter gradients; `dfeatures` [B, features] is overwritten.
    template <class Pass, class T = typename Pass::value_type>
    void backward(Pass& p, const tape<T>& kept, const view<T, 2>& dfeatures) const {
      const view<T, 2> both = trunk_.backward(p, kept.trunk_tape, dfeatures);
      const auto part = [&](std::size_t first, std::size_t count) {
        const view<T, 2> own = p.memory.template take<T, 2>({both.rows(), count});
        p.device.copy(view<const T, 2>(both.columns(first, count)), own);
        return own;
      };
      image_.backward(p, kept.image, part(0, image_encoder::features));
      floats_.backward(p, kept.floats, part(image_encoder::features, float_encoder::features));
    }

   private:
    image_encoder image_;
    float_encoder floats_;
    trunk trunk_;
  };
};

}  // namespace iqnrl::encoder
