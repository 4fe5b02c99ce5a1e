// A network: an encoder, a conditioning and a head, and where their parameters lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include <iqnrl/agent/composition.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>

namespace iqnrl {

/// The numbers of one network: parameters, state, and what `prepare` makes of them.
template <class Backend, class T>
class weights {
 public:
  weights(const device<Backend>& dev, const parameter_table& table)
      : parameters_size_(table.parameters_size()),
        state_size_(table.state_size()),
        prepared_size_(table.prepared_size()),
        memory_(dev, (parameters_size_ + state_size_ + prepared_size_) * sizeof(T), "the parameters of a network") {}

  [[nodiscard]] view<T, 1> parameters() const { return {base(), {parameters_size_}}; }
  [[nodiscard]] view<T, 1> state() const { return {base() + parameters_size_, {state_size_}}; }
  [[nodiscard]] view<T, 1> prepared() const { return {base() + parameters_size_ + state_size_, {prepared_size_}}; }
  [[nodiscard]] network_views<T> views() const { return {parameters(), state(), prepared()}; }

  /// How often the parameters have changed.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  void changed() { ++version_; }

 private:
  [[nodiscard]] T* base() const { return reinterpret_cast<T*>(memory_.data()); }

  std::size_t parameters_size_;
  std::size_t state_size_;
  std::size_t prepared_size_;
  memory<Backend> memory_;
  std::uint64_t version_ = 0;
};

/// The mean over fractions of quantiles [N, S, A], and `illegal` where an action is not allowed.
struct value_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 3>& z, const row<T, 2>& value) const {
    for (T& v : value) v = T(0);
    const std::size_t size = value.size();
    for (std::size_t n = 0; n < z.extent(0); ++n) {
      for (std::size_t i = 0; i < size; ++i) value.data()[i] += z.data()[n * size + i];
    }
    for (T& v : value) v /= static_cast<T>(z.extent(0));
  }
  template <class T>
  void operator()(std::size_t i, const row<const T, 3>& z, const row<T, 2>& value,
                  const row<const std::uint8_t, 1>& legal) const {
    (*this)(i, z, value);
    for (std::size_t k = 0; k < value.size(); ++k) {
      if (legal[k] == 0) value.data()[k] = illegal<T>;
    }
  }
};

/// The structure of a network and its passes; the numbers are in `weights`. Usable alone:
///
///     network<my_world> net(config);
///     weights<backend::native, float> numbers(device, net.table());
///     net.initialise(device, numbers, seed);
template <class World, class... Policies>
class network {
 public:
  using slots = composition<World, Policies...>;
  using config = typename slots::config;
  using observation = typename slots::observation;
  using seen = typename slots::seen;
  using backend_type = typename slots::backend_policy;
  using value_type = typename slots::value_type;
  using device_type = device<backend_type>;
  using weights_type = weights<backend_type, value_type>;
  using arena_type = arena<backend_type>;
  using forward_type = forward_pass<backend_type, value_type>;
  using backward_type = backward_pass<backend_type, value_type>;

 private:
  using T = value_type;
  using augment_type = typename slots::augment_policy::template bind<observation>;
  using encoder_type = typename slots::encoder_policy::template bind<seen>;
  using conditioning_type = typename slots::conditioning_policy::template bind<encoder_type::features>;
  using head_type = typename slots::head_policy::template bind<encoder_type::features, slots::quantiles_per_row,
                                                               slots::slots, slots::actions>;

 public:
  static constexpr std::size_t features = encoder_type::features;

  using encoder_tape = typename encoder_type::template tape<T>;
  /// What the backward pass needs of the way from features to quantiles.
  struct quantile_tape {
    typename conditioning_type::template tape<T> conditioning;
    typename head_type::template tape<T> head;
  };

  explicit network(const config& c)
      : augment_(c.augment),
        encoder_(c.encoder),
        conditioning_(c.conditioning),
        head_(c.head),
        table_(&device_type::template packed_size<T>) {
    table_.scope("encoder", encoder_);
    table_.scope("conditioning", conditioning_);
    table_.scope("head", head_);
    table_.seal();
  }

  [[nodiscard]] const parameter_table& table() const { return table_; }

  /// Starting values: a function of the seed alone.
  void initialise(const device_type& dev, weights_type& w, std::uint64_t seed) const {
    std::size_t index = 0;
    const auto set = [&](std::span<const tensor_info> tensors, const view<T, 1>& buffer) {
      for (const auto& t : tensors) {
        const auto values = initial_values<T>(t, seed, index++);
        dev.upload(std::span<const T>(values), buffer.slice(t.offset, t.size));
      }
    };
    set(table_.parameters(), w.parameters());
    set(table_.state(), w.state());
    const memory<backend_type> next(dev, table_.state_size() * sizeof(T), "the starting state of a network");
    const view<T, 1> state = next.template as<T>(table_.state_size());
    dev.copy(view<const T, 1>(w.state()), state);
    const prepare_pass<backend_type, T> p{dev, w.parameters(), w.state(), state, w.prepared()};
    children([&](const auto& layer) { iqnrl::begin(layer, p); });
    dev.copy(view<const T, 1>(state), w.state());
    w.changed();
  }

  /// Makes what the forwards read from the parameters, in the weights' own memory; once after they changed.
  void prepare(const device_type& dev, const weights_type& w) const { prepare(dev, w, w.prepared(), {}); }

  /// The same into other memory, before an update with a copy of the state that is advanced, and with noise: see
  /// prepare_pass.
  void prepare(const device_type& dev, const weights_type& w, const view<T, 1>& prepared, const view<T, 1>& next_state,
               const view<const T, 1>& noise = {}) const {
    const prepare_pass<backend_type, T> p{dev, w.parameters(), w.state(), next_state, prepared, noise};
    children([&](const auto& layer) { layer.prepare(p); });
  }

  /// Turns the summed gradients of an update into those of the parameters, and advances the state by its other sums:
  /// see finish_pass.
  void finish(const device_type& dev, const view<T, 1>& state, const view<const T, 1>& prepared,
              const view<T, 1>& gradients, const view<const T, 1>& sums) const {
    const finish_pass<backend_type, T> p{dev, state, prepared, gradients, sums};
    children([&](const auto& layer) { iqnrl::finish(layer, p); });
  }

  /// Uniform numbers that `augment` reads of a sample.
  static constexpr std::size_t randoms = augment_type::randoms;

  /// What the encoder reads of observations: with `uniform` [B, randoms], of which 1/2 is the middle and stands for no
  /// augmentation.
  observation_views<seen> augment(forward_type& p, const observation_views<observation>& x,
                                  const view<const T, 2>& uniform) const {
    return augment_(p, x, uniform);
  }

  /// Features [B, features].
  view<const T, 2> encode(forward_type& p, const observation_views<seen>& x, encoder_tape& kept) const {
    const view<const T, 2> psi = inside("the encoder", [&] { return encoder_.forward(p, x, kept); });
    require_rows("the encoder", "its output", psi.shape(), {std::get<0>(x).rows(), features});
    return psi;
  }

  /// Quantiles [B, N, S, A] of features [B, features] at fractions tau [B, N].
  view<T, 4> quantiles(forward_type& p, const view<const T, 2>& psi, const view<const T, 2>& tau,
                       quantile_tape& kept) const {
    return quantiles<false>(p, psi, tau, kept);
  }
  /// The same, for a choice of actions alone: without what all actions of a quantile have in common, where the head has
  /// such a part.
  view<T, 4> ranks(forward_type& p, const view<const T, 2>& psi, const view<const T, 2>& tau) const {
    quantile_tape unused;
    return quantiles<true>(p, psi, tau, unused);
  }

  /// Whether the conditioning can embed fractions before it sees features: `embed(p, tau, kept)` gives phi [N,
  /// features] of tau [1, N], `join(p, psi, phi)` its rows for all features.
  static constexpr bool embeds = requires(const conditioning_type c, forward_type p,
                                          typename conditioning_type::template tape<T> kept, const view<const T, 2> v) {
    c.join(p, v, c.embed(p, v, kept));
  };

  /// The embedding [N, features] of fractions tau [1, N].
  view<const T, 2> embed(forward_type& p, const view<const T, 2>& tau) const requires embeds {
    typename conditioning_type::template tape<T> unused;
    const view<const T, 2> phi = inside("the conditioning", [&] { return conditioning_.embed(p, tau, unused); });
    require_rows("the conditioning", "its embedding", phi.shape(), {tau.size(), features});
    return phi;
  }
  /// Quantiles [B, N, S, A] of features at fractions whose embedding is known; `Ranks`: see `ranks`.
  template <bool Ranks>
  view<T, 4> quantiles_at(forward_type& p, const view<const T, 2>& psi,
                          const view<const T, 2>& phi) const requires embeds {
    typename head_type::template tape<T> unused;
    const view<const T, 2> h = inside("the conditioning", [&] { return conditioning_.join(p, psi, phi); });
    require_rows("the conditioning", "its output", h.shape(), {psi.rows() * phi.rows(), features});
    return from_head<Ranks>(p, h, unused).template reshape<4>({psi.rows(), phi.rows(), slots::slots, slots::actions});
  }

  /// Values [B, S, A]: the mean of quantiles [B, N, S, A], `illegal` for actions that the observation forbids.
  view<T, 3> values(forward_type& p, const view<const T, 4>& z, const observation_views<observation>& x) const {
    const view<T, 3> value = p.memory.template take<T, 3>({z.rows(), slots::slots, slots::actions});
    if constexpr (observation::has_legal) {
      p.device.for_rows(z.rows(), value_kernel{}, z, value, std::get<observation::legal_index>(x));
    } else {
      p.device.for_rows(z.rows(), value_kernel{}, z, value);
    }
    return value;
  }

  /// Adds the gradients of the parameters for quantile gradients dz [B, N, S, A], which are overwritten.
  void backward(backward_type& p, const encoder_tape& encoded, const quantile_tape& kept, const view<T, 4>& dz) const {
    const view<T, 2> dq = dz.template reshape<2>({dz.size() / columns, columns});
    const view<T, 2> dh = inside("the head", [&] { return head_.backward(p, kept.head, dq); });
    require_rows("the head", "the gradient of its input", dh.shape(), {dq.rows(), features});
    const view<T, 2> dpsi =
        inside("the conditioning", [&] { return conditioning_.backward(p, kept.conditioning, dh); });
    require_rows("the conditioning", "the gradient of the features", dpsi.shape(), {dz.rows(), features});
    inside("the encoder", [&] { encoder_.backward(p, encoded, dpsi); });
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    f(encoder_);
    f(conditioning_);
    f(head_);
  }

 private:
  static constexpr std::size_t columns = slots::quantiles_per_row * slots::slots * slots::actions;

  template <bool Ranks>
  view<T, 4> quantiles(forward_type& p, const view<const T, 2>& psi, const view<const T, 2>& tau,
                       quantile_tape& kept) const {
    const view<const T, 2> h =
        inside("the conditioning", [&] { return conditioning_.forward(p, psi, tau, kept.conditioning); });
    const bool each = slots::conditioning_policy::per_fraction;
    require_rows("the conditioning", "its output", h.shape(), {each ? tau.size() : psi.rows(), features});
    const view<T, 2> q = from_head<Ranks>(p, h, kept.head);
    detail::require_shapes(q.size() == tau.size() * slots::slots * slots::actions, "the fractions", "their grid",
                           tau.shape(), "the quantiles of the head", q.shape());
    return q.template reshape<4>({psi.rows(), tau.row_size(), slots::slots, slots::actions});
  }

  template <bool Ranks, class Tape>
  view<T, 2> from_head(forward_type& p, const view<const T, 2>& h, Tape& kept) const {
    const view<T, 2> q = inside("the head", [&] {
      if constexpr (Ranks && requires { head_.rank(p, h, kept); }) {
        return head_.rank(p, h, kept);
      } else {
        return head_.forward(p, h, kept);
      }
    });
    require_rows("the head", "its output", q.shape(), {h.rows(), columns});
    return q;
  }

  /// Says in whose layers shapes did not fit.
  template <class F>
  static auto inside(std::string_view policy, const F& run) {
    try {
      return run();
    } catch (const shape_error& e) {
      throw shape_error(fmt::format("in {}: {}", policy, e.what()));
    }
  }

  static void require_rows(std::string_view policy, std::string_view what, const extents<2>& given,
                           const extents<2>& needed) {
    detail::require_shapes(given == needed, policy, what, given, "the contract", needed);
  }

  augment_type augment_;
  encoder_type encoder_;
  conditioning_type conditioning_;
  head_type head_;
  parameter_table table_;
};

}  // namespace iqnrl
