// The CartPole program as a stranger meets it: bad input ends in one sentence that names the value and the cure, and
// nothing that was there is lost.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <io/scratch_folder.hpp>
#include <programs/program.hpp>
#include <programs/use.hpp>

namespace {

using iqnrl::testing::program;
using iqnrl::testing::program_end;
using iqnrl::testing::text_of;
using iqnrl::testing::training;
using iqnrl::testing::weights;
using iqnrl::testing::words;
using iqnrl::testing::write;

program_end cartpole(const scratch_folder& folder, const words& arguments) {
  return program(IQNRL_CARTPOLE, arguments, folder.path()).wait();
}

/// Trains for one step; the outcome, 2, says that the task is not solved.
std::filesystem::path untrained(const scratch_folder& folder, std::string_view name, const words& more = {}) {
  const program_end r = cartpole(folder, training(folder, name, more));
  INFO(r.err);
  REQUIRE(r.status == 2);
  return weights(folder, name);
}

program_end show(const scratch_folder& folder, const std::filesystem::path& file, const words& more = {}) {
  words all{"--weights", file.string(), "--episodes", "2", "--out", (folder / "shown").string()};
  all.insert(all.end(), more.begin(), more.end());
  return cartpole(folder, all);
}

void check_refused(const program_end& r, std::initializer_list<std::string_view> parts) {
  iqnrl::testing::check_refused("cartpole", r, parts);
}

}  // namespace

TEST_CASE("a number out of range is named, with its limit") {
  const scratch_folder folder("programs-numbers");
  const auto refused = [&](const words& arguments, std::initializer_list<std::string_view> parts) {
    check_refused(cartpole(folder, training(folder, "results", arguments)), parts);
  };
  refused({"--batch-size", "0"}, {"batch is 0", "at least 1"});
  refused({"--batch-size", "-5"}, {"--batch-size", "-5"});
  refused({"--batch-size", "many"}, {"--batch-size", "many"});
  refused({"--threads", "0"}, {"threads is 0", "1 to 1024"});
  refused({"--threads", "5000"}, {"threads is 5000", "1 to 1024"});
  refused({"--fractions", "0"}, {"fractions.online is 0", "at least one"});
  refused({"--worlds", "0"}, {"0 worlds", "at least 1"});
  refused({"--rate", "-1"}, {"-1", "above 0"});
  refused({"--rate", "nan"}, {"nan", "finite"});
  refused({"--steps-per-update", "0"}, {"steps_per_update is 0", "1 or more"});
  refused({"--epochs", "0"}, {"updates_per_round is 0", "1 or more"});
  refused({"--evaluate-every", "0"}, {"evaluate_every is 0", "1 or more"});
  refused({"--preset", "dqn"}, {"--preset", "dqn", "iqn", "munchausen_iqn", "qr_dqn"});
  refused({"--backend", "abacus"}, {"--backend", "abacus", "native", "eigen", "reference"});
  refused({"--sped", "3"}, {"--sped"});
  check_refused(cartpole(folder, training(folder, "results", {}, 0)), {"steps is 0", "1 or more"});
}

TEST_CASE("bad input leaves the results of an earlier training as they are") {
  const scratch_folder folder("programs-results");
  std::filesystem::create_directories(folder / "results");
  for (const char* option : {"--epochs", "--episodes", "--evaluate-every", "--steps-per-update", "--batch-size"}) {
    write(weights(folder, "results"), "the work of a week");
    write(folder / "results" / "training.csv", "its record");
    INFO(option);
    check_refused(cartpole(folder, {"--steps", "1", "--out", (folder / "results").string(), option, "0"}), {" 0"});
    CHECK(text_of(weights(folder, "results")) == "the work of a week");
    CHECK(text_of(folder / "results" / "training.csv") == "its record");
  }
}

TEST_CASE("a folder that cannot be written is refused before the first step") {
  const scratch_folder folder("programs-folder");
  write(folder / "file", "in the way");
  const program_end r = cartpole(folder, training(folder, "file/below"));
  check_refused(r, {(folder / "file/below").string(), "give another"});
  CHECK(r.out.empty());

  const auto good = untrained(folder, "results");
  const program_end shown =
      cartpole(folder, {"--weights", good.string(), "--episodes", "2", "--out", (folder / "file" / "below").string()});
  check_refused(shown, {(folder / "file/below").string(), "give another"});
  CHECK(text_of(folder / "file") == "in the way");
}

TEST_CASE("weights that do not fit are refused") {
  const scratch_folder folder("programs-weights");
  const auto good = untrained(folder, "iqn");
  const auto damaged = folder / "damaged.safetensors";
  const std::string bytes = text_of(good);

  SUBCASE("no such file") { check_refused(show(folder, folder / "absent"), {"absent", "no such file"}); }
  SUBCASE("a folder") { check_refused(show(folder, folder / "iqn"), {"not a regular file"}); }
  SUBCASE("cut off anywhere") {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{5}, std::size_t{8}, std::size_t{300}, bytes.size() / 2, bytes.size() - 1}) {
      write(damaged, std::string_view(bytes).substr(0, size));
      check_refused(show(folder, damaged), {damaged.string(), "damaged"});
    }
  }
  SUBCASE("a NaN") {
    std::string spoiled = bytes;
    const auto nan = std::bit_cast<std::array<char, 4>>(std::numeric_limits<float>::quiet_NaN());
    std::copy(nan.begin(), nan.end(), spoiled.end() - 4);
    write(damaged, spoiled);
    check_refused(show(folder, damaged), {damaged.string(), "nan", "head.value.out.weight"});
  }
  SUBCASE("another architecture") {
    check_refused(show(folder, good, {"--preset", "qr_dqn"}), {good.string(), "another architecture"});
    const auto other = untrained(folder, "qr_dqn", {"--preset", "qr_dqn"});
    check_refused(show(folder, other), {other.string(), "another architecture"});
  }
}

TEST_CASE("weights of one step can be shown") {
  const scratch_folder folder("programs-show");
  for (const std::string preset : {"iqn", "munchausen_iqn", "qr_dqn"}) {
    const auto file = untrained(folder, preset, {"--preset", preset});
    const program_end r = show(folder, file, {"--preset", preset});
    INFO(r.err);
    CHECK(r.status == 2);
    CHECK(r.err.empty());
    CHECK(r.out.find(file.string() + " reaches ") != std::string::npos);
    CHECK(std::filesystem::exists(folder / "shown" / "balancing.svg"));
  }
}

TEST_CASE("a batch of one sample is warned about") {
  const scratch_folder folder("programs-batch");
  const program_end one = cartpole(folder, training(folder, "one", {"--batch-size", "1"}));
  CHECK(one.status == 2);
  CHECK(one.err.starts_with("warning: "));
  CHECK(std::count(one.err.begin(), one.err.end(), '\n') == 1);
  CHECK(one.err.find("batch of 1") != std::string::npos);
  const program_end two = cartpole(folder, training(folder, "two", {"--batch-size", "2"}));
  CHECK(two.err.empty());
}

TEST_CASE("threads change no bit of the weights, seeds do") {
  const scratch_folder folder("programs-threads");
  constexpr int steps = 1'040;  // learning starts at 1,000
  std::string backend = "native";
  SUBCASE("native") {}
  SUBCASE("eigen") { backend = "eigen"; }
#ifdef IQNRL_OWN_XTENSOR
  SUBCASE("xtensor") { backend = "xtensor"; }
#endif
  const auto run = [&](const std::string& name, words more) {
    more.insert(more.end(), {"--backend", backend});
    const program_end r = cartpole(folder, training(folder, name, more, steps));
    INFO(r.err);
    REQUIRE(r.status == 2);
    return text_of(weights(folder, name));
  };
  const std::string one = run("one", {"--threads", "1"});
  REQUIRE(!one.empty());
  CHECK(one != text_of(untrained(folder, "untrained")));
  CHECK((one == run("three", {"--threads", "3"})));
  CHECK((one != run("other", {"--threads", "1", "--seed", "2"})));
}

TEST_CASE("Ctrl-C keeps the weights") {
  const scratch_folder folder("programs-stop");
  iqnrl::testing::check_interrupted(IQNRL_CARTPOLE, {"--evaluate-every", "20"}, folder, "results");
  CHECK(show(folder, weights(folder, "results")).status == 2);
}
