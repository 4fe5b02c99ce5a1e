// Weights in files: what is written is read again, bit for bit; anything else is refused and changes nothing.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <io/scratch_folder.hpp>
#include <iqnrl/agent/agent.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

template <std::size_t Width>
using agent_of =
    agent<plain_world, sealed<backend::reference>, odd::stateful<0>, conditioning::cosine<3>, head::plain<Width>>;

template <class Agent>
typename Agent::config small_numbers() {
  typename Agent::config c;
  c.fractions = {4, 4, 4, 4};
  c.replay.capacity = 100;
  c.batch = 8;
  c.learning_starts = 20;
  return c;
}

}  // namespace

TEST_CASE("what is saved is loaded, into both networks") {
  const scratch_folder folder("iqnrl_weights");
  const auto file = folder / "agent.safetensors";
  context ctx{.threads = 1, .seed = 1};
  agent_of<6> a(ctx, small_numbers<agent_of<6>>());
  episodes<plain_world> world(1);
  for (int i = 0; i < 40; ++i) {
    world.step(a);
    a.learn();
  }
  const auto numbers_of = [](auto& weights, auto& agent) {
    return std::pair(host_of(agent.learning().dev(), weights.parameters()),
                     host_of(agent.learning().dev(), weights.state()));
  };
  const tensor<sealed<backend::reference>, float, 1> marks(a.learning().dev(), {1}, {42});
  a.learning().dev().copy(marks.in(), a.learning().online()->state().slice(0, 1));
  const auto online = numbers_of(*a.learning().online(), a);
  CHECK(online.second[0] == 42);
  a.save(file);

  context other{.threads = 1, .seed = 2};
  agent_of<6> b(other, small_numbers<agent_of<6>>());
  CHECK(numbers_of(*b.learning().online(), b) != online);
  b.load(file);
  CHECK(numbers_of(*b.learning().online(), b) == online);
  CHECK(numbers_of(*b.learning().target(), b) == online);
  const auto seen = world.seen();
  CHECK(a.act(seen, mode::greedy) == b.act(seen, mode::greedy));
}

TEST_CASE("files that are missing, cut short, damaged or of another network are refused, and nothing changes") {
  const scratch_folder folder("iqnrl_weights_refused");
  const auto file = folder / "agent.safetensors";
  context ctx{.threads = 1, .seed = 1};
  agent_of<6> a(ctx, small_numbers<agent_of<6>>());
  a.save(file);
  context other{.threads = 1, .seed = 2};
  const auto refused = [](auto& agent, const std::filesystem::path& path) {
    const std::uint64_t before = digest(agent);
    const std::string said = refusal<file_error>([&] { agent.load(path); });
    CHECK(digest(agent) == before);
    CHECK(says(said, path.string()));
    return said;
  };
  agent_of<6> b(other, small_numbers<agent_of<6>>());
  CHECK_FALSE(refused(b, folder / "nothing.safetensors").empty());

  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  REQUIRE(bytes.size() > 400);
  const auto cut = folder / "cut.safetensors";
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{60}, bytes.size() / 2, bytes.size() - 1}) {
    CAPTURE(size);
    std::ofstream(cut, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(size));
    CHECK_FALSE(refused(b, cut).empty());
  }
  std::string broken = bytes;
  for (std::size_t i = broken.size() - 4; i < broken.size(); ++i) broken[i] = '\xff';
  std::ofstream(cut, std::ios::binary).write(broken.data(), static_cast<std::streamsize>(broken.size()));
  CHECK(says(refused(b, cut), "nan"));

  agent_of<7> wider(other, small_numbers<agent_of<7>>());
  CHECK(says(refused(wider, file), "[6, 4] in"));
  CHECK(says(refused(wider, file), "belongs to another architecture"));
  using stateless =
      agent<plain_world, sealed<backend::reference>, encoder::mlp<4>, conditioning::cosine<3>, head::plain<6>>;
  stateless less(other, small_numbers<stateless>());
  CHECK(says(refused(less, file), "`state.encoder.copied`, which this network does not have"));
  less.save(cut);
  CHECK(says(refused(b, cut), "has no tensor `state.encoder.copied`, which this network needs"));
  b.load(file);
}
