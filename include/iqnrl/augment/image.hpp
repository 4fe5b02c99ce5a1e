// Augmentations of images: another part of the image for every sample.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include <iqnrl/contract/augment.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/image.hpp>
#include <iqnrl/encoder/image_input.hpp>

namespace iqnrl::augment {

/// What stands where an image has ended.
enum class edge : std::uint8_t {
  replicate,  ///< its nearest pixel
  zero,       ///< 0
};

namespace detail {

/// y[c, i, j] = x[c, i + first_row, j + first_column]. From uniform numbers u in [0, 1) the offsets are floor(u n) -
/// before with n the number of choices, so that 1/2 is the middle.
struct translate_kernel {
  image_shape in{};
  image_shape out{};
  edge beyond = edge::replicate;
  std::size_t rows = 1;     ///< choices of the first row
  std::size_t columns = 1;  ///< choices of the first column
  std::size_t before = 0;   ///< how far the first choice lies outside

  template <class U, class T>
  void operator()(std::size_t, const row<const U, 1>& x, const row<const T, 1>& uniform, const row<U, 1>& y) const {
    const std::size_t first_row = choice(uniform[0], rows);
    const std::size_t first_column = choice(uniform[1], columns);
    for (std::size_t c = 0; c < out.channels; ++c) {
      for (std::size_t i = 0; i < out.height; ++i) {
        const place r = inside(first_row + i, in.height);
        const U* from = x.data() + (c * in.height + r.index) * in.width;
        U* to = y.data() + (c * out.height + i) * out.width;
        for (std::size_t j = 0; j < out.width; ++j) {
          const place k = inside(first_column + j, in.width);
          to[j] = beyond == edge::zero && (r.outside || k.outside) ? U(0) : from[k.index];
        }
      }
    }
  }

 private:
  struct place {
    std::size_t index;
    bool outside;
  };
  [[nodiscard]] place inside(std::size_t at, std::size_t size) const {
    if (at < before) return {0, true};
    if (at - before >= size) return {size - 1, true};
    return {at - before, false};
  }
  template <class T>
  [[nodiscard]] static std::size_t choice(T u, std::size_t n) {
    return std::min(n - 1, static_cast<std::size_t>(u * static_cast<T>(n)));
  }
};

/// The same observation with other parts: `Replace<Part>` for its image.
template <class Observation, template <class> class Replace, class = std::make_index_sequence<Observation::count>>
struct with_image;
template <class Observation, template <class> class Replace, std::size_t... I>
struct with_image<Observation, Replace, std::index_sequence<I...>> {
  using type =
      observation<typename std::conditional_t<I == encoder::detail::find_image<Observation>(),
                                              Replace<typename Observation::template part_at<I>>,
                                              std::type_identity<typename Observation::template part_at<I>>>::type...>;
};

/// Says in one sentence why an observation's image cannot be augmented.
template <class Observation>
consteval bool check_image() {
  constexpr bool one = encoder::detail::find_image<Observation>() < Observation::count;
  static_assert(one,
                "iqnrl[augment]: this augmentation changes one image, and the observation has none, or more than one; "
                "give it one input part of three extents, such as iqnrl::image<C, H, W>  -> docs/augment.md");
  return one;
}

/// Says in one sentence that a crop is larger than its image; both are arguments, for a compiler to print.
template <image_shape Image, image_shape Crop>
consteval bool check_crop() {
  constexpr bool fits = Crop.height > 0 && Crop.width > 0 && Crop.height <= Image.height && Crop.width <= Image.width;
  static_assert(fits,
                "iqnrl[augment]: the crop is larger than its image, or empty; the shapes of both are named beside this "
                "sentence  -> docs/augment.md");
  return fits;
}

/// Runs a kernel on the image of an observation; everything else is as it was.
template <class Observation, class Seen, class Pass, class T = typename Pass::value_type>
observation_views<Seen> translate(Pass& p, const translate_kernel& kernel, const observation_views<Observation>& x,
                                  const view<const T, 2>& uniform) {
  constexpr std::size_t image = encoder::detail::find_image<Observation>();
  using element = typename Observation::template part_at<image>::value_type;
  const auto& from = std::get<image>(x);
  const view<element, 2> to = p.memory.template take<element, 2>({from.rows(), kernel.out.size()});
  p.device.for_rows(from.rows(), kernel, from, uniform, to);
  observation_views<Seen> seen = x;
  std::get<image>(seen) = to;
  return seen;
}

template <class Observation>
inline constexpr image_shape shape_of = encoder::detail::image_input<Observation>::shape;

}  // namespace detail

/// Random shifts (DrQ, Yarats et al. 2021): every sample's image moves by a whole number of pixels in [-pixels, pixels]
/// in both directions; at its edge stands what `Beyond` says. The observations of a step and of the one that it is
/// bootstrapped from move apart; an acting agent sees its image where it is.
template <edge Beyond = edge::replicate>
struct random_shift {
  using axis = iqnrl::axis::augment;
  struct config {
    std::size_t pixels = 4;  ///< the largest shift; 0 is none

    template <class V>
    void describe(V& v) const {
      v("pixels", pixels);
    }
  };

  /// Says in one sentence why the observation cannot be augmented.
  template <class Observation>
  static consteval bool check() {
    return detail::check_image<Observation>();
  }

  template <class Observation>
  class bind {
    static constexpr image_shape shape = detail::shape_of<Observation>;

   public:
    using seen = Observation;
    static constexpr std::size_t randoms = 2;

    /// Throws config_error.
    explicit bind(const config& c) : pixels_(c.pixels) {
      require<config_error>(
          pixels_ < shape.height && pixels_ < shape.width,
          "augment.pixels is {} and the image has {} x {} pixels; a shift must leave something of it to be seen",
          pixels_, shape.height, shape.width);
    }

    template <class Pass, class T = typename Pass::value_type>
    observation_views<seen> operator()(Pass& p, const observation_views<Observation>& x,
                                       const view<const T, 2>& uniform) const {
      const std::size_t choices = 2 * pixels_ + 1;
      return detail::translate<Observation, seen>(p, {shape, shape, Beyond, choices, choices, pixels_}, x, uniform);
    }

   private:
    std::size_t pixels_;
  };
};

/// Random crops (RAD, Laskin et al. 2020): the network reads a part of Height x Width pixels of the image, another one
/// for every sample; an acting agent reads the one in the middle.
template <std::size_t Height, std::size_t Width>
struct random_crop {
  using axis = iqnrl::axis::augment;
  struct config {};

 private:
  static constexpr image_shape cropped(const image_shape& image) { return {image.channels, Height, Width}; }

 public:
  /// Says in one sentence why the observation cannot be augmented.
  template <class Observation>
  static consteval bool check() {
    if constexpr (detail::check_image<Observation>()) {
      return detail::check_crop<detail::shape_of<Observation>, cropped(detail::shape_of<Observation>)>();
    } else {
      return false;
    }
  }

  template <class Observation>
  class bind {
    static constexpr image_shape in = detail::shape_of<Observation>;
    static constexpr image_shape out = cropped(in);
    static constexpr bool fits = Height <= in.height && Width <= in.width;

    /// The image as its type has it, but for its extents.
    template <class Part>
    struct smaller_part : Part {
      static constexpr std::array<std::size_t, 3> shape{out.channels, out.height, out.width};
      static constexpr std::size_t size = out.size();
    };
    template <class Part>
    using replace = std::type_identity<smaller_part<Part>>;

   public:
    using seen = typename detail::with_image<Observation, replace>::type;
    static constexpr std::size_t randoms = 2;
    explicit bind(const config& /*c*/) {}

    template <class Pass, class T = typename Pass::value_type>
    observation_views<seen> operator()(Pass& p, const observation_views<Observation>& x,
                                       const view<const T, 2>& uniform) const {
      constexpr std::size_t rows = fits ? in.height - out.height + 1 : 1;
      constexpr std::size_t columns = fits ? in.width - out.width + 1 : 1;
      return detail::translate<Observation, seen>(p, {in, out, edge::zero, rows, columns, 0}, x, uniform);
    }
  };
};

}  // namespace iqnrl::augment
