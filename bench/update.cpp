// What an update and an action cost, from CartPole's network to Beyond The Rainbow's, on each backend and in other
// systems.
//
// Processors that share a core, and other programs, make any single measurement a matter of luck: everything that is
// compared takes turns in short rounds, and the figures are medians over the rounds, with the lowest and the highest.
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iqnrl/backend/vectors.hpp>
#include <iqnrl/backend/winograd.hpp>
#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/train/statistics.hpp>

#include <cartpole/backends.hpp>
#ifdef IQNRL_OWN_ONEDNN
#include <iqnrl/backend/onednn.hpp>
#endif

#include "bars.hpp"
#include "common.hpp"
#include "peer.hpp"
#include "update_cases.hpp"

namespace {

const std::vector<std::string> backends = [] {
  std::vector<std::string> all = example::backends;
  all.emplace_back("native_winograd");
#ifdef IQNRL_OWN_ONEDNN
  all.insert(all.end(), {"onednn", "onednn_winograd", "onednn_bfloat16"});
#endif
  return all;
}();

/// Calls `f(std::type_identity<Backend>{})` with the backend of a name.
template <class F>
decltype(auto) with_backend(const std::string& name, F&& f) {
  using iqnrl::backend::winograd;
  if (name == "native_winograd") return f(std::type_identity<winograd<iqnrl::backend::native>>{});
#ifdef IQNRL_OWN_ONEDNN
  using iqnrl::backend::onednn;
  if (name == "onednn") return f(std::type_identity<onednn>{});
  if (name == "onednn_winograd") return f(std::type_identity<winograd<onednn>>{});
  if (name == "onednn_bfloat16") return f(std::type_identity<onednn::in_bfloat16>{});
#endif
  return example::with_backend(name, std::forward<F>(f));
}

struct arguments {
  std::vector<std::string> cases;
  std::vector<std::string> backends{"native", "eigen"};
  std::vector<std::string> peers;
  std::vector<std::size_t> threads{1, 2};
  std::size_t rounds = 9;
  double round_ms = 100;
  std::filesystem::path out;
};

/// Something whose calls are timed: milliseconds of one, over calls that take about so many seconds. `failure`: why it
/// is timed no longer.
struct contestant {
  std::string name;
  std::function<double(const std::string& work, double seconds)> time;
  std::string failure;
};

double milliseconds(double seconds, const std::function<void()>& work) {
  const bench::stopwatch watch;
  std::size_t calls = 0;
  do {
    work();
    ++calls;
  } while (watch.seconds() < seconds);
  return 1e3 * watch.seconds() / static_cast<double>(calls);
}

/// GFLOP/s of multiply-adds that wait for nothing, on so many threads at once.
double peak(std::size_t threads) {
  using vector = iqnrl::backend::detail::vector_of<float, iqnrl::backend::detail::widest_register>::type;
  constexpr std::size_t chains = 12;
  constexpr std::size_t lanes = iqnrl::backend::detail::widest_register / sizeof(float);
  constexpr std::size_t steps = 20'000'000;
  double best = 0;
  for (int i = 0; i < 3; ++i) {
    const bench::stopwatch watch;
    bench::side_by_side(threads, threads, [](std::size_t) {
      vector sum[chains];
      volatile float start = 0;  // so that the compiler knows nothing of any chain
      for (vector& v : sum) v = vector{} + start;
      const vector factor = vector{} + (0.999F + start), more = vector{} + (1e-3F + start);
      for (std::size_t s = 0; s < steps; ++s) {
#pragma GCC unroll 12
        for (std::size_t c = 0; c < chains; ++c) sum[c] = sum[c] * factor + more;
      }
      for (std::size_t c = 1; c < chains; ++c) sum[0] += sum[c];
      volatile float kept = sum[0][0];
      (void)kept;
    });
    best = std::max(best, 2e-9 * static_cast<double>(threads * steps * chains * lanes) / watch.seconds());
  }
  return best;
}

/// MiB of the largest memory that this process has had since `forget_peak`.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return std::nan("");
}
void forget_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

/// Median of some numbers with the lowest and the highest.
std::string spread(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double middle = iqnrl::median(values);
  const int digits = middle < 0.1 ? 4 : middle < 10 ? 3 : 1;
  return fmt::format("{:.{}f} ({:.{}f} to {:.{}f})", middle, digits, *low, digits, *high, digits);
}

/// "1 thread", "2 threads".
std::string counted(std::size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

/// Rows of one case with some threads.
class comparison {
 public:
  comparison(const arguments& a, const bench::update_case& c, std::size_t threads, double most)
      : arguments_(a), case_(c), threads_(threads), peak_(most) {
    for (const std::string& backend : a.backends) {
      forget_peak();
      const double before = peak_memory();
      const auto subject =
          std::shared_ptr<bench::subject>(with_backend(backend, [&]<class Backend>(std::type_identity<Backend>) {
            return bench::make_subject<Backend>(c.name, threads);
          }));
      subject->learn();
      memory_.push_back(fmt::format("{} {:.0f}", backend, peak_memory() - before));
      contestants_.push_back({backend,
                              [subject](const std::string& work, double seconds) {
                                return milliseconds(seconds, [&] {
                                  if (work == "update") return subject->learn();
                                  subject->act(std::stoul(work));
                                });
                              },
                              ""});
    }
    for (const std::string& command : a.peers) {
      const std::string line = fmt::format("{} --case {} --threads {}", command, c.name, threads);
      std::shared_ptr<bench::peer> peer;
      try {
        peer = std::make_shared<bench::peer>(line);
      } catch (const iqnrl::file_error& e) {
        miss(command, e.what());
        continue;
      }
      for (const auto& [mode, why] : peer->missing()) miss(mode, why);
      for (const std::string& mode : peer->modes()) {
        contestants_.push_back(
            {mode, [peer, mode](const std::string& work, double seconds) { return peer->time(mode, work, seconds); },
             ""});
      }
      peers_.push_back(peer);
    }
  }

  /// Adds bars of updates and of actions where there is a peer.
  std::string rows(std::vector<bench::bar>& updates, std::vector<bench::bar>& actions) {
    const std::string threads = counted(threads_, "thread"), name(case_.name);
    std::string text = row("update", case_.update_flop, "update, " + threads, name, updates);
    for (const std::size_t states : case_.states) {
      const std::string seen = counted(states, "state");
      text += row(std::to_string(states), case_.state_flop * static_cast<double>(states),
                  fmt::format("act, {}, {}", seen, threads), name + ", " + seen, actions);
    }
    return text + missing_;
  }
  /// Rows of what each mode of the peers takes, after `rows`.
  [[nodiscard]] const std::string& peers() const { return peers_text_; }
  std::string memory() {
    for (const auto& peer : peers_) {
      try {
        memory_.push_back(fmt::format("{} {:.0f}", fmt::join(peer->modes(), " and "), peer->memory()));
      } catch (const iqnrl::file_error&) {  // it ended, which its row says
      }
    }
    return fmt::format("| {} | {} | {} |\n", case_.name, threads_, fmt::join(memory_, ", "));
  }

 private:
  void miss(const std::string& who, const std::string& why) {
    std::string cells = fmt::format("{}\n{}", who, why);
    std::replace(cells.begin(), cells.end(), '|', '/');  // which would end a cell
    cells.replace(cells.find('\n'), 1, " | missing: ");
    const std::string row = fmt::format("| {} | {} | {} | | | | |\n", case_.name, counted(threads_, "thread"), cells);
    fmt::print(stderr, "{}", row);
    missing_ += row;
  }
  std::string row(const std::string& work, double flop, const std::string& what, const std::string& group,
                  std::vector<bench::bar>& bars) {
    std::vector<std::vector<double>> found(contestants_.size());
    const auto time = [&](std::size_t i, double seconds) {
      contestant& c = contestants_[i];
      if (!c.failure.empty()) return;
      try {
        const double taken = c.time(work, seconds);
        if (seconds > 0) found[i].push_back(taken);
      } catch (const iqnrl::file_error& e) {  // a peer that ended
        c.failure = e.what();
        miss(c.name, fmt::format("from {} on, {}", what, e.what()));
      }
    };
    for (std::size_t i = 0; i < contestants_.size(); ++i) time(i, 0);
    for (std::size_t r = 0; r < arguments_.rounds; ++r) {
      for (std::size_t i = 0; i < contestants_.size(); ++i) {
        time((i + r) % contestants_.size(), arguments_.round_ms / 1e3);
      }
    }
    const std::size_t ours = arguments_.backends.size();
    std::size_t best = contestants_.size();
    std::string each;
    for (std::size_t i = ours; i < contestants_.size(); ++i) {
      if (!contestants_[i].failure.empty()) continue;
      each += fmt::format("{}{} {:.4g}", each.empty() ? "" : ", ", contestants_[i].name, iqnrl::median(found[i]));
      if (best == contestants_.size() || iqnrl::median(found[i]) < iqnrl::median(found[best])) best = i;
    }
    if (!each.empty()) peers_text_ += fmt::format("| {} | {} | {} |\n", case_.name, what, each);
    std::string text;
    for (std::size_t i = 0; i < ours; ++i) {
      const double speed = flop / iqnrl::median(found[i]) / 1e6;
      std::string ratio = "|";
      if (best < contestants_.size()) {
        std::vector<double> ratios;
        for (std::size_t r = 0; r < arguments_.rounds; ++r) ratios.push_back(found[best][r] / found[i][r]);
        ratio = fmt::format("{}: {} | {}", contestants_[best].name, spread(found[best]), spread(ratios));
        const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
        const std::string& backend = contestants_[i].name;
        bars.push_back({group, backend, backend + ", " + counted(threads_, "thread"), contestants_[best].name,
                        iqnrl::median(ratios), *low, *high});
      }
      text += fmt::format("| {} | {} | {} | {} | {:.0f} | {:.0f} % | {} |\n", case_.name, what, contestants_[i].name,
                          spread(found[i]), speed, 100 * speed / peak_, ratio);
    }
    fmt::print(stderr, "{}", text);
    return text;
  }

  arguments arguments_;
  bench::update_case case_;
  std::size_t threads_;
  double peak_;
  std::vector<contestant> contestants_;
  std::vector<std::shared_ptr<bench::peer>> peers_;
  std::vector<std::string> memory_;
  std::string missing_, peers_text_;
};

int time(const arguments& a, const std::string& command) {
  iqnrl::require<iqnrl::config_error>(
      a.rounds >= 1 && a.round_ms > 0 && std::find(a.threads.begin(), a.threads.end(), 0U) == a.threads.end(),
      "--rounds is {} and --round-ms {}; give at least 1, more than 0, and no 0 as --threads", a.rounds, a.round_ms);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that ended is found when it does not answer
  std::map<std::size_t, double> peaks;
  for (const std::size_t threads : a.threads) peaks[threads] = peak(threads);
  std::string text = fmt::format(
      "# Time of an update and of an action\n\n`{}`\n\n"
      "Milliseconds a call: median of {} rounds (lowest to highest), in which all take turns. GFLOP/s: two for each "
      "multiply-add of layers, however they are computed. Peak:",
      command, a.rounds);
  for (const auto& [threads, most] : peaks)
    text += fmt::format(" {:.0f} GFLOP/s with {},", most, counted(threads, "thread"));
  text += fmt::format(
      " in vectors of {} bytes. Peer: the fastest of {}. The machine has {} processors.\n\n"
      "| case | call | backend | ms | GFLOP/s | of the peak | best peer, ms | times as fast |\n"
      "|---|---|---|---|---|---|---|---|\n",
      iqnrl::backend::detail::widest_register,
      a.peers.empty() ? "none, since no --peer was given" : fmt::format("{}", fmt::join(a.peers, ", ")),
      std::thread::hardware_concurrency());
  std::string memory, peers;
  std::vector<bench::bar> updates, actions;
  for (const std::string& name : a.cases) {
    const auto& c = *std::find_if(bench::update_cases.begin(), bench::update_cases.end(),
                                  [&](const bench::update_case& u) { return u.name == name; });
    for (const std::size_t threads : a.threads) {
      comparison all(a, c, threads, peaks.at(threads));
      text += all.rows(updates, actions);
      peers += all.peers();
      memory += all.memory();
    }
  }
  if (!peers.empty()) text += "\nMilliseconds of each peer, medians:\n\n| case | call | ms |\n|---|---|---|\n" + peers;
  text +=
      "\nMiB by which the process has grown at most for an agent, its replay of 1,024 steps and an update:\n\n"
      "| case | threads | MiB |\n|---|---|---|\n" +
      memory;
  bench::publish(a.out.empty() ? a.out : a.out / "update.md", text);
  if (a.out.empty()) return 0;
  const auto draw = [&](const char* file, const char* what, const std::vector<bench::bar>& bars) {
    if (bars.empty()) return;  // there was no peer
    const std::string svg =
        bench::bars_svg(fmt::format("{}: times as fast as the fastest peer", what),
                        fmt::format("Median of {} rounds, the lowest and the highest; behind it the "
                                    "peer. At 1 both take as long.",
                                    a.rounds),
                        bars);
    iqnrl::io::write_atomically(a.out / file, std::as_bytes(std::span(svg)));
  };
  draw("update.svg", "Updates", updates);
  draw("act.svg", "Actions", actions);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  std::vector<std::string> names;
  for (const bench::update_case& c : bench::update_cases) names.emplace_back(c.name);
  a.cases = names;
  CLI::App app{"Times updates and actions of agents from CartPole's to Beyond The Rainbow's, beside other systems."};
  bench::show_defaults(app, "bench_update");
  app.add_option("--cases", a.cases, "Any of the default's")->delimiter(',')->check(CLI::IsMember(names));
  app.add_option("--backends", a.backends, "Any of those that this was built with")
      ->delimiter(',')
      ->check(CLI::IsMember(backends));
  app.add_option("--peer", a.peers,
                 "Command of a program that does the same, as bench/peers/update.py; may be given several times");
  app.add_option("--threads", a.threads, "Numbers of threads")->delimiter(',');
  app.add_option("--rounds", a.rounds, "Rounds, in each of which everything has its turn");
  app.add_option("--round-ms", a.round_ms, "Milliseconds of a turn, about; one call at least");
  app.add_option("--out", a.out, "Folder for update.md, update.svg and act.svg; none: print only");
  return bench::run(app, argc, argv, [&] {
    a.cases = bench::without_twins(a.cases);
    a.backends = bench::without_twins(a.backends);
    a.threads = bench::without_twins(a.threads);
    return time(a, bench::command_line(app));
  });
}
