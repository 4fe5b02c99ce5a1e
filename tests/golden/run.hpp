// One run of one case: its file, a device, and the comparison of what the library computed.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <golden/findings.hpp>
#include <iqnrl/backend/device.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/view.hpp>
#include <iqnrl/io/safetensors.hpp>

namespace golden {

/// A case on a backend and in a number type. Views that it gives live as long as it does. Whatever it is asked for and
/// the file does not have is thrown as file_error.
template <class Backend, class T>
class run {
 public:
  using backend_type = Backend;
  using value_type = T;
  using device_type = iqnrl::device<Backend>;

  run(const iqnrl::io::safetensors& file, findings& out) : file_(file), out_(out) {}

  [[nodiscard]] const device_type& dev() const { return device_; }
  [[nodiscard]] bool has(std::string_view tensor) const { return file_.find(tensor) != nullptr; }

  // ---- what the file says

  /// A tensor of F64 or F32.
  [[nodiscard]] std::vector<double> numbers(std::string_view tensor) const {
    if (file_.at(tensor).type == iqnrl::io::dtype::f32) {
      const auto stored = file_.get<float>(tensor);
      return {stored.begin(), stored.end()};
    }
    return file_.get<double>(tensor);
  }
  /// The same in the run's type.
  [[nodiscard]] std::vector<T> values(std::string_view tensor) const {
    std::vector<T> out;
    for (const double x : numbers(tensor)) out.push_back(static_cast<T>(x));
    return out;
  }
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view tensor) const {
    return file_.get<std::int64_t>(tensor);
  }
  [[nodiscard]] std::vector<std::uint8_t> bytes(std::string_view tensor) const {
    return file_.get<std::uint8_t>(tensor);
  }
  [[nodiscard]] double one(std::string_view tensor) const {
    const auto all = numbers(tensor);
    iqnrl::require<iqnrl::file_error>(all.size() == 1, "{} has {} elements; this case needs 1", tensor, all.size());
    return all[0];
  }

  template <std::size_t Rank>
  [[nodiscard]] iqnrl::extents<Rank> shape(std::string_view tensor) const {
    const auto& t = file_.at(tensor);
    iqnrl::require<iqnrl::file_error>(t.shape.size() == Rank, "{} has {} axes; this case needs {}", tensor,
                                      t.shape.size(), Rank);
    iqnrl::extents<Rank> e{};
    for (std::size_t i = 0; i < Rank; ++i) e[i] = t.shape[i];
    return e;
  }

  [[nodiscard]] const std::string& text(const std::string& key) const {
    const auto at = file_.metadata().find(key);
    iqnrl::require<iqnrl::file_error>(at != file_.metadata().end(), "the metadata have no {}, which this case needs",
                                      key);
    return at->second;
  }
  [[nodiscard]] bool has_text(const std::string& key) const { return file_.metadata().count(key) > 0; }
  [[nodiscard]] double number(const std::string& key) const {
    const std::string& value = text(key);
    double x = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), x);
    iqnrl::require<iqnrl::file_error>(problem == std::errc() && end == value.data() + value.size(),
                                      "{} of the metadata is `{}`; this case needs a number", key, value);
    return x;
  }
  [[nodiscard]] std::size_t count(const std::string& key) const {
    const double x = number(key);
    iqnrl::require<iqnrl::file_error>(x >= 0 && x < 1e9 && x == static_cast<double>(static_cast<std::size_t>(x)),
                                      "{} of the metadata is {}; this case needs a count", key, x);
    return static_cast<std::size_t>(x);
  }
  [[nodiscard]] bool flag(const std::string& key) const { return number(key) != 0; }
  /// The library does this case in one way, which the metadata must ask for.
  void require_text(const std::string& key, std::string_view expected) const {
    iqnrl::require<iqnrl::file_error>(
        text(key) == expected, "{} of the metadata is `{}`; this case is computed for `{}`", key, text(key), expected);
  }

  // ---- memory of the device

  /// Zeros.
  template <class U = T, std::size_t Rank>
  [[nodiscard]] iqnrl::view<U, Rank> take(const iqnrl::extents<Rank>& e) {
    blocks_.emplace_back(device_, iqnrl::product(e) * sizeof(U), "a golden case");
    return {reinterpret_cast<U*>(blocks_.back().data()), e};
  }
  template <class U, std::size_t Rank>
  [[nodiscard]] iqnrl::view<U, Rank> upload(const std::vector<U>& host, const iqnrl::extents<Rank>& e) {
    const auto v = take<U>(e);
    device_.upload(std::span<const U>(host), v);
    return v;
  }
  /// A tensor of the file, with its own extents.
  template <std::size_t Rank>
  [[nodiscard]] iqnrl::view<T, Rank> upload(std::string_view tensor) {
    return upload(values(tensor), shape<Rank>(tensor));
  }
  /// A tensor of the file as a vector.
  [[nodiscard]] iqnrl::view<T, 1> upload_flat(std::string_view tensor) {
    const auto host = values(tensor);
    return upload(host, iqnrl::extents<1>{host.size()});
  }
  /// A tensor of the file as a matrix: all axes but the last are rows.
  [[nodiscard]] iqnrl::view<T, 2> upload_rows(std::string_view tensor) {
    const auto host = values(tensor);
    const auto& e = file_.at(tensor).shape;
    iqnrl::require<iqnrl::file_error>(!e.empty() && e.back() > 0 && !host.empty(), "{} is empty; this case needs rows",
                                      tensor);
    return upload(host, iqnrl::extents<2>{host.size() / e.back(), e.back()});
  }

  /// A tensor of the file as a matrix: the first axis is rows.
  [[nodiscard]] iqnrl::view<T, 2> upload_samples(std::string_view tensor) {
    const auto host = values(tensor);
    const auto& e = file_.at(tensor).shape;
    iqnrl::require<iqnrl::file_error>(!e.empty() && e.front() > 0 && !host.empty(),
                                      "{} is empty; this case needs samples", tensor);
    return upload(host, iqnrl::extents<2>{e.front(), host.size() / e.front()});
  }

  /// The same for images [R, C, H, W], as layers read them: [R, H W C]. A tensor of another rank is taken as it is.
  [[nodiscard]] iqnrl::view<T, 2> upload_images(std::string_view tensor) {
    const iqnrl::view<T, 2> v = upload_samples(tensor);
    const auto host = values(tensor);
    std::vector<T> turned(host.size());
    for_each_element(tensor, [&](std::size_t planes, std::size_t places) { turned[places] = host[planes]; });
    device_.upload(std::span<const T>(turned), v);
    return v;
  }

  template <class U, std::size_t Rank>
  [[nodiscard]] std::vector<std::remove_const_t<U>> download(const iqnrl::view<U, Rank>& v) const {
    std::vector<std::remove_const_t<U>> host(v.size());
    device_.download(v, std::span(host));
    return host;
  }

  // ---- what the library computed

  /// Compares with a tensor of the file.
  template <class U>
  void check(std::string_view tensor, const std::vector<U>& found, const bounds& b = {}) {
    const bool in_double = std::is_same_v<T, double>;
    const bool stored_as_float = file_.at(tensor).type == iqnrl::io::dtype::f32;
    const double bound = !in_double ? b.in_float : stored_as_float ? b.stored_as_float : b.in_double;
    out_.compare(tensor, std::vector<double>(found.begin(), found.end()), numbers(tensor), bound,
                 !in_double && b.absolute_in_float);
  }
  template <std::size_t Rank, class U>
  void check(std::string_view tensor, const iqnrl::view<U, Rank>& found, const bounds& b = {}) {
    check(tensor, download(found), b);
  }
  void check(std::string_view tensor, double found, const bounds& b = {}) {
    check(tensor, std::vector<double>{found}, b);
  }
  /// The same for what `upload_images` would give.
  template <class U>
  void check_images(std::string_view tensor, const iqnrl::view<U, 2>& found, const bounds& b = {}) {
    check(tensor, planes(tensor, download(found)), b);
  }
  /// Elements of such images in the order of the file.
  template <class U>
  [[nodiscard]] std::vector<U> planes(std::string_view tensor, const std::vector<U>& images) const {
    std::vector<U> turned(images.size());
    for_each_element(tensor, [&](std::size_t planes, std::size_t places) { turned.at(planes) = images.at(places); });
    return turned;
  }

  template <class I>
  void check_integers(std::string_view tensor, const std::vector<I>& found) {
    const std::vector<std::int64_t> all(found.begin(), found.end());
    out_.compare_equal(tensor, std::span<const std::int64_t>(all), std::span<const std::int64_t>(integers(tensor)));
  }
  void check_bytes(std::string_view tensor, const std::vector<std::uint8_t>& found) {
    out_.compare_equal(tensor, std::span<const std::uint8_t>(found), std::span<const std::uint8_t>(bytes(tensor)));
  }
  /// Says what is wrong in a sentence.
  void fail(std::string sentence) { out_.fail(std::move(sentence)); }

 private:
  /// Calls `f(index in [R, C, H, W], index in [R, H, W, C])` for every element of a tensor.
  template <class F>
  void for_each_element(std::string_view tensor, const F& f) const {
    const auto& e = file_.at(tensor).shape;
    std::size_t all = 1;
    for (const std::size_t n : e) all *= n;
    const std::size_t channels = e.size() == 4 ? e[1] : 1;
    const std::size_t area = e.size() == 4 ? e[2] * e[3] : all;
    for (std::size_t i = 0; i < all; ++i) {
      const std::size_t sample = i / (channels * area);
      f(i, (sample * area + i % area) * channels + i / area % channels);
    }
  }

  const iqnrl::io::safetensors& file_;
  findings& out_;
  device_type device_{};
  std::deque<iqnrl::memory<Backend>> blocks_;
};

}  // namespace golden
