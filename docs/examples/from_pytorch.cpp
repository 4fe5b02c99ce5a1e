// Weights to PyTorch and back. Writes weights.safetensors, and reads the file of its argument.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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
  actor_type mine{ctx, {.fractions = {.act = 8}}};
  for (const iqnrl::tensor_info& t : mine.structure().table().parameters()) fmt::print("{} {}\n", t.name, t.shape);
  iqnrl::io::save_weights("weights.safetensors", mine.structure(), mine.dev(), *mine.numbers());
  show(mine);

  const char* file = argc > 1 ? argv[1] : "weights.safetensors";
  iqnrl::context elsewhere{.seed = 2};
  actor_type theirs{elsewhere, {.fractions = {.act = 8}}};
  iqnrl::io::load_weights(file, theirs.structure(), theirs.dev(), *theirs.numbers());
  show(theirs);
}
