"""Breakout and Freeway of MinAtar with the rules of examples/minatar, for peers written in Python.

Pictures have ten channels of 10 x 10 bits, as example::minatar::arcade shows them. Random numbers are Python's own.
"""
import random

import numpy as np

SIDE = 10
CHANNELS = 10
ACTIONS = 6  # n, l, u, r, d, f
MOST_FRAMES = 10_000


class World:
    """Sticky actions, and the limit of frames, around a game's `start`, `play` and `draw`."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.last = 0

    def reset(self):
        self.frames = 0
        self.start()
        return self.see()

    def step(self, action):
        """What is seen, the reward, whether the episode is terminal, and whether it was cut off."""
        if self.random.random() >= 0.1:
            self.last = action
        reward, over = self.play(self.last)
        self.frames += 1
        return self.see(), reward, over, not over and self.frames >= MOST_FRAMES

    def see(self):
        picture = np.zeros((CHANNELS, SIDE, SIDE), np.uint8)
        self.draw(picture)
        return picture


class Breakout(World):
    """example::minatar::breakout_rules."""

    def start(self):
        self.paddle = 4
        self.dx = self.random.choice((-1, 1))
        self.x, self.y, self.dy = (0 if self.dx > 0 else SIDE - 1), 3, 1
        self.trail = (self.x, self.y)
        self.striking = False
        self.wall = np.zeros((SIDE, SIDE), bool)
        self.wall[1:4] = True

    def play(self, pressed):
        if pressed == 1:
            self.paddle = max(0, self.paddle - 1)
        if pressed == 3:
            self.paddle = min(SIDE - 1, self.paddle + 1)
        old_x, old_y = self.trail = (self.x, self.y)
        x, y = old_x + self.dx, old_y + self.dy
        if not 0 <= x < SIDE:
            x, self.dx = old_x, -self.dx
        reward, over = 0, False
        in_brick = y >= 0 and bool(self.wall[y, x])
        if y < 0:
            y, self.dy = 0, -self.dy
        elif in_brick:
            if not self.striking:
                self.wall[y, x] = False
                reward, y, self.dy = 1, old_y, -self.dy
        elif y == SIDE - 1:
            if not self.wall.any():
                self.wall[1:4] = True
            over = self.paddle not in (old_x, x)
            if not over:
                if self.paddle != old_x:
                    self.dx = -self.dx
                y, self.dy = old_y, -self.dy
        self.x, self.y, self.striking = x, y, in_brick
        return reward, over

    def draw(self, picture):
        picture[0, SIDE - 1, self.paddle] = 1
        picture[1, self.y, self.x] = 1
        picture[2, self.trail[1], self.trail[0]] = 1
        picture[3] = self.wall


class Freeway(World):
    """example::minatar::freeway_rules."""

    LANES, COLUMN, REST, LAST_FRAME = 8, 4, 3, 2501

    def start(self):
        self.chicken, self.resting, self.frame = SIDE - 1, self.REST, 0
        self.places = [0] * self.LANES
        self.change_cars()

    def change_cars(self):
        self.paces = [self.random.randint(1, 5) for _ in range(self.LANES)]
        self.headings = [self.random.choice((-1, 1)) for _ in range(self.LANES)]
        self.waits = list(self.paces)

    def play(self, pressed):
        reward = 0
        if self.resting == 0 and pressed in (2, 4):
            self.chicken = min(SIDE - 1, max(0, self.chicken + (-1 if pressed == 2 else 1)))
            self.resting = self.REST
        if self.chicken == 0:
            reward = 1
            self.change_cars()
            self.chicken = SIDE - 1
        for lane in range(self.LANES):
            self.hit(lane)
            if self.waits[lane] > 0:
                self.waits[lane] -= 1
                continue
            self.waits[lane] = self.paces[lane]
            self.places[lane] = (self.places[lane] + self.headings[lane]) % SIDE
            self.hit(lane)
        if self.resting > 0:
            self.resting -= 1
        self.frame += 1
        return reward, self.frame >= self.LAST_FRAME

    def hit(self, lane):
        if self.places[lane] == self.COLUMN and self.chicken == lane + 1:
            self.chicken = SIDE - 1

    def draw(self, picture):
        picture[0, self.chicken, self.COLUMN] = 1
        for lane in range(self.LANES):
            picture[1, lane + 1, self.places[lane]] = 1
            picture[1 + self.paces[lane], lane + 1, (self.places[lane] - self.headings[lane]) % SIDE] = 1


WORLDS = {"breakout": Breakout, "freeway": Freeway}
