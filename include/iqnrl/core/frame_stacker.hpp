// The stack of frames that a world shows.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include <iqnrl/core/observation.hpp>

namespace iqnrl {

/// The newest frames of an episode, kept by the world that shows them:
///
///     using stack = iqnrl::frame_stack<4, iqnrl::image<1, 84, 84>>;
///     iqnrl::frame_stacker<stack> frames;                 // a member of the world
///
///     frames.begin(frame);                                // in reset
///     frames.push(frame);                                 // in step
///     frames.write(out.get<"image">());                   // in observe
template <detail::stacked Stack>
class frame_stacker {
 public:
  using element = typename Stack::value_type;
  static constexpr std::size_t frame_size = Stack::frame::size;
  using frame_span = std::span<const element, frame_size>;

  /// Starts an episode: `frame` is its first.
  void begin(frame_span frame) {
    if constexpr (Stack::padding == stack_padding::zeros) {
      std::fill(stack_.begin(), stack_.end(), element{});
    } else {
      for (std::size_t first = 0; first < Stack::size; first += frame_size) put(frame, first);
    }
    put(frame, Stack::size - frame_size);
  }

  /// The next frame: the others move one back, and the oldest is dropped.
  void push(frame_span frame) {
    std::copy(stack_.begin() + frame_size, stack_.end(), stack_.begin());
    put(frame, Stack::size - frame_size);
  }

  /// Writes the stack, oldest frame first.
  void write(std::span<element, Stack::size> out) const { std::copy(stack_.begin(), stack_.end(), out.begin()); }

  /// Saves and restores: see core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    v("stack", std::span(stack_));
  }

 private:
  void put(frame_span frame, std::size_t first) {
    std::copy(frame.begin(), frame.end(), std::span(stack_).subspan(first).begin());
  }

  std::array<element, Stack::size> stack_{};
};

}  // namespace iqnrl
