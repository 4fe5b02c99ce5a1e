// The oneDNN backend: products and convolutions by oneDNN 2.6 or 2.7, everything else as in the native backend. Not
// part of iqnrl/agent.hpp: link iqnrl::onednn (CMake finds Debian's libdnnl-dev).
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#if !__has_include(<oneapi/dnnl/dnnl.hpp>)
#error "iqnrl: backend/onednn.hpp needs oneDNN 2.6 or 2.7; write `sudo apt install libdnnl-dev`"
#endif
#include <oneapi/dnnl/dnnl.hpp>

#if DNNL_VERSION_MAJOR != 2
#error "iqnrl: backend/onednn.hpp is written for oneDNN 2.6 or 2.7, whose interface version 3 does not have"
#endif
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
#if __has_include(<omp.h>)
#include <omp.h>
#else
extern "C" {
int omp_get_max_threads(void);
void omp_set_num_threads(int);
}
#endif
#elif DNNL_CPU_THREADING_RUNTIME != DNNL_RUNTIME_SEQ
#error "iqnrl: backend/onednn.hpp needs a oneDNN that was built for OpenMP, as Debian's is, or for one thread"
#endif

#include <iqnrl/backend/native.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/nn/activation.hpp>

namespace iqnrl::backend {

namespace detail {

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
inline int onednn_threads() { return omp_get_max_threads(); }
inline void set_onednn_threads(int count) { omp_set_num_threads(count); }
#else
inline int onednn_threads() { return 1; }
inline void set_onednn_threads(int /*count*/) {}
#endif

/// While it lives, oneDNN has one thread here: the library's shards are what runs side by side.
class one_onednn_thread {
 public:
  one_onednn_thread() : before_(onednn_threads()) {
    if (before_ != 1) set_onednn_threads(1);
  }
  one_onednn_thread(const one_onednn_thread&) = delete;
  one_onednn_thread& operator=(const one_onednn_thread&) = delete;
  ~one_onednn_thread() {
    if (before_ != 1) set_onednn_threads(before_);
  }

 private:
  int before_;
};

/// A primitive with the memory that it works on. Each thread has its own, made when their shapes first occur.
class onednn_call {
  using memory = dnnl::memory;

 public:
  static const dnnl::engine& engine() {
    // never destroyed, for threads of static objects may outlive any other
    static const dnnl::engine& cpu = *new dnnl::engine(dnnl::engine::kind::cpu, 0);  // NOLINT(*-owning-memory)
    return cpu;
  }

  /// The call of a key, made by `make` if it is new.
  template <class Make>
  static onednn_call& of(const std::array<std::size_t, 16>& key, const Make& make) {
    static thread_local std::map<std::array<std::size_t, 16>, onednn_call> calls;
    const auto found = calls.find(key);
    if (found != calls.end()) return found->second;
    const one_onednn_thread one;
    return calls.emplace(key, make()).first->second;
  }

  /// An argument whose memory comes with each call, laid out as `given`, and a reorder where the primitive wants it
  /// otherwise.
  void input(int argument, const memory::desc& given, const memory::desc& wanted) {
    add(argument, given, wanted, true);
  }
  /// Weights that were laid out as the primitive wants them: what their layout has beyond them is there, too, and must
  /// not be written again, as oneDNN does with memory that it takes for incomplete.
  void weights(int argument, memory::desc whole) {
    for (int i = 0; i < whole.data.ndims; ++i) whole.data.dims[i] = whole.data.padded_dims[i];
    add(argument, whole, whole, true);
  }
  /// The same for a result.
  void output(int argument, const memory::desc& given, const memory::desc& made) { add(argument, given, made, false); }

  void primitive(dnnl::primitive p) { primitive_ = std::move(p); }

  /// Where an argument is; nullptr where the primitive has none of the kind.
  struct at {
    int argument;
    const void* data;
  };
  void run(std::initializer_list<at> where) {
    const one_onednn_thread one;
    static thread_local dnnl::stream stream(engine());
    for (const at& a : where) {
      if (a.data == nullptr) continue;
      operand& o = operands_.at(a.argument);
      o.outside.set_data_handle(const_cast<void*>(a.data));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
      if (o.turns && o.is_input) o.turn.execute(stream, o.outside, arguments_.at(a.argument));
    }
    primitive_.execute(stream, arguments_);
    for (auto& [argument, o] : operands_) {
      if (o.turns && !o.is_input) o.turn.execute(stream, arguments_.at(argument), o.outside);
    }
    stream.wait();
  }

 private:
  struct operand {
    memory outside;
    dnnl::reorder turn;
    bool turns = false;
    bool is_input = true;
  };

  void add(int argument, const memory::desc& given, const memory::desc& inside, bool is_input) {
    operand o{memory(given, engine(), nullptr), {}, given != inside, is_input};
    if (o.turns) {
      memory own(inside, engine());
      o.turn = is_input ? dnnl::reorder(o.outside, own) : dnnl::reorder(own, o.outside);
      arguments_.emplace(argument, std::move(own));
    } else {
      arguments_.emplace(argument, o.outside);
    }
    operands_.emplace(argument, std::move(o));
  }

  dnnl::primitive primitive_;
  std::unordered_map<int, memory> arguments_;
  std::unordered_map<int, operand> operands_;
};

/// Sizes as oneDNN takes them.
inline dnnl::memory::dims onednn_dims(std::initializer_list<std::size_t> sizes) {
  dnnl::memory::dims d;
  for (const std::size_t s : sizes) d.push_back(static_cast<dnnl::memory::dim>(s));
  return d;
}

}  // namespace detail

/// oneDNN inside shards, on one thread each; it needs no scratch of the library's and keeps memory of its own for each
/// thread and shape. In double, which it does not multiply, this is the native backend.
///
/// `Bfloat16`: products of numbers rounded to bfloat16, with sums in float32; see numeric::bfloat16.
template <bool Bfloat16>
struct onednn_with : native {
  static constexpr std::string_view name = Bfloat16 ? "onednn in bfloat16" : "onednn";
  /// For numeric::bfloat16.
  using in_bfloat16 = onednn_with<true>;

  /// A matrix multiplied by weights has any number of rows; oneDNN lays them out for so many.
  static constexpr std::size_t usual_rows = 256;

  template <class T>
  [[nodiscard]] static std::size_t packed_size(std::size_t out, std::size_t in) {
    if constexpr (std::is_same_v<T, float>) {
      return (layout(out, in).get_size() + sizeof(T) - 1) / sizeof(T);
    } else {
      return native::packed_size<T>(out, in);
    }
  }

  template <class T>
  void pack(const view<const T, 2>& weight, const view<T, 1>& packed) const {
    if constexpr (std::is_same_v<T, float>) {
      const std::size_t out = weight.rows();
      const std::size_t in = weight.row_size();
      call::of({key_pack, out, in, weight.stride()}, [&] {
        call c;
        const desc from = matrix(in, out, 1, weight.stride());
        c.input(DNNL_ARG_FROM, from, from);
        c.output(DNNL_ARG_TO, layout(out, in), layout(out, in));
        c.primitive(
            dnnl::reorder(dnnl::reorder::primitive_desc(call::engine(), from, call::engine(), layout(out, in))));
        return c;
      }).run({{DNNL_ARG_FROM, weight.data()}, {DNNL_ARG_TO, packed.data()}});
    } else {
      native::pack(weight, packed);
    }
  }

  template <class Activation, class T>
  void affine(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& packed,
              const view<const T, 1>& b, Activation act, const view<T, 2>& y) const {
    if constexpr (std::is_same_v<T, float>) {
      const std::size_t in = w.row_size();
      const std::size_t out = w.rows();
      const std::size_t ending = ending_of<Activation>(b);
      call& c = call::of({key_affine, x.rows(), in, out, x.stride(), y.stride(), ending}, [&] {
        const desc weights = layout(out, in);
        const desc to = matrix(x.rows(), out, y.stride(), 1);
        const desc bias(detail::onednn_dims({1, out}), type::f32, tag::ab);
        const desc from = rounded(matrix(x.rows(), in, x.stride(), 1), detail::onednn_dims({x.rows(), in}));
        const dnnl::matmul::primitive_desc p(
            b.empty() ? dnnl::matmul::desc(from, weights, to) : dnnl::matmul::desc(from, weights, bias, to),
            with_activation<Activation>(), call::engine());
        call made;
        made.input(DNNL_ARG_SRC, matrix(x.rows(), in, x.stride(), 1), from);
        made.weights(DNNL_ARG_WEIGHTS, weights);
        if (!b.empty()) made.input(DNNL_ARG_BIAS, bias, bias);
        made.output(DNNL_ARG_DST, to, to);
        made.primitive(dnnl::matmul(p));
        return made;
      });
      c.run({{DNNL_ARG_SRC, x.data()},
             {DNNL_ARG_WEIGHTS, packed.data()},
             {DNNL_ARG_BIAS, b.empty() ? nullptr : b.data()},
             {DNNL_ARG_DST, y.data()}});
      if constexpr (fused<Activation> == unfused) activate(view<const T, 2>(y), act, y);
    } else {
      native::affine(x, w, packed, b, act, y);
    }
  }

  template <class T>
  void affine_input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<const T, 1>& packed,
                             const view<T, 2>& dx) const {
    if constexpr (std::is_same_v<T, float>) {
      product(key_input_gradient, {dy.data(), dy.rows(), dy.row_size(), dy.stride(), 1},
              {w.data(), w.rows(), w.row_size(), w.stride(), 1}, false,
              {dx.data(), dx.rows(), dx.row_size(), dx.stride(), 1});
    } else {
      native::affine_input_gradient(dy, w, packed, dx);
    }
  }

  template <class T>
  void affine_weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, const view<T, 2>& dw,
                              const view<T, 1>& db) const {
    if constexpr (std::is_same_v<T, float>) {
      product(key_weight_gradient, {dy.data(), dy.row_size(), dy.rows(), 1, dy.stride()},
              {x.data(), x.rows(), x.row_size(), x.stride(), 1}, true,
              {dw.data(), dw.rows(), dw.row_size(), dw.stride(), 1});
      detail::add_rows<vector_bytes>(dy.data(), dy.stride(), dy.rows(), db.size(), db.data());
    } else {
      native::affine_weight_gradient(dy, x, dw, db);
    }
  }

  template <class T>
  [[nodiscard]] static constexpr std::size_t convolution_scratch(const convolution& c) {
    if (std::is_same_v<T, float> && c.in.channels > 1) return 0;
    return native::convolution_scratch<T>(c) + native::packed_size<T>(c.out.channels, c.depth());
  }

  template <class Activation, class T>
  void convolve(const convolution& c, const view<const T, 2>& x, const view<const T, 2>& w,
                const view<const T, 1>& packed, const view<const T, 1>& b, Activation act, const view<T, 1>& scratch,
                const view<T, 2>& y) const {
    if constexpr (std::is_same_v<T, float>) {
      if (Bfloat16 && c.in.channels == 1) {  // which is faster than to round so many numbers for so few products
        const std::size_t size = native::packed_size<T>(c.out.channels, c.depth());
        const view<T, 1> own_packed = scratch.slice(scratch.size() - size, size);
        native::pack(w, own_packed);
        return native::convolve(c, x, w, view<const T, 1>(own_packed), b, act, scratch, y);
      }
      in_dense_parts(c, x, y, [&](std::size_t count, const T* from, T* to) {
        call::of(key_of(key_convolve, c, count, ending_of<Activation>(b)),
                 [&] { return forward<Activation>(c, count, !b.empty()); })
            .run({{DNNL_ARG_SRC, from},
                  {DNNL_ARG_WEIGHTS, w.data()},
                  {DNNL_ARG_BIAS, b.empty() ? nullptr : b.data()},
                  {DNNL_ARG_DST, to}});
      });
      if constexpr (fused<Activation> == unfused) activate(view<const T, 2>(y), act, y);
    } else {
      native::convolve(c, x, w, packed, b, act, scratch, y);
    }
  }

  template <class T>
  void convolve_input_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& w,
                               const view<const T, 1>& packed, const view<T, 1>& scratch, const view<T, 2>& dx) const {
    if constexpr (std::is_same_v<T, float>) {
      in_dense_parts(c, dx, dy, [&](std::size_t count, T* to, const T* from) {
        call::of(key_of(key_convolve_input, c, count, 0), [&] {
          return backward_data(c, count);
        }).run({{DNNL_ARG_DIFF_DST, from}, {DNNL_ARG_WEIGHTS, w.data()}, {DNNL_ARG_DIFF_SRC, to}});
      });
    } else {
      native::convolve_input_gradient(c, dy, w, packed, scratch, dx);
    }
  }

  template <class T>
  void convolve_weight_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& x,
                                const view<T, 1>& scratch, const view<T, 2>& dw, const view<T, 1>& db) const {
    if (c.in.channels == 1) return native::convolve_weight_gradient(c, dy, x, scratch, dw, db);  // which is faster
    if constexpr (std::is_same_v<T, float>) {
      static thread_local std::vector<T> sums;
      sums.resize(c.out.channels * (c.depth() + 1));
      T* bias = sums.data() + c.out.channels * c.depth();
      in_dense_parts(c, x, dy, [&](std::size_t count, const T* from, const T* d) {
        call::of(key_of(key_convolve_weight, c, count, 0), [&] { return backward_weights(c, count); })
            .run({{DNNL_ARG_SRC, from},
                  {DNNL_ARG_DIFF_DST, d},
                  {DNNL_ARG_DIFF_WEIGHTS, sums.data()},
                  {DNNL_ARG_DIFF_BIAS, bias}});
        for (std::size_t o = 0; o < c.out.channels; ++o) {
          detail::add_rows<vector_bytes>(sums.data() + o * c.depth(), 0, 1, c.depth(), dw.data() + o * dw.stride());
        }
        detail::add_rows<vector_bytes>(bias, 0, 1, db.size(), db.data());
      });
    } else {
      native::convolve_weight_gradient(c, dy, x, scratch, dw, db);
    }
  }

 private:
  using call = detail::onednn_call;
  using memory = dnnl::memory;
  using desc = dnnl::memory::desc;
  using type = dnnl::memory::data_type;
  using tag = dnnl::memory::format_tag;
  static constexpr auto direct = dnnl::algorithm::convolution_direct;
  static constexpr type factors = Bfloat16 ? type::bf16 : type::f32;

  // The first number of a call's key; those in bfloat16 differ from the others.
  static constexpr std::size_t own = Bfloat16 ? 32U : 0U;
  static constexpr std::size_t key_pack = own + 1, key_affine = own + 2, key_input_gradient = own + 3,
                               key_weight_gradient = own + 4, key_convolve = own + 5, key_convolve_input = own + 6,
                               key_convolve_weight = own + 7;
  static std::array<std::size_t, 16> key_of(std::size_t kind, const convolution& c, std::size_t count,
                                            std::size_t bias) {
    return {kind,
            count,
            bias,
            c.in.channels,
            c.in.height,
            c.in.width,
            c.out.channels,
            c.out.height,
            c.out.width,
            c.over.height,
            c.over.width,
            c.over.stride_height,
            c.over.stride_width,
            c.over.padding_height,
            c.over.padding_width};
  }

  /// Activations that oneDNN applies before it stores a result, by number.
  static constexpr std::size_t unfused = 3;
  template <class Activation>
  static constexpr std::size_t fused = std::is_same_v<Activation, activation::identity>     ? 0
                                       : std::is_same_v<Activation, activation::relu>       ? 1
                                       : std::is_same_v<Activation, activation::leaky_relu> ? 2
                                                                                            : unfused;
  template <class Activation>
  static std::size_t ending_of(const view<const float, 1>& bias) {
    return (bias.empty() ? 0U : 1U) + 2 * fused<Activation>;
  }
  /// Products in the type that they say, whatever the environment asks oneDNN for.
  static dnnl::primitive_attr strictly() {
    dnnl::primitive_attr attributes;
    attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);
    return attributes;
  }
  template <class Activation>
  static dnnl::primitive_attr with_activation() {
    dnnl::primitive_attr attributes = strictly();
    if constexpr (fused<Activation> == 1 || fused<Activation> == 2) {
      dnnl::post_ops after;
      after.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, -Activation::value(-1.0F), 0.0F);
      attributes.set_post_ops(after);
    }
    return attributes;
  }

  static desc matrix(std::size_t rows, std::size_t columns, std::size_t row, std::size_t column) {
    return {detail::onednn_dims({rows, columns}), type::f32, detail::onednn_dims({row, column})};
  }
  /// A factor of a product: as it is, or rounded and without gaps.
  static desc rounded(const desc& given, const memory::dims& sizes) {
    return Bfloat16 ? desc(sizes, type::bf16, sizes.size() == 2 ? tag::ab : tag::nhwc) : given;
  }

  /// How packed weights [Out, In] lie.
  static desc layout(std::size_t out, std::size_t in) {
    static thread_local std::map<std::pair<std::size_t, std::size_t>, desc> known;
    const auto found = known.find({out, in});
    if (found != known.end()) return found->second;
    const detail::one_onednn_thread one;
    const dnnl::matmul::primitive_desc p({desc(detail::onednn_dims({usual_rows, in}), factors, tag::ab),
                                          desc(detail::onednn_dims({in, out}), factors, tag::any),
                                          desc(detail::onednn_dims({usual_rows, out}), type::f32, tag::ab)},
                                         strictly(), call::engine(), true);
    require<config_error>(static_cast<bool>(p),
                          "oneDNN has no products in {} on this processor; give the agent numeric::float32",
                          Bfloat16 ? "bfloat16" : "float32");
    return known.emplace(std::pair(out, in), p.weights_desc()).first->second;
  }

  /// A matrix whose rows and columns lie so far apart.
  struct operand {
    const float* data;
    std::size_t rows, columns, row, column;
    [[nodiscard]] desc given() const { return matrix(rows, columns, row, column); }
  };
  /// c = a b, or c += a b.
  static void product(std::size_t key, const operand& a, const operand& b, bool add, const operand& c) {
    call::of({key, a.rows, a.columns, b.columns, a.row, a.column, b.row, c.row}, [&] {
      const desc from = rounded(a.given(), a.given().dims());
      const desc by = rounded(b.given(), b.given().dims());
      dnnl::primitive_attr attributes = strictly();
      if (add) {
        dnnl::post_ops after;
        after.append_sum(1.0F);
        attributes.set_post_ops(after);
      }
      call made;
      made.input(DNNL_ARG_SRC, a.given(), from);
      made.input(DNNL_ARG_WEIGHTS, b.given(), by);
      made.output(DNNL_ARG_DST, c.given(), c.given());
      made.primitive(dnnl::matmul({dnnl::matmul::desc(from, by, c.given()), attributes, call::engine()}));
      return made;
    }).run({{DNNL_ARG_SRC, a.data}, {DNNL_ARG_WEIGHTS, b.data}, {DNNL_ARG_DST, c.data}});
  }

  // ---- convolutions: images are nhwc, weights oihw

  /// Calls `f(images, x, y)` for all images at once, or for one after the other where they have gaps between them.
  template <class X, class Y, class F>
  static void in_dense_parts(const convolution& c, const view<X, 2>& x, const view<Y, 2>& y, const F& f) {
    if (x.stride() == c.in.size() && y.stride() == c.out.size()) return f(x.rows(), x.data(), y.data());
    for (std::size_t r = 0; r < x.rows(); ++r) f(std::size_t{1}, x.data() + r * x.stride(), y.data() + r * y.stride());
  }

  struct shapes {
    desc x, y, w, b;                           ///< as the library has them
    desc inner_x, inner_y, inner_w, result_w;  ///< as a convolution may have them
    memory::dims strides, padding;
  };
  static shapes shapes_of(const convolution& c, std::size_t count) {
    const memory::dims x = detail::onednn_dims({count, c.in.channels, c.in.height, c.in.width});
    const memory::dims y = detail::onednn_dims({count, c.out.channels, c.out.height, c.out.width});
    const memory::dims w = detail::onednn_dims({c.out.channels, c.in.channels, c.over.height, c.over.width});
    return {{x, type::f32, tag::nhwc},
            {y, type::f32, tag::nhwc},
            {w, type::f32, tag::oihw},
            {detail::onednn_dims({c.out.channels}), type::f32, tag::a},
            {x, factors, tag::nhwc},
            {y, factors, tag::nhwc},
            {w, factors, tag::any},
            {w, type::f32, tag::any},
            detail::onednn_dims({c.over.stride_height, c.over.stride_width}),
            detail::onednn_dims({c.over.padding_height, c.over.padding_width})};
  }

  static dnnl::convolution_forward::primitive_desc forward_of(const shapes& s, bool bias, const desc& to,
                                                              const dnnl::primitive_attr& attributes) {
    using forward_desc = dnnl::convolution_forward::desc;
    const auto kind = dnnl::prop_kind::forward_training;
    return {bias ? forward_desc(kind, direct, s.inner_x, s.inner_w, s.b, to, s.strides, s.padding, s.padding)
                 : forward_desc(kind, direct, s.inner_x, s.inner_w, to, s.strides, s.padding, s.padding),
            attributes, call::engine()};
  }

  template <class Activation>
  static call forward(const convolution& c, std::size_t count, bool bias) {
    const shapes s = shapes_of(c, count);
    const auto p = forward_of(s, bias, s.y, with_activation<Activation>());
    call made;
    made.input(DNNL_ARG_SRC, s.x, p.src_desc());
    made.input(DNNL_ARG_WEIGHTS, s.w, p.weights_desc());
    if (bias) made.input(DNNL_ARG_BIAS, s.b, s.b);
    made.output(DNNL_ARG_DST, s.y, p.dst_desc());
    made.primitive(dnnl::convolution_forward(p));
    return made;
  }

  static call backward_data(const convolution& c, std::size_t count) {
    const shapes s = shapes_of(c, count);
    const dnnl::convolution_backward_data::primitive_desc p(
        {direct, s.x, s.inner_w, s.inner_y, s.strides, s.padding, s.padding}, strictly(), call::engine(),
        forward_of(s, false, s.inner_y, strictly()));
    call made;
    made.input(DNNL_ARG_DIFF_DST, s.y, p.diff_dst_desc());
    made.input(DNNL_ARG_WEIGHTS, s.w, p.weights_desc());
    made.output(DNNL_ARG_DIFF_SRC, s.x, p.diff_src_desc());
    made.primitive(dnnl::convolution_backward_data(p));
    return made;
  }

  static call backward_weights(const convolution& c, std::size_t count) {
    const shapes s = shapes_of(c, count);
    const dnnl::convolution_backward_weights::primitive_desc p(
        {direct, s.inner_x, s.result_w, s.b, s.inner_y, s.strides, s.padding, s.padding}, strictly(), call::engine(),
        forward_of(s, true, s.inner_y, strictly()));
    call made;
    made.input(DNNL_ARG_SRC, s.x, p.src_desc());
    made.input(DNNL_ARG_DIFF_DST, s.y, p.diff_dst_desc());
    made.output(DNNL_ARG_DIFF_WEIGHTS, s.w, p.diff_weights_desc());
    made.output(DNNL_ARG_DIFF_BIAS, s.b, p.diff_bias_desc());
    made.primitive(dnnl::convolution_backward_weights(p));
    return made;
  }
};

using onednn = onednn_with<false>;

}  // namespace iqnrl::backend
