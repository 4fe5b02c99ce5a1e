// Which case is computed how.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <golden/run.hpp>
#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/native.hpp>
#include <iqnrl/backend/reference.hpp>
#ifdef IQNRL_OWN_ONEDNN
#include <iqnrl/backend/onednn.hpp>
#endif
#ifdef IQNRL_OWN_XTENSOR
#include <iqnrl/backend/xtensor.hpp>
#endif

namespace golden {

/// The cases that the library computes. A case is a functor that takes a `run<Backend, T>&`, computes and checks.
class registry {
 public:
  struct variant {
    std::string name;
    std::function<void(const iqnrl::io::safetensors&, findings&)> compute;
  };

  /// A case for every backend, in double and float.
  template <class Case>
  void add(std::string_view name, Case compute) {
    add_on<iqnrl::backend::reference>(name, compute);
    add_on<iqnrl::backend::eigen>(name, compute);
    add_on<iqnrl::backend::native>(name, compute);
#ifdef IQNRL_OWN_XTENSOR
    add_on<iqnrl::backend::xtensor>(name, compute);
#endif
#ifdef IQNRL_OWN_ONEDNN
    const std::string in_float =
        std::string(iqnrl::backend::onednn::name) + "/float";  // in double it is the native one
    all_[std::string(name)].push_back(variant_of<iqnrl::backend::onednn, float>(in_float, compute));
#endif
  }

  /// A case of a whole vision network or encoder: for every backend, but in the short suite, where its layers have run
  /// on all of them, for one.
  template <class Case>
  void add_large(std::string_view name, Case compute) {
#ifdef IQNRL_TEST_SHORT_SUITE
    add_on<iqnrl::backend::native>(name, compute);
#else
    add(name, compute);
#endif
  }

  /// A case on one backend, in double and float.
  template <class Backend, class Case>
  void add_on(std::string_view name, Case compute) {
    auto& variants = all_[std::string(name)];
    variants.push_back(variant_of<Backend, double>(std::string(Backend::name) + "/double", compute));
    variants.push_back(variant_of<Backend, float>(std::string(Backend::name) + "/float", compute));
  }

  /// A case that has no part on a backend, or that only double precision resolves.
  template <class Case>
  void add_in_double(std::string_view name, Case compute) {
    all_[std::string(name)] = {variant_of<iqnrl::backend::reference, double>("double", compute)};
  }

  /// The variants of a case, or nullptr where the library does not compute it.
  [[nodiscard]] const std::vector<variant>* find(const std::string& name) const {
    const auto at = all_.find(name);
    return at == all_.end() ? nullptr : &at->second;
  }

 private:
  template <class Backend, class T, class Case>
  static variant variant_of(std::string name, Case compute) {
    return {std::move(name), [compute](const iqnrl::io::safetensors& file, findings& out) {
              run<Backend, T> r(file, out);
              compute(r);
            }};
  }

  std::map<std::string, std::vector<variant>> all_;
};

void add_activations(registry& all);
void add_encoders(registry& all);
void add_fractions(registry& all);
void add_images(registry& all);
void add_layers(registry& all);
void add_losses(registry& all);
void add_networks_of_btr(registry& all);
void add_networks_of_racing(registry& all);
void add_networks_on_eigen(registry& all);
void add_networks_on_native(registry& all);
void add_networks_on_reference(registry& all);
void add_networks_on_xtensor(registry& all);
void add_norms(registry& all);
void add_optimizers(registry& all);
void add_replay(registry& all);
void add_targets(registry& all);
void add_worlds(registry& all);

}  // namespace golden
