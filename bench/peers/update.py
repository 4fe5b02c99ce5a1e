#!/usr/bin/env python3
"""Updates and actions of bench_update's cases in PyTorch, for bench_update to time beside its own.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    bench_update --peer "/tmp/venv/bin/python bench/peers/update.py"    # more: --modes eager,foreach

Speaks with its caller: prints `modes NAME...` when it is ready, then answers each line `MODE WORK SECONDS`, where WORK is
`update` or the number of states of an action, by the milliseconds of a call, and `memory` by the MiB that its peak has
grown by since PyTorch was loaded. Everything else goes to stderr.
"""
import argparse
import contextlib
import math
import os
import sys
import time

parser = argparse.ArgumentParser(description="Times updates and actions in PyTorch.")
parser.add_argument("--case", required=True)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--modes", default="eager,foreach,channels_last,compile",
                    help="of these, of which the last takes a minute to start, and bfloat16 (autocast, channels last)")
parser.add_argument("--less", action="store_true",
                    help="leaves out what iqnrl does and published code does not: the value where an action is chosen, and "
                         "the second time that btr computes the features of the observation acted on")  # fmt: skip
a = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(a.threads)

import torch  # noqa: E402  (behind the number of threads)
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.nn.utils.parametrizations import spectral_norm  # noqa: E402

torch.set_num_threads(a.threads)
torch.set_flush_denormal(True)
torch.manual_seed(1)


def peak_bytes():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


class Conditioned(nn.Module):
    """Features times an embedding of fractions."""

    def __init__(self, features, width, head, first=0, activation=F.relu):
        super().__init__()
        self.features, self.head, self.activation = features, head, activation
        self.embedding = nn.Linear(64, width)
        self.register_buffer("frequencies", math.pi * torch.arange(first, first + 64, dtype=torch.float32))

    def forward(self, seen, tau):
        """Quantiles [B, N, A] of observations at fractions [B, N]."""
        return self.quantiles(self.features(*seen), tau)

    def ranks(self, seen, tau):
        """The same where only the choice of an action matters."""
        head = self.head.advantage if a.less and isinstance(self.head, Dueling) else self.head
        return self.quantiles(self.features(*seen), tau, head)

    def quantiles(self, psi, tau, head=None):
        phi = self.activation(self.embedding(torch.cos(tau[..., None] * self.frequencies)))
        return (head or self.head)((psi[:, None] * phi).flatten(0, 1)).unflatten(0, tau.shape)


class Dueling(nn.Module):
    def __init__(self, linear, activation, width, hidden, actions):
        super().__init__()
        self.value = nn.Sequential(linear(width, hidden), activation(), linear(hidden, 1))
        self.advantage = nn.Sequential(linear(width, hidden), activation(), linear(hidden, actions))

    def forward(self, h):
        advantage = self.advantage(h)
        return self.value(h) + advantage - advantage.mean(1, keepdim=True)


class Noisy(nn.Module):
    """Factorised noise, drawn by `redraw`."""

    def __init__(self, inputs, outputs):
        super().__init__()
        plain = nn.Linear(inputs, outputs)
        self.weight, self.bias = plain.weight, plain.bias
        self.weight_scale = nn.Parameter(torch.full((outputs, inputs), 0.5 / math.sqrt(inputs)))
        self.bias_scale = nn.Parameter(torch.full((outputs,), 0.5 / math.sqrt(inputs)))
        self.register_buffer("into", torch.zeros(inputs))
        self.register_buffer("out", torch.zeros(outputs))

    def redraw(self):
        for noise in (self.into, self.out):
            drawn = torch.randn_like(noise)
            noise.copy_(drawn.sign() * drawn.abs().sqrt())

    def forward(self, x):
        weight = self.weight + self.weight_scale * torch.outer(self.out, self.into)
        return F.linear(x, weight, self.bias + self.bias_scale * self.out)


class Impala(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.residual = nn.ModuleList(), nn.ModuleList()
        channels = 4
        for width in (32, 64, 64):
            self.first.append(nn.Conv2d(channels, width, 3, padding=1))
            norm = lambda: spectral_norm(nn.Conv2d(width, width, 3, padding=1))  # noqa: E731
            self.residual.append(nn.ModuleList(nn.ModuleList((norm(), norm())) for _ in range(2)))
            channels = width

    def forward(self, x):
        for first, blocks in zip(self.first, self.residual):
            x = F.max_pool2d(first(x), 3, 2, 1)
            for one, two in blocks:
                x = x + two(F.relu(one(F.relu(x))))
        return F.adaptive_max_pool2d(F.relu(x), 6).flatten(1)


class Racing(nn.Module):
    def __init__(self):
        super().__init__()
        leaky = nn.LeakyReLU
        self.image = nn.Sequential(
            nn.Conv2d(1, 16, 4, 2), leaky(), nn.Conv2d(16, 32, 4, 2), leaky(), nn.Conv2d(32, 64, 3, 2), leaky(),
            nn.Conv2d(64, 32, 3), leaky(), nn.Flatten())  # fmt: skip
        self.floats = nn.Sequential(nn.Linear(264, 256), leaky(), nn.Linear(256, 256), leaky())

    def forward(self, image, floats):
        return torch.cat((self.image(image), self.floats(floats)), 1)


def mlp(one, two):
    features = nn.Sequential(nn.Linear(4, one), nn.ReLU(), nn.Linear(one, two), nn.ReLU())
    return Conditioned(features, two, nn.Sequential(nn.Linear(two, two), nn.ReLU(), nn.Linear(two, 2)))


def minatar():
    features = nn.Sequential(nn.Conv2d(4, 16, 3), nn.ReLU(), nn.Flatten())
    return Conditioned(features, 1024, nn.Sequential(nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 6)))


def racing():
    return Conditioned(Racing(), 768, Dueling(nn.Linear, nn.LeakyReLU, 768, 512, 12), 1, F.leaky_relu)


def beyond_the_rainbow():
    return Conditioned(Impala(), 2304, Dueling(Noisy, nn.ReLU, 2304, 512, 6))


def floats_of(count):
    return lambda rows: (torch.randn(rows, count),), lambda seen: seen


def bytes_of(*shape):
    return (lambda rows: (torch.randint(256, (rows, *shape), dtype=torch.uint8),)), lambda seen: (seen[0].float() / 255,)


def drive():
    draw = lambda rows: (torch.randint(256, (rows, 1, 64, 64), dtype=torch.uint8), torch.randn(rows, 264))  # noqa: E731
    return draw, lambda seen: ((seen[0].float() - 128) / 128, seen[1])


def quantile_huber(z, tau, y, kappa=1.0):
    """[B] from predictions and fractions [B, N] and targets [B, M]."""
    delta = y[:, None, :] - z[:, :, None]
    size = delta.abs()
    huber = torch.where(size <= kappa, 0.5 * delta**2 / kappa, size - 0.5 * kappa)
    return ((tau[:, :, None] - (delta.detach() < 0).float()).abs() * huber).mean(2).sum(1)


class Case:
    """The network, batch, fractions, discount and clip of an agent."""

    network, batch, fractions, act, actions, discount, clip = None, 64, 64, 32, 2, 0.99, math.inf
    observations = floats_of(4)
    optimizer, rate, epsilon = torch.optim.Adam, 5e-5, 0.01 / 32

    def draw(self, rows, count):
        return torch.rand(rows, count)

    def target(self, online, target, own, after, action, reward, alive):
        z = target(after, self.draw(self.batch, self.fractions))
        best = z.mean(1).argmax(1)
        return reward[:, None] + self.discount * alive[:, None] * z[torch.arange(self.batch), :, best]

    def loss(self, z, tau, y):
        return quantile_huber(z, tau, y).mean()

    def before(self, online, target):
        pass


class RacingCase(Case):
    network, fractions, actions, discount, clip = staticmethod(racing), 8, 12, 0.997, 30.0
    observations, optimizer, rate, epsilon = drive(), torch.optim.RAdam, 1e-3, 1e-4
    mean = spread = 0.01

    def draw(self, rows, count):
        half = (torch.arange(count // 2) + torch.rand(rows, count // 2)) / count
        return torch.cat((half, 1 - half), 1)

    def target(self, online, target, own, after, action, reward, alive):
        self.tau = self.draw(self.batch, self.fractions)
        z = target(after, self.tau)
        best = (online.ranks if a.less else online)(after, self.draw(self.batch, self.fractions)).mean(1).argmax(1)
        return reward[:, None] + self.discount * alive[:, None] * z[torch.arange(self.batch), :, best]

    def loss(self, z, tau, y):
        with torch.no_grad():
            own = quantile_huber(y, self.tau, y, 0.005).sqrt()
            self.mean = 0.99 * self.mean + 0.01 * own.mean()
            clamped = own.clamp(min=self.mean / 4)
            self.spread = 0.99 * self.spread + 0.01 * clamped.mean()
        return (quantile_huber(z, tau, y, 0.005) * self.spread / clamped).sum()


class BtrCase(Case):
    network, fractions, act, actions, discount, clip = staticmethod(beyond_the_rainbow), 8, 8, 6, 0.997**3, 10.0
    observations, rate = bytes_of(4, 84, 84), 1e-4

    def before(self, online, target):
        for module in (*online.modules(), *target.modules()):
            if isinstance(module, Noisy):
                module.redraw()

    def target(self, online, target, own, after, action, reward, alive):
        def soft(q):
            return F.log_softmax(q / 0.03, 1) * 0.03

        z = target(after, self.draw(self.batch, self.fractions))
        log_policy = soft(z.mean(1))
        value = ((log_policy / 0.03).exp()[:, None] * (z - log_policy[:, None])).sum(2)
        log_own = soft(own(self.draw(self.batch, self.fractions)).mean(1))
        bonus = 0.9 * log_own[torch.arange(self.batch), action].clamp(-1, 0)
        return (reward + bonus)[:, None] + self.discount * alive[:, None] * value


def case_of(base, **numbers):
    return type("", (base,), numbers)()


CASES = {
    "cartpole64": lambda: case_of(Case, network=staticmethod(lambda: mlp(64, 64))),
    "cartpole120": lambda: case_of(Case, network=staticmethod(lambda: mlp(120, 84))),
    "cartpole_small": lambda: case_of(Case, network=staticmethod(lambda: mlp(64, 64)), batch=32, fractions=8),
    "minatar": lambda: case_of(Case, network=staticmethod(minatar), batch=32, fractions=8, actions=6,
                               observations=bytes_of(4, 10, 10)),
    "trackmania512": lambda: case_of(RacingCase, batch=512),
    "trackmania4096": lambda: case_of(RacingCase, batch=4096),
    "btr32": lambda: case_of(BtrCase, batch=32, epsilon=0.005 / 32),
    "btr256": lambda: case_of(BtrCase, batch=256, epsilon=0.005 / 256),
}  # fmt: skip


class Contestant:
    """A case in one of PyTorch's modes."""

    CAPACITY = 1024

    def __init__(self, case, mode):
        self.case, self.mode, self.shares = case, mode, a.less and isinstance(case, BtrCase)
        if a.less and mode == "compile":
            raise ValueError("--less has no such mode, for its parts would not be compiled")
        online, target = case.network(), case.network()
        target.load_state_dict(online.state_dict())
        self.last = mode in ("channels_last", "bfloat16")
        self.numbers = torch.autocast("cpu", torch.bfloat16) if mode == "bfloat16" else contextlib.nullcontext()
        if self.last:
            online, target = (net.to(memory_format=torch.channels_last) for net in (online, target))
        self.parameters = list(online.parameters())
        self.optimizer = case.optimizer(self.parameters, lr=case.rate, eps=case.epsilon, foreach=mode == "foreach")
        self.modules = online, target
        if mode == "compile":
            online, target = torch.compile(online), torch.compile(target)
        self.online, self.target = online, target
        self.act_by = online.ranks if a.less else online
        draw, self.read = case.observations
        self.seen, self.after = draw(self.CAPACITY), draw(self.CAPACITY)
        self.action = torch.randint(case.actions, (self.CAPACITY,))
        self.reward = torch.rand(self.CAPACITY) * 2 - 1
        self.alive = (torch.rand(self.CAPACITY) > 0.05).float()

    def input(self, parts, rows):
        seen = self.read(tuple(part[rows] for part in parts))
        return tuple(x.contiguous(memory_format=torch.channels_last) if self.last and x.dim() == 4 else x for x in seen)

    def update(self):
        case = self.case
        rows = torch.randint(self.CAPACITY, (case.batch,))
        seen, after, action = self.input(self.seen, rows), self.input(self.after, rows), self.action[rows]
        case.before(*self.modules)
        with self.numbers:
            psi = self.modules[0].features(*seen) if self.shares else None

        def own(tau):
            return self.online(seen, tau) if psi is None else self.modules[0].quantiles(psi, tau)

        with self.numbers, torch.no_grad():  # apart, for autocast keeps rounded weights, here without a gradient
            y = case.target(self.online, self.target, own, after, action, self.reward[rows], self.alive[rows])
        with self.numbers:
            tau = case.draw(case.batch, case.fractions)
            z = own(tau)[torch.arange(case.batch), :, action]
            loss = case.loss(z.float(), tau, y.float())
        self.optimizer.zero_grad()
        loss.backward()
        if case.clip < math.inf:
            nn.utils.clip_grad_norm_(self.parameters, case.clip)
        self.optimizer.step()

    def act(self, states):
        with torch.inference_mode(), self.numbers:
            seen = self.input(self.seen, slice(0, states))
            return self.act_by(seen, self.case.draw(states, self.case.act)).mean(1).argmax(1)


def milliseconds(work, seconds):
    """Of a call, over as many as take about so long."""
    begin, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - begin < seconds:
        work()
        calls += 1
    return 1e3 * (time.perf_counter() - begin) / calls


def main():
    reply = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    empty = peak_bytes()
    case = CASES[a.case]()
    contestants = {}
    for name in a.modes.split(","):
        if name == "channels_last" and a.case.startswith("cartpole"):
            continue  # there is no image
        try:
            contestant = Contestant(case, name)
            contestant.update()
            contestant.act(1)
            contestants[name] = contestant
        except Exception as error:  # a mode that this PyTorch or machine lacks
            print(f"{a.case}: {name} is not possible: {str(error).splitlines()[0][:200]}", file=sys.stderr)
    print("modes", *contestants, file=reply, flush=True)
    for line in sys.stdin:
        if line.strip() == "memory":
            print((peak_bytes() - empty) / 2**20, file=reply, flush=True)
            continue
        mode, work, seconds = line.split()
        contestant = contestants[mode]
        call = contestant.update if work == "update" else lambda: contestant.act(int(work))
        print(milliseconds(call, float(seconds)), file=reply, flush=True)


if __name__ == "__main__":
    main()
