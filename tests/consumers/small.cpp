// The least that needs all of an installed iqnrl: its headers and Eigen's, threads, and fmt's library for a sentence.
#include <atomic>
#include <cstddef>

#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx{.threads = 2, .seed = 1};
  std::atomic<int> done = 0;
  ctx.pool.run(2, [&](std::size_t, std::size_t) { ++done; });
  try {
    const iqnrl::optimizer::adam refused{{.beta1 = 1}};
  } catch (const iqnrl::config_error&) {
    return done == 2 ? 0 : 1;
  }
  return 1;
}
