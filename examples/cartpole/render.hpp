// CartPole to look at: as text in a terminal and as a picture of a whole episode.
#pragma once

#include <cartpole/film_strip.hpp>
#include <cartpole/terminal.hpp>
#include <common/player.hpp>
