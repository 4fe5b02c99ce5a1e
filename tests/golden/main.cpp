// Runs every case of the folder IQNRL_GOLDEN_DIR and says which ones the library reproduces.
#include <cstddef>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <golden/folder.hpp>
#include <golden/registry.hpp>

namespace {

enum class verdict { reproduced, differs, unsupported };

struct outcome {
  verdict what;
  std::string text;
};

golden::findings compute(const golden::registry::variant& v, const iqnrl::io::safetensors& file) {
  golden::findings found;
  try {
    v.compute(file, found);
    found.require_all_seen(file);
  } catch (const std::exception& e) {
    found.fail(e.what());
  }
  return found;
}

outcome judge(const golden::registry& all, const std::filesystem::path& path) {
  try {
    const auto file = iqnrl::io::safetensors::read(path);
    const auto* variants = all.find(path.stem().string());
    if (variants == nullptr) return {verdict::unsupported, "unsupported"};
    std::string good;
    std::string bad;
    std::string reason;
    for (const auto& v : *variants) {
      const auto found = compute(v, file);
      if (found.reproduced()) {
        good += fmt::format("  {} {:.1e}", v.name, found.largest_error());
      } else if (!bad.empty() && found.reason() == reason) {
        bad += fmt::format(", {}", v.name);
      } else {
        reason = found.reason();
        bad += fmt::format("{}not ({}) on {}", bad.empty() ? "" : "; ", reason, v.name);
      }
    }
    if (!bad.empty()) return {verdict::differs, bad};
    return {verdict::reproduced, "reproduced " + good};
  } catch (const std::exception& e) {
    return {verdict::differs, fmt::format("not ({})", e.what())};
  }
}

}  // namespace

int main() {
  try {
    golden::registry all;
    golden::add_activations(all);
    golden::add_encoders(all);
    golden::add_fractions(all);
    golden::add_images(all);
    golden::add_layers(all);
    golden::add_losses(all);
    golden::add_networks_of_btr(all);
    golden::add_networks_of_racing(all);
    golden::add_networks_on_eigen(all);
    golden::add_networks_on_native(all);
    golden::add_networks_on_reference(all);
#ifdef IQNRL_OWN_XTENSOR
    golden::add_networks_on_xtensor(all);
#endif
    golden::add_norms(all);
    golden::add_optimizers(all);
    golden::add_replay(all);
    golden::add_targets(all);
    golden::add_worlds(all);
    std::size_t counts[3]{};
    for (const auto& path : golden::files_in(IQNRL_GOLDEN_DIR)) {
      const auto [what, text] = judge(all, path);
      ++counts[static_cast<std::size_t>(what)];
      fmt::print("{:<28} {}\n", path.stem().string(), text);
    }
    fmt::print("{} reproduced, {} not, {} unsupported\n", counts[0], counts[1], counts[2]);
    return counts[1] > 0 ? 1 : 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "iqnrl_golden: {}\n", e.what());
    return 1;
  }
}
