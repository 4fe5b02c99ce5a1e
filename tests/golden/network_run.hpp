// A learner with the numbers of a case: its parameters, fractions and noise, one update, and the forwards inside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <golden/loss_run.hpp>
#include <golden/parameters_in_file.hpp>
#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/agent/learner.hpp>

namespace golden::networks {

using iqnrl::extents;
using iqnrl::view;

inline constexpr bounds bound{.in_double = 1e-9, .in_float = 1e-4};

/// A backend whose fractions and noise are those of a file: number i of the forward, or of the network, that asks.
template <class Base>
struct recorded : Base {
  template <class T, std::size_t Rank>
  void fill_uniform(const view<T, Rank>& v, const iqnrl::sequence& s, std::uint64_t first) const {
    play(fractions.at(place(s, iqnrl::stream::fractions)), first, v);
  }
  template <class T>
  void fill_normal(const view<T, 1>& v, const iqnrl::sequence& s) const {
    if (!noise.empty()) play(noise.at(place(s, iqnrl::stream::noise)), 0, v);
  }
  inline static std::vector<std::vector<double>> fractions;
  inline static std::vector<std::vector<double>> noise;

 private:
  static std::size_t place(const iqnrl::sequence& s, iqnrl::stream first) {
    return static_cast<std::size_t>(s.purpose) - static_cast<std::size_t>(first);
  }
  template <class T, std::size_t Rank>
  void play(const std::vector<double>& tape, std::uint64_t first, const view<T, Rank>& v) const {
    std::vector<T> numbers;
    for (std::size_t i = 0; i < v.size(); ++i) numbers.push_back(static_cast<T>(tape.at(first + i)));
    this->upload(std::span<const T>(numbers).data(), v);
  }
};

/// A world that is only looked at.
template <std::size_t Actions, class... Parts>
struct seen_world {
  using observation = iqnrl::observation<Parts...>;
  static constexpr std::size_t actions = Actions;
  void reset(const iqnrl::generator& /*start*/) {}
  void observe(typename observation::value& /*out*/) const {}
  [[nodiscard]] iqnrl::outcome step(int /*action*/) { return {}; }
};

/// Finds the optimizer's first moment among a learner's state.
template <class T>
struct first_moment {
  std::vector<T> numbers;
  template <class Entry>
  void operator()(std::string_view, Entry&&) {}
  template <class Device>
  void operator()(std::string_view name, const Device& dev, const view<T, 1>& v) {
    if (name != "m") return;
    numbers.resize(v.size());
    dev.download(v, std::span(numbers));
  }
};

/// Replaces the first of `renamed` (from, to) that a name starts with.
inline std::string name_in_file(const std::string& own,
                                std::span<const std::pair<std::string_view, std::string_view>> renamed) {
  for (const auto& [from, to] : renamed) {
    if (own.starts_with(from)) return std::string(to) + own.substr(from.size());
  }
  return own;
}

/// One learner for the numbers of a run. `Names` has `static constexpr std::array renamed` of name prefixes, ours and
/// the file's, and `now`, `next`: the tensor of each part of the observation.
template <class Run, class Names, class World, class... Policies>
class network_run {
 public:
  using T = typename Run::value_type;
  using backend_type = recorded<typename Run::backend_type>;
  using learner_type =
      iqnrl::learner<World, backend_type,
                     std::conditional_t<std::is_same_v<T, double>, iqnrl::numeric::float64, iqnrl::numeric::float32>,
                     Policies...>;
  using config = typename learner_type::config;
  using network_type = typename learner_type::network_type;
  using observation = typename World::observation;

  network_run(Run& r, const config& c) : run_(r), learner_(context_, c) {}

  [[nodiscard]] learner_type& learner() { return learner_; }

  static std::string name(const std::string& own) { return name_in_file(own, Names::renamed); }

  /// The parameters: those of the file, or of its streams.
  void fill() {
    fill(*learner_.online(), "param.", "");
    fill(*learner_.target(), "target.", "target_");
  }
  void fill_online() { fill(*learner_.online(), "param.", ""); }

  /// One entry of both networks' state.
  void set_state(const std::string& entry, std::string_view online, std::string_view target) {
    for (const auto& t : learner_.structure().table().state()) {
      if (t.name != entry) continue;
      upload(run_.values(online), learner_.online()->state().slice(t.offset, t.size));
      upload(run_.values(target), learner_.target()->state().slice(t.offset, t.size));
    }
  }

  iqnrl::learn_report update() {
    typename learner_type::batch_type batch;
    const std::size_t count = run_.integers("in.action").size();
    batch.resize(count);
    iqnrl::for_each_part<observation>([&](auto i) {
      part_of<i>(Names::now[i], batch.template now<i>());
      part_of<i>(Names::next[i], batch.template next<i>());
    });
    const auto action = run_.integers("in.action");
    const auto terminal = run_.bytes("in.terminal");
    batch.action.assign(action.begin(), action.end());
    batch.reward = floats("in.reward");
    batch.discount = floats("in.discount");
    for (std::size_t b = 0; b < count; ++b) batch.discount[b] *= terminal.at(b) != 0 ? 0.0F : 1.0F;
    batch.weight = run_.has("in.weight") ? floats("in.weight") : std::vector<float>(count, 1.0F);
    return learner_.update(batch, 0);
  }

  /// The quantiles of one network, prepared with its noise as for an update, compared with `result`.
  view<const T, 4> quantiles(iqnrl::net which, const auto& parts, std::string_view fractions, std::string_view result) {
    const auto& network = learner_.structure();
    const auto& dev = learner_.dev();
    const auto& numbers = which == iqnrl::net::online ? *learner_.online() : *learner_.target();
    const auto& table = network.table();
    const view<T, 1> next = run_.take(extents<1>{table.state_size()});
    const view<T, 1> noise = run_.take(extents<1>{table.noise_size()});
    dev.copy(view<const T, 1>(numbers.state()), next);
    if (!noise.empty()) {
      dev.fill_normal(noise, {0, iqnrl::stream::noise + static_cast<std::size_t>(which), 0});
    }
    network.prepare(dev, numbers, numbers.prepared(), next, noise);
    iqnrl::observation_views<observation> seen;
    iqnrl::for_each_part<observation>([&](auto i) { std::get<i>(seen) = part_view<i>(parts[i]); });
    const view<const T, 2> tau = run_.template upload<2>(fractions);
    const auto pass = [&](const auto& device, auto& memory) {
      typename network_type::forward_type forward{device, numbers.views(), memory};
      typename network_type::encoder_tape encoded;
      typename network_type::quantile_tape kept;
      return network.quantiles(forward, network.encode(forward, seen, encoded), tau, kept);
    };
    typename network_type::arena_type counted;
    pass(dev.dry(), counted);
    typename network_type::arena_type memory(dev, counted.needed(), "a golden case");
    const auto host = run_.download(pass(dev, memory));
    run_.check(result, host, bound);
    return run_.upload(host, extents<4>{tau.rows(), tau.row_size(), 1, network_type::slots::actions});
  }

  /// Compares what lies at each parameter's place in a buffer, each number times `factor`.
  void check_tensors(const std::string& prefix, std::vector<T> buffer, T factor, const bounds& b) {
    for (T& x : buffer) x *= factor;
    for (const auto& t : learner_.structure().table().parameters()) {
      const auto first = buffer.begin() + static_cast<std::ptrdiff_t>(t.offset);
      run_.check(prefix + name(t.name), std::vector<T>(first, first + static_cast<std::ptrdiff_t>(t.size)), b);
    }
  }

  /// After the first update without clipping, the gradient is the optimizer's first moment / (1 - beta1).
  void check_gradients(double beta1) {
    first_moment<T> gradient;
    learner_.state(gradient);
    check_tensors("grad.", gradient.numbers, static_cast<T>(1 / (1 - beta1)), bound);
  }
  void check_parameters(double rate) {
    check_tensors("out.after.", run_.download(learner_.online()->parameters()), T(1), {1e-7, 2 * rate, 1e-7, true});
  }

 private:
  void upload(const std::vector<T>& host, const view<T, 1>& to) { learner_.dev().upload(std::span<const T>(host), to); }

  template <class Weights>
  void fill(Weights& numbers, const std::string& prefix, const std::string& stream) {
    const bool streamed = run_.has_text(stream + "lcg_seed");
    std::map<std::string, std::vector<double>> all;
    if (streamed) all = streamed_parameters(run_, stream);
    for (const auto& t : learner_.structure().table().parameters()) {
      const view<T, 1> to = numbers.parameters().slice(t.offset, t.size);
      if (streamed) {
        const auto& values = all.at(name(t.name));
        upload(std::vector<T>(values.begin(), values.end()), to);
      } else {
        upload(run_.values(prefix + name(t.name)), to);
      }
    }
    numbers.changed();
  }

  std::vector<float> floats(std::string_view tensor) const {
    const auto all = run_.numbers(tensor);
    return {all.begin(), all.end()};
  }
  template <std::size_t I>
  auto elements(std::string_view tensor) const {
    if constexpr (std::is_same_v<typename observation::template part_at<I>::value_type, std::uint8_t>) {
      return run_.bytes(tensor);
    } else {
      return floats(tensor);
    }
  }
  template <std::size_t I, class Span>
  void part_of(std::string_view tensor, const Span& to) const {
    const auto host = elements<I>(tensor);
    iqnrl::require<iqnrl::file_error>(host.size() == to.size(), "{} has {} elements and the batch needs {}", tensor,
                                      host.size(), to.size());
    std::copy(host.begin(), host.end(), to.begin());
  }
  template <std::size_t I>
  auto part_view(std::string_view tensor) {
    const auto host = elements<I>(tensor);
    constexpr std::size_t size = observation::sizes[I];
    return run_.upload(host, extents<2>{host.size() / size, size});
  }

  Run& run_;
  iqnrl::context context_{};
  learner_type learner_;
};

/// The numbers of the loss, and without clipping.
template <class Config, class Run>
[[nodiscard]] Config loss_config(const Run& r, std::string_view online, std::string_view target,
                                 std::string_view select) {
  using iqnrl::loss::reduction;
  Config c;
  c.batch = r.integers("in.action").size();
  c.fractions = {.online = r.template shape<2>(online)[1],
                 .target = r.template shape<2>(target)[1],
                 .select = r.template shape<2>(select)[1]};
  c.loss.kappa = r.number("kappa");
  c.loss.divide_by_kappa = r.flag("divide_by_kappa");
  c.loss.batch = r.text("batch_reduction") == "mean" ? reduction::mean : reduction::sum;
  c.clip_norm = std::numeric_limits<double>::infinity();
  return c;
}

}  // namespace golden::networks
