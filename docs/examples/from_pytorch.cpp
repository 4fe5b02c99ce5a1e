// Weights to PyTorch and back: the names and shapes of a network, a file of its weights, and a file that came from
// elsewhere.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cartpole/cartpole.hpp>
#include <iqnrl/agent.hpp>

using actor_type =
    iqnrl::actor<example::cartpole, iqnrl::encoder::mlp<64>, iqnrl::conditioning::cosine<32>, iqnrl::head::dueling<48>>;

/// What the network expects of both actions in one state, at 8 midpoints.
void show(actor_type& actor) {
  example::cartpole::observation::value seen;
  constexpr std::array<float, 4> state{0.1F, -0.2F, 0.03F, 0.4F};
  std::copy(state.begin(), state.end(), seen.get<"state">().begin());
  fmt::print("values: {:.3f}\n", fmt::join(actor.values(seen), " "));
}

int main(int argc, char** argv) {
  iqnrl::context ctx{.seed = 1};
  actor_type actor{ctx, {.fractions = {.act = 8}}};
  if (argc > 1) {
    iqnrl::io::load_weights(argv[1], actor.structure(), actor.dev(), *actor.numbers());
    show(actor);
    return 0;
  }
  for (const iqnrl::tensor_info& t : actor.structure().table().parameters()) fmt::print("{} {}\n", t.name, t.shape);
  iqnrl::io::save_weights("weights.safetensors", actor.structure(), actor.dev(), *actor.numbers());
  show(actor);
}
