// The image of an observation, as a network reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

#include <iqnrl/contract/encoder.hpp>
#include <iqnrl/core/image.hpp>

namespace iqnrl::encoder {

namespace detail {

template <class Part>
inline constexpr bool is_image = Part::purpose == role::input&& Part::shape.size() == 3;

/// Index of the observation's image: its only input part with three extents; `count` where there is none, or more.
template <class Observation>
consteval std::size_t find_image() {
  std::size_t at = Observation::count;
  std::size_t images = 0;
  for_each_part<Observation>([&](auto i) {
    if constexpr (is_image<typename Observation::template part_at<i>>) {
      at = i;
      ++images;
    }
  });
  return images == 1 ? at : Observation::count;
}

/// Input parts of an observation.
template <class Observation>
consteval std::size_t count_inputs() {
  std::size_t n = 0;
  for (const role r : Observation::purposes) n += r == role::input ? 1 : 0;
  return n;
}

/// Planes [Channels, Area] to x scale + shift, place by place.
template <std::size_t Channels, std::size_t Area>
struct places_kernel {
  double scale;
  double shift;
  template <class U, class T>
  void operator()(std::size_t, const row<const U, 1>& x, const row<T, 1>& y) const {
    const auto a = static_cast<T>(scale);
    const auto b = static_cast<T>(shift);
    for (std::size_t i = 0; i < Area; ++i) {
      for (std::size_t c = 0; c < Channels; ++c) y[i * Channels + c] = static_cast<T>(x[c * Area + i]) * a + b;
    }
  }
};

template <class Part>
consteval pixels scale_of() {
  if constexpr (requires { Part::scale; }) {
    return Part::scale;
  } else {
    return pixels::unit;
  }
}

/// Says in one sentence why an observation's only input is not one image.
template <class Observation>
consteval bool check_image() {
  constexpr bool one = find_image<Observation>() < Observation::count;
  static_assert(one,
                "iqnrl[encoder]: this encoder reads one image, and the observation has none, or more than one; give it "
                "one input part of three extents, such as iqnrl::image<C, H, W>  -> docs/encoder.md");
  static_assert(!one || count_inputs<Observation>() == 1,
                "iqnrl[encoder]: this encoder reads an image, and the observation has other inputs, too; put it into "
                "encoder::fuse<image encoder, float encoder>  -> docs/encoder.md");
  return one && count_inputs<Observation>() == 1;
}

/// The image that is an observation's only input.
template <class Observation>
class image_input {
  static constexpr std::size_t index = find_image<Observation>();
  using part_type = typename Observation::template part_at<index>;

 public:
  static constexpr image_shape shape{part_type::shape[0], part_type::shape[1], part_type::shape[2]};

  /// The image [B, H W C]; bytes are scaled as the part says, everything else is as it is.
  template <class Pass, class T = typename Pass::value_type>
  static view<const T, 2> read(Pass& p, const observation_views<Observation>& x) {
    const auto& seen = std::get<index>(x);
    const view<T, 2> y = p.memory.template take<T, 2>({seen.rows(), part_type::size});
    using kernel = places_kernel<shape.channels, shape.area()>;
    if constexpr (!std::is_same_v<typename part_type::value_type, std::uint8_t>) {
      p.device.for_rows(seen.rows(), kernel{1, 0}, seen, y);
    } else if constexpr (scale_of<part_type>() == pixels::unit) {
      p.device.for_rows(seen.rows(), kernel{1.0 / 255, 0}, seen, y);
    } else {
      p.device.for_rows(seen.rows(), kernel{1.0 / 128, -1}, seen, y);
    }
    return y;
  }
};

}  // namespace detail

}  // namespace iqnrl::encoder
