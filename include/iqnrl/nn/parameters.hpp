// Flat parameters: every tensor of a network in one buffer, in contiguous groups, with named views.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <iqnrl/backend/device.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

/// How a tensor starts. `uniform`: U(-scale, scale). `normal`: N(0, scale^2). `orthogonal`: rows (or columns, where
/// there are more rows than columns) orthonormal times scale (Saxe et al. 2013). `constant`: scale. `given`: the values
/// themselves, which must outlive it.
struct initial {
  enum class kind : std::uint8_t { constant, uniform, normal, orthogonal, given };
  kind how = kind::constant;
  double scale = 0;
  std::span<const float> values{};

  [[nodiscard]] static constexpr initial constant(double value) { return {kind::constant, value, {}}; }
  [[nodiscard]] static constexpr initial uniform(double bound) { return {kind::uniform, bound, {}}; }
  [[nodiscard]] static constexpr initial normal(double deviation) { return {kind::normal, deviation, {}}; }
  [[nodiscard]] static constexpr initial orthogonal(double gain) { return {kind::orthogonal, gain, {}}; }
  [[nodiscard]] static constexpr initial given(std::span<const float> values) { return {kind::given, 0, values}; }
};

/// What a target network does with an entry of the state buffer when it is synchronised.
enum class on_sync : std::uint8_t { copy, keep };

/// A tensor of a layer, by its place in a buffer. Its extents are static; the place is set by the table it is declared
/// in.
template <std::size_t... Extents>
class parameter {
 public:
  static constexpr std::size_t rank = sizeof...(Extents);
  static constexpr extents<rank> shape{Extents...};
  static constexpr std::size_t size = (Extents * ... * 1);

  /// The tensor inside a flat buffer.
  template <class T>
  [[nodiscard]] view<T, rank> in(const view<T, 1>& buffer) const {
    return {buffer.data() + offset_, shape};
  }

 private:
  friend class parameter_table;
  std::size_t offset_ = 0;
};

/// A stretch of a buffer, by its place: of what `prepare` writes (packed, noisy or normalised weights), of the noise
/// that it reads, or of what an update adds up.
class stretch {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  template <class T>
  [[nodiscard]] view<T, 1> in(const view<T, 1>& buffer) const {
    return {buffer.data() + offset_, {size_}};
  }

 private:
  friend class parameter_table;
  std::size_t offset_ = 0;
  std::size_t size_ = 0;
};

/// One named tensor of a network.
struct tensor_info {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t size = 0;
  std::size_t offset = 0;  ///< elements from the start of its buffer; a multiple of 16
  std::size_t group = 0;
  initial start{};
  on_sync sync = on_sync::copy;
};

/// What a layer says of itself.
struct layer_info {
  std::string name;
  std::string what;
  std::vector<std::size_t> output;  ///< extents of what it gives for one row
  std::size_t parameters = 0;       ///< learnable numbers, the scales of noise not counted
  std::size_t scales = 0;           ///< those scales
};

/// A contiguous run of parameters that are treated alike by the optimizer.
struct parameter_group {
  std::string name;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Where every tensor of a network lies. Layers declare their tensors once, in `declare(parameter_table&)`; `seal` then
/// lays the groups out one after the other and tells each layer where its tensors are.
class parameter_table {
 public:
  static constexpr std::size_t alignment = 16;  ///< elements

  /// A table whose `packed_size(out, in)` is that of a backend; without one, weights are not packed.
  explicit parameter_table(std::size_t (*packed_size)(std::size_t, std::size_t) = nullptr)
      : packed_size_(packed_size) {}

  /// Says of the layer that is being declared what it does and gives, for people to read.
  void note(std::string what, std::vector<std::size_t> output) {
    const std::string own = prefix_.empty() ? prefix_ : prefix_.substr(0, prefix_.size() - 1);
    layers_.push_back({own, std::move(what), std::move(output)});
  }

  /// Adds to what the last layer said.
  void append_note(std::string_view what) { layers_.back().what += what; }

  /// A learnable tensor.
  template <std::size_t... Extents>
  void add(parameter<Extents...>& p, std::string_view name, initial start) {
    parameters_.push_back({path(name), {Extents...}, parameter<Extents...>::size, 0, group_, start, on_sync::copy});
    places_.push_back(&p.offset_);
  }

  /// A tensor that is not learned but saved with the network, in the state buffer.
  template <std::size_t... Extents>
  void add_state(parameter<Extents...>& p, std::string_view name, initial start, on_sync sync) {
    state_.push_back({path(name), {Extents...}, parameter<Extents...>::size, 0, 0, start, sync});
    state_places_.push_back(&p.offset_);
  }

  /// The packed form of a weight matrix [out, in], as large as the backend wants it.
  void add_packed(stretch& p, std::size_t out, std::size_t in) {
    add_prepared(p, packed_size_ == nullptr ? 0 : packed_size_(out, in));
  }

  /// Elements that `prepare` makes from the parameters.
  void add_prepared(stretch& p, std::size_t elements) {
    p.offset_ = prepared_size_;
    p.size_ = elements;
    prepared_size_ += aligned(elements);
  }

  /// Standard normal numbers that `prepare` reads, fresh ones for each noise draw.
  void add_noise(stretch& p, std::size_t elements) {
    p.offset_ = noise_size_;
    p.size_ = elements;
    noise_size_ += aligned(elements);
  }

  /// Numbers that the backward passes of an update add up beside the gradients, and that `finish` reads.
  void add_sums(stretch& p, std::size_t elements) {
    p.offset_ = sums_size_;
    p.size_ = elements;
    sums_size_ += aligned(elements);
  }

  /// Declares a layer's tensors under `name.`.
  template <class Layer>
  void scope(std::string_view name, Layer& layer) {
    const std::size_t before = prefix_.size();
    prefix_ += name;
    prefix_ += '.';
    layer.declare(*this);
    prefix_.resize(before);
  }

  /// What is declared inside `declare` goes to the group called `name`.
  template <class F>
  void group(std::string_view name, F&& declare) {
    const std::size_t before = group_;
    group_ = 0;
    while (group_ < groups_.size() && groups_[group_].name != name) ++group_;
    if (group_ == groups_.size()) groups_.push_back({std::string(name), 0, 0});
    declare();
    group_ = before;
  }

  /// Gives every tensor its place. Throws config_error when two tensors have one name.
  void seal() {
    std::size_t at = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      groups_[g].first = at;
      for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (parameters_[i].group != g) continue;
        *places_[i] = parameters_[i].offset = at;
        at += aligned(parameters_[i].size);
      }
      groups_[g].count = at - groups_[g].first;
    }
    parameters_size_ = at;
    at = 0;
    for (std::size_t i = 0; i < state_.size(); ++i) {
      *state_places_[i] = state_[i].offset = at;
      at += aligned(state_[i].size);
    }
    state_size_ = at;
    places_.clear();
    state_places_.clear();
    std::vector<std::string> names;
    for (const auto* list : {&parameters_, &state_}) {
      for (const auto& t : *list) {
        for (const auto& other : names) {
          require<config_error>(other != t.name,
                                "two tensors of the network are called `{}`; give each scope its own name", t.name);
        }
        names.push_back(t.name);
      }
    }
  }

  [[nodiscard]] std::span<const tensor_info> parameters() const { return parameters_; }
  [[nodiscard]] std::span<const tensor_info> state() const { return state_; }
  [[nodiscard]] std::span<const parameter_group> groups() const { return groups_; }

  /// What the layers said of themselves, in the order of their declaration, each with the parameters that it declared.
  [[nodiscard]] std::vector<layer_info> layers() const {
    std::vector<layer_info> all = layers_;
    for (layer_info& l : all) {
      for (const tensor_info& t : parameters_) {
        if (t.name.size() <= l.name.size() || t.name.rfind('.') != l.name.size() || !t.name.starts_with(l.name))
          continue;
        (t.name.ends_with("_sigma") ? l.scales : l.parameters) += t.size;
      }
    }
    return all;
  }
  /// Elements of the parameter buffer, gaps of the alignment included.
  [[nodiscard]] std::size_t parameters_size() const { return parameters_size_; }
  [[nodiscard]] std::size_t state_size() const { return state_size_; }
  [[nodiscard]] std::size_t prepared_size() const { return prepared_size_; }
  [[nodiscard]] std::size_t noise_size() const { return noise_size_; }
  [[nodiscard]] std::size_t sums_size() const { return sums_size_; }

  /// Learnable numbers.
  [[nodiscard]] std::size_t count() const {
    std::size_t n = 0;
    for (const auto& t : parameters_) n += t.size;
    return n;
  }

 private:
  static constexpr std::size_t aligned(std::size_t n) { return (n + alignment - 1) / alignment * alignment; }
  [[nodiscard]] std::string path(std::string_view name) const { return prefix_ + std::string(name); }

  std::size_t (*packed_size_)(std::size_t, std::size_t) = nullptr;
  std::vector<tensor_info> parameters_;
  std::vector<tensor_info> state_;
  std::vector<layer_info> layers_;
  std::vector<parameter_group> groups_{{"main", 0, 0}};
  std::vector<std::size_t*> places_;
  std::vector<std::size_t*> state_places_;
  std::string prefix_;
  std::size_t group_ = 0;
  std::size_t parameters_size_ = 0;
  std::size_t state_size_ = 0;
  std::size_t prepared_size_ = 0;
  std::size_t noise_size_ = 0;
  std::size_t sums_size_ = 0;
};

namespace detail {

/// Orthonormal rows (or columns, if there are more rows) by modified Gram-Schmidt on a Gaussian matrix.
inline void orthogonalise(std::span<double> a, std::size_t rows, std::size_t columns) {
  const bool by_rows = rows <= columns;
  const std::size_t vectors = by_rows ? rows : columns;
  const std::size_t length = by_rows ? columns : rows;
  const auto at = [&](std::size_t v, std::size_t i) -> double& {
    return by_rows ? a[v * columns + i] : a[i * columns + v];
  };
  for (std::size_t v = 0; v < vectors; ++v) {
    for (int again = 0; again < 2; ++again) {
      for (std::size_t u = 0; u < v; ++u) {
        double dot = 0;
        for (std::size_t i = 0; i < length; ++i) dot += at(u, i) * at(v, i);
        for (std::size_t i = 0; i < length; ++i) at(v, i) -= dot * at(u, i);
      }
    }
    double norm = 0;
    for (std::size_t i = 0; i < length; ++i) norm += at(v, i) * at(v, i);
    norm = std::sqrt(norm);
    for (std::size_t i = 0; i < length; ++i) at(v, i) /= norm;
  }
}

}  // namespace detail

/// The starting values of a tensor: a function of the seed, the tensor's place in the list, and its rule.
template <class T>
[[nodiscard]] std::vector<T> initial_values(const tensor_info& t, std::uint64_t seed, std::size_t index) {
  const sequence random{seed, stream::initialise, index};
  std::vector<double> values(t.size);
  switch (t.start.how) {
    case initial::kind::constant:
      for (auto& x : values) x = t.start.scale;
      break;
    case initial::kind::uniform:
      for (std::size_t i = 0; i < t.size; ++i) values[i] = t.start.scale * (2 * uniform<double>(random, i) - 1);
      break;
    case initial::kind::normal:
      for (std::size_t i = 0; i < t.size; ++i) values[i] = t.start.scale * normal<double>(random, i);
      break;
    case initial::kind::orthogonal:
      for (std::size_t i = 0; i < t.size; ++i) values[i] = normal<double>(random, i);
      detail::orthogonalise(values, t.shape.front(), t.size / t.shape.front());
      for (auto& x : values) x *= t.start.scale;
      break;
    case initial::kind::given:
      values.assign(t.start.values.begin(), t.start.values.end());
      break;
  }
  return {values.begin(), values.end()};
}

}  // namespace iqnrl
