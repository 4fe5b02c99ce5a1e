// A network's weights as a safetensors file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <iqnrl/agent/network.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/io/safetensors.hpp>

namespace iqnrl::io {

/// Writes every parameter under its name, and every entry of the state buffer under its name with "state." before it,
/// as [out, in] row-major in the network's own precision. The file appears whole or not at all. Throws file_error.
template <class Network>
void save_weights(const std::filesystem::path& path, const Network& net, const typename Network::device_type& dev,
                  const typename Network::weights_type& numbers) {
  using T = typename Network::value_type;
  safetensors_writer file;
  file.metadata("format", "iqnrl weights 1");
  const auto add = [&](std::span<const tensor_info> tensors, const view<T, 1>& buffer, const std::string& prefix) {
    for (const auto& t : tensors) {
      std::vector<T> host(t.size);
      dev.download(buffer.slice(t.offset, t.size), std::span(host));
      file.add(prefix + t.name, t.shape, std::span<const T>(host));
    }
  };
  add(net.table().parameters(), numbers.parameters(), "");
  add(net.table().state(), numbers.state(), "state.");
  file.write(path);
}

/// Reads what `save_weights` wrote, or any safetensors file with the same names, shapes and type. Everything is checked
/// before anything is changed. Throws file_error naming the tensor when one is missing, of another shape or type, not
/// finite, or more than the network has.
template <class Network>
void load_weights(const std::filesystem::path& path, const Network& net, const typename Network::device_type& dev,
                  typename Network::weights_type& numbers) {
  using T = typename Network::value_type;
  const safetensors file = safetensors::read(path);
  const auto shape_text = [](const std::vector<std::size_t>& shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
  };

  std::vector<std::vector<T>> values;
  const auto check = [&](std::span<const tensor_info> tensors, const std::string& prefix) {
    for (const auto& t : tensors) {
      const std::string name = prefix + t.name;
      const tensor_entry* entry = file.find(name);
      require<file_error>(entry != nullptr,
                          "{} has no tensor `{}`, which this network needs; it belongs to another architecture",
                          path.string(), name);
      require<file_error>(entry->shape == t.shape,
                          "`{}` is {} in {} and {} in this network; the file belongs to another architecture", name,
                          shape_text(entry->shape), path.string(), shape_text(t.shape));
      values.push_back(file.get<T>(name));
      for (std::size_t i = 0; i < values.back().size(); ++i) {
        require<file_error>(is_finite(values.back()[i]),
                            "element {} of `{}` in {} is {}; take weights from before the training diverged", i, name,
                            path.string(), values.back()[i]);
      }
    }
  };
  check(net.table().parameters(), "");
  check(net.table().state(), "state.");
  for (const auto& entry : file.tensors()) {
    bool known = false;
    for (const auto& t : net.table().parameters()) known = known || entry.name == t.name;
    for (const auto& t : net.table().state()) known = known || entry.name == "state." + t.name;
    require<file_error>(known, "{} holds `{}`, which this network does not have; it belongs to another architecture",
                        path.string(), entry.name);
  }

  std::size_t next = 0;
  const auto set = [&](std::span<const tensor_info> tensors, const view<T, 1>& buffer) {
    for (const auto& t : tensors) dev.upload(std::span<const T>(values[next++]), buffer.slice(t.offset, t.size));
  };
  set(net.table().parameters(), numbers.parameters());
  set(net.table().state(), numbers.state());
  numbers.changed();
}

}  // namespace iqnrl::io
