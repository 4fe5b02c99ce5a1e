// What the storage refuses, and what a window shows in the cases worth naming.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/state.hpp>
#include <iqnrl/replay/storage.hpp>

namespace {

using namespace iqnrl;
using seen = observation<part<"wheel", float, 3>, part<"image", std::uint8_t, 4>>;
using storage = replay::storage<seen, 1>;

struct marks {
  std::set<std::size_t> drawable;
  void ready(std::size_t item) { drawable.insert(item); }
  void remove(std::size_t item) { drawable.erase(item); }
};

seen::value observe(float x) {
  seen::value v;
  v.at<0>()[0] = x;
  return v;
}

std::string refusal(const auto& f) {
  try {
    f();
  } catch (const error& e) {
    return e.what();
  }
  return "";
}

using items = std::set<std::size_t>;

/// A visitor that puts a number out of range into the entry called `target`.
struct damage {
  std::string target;
  template <class Entry>
  void operator()(const std::string& name, Entry&& entry) {
    if constexpr (requires { entry.state(*this); }) {
      entry.state(*this);
    } else if (name == target) {
      if constexpr (requires { entry[0] = 100; }) {
        entry[0] = 100;
      } else {
        entry = 100;
      }
    }
  }
};

}  // namespace

TEST_CASE("steps become drawable as their windows complete") {
  storage s(1, 20, 3);
  marks m;
  for (int i = 0; i < 3; ++i) s.push(0, observe(0), 0, 0, ending::none, true, nullptr, m);
  CHECK(m.drawable.empty());
  s.push(0, observe(0), 0, 0, ending::none, true, nullptr, m);
  CHECK(m.drawable == items{0});

  SUBCASE("terminal: all at once, the last without bootstrap") {
    s.push(0, observe(0), 0, 0, ending::terminal, true, nullptr, m);
    CHECK(m.drawable == items{0, 1, 2, 3, 4});
    CHECK(s.window(1).length() == 3);
    CHECK(s.window(1).has_bootstrap());
    CHECK(s.window(2).length() == 3);
    CHECK_FALSE(s.window(2).has_bootstrap());
    CHECK(s.window(4).length() == 1);
    CHECK(s.window(4).end(0) == ending::terminal);
    CHECK(s.window(4).steps_to_end() == 1U);
    CHECK(s.window(0).steps_to_end() == 5U);
  }
  SUBCASE("truncated: all at once, the final observation in a slot of its own") {
    const auto after = observe(7);
    s.push(0, observe(0), 0, 0, ending::truncated, true, &after, m);
    CHECK(m.drawable == items{0, 1, 2, 3, 4});
    CHECK(s.filled() == 6);
    const auto w = s.window(3);
    CHECK(w.length() == 2);
    CHECK(w.has_bootstrap());
    CHECK(w.observation<0>(2)[0] == 7);
    CHECK(s.window(5).length() == 0);
  }
  SUBCASE("broken: windows stop before the step") {
    s.push(0, observe(9), 0, 5, ending::broken, true, nullptr, m);
    CHECK(m.drawable == items{0, 1, 2, 3});
    const auto w = s.window(3);
    CHECK(w.length() == 1);
    CHECK(w.has_bootstrap());
    CHECK(w.observation<0>(1)[0] == 9);
    CHECK_FALSE(w.steps_to_end().has_value());
    CHECK(s.window(4).length() == 0);
    CHECK_FALSE(s.window(4).has_bootstrap());
  }
  SUBCASE("interrupted: as if the newest step had been broken") {
    s.interrupt(0, m);
    CHECK(m.drawable == items{0, 1, 2});
    s.interrupt(0, m);
    CHECK(m.drawable == items{0, 1, 2});
    s.push(0, observe(0), 0, 0, ending::terminal, true, nullptr, m);
    CHECK(m.drawable == items{0, 1, 2, 4});
    CHECK(s.window(4).position() == 0);
  }
  SUBCASE("an open window ends at the newest step") {
    CHECK(s.window(2).length() == 1);
    CHECK(s.window(3).length() == 0);
    CHECK_THROWS_AS((void)s.window(4), shape_error);
    CHECK_THROWS_AS((void)s.window(20), shape_error);
  }
}

TEST_CASE("an episode longer than its ring") {
  storage s(2, 14, 2);
  marks m;
  for (int i = 0; i < 1000; ++i) s.push(1, observe(static_cast<float>(i)), 0, 0, ending::none, true, nullptr, m);
  CHECK(m.drawable.size() == 5);
  for (const std::size_t item : m.drawable) {
    const auto w = s.window(item);
    CHECK(w.position() >= 993);
    CHECK(w.length() == 2);
    CHECK(w.observation<0>(2)[0] == static_cast<float>(w.position() + 2));
    CHECK_FALSE(w.steps_to_end().has_value());
  }
  s.push(1, observe(1000), 0, 0, ending::terminal, true, nullptr, m);
  CHECK(m.drawable.size() == 7);
  for (const std::size_t item : m.drawable) CHECK(s.window(item).steps_to_end() == 1001 - s.window(item).position());
}

TEST_CASE("bad steps are refused in a sentence, and nothing is stored") {
  storage s(2, 40, 3, 5);
  marks m;
  for (int i = 0; i < 9; ++i) s.push(1, observe(0), 0, 0, ending::none, true, nullptr, m);
  const auto before = digest(s);
  const auto marked = m.drawable;
  const auto bad = [&](std::size_t world, const seen::value& o, int action, float reward, ending end,
                       const seen::value* after) {
    const std::string text = refusal([&] { s.push(world, o, action, reward, end, true, after, m); });
    CHECK(digest(s) == before);
    CHECK(m.drawable == marked);
    return text;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  auto odd = observe(0);
  odd.at<0>()[2] = -infinity;
  CHECK(bad(1, odd, 0, 0, ending::none, nullptr) ==
        "element 2 of part `wheel` of world 1 is -inf; a world must show finite numbers");
  CHECK(bad(1, observe(nan), 0, 0, ending::none, nullptr).find("is nan") != std::string::npos);
  CHECK(bad(1, observe(0), 0, nan, ending::none, nullptr).find("the reward of world 1 is nan") != std::string::npos);
  CHECK(bad(0, observe(0), 0, infinity, ending::terminal, nullptr).find("inf") != std::string::npos);
  CHECK(bad(1, observe(0), 0, 0, ending::truncated, &odd).find("element 2") != std::string::npos);
  CHECK(bad(1, observe(0), 0, 0, ending::truncated, nullptr).find("`after`") != std::string::npos);
  CHECK(bad(2, observe(0), 0, 0, ending::none, nullptr).find("world 2") != std::string::npos);
  CHECK(bad(1, observe(0), 5, 0, ending::none, nullptr).find("action 5") != std::string::npos);
  CHECK(bad(1, observe(0), -1, 0, ending::none, nullptr).find("action -1") != std::string::npos);
  CHECK(bad(1, observe(0), 0, 0, static_cast<ending>(9), nullptr).find("9") != std::string::npos);
  CHECK(bad(1, observe(0), 4, 0, ending::none, &odd).find("element 2") != std::string::npos);
  s.push(1, observe(0), 4, 0, ending::broken, true, &odd, m);
  CHECK(digest(s) != before);
}

TEST_CASE("capacities that cannot be") {
  CHECK_THROWS_AS(storage(0, 100, 1), config_error);
  CHECK_THROWS_AS(storage(1, 100, 0), config_error);
  CHECK_THROWS_AS(storage(4, 19, 3), config_error);
  CHECK_NOTHROW(storage(4, 20, 3));
  CHECK_THROWS_AS(storage(1, 0, 1), config_error);
  CHECK_THROWS_AS(storage(1, 100, std::numeric_limits<std::size_t>::max()), config_error);
  CHECK_THROWS_AS(storage(1, std::numeric_limits<std::size_t>::max(), 1), config_error);
  const std::string text = refusal([] { storage(1, std::size_t{1} << 50U, 1); });
  CHECK_THROWS_AS(storage(1, std::size_t{1} << 50U, 1), memory_error);
  CHECK(text.find("GiB") != std::string::npos);
  CHECK(text.find("lower the capacity") != std::string::npos);
  CHECK(replay::memory_limit() > 0);
}

TEST_CASE("bytes are those of the arrays") {
  const storage s(2, 100, 1);
  // 12 + 4 of observation, action, reward, ending, greedy, and three counters; two cursors of four numbers.
  CHECK(s.bytes() == 100 * (16 + 4 + 4 + 1 + 1 + 24) + 2 * 32);
}

TEST_CASE("damaged state is refused") {
  for (const std::string target : {"ending", "episode", "head", "filled", "limit"}) {
    CAPTURE(target);
    storage s(1, 30, 1);
    damage d{target};
    CHECK_THROWS_AS(s.state(d), file_error);
  }
}
