// What the laws of encoders, conditionings and heads have in common: a layer behind one face, run with care.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <iqnrl/core/finite.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/gradient_check.hpp>
#include <iqnrl/testing/packing.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/tensor.hpp>

namespace iqnrl::testing {

/// Memory that faults when anything but a primitive touches it, and products that read packed weights only and notice
/// stale ones.
using strict_backend = packing<sealed<backend::reference>>;

/// A layer, its parameters, and its inputs for a few samples, in double on the strict backend. What a layer must do
/// whatever it computes is written once, here, as `laws`.
class layer_trial {
 public:
  using forward_type = forward_pass<strict_backend, double>;
  using backward_type = backward_pass<strict_backend, double>;
  using prepare_type = prepare_pass<strict_backend, double>;
  using finish_type = finish_pass<strict_backend, double>;

  layer_trial(const layer_trial&) = delete;
  layer_trial& operator=(const layer_trial&) = delete;
  virtual ~layer_trial() = default;

  /// Everything that must hold of a layer.
  void laws() {
    begin();
    repeats();
    stays_inside();
    adds();
    prepares_alike();
    keeps_samples_apart();
    has_right_gradients();
  }

 protected:
  /// For `samples` samples of `inputs` numbers each that have a gradient, and an output of this shape.
  layer_trial(std::size_t samples, std::size_t inputs, const extents<2>& output)
      : samples_(samples), inputs_(inputs), output_(output) {}

  virtual void prepare(const prepare_type& p) const = 0;
  virtual void finish(const finish_type& p) const = 0;
  /// Runs the layer and keeps the tape.
  virtual view<const double, 2> forward(forward_type& p) = 0;
  /// The gradient of the inputs; empty where they have none.
  virtual view<const double, 2> backward(backward_type& p, const view<double, 2>& dy) = 0;
  /// Gives a sample's other inputs, those without a gradient, the numbers of a seed.
  virtual void redraw(std::size_t /*sample*/, std::uint64_t /*seed*/) {}

  /// Declares the layer; once, at the end of the constructor.
  template <class Layer>
  void adopt(Layer& layer) {
    table_.scope("layer", layer);
    table_.seal();
  }

  [[nodiscard]] const device<strict_backend>& dev() const { return device_; }
  [[nodiscard]] std::size_t samples() const { return samples_; }
  /// The inputs that have a gradient, [samples, inputs].
  [[nodiscard]] view<const double, 2> x() const { return region(input).reshape<2>({samples_, inputs_}); }

 private:
  enum : std::size_t { parameters, state, next_state, noise_drawn, prepared, gradients, sums, input, regions };
  static constexpr std::size_t guard = 16;  // elements between the buffers, which nobody may write
  static constexpr double untouched = -7.25e77;

  struct result {
    std::vector<double> y;
    std::vector<double> dx;
    std::vector<double> gradient;
  };

  [[nodiscard]] std::size_t size(std::size_t r) const {
    const std::array<std::size_t, regions> sizes{
        table_.parameters_size(), table_.state_size(),      table_.state_size(), table_.noise_size(),
        table_.prepared_size(),   table_.parameters_size(), table_.sums_size(),  samples_ * inputs_};
    return sizes[r];
  }
  [[nodiscard]] std::size_t place(std::size_t r) const {
    std::size_t at = guard;
    for (std::size_t i = 0; i < r; ++i) at += size(i) + guard;
    return at;
  }
  [[nodiscard]] view<double, 1> region(std::size_t r) const { return buffers_.out().slice(place(r), size(r)); }
  [[nodiscard]] std::vector<double> values(std::size_t r) const { return host_of(device_, region(r)); }
  void set(std::size_t r, const std::vector<double>& v) const { device_.upload(std::span<const double>(v), region(r)); }

  /// Makes the buffers, draws parameters and inputs, and plans the memory.
  void begin() {
    buffers_ = tensor<strict_backend, double, 1>(device_, {place(regions)});
    device_.fill(buffers_.out(), untouched);
    std::size_t index = 0;
    for (const auto& [tensors, where] :
         {std::pair{table_.parameters(), parameters}, std::pair{table_.state(), state}}) {
      set(where, std::vector<double>(size(where), 0.0));
      for (const auto& t : tensors) {
        const auto v = initial_values<double>(t, 3, index++);
        device_.upload(std::span<const double>(v), region(where).slice(t.offset, t.size));
      }
    }
    set(noise_drawn, noise<double>(size(noise_drawn), 4));
    for (std::size_t i = 0; i < samples_; ++i) redraw_all(i, i);
    prepare_all();

    arena<strict_backend> counted;
    (void)run_on(device_.dry(), counted, 0, true);
    planned_ = counted.needed();
    memory_ = arena<strict_backend>(device_, planned_, "a layer under test");
  }

  void redraw_all(std::size_t sample, std::uint64_t seed) {
    if (inputs_ > 0) {
      const auto v = noise<double>(inputs_, 100 + seed);
      device_.upload(std::span<const double>(v), region(input).slice(sample * inputs_, inputs_));
    }
    redraw(sample, seed);
  }

  /// Prepares with noise and a copy of the state, as before an update.
  void prepare_all() const {
    device_.copy(view<const double, 1>(region(state)), region(next_state));
    prepare(prepare_type{device_, region(parameters), region(state), region(next_state), region(prepared),
                         region(noise_drawn)});
  }
  /// Prepares with noise, and with the state as the last update's: it stays, as a gradient takes it to.
  void prepare_again() const {
    prepare(prepare_type{device_, region(parameters), region(next_state), {}, region(prepared), region(noise_drawn)});
  }

  [[nodiscard]] network_views<double> views() const { return {region(parameters), region(state), region(prepared)}; }

  /// Forward and backward; gradients start as `start` and are turned into those of the parameters if `whole`.
  result run_on(const device<strict_backend>& dev, arena<strict_backend>& memory, double start, bool whole) {
    forward_type forth{dev, views(), memory};
    const view<const double, 2> y = forward(forth);
    DOCTEST_REQUIRE(y.shape() == output_);
    result r;
    r.y = host_of(dev, y);
    const view<double, 2> dy = memory.template take<double, 2>(output_);
    const auto weight = noise<double>(dy.size(), 99);
    dev.upload(std::span<const double>(weight), dy);
    dev.fill(region(gradients), untouched);
    for (const auto& t : table_.parameters()) dev.fill(region(gradients).slice(t.offset, t.size), start);
    dev.fill(region(sums), 0.0);
    backward_type back{dev, views(), memory, region(gradients), region(sums)};
    const view<const double, 2> dx = backward(back, dy);
    if (inputs_ > 0) DOCTEST_REQUIRE(dx.shape() == x().shape());
    if (inputs_ > 0) r.dx = host_of(dev, dx);
    if (whole) {
      const std::vector<double> kept = values(next_state);
      finish(finish_type{dev, region(next_state), region(prepared), region(gradients), region(sums)});
      if (size(sums) > 0) set(next_state, kept);  // it measures what it reads: the state is for the next update
    }
    r.gradient = host_of(dev, region(gradients));
    return r;
  }

  /// The same in the planned memory, each byte of which is `garbage` at first.
  result run(double start = 0, unsigned char garbage = 0xFF, bool whole = true) {
    memory_.reset();
    if (planned_ > 0) device_.fill(memory_.template take<unsigned char, 1>({planned_}), garbage);
    memory_.reset();
    return run_on(device_, memory_, start, whole);
  }

  /// The memory that a dry device counted is what is taken; what it held does not matter; the bits are the same again.
  void repeats() {
    const result once = run(0, 0xFF);
    const result again = run(0, 0x11);
    DOCTEST_CHECK(memory_.needed() == planned_);
    DOCTEST_CHECK((once.y == again.y && once.dx == again.dx && once.gradient == again.gradient));
    DOCTEST_CHECK(std::all_of(once.y.begin(), once.y.end(), [](double v) { return is_finite(v); }));
  }

  /// A pass writes its outputs, the gradients of its own tensors and its sums, and nothing else.
  void stays_inside() {
    std::vector<double> want(buffers_.out().size(), untouched);
    for (const std::size_t r : {parameters, state, next_state, noise_drawn, prepared, input}) {
      const std::vector<double> v = values(r);
      std::copy(v.begin(), v.end(), want.begin() + static_cast<std::ptrdiff_t>(place(r)));
    }
    (void)run();
    const std::vector<double> after = buffers_.get();
    for (const auto& t : table_.parameters()) {
      for (std::size_t i = place(gradients) + t.offset; i < place(gradients) + t.offset + t.size; ++i)
        want[i] = after[i];
    }
    for (std::size_t i = place(sums); i < place(sums) + size(sums); ++i) want[i] = after[i];
    DOCTEST_CHECK(after == want);
  }

  /// Gradients are added to what is there.
  void adds() {
    const result from_zero = run(0, 0xFF, false);
    const result from_one = run(1, 0xFF, false);
    double off = 0;
    for (const auto& t : table_.parameters()) {
      for (std::size_t i = t.offset; i < t.offset + t.size; ++i) {
        off = std::max(off, std::abs(from_one.gradient[i] - from_zero.gradient[i] - 1));
      }
    }
    DOCTEST_CHECK(off <= 1e-9);
  }

  /// `prepare` may run twice, reads parameters and state only, and changes neither.
  void prepares_alike() {
    const auto all = [&] {
      return std::vector{values(parameters), values(state), values(next_state), values(prepared)};
    };
    const auto before = all();
    device_.fill(region(prepared), -1.0);
    prepare_all();
    const auto once = all();
    prepare_all();
    DOCTEST_CHECK(all() == once);
    DOCTEST_CHECK((once[0] == before[0] && once[1] == before[1] && once[2] == before[2]));
    DOCTEST_CHECK(run().y == run().y);
  }

  /// A sample's output, and the gradient of its inputs, are made of its own inputs.
  void keeps_samples_apart() {
    const result before = run();
    const auto same_but = [&](std::size_t sample, const std::vector<double>& a, const std::vector<double>& b) {
      const std::size_t each = a.size() / samples_;
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (i / each != sample && a[i] != b[i]) return false;
      }
      return true;
    };
    for (std::size_t sample = 0; sample < samples_; ++sample) {
      redraw_all(sample, 50 + sample);
      const result after = run();
      DOCTEST_CHECK(same_but(sample, before.y, after.y));
      if (inputs_ > 0) DOCTEST_CHECK(same_but(sample, before.dx, after.dx));
      redraw_all(sample, sample);
    }
  }

  /// Gradients of parameters and inputs against central differences.
  void has_right_gradients() {
    const result r = run();
    const auto weight = noise<double>(r.y.size(), 99);
    const auto by = [&](std::size_t where, const std::vector<double>& v) {
      set(where, v);
      prepare_again();
      memory_.reset();
      forward_type forth{device_, views(), memory_};
      const auto y = host_of(device_, forward(forth));
      return std::inner_product(y.begin(), y.end(), weight.begin(), 0.0);
    };
    const auto error = [&](std::size_t where, const std::vector<double>& analytic) {
      const std::vector<double> at = values(where);
      const double e = gradient_error(analytic, central_differences([&](const auto& v) { return by(where, v); }, at));
      set(where, at);
      return e;
    };
    std::vector<double> own = r.gradient;
    for (double& g : own) g = g == untouched ? 0 : g;
    DOCTEST_CHECK(error(parameters, own) <= gradient_tolerance);
    if (inputs_ > 0) DOCTEST_CHECK(error(input, r.dx) <= gradient_tolerance);
    prepare_all();
  }

  std::size_t samples_;
  std::size_t inputs_;
  extents<2> output_;
  device<strict_backend> device_{};
  parameter_table table_{&device<strict_backend>::template packed_size<double>};
  tensor<strict_backend, double, 1> buffers_{device_, {1}};
  arena<strict_backend> memory_{};
  std::size_t planned_ = 0;
};

}  // namespace iqnrl::testing
