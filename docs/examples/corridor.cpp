// The world that README shows, and a walk through it.
#include <fmt/format.h>

#include <iqnrl/contract/world.hpp>

struct corridor {
  using observation = iqnrl::observation<iqnrl::part<"position", float, 1>>;  // named, typed parts
  static constexpr std::size_t actions = 2;

  void reset(const iqnrl::generator&) { position = 3; }
  void observe(observation::value& out) const { out.get<"position">()[0] = static_cast<float>(position); }
  iqnrl::outcome step(int action) {
    position += action == 1 ? 1 : -1;
    return {.reward = position == 6 ? 1.0F : 0.0F,
            .end = position == 0 || position == 6 ? iqnrl::ending::terminal : iqnrl::ending::none};
  }

  int position = 3;
};
static_assert(iqnrl::check_world<corridor>());

int main() {
  corridor world;
  world.reset({});
  int steps = 1;
  iqnrl::outcome last = world.step(1);
  for (; last.end == iqnrl::ending::none; ++steps) last = world.step(1);
  fmt::print("{} steps to the right end, which pays {}\n", steps, last.reward);
}
