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

/// The pass before an update's forwards, once per network: `prepare` reads the parameters (and advances the state where
/// a layer keeps one) and writes what the forwards then read.
template <class Backend, class T>
struct prepare_pass {
  using backend_type = Backend;
  using value_type = T;
  const iqnrl::device<Backend>& device;
  view<const T, 1> parameters;
  view<T, 1> state;
  view<T, 1> prepared;
};

}  // namespace iqnrl
