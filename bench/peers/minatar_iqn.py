#!/usr/bin/env python3
"""The agent `iqn` of examples/minatar in PyTorch: the same network, starting values, rules and numbers.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python bench/peers/minatar_iqn.py --game breakout --seeds 5 --out build/bench

Writes minatar_learning_<game>_torch_iqn.csv, with the columns of bench_minatar_learning, and prints the interquartile
mean of the seeds beside that of iqnrl's iqn where its file lies in the same folder.
"""
import argparse
import csv
import math
import os
import time

import numpy as np
import torch
from torch import nn

from minatar_worlds import ACTIONS, CHANNELS, SIDE, WORLDS

EVALUATIONS = 10
FRACTIONS = 8  # N = N' = K
BATCH, CAPACITY, STARTS, STEPS_PER_UPDATE, SYNC = 32, 100_000, 1_000, 4, 250
RATE, ADAM_EPSILON, DISCOUNT = 1e-4, 0.01 / 32, 0.99


class Network(nn.Module):
    """16 3 x 3 convolutions, IQN's 64 cosines, a layer of 128; PyTorch starts layers as iqnrl does."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(CHANNELS, 16, 3), nn.ReLU(), nn.Flatten())
        features = 16 * (SIDE - 2) ** 2
        self.embed = nn.Sequential(nn.Linear(64, features), nn.ReLU())
        self.head = nn.Sequential(nn.Linear(features, 128), nn.ReLU(), nn.Linear(128, ACTIONS))
        self.register_buffer("frequencies", math.pi * torch.arange(64, dtype=torch.float32))

    def forward(self, pictures, tau):
        """Quantiles [B, N, A] of pictures [B, C, 10, 10] of bits at fractions [B, N]."""
        psi = self.encoder(pictures.float())
        phi = self.embed(torch.cos(tau[..., None] * self.frequencies))
        return self.head(psi[:, None] * phi)


class Replay:
    """The last steps of one world; a terminal step needs no next picture, one that was cut off keeps its own."""

    def __init__(self):
        shape = (CAPACITY, CHANNELS, SIDE, SIDE)
        self.seen, self.after = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        self.action, self.reward = np.zeros(CAPACITY, np.int64), np.zeros(CAPACITY, np.float32)
        self.terminal = np.zeros(CAPACITY, np.float32)
        self.count = 0

    def add(self, *step):
        i = self.count % CAPACITY
        self.seen[i], self.action[i], self.reward[i], self.after[i], self.terminal[i] = step
        self.count += 1

    def sample(self, rng):
        i = rng.integers(min(self.count, CAPACITY), size=BATCH)
        return [torch.from_numpy(x[i]) for x in (self.seen, self.action, self.reward, self.after, self.terminal)]


def update(online, target, adam, batch):
    seen, action, reward, after, terminal = batch
    with torch.no_grad():
        z = target(after, torch.rand(BATCH, FRACTIONS))
        best = z.mean(1).argmax(1)
        y = reward[:, None] + DISCOUNT * (1 - terminal[:, None]) * z[torch.arange(BATCH), :, best]
    tau = torch.rand(BATCH, FRACTIONS)
    taken = online(seen, tau)[torch.arange(BATCH), :, action]
    delta = y[:, None, :] - taken[:, :, None]
    huber = torch.where(delta.abs() <= 1, 0.5 * delta**2, delta.abs() - 0.5)
    loss = ((tau[:, :, None] - (delta.detach() < 0).float()).abs() * huber).mean(2).sum(1).mean()
    adam.zero_grad()
    loss.backward()
    adam.step()


@torch.no_grad()
def evaluate(online, game, episodes, seed):
    """Mean return of greedy episodes that are played side by side."""
    middles = (torch.arange(FRACTIONS) + 0.5) / FRACTIONS
    worlds = [WORLDS[game](1_000_003 * (seed + 1) + e) for e in range(episodes)]
    seen = {e: world.reset() for e, world in enumerate(worlds)}
    total = 0.0
    while seen:
        running = list(seen)
        pictures = torch.from_numpy(np.stack([seen[e] for e in running]))
        actions = online(pictures, middles.expand(len(running), -1)).mean(1).argmax(1).tolist()
        for e, action in zip(running, actions):
            seen[e], reward, over, cut = worlds[e].step(action)
            total += reward
            if over or cut:
                del seen[e]
    return total / episodes


def train(game, seed, steps, episodes):
    """Seconds, and the mean return at each evaluation."""
    begin = time.perf_counter()
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    online, target = Network(), Network()
    target.load_state_dict(online.state_dict())
    adam = torch.optim.Adam(online.parameters(), lr=RATE, eps=ADAM_EPSILON)
    replay, world = Replay(), WORLDS[game](seed)
    seen, updates, returns = world.reset(), 0, []
    for step in range(steps):
        epsilon = 1 - min(1.0, step / (1 + steps // 10)) * 0.99
        if rng.random() < epsilon:
            action = int(rng.integers(ACTIONS))
        else:
            with torch.no_grad():
                tau = torch.rand(1, FRACTIONS)
                action = int(online(torch.from_numpy(seen[None]), tau).mean(1).argmax(1))
        after, reward, over, cut = world.step(action)
        replay.add(seen, action, reward, after, over)
        seen = world.reset() if over or cut else after
        if (step + 1) % STEPS_PER_UPDATE == 0 and replay.count >= STARTS:
            update(online, target, adam, replay.sample(rng))
            updates += 1
            if updates % SYNC == 0:
                target.load_state_dict(online.state_dict())
        if (step + 1) % (steps // EVALUATIONS) == 0:
            returns.append(evaluate(online, game, episodes, seed * 100 + len(returns)))
    return [time.perf_counter() - begin] + returns


def interquartile_mean(values):
    ordered = sorted(values)
    cut = len(ordered) // 4
    kept = ordered[cut : len(ordered) - cut]
    return sum(kept) / len(kept)


def rows_of(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return [[float(x) for x in row] for row in list(csv.reader(file))[1:]]


def main():
    parser = argparse.ArgumentParser(description="Trains the IQN of examples/minatar in PyTorch.")
    parser.add_argument("--game", choices=sorted(WORLDS), default="breakout")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--episodes", type=int, default=20, help="greedy episodes an evaluation")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", default="build/bench", help="folder of the CSV file; seeds that it has are left out")
    a = parser.parse_args()
    if a.steps < EVALUATIONS or a.steps % EVALUATIONS or min(a.seeds, a.episodes, a.threads) < 1:
        parser.error(f"give a multiple of {EVALUATIONS} as --steps, and 1 or more of everything else")
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    os.makedirs(a.out, exist_ok=True)
    path = os.path.join(a.out, f"minatar_learning_{a.game}_torch_iqn.csv")
    columns = ["seed", "seconds"] + [f"return_at_{i * (a.steps // EVALUATIONS)}" for i in range(1, EVALUATIONS + 1)]
    if os.path.exists(path):
        with open(path, newline="") as file:
            if next(csv.reader(file), None) != columns:
                parser.error(f"{path} has other columns; give another --out")
    else:
        with open(path, "w", newline="") as file:
            csv.writer(file).writerow(columns)
    wanted = range(a.first_seed, a.first_seed + a.seeds)
    done = {int(row[0]) for row in rows_of(path)}
    for seed in (s for s in wanted if s not in done):
        numbers = train(a.game, seed, a.steps, a.episodes)
        with open(path, "a", newline="") as file:
            csv.writer(file).writerow([seed] + numbers)
        print(f"{a.game} seed {seed}: {numbers[-1]:.1f} after {a.steps} steps, {numbers[0]:.0f} s", flush=True)
    for name in ("torch_iqn", "iqn"):
        file = os.path.join(a.out, f"minatar_learning_{a.game}_{name}.csv")
        last = [row[-1] for row in rows_of(file) if int(row[0]) in wanted]
        if last:
            print(f"{name}: interquartile mean {interquartile_mean(last):.2f} of {len(last)} seeds")


if __name__ == "__main__":
    main()
