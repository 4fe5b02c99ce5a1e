#!/usr/bin/env python3
"""Updates and actions of bench_update's cases in PyTorch, for bench_update to time beside its own.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    bench_update --peer "/tmp/venv/bin/python bench/peers/update.py"    # more: --modes eager,foreach

The modes:

    eager          operation by operation
    foreach        the same with the optimizer's loops over parameters in one call
    fused          the same with the optimizer as one operation
    channels_last  as foreach, images place by place
    compile        torch.compile of the loss, from the replay to the number, and of acting; one fused or compiled optimizer
    script         the networks traced and the loss scripted by TorchScript, optimizer as in fused or foreach
    bfloat16       channels_last under autocast

compile writes C++ and compiles it: it needs g++ and Python.h, for Debian's python3 `apt install g++ python3-dev`, while a
Python of pyenv or uv brings its own, and takes up to minutes to start, less where /tmp/torchinductor_$USER has its code.

Every mode starts from the same numbers, and before it is timed its first loss and gradient and the values of an action are
compared with eager's: one that cannot do a case, or computes something else, is left out, and why is said.

Speaks with its caller: prints `missing NAME WHY` of each mode that is left out, then `modes NAME...` of the others, and
answers each line `MODE WORK SECONDS`, where WORK is `update` or the number of states of an action, by the milliseconds of a
call, `MODE loss COUNT` by the loss of the last of so many updates, and `memory` by the MiB that its peak has grown by since
PyTorch was loaded. Everything else goes to stderr.
"""
import argparse
import contextlib
import ctypes
import gc
import math
import os
import sys
import time
import warnings

parser = argparse.ArgumentParser(description="Times updates and actions in PyTorch.")
parser.add_argument("--case", required=True)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--modes", default="eager,foreach,fused,channels_last,compile,script", help="of these and bfloat16")
parser.add_argument("--less", action="store_true",
                    help="leaves out what iqnrl does and published code does not: the value where an action is chosen, and "
                         "the second time that btr computes the features of the observation acted on")  # fmt: skip
a = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(a.threads)

import torch  # noqa: E402  (behind the number of threads)
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.nn.utils.parametrizations import _SpectralNorm as SpectralNorm  # noqa: E402
from torch.nn.utils.parametrizations import spectral_norm  # noqa: E402

warnings.filterwarnings("ignore", "`torch.jit", FutureWarning)  # that TorchScript is old is known

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


def quantile_huber(z, tau, y, kappa: float = 1.0):
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
    huber = staticmethod(quantile_huber)

    def draw(self, rows, count):
        return torch.rand(rows, count)

    def target(self, online, target, own, after, action, reward, alive):
        z = target(after, self.draw(self.batch, self.fractions))
        best = z.mean(1).argmax(1)
        return reward[:, None] + self.discount * alive[:, None] * z[torch.arange(self.batch), :, best]

    def loss(self, z, tau, y):
        return self.huber(z, tau, y).mean()

    def before(self, online, target):
        pass


class RacingCase(Case):
    network, fractions, actions, discount, clip = staticmethod(racing), 8, 12, 0.997, 30.0
    observations, optimizer, rate, epsilon = drive(), torch.optim.RAdam, 1e-3, 1e-4

    def __init__(self):
        self.mean = self.spread = torch.tensor(0.01)

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
            own = self.huber(y, self.tau, y, 0.005).sqrt()
            self.mean = 0.99 * self.mean + 0.01 * own.mean()
            clamped = own.clamp(min=self.mean / 4)
            self.spread = 0.99 * self.spread + 0.01 * clamped.mean()
        return (self.huber(z, tau, y, 0.005) * self.spread / clamped).sum()


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


class Traced:
    """A network's methods in TorchScript, traced for every shape, as a trace may hold the one that it saw."""

    class Part(nn.Module):
        def __init__(self, net, name):
            super().__init__()
            self.net, self.name = net, name

        def forward(self, *inputs):
            return getattr(self.net, self.name)(*inputs)

    def __init__(self, net):
        self.net, self.made = net, {}

    def call(self, name, *inputs):
        shapes = tuple(x.shape for part in inputs for x in (part if isinstance(part, tuple) else (part,)))
        key = name, shapes, torch.is_grad_enabled()
        if key not in self.made:
            buffers = [buffer.clone() for buffer in self.net.buffers()]
            self.made[key] = torch.jit.trace(self.Part(self.net, name), inputs, check_trace=False)
            for _ in range(3):  # in which TorchScript looks at what it runs, and optimises it
                self.made[key](*inputs)
            for buffer, before in zip(self.net.buffers(), buffers):
                buffer.copy_(before)  # estimates of spectral norms, which every call betters
        return self.made[key](*inputs)

    def __call__(self, seen, tau):
        return self.call("forward", seen, tau)

    def features(self, *seen):
        return self.call("features", *seen)

    def quantiles(self, psi, tau):
        return self.call("quantiles", psi, tau)

    def ranks(self, seen, tau):
        return self.call("ranks", seen, tau)


class Contestant:
    """A case in one of PyTorch's modes."""

    CAPACITY = 1024

    def __init__(self, mode):
        torch.manual_seed(1)
        self.case = case = CASES[a.case]()
        self.shares = a.less and isinstance(case, BtrCase)
        online, target = case.network(), case.network()
        target.load_state_dict(online.state_dict())
        draw, self.read = case.observations
        self.seen, self.after = draw(self.CAPACITY), draw(self.CAPACITY)
        self.action = torch.randint(case.actions, (self.CAPACITY,))
        self.reward = torch.rand(self.CAPACITY) * 2 - 1
        self.alive = (torch.rand(self.CAPACITY) > 0.05).float()
        images = any(part.dim() == 4 for part in self.seen)
        if mode == "channels_last" and not images:
            raise ValueError("there is no image")
        self.last = images and mode in ("channels_last", "bfloat16", "compile")
        self.numbers = torch.autocast("cpu", torch.bfloat16) if mode == "bfloat16" else contextlib.nullcontext()
        if self.last:
            online, target = (net.to(memory_format=torch.channels_last) for net in (online, target))
        self.parameters = list(online.parameters())
        fused = mode in ("fused", "compile", "script") and case.optimizer is torch.optim.Adam
        if mode == "fused" and not fused:
            raise ValueError(f"{case.optimizer.__name__} has no such form")
        loops = {"fused": True} if fused else {"foreach": mode not in ("eager", "fused")}
        self.optimizer = case.optimizer(self.parameters, lr=case.rate, eps=case.epsilon, **loops)
        self.modules = online, target
        self.online, self.target = online, target
        self.step = self.optimizer.step
        if mode == "script":
            power = SpectralNorm._power_method  # a trace does not know that nothing in it has a gradient
            for norm in (m for net in self.modules for m in net.modules() if isinstance(m, SpectralNorm)):
                norm._power_method = lambda weight, count, norm=norm: power(norm, weight.detach(), count)
            self.online, self.target = Traced(online), Traced(target)
            case.huber = torch.jit.script(quantile_huber)
        if mode == "compile":
            whole = {"dynamic": False, "fullgraph": True}  # an error where a part would run as in eager
            self.loss, self.choice = torch.compile(self.loss, **whole), torch.compile(self.choice, **whole)
            if not fused:
                self.step = torch.compile(self.step)

    def input(self, parts, rows):
        seen = self.read(tuple(part[rows] for part in parts))
        return tuple(x.contiguous(memory_format=torch.channels_last) if self.last and x.dim() == 4 else x for x in seen)

    def loss(self, rows):
        """That of an update on these rows of the replay."""
        case = self.case
        seen, after, action = self.input(self.seen, rows), self.input(self.after, rows), self.action[rows]
        with self.numbers:
            psi = self.online.features(*seen) if self.shares else None

        def own(tau):
            return self.online(seen, tau) if psi is None else self.online.quantiles(psi, tau)

        with self.numbers, torch.no_grad():  # apart, for autocast keeps rounded weights, here without a gradient
            y = case.target(self.online, self.target, own, after, action, self.reward[rows], self.alive[rows])
        with self.numbers:
            tau = case.draw(case.batch, case.fractions)
            z = own(tau)[torch.arange(case.batch), :, action]
            return case.loss(z.float(), tau, y.float())

    def update(self):
        rows = torch.randint(self.CAPACITY, (self.case.batch,))
        self.case.before(*self.modules)
        loss = self.loss(rows)
        self.optimizer.zero_grad()
        loss.backward()
        if self.case.clip < math.inf:
            nn.utils.clip_grad_norm_(self.parameters, self.case.clip)
        self.step()
        return loss

    def choice(self, states):
        """Highest values of the first states, and their actions."""
        with self.numbers:
            seen = self.input(self.seen, slice(0, states))
            by = self.online.ranks if a.less else self.online
            return by(seen, self.case.draw(states, self.case.act)).mean(1).max(1)

    def act(self, states):
        with torch.inference_mode():
            return self.choice(states)

    def first(self):
        """The loss of the first update, the values of an action, and the gradient, by which modes are compared."""
        torch.manual_seed(2)
        value = self.act(8).values
        loss = self.update().detach()
        return loss, value, torch.cat([p.grad.flatten() for p in self.parameters])


def milliseconds(work, seconds):
    """Of a call, over as many as take about so long."""
    begin, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - begin < seconds:
        work()
        calls += 1
    return 1e3 * (time.perf_counter() - begin) / calls


def build(mode, truth):
    """A contestant, and what it computes first; raises where that is not `truth`, which eager computes."""
    contestant = Contestant(mode)
    first = contestant.first()
    apart = [float((x - y).norm() / y.norm()) for x, y in zip(first, truth or first)]
    allowed = 0.1 if mode == "bfloat16" else 1e-3
    if not max(apart) <= allowed:
        loss, value, gradient = apart
        raise ValueError(f"it is not eager's by {loss:.2g} of the loss, {value:.2g} of the values and {gradient:.2g} of the "
                         f"gradient, where {allowed} is allowed")  # fmt: skip
    contestant.update()
    contestant.act(1)
    return contestant, first


def reason(error):
    lines = str(error).splitlines() or [type(error).__name__]
    told = [line for line in lines if line.startswith("RuntimeError: ")]  # TorchScript's comes last
    return (told or lines)[0][:200]


def main():
    reply = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    libc = ctypes.CDLL(None)
    libc.mallopt(-4, 0)  # M_MMAP_MAX and M_TRIM_THRESHOLD: memory that was had once is kept, which is faster
    libc.mallopt(-1, 2**31 - 1)
    empty = peak_bytes()
    modes = a.modes.split(",")
    if "compile" in modes:
        torch._inductor.config.fallback_random = True  # the numbers that eager draws
    contestants = {}
    eager, truth = build("eager", None)
    for name in modes:
        try:
            contestants[name] = eager if name == "eager" else build(name, truth)[0]
        except Exception as error:  # a mode that this PyTorch, machine or case lacks
            print("missing", name, reason(error), file=reply, flush=True)
    del eager, truth
    gc.collect()
    libc.malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # forgets the peak, which the comparison has a part in
    print("modes", *contestants, file=reply, flush=True)
    for line in sys.stdin:
        if line.strip() == "memory":
            print((peak_bytes() - empty) / 2**20, file=reply, flush=True)
            continue
        mode, work, number = line.split()
        contestant = contestants[mode]
        if work == "loss":
            torch.manual_seed(3)
            print([contestant.update().item() for _ in range(int(number))][-1], file=reply, flush=True)
            continue
        call = contestant.update if work == "update" else lambda: contestant.act(int(work))
        print(milliseconds(call, float(number)), file=reply, flush=True)


if __name__ == "__main__":
    main()
