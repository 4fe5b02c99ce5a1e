// Updates of one case and nothing else, for bench/instructions.sh to count.
#include <cstddef>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <iqnrl/backend/native.hpp>

#include "common.hpp"
#include "update_cases.hpp"

int main(int argc, char** argv) {
  std::string name = "cartpole64";
  std::size_t updates = 1;
  std::vector<std::string> names;
  for (const bench::update_case& c : bench::update_cases) names.emplace_back(c.name);
  CLI::App app{"Does some updates on the native backend; bench/instructions.sh counts their instructions."};
  bench::show_defaults(app, "bench_instructions");
  app.add_option("--case", name, "Whose updates")->check(CLI::IsMember(names));
  app.add_option("--updates", updates, "How many");
  return bench::run(app, argc, argv, [&] {
    const auto subject = bench::make_subject<iqnrl::backend::native>(name, 1);
    for (std::size_t i = 0; i < updates; ++i) subject->learn();
    return 0;
  });
}
