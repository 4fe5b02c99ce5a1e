// What a world shows: a list of named, typed parts.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace iqnrl {

/// A string literal as a template argument.
template <std::size_t N>
struct fixed_string {
  std::array<char, N> text{};
  consteval fixed_string(const char (&s)[N]) { std::copy_n(s, N, text.begin()); }  // NOLINT
  [[nodiscard]] constexpr std::string_view view() const { return {text.data(), N - 1}; }
  constexpr bool operator==(const fixed_string&) const = default;
};

/// What a part of an observation is for.
enum class role : std::uint8_t {
  input,  ///< read by the encoder
  legal,  ///< 1 where an action is allowed, 0 elsewhere; read wherever an action is chosen
  field,  ///< stored with the step and handed to collate, read by no encoder (a potential, a clock)
};

/// A named part of an observation: `Name`, its element type as it is stored (uint8_t, float, …) and its extents.
template <fixed_string Name, class T, std::size_t... Extents>
struct part {
  using value_type = T;
  static constexpr std::string_view name = Name.view();
  static constexpr role purpose = role::input;
  static constexpr std::array<std::size_t, sizeof...(Extents)> shape{Extents...};
  static constexpr std::size_t size = (Extents * ... * 1);
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>,
                "iqnrl[world]: a part of an observation holds numbers; for yes and no take std::uint8_t");
  static_assert(size > 0, "iqnrl[world]: a part of an observation has no element; give its extents");
};

/// How the bytes of an image enter a network.
enum class pixels : std::uint8_t {
  unit,     ///< x / 255, in [0, 1]
  centred,  ///< (x - 128) / 128, in [-1, 1)
};

/// The part called "image": bytes [Channels, Height, Width].
template <std::size_t Channels, std::size_t Height, std::size_t Width, pixels Scale = pixels::unit>
struct image : part<"image", std::uint8_t, Channels, Height, Width> {
  static constexpr pixels scale = Scale;
};

/// What a stack holds before an episode's first frame.
enum class stack_padding : std::uint8_t {
  zeros,  ///< zeros (Dopamine)
  first,  ///< the first frame, again and again (Gymnasium)
};

/// The `Frames` newest frames of an episode as one part, oldest first: frames [C, H, W] make a part [Frames C, H, W] of
/// the same name and scale. An observation has the whole stack; a replay stores the newest frame of each step and puts
/// the stack together when a step is drawn. `frame_stacker` keeps a stack in a world.
template <std::size_t Frames, class Frame, stack_padding Padding = stack_padding::zeros>
struct frame_stack : Frame {
  using frame = Frame;
  static constexpr std::size_t frames = Frames;
  static constexpr stack_padding padding = Padding;
  static constexpr auto shape = [] {
    auto extents = Frame::shape;
    extents[0] *= Frames;
    return extents;
  }();
  static constexpr std::size_t size = Frames * Frame::size;
  static_assert(
      Frames >= 1 && Frame::purpose == role::input && !requires { Frame::frames; },
      "iqnrl[world]: frame_stack<Frames, Frame> stacks at least 1 frame of an input part, such as "
      "iqnrl::image<C, H, W>");
};

namespace detail {
template <class Part>
concept stacked = requires {
  typename Part::frame;
};
}  // namespace detail

/// How numbers enter a network.
enum class scaling : std::uint8_t {
  none,     ///< as they are
  fixed,    ///< (x - mean) / deviation with numbers of the part: see `floats`
  running,  ///< the same with the mean and variance of what was learned from so far
};

/// The part called "floats": N numbers. With `scaling::running` a network reads them as (x - mean) / sqrt(variance +
/// 1e-8), measured over the batches that it learned from (the last million samples count). Numbers whose scale the
/// world knows are of a type of its own, which gives a mean and a deviation to each; the network then saves both:
///
///     struct car : floats<2> {
///       static constexpr std::array<float, 2> mean{55, 0};
///       static constexpr std::array<float, 2> deviation{20, 5};
///     };
template <std::size_t N, scaling By = scaling::none>
struct floats : part<"floats", float, N> {
  static_assert(By != scaling::fixed,
                "iqnrl[world]: floats<N> with fixed numbers derives from floats<N> and gives `mean` and `deviation`  "
                "-> docs/world.md");
  static constexpr scaling scale_by = By;
};

namespace detail {
/// A part with a scale of its own: `mean` and `deviation`.
template <class Part>
concept has_moments = requires {
  Part::mean;
  Part::deviation;
};
template <class Part>
consteval bool moments_fit() {
  if constexpr (has_moments<Part>) {
    return std::size(Part::mean) == Part::size && std::size(Part::deviation) == Part::size;
  } else {
    return true;
  }
}
}  // namespace detail

/// A part that marks the allowed actions: one byte an action, slot-major.
template <std::size_t Actions, std::size_t Slots = 1>
struct legal_actions : part<"legal", std::uint8_t, Slots, Actions> {
  static constexpr role purpose = role::legal;
};

/// A part that is stored and handed to collate, but that no encoder reads.
template <fixed_string Name, class T, std::size_t... Extents>
struct field : part<Name, T, Extents...> {
  static constexpr role purpose = role::field;
};

/// An observation: its parts, in order. `value` is one observation in host memory.
template <class... Parts>
struct observation {
  static constexpr std::size_t count = sizeof...(Parts);
  static constexpr std::array<std::string_view, count> names{Parts::name...};
  static constexpr std::array<role, count> purposes{Parts::purpose...};
  static constexpr std::array<std::size_t, count> sizes{Parts::size...};
  /// Bytes of one observation.
  static constexpr std::size_t bytes = (0 + ... + (Parts::size * sizeof(typename Parts::value_type)));

  template <std::size_t I>
  using part_at = std::tuple_element_t<I, std::tuple<Parts...>>;

  /// Index of the part called `name`, or `count`.
  static constexpr std::size_t find(std::string_view name) {
    for (std::size_t i = 0; i < count; ++i) {
      if (names[i] == name) return i;
    }
    return count;
  }

  /// Index of the part with the allowed actions, or `count`.
  static constexpr std::size_t legal_index = [] {
    for (std::size_t i = 0; i < count; ++i) {
      if (purposes[i] == role::legal) return i;
    }
    return count;
  }();
  static constexpr bool has_legal = legal_index < count;

  /// Whether every part with `mean` and `deviation` has one of each for each element.
  static constexpr bool moments_fit = (detail::moments_fit<Parts>() && ... && true);

  /// Elements of all parts that an encoder reads.
  static constexpr std::size_t input_size = [] {
    std::size_t n = 0;
    for (std::size_t i = 0; i < count; ++i) n += purposes[i] == role::input ? sizes[i] : 0;
    return n;
  }();

  /// One observation in host memory.
  class value {
   public:
    /// The elements of a part, row-major.
    template <std::size_t I>
    [[nodiscard]] std::span<typename part_at<I>::value_type, part_at<I>::size> at() {
      return std::get<I>(data_);
    }
    template <std::size_t I>
    [[nodiscard]] std::span<const typename part_at<I>::value_type, part_at<I>::size> at() const {
      return std::get<I>(data_);
    }
    template <fixed_string Name>
    [[nodiscard]] auto get() {
      static_assert(find(Name.view()) < count, "iqnrl[world]: this observation has no part of that name");
      return at<find(Name.view())>();
    }
    template <fixed_string Name>
    [[nodiscard]] auto get() const {
      static_assert(find(Name.view()) < count, "iqnrl[world]: this observation has no part of that name");
      return at<find(Name.view())>();
    }

   private:
    std::tuple<std::array<typename Parts::value_type, Parts::size>...> data_{};
  };
};

/// Calls `f(std::integral_constant<std::size_t, I>{})` for each part of an observation.
template <class Observation, class F>
constexpr void for_each_part(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<std::size_t, I>{}), ...); }
  (std::make_index_sequence<Observation::count>{});
}

}  // namespace iqnrl
