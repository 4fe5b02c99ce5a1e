// The IMPALA encoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <iqnrl/encoder/convolutional.hpp>
#include <iqnrl/nn/layer_norm.hpp>
#include <iqnrl/nn/pool.hpp>
#include <iqnrl/nn/residual.hpp>

namespace iqnrl::encoder {

/// What becomes of the images that an encoder's last layer gives.
enum class last : std::uint8_t {
  flatten,         ///< every element is a feature
  adaptive_max,    ///< the largest of each of `bins` x `bins` bins (BTR: 6)
  global_average,  ///< the mean of each channel (Impoola, Trumpp et al. 2025)
};

/// Which convolutions of an encoder have a spectral norm.
enum class spectral_norm : std::uint8_t {
  none,
  residual,  ///< those of the residual blocks (BTR)
  every,     ///< the first of every stage, too (rulka)
};

struct impala_options {
  last pool = last::flatten;
  std::size_t bins = 6;  ///< of last::adaptive_max
  encoder::spectral_norm spectral = encoder::spectral_norm::none;
  bool layer_norm = false;  ///< of every stage, between its first convolution and its pool, over [C, H, W]
};

namespace detail {

template <bool Spectral, class Start>
using impala_weight = std::conditional_t<Spectral, nn::weight::spectral_from<Start>, nn::weight::plain_from<Start>>;

template <image_shape In, std::size_t Channels, impala_options Options, class Start>
struct impala_stage {
  static constexpr window around = window::square(3, 1, 1);
  using stem = nn::conv2d<In, Channels, around, activation::identity,
                          impala_weight<Options.spectral == spectral_norm::every, Start>>;
  static constexpr image_shape wide = stem::output;
  using pool = nn::max_pool<wide, window::square(3, 2, 1)>;
  using block = nn::residual_block<pool::output, impala_weight<Options.spectral != spectral_norm::none, Start>>;
  using plain =
      nn::chain<nn::named<"stem", stem>, nn::named<"pool", pool>, nn::named<"res0", block>, nn::named<"res1", block>>;
  using normal = nn::chain<nn::named<"stem", stem>, nn::named<"planes", nn::to_planes<wide>>,
                           nn::named<"norm", nn::layer_norm<wide.channels, wide.height, wide.width>>,
                           nn::named<"places", nn::from_planes<wide>>, nn::named<"pool", pool>,
                           nn::named<"res0", block>, nn::named<"res1", block>>;

  using type = std::conditional_t<Options.layer_norm, normal, plain>;
  static constexpr image_shape output = pool::output;
};

using positive = nn::named<"relu", nn::elementwise<activation::relu>>;

template <image_shape In, impala_options Options, class... Stages>
struct impala_end {
  using type = typename flattened<nn::chain<Stages..., positive>, In>::type;
  static constexpr std::size_t features = In.size();
};
template <image_shape In, impala_options Options, class... Stages>
requires(Options.pool == last::adaptive_max) struct impala_end<In, Options, Stages...> {
  using pool = nn::adaptive_max_pool<In, Options.bins>;
  using type = typename flattened<nn::chain<Stages..., positive, nn::named<"pool", pool>>, pool::output>::type;
  static constexpr std::size_t features = pool::output.size();
};
template <image_shape In, impala_options Options, class... Stages>
requires(Options.pool == last::global_average) struct impala_end<In, Options, Stages...> {
  using type = nn::chain<Stages..., positive, nn::named<"pool", nn::global_average_pool<In>>>;
  static constexpr std::size_t features = In.channels;
};

}  // namespace detail

/// The residual encoder of IMPALA (Espeholt et al. 2018), `Scale` times as wide: three stages of 16, 32 and 32 times
/// Scale channels, each a 3x3 convolution, a 3x3 max pool of stride 2 and two residual blocks; then ReLU and what
/// `Options` says. Reads the one image of an observation; convolutions start as `Start` says. Parameters:
/// `stage0.stem.…`, `stage0.res0.conv0.…`, ….
template <std::size_t Scale = 1, impala_options Options = impala_options{}, class Start = nn::start::fan_in>
struct impala {
  static_assert(Scale > 0, "iqnrl[encoder]: impala<Scale> is at least 1 times as wide");
  using axis = iqnrl::axis::encoder;
  struct config {};

  /// Says in one sentence why the observation cannot be read.
  template <class Observation>
  static consteval bool check() {
    return detail::check_image<Observation>();
  }

 private:
  template <image_shape In>
  struct structure {
    using first = detail::impala_stage<In, 16 * Scale, Options, Start>;
    using second = detail::impala_stage<first::output, 32 * Scale, Options, Start>;
    using third = detail::impala_stage<second::output, 32 * Scale, Options, Start>;
    using whole =
        detail::impala_end<third::output, Options, nn::named<"stage0", typename first::type>,
                           nn::named<"stage1", typename second::type>, nn::named<"stage2", typename third::type>>;
    using type = typename whole::type;
    static constexpr std::size_t features = whole::features;
  };

 public:
  template <class Observation>
  struct bind : detail::image_bind<Observation, structure> {
    explicit bind(const config&) {}
  };
};

}  // namespace iqnrl::encoder
