// The law of rules for the target network.
#pragma once

#include <cstdint>

#include <iqnrl/contract/sync.hpp>
#include <iqnrl/testing/doctest.hpp>

namespace iqnrl::testing {

/// Everything that must hold of a rule for the target network: a share lies in [0, 1] and is a function of the update's
/// number alone, and one of the first 2^20 updates takes something over.
template <class Sync>
void sync_laws(const typename Sync::config& config = {}) {
  static_assert(check_sync<Sync>());
  const Sync rule{config};
  const Sync twin{config};
  double most = 0;
  bool within = true;
  bool alike = true;
  constexpr std::uint64_t updates = std::uint64_t{1} << 20U;
  for (std::uint64_t update = updates; update >= 1; --update) {
    const double share = rule.share(update);
    within = within && share >= 0 && share <= 1;
    most = share > most ? share : most;
    const std::uint64_t other = updates + 1 - update;  // in the other order
    if (other <= 5000) alike = alike && twin.share(other) == rule.share(other);
  }
  DOCTEST_CHECK(within);
  DOCTEST_CHECK(alike);
  DOCTEST_CHECK(most > 0);
}

}  // namespace iqnrl::testing
