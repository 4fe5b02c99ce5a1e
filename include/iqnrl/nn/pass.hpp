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

/// A backward pass: the same, and where the gradients are added up.
template <class Backend, class T>
struct backward_pass {
  using backend_type = Backend;
  using value_type = T;
  const iqnrl::device<Backend>& device;
  network_views<T> net;
  arena<Backend>& memory;
  view<T, 1> gradients;
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
/// place. `state` is what `prepare` made of it.
template <class Backend, class T>
struct finish_pass {
  using backend_type = Backend;
  using value_type = T;
  const iqnrl::device<Backend>& device;
  view<const T, 1> state;
  view<const T, 1> prepared;
  view<T, 1> gradients;
};

/// Calls `layer.finish(pass)` where the layer has it; most have nothing to do then.
template <class Layer, class Pass>
void finish(const Layer& layer, const Pass& pass) {
  if constexpr (requires { layer.finish(pass); }) layer.finish(pass);
}

}  // namespace iqnrl
