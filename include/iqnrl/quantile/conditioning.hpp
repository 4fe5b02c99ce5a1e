// Conditioning: none, or a cosine embedding of the fraction multiplied into the features.
#pragma once

#include <cstddef>

#include <fmt/format.h>

#include <iqnrl/contract/conditioning.hpp>
#include <iqnrl/nn/dense.hpp>

namespace iqnrl::conditioning {

/// The features as they are: the head then gives every quantile of a fixed grid at once (QR-DQN).
using none = archetype;

/// IQN's conditioning (Dabney et al. 2018, eq. 4): phi(tau) = act(W c + b) with c_i = cos(pi (First + i) tau) for i <
/// Cosines, and h[b, n] = psi[b] * phi(tau[b, n]), element by element. First is 0 in the paper and BTR, 1 in Dopamine
/// and linesight. The layer is of any kind: an activation, or nn::dense. Parameters: `fc.weight`
/// [Features, Cosines], `fc.bias`.
template <std::size_t Cosines = 64, std::size_t First = 0, class KindOrActivation = activation::relu>
struct cosine {
  static_assert(Cosines > 0, "iqnrl[conditioning]: cosine<N> needs at least one cosine");
  using axis = iqnrl::axis::conditioning;
  struct config {};
  static constexpr bool per_fraction = true;

  template <std::size_t Features>
  class bind {
    using layer = nn::hidden<Cosines, Features, nn::dense_kind<KindOrActivation>>;

   public:
    template <class T>
    struct tape {
      typename layer::template tape<T> fc;
      view<const T, 2> psi;
      view<const T, 2> phi;
    };

    explicit bind(const config&) {}

    void declare(parameter_table& table) {
      table.note(fmt::format("{} cosines from {}", Cosines, First), {Cosines});
      table.scope("fc", fc_);
    }

    template <class Pass>
    void prepare(const Pass& p) const {
      fc_.prepare(p);
    }

    /// See pass.hpp.
    template <class F>
    void children(const F& f) const {
      f(fc_);
    }

    /// phi [B N, Features] of fractions tau [B, N].
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> embed(Pass& p, const view<const T, 2>& tau, tape<T>& kept) const {
      const view<T, 2> c = p.memory.template take<T, 2>({tau.size(), Cosines});
      p.device.cosine(tau.template reshape<1>({tau.size()}), First, c);
      return fc_.forward(p, view<const T, 2>(c), kept.fc);
    }

    /// psi [B, Features] and phi [N, Features] of fractions that are everybody's -> h [B N, Features].
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> join(Pass& p, const view<const T, 2>& psi, const view<const T, 2>& phi) const {
      const view<T, 2> h = p.memory.template take<T, 2>({psi.rows() * phi.rows(), Features});
      for (std::size_t b = 0; b < psi.rows(); ++b)
        p.device.hadamard(psi.slice(b, 1), phi, h.slice(b * phi.rows(), phi.rows()));
      return h;
    }

    /// psi [B, Features], tau [B, N] -> h [B N, Features].
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> forward(Pass& p, const view<const T, 2>& psi, const view<const T, 2>& tau, tape<T>& kept) const {
      kept.psi = psi;
      kept.phi = embed(p, tau, kept);
      const view<T, 2> h = p.memory.template take<T, 2>({tau.size(), Features});
      p.device.hadamard(psi, kept.phi, h);
      return h;
    }

    /// Adds the parameter gradients; `dh` [B N, Features] is overwritten. Returns dpsi [B, Features].
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dh) const {
      const view<T, 2> dpsi = p.memory.template take<T, 2>(kept.psi.shape());
      p.device.hadamard_gradient(kept.psi, kept.phi, view<const T, 2>(dh), dpsi, dh);
      fc_.backward_parameters(p, kept.fc, dh);
      return dpsi;
    }

   private:
    layer fc_;
  };
};

}  // namespace iqnrl::conditioning
