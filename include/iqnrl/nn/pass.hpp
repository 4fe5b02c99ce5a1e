// What a layer needs to run: a device, the buffers of a network, and working memory.
#pragma once

#include <iqnrl/backend/device.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

/// A network's numbers as a layer reads them.
template <class T>
struct network_views {
  view<const T, 1> parameters;
  view<const T, 1> state;
  view<const T, 1> prepared;
};

/// A forward pass.
template <class Backend, class T>
struct forward_pass {
  using backend_type = Backend;
  using value_type = T;
  const iqnrl::device<Backend>& device;
  network_views<T> net;
  arena<Backend>& memory;
};

/// A backward pass: the same, and where the gradients are added up; beside them other sums of the batch, for layers
/// that measure what they read (see parameter_table::add_sums). `sums` is empty where nobody asks for them.
template <class Backend, class T>
struct backward_pass {
  using backend_type = Backend;
  using value_type = T;
  const iqnrl::device<Backend>& device;
  network_views<T> net;
  arena<Backend>& memory;
  view<T, 1> gradients;
  view<T, 1> sums{};
};

/// The pass before an update's forwards, once per network and noise draw: `prepare` reads parameters, state and noise
/// and writes what the forwards then read. Before an update a layer that keeps a state (a power iteration) also
/// advances it, in `next_state`, a copy of `state` that takes its place when the update succeeds; `next_state` is empty
/// where the state must stay, as in acting. `noise` holds standard normal numbers; it is empty where there is none.
template <class Backend, class T>
struct prepare_pass {
  using backend_type = Backend;
  using value_type = T;
  const iqnrl::device<Backend>& device;
  view<const T, 1> parameters;
  view<const T, 1> state;
  view<T, 1> next_state;
  view<T, 1> prepared;
  view<const T, 1> noise{};
};

/// The pass after an update's backwards, once their gradients are summed: a layer whose forwards read weights that
/// `prepare` made (noisy or normalised ones) turns the gradients of those into the gradients of its parameters, in
/// place. `state` is what `prepare` made of it; a layer that measures its batches advances it by their `sums`.
template <class Backend, class T>
struct finish_pass {
  using backend_type = Backend;
  using value_type = T;
  const iqnrl::device<Backend>& device;
  view<T, 1> state;
  view<const T, 1> prepared;
  view<T, 1> gradients;
  view<const T, 1> sums{};
};

// Two phases that most layers have no part in. A layer made of others names them in `children(f)`, which calls `f` for
// each, and they reach all.

/// Once the parameters have their starting values, a layer whose state depends on them (a power iteration) makes it:
/// calls `layer.begin(prepare_pass)`, which writes `next_state`.
template <class Layer, class Pass>
void begin(const Layer& layer, const Pass& pass) {
  if constexpr (requires { layer.begin(pass); }) layer.begin(pass);
  if constexpr (requires { layer.children([](const auto&) {}); }) {
    layer.children([&](const auto& child) { iqnrl::begin(child, pass); });
  }
}

/// After an update's backwards: calls `layer.finish(finish_pass)`.
template <class Layer, class Pass>
void finish(const Layer& layer, const Pass& pass) {
  if constexpr (requires { layer.finish(pass); }) layer.finish(pass);
  if constexpr (requires { layer.children([](const auto&) {}); }) {
    layer.children([&](const auto& child) { iqnrl::finish(child, pass); });
  }
}

}  // namespace iqnrl
