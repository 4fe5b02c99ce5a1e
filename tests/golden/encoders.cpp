// Encoders of images.
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <golden/layer_run.hpp>
#include <golden/norms_of.hpp>
#include <golden/parameters_in_file.hpp>
#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/augment/image.hpp>
#include <iqnrl/encoder/convolutional.hpp>
#include <iqnrl/encoder/impala.hpp>

namespace golden {

namespace {

using iqnrl::view;
namespace encoder = iqnrl::encoder;

constexpr bounds bound{.in_double = 1e-10, .in_float = 3e-5, .stored_as_float = 1e-6};

/// An encoder of the bytes `in.img`, or of the numbers `in.x`, whose gradient is compared, too.
template <iqnrl::fixed_string Case, class Encoder>
struct encoder_case {
  static constexpr bool bytes = shapes::has<Case>("in.img");
  static constexpr const char* input = bytes ? "in.img" : "in.x";
  using observation = iqnrl::observation<
      iqnrl::image<shapes::extent<Case>(input, 1), shapes::extent<Case>(input, 2), shapes::extent<Case>(input, 3)>>;
  using layer_type = typename Encoder::template bind<observation>;

  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    layer_run<Run, layer_type> layer(r, layer_type(typename Encoder::config{}));
    if (r.has_text("lcg_seed")) {
      for (const auto& [name, values] : streamed_parameters(r)) {
        const std::vector<T> host(values.begin(), values.end());
        r.dev().upload(std::span<const T>(host), layer.parameter(name));
      }
    } else {
      layer.fill([](const std::string& name) { return name; });
    }
    std::vector<std::string> normalised;
    for (const auto& t : layer.table().state()) {
      if (!t.name.ends_with(".u")) continue;
      normalised.push_back(t.name.substr(0, t.name.size() - 2));
      const auto host = r.values("in.u." + normalised.back());
      r.dev().upload(std::span<const T>(host), layer.state(t.name));
    }

    const bool backwards = r.has("grad_out.y");
    view<T, 2> dy;
    if (backwards) dy = r.upload_samples("grad_out.y");
    view<const T, 2> y;
    view<const T, 2> dx;
    typename layer_type::template tape<T> tape;
    if constexpr (bytes) {
      const auto host = r.bytes("in.img");
      const view<const std::uint8_t, 2> seen =
          r.upload(host, iqnrl::extents<2>{host.size() / observation::sizes[0], observation::sizes[0]});
      layer.pass([&](auto& forward, auto& backward) {
        y = layer.layer().forward(forward, {seen}, tape);
        if (backwards) layer.layer().backward(backward, tape, dy);
      });
    } else {
      const view<const T, 2> x = r.upload_images("in.x");
      layer.pass([&](auto& forward, auto& backward) {
        y = layer.layer().chain().forward(forward, x, tape);
        dx = layer.layer().chain().backward(backward, tape, dy);
      });
      r.check_images("grad.x", dx, bound);
    }
    r.check("out.y", y, bound);
    if (backwards) layer.check_gradients([](const std::string& name) { return name; }, bound);
    std::vector<view<T, 1>> norms;
    collect_norms(layer.layer(), layer.prepared(), norms);
    for (std::size_t i = 0; i < norms.size(); ++i) r.check("out.sigma." + normalised.at(i), norms[i], bound);
  }
};

/// Random shifts, whose uniform numbers are those in the middle of the recorded choice.
template <iqnrl::fixed_string Case>
struct shift_case {
  using observation =
      iqnrl::observation<iqnrl::image<shapes::extent<Case>("in.img", 1), shapes::extent<Case>("in.img", 2),
                                      shapes::extent<Case>("in.img", 3)>>;

  template <class Run>
  void operator()(Run& r) const {
    r.check_bytes("out.img", r.text("mode") == "zero" ? shifted<iqnrl::augment::edge::zero>(r)
                                                      : shifted<iqnrl::augment::edge::replicate>(r));
  }

 private:
  template <iqnrl::augment::edge Edge, class Run, class T = typename Run::value_type>
  static std::vector<std::uint8_t> shifted(Run& r) {
    const auto host = r.bytes("in.img");
    const view<const std::uint8_t, 2> seen =
        r.upload(host, iqnrl::extents<2>{host.size() / observation::sizes[0], observation::sizes[0]});
    const std::size_t pad = r.count("pad");
    std::vector<T> uniform;
    for (const std::int64_t offset : r.integers("in.offset"))
      uniform.push_back((static_cast<T>(offset) + T(0.5)) / static_cast<T>(2 * pad + 1));
    iqnrl::arena<typename Run::backend_type> memory(r.dev(), 2 * host.size() + 1024, "a golden case");
    iqnrl::forward_pass<typename Run::backend_type, T> pass{r.dev(), {}, memory};
    const typename iqnrl::augment::random_shift<Edge>::template bind<observation> shift({.pixels = pad});
    return r.download(
        std::get<0>(shift(pass, {seen}, view<const T, 2>(r.upload(uniform, iqnrl::extents<2>{seen.rows(), 2})))));
  }
};

struct scaling_case {
  template <iqnrl::pixels Scale>
  using observation = iqnrl::observation<iqnrl::image<1, 16, 16, Scale>>;

  template <class Run>
  void operator()(Run& r) const {
    const auto host = r.bytes("in.img");
    const view<const std::uint8_t, 2> seen = r.upload(host, iqnrl::extents<2>{1, host.size()});
    const auto read = [&]<iqnrl::pixels Scale>(std::integral_constant<iqnrl::pixels, Scale>) {
      iqnrl::arena<typename Run::backend_type> memory(r.dev(), 64 * host.size(), "a golden case");
      iqnrl::forward_pass<typename Run::backend_type, typename Run::value_type> pass{r.dev(), {}, memory};
      return r.download(encoder::detail::image_input<observation<Scale>>::read(pass, {seen}));
    };
    r.check("out.unit", read(std::integral_constant<iqnrl::pixels, iqnrl::pixels::unit>{}));
    r.check("out.centred", read(std::integral_constant<iqnrl::pixels, iqnrl::pixels::centred>{}));
  }
};

template <iqnrl::fixed_string Case>
constexpr encoder::impala_options options{
    .pool = shapes::whole<Case>("pool", 0) > 0 ? encoder::last::adaptive_max : encoder::last::flatten,
    .bins = shapes::whole<Case>("pool", 0) > 0 ? shapes::whole<Case>("pool", 0) : 6,
    .spectral =
        shapes::says<Case>("spectral_norm", "1") ? encoder::spectral_norm::residual : encoder::spectral_norm::none};
template <iqnrl::fixed_string Case>
using impala_of = encoder::impala<shapes::whole<Case>("scale", 1), options<Case>>;

template <iqnrl::fixed_string Case>
using nature_of =
    encoder::convolutions<iqnrl::activation::relu, shapes::extent<Case>("param.fc.weight", 0),
                          encoder::layer{shapes::extent<Case>("param.conv0.weight", 0), iqnrl::window::square(8, 4)},
                          encoder::layer{shapes::extent<Case>("param.conv1.weight", 0), iqnrl::window::square(4, 2)},
                          encoder::layer{shapes::extent<Case>("param.conv2.weight", 0), iqnrl::window::square(3, 1)}>;

}  // namespace

void add_encoders(registry& all) {
  all.add_large("impala_s1", encoder_case<"impala_s1", impala_of<"impala_s1">>{});
  all.add_large("impala_s2_sn", encoder_case<"impala_s2_sn", impala_of<"impala_s2_sn">>{});
  all.add("nature_cnn_reduced", encoder_case<"nature_cnn_reduced", nature_of<"nature_cnn_reduced">>{});
  all.add_large("nature_cnn_full", encoder_case<"nature_cnn_full", encoder::nature<512>>{});
  all.add_large("linesight_cnn", encoder_case<"linesight_cnn", encoder::cnn>{});
  all.add("shift_replicate", shift_case<"shift_replicate">{});
  all.add("shift_zero", shift_case<"shift_zero">{});
  all.add("image_scaling", scaling_case{});
}

}  // namespace golden
