// One visitor for every bit of state. An object exposes its state by a member
//
//     template <class Visitor>
//     void state(Visitor& v) {
//       v("name", number);
//       v("array", std::span{...});
//       v("part", part);
//     }
//
// where each entry is a scalar, a span of scalars, a view in a backend's memory (`v("name", device, view)`), or another
// object with such a member. Checkpoints, digests and monitors are visitors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

namespace detail {

/// Walks the names; `Sink::bytes(path, void*, n)` gets host memory, `Sink::tensor(path, device, view)` a backend's.
template <class Sink>
class state_walker {
 public:
  explicit state_walker(Sink& sink) : sink_(sink) {}

  template <class T>
  void operator()(std::string_view name, T& value) {
    const std::size_t before = path_.size();
    if (!path_.empty()) path_ += '.';
    path_ += name;
    if constexpr (std::is_arithmetic_v<T>) {
      sink_.bytes(path_, &value, sizeof(T));
    } else {
      value.state(*this);
    }
    path_.resize(before);
  }

  template <class T, std::size_t Extent>
  void operator()(std::string_view name, std::span<T, Extent> values) {
    const std::size_t before = path_.size();
    if (!path_.empty()) path_ += '.';
    path_ += name;
    sink_.bytes(path_, values.data(), values.size_bytes());
    path_.resize(before);
  }

  template <class Device, class T, std::size_t Rank>
  void operator()(std::string_view name, Device& device, const view<T, Rank>& v) {
    const std::size_t before = path_.size();
    if (!path_.empty()) path_ += '.';
    path_ += name;
    sink_.tensor(path_, device, v);
    path_.resize(before);
  }

 private:
  Sink& sink_;
  std::string path_;
};

struct digest_sink {
  std::uint64_t hash = 0xcbf29ce484222325ULL;

  void mix(const void* data, std::size_t n) {
    const auto* byte = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < n; ++i) hash = (hash ^ byte[i]) * 0x100000001b3ULL;
  }
  void bytes(const std::string& path, const void* data, std::size_t n) {
    mix(path.data(), path.size());
    mix(data, n);
  }
  template <class Device, class T, std::size_t Rank>
  void tensor(const std::string& path, Device& device, const view<T, Rank>& v) {
    std::vector<std::remove_const_t<T>> host(v.size());
    device.download(v, std::span(host));
    bytes(path, host.data(), host.size() * sizeof(T));
  }
};

}  // namespace detail

/// A 64-bit digest (FNV-1a) of every bit of an object's state, names included.
template <class Object>
[[nodiscard]] std::uint64_t digest(Object& object) {
  detail::digest_sink sink;
  detail::state_walker walker(sink);
  object.state(walker);
  return sink.hash;
}

/// A copy of an object's whole state, by name. `restore` puts it back into an object of the same shape.
class snapshot {
 public:
  template <class Object>
  [[nodiscard]] static snapshot of(Object& object) {
    snapshot s;
    writer sink{s.entries_};
    detail::state_walker walker(sink);
    object.state(walker);
    return s;
  }

  /// Throws file_error, naming the entry, when the object has an entry that the snapshot lacks or that has another
  /// size. Everything is checked before anything is changed.
  template <class Object>
  void restore(Object& object) const {
    reader check{entries_, false};
    detail::state_walker checking(check);
    object.state(checking);
    reader sink{entries_, true};
    detail::state_walker walker(sink);
    object.state(walker);
  }

  [[nodiscard]] const std::map<std::string, std::vector<std::byte>>& entries() const { return entries_; }

 private:
  using map = std::map<std::string, std::vector<std::byte>>;

  struct writer {
    map& entries;
    void bytes(const std::string& path, const void* data, std::size_t n) {
      std::vector<std::byte> copy(n);
      if (n > 0) std::memcpy(copy.data(), data, n);
      entries[path] = std::move(copy);
    }
    template <class Device, class T, std::size_t Rank>
    void tensor(const std::string& path, Device& device, const view<T, Rank>& v) {
      std::vector<std::remove_const_t<T>> host(v.size());
      device.download(v, std::span(host));
      bytes(path, host.data(), host.size() * sizeof(T));
    }
  };

  struct reader {
    const map& entries;
    bool apply;
    [[nodiscard]] const std::vector<std::byte>& find(const std::string& path, std::size_t n) const {
      const auto it = entries.find(path);
      require<file_error>(it != entries.end(), "the snapshot has no entry `{}`; it was taken of another kind of object",
                          path);
      require<file_error>(
          it->second.size() == n,
          "entry `{}` of the snapshot holds {} bytes and the object needs {}; build the object with the same "
          "numbers as when the snapshot was taken",
          path, it->second.size(), n);
      return it->second;
    }
    void bytes(const std::string& path, void* data, std::size_t n) const {
      const auto& entry = find(path, n);
      if (apply && n > 0) std::memcpy(data, entry.data(), n);
    }
    template <class Device, class T, std::size_t Rank>
    void tensor(const std::string& path, Device& device, const view<T, Rank>& v) const {
      const auto& entry = find(path, v.size() * sizeof(T));
      if (!apply) return;
      std::vector<T> host(v.size());
      std::memcpy(host.data(), entry.data(), entry.size());
      device.upload(std::span<const T>(host), v);
    }
  };

  map entries_;
};

}  // namespace iqnrl
