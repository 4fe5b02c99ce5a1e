// The law of backends: every primitive of `device` does what a naive loop over host memory does, at odd sizes, on
// strided views, and in dry runs nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <thread>
#include <vector>

#include <iqnrl/backend/device.hpp>
#include <iqnrl/contract/backend.hpp>
#include <iqnrl/core/image.hpp>
#include <iqnrl/nn/activation.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/tensor.hpp>

namespace iqnrl::testing {

inline constexpr std::array<std::size_t, 4> backend_sizes{1, 3, 17, 67};

/// A matrix on the host and on the device, there with rows that are `gap` elements apart.
template <class B, class T>
struct padded_matrix {
  padded_matrix(const device<B>& dev, std::size_t rows, std::size_t columns, std::size_t gap, std::uint64_t seed)
      : host(noise<T>(rows * columns, seed)),
        wide(dev, {rows, columns + gap}),
        there(wide.out().columns(gap / 2, columns)) {
    dev.upload(std::span<const T>(host), there);
  }
  [[nodiscard]] view<const T, 2> in() const { return there; }
  std::vector<T> host;
  tensor<B, T, 2> wide;
  view<T, 2> there;
};

/// Whether two rows of numbers agree to `digits` rounding errors of the largest.
template <class T>
[[nodiscard]] bool agree(const std::vector<T>& a, const std::vector<double>& b, double digits) {
  double most = 1;
  double off = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::abs(b[i]));
    off = std::max(off, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return a.size() == b.size() && off <= digits * static_cast<double>(std::numeric_limits<T>::epsilon()) * most;
}

struct sum_rows_kernel {
  template <class T>
  void operator()(std::size_t i, const row<const T, 1>& x, T& out) const {
    out = static_cast<T>(i);
    for (const T v : x) out += v;
  }
};

/// Products are those of naive loops.
template <class B, class T>
void backend_products() {
  const device<B> dev;
  for (const std::size_t rows : backend_sizes) {
    for (const std::size_t in : {std::size_t{1}, std::size_t{3}, std::size_t{17}, std::size_t{64}, std::size_t{67}}) {
      for (const std::size_t out :
           {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{5}, std::size_t{67}}) {
        const std::size_t gap = (rows + in + out) % 3 * 2;
        DOCTEST_CAPTURE(rows);
        DOCTEST_CAPTURE(in);
        DOCTEST_CAPTURE(out);
        const padded_matrix<B, T> x(dev, rows, in, gap, 1);
        const padded_matrix<B, T> w(dev, out, in, 0, 2);
        const padded_matrix<B, T> dy(dev, rows, out, gap, 3);
        const auto b_host = noise<T>(out, 4);
        const tensor<B, T, 1> b(dev, {out}, b_host);
        const tensor<B, T, 1> packed(dev, {device<B>::template packed_size<T>(out, in)});
        dev.pack(w.in(), packed.out());
        const double digits = 8 * static_cast<double>(std::max({rows, in, out}));

        for (const bool biased : {true, false}) {
          const padded_matrix<B, T> y(dev, rows, out, gap, 5);
          dev.affine(x.in(), w.in(), packed.in(), biased ? b.in() : view<const T, 1>{}, activation::relu{}, y.there);
          std::vector<double> want(rows * out);
          for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t n = 0; n < out; ++n) {
              double sum = biased ? static_cast<double>(b_host[n]) : 0.0;
              for (std::size_t k = 0; k < in; ++k) {
                sum += static_cast<double>(x.host[r * in + k]) * static_cast<double>(w.host[n * in + k]);
              }
              want[r * out + n] = std::max(sum, 0.0);
            }
          }
          DOCTEST_CHECK(agree(host_of(dev, y.there), want, digits));
        }

        const padded_matrix<B, T> dx(dev, rows, in, gap, 6);
        dev.affine_input_gradient(dy.in(), w.in(), packed.in(), dx.there);
        std::vector<double> want(rows * in, 0.0);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t n = 0; n < out; ++n) {
            for (std::size_t k = 0; k < in; ++k) {
              want[r * in + k] += static_cast<double>(dy.host[r * out + n]) * static_cast<double>(w.host[n * in + k]);
            }
          }
        }
        DOCTEST_CHECK(agree(host_of(dev, dx.there), want, digits));

        for (const bool biased : {true, false}) {
          const padded_matrix<B, T> dw(dev, out, in, 0, 7);
          const tensor<B, T, 1> db(dev, {out}, b_host);
          dev.affine_weight_gradient(dy.in(), x.in(), dw.there, biased ? db.out() : view<T, 1>{});
          std::vector<double> dw_want(dw.host.begin(), dw.host.end());
          std::vector<double> db_want(b_host.begin(), b_host.end());
          for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t n = 0; n < out; ++n) {
              const auto d = static_cast<double>(dy.host[r * out + n]);
              if (biased) db_want[n] += d;
              for (std::size_t k = 0; k < in; ++k) dw_want[n * in + k] += d * static_cast<double>(x.host[r * in + k]);
            }
          }
          DOCTEST_CHECK(agree(host_of(dev, dw.there), dw_want, digits));
          DOCTEST_CHECK(agree(db.get(), db_want, digits));
        }
      }
    }
  }
}

/// Element-wise primitives and reductions are naive loops, and touch nothing beside.
template <class B, class T>
void backend_elements() {
  const device<B> dev;
  for (const std::size_t rows : backend_sizes) {
    for (const std::size_t columns : backend_sizes) {
      DOCTEST_CAPTURE(rows);
      DOCTEST_CAPTURE(columns);
      const std::size_t gap = rows % 4 == 3 ? 4 : 0;
      const padded_matrix<B, T> x(dev, rows, columns, gap, 1);
      const std::size_t n = rows * columns;
      DOCTEST_CHECK(host_of(dev, x.there) == x.host);

      const padded_matrix<B, T> y(dev, rows, columns, gap, 2);
      dev.copy(x.in(), y.there);
      DOCTEST_CHECK(host_of(dev, y.there) == x.host);
      dev.fill(y.there, T(3));
      DOCTEST_CHECK(host_of(dev, y.there) == std::vector<T>(n, T(3)));
      if (gap > 0) {
        const auto wide = y.wide.get();
        for (std::size_t r = 0; r < rows; ++r) {
          for (const std::size_t c : {std::size_t{0}, std::size_t{1}, columns + 2, columns + 3}) {
            DOCTEST_REQUIRE(wide[r * (columns + 4) + c] == 0);
          }
        }
      }

      std::vector<std::uint8_t> bytes(n);
      for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(7 * i);
      const tensor<B, std::uint8_t, 2> images(dev, {rows, columns}, bytes);
      dev.cast(images.in(), T(1) / T(255), y.there);
      std::vector<double> want(n);
      for (std::size_t i = 0; i < n; ++i) want[i] = bytes[i] / 255.0;
      DOCTEST_CHECK(agree(host_of(dev, y.there), want, 2));

      dev.activate(x.in(), activation::softplus{}, y.there);
      for (std::size_t i = 0; i < n; ++i) want[i] = std::log1p(std::exp(static_cast<double>(x.host[i])));
      DOCTEST_CHECK(agree(host_of(dev, y.there), want, 4));
      const padded_matrix<B, T> d(dev, rows, columns, gap, 3);
      dev.activation_gradient(x.in(), activation::softplus{}, d.there);
      for (std::size_t i = 0; i < n; ++i) {
        want[i] = static_cast<double>(d.host[i]) / (1 + std::exp(-static_cast<double>(x.host[i])));
      }
      DOCTEST_CHECK(agree(host_of(dev, d.there), want, 4));

      const auto tau = noise<T>(rows, 4);
      const tensor<B, T, 1> taus(dev, {rows}, tau);
      for (const std::size_t first : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
        dev.cosine(taus.in(), first, y.there);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t i = 0; i < columns; ++i) {
            want[r * columns + i] =
                std::cos(std::numbers::pi * static_cast<double>(first + i) * static_cast<double>(tau[r]));
          }
        }
        DOCTEST_CHECK(agree(host_of(dev, y.there), want, 8 * static_cast<double>(columns + first)));
        const tensor<B, T, 1> dtau(dev, {rows});
        dev.cosine_gradient(taus.in(), first, x.in(), dtau.out());
        std::vector<double> slopes(rows, 0.0);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t i = 0; i < columns; ++i) {
            const double frequency = std::numbers::pi * static_cast<double>(first + i);
            slopes[r] -= frequency * std::sin(frequency * static_cast<double>(tau[r])) *
                         static_cast<double>(x.host[r * columns + i]);
          }
        }
        const double wide = static_cast<double>(columns + first);
        DOCTEST_CHECK(agree(dtau.get(), slopes, 8 * wide * wide));
      }

      for (const std::size_t each : {std::size_t{1}, std::size_t{4}}) {
        const padded_matrix<B, T> phi(dev, rows * each, columns, gap, 5);
        const padded_matrix<B, T> h(dev, rows * each, columns, gap, 6);
        dev.hadamard(x.in(), phi.in(), h.there);
        std::vector<double> products(n * each);
        std::vector<double> dphi(n * each);
        std::vector<double> dpsi(n, 0.0);
        for (std::size_t r = 0; r < rows * each; ++r) {
          for (std::size_t c = 0; c < columns; ++c) {
            const std::size_t at = r * columns + c;
            const std::size_t of = r / each * columns + c;
            products[at] = static_cast<double>(x.host[of]) * static_cast<double>(phi.host[at]);
            dphi[at] = static_cast<double>(x.host[of]) * static_cast<double>(h.host[at]);
            dpsi[of] += static_cast<double>(phi.host[at]) * static_cast<double>(h.host[at]);
          }
        }
        DOCTEST_CHECK(agree(host_of(dev, h.there), products, 2));
        const padded_matrix<B, T> dh(dev, rows * each, columns, gap, 6);
        dev.hadamard_gradient(x.in(), phi.in(), dh.in(), y.there, dh.there);
        DOCTEST_CHECK(agree(host_of(dev, y.there), dpsi, 8));
        DOCTEST_CHECK(agree(host_of(dev, dh.there), dphi, 2));
      }

      const tensor<B, T, 1> flat(dev, {n}, x.host);
      const tensor<B, T, 1> into(dev, {n}, d.host);
      dev.add(flat.in(), into.out());
      double squares = 0;
      for (std::size_t i = 0; i < n; ++i) {
        want[i] = static_cast<double>(x.host[i]) + static_cast<double>(d.host[i]);
        squares += static_cast<double>(x.host[i]) * static_cast<double>(x.host[i]);
      }
      DOCTEST_CHECK(agree(into.get(), want, 2));
      DOCTEST_CHECK(dev.sum_of_squares(flat.in()) == doctest::Approx(squares).epsilon(1e-12));
      DOCTEST_CHECK(dev.all_finite(flat.in()));
      for (const T bad : {std::numeric_limits<T>::quiet_NaN(), -std::numeric_limits<T>::infinity()}) {
        dev.fill(flat.out().slice(n - 1, 1), bad);
        DOCTEST_CHECK_FALSE(dev.all_finite(flat.in()));
      }

      const tensor<B, T, 1> sums(dev, {rows});
      dev.for_rows(rows, sum_rows_kernel{}, x.in(), sums.out());
      std::vector<double> totals(rows);
      for (std::size_t r = 0; r < rows; ++r) {
        totals[r] = static_cast<double>(r);
        for (std::size_t c = 0; c < columns; ++c) totals[r] += static_cast<double>(x.host[r * columns + c]);
      }
      DOCTEST_CHECK(agree(sums.get(), totals, 4 * static_cast<double>(columns)));
    }
  }
}

/// Convolutions are sums over everything that a window sees, at odd sizes, with strides that leave rows over and
/// paddings that stand out.
template <class B, class T>
void backend_convolutions() {
  const device<B> dev;
  struct shape {
    image_shape in{};
    std::size_t out = 1;
    window over{};
  };
  const std::array<shape, 10> shapes{{{{1, 1, 1}, 1, window{}},
                                      {{3, 7, 5}, 2, window::square(3, 1, 1)},
                                      {{2, 9, 11}, 5, window::square(4, 2)},
                                      {{1, 6, 7}, 3, window{2, 3, 3, 2, 1, 2}},
                                      {{2, 2, 3}, 4, window{5, 4, 1, 2, 2, 3}},
                                      {{17, 5, 3}, 19, window::square(1)},
                                      {{5, 33, 67}, 3, window::square(3, 1, 1)},
                                      {{16, 6, 7}, 16, window::square(3, 1, 1)},
                                      {{19, 13, 9}, 35, window::square(3)},
                                      {{33, 5, 11}, 18, window{3, 3, 1, 1, 2, 0}}}};
  for (const std::size_t gap : {2U, 0U}) {
    for (const auto& s : shapes) {
      const convolution c{s.in, s.over.over(s.in, s.out), s.over};
      for (const std::size_t rows : {std::size_t{1}, std::size_t{3}}) {
        DOCTEST_CAPTURE(s.in.height);
        DOCTEST_CAPTURE(s.over.height);
        DOCTEST_CAPTURE(rows);
        const padded_matrix<B, T> x(dev, rows, c.in.size(), gap, 1);
        const padded_matrix<B, T> w(dev, s.out, c.depth(), 0, 2);
        const padded_matrix<B, T> dy(dev, rows, c.out.size(), gap, 3);
        const auto b = noise<T>(s.out, 4);
        const tensor<B, T, 1> bias(dev, {s.out}, b);
        const tensor<B, T, 1> packed(dev, {device<B>::template packed_size<T>(s.out, c.depth())});
        dev.pack(w.in(), packed.out());
        const tensor<B, T, 1> scratch(dev, {device<B>::template convolution_scratch<T>(c)});
        std::vector<double> y(rows * c.out.size());
        std::vector<double> dx(rows * c.in.size(), 0.0);
        std::vector<double> dw(w.host.begin(), w.host.end());
        std::vector<double> db(b.begin(), b.end());
        for (std::size_t at = 0; at < y.size(); ++at) {
          const std::size_t r = at / c.out.size();
          const std::size_t o = at % s.out;
          const std::size_t i = at / s.out / c.out.width % c.out.height;
          const std::size_t j = at / s.out % c.out.width;
          const auto d = static_cast<double>(dy.host[at]);
          double sum = static_cast<double>(b[o]);
          for (std::size_t tap = 0; tap < c.depth(); ++tap) {
            const std::size_t k = tap / (s.over.height * s.over.width);
            const std::size_t row = i * s.over.stride_height + tap / s.over.width % s.over.height;
            const std::size_t column = j * s.over.stride_width + tap % s.over.width;
            if (row < s.over.padding_height || column < s.over.padding_width) continue;
            const std::size_t v = row - s.over.padding_height;
            const std::size_t h = column - s.over.padding_width;
            if (v >= s.in.height || h >= s.in.width) continue;
            const std::size_t from = r * c.in.size() + (v * s.in.width + h) * s.in.channels + k;
            const std::size_t weight = o * c.depth() + tap;
            sum += static_cast<double>(x.host[from]) * static_cast<double>(w.host[weight]);
            dx[from] += d * static_cast<double>(w.host[weight]);
            dw[weight] += d * static_cast<double>(x.host[from]);
          }
          y[at] = std::max(sum, 0.0);
          db[o] += d;
        }
        const double digits = 8 * static_cast<double>(std::max({c.depth(), rows * c.out.area(), s.out}));
        const padded_matrix<B, T> found(dev, rows, c.out.size(), gap, 5);
        dev.convolve(c, x.in(), w.in(), packed.in(), bias.in(), activation::relu{}, scratch.out(), found.there);
        DOCTEST_CHECK(agree(host_of(dev, found.there), y, digits));
        const padded_matrix<B, T> input(dev, rows, c.in.size(), gap, 6);
        dev.convolve_input_gradient(c, dy.in(), w.in(), packed.in(), scratch.out(), input.there);
        DOCTEST_CHECK(agree(host_of(dev, input.there), dx, digits));
        dev.convolve_weight_gradient(c, dy.in(), x.in(), scratch.out(), w.there, bias.out());
        DOCTEST_CHECK(agree(host_of(dev, w.there), dw, digits));
        DOCTEST_CHECK(agree(bias.get(), db, digits));
      }
    }
  }
}

/// Pools look at every element of each bin, and their gradients go back to where the outputs came from.
template <class B, class T>
void backend_pools() {
  const device<B> dev;
  const std::array<pooling, 5> pools{{{{2, 5, 7}, {2, 3, 4}, window::square(3, 2, 1), false},
                                      {{1, 4, 5}, {1, 2, 5}, window{2, 3, 2, 1, 0, 1}, false},
                                      {{3, 11, 5}, {3, 6, 3}, {}, true},
                                      {{2, 3, 2}, {2, 5, 4}, {}, true},
                                      {{17, 5, 3}, {17, 1, 1}, {}, true}}};
  for (const auto& p : pools) {
    constexpr std::size_t rows = 3;
    DOCTEST_CAPTURE(p.in.height);
    DOCTEST_CAPTURE(p.out.height);
    padded_matrix<B, T> x(dev, rows, p.in.size(), 2, 1);
    for (T& v : x.host) v = std::round(4 * v);  // so that most bins have several largest elements
    dev.upload(std::span<const T>(x.host), x.there);
    const padded_matrix<B, T> dy(dev, rows, p.out.size(), 2, 2);
    std::vector<T> largest(rows * p.out.size());
    std::vector<std::int32_t> where(largest.size());
    std::vector<double> mean(largest.size(), 0.0);
    std::vector<double> to_largest(rows * p.in.size(), 0.0);
    std::vector<double> to_all(to_largest.size(), 0.0);
    for (std::size_t at = 0; at < largest.size(); ++at) {
      const std::size_t channels = p.in.channels;
      const std::size_t image = at / p.out.size() * p.in.size();
      const auto [top, bottom] = p.rows(at / channels / p.out.width % p.out.height);
      const auto [left, right] = p.columns(at / channels % p.out.width);
      const auto element = [&](std::size_t place) { return image + place * channels + at % channels; };
      DOCTEST_REQUIRE((top < bottom && bottom <= p.in.height && left < right && right <= p.in.width));
      const auto share = 1 / static_cast<double>((bottom - top) * (right - left));
      largest[at] = x.host[element(top * p.in.width + left)];
      where[at] = static_cast<std::int32_t>(top * p.in.width + left);
      for (std::size_t i = top; i < bottom; ++i) {
        for (std::size_t j = left; j < right; ++j) {
          const T v = x.host[element(i * p.in.width + j)];
          mean[at] += share * static_cast<double>(v);
          to_all[element(i * p.in.width + j)] += share * static_cast<double>(dy.host[at]);
          if (v <= largest[at]) continue;
          largest[at] = v;
          where[at] = static_cast<std::int32_t>(i * p.in.width + j);
        }
      }
      to_largest[element(static_cast<std::size_t>(where[at]))] += static_cast<double>(dy.host[at]);
    }
    const padded_matrix<B, T> y(dev, rows, p.out.size(), 2, 3);
    const padded_matrix<B, T> dx(dev, rows, p.in.size(), 2, 4);
    const tensor<B, std::int32_t, 2> index(dev, {rows, p.out.size()});
    dev.max_pool(p, x.in(), y.there, index.out());
    DOCTEST_CHECK(host_of(dev, y.there) == largest);
    DOCTEST_CHECK(index.get() == where);
    dev.max_pool_gradient(p, dy.in(), index.in(), dx.there);
    DOCTEST_CHECK(agree(host_of(dev, dx.there), to_largest, 8));
    dev.average_pool(p, x.in(), y.there);
    DOCTEST_CHECK(agree(host_of(dev, y.there), mean, 8 * static_cast<double>(p.in.area())));
    dev.average_pool_gradient(p, dy.in(), dx.there);
    DOCTEST_CHECK(agree(host_of(dev, dx.there), to_all, 8));
  }
}

/// Rows far from zero are normalised in two passes: mean first, then deviations from it.
template <class B, class T>
void backend_norms() {
  const device<B> dev;
  constexpr double epsilon = 1e-3;
  for (const std::size_t rows : backend_sizes) {
    for (const std::size_t columns : backend_sizes) {
      DOCTEST_CAPTURE(rows);
      DOCTEST_CAPTURE(columns);
      padded_matrix<B, T> x(dev, rows, columns, 2, 1);
      for (T& v : x.host) v += T(64);
      dev.upload(std::span<const T>(x.host), x.there);
      const padded_matrix<B, T> dy(dev, rows, columns, 2, 2);
      const auto w = noise<T>(columns, 3);
      const auto b = noise<T>(columns, 4);
      const tensor<B, T, 1> weight(dev, {columns}, w);
      const tensor<B, T, 1> bias(dev, {columns}, b);
      std::vector<double> y(rows * columns);
      std::vector<double> dx(rows * columns);
      std::vector<double> dw(w.begin(), w.end());
      std::vector<double> db(b.begin(), b.end());
      for (std::size_t r = 0; r < rows; ++r) {
        const auto at = [&](const std::vector<T>& v, std::size_t i) { return static_cast<double>(v[r * columns + i]); };
        const auto n = static_cast<double>(columns);
        double mean = 0;
        double variance = 0;
        for (std::size_t i = 0; i < columns; ++i) mean += at(x.host, i) / n;
        for (std::size_t i = 0; i < columns; ++i) variance += (at(x.host, i) - mean) * (at(x.host, i) - mean) / n;
        const double scale = 1 / std::sqrt(variance + epsilon);
        double sum = 0;
        double along = 0;
        for (std::size_t i = 0; i < columns; ++i) {
          const double z = (at(x.host, i) - mean) * scale;
          const double d = at(dy.host, i) * static_cast<double>(w[i]);
          y[r * columns + i] = z * static_cast<double>(w[i]) + static_cast<double>(b[i]);
          dw[i] += at(dy.host, i) * z;
          db[i] += at(dy.host, i);
          sum += d / n;
          along += d * z / n;
        }
        for (std::size_t i = 0; i < columns; ++i) {
          const double z = (at(x.host, i) - mean) * scale;
          dx[r * columns + i] = scale * (at(dy.host, i) * static_cast<double>(w[i]) - sum - z * along);
        }
      }
      const padded_matrix<B, T> out(dev, rows, columns, 2, 5);
      const padded_matrix<B, T> normal(dev, rows, columns, 2, 6);
      const tensor<B, T, 1> scale(dev, {rows});
      const double digits = 64.0 * 64 * static_cast<double>(columns + rows);
      dev.normalise(x.in(), weight.in(), bias.in(), static_cast<T>(epsilon), out.there, normal.there, scale.out());
      DOCTEST_CHECK(agree(host_of(dev, out.there), y, digits));
      const padded_matrix<B, T> input(dev, rows, columns, 2, 7);
      const tensor<B, T, 1> weight_gradient(dev, {columns}, w);
      const tensor<B, T, 1> bias_gradient(dev, {columns}, b);
      dev.normalise_gradient(dy.in(), normal.in(), scale.in(), weight.in(), input.there, weight_gradient.out(),
                             bias_gradient.out());
      DOCTEST_CHECK(agree(host_of(dev, input.there), dx, 32 * digits));
      DOCTEST_CHECK(agree(weight_gradient.get(), dw, digits));
      DOCTEST_CHECK(agree(bias_gradient.get(), db, 64 * static_cast<double>(rows)));
    }
  }
}

/// Random fills are a function of the index, however they are cut.
template <class B, class T>
void backend_fills() {
  const device<B> dev;
  const sequence s{7, stream::fractions, 3};
  const tensor<B, T, 2> wide(dev, {17, 5});
  const auto part = wide.out().columns(1, 3);
  dev.fill_uniform(part, s, 6);
  const auto all = host_of(dev, part);
  for (std::size_t i = 0; i < all.size(); ++i) {
    DOCTEST_CHECK(all[i] == uniform<T>(s, 6 + i));
    DOCTEST_CHECK(all[i] >= 0);
    DOCTEST_CHECK(all[i] < 1);
  }
  const tensor<B, T, 1> flat(dev, {51});
  dev.fill_uniform(flat.out().slice(0, 10), s, 6);
  dev.fill_uniform(flat.out().slice(10, 41), s, 16);
  DOCTEST_CHECK(flat.get() == all);
  dev.fill_normal(flat.out(), s);
  const auto normals = flat.get();
  for (std::size_t i = 0; i < normals.size(); ++i) DOCTEST_CHECK(normals[i] == normal<T>(s, i));
}

/// Shapes that do not fit are refused by name, and a dry device touches nothing.
template <class B, class T>
void backend_shapes() {
  const device<B> dev;
  const tensor<B, T, 2> x(dev, {3, 4}, std::vector<T>(12, T(1)));
  const tensor<B, T, 2> w(dev, {5, 4}, std::vector<T>(20, T(1)));
  const tensor<B, T, 2> y(dev, {3, 5});
  const tensor<B, T, 2> wrong(dev, {2, 5});
  const auto affine = [&](const device<B>& d, const auto& a, const auto& b, const auto& c) {
    return refusal<shape_error>(
        [&] { d.affine(a.in(), b.in(), view<const T, 1>{}, view<const T, 1>{}, activation::identity{}, c.out()); });
  };
  for (const device<B>& d : {dev, dev.dry()}) {
    DOCTEST_CHECK(says(affine(d, y, w, y), "affine: the input is [3, 5] and does not fit the weight, which is [5, 4]"));
    DOCTEST_CHECK(says(affine(d, x, w, wrong), "affine: the output is [2, 5]"));
    DOCTEST_CHECK_THROWS_AS(d.copy(x.in(), y.out()), shape_error);
    DOCTEST_CHECK_THROWS_AS(d.add(view<const T, 1>(nullptr, {3}), view<T, 1>(nullptr, {4})), shape_error);
    DOCTEST_CHECK_THROWS_AS(d.hadamard(wrong.in(), y.in(), y.out()), shape_error);
    DOCTEST_CHECK_THROWS_AS(d.for_rows(2, sum_rows_kernel{}, x.in(), view<T, 1>(nullptr, {2})), shape_error);
    const convolution c{{1, 2, 2}, {5, 1, 1}, window::square(2)};
    const view<T, 1> none;
    DOCTEST_CHECK(says(refusal<shape_error>([&] {
                         d.convolve(c, x.in(), w.in(), view<const T, 1>{}, view<const T, 1>{}, activation::identity{},
                                    none, wrong.out());
                       }),
                       "convolve: the input is [3, 4] and does not fit the output, which is [2, 5]"));
    DOCTEST_CHECK_THROWS_AS(d.convolve_input_gradient(c, y.in(), y.in(), view<const T, 1>{}, none, x.out()),
                            shape_error);
    DOCTEST_CHECK_THROWS_AS(d.average_pool({{1, 2, 2}, {1, 1, 1}, {}, true}, x.in(), y.out()), shape_error);
    DOCTEST_CHECK_THROWS_AS(d.normalise(x.in(), view<const T, 1>(nullptr, {3}), view<const T, 1>(nullptr, {4}), T(1),
                                        x.out(), x.out(), view<T, 1>(nullptr, {3})),
                            shape_error);
    std::vector<T> host(11);
    DOCTEST_CHECK_THROWS_AS(d.download(x.in(), std::span(host)), shape_error);
    DOCTEST_CHECK_THROWS_AS(d.upload(std::span<const T>(host), x.out()), shape_error);
  }
  DOCTEST_CHECK(dev.dry().is_dry());
  dev.dry().fill(x.out(), T(9));
  DOCTEST_CHECK(x.get() == std::vector<T>(12, T(1)));
  dev.dry().fill(view<T, 2>(reinterpret_cast<T*>(64), {1000, 1000}), T(9));
}

/// An arena hands out what was planned, and no more.
template <class B, class T>
void backend_arenas() {
  const device<B> dev;
  arena<B> count;
  const auto use = [](arena<B>& a) {
    (void)a.template take<T, 2>({3, 5});
    (void)a.template take<std::uint8_t, 1>({1});
    return a.template take<T, 1>({17});
  };
  use(count);
  DOCTEST_CHECK(count.needed() % 64 == 0);
  arena<B> real(dev, count.needed(), "a test");
  const auto first = use(real);
  DOCTEST_CHECK(reinterpret_cast<std::uintptr_t>(first.data()) % 64 == 0);
  dev.fill(first, T(1));
  DOCTEST_CHECK(says(refusal<shape_error>([&] { (void)real.template take<T, 1>({1}); }),
                     "more rows than the object was built for"));
  real.reset();
  DOCTEST_CHECK(use(real).data() == first.data());
  DOCTEST_CHECK(real.needed() >= count.needed());
}

/// The same arguments give the same bits, on several threads at a time.
template <class B, class T>
void backend_threads() {
  const device<B> dev;
  const padded_matrix<B, T> x(dev, 67, 33, 0, 1);
  const padded_matrix<B, T> w(dev, 19, 33, 0, 2);
  const tensor<B, T, 1> packed(dev, {device<B>::template packed_size<T>(19, 33)});
  dev.pack(w.in(), packed.out());
  const auto run = [&] {
    const tensor<B, T, 2> y(dev, {67, 19});
    const tensor<B, T, 2> dw(dev, {19, 33});
    dev.affine(x.in(), w.in(), packed.in(), view<const T, 1>{}, activation::tanh{}, y.out());
    dev.affine_weight_gradient(y.in(), x.in(), dw.out(), view<T, 1>{});
    return dw.get();
  };
  const std::vector<T> alone = run();
  std::array<std::vector<T>, 2> beside;
  {
    std::jthread first([&] { beside[0] = run(); });
    std::jthread second([&] { beside[1] = run(); });
  }
  DOCTEST_CHECK(beside[0] == alone);
  DOCTEST_CHECK(beside[1] == alone);
}

/// Everything that must hold of a backend in one precision, float or double.
template <class Backend, class T>
void backend_laws() {
  static_assert(check_backend<Backend>());
  backend_products<Backend, T>();
  backend_elements<Backend, T>();
  backend_convolutions<Backend, T>();
  backend_pools<Backend, T>();
  backend_norms<Backend, T>();
  backend_fills<Backend, T>();
  backend_shapes<Backend, T>();
  backend_arenas<Backend, T>();
  backend_threads<Backend, T>();
}

}  // namespace iqnrl::testing
