// The gradients of one layer of a network, of its parameters and its input, against central differences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>
#include <iqnrl/testing/gradient_check.hpp>
#include <iqnrl/testing/tensor.hpp>

namespace iqnrl::testing {

/// The largest relative errors of a layer's gradients.
struct layer_errors {
  double parameters = 0;
  double input = 0;
};

/// A layer with parameters of its own, in double.
template <class Backend, class Layer>
class layer_bench {
 public:
  using pass_type = forward_pass<Backend, double>;
  using back_type = backward_pass<Backend, double>;

  template <class Config>
  layer_bench(const Config& config, std::uint64_t seed) : layer_(config), table_(sealed_table()) {
    start(seed);
  }
  explicit layer_bench(std::uint64_t seed) : table_(sealed_table()) { start(seed); }

  /// sum(weight * y) where y = forward(layer, pass, tape), and its gradient of the parameters by `backward(layer, pass,
  /// tape, dy)`, which returns dx on the host (empty where the input has none). `objective(x)` runs at input x.
  template <class Tape, class Forward, class Backward>
  layer_errors check(const std::vector<double>& x, const Forward& forward, const Backward& backward) {
    std::vector<double> weight;
    const auto value = [&](const std::vector<double>& parameters, const std::vector<double>& input) {
      parameters_.set(parameters);
      prepare();
      memory_.reset();
      pass_type pass{dev_, views(), memory_};
      Tape kept;
      const std::vector<double> y = host_of(dev_, forward(layer_, pass, dev_, input, kept));
      if (weight.empty()) weight = noise<double>(y.size(), 99);
      return std::inner_product(y.begin(), y.end(), weight.begin(), 0.0);
    };
    const std::vector<double> parameters = parameters_.get();
    (void)value(parameters, x);
    prepare();

    memory_.reset();
    pass_type pass{dev_, views(), memory_};
    Tape kept;
    const auto y = forward(layer_, pass, dev_, x, kept);
    const view<double, 2> dy = memory_.template take<double, 2>({y.rows(), y.row_size()});
    dev_.upload(std::span<const double>(weight), dy);
    gradients_.set(std::vector<double>(parameters.size(), 0.0));
    back_type back{dev_, views(), memory_, gradients_.out()};
    const std::vector<double> dx = backward(layer_, back, dev_, kept, dy);
    finish(layer_, finish_pass<Backend, double>{dev_, state_.out(), prepared_.in(), gradients_.out()});
    const std::vector<double> analytic = gradients_.get();

    layer_errors errors;
    errors.parameters =
        gradient_error(analytic, central_differences([&](const auto& p) { return value(p, x); }, parameters));
    if (!dx.empty()) {
      errors.input = gradient_error(dx, central_differences([&](const auto& i) { return value(parameters, i); }, x));
    }
    return errors;
  }

  [[nodiscard]] const parameter_table& table() const { return table_; }

 private:
  parameter_table sealed_table() {
    parameter_table table(&device<Backend>::template packed_size<double>);
    table.scope("layer", layer_);
    table.seal();
    return table;
  }

  void start(std::uint64_t seed) {
    std::size_t index = 0;
    const auto set = [&](std::span<const tensor_info> tensors, const view<double, 1>& buffer) {
      for (const auto& t : tensors) {
        const auto values = initial_values<double>(t, seed, index++);
        dev_.upload(std::span<const double>(values), buffer.slice(t.offset, t.size));
      }
    };
    set(table_.parameters(), parameters_.out());
    set(table_.state(), state_.out());
    noise_.set(noise<double>(table_.noise_size(), seed + 1));
  }

  /// With noise, and with the state as it is.
  void prepare() const {
    layer_.prepare(
        prepare_pass<Backend, double>{dev_, parameters_.in(), state_.in(), {}, prepared_.out(), noise_.in()});
  }

  [[nodiscard]] network_views<double> views() const { return {parameters_.in(), state_.in(), prepared_.in()}; }

  Layer layer_{};
  device<Backend> dev_{};
  parameter_table table_;
  tensor<Backend, double, 1> parameters_{dev_, {table_.parameters_size()}};
  tensor<Backend, double, 1> gradients_{dev_, {table_.parameters_size()}};
  tensor<Backend, double, 1> state_{dev_, {table_.state_size()}};
  tensor<Backend, double, 1> noise_{dev_, {table_.noise_size()}};
  tensor<Backend, double, 1> prepared_{dev_, {table_.prepared_size()}};
  arena<Backend> memory_{dev_, std::size_t{1} << 20U, "a gradient check"};
};

/// A tensor [rows, columns] in the pass's memory with these elements.
template <class Pass, class Device>
[[nodiscard]] view<const double, 2> placed(Pass& pass, const Device& dev, const std::vector<double>& x,
                                           std::size_t columns) {
  const view<double, 2> v = pass.memory.template take<double, 2>({x.size() / columns, columns});
  dev.upload(std::span<const double>(x), v);
  return v;
}

/// Checks a layer with `forward(pass, x, tape)` and `backward(pass, tape, dy) -> dx` at `rows` rows of noise.
template <class Bench, class Tape>
[[nodiscard]] layer_errors check_rows(Bench& bench, std::size_t rows, std::size_t columns, std::uint64_t seed) {
  return bench.template check<Tape>(
      noise<double>(rows * columns, seed),
      [columns](const auto& layer, auto& pass, const auto& dev, const std::vector<double>& x, Tape& kept) {
        return view<const double, 2>(layer.forward(pass, placed(pass, dev, x, columns), kept));
      },
      [](const auto& layer, auto& pass, const auto& dev, const Tape& kept, const view<double, 2>& dy) {
        return host_of(dev, layer.backward(pass, kept, dy));
      });
}

/// The gradients of a layer that takes and gives rows of numbers.
template <class Backend, class Layer>
void check_layer_gradients(std::size_t rows, std::size_t columns) {
  layer_bench<Backend, Layer> bench(rows);
  const layer_errors e = check_rows<decltype(bench), typename Layer::template tape<double>>(bench, rows, columns, 5);
  CHECK(e.parameters <= gradient_tolerance);
  CHECK(e.input <= gradient_tolerance);
}

}  // namespace iqnrl::testing
