// The MinAtar program as a stranger meets it. What it shares with the CartPole program is tested there.
#include <filesystem>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <io/scratch_folder.hpp>
#include <programs/program.hpp>
#include <programs/use.hpp>

namespace {

using iqnrl::testing::check_refused;
using iqnrl::testing::program;
using iqnrl::testing::program_end;
using iqnrl::testing::text_of;
using iqnrl::testing::training;
using iqnrl::testing::weights;
using iqnrl::testing::words;

program_end minatar(const scratch_folder& folder, const words& arguments) {
  return program(IQNRL_MINATAR, arguments, folder.path()).wait();
}

}  // namespace

TEST_CASE("minatar: each game is trained, shown, and leaves its files") {
  const scratch_folder folder("programs-minatar-games");
  for (const std::string game : {"breakout", "asterix", "seaquest", "space_invaders"}) {
    const program_end r = minatar(folder, training(folder, game, {"--game", game}));
    INFO(r.err);
    CHECK(r.status == 0);
    CHECK(r.err.empty());
    CHECK(r.out.find("unseen episodes of " + game + " after 1 steps") != std::string::npos);
    CHECK(r.out.find("minatar --game " + game + " --weights " + weights(folder, game).string()) != std::string::npos);
    CHECK(text_of(folder / game / "curve.svg").find("MinAtar " + game + ", iqn, seed 1") != std::string::npos);
    CHECK(text_of(folder / game / "playing.svg").find("iqn plays " + game) != std::string::npos);
    CHECK(std::filesystem::exists(folder / game / "training.csv"));
  }
}

TEST_CASE("minatar: weights can be shown") {
  const scratch_folder folder("programs-minatar-weights");
  REQUIRE(minatar(folder, training(folder, "trained")).status == 0);
  const auto file = weights(folder, "trained");
  const program_end r = minatar(folder, training(folder, "shown", {"--weights", file.string()}));
  INFO(r.err);
  CHECK(r.status == 0);
  CHECK(r.out.starts_with(file.string() + " reaches "));
  CHECK(text_of(folder / "shown" / "playing.svg") == text_of(folder / "trained" / "playing.svg"));
  check_refused("minatar", minatar(folder, {"--weights", (folder / "absent").string()}), {"absent", "no such file"});
}

TEST_CASE("minatar: an update changes the weights, and threads change no bit of them") {
  const scratch_folder folder("programs-minatar-threads");
  const auto run = [&](std::string_view name, int steps, const words& more) {
    REQUIRE(minatar(folder, training(folder, name, more, steps)).status == 0);
    return text_of(weights(folder, name));
  };
  const std::string one = run("one", 1'012, {"--threads", "1"});  // learning starts at 1,000
  CHECK((one == run("two", 1'012, {"--threads", "2"})));
  CHECK((one != run("untrained", 1, {})));
}

TEST_CASE("minatar: what is out of range is named") {
  const scratch_folder folder("programs-minatar-misuse");
  const auto refused = [&](const words& arguments, std::initializer_list<std::string_view> parts) {
    check_refused("minatar", minatar(folder, training(folder, "results", arguments)), parts);
  };
  refused({"--game", "pong"}, {"--game", "pong", "breakout", "space_invaders"});
  refused({"--preset", "dqn"}, {"--preset", "dqn", "iqn"});
  refused({"--threads", "0"}, {"threads is 0", "1 to 1024"});
  check_refused("minatar", minatar(folder, training(folder, "results", {}, 0)), {"steps is 0", "1 or more"});
  check_refused("minatar", minatar(folder, {"--episodes", "0", "--out", (folder / "results").string()}),
                {"0 episodes", "1 to 65536"});
  CHECK(!std::filesystem::exists(folder / "results"));
}

TEST_CASE("minatar: a folder that cannot be written is refused before the first step") {
  const scratch_folder folder("programs-minatar-folder");
  iqnrl::testing::write(folder / "file", "in the way");
  const program_end r = minatar(folder, training(folder, "file/below"));
  check_refused("minatar", r, {(folder / "file/below").string(), "give another"});
  CHECK(r.out.empty());
  CHECK(text_of(folder / "file") == "in the way");
}

TEST_CASE("minatar: Ctrl-C keeps the weights") {
  const scratch_folder folder("programs-minatar-stop");
  iqnrl::testing::check_interrupted(IQNRL_MINATAR, {"--evaluate-every", "20"}, folder, "results");
  const words again{"--weights", weights(folder, "results").string()};
  CHECK(minatar(folder, training(folder, "shown", again)).status == 0);
}
