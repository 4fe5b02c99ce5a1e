// Where a layer's weights come from: as they are, with noise, or divided by their spectral norm. Layers are written
// once and take one of these.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>
#include <iqnrl/nn/start.hpp>

namespace iqnrl::nn::weight {

namespace detail {

/// A weight of any rank as a matrix with `Rows` rows.
template <std::size_t Rows, class T, std::size_t Rank>
[[nodiscard]] view<T, 2> as_matrix(const view<T, Rank>& v) {
  return v.template reshape<2>({Rows, v.size() / Rows});
}

/// What forwards multiply by where `prepare` makes it: a matrix [Out, Depth] and its packed form.
template <std::size_t Out, std::size_t Depth>
class made_weight {
 public:
  template <class T>
  [[nodiscard]] view<const T, 2> weight(const network_views<T>& net) const {
    return as_matrix<Out>(effective_.in(net.prepared));
  }
  template <class T>
  [[nodiscard]] view<const T, 1> packed(const network_views<T>& net) const {
    return packed_.in(net.prepared);
  }

 protected:
  void declare_made(parameter_table& table) {
    table.add_prepared(effective_, Out * Depth);
    table.add_packed(packed_, Out, Depth);
  }
  /// Where `prepare` writes the matrix.
  template <class T>
  [[nodiscard]] view<T, 2> effective(const view<T, 1>& prepared) const {
    return as_matrix<Out>(effective_.in(prepared));
  }
  template <class Pass>
  void pack(const Pass& p) const {
    using T = typename Pass::value_type;
    if (packed_.size() > 0) p.device.pack(view<const T, 2>(effective(p.prepared)), view<T, 1>(packed_.in(p.prepared)));
  }

 private:
  stretch effective_;
  stretch packed_;
};

/// f(x) = sign(x) sqrt|x|, by which factorised noise is shaped.
template <class T>
[[nodiscard]] T shaped(T x) {
  return x < T(0) ? -std::sqrt(-x) : std::sqrt(x);
}

struct shape_kernel {
  template <class T>
  void operator()(std::size_t, const T& noise, T& to) const {
    to = shaped(noise);
  }
};
/// One row of noisy weights, and the noise itself: outer = out in, both shaped, and w = mu + sigma outer.
struct noise_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 1>& mu, const row<const T, 1>& sigma, const T& out,
                  const row<const T, 1>& in, const row<T, 1>& outer, const row<T, 1>& w) const {
    for (std::size_t k = 0; k < w.size(); ++k) {
      outer[k] = out * in[k];
      w[k] = mu[k] + sigma[k] * outer[k];
    }
  }
};
/// The same for a bias, whose noise is f(out).
struct bias_noise_kernel {
  template <class T>
  void operator()(std::size_t, const T& mu, const T& sigma, const T& out, T& noise, T& b) const {
    noise = shaped(out);
    b = mu + sigma * noise;
  }
};
/// dsigma = dw noise.
struct noise_gradient_kernel {
  template <class T>
  void operator()(std::size_t, const T& dw, const T& noise, T& dsigma) const {
    dsigma = dw * noise;
  }
};

/// x / max(|x|, 1e-12), in place.
template <class T>
void make_unit(const row<T, 1>& x) {
  T square = 0;
  for (const T v : x) square += v * v;
  const T length = std::sqrt(square);
  const T factor = T(1) / (length > T(1e-12) ? length : T(1e-12));
  for (T& v : x) v *= factor;
}
/// y = M^T u.
template <class T>
void times_transposed(const row<const T, 2>& m, const row<T, 1>& u, const row<T, 1>& y) {
  for (T& v : y) v = T(0);
  for (std::size_t o = 0; o < m.extent(0); ++o) {
    for (std::size_t k = 0; k < m.extent(1); ++k) y[k] += u[o] * m(o, k);
  }
}
/// y = M v.
template <class T>
void times(const row<const T, 2>& m, const row<T, 1>& v, const row<T, 1>& y) {
  for (std::size_t o = 0; o < m.extent(0); ++o) {
    T sum = 0;
    for (std::size_t k = 0; k < m.extent(1); ++k) sum += m(o, k) * v[k];
    y[o] = sum;
  }
}

/// One power iteration for u and v.
template <bool VFirst>
struct power_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 2>& m, const row<T, 1>& u, const row<T, 1>& v) const {
    for (const bool for_v : {VFirst, !VFirst}) {
      if (for_v) {
        times_transposed(m, u, v);
        make_unit(v);
      } else {
        times(m, v, u);
        make_unit(u);
      }
    }
  }
};
/// sigma = u^T M v, w = M / sigma.
struct divide_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 2>& m, const row<const T, 1>& u, const row<const T, 1>& v, T& sigma,
                  const row<T, 2>& w) const {
    sigma = T(0);
    for (std::size_t o = 0; o < m.extent(0); ++o) {
      T sum = 0;
      for (std::size_t k = 0; k < m.extent(1); ++k) sum += m(o, k) * v[k];
      sigma += u[o] * sum;
    }
    for (std::size_t i = 0; i < w.size(); ++i) w.data()[i] = m.data()[i] / sigma;
  }
};
/// dM = (dw - sum(dw w) u v^T) / sigma, in place of dw.
struct divide_gradient_kernel {
  template <class T>
  void operator()(std::size_t, const row<T, 2>& d, const row<const T, 2>& w, const row<const T, 1>& u,
                  const row<const T, 1>& v, const T& sigma) const {
    T along = 0;
    for (std::size_t i = 0; i < d.size(); ++i) along += d.data()[i] * w.data()[i];
    for (std::size_t o = 0; o < d.extent(0); ++o) {
      for (std::size_t k = 0; k < d.extent(1); ++k) d(o, k) = (d(o, k) - along * u[o] * v[k]) / sigma;
    }
  }
};

}  // namespace detail

/// Weight [Out, In…] and, unless `Bias` is false, bias [Out], as they are; they start as `Start` says.
template <bool Bias, class Start = start::fan_in>
struct as_they_are {
  static constexpr std::string_view name = Bias ? "" : "without bias";
  struct config {};

  template <std::size_t Out, std::size_t... In>
  class bind {
   public:
    static constexpr std::size_t depth = (In * ... * 1);

    bind() = default;
    explicit bind(const config& /*c*/) {}

    void declare(parameter_table& table) {
      table.add(weight_, "weight", Start::weight(depth));
      if constexpr (Bias) table.add(bias_, "bias", Start::bias(depth));
      table.add_packed(packed_, Out, depth);
    }

    template <class Pass>
    void prepare(const Pass& p) const {
      using T = typename Pass::value_type;
      if (packed_.size() > 0)
        p.device.pack(view<const T, 2>(detail::as_matrix<Out>(weight_.in(p.parameters))),
                      view<T, 1>(packed_.in(p.prepared)));
    }

    /// What forwards multiply by: [Out, depth], its packed form, and the bias, empty where there is none.
    template <class T>
    [[nodiscard]] view<const T, 2> weight(const network_views<T>& net) const {
      return detail::as_matrix<Out>(weight_.in(net.parameters));
    }
    template <class T>
    [[nodiscard]] view<const T, 1> packed(const network_views<T>& net) const {
      return packed_.in(net.prepared);
    }
    template <class T>
    [[nodiscard]] view<const T, 1> bias(const network_views<T>& net) const {
      if constexpr (Bias) return bias_.in(net.parameters);
      return {};
    }
    /// Where their gradients are added up.
    template <class T>
    [[nodiscard]] view<T, 2> weight_gradient(const view<T, 1>& gradients) const {
      return detail::as_matrix<Out>(weight_.in(gradients));
    }
    template <class T>
    [[nodiscard]] view<T, 1> bias_gradient(const view<T, 1>& gradients) const {
      if constexpr (Bias) return bias_.in(gradients);
      return {};
    }

   private:
    parameter<Out, In...> weight_;
    parameter<Out> bias_;
    stretch packed_;
  };
};

template <class Start>
using plain_from = as_they_are<true, Start>;
using plain = plain_from<start::fan_in>;
using unbiased = as_they_are<false>;

/// Factorised Gaussian noise (Fortunato et al. 2018): w = mu_w + sigma_w * f(e_out) f(e_in)^T and b = mu_b + sigma_b *
/// f(e_out), f(x) = sign(x) sqrt|x|, e_out [Out] and e_in [n] standard normal. Without noise w = mu_w and b = mu_b. mu
/// starts as U(-1/sqrt(n), 1/sqrt(n)), sigma as `scale` / sqrt(n), n the inputs of one output. Parameters:
/// `weight_mu`, `weight_sigma`, `bias_mu`, `bias_sigma`.
struct noisy {
  static constexpr std::string_view name = "noisy";
  struct config {
    double scale = 0.5;  ///< the paper's sigma_0

    template <class V>
    void describe(V& v) const {
      v("scale", scale);
    }
  };

  template <std::size_t Out, std::size_t... In>
  class bind : public detail::made_weight<Out, (In * ... * 1)> {
   public:
    static constexpr std::size_t depth = (In * ... * 1);

    bind() = default;
    explicit bind(const config& c) : scale_(c.scale) {
      require<config_error>(is_finite(c.scale) && c.scale >= 0,
                            "the scale of the noise is {}; give 0 (none) or a positive number (the paper has 0.5)",
                            c.scale);
    }

    void declare(parameter_table& table) {
      const initial scale = initial::constant(scale_ / std::sqrt(static_cast<double>(depth)));
      table.add(weight_mu_, "weight_mu", start::fan_in::weight(depth));
      table.add(weight_sigma_, "weight_sigma", scale);
      table.add(bias_mu_, "bias_mu", start::fan_in::bias(depth));
      table.add(bias_sigma_, "bias_sigma", scale);
      table.add_noise(noise_in_, depth);
      table.add_noise(noise_out_, Out);
      this->declare_made(table);
      table.add_prepared(shaped_in_, depth);
      table.add_prepared(weight_noise_, Out * depth);
      table.add_prepared(bias_, Out);
      table.add_prepared(bias_noise_, Out);
    }

    template <class Pass>
    void prepare(const Pass& p) const {
      using T = typename Pass::value_type;
      const view<const T, 2> mu = detail::as_matrix<Out>(weight_mu_.in(p.parameters));
      const view<T, 2> w = this->effective(p.prepared);
      const view<T, 2> outer = detail::as_matrix<Out>(weight_noise_.in(p.prepared));
      const view<T, 1> b = bias_.in(p.prepared);
      if (p.noise.empty()) {
        p.device.copy(mu, w);
        p.device.copy(view<const T, 1>(bias_mu_.in(p.parameters)), b);
        p.device.fill(outer, T(0));
        p.device.fill(bias_noise_.in(p.prepared), T(0));
      } else {
        p.device.for_rows(Out, detail::bias_noise_kernel{}, bias_mu_.in(p.parameters), bias_sigma_.in(p.parameters),
                          noise_out_.in(p.noise), bias_noise_.in(p.prepared), b);
        const view<T, 1> shaped = shaped_in_.in(p.prepared);
        p.device.for_rows(depth, detail::shape_kernel{}, noise_in_.in(p.noise), shaped);
        const view<const T, 2> in{shaped.data(), {Out, depth}, 0};  // the same row for every output
        p.device.for_rows(Out, detail::noise_kernel{}, mu,
                          view<const T, 2>(detail::as_matrix<Out>(weight_sigma_.in(p.parameters))),
                          view<const T, 1>(bias_noise_.in(p.prepared)), in, outer, w);
      }
      this->pack(p);
    }

    /// The gradients of sigma, from those of the weights that the forwards had.
    template <class Pass>
    void finish(const Pass& p) const {
      using T = typename Pass::value_type;
      p.device.for_rows(Out * depth, detail::noise_gradient_kernel{},
                        flat(weight_mu_.in(view<const T, 1>(p.gradients))),
                        view<const T, 1>(weight_noise_.in(p.prepared)), flat(weight_sigma_.in(p.gradients)));
      p.device.for_rows(Out, detail::noise_gradient_kernel{}, bias_mu_.in(view<const T, 1>(p.gradients)),
                        view<const T, 1>(bias_noise_.in(p.prepared)), bias_sigma_.in(p.gradients));
    }

    template <class T>
    [[nodiscard]] view<const T, 1> bias(const network_views<T>& net) const {
      return bias_.in(net.prepared);
    }
    template <class T>
    [[nodiscard]] view<T, 2> weight_gradient(const view<T, 1>& gradients) const {
      return detail::as_matrix<Out>(weight_mu_.in(gradients));
    }
    template <class T>
    [[nodiscard]] view<T, 1> bias_gradient(const view<T, 1>& gradients) const {
      return bias_mu_.in(gradients);
    }

   private:
    template <class T, std::size_t Rank>
    static view<T, 1> flat(const view<T, Rank>& v) {
      return v.template reshape<1>({Out * depth});
    }

    double scale_ = config{}.scale;
    parameter<Out, In...> weight_mu_;
    parameter<Out, In...> weight_sigma_;
    parameter<Out> bias_mu_;
    parameter<Out> bias_sigma_;
    stretch noise_in_;
    stretch noise_out_;
    stretch shaped_in_;
    stretch weight_noise_;
    stretch bias_;
    stretch bias_noise_;
  };
};

/// Which of its two vectors a power iteration makes first: v = M^T u, then u = M v (Miyato et al. 2018, and PyTorch's
/// older function), or u first (PyTorch's newer parametrisation).
enum class power_iteration : std::uint8_t { v_first, u_first };

/// Spectral normalisation (Miyato et al. 2018): w = M / sigma, M the weight as a matrix [Out, n], sigma = u^T M v.
/// Before every update one power iteration improves u and v, which are saved with the network; acting reads them and
/// changes nothing. They are constants of differentiation, sigma is not: dM = (dw - sum(dw w) u v^T) / sigma.
/// M starts as `Start` says. Parameters: `weight` and `bias`; state: `u` [Out], `v` [n].
template <power_iteration Order = power_iteration::v_first, class Start = start::fan_in>
struct spectral_by {
  static constexpr std::string_view name = "spectral norm";
  struct config {};

  template <std::size_t Out, std::size_t... In>
  class bind : public detail::made_weight<Out, (In * ... * 1)> {
   public:
    static constexpr std::size_t depth = (In * ... * 1);

    bind() = default;
    explicit bind(const config& /*c*/) {}

    void declare(parameter_table& table) {
      table.add(weight_, "weight", Start::weight(depth));
      table.add(bias_, "bias", Start::bias(depth));
      table.add_state(u_, "u", initial::normal(1), on_sync::copy);
      table.add_state(v_, "v", initial::normal(1), on_sync::copy);
      table.add_prepared(sigma_, 1);
      this->declare_made(table);
    }

    /// As PyTorch does, so that acting before the first update has a norm.
    template <class Pass>
    void begin(const Pass& p) const {
      for (int i = 0; i < 15; ++i) iterate(p);
    }

    template <class Pass>
    void prepare(const Pass& p) const {
      using T = typename Pass::value_type;
      const view<const T, 3> m = as_one(weight_.in(p.parameters));
      view<const T, 1> state = p.state;
      if (!p.next_state.empty()) {
        iterate(p);
        state = p.next_state;
      }
      p.device.for_rows(1, detail::divide_kernel{}, m, one_row(u_.in(state)), one_row(v_.in(state)),
                        sigma_.in(p.prepared), as_one(this->effective(p.prepared)));
      this->pack(p);
    }

    /// From the gradient of w to that of M.
    template <class Pass>
    void finish(const Pass& p) const {
      using T = typename Pass::value_type;
      p.device.for_rows(1, detail::divide_gradient_kernel{}, as_one(weight_.in(p.gradients)),
                        as_one(view<const T, 2>(this->effective(p.prepared))),
                        one_row(u_.in(view<const T, 1>(p.state))), one_row(v_.in(view<const T, 1>(p.state))),
                        view<const T, 1>(sigma_.in(p.prepared)));
    }

    template <class T>
    [[nodiscard]] view<const T, 1> bias(const network_views<T>& net) const {
      return bias_.in(net.parameters);
    }
    template <class T>
    [[nodiscard]] view<T, 2> weight_gradient(const view<T, 1>& gradients) const {
      return detail::as_matrix<Out>(weight_.in(gradients));
    }
    template <class T>
    [[nodiscard]] view<T, 1> bias_gradient(const view<T, 1>& gradients) const {
      return bias_.in(gradients);
    }

    /// sigma, as the last `prepare` found it.
    template <class T>
    [[nodiscard]] view<T, 1> norm(const view<T, 1>& prepared) const {
      return sigma_.in(prepared);
    }

   private:
    template <class Pass>
    void iterate(const Pass& p) const {
      p.device.for_rows(1, detail::power_kernel<Order == power_iteration::v_first>{}, as_one(weight_.in(p.parameters)),
                        one_row(u_.in(p.next_state)), one_row(v_.in(p.next_state)));
    }
    template <class T, std::size_t Rank>
    static view<T, 3> as_one(const view<T, Rank>& v) {
      return v.template reshape<3>({1, Out, depth});
    }
    template <class T>
    static view<T, 2> one_row(const view<T, 1>& v) {
      return v.template reshape<2>({1, v.size()});
    }

    parameter<Out, In...> weight_;
    parameter<Out> bias_;
    parameter<Out> u_;
    parameter<depth> v_;
    stretch sigma_;
  };
};

template <class Start>
using spectral_from = spectral_by<power_iteration::v_first, Start>;
using spectral = spectral_from<start::fan_in>;

}  // namespace iqnrl::nn::weight
