// The sync axis: how the target network follows the online network.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>

namespace iqnrl {

namespace detail {
template <class P>
concept sync_shares = requires(const P p, std::uint64_t update) {
  { p.share(update) } -> std::convertible_to<double>;
};
}  // namespace detail

/// A rule for the target network: after update number `update` (from 1), `share(update)` of it is replaced by the
/// online network; 0 leaves it, 1 copies.
template <class P>
concept sync_policy = policy_on<P, axis::sync> && made_from_config<P> && detail::sync_shares<P>;

/// Says in one sentence what a type lacks to be a rule for the target network.
template <class P>
consteval bool check_sync() {
  static_assert(policy_on<P, axis::sync>,
                "iqnrl[sync]: the rule needs `using axis = iqnrl::axis::sync;` and an aggregate `struct config`  -> "
                "docs/sync.md");
  static_assert(made_from_config<P>, "iqnrl[sync]: the rule must be constructible from its config  -> docs/sync.md");
  static_assert(detail::sync_shares<P>,
                "iqnrl[sync]: the rule needs `double share(std::uint64_t update) const`, the share of the online "
                "network that is taken over  -> docs/sync.md");
  return sync_policy<P>;
}

namespace sync {

/// A copy after every `every` updates (Mnih et al. 2015).
struct hard {
  using axis = iqnrl::axis::sync;
  struct config {
    std::uint64_t every = 500;  ///< updates

    template <class V>
    void describe(V& v) const {
      v("every", every);
    }
  };
  explicit hard(const config& c) : cfg(c) {
    require<config_error>(c.every >= 1, "sync.every is 0; copy after 1 or more updates");
  }
  [[nodiscard]] double share(std::uint64_t update) const { return update % cfg.every == 0 ? 1.0 : 0.0; }
  config cfg;
};

/// target = (1 - rate) target + rate online after every `every` updates (Lillicrap et al. 2015).
struct polyak {
  using axis = iqnrl::axis::sync;
  struct config {
    double rate = 0.005;
    std::uint64_t every = 1;  ///< updates

    template <class V>
    void describe(V& v) const {
      v("rate", rate);
      v("every", every);
    }
  };
  explicit polyak(const config& c) : cfg(c) {
    require<config_error>(c.every >= 1, "sync.every is 0; mix after 1 or more updates");
    require<config_error>(is_finite(c.rate) && c.rate > 0 && c.rate <= 1, "sync.rate is {}; give a number in (0, 1]",
                          c.rate);
  }
  [[nodiscard]] double share(std::uint64_t update) const { return update % cfg.every == 0 ? cfg.rate : 0.0; }
  config cfg;
};

static_assert(sync_policy<hard> && sync_policy<polyak>);

}  // namespace sync
}  // namespace iqnrl
