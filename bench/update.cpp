// What an update and an action cost on CartPole, and what a second thread brings.
//
// Processors that share a core, and other programs, make any single measurement a matter of luck: one and several
// threads take turns in short rounds, and the figures are medians over the rounds, with the lowest and the highest.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/statistics.hpp>

#include <cartpole/backends.hpp>
#include <cartpole/cartpole.hpp>

#include "common.hpp"

namespace {

using example::cartpole;

struct arguments {
  std::size_t rounds = 21;
  double round_ms = 50;
  std::size_t threads = 2;
  std::vector<std::string> backends = example::backends;
  std::filesystem::path out;
};

/// The numbers of an update: IQN's many fractions, and few of them.
struct size {
  std::size_t batch, fractions;
};
constexpr std::array<size, 2> sizes{{{64, 64}, {32, 8}}};

/// An agent with a replay of 2,000 steps and 64 states to act on, the same for every number of threads.
template <class Backend>
class subject {
  using preset = iqnrl::presets::iqn<cartpole, Backend, iqnrl::target::max<iqnrl::target::draws::shared>>;
  using agent_type = typename preset::agent;

 public:
  subject(std::size_t threads, size s) : context_{.threads = threads, .seed = 1}, agent_(context_, config_of(s)) {
    constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
    iqnrl::trainer<agent_type> loop(agent_, {}, {.steps_per_update = never});
    for (int i = 0; i < 2'000; ++i) {
      loop.step();
      seen_[static_cast<std::size_t>(i) % seen_.size()] = loop.worlds().observations()[0];
    }
  }

  void learn() { agent_.learn(); }
  void act(std::size_t states) {
    agent_.act_batch(std::span<const seen_type>(seen_).first(states), std::span(actions_).first(states),
                     iqnrl::mode::greedy);
  }

 private:
  using seen_type = typename agent_type::observation_value;

  static typename agent_type::config config_of(size s) {
    auto c = preset::config();
    c.batch = s.batch;
    c.learning_starts = 1'000;
    c.fractions = {s.fractions, s.fractions, s.fractions, 32};
    c.replay.capacity = 10'000;
    c.explore.epsilon = 1.0;
    return c;
  }

  iqnrl::context context_;
  agent_type agent_;
  std::array<seen_type, 64> seen_{};
  std::array<typename agent_type::action_type, 64> actions_{};
};

/// Milliseconds of a call, a number for each round.
struct timings {
  std::vector<double> one, several;
};

template <class Work>
double milliseconds(std::size_t calls, const Work& work) {
  const bench::stopwatch watch;
  for (std::size_t i = 0; i < calls; ++i) work();
  return 1e3 * watch.seconds() / static_cast<double>(calls);
}

template <class One, class Several>
timings alternate(const arguments& a, const One& one, const Several& several) {
  milliseconds(1, several);
  const double first = milliseconds(2, one);
  const auto calls = static_cast<std::size_t>(std::clamp(a.round_ms / first, 1.0, 1e6));
  timings t;
  for (std::size_t r = 0; r < a.rounds; ++r) {
    if (r % 2 == 0) t.one.push_back(milliseconds(calls, one));
    t.several.push_back(milliseconds(calls, several));
    if (r % 2 != 0) t.one.push_back(milliseconds(calls, one));
  }
  return t;
}

std::string spread(std::vector<double> values, int digits) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return fmt::format("{:.{}f} ({:.{}f} to {:.{}f})", iqnrl::median(values), digits, *low, digits, *high, digits);
}

std::string line(std::string_view backend, const std::string& what, const timings& t) {
  std::vector<double> ratio;
  for (std::size_t r = 0; r < t.one.size(); ++r) ratio.push_back(t.one[r] / t.several[r]);
  return fmt::format("| {} | {} | {} | {} | {} |\n", backend, what, spread(t.one, 4), spread(t.several, 4),
                     spread(ratio, 2));
}

template <class Backend>
std::string measure(const arguments& a) {
  std::string text;
  for (const size s : sizes) {
    subject<Backend> one(1, s), several(a.threads, s);
    text += line(Backend::name, fmt::format("update, batch {}, N = N' = {}", s.batch, s.fractions),
                 alternate(
                     a, [&] { one.learn(); }, [&] { several.learn(); }));
  }
  subject<Backend> one(1, sizes[0]), several(a.threads, sizes[0]);
  for (const std::size_t states : {std::size_t{1}, std::size_t{64}}) {
    text += line(Backend::name, fmt::format("act, {} state{}, K = 32", states, states == 1 ? "" : "s"),
                 alternate(
                     a, [&] { one.act(states); }, [&] { several.act(states); }));
  }
  return text;
}

int time(const arguments& a, const std::string& command) {
  iqnrl::require<iqnrl::config_error>(a.rounds >= 1 && a.round_ms > 0 && a.threads >= 2,
                                      "--rounds is {}, --round-ms {} and --threads {}; give at least 1, more than 0, "
                                      "and at least 2",
                                      a.rounds, a.round_ms, a.threads);
  std::string text = fmt::format(
      "# Time of an update and of an action, CartPole\n\n`{}`\n\n"
      "Milliseconds a call: median of the rounds (lowest to highest), 1 and {} threads taking turns; the ratio is that "
      "of each round. float32, 64-64 layers, 64 cosines, a layer of 64; K shared. The machine has {} processors.\n\n"
      "| backend | call | 1 thread | {} threads | ratio |\n|---|---|---|---|---|\n",
      command, a.threads, std::thread::hardware_concurrency(), a.threads);
  for (const std::string& backend : a.backends) {
    text +=
        example::with_backend(backend, [&]<class Backend>(std::type_identity<Backend>) { return measure<Backend>(a); });
  }
  bench::publish(a.out.empty() ? a.out : a.out / "update.md", text);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{"Times an update of a CartPole agent and its acting, with 1 thread and with several in turns."};
  bench::show_defaults(app, "bench_update");
  app.add_option("--backends", a.backends, "Any of the default's")
      ->delimiter(',')
      ->check(CLI::IsMember(example::backends));
  app.add_option("--rounds", a.rounds, "Rounds, each with either number of threads");
  app.add_option("--round-ms", a.round_ms, "Milliseconds of a round, about; one call at least");
  app.add_option("--threads", a.threads, "Threads that are compared with one");
  app.add_option("--out", a.out, "Folder for update.md; none: print only");
  return bench::run(app, argc, argv, [&] {
    a.backends = bench::without_twins(a.backends);
    return time(a, bench::command_line(app));
  });
}
