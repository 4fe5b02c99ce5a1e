// MinAtar Freeway: a chicken crosses eight lanes of cars, as a world for iqnrl.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include <minatar/minatar.hpp>

namespace example::minatar {

/// A car of Freeway, in the lane of its place in the list.
struct freeway_car {
  int x = 0;
  int heading = 1;  ///< 1: to the right, -1: to the left
  int pace = 1;     ///< frames, 1 to 5, that it stands between two moves
  int wait = 1;     ///< frames that it still stands
};

/// The rules of Freeway.
///
/// Start: the chicken is in row 9 of column 4 and may not move for three frames. A car is in column 0 of each of rows 1
/// to 8, with a random heading (evenly) and a random pace of 1 to 5 (evenly); it moves after `pace` frames.
///
/// A frame:
/// - u and d move the chicken by one row, if it did not move in the two frames before; pushing against the edge counts
///   as a move.
/// - In row 0 it earns a reward of 1 and is back in row 9; all cars draw new headings and paces and begin to wait anew
///   where they are.
/// - Each car, from the top: if it is on the chicken, the chicken is back in row 9. If its wait is over, the car
///   moves by one column, round the edge, and waits `pace` frames; if it is on the chicken then, the same happens.
///
/// The 2501st frame is the last: published code, whose limit is called 2500, ends a frame after its count is at zero.
/// It reports the end as terminal, although it is a time limit, and so does this world, as published scores rest on it.
///
/// Channels: 0 chicken, 1 cars, 2 to 6 the trail, which is the cell behind a car (round the edge), of cars of pace 1 to
/// 5. Difficulty does not ramp.
struct freeway_rules {
  static constexpr std::string_view name = "freeway";
  static constexpr std::size_t channels = 7;
  static constexpr int lanes = 8;
  static constexpr int column = 4;  ///< of the chicken
  static constexpr int rest = 3;    ///< frames from one move of the chicken to the next
  static constexpr int last_frame = 2501;

  int chicken = side - 1;                 ///< its row
  int resting = rest;                     ///< frames until the chicken may move
  int frame = 0;                          ///< frames played
  std::array<freeway_car, lanes> cars{};  ///< the car of row i + 1 is cars[i]

  void start(iqnrl::generator& random) { change_cars(random); }

  verdict play(button pressed, iqnrl::generator& random) {
    verdict result;
    if (resting == 0 && (pressed == button::up || pressed == button::down)) {
      chicken = moved(chicken, pressed == button::up ? -1 : 1, 0, side - 1);
      resting = rest;
    }
    if (chicken == 0) {
      result.reward = 1;
      change_cars(random);
      chicken = side - 1;
    }
    for (int lane = 0; lane < lanes; ++lane) drive(lane);
    if (resting > 0) --resting;
    result.over = ++frame >= last_frame;
    return result;
  }

  void draw(picture<channels>& image) const {
    image.mark(0, {column, chicken});
    for (int lane = 0; lane < lanes; ++lane) {
      const freeway_car& car = cars[static_cast<std::size_t>(lane)];
      image.mark(1, {car.x, lane + 1});
      image.mark(1 + static_cast<std::size_t>(car.pace), {round(car.x - car.heading), lane + 1});
    }
  }

  template <class Visitor>
  void state(Visitor& v) {
    v("chicken", chicken);
    v("resting", resting);
    v("frame", frame);
    v("cars", std::span(cars));
  }

 private:
  [[nodiscard]] static int round(int x) { return (x + side) % side; }

  void change_cars(iqnrl::generator& random) {
    for (freeway_car& car : cars) {
      car.pace = 1 + static_cast<int>(random.below(5));
      car.heading = random_heading(random);
      car.wait = car.pace;
    }
  }

  void drive(int lane) {
    freeway_car& car = cars[static_cast<std::size_t>(lane)];
    hit(car, lane);
    if (car.wait > 0) {
      --car.wait;
      return;
    }
    car.wait = car.pace;
    car.x = round(car.x + car.heading);
    hit(car, lane);
  }

  void hit(const freeway_car& car, int lane) {
    if (car.x == column && chicken == lane + 1) chicken = side - 1;
  }
};

/// MinAtar's Freeway as a world.
using freeway = game<freeway_rules>;
static_assert(iqnrl::check_world<freeway>());

}  // namespace example::minatar
