// Encoders of images: convolutions one after the other.
#pragma once

#include <cstddef>
#include <type_traits>

#include <iqnrl/encoder/image_input.hpp>
#include <iqnrl/nn/chain.hpp>
#include <iqnrl/nn/convolution.hpp>
#include <iqnrl/nn/dense.hpp>
#include <iqnrl/nn/planes.hpp>

namespace iqnrl::encoder {

/// One convolution of an encoder.
struct layer {
  std::size_t channels = 1;
  window over{};
};

namespace detail {

template <image_shape In, class Kind, layer Layer>
using convolution_of =
    nn::conv2d<In, Layer.channels, Layer.over, typename Kind::activation_type, typename Kind::weight_type>;

template <std::size_t I>
inline constexpr fixed_string numbered = [] {
  fixed_string name("conv0");
  name.text[4] = static_cast<char>('0' + I);
  return name;
}();

/// The layers from image In on, behind those in `Before`.
template <image_shape In, class Kind, class Before, layer... Layers>
struct convolutions_of {
  static constexpr image_shape output = In;
  using type = Before;
};
template <image_shape In, class Kind, class... Before, layer First, layer... Rest>
struct convolutions_of<In, Kind, nn::chain<Before...>, First, Rest...>
    : convolutions_of<convolution_of<In, Kind, First>::output, Kind,
                      nn::chain<Before..., nn::named<numbered<sizeof...(Before)>, convolution_of<In, Kind, First>>>,
                      Rest...> {};
template <image_shape In, class Kind, layer First, layer... Rest>
struct convolutions_of<In, Kind, void, First, Rest...>
    : convolutions_of<convolution_of<In, Kind, First>::output, Kind,
                      nn::chain<nn::named<numbered<0>, convolution_of<In, Kind, First>>>, Rest...> {};

/// The first layer that does not fit the image before it, and that image; the last layer where all fit.
struct tightest {
  image_shape image;
  window over;
};
template <image_shape In, layer... Layers>
inline constexpr tightest tightest_of = [] {
  tightest found{In, {}};
  image_shape next = In;
  bool fits = true;
  const auto look = [&](const layer& l) {
    if (!fits) return;
    found = {next, l.over};
    fits = l.over.fits(next);
    if (fits) next = l.over.over(next, l.channels);
  };
  (look(Layers), ...);
  return found;
}();

/// A chain whose last images become features, channel by channel.
template <class Chain, image_shape Last>
struct flattened : std::type_identity<Chain> {};
template <class... Named, image_shape Last>
requires(Last.channels > 1 && Last.area() > 1) struct flattened<nn::chain<Named...>, Last>
    : std::type_identity<nn::chain<Named..., nn::named<"flatten", nn::to_planes<Last>>>> {
};

/// A chain behind which, unless Hidden is 0, a fully connected layer follows.
template <class Chain, std::size_t Size, class Kind, std::size_t Hidden>
struct with_hidden : std::type_identity<Chain> {};
template <class... Named, std::size_t Size, class Kind, std::size_t Hidden>
requires(Hidden > 0) struct with_hidden<nn::chain<Named...>, Size, Kind, Hidden>
    : std::type_identity<nn::chain<Named..., nn::named<"fc", nn::hidden<Size, Hidden, Kind>>>> {
};

/// What encoders of one image have in common: `Structure<shape>` has `type`, a chain, and `features`.
template <class Observation, template <image_shape> class Structure>
class image_bind {
  using input = image_input<Observation>;
  using structure = Structure<input::shape>;

 public:
  using layers = typename structure::type;
  static constexpr std::size_t features = structure::features;
  template <class T>
  using tape = typename layers::template tape<T>;

  void declare(parameter_table& table) { layers_.declare(table); }

  template <class Pass>
  void prepare(const Pass& p) const {
    layers_.prepare(p);
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    f(layers_);
  }

  /// Features [B, features] of a batch of observations.
  template <class Pass, class T = typename Pass::value_type>
  view<const T, 2> forward(Pass& p, const observation_views<Observation>& x, tape<T>& kept) const {
    return layers_.forward(p, input::read(p, x), kept);
  }

  /// Adds the parameter gradients; `dfeatures` [B, features] is overwritten.
  template <class Pass, class T = typename Pass::value_type>
  void backward(Pass& p, const tape<T>& kept, const view<T, 2>& dfeatures) const {
    layers_.backward_parameters(p, kept, dfeatures);
  }

  /// What reads the scaled image [B, H W C] and also gives its gradient.
  [[nodiscard]] const layers& chain() const { return layers_; }

 private:
  layers layers_;
};

}  // namespace detail

/// Convolutions of one kind (an activation, or nn::dense without a norm), flattened channel by channel, and, unless
/// Hidden is 0, a fully connected layer of the same kind. Reads the one image of an observation. Parameters: `conv0.…`,
/// `conv1.…`, …, `fc.…`.
template <class KindOrActivation, std::size_t Hidden, layer... Layers>
struct convolutions {
  static_assert(sizeof...(Layers) > 0, "iqnrl[encoder]: convolutions<...> needs at least one layer");
  static_assert(sizeof...(Layers) <= 8, "iqnrl[encoder]: convolutions<...> has at most 8 layers");
  using axis = iqnrl::axis::encoder;
  using kind = nn::dense_kind<KindOrActivation>;
  static_assert(!kind::norm,
                "iqnrl[encoder]: convolutions<...> has no layer norm; take impala with .layer_norm, or a kind without "
                "one  -> docs/encoder.md");
  struct config {};

  /// Says in one sentence why the observation cannot be read.
  template <class Observation>
  static consteval bool check() {
    if constexpr (detail::check_image<Observation>()) {
      constexpr detail::tightest at = detail::tightest_of<detail::image_input<Observation>::shape, Layers...>;
      return iqnrl::detail::check_window<at.image, at.over>();
    } else {
      return false;
    }
  }

 private:
  template <image_shape In>
  struct structure {
    using images = detail::convolutions_of<In, kind, void, Layers...>;
    using flat = typename detail::flattened<typename images::type, images::output>::type;
    using type = typename detail::with_hidden<flat, images::output.size(), kind, Hidden>::type;
    static constexpr std::size_t features = Hidden > 0 ? Hidden : images::output.size();
  };

 public:
  template <class Observation>
  struct bind : detail::image_bind<Observation, structure> {
    explicit bind(const config&) {}
  };
};

/// The layers of linesight's and rulka's encoder, of any kind: 16 4x4/2, 32 4x4/2, 64 3x3/2, 32 3x3/1; 1x64x64 -> 512
/// features.
template <class KindOrActivation>
using cnn_with = convolutions<KindOrActivation, 0, layer{16, window::square(4, 2)}, layer{32, window::square(4, 2)},
                              layer{64, window::square(3, 2)}, layer{32, window::square(3, 1)}>;

/// The same with leaky ReLU.
using cnn = cnn_with<activation::leaky_relu>;

/// DQN's encoder (Mnih et al. 2015): 32 8x8/4, 64 4x4/2, 64 3x3/1 with ReLU; 4x84x84 -> 3136 features, which IQN
/// multiplies by its embedding, or -> Hidden through a fully connected layer (512 in DQN).
template <std::size_t Hidden = 0>
using nature = convolutions<activation::relu, Hidden, layer{32, window::square(8, 4)}, layer{64, window::square(4, 2)},
                            layer{64, window::square(3, 1)}>;

/// MinAtar's encoder (Young and Tian 2019): 16 3x3/1 with ReLU.
using minatar = convolutions<activation::relu, 0, layer{16, window::square(3, 1)}>;

}  // namespace iqnrl::encoder
