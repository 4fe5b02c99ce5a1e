// A layer of the library with the parameters of a case, run forwards and backwards.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <golden/run.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>

namespace golden {

/// Declares a layer, gives it the parameters of a case, plans its memory by a dry run, and collects its gradients.
template <class Run, class Layer>
class layer_run {
 public:
  using backend_type = typename Run::backend_type;
  using T = typename Run::value_type;
  using forward_type = iqnrl::forward_pass<backend_type, T>;
  using backward_type = iqnrl::backward_pass<backend_type, T>;

  layer_run(Run& r, Layer layer)
      : run_(r), layer_(std::move(layer)), table_(&Run::device_type::template packed_size<T>) {
    layer_.declare(table_);
    table_.seal();
    parameters_ = r.take(iqnrl::extents<1>{table_.parameters_size()});
    state_ = r.take(iqnrl::extents<1>{table_.state_size()});
    noise_ = r.take(iqnrl::extents<1>{table_.noise_size()});
    prepared_ = r.take(iqnrl::extents<1>{table_.prepared_size()});
    gradients_ = r.take(iqnrl::extents<1>{table_.parameters_size()});
  }

  [[nodiscard]] const Layer& layer() const { return layer_; }
  [[nodiscard]] const iqnrl::parameter_table& table() const { return table_; }

  /// Where a parameter, or its gradient, lies. Throws shape_error where the layer has no such parameter.
  [[nodiscard]] iqnrl::view<T, 1> parameter(std::string_view name) const {
    return in(parameters_, table_.parameters(), name);
  }
  [[nodiscard]] iqnrl::view<T, 1> gradient(std::string_view name) const {
    return in(gradients_, table_.parameters(), name);
  }
  /// Where an entry of the state lies. The pass advances it, as before an update.
  [[nodiscard]] iqnrl::view<T, 1> state(std::string_view name) const { return in(state_, table_.state(), name); }
  [[nodiscard]] const iqnrl::view<T, 1>& prepared() const { return prepared_; }

  /// The noise that the pass is given, in the order in which layers declare it; without this call there is none.
  void make_noisy(const std::vector<std::string_view>& tensors) {
    noisy_ = true;
    std::size_t at = 0;
    for (const auto name : tensors) {
      const auto host = run_.values(name);
      run_.dev().upload(std::span<const T>(host), noise_.slice(at, host.size()));
      at += (host.size() + iqnrl::parameter_table::alignment - 1) / iqnrl::parameter_table::alignment *
            iqnrl::parameter_table::alignment;
    }
  }
  /// The pass leaves the state as it is, as in acting.
  void keep_state() { advance_ = false; }

  /// Fills every parameter from `param.` + what `name` makes of its name.
  template <class Name>
  void fill(Name name) {
    for (const auto& t : table_.parameters()) {
      const auto host = run_.values("param." + name(t.name));
      run_.dev().upload(std::span<const T>(host), parameter(t.name));
    }
  }

  /// Calls `body(forward, backward)`, first on a device that only counts the memory, then in earnest, and turns the
  /// gradients into those of the parameters.
  template <class Body>
  void pass(Body body) {
    layer_.prepare(iqnrl::prepare_pass<backend_type, T>{run_.dev(), parameters_, state_,
                                                        advance_ ? state_ : iqnrl::view<T, 1>{}, prepared_,
                                                        noisy_ ? noise_ : iqnrl::view<T, 1>{}});
    const iqnrl::network_views<T> net{parameters_, state_, prepared_};
    iqnrl::arena<backend_type> counted;
    run_over(run_.dev().dry(), net, counted, body);
    memory_ = iqnrl::arena<backend_type>(run_.dev(), counted.needed(), "a golden case");
    run_over(run_.dev(), net, memory_, body);
    iqnrl::finish(layer_, iqnrl::finish_pass<backend_type, T>{run_.dev(), state_, prepared_, gradients_});
  }

  /// Compares the gradient of every parameter with `grad.` + what `name` makes of its name.
  template <class Name>
  void check_gradients(Name name, const bounds& b = {}) {
    for (const auto& t : table_.parameters()) run_.check("grad." + name(t.name), gradient(t.name), b);
  }

  /// Forward and backward on `in.x`, every output and gradient compared. The case has the layer's own names.
  void check_all(const bounds& b = {}) {
    const auto same = [](const std::string& name) { return name; };
    fill(same);
    const iqnrl::view<const T, 2> x = run_.upload_images("in.x");
    const iqnrl::view<T, 2> dy = run_.upload_images("grad_out.y");
    iqnrl::view<const T, 2> y;
    iqnrl::view<const T, 2> dx;
    pass([&](auto& forward, auto& backward) {
      typename Layer::template tape<T> tape;
      y = layer_.forward(forward, x, tape);
      dx = layer_.backward(backward, tape, dy);
    });
    run_.check_images("out.y", y, b);
    run_.check_images("grad.x", dx, b);
    check_gradients(same, b);
  }

 private:
  template <class Body>
  void run_over(const typename Run::device_type& dev, const iqnrl::network_views<T>& net,
                iqnrl::arena<backend_type>& memory, Body& body) {
    forward_type forward{dev, net, memory};
    backward_type backward{dev, net, memory, gradients_};
    body(forward, backward);
  }

  [[nodiscard]] static iqnrl::view<T, 1> in(const iqnrl::view<T, 1>& buffer,
                                            std::span<const iqnrl::tensor_info> tensors, std::string_view name) {
    for (const auto& t : tensors) {
      if (t.name == name) return buffer.slice(t.offset, t.size);
    }
    throw iqnrl::shape_error(fmt::format("the layer has no tensor called {}", name));
  }

  Run& run_;
  Layer layer_;
  iqnrl::parameter_table table_;
  iqnrl::view<T, 1> parameters_;
  iqnrl::view<T, 1> state_;
  iqnrl::view<T, 1> noise_;
  iqnrl::view<T, 1> prepared_;
  iqnrl::view<T, 1> gradients_;
  iqnrl::arena<backend_type> memory_;
  bool noisy_ = false;
  bool advance_ = true;
};

}  // namespace golden
