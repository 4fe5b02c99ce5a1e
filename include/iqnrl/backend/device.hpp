// What layers call: a backend's primitives behind shape checks, its memory, and arenas planned by a dry run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <iqnrl/backend/reference.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/image.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

namespace detail {

template <std::size_t Rank>
[[nodiscard]] std::string shape_text(const extents<Rank>& e) {
  std::string s = "[";
  for (std::size_t i = 0; i < Rank; ++i) s += fmt::format("{}{}", i == 0 ? "" : ", ", e[i]);
  return s + "]";
}

template <std::size_t A, std::size_t B>
void require_shapes(bool fit, std::string_view primitive, std::string_view left, const extents<A>& l,
                    std::string_view right, const extents<B>& r) {
  if (!fit) {
    throw shape_error(fmt::format("{}: {} is {} and does not fit {}, which is {}", primitive, left, shape_text(l),
                                  right, shape_text(r)));
  }
}

}  // namespace detail

/// A backend's primitives as layers call them: the shapes are checked first, then the backend runs. A dry device checks
/// the shapes and runs nothing; a pass over a dry device finds out how much memory a real one takes.
template <class Backend>
class device {
 public:
  using backend_type = Backend;

  device() = default;

  /// A device with the same backend that checks shapes and runs nothing.
  [[nodiscard]] device dry() const {
    device d(*this);
    d.dry_ = true;
    return d;
  }
  [[nodiscard]] bool is_dry() const { return dry_; }

  [[nodiscard]] void* allocate(std::size_t bytes) const { return backend_.allocate(bytes); }
  void deallocate(void* p, std::size_t bytes) const { backend_.deallocate(p, bytes); }

  template <class T, std::size_t Rank>
  void upload(std::span<const T> from, const view<T, Rank>& to) const {
    detail::require_shapes(from.size() == to.size(), "upload", "host memory", extents<1>{from.size()}, "the view",
                           to.shape());
    run([&] { backend_.upload(from.data(), to); });
  }

  template <class T, std::size_t Rank>
  void download(const view<T, Rank>& from, std::span<std::remove_const_t<T>> to) const {
    detail::require_shapes(from.size() == to.size(), "download", "host memory", extents<1>{to.size()}, "the view",
                           from.shape());
    run([&] { backend_.download(view<const T, Rank>(from), to.data()); });
  }

  template <class T, std::size_t Rank>
  void copy(const view<const T, Rank>& from, const view<T, Rank>& to) const {
    detail::require_shapes(from.shape() == to.shape(), "copy", "the source", from.shape(), "the destination",
                           to.shape());
    run([&] { backend_.copy(from, to); });
  }

  template <class T, std::size_t Rank>
  void fill(const view<T, Rank>& v, T value) const {
    run([&] { backend_.fill(v, value); });
  }

  template <class U, class T>
  void cast(const view<const U, 2>& from, T scale, const view<T, 2>& to) const {
    detail::require_shapes(from.shape() == to.shape(), "cast", "the source", from.shape(), "the destination",
                           to.shape());
    run([&] { backend_.cast(from, scale, to); });
  }

  template <class T, std::size_t Rank>
  void fill_uniform(const view<T, Rank>& v, const sequence& s, std::uint64_t first) const {
    run([&] { backend_.fill_uniform(v, s, first); });
  }

  template <class T>
  void fill_normal(const view<T, 1>& v, const sequence& s) const {
    run([&] { backend_.fill_normal(v, s); });
  }

  template <class T>
  [[nodiscard]] static constexpr std::size_t packed_size(std::size_t out, std::size_t in) {
    return Backend::template packed_size<T>(out, in);
  }

  template <class T>
  void pack(const view<const T, 2>& weight, const view<T, 1>& packed) const {
    run([&] { backend_.pack(weight, packed); });
  }

  template <class Activation, class T>
  void affine(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& packed,
              const view<const T, 1>& b, Activation act, const view<T, 2>& y) const {
    detail::require_shapes(x.row_size() == w.row_size(), "affine", "the input", x.shape(), "the weight", w.shape());
    detail::require_shapes(y.rows() == x.rows() && y.row_size() == w.rows(), "affine", "the output", y.shape(),
                           "the weight", w.shape());
    run([&] { backend_.affine(x, w, packed, b, act, y); });
  }

  template <class T>
  void affine_input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<const T, 1>& packed,
                             const view<T, 2>& dx) const {
    detail::require_shapes(dy.row_size() == w.rows(), "affine_input_gradient", "the gradient", dy.shape(), "the weight",
                           w.shape());
    detail::require_shapes(dx.rows() == dy.rows() && dx.row_size() == w.row_size(), "affine_input_gradient",
                           "the result", dx.shape(), "the weight", w.shape());
    run([&] { backend_.affine_input_gradient(dy, w, packed, dx); });
  }

  template <class T>
  void affine_weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, const view<T, 2>& dw,
                              const view<T, 1>& db) const {
    detail::require_shapes(dy.rows() == x.rows(), "affine_weight_gradient", "the gradient", dy.shape(), "the input",
                           x.shape());
    detail::require_shapes(dw.rows() == dy.row_size() && dw.row_size() == x.row_size(), "affine_weight_gradient",
                           "the result", dw.shape(), "the input", x.shape());
    run([&] { backend_.affine_weight_gradient(dy, x, dw, db); });
  }

  template <class T>
  [[nodiscard]] static constexpr std::size_t convolution_scratch(const convolution& c) {
    return Backend::template convolution_scratch<T>(c);
  }

  template <class Activation, class T>
  void convolve(const convolution& c, const view<const T, 2>& x, const view<const T, 2>& w,
                const view<const T, 1>& packed, const view<const T, 1>& b, Activation act, const view<T, 1>& scratch,
                const view<T, 2>& y) const {
    require_images("convolve", "the input", x, c.in, "the output", y, c.out);
    require_weight("convolve", w, c);
    run([&] { backend_.convolve(c, x, w, packed, b, act, scratch, y); });
  }

  template <class T>
  void convolve_input_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& w,
                               const view<const T, 1>& packed, const view<T, 1>& scratch, const view<T, 2>& dx) const {
    require_images("convolve_input_gradient", "the gradient", dy, c.out, "the result", dx, c.in);
    require_weight("convolve_input_gradient", w, c);
    run([&] { backend_.convolve_input_gradient(c, dy, w, packed, scratch, dx); });
  }

  template <class T>
  void convolve_weight_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& x,
                                const view<T, 1>& scratch, const view<T, 2>& dw, const view<T, 1>& db) const {
    require_images("convolve_weight_gradient", "the gradient", dy, c.out, "the input", x, c.in);
    require_weight("convolve_weight_gradient", dw, c);
    run([&] { backend_.convolve_weight_gradient(c, dy, x, scratch, dw, db); });
  }

  template <class T>
  void max_pool(const pooling& p, const view<const T, 2>& x, const view<T, 2>& y,
                const view<std::int32_t, 2>& index) const {
    require_images("max_pool", "the input", x, p.in, "the output", y, p.out);
    require_images("max_pool", "the input", x, p.in, "the index", index, p.out);
    run([&] { backend_.max_pool(p, x, y, index); });
  }

  template <class T>
  void max_pool_gradient(const pooling& p, const view<const T, 2>& dy, const view<const std::int32_t, 2>& index,
                         const view<T, 2>& dx) const {
    require_images("max_pool_gradient", "the gradient", dy, p.out, "the result", dx, p.in);
    require_images("max_pool_gradient", "the index", index, p.out, "the result", dx, p.in);
    run([&] { backend_.max_pool_gradient(p, dy, index, dx); });
  }

  template <class T>
  void average_pool(const pooling& p, const view<const T, 2>& x, const view<T, 2>& y) const {
    require_images("average_pool", "the input", x, p.in, "the output", y, p.out);
    run([&] { backend_.average_pool(p, x, y); });
  }

  template <class T>
  void average_pool_gradient(const pooling& p, const view<const T, 2>& dy, const view<T, 2>& dx) const {
    require_images("average_pool_gradient", "the gradient", dy, p.out, "the result", dx, p.in);
    run([&] { backend_.average_pool_gradient(p, dy, dx); });
  }

  template <class T>
  void normalise(const view<const T, 2>& x, const view<const T, 1>& w, const view<const T, 1>& b, T epsilon,
                 const view<T, 2>& y, const view<T, 2>& normal, const view<T, 1>& scale) const {
    require_row("normalise", "the weight", w, x);
    require_row("normalise", "the bias", b, x);
    detail::require_shapes(x.shape() == y.shape(), "normalise", "the output", y.shape(), "the input", x.shape());
    detail::require_shapes(x.shape() == normal.shape(), "normalise", "the normal form", normal.shape(), "the input",
                           x.shape());
    detail::require_shapes(x.rows() == scale.rows(), "normalise", "the scale", scale.shape(), "the input", x.shape());
    run([&] { backend_.normalise(x, w, b, epsilon, y, normal, scale); });
  }

  template <class T>
  void normalise_gradient(const view<const T, 2>& dy, const view<const T, 2>& normal, const view<const T, 1>& scale,
                          const view<const T, 1>& w, const view<T, 2>& dx, const view<T, 1>& dw,
                          const view<T, 1>& db) const {
    require_row("normalise_gradient", "the weight", w, dy);
    require_row("normalise_gradient", "the weight's gradient", dw, dy);
    require_row("normalise_gradient", "the bias's gradient", db, dy);
    detail::require_shapes(dy.shape() == normal.shape(), "normalise_gradient", "the normal form", normal.shape(),
                           "the gradient", dy.shape());
    detail::require_shapes(dy.shape() == dx.shape(), "normalise_gradient", "the result", dx.shape(), "the gradient",
                           dy.shape());
    detail::require_shapes(dy.rows() == scale.rows(), "normalise_gradient", "the scale", scale.shape(), "the gradient",
                           dy.shape());
    run([&] { backend_.normalise_gradient(dy, normal, scale, w, dx, dw, db); });
  }

  template <class Activation, class T>
  void activate(const view<const T, 2>& x, Activation act, const view<T, 2>& y) const {
    detail::require_shapes(x.shape() == y.shape(), "activate", "the input", x.shape(), "the output", y.shape());
    run([&] { backend_.activate(x, act, y); });
  }

  template <class Activation, class T>
  void activation_gradient(const view<const T, 2>& saved, Activation act, const view<T, 2>& dy) const {
    detail::require_shapes(saved.shape() == dy.shape(), "activation_gradient", "the saved tensor", saved.shape(),
                           "the gradient", dy.shape());
    run([&] { backend_.activation_gradient(saved, act, dy); });
  }

  template <class T>
  void cosine(const view<const T, 1>& tau, std::size_t first, const view<T, 2>& y) const {
    detail::require_shapes(tau.rows() == y.rows(), "cosine", "tau", tau.shape(), "the output", y.shape());
    run([&] { backend_.cosine(tau, first, y); });
  }

  template <class T>
  void cosine_gradient(const view<const T, 1>& tau, std::size_t first, const view<const T, 2>& dy,
                       const view<T, 1>& dtau) const {
    detail::require_shapes(tau.rows() == dy.rows(), "cosine_gradient", "tau", tau.shape(), "the gradient", dy.shape());
    detail::require_shapes(tau.shape() == dtau.shape(), "cosine_gradient", "the result", dtau.shape(), "tau",
                           tau.shape());
    run([&] { backend_.cosine_gradient(tau, first, dy, dtau); });
  }

  template <class T>
  void hadamard(const view<const T, 2>& psi, const view<const T, 2>& phi, const view<T, 2>& h) const {
    detail::require_shapes(psi.rows() > 0 && phi.rows() % psi.rows() == 0 && phi.row_size() == psi.row_size(),
                           "hadamard", "the features", psi.shape(), "the embedding", phi.shape());
    detail::require_shapes(h.shape() == phi.shape(), "hadamard", "the output", h.shape(), "the embedding", phi.shape());
    run([&] { backend_.hadamard(psi, phi, h); });
  }

  template <class T>
  void hadamard_gradient(const view<const T, 2>& psi, const view<const T, 2>& phi, const view<const T, 2>& dh,
                         const view<T, 2>& dpsi, const view<T, 2>& dphi) const {
    detail::require_shapes(psi.shape() == dpsi.shape(), "hadamard_gradient", "the features", psi.shape(),
                           "their gradient", dpsi.shape());
    detail::require_shapes(phi.shape() == dh.shape() && phi.shape() == dphi.shape(), "hadamard_gradient",
                           "the embedding", phi.shape(), "the gradient", dh.shape());
    run([&] { backend_.hadamard_gradient(psi, phi, dh, dpsi, dphi); });
  }

  template <class T>
  void add(const view<const T, 1>& x, const view<T, 1>& into) const {
    detail::require_shapes(x.shape() == into.shape(), "add", "the term", x.shape(), "the sum", into.shape());
    run([&] { backend_.add(x, into); });
  }

  template <class T>
  [[nodiscard]] double sum_of_squares(const view<const T, 1>& x) const {
    double sum = 0;
    run([&] { sum = backend_.sum_of_squares(x); });
    return sum;
  }

  template <class T>
  [[nodiscard]] bool all_finite(const view<const T, 1>& x) const {
    bool finite = true;
    run([&] { finite = backend_.all_finite(x); });
    return finite;
  }

  /// f(i, row i of each view …) for every i below `count`: a reference for a vector's row, a `row` otherwise.
  template <class F, class... Views>
  void for_rows(std::size_t count, const F& f, const Views&... views) const {
    (detail::require_shapes(views.rows() == count, "for_rows", "a view", views.shape(), "the rows", extents<1>{count}),
     ...);
    run([&] { backend_.for_rows(count, f, views...); });
  }

 private:
  template <class A, class B>
  static void require_images(std::string_view primitive, std::string_view left, const view<A, 2>& l,
                             const image_shape& left_shape, std::string_view right, const view<B, 2>& r,
                             const image_shape& right_shape) {
    const auto fits = [&](std::string_view what, const auto& v, const image_shape& s) {
      detail::require_shapes(v.row_size() == s.size(), primitive, what, v.shape(), "its images",
                             extents<3>{s.channels, s.height, s.width});
    };
    fits(left, l, left_shape);
    fits(right, r, right_shape);
    detail::require_shapes(l.rows() == r.rows(), primitive, left, l.shape(), right, r.shape());
  }
  template <class A>
  static void require_weight(std::string_view primitive, const view<A, 2>& w, const convolution& c) {
    detail::require_shapes(w.rows() == c.out.channels && w.row_size() == c.depth(), primitive, "the weight", w.shape(),
                           "the convolution", extents<2>{c.out.channels, c.depth()});
  }
  template <class A, class B>
  static void require_row(std::string_view primitive, std::string_view what, const view<A, 1>& v, const view<B, 2>& x) {
    detail::require_shapes(v.size() == x.row_size(), primitive, what, v.shape(), "the rows", x.shape());
  }

  template <class F>
  void run(F&& primitive) const {
    if (dry_) return;
    [[maybe_unused]] const typename Backend::scope open{};
    primitive();
  }

  Backend backend_{};
  bool dry_ = false;
};

/// Memory of a device, released with the object. Its contents are zero at first.
template <class Backend>
class memory {
 public:
  memory() = default;

  /// Throws memory_error naming what the memory is for and how much of it.
  memory(const device<Backend>& dev, std::size_t bytes, std::string_view what) : device_(dev), bytes_(bytes) {
    if (bytes_ == 0) return;
    try {
      data_ = static_cast<std::byte*>(device_.allocate(bytes_));
    } catch (const std::bad_alloc&) {
      throw memory_error(fmt::format(
          "{} takes {} bytes and the {} backend has no room for them; make the network or the batch smaller", what,
          bytes_, Backend::name));
    }
    device_.fill(view<unsigned char, 1>(reinterpret_cast<unsigned char*>(data_), {bytes_}),
                 static_cast<unsigned char>(0));
  }

  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;
  memory(memory&& other) noexcept
      : device_(other.device_), data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  memory& operator=(memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~memory() {
    if (data_ != nullptr) device_.deallocate(data_, bytes_);
  }

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  template <class T>
  [[nodiscard]] view<T, 1> as(std::size_t count) const {
    return {reinterpret_cast<T*>(data_), {count}};
  }

 private:
  device<Backend> device_{};
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Hands out views of one block of memory, front to back, and takes back the last of them, or all, at once. Made
/// without a block it only counts: run the code once over a dry device, then build the block from `needed()`.
template <class Backend>
class arena {
 public:
  static constexpr std::size_t alignment = 64;

  /// An arena that counts.
  arena() = default;

  /// An arena of `bytes`, planned for `what`.
  arena(const device<Backend>& dev, std::size_t bytes, std::string_view what) : block_(dev, bytes, what), real_(true) {}

  /// Uninitialised elements. Throws shape_error when the plan did not foresee them.
  template <class T, std::size_t Rank>
  [[nodiscard]] view<T, Rank> take(const extents<Rank>& e) {
    const std::size_t begin = used_;
    used_ += (product(e) * sizeof(T) + alignment - 1) / alignment * alignment;
    needed_ = used_ > needed_ ? used_ : needed_;
    if (!real_) return {reinterpret_cast<T*>(alignment + begin), e};  // NOLINT(performance-no-int-to-ptr)
    require<shape_error>(
        used_ <= block_.bytes(),
        "a pass needs {} bytes of working memory and {} were planned; it has more rows than the object was built for",
        used_, block_.bytes());
    return {reinterpret_cast<T*>(block_.data() + begin), e};
  }

  /// Takes everything back.
  void reset() { used_ = 0; }
  /// How much is out now, for `release`.
  [[nodiscard]] std::size_t used() const { return used_; }
  /// Takes back what was handed out since so much was out.
  void release(std::size_t used) { used_ = used; }

  /// The most bytes that were out at once.
  [[nodiscard]] std::size_t needed() const { return needed_; }

 private:
  memory<Backend> block_{};
  std::size_t used_ = 0;
  std::size_t needed_ = 0;
  bool real_ = false;
};

}  // namespace iqnrl
