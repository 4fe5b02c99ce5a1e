#!/usr/bin/env python3
"""Whether peers of bench_update compute the same: the loss of each one's eighth update, from the same numbers drawn.

    bench/peers/same_loss.py "/tmp/venv/bin/python bench/peers/update.py" build/bench/bench/bench_update_libtorch

Fails where a loss of a case is not that of the first peer's first mode, to a thousandth, or a peer does not come up.
"""
import argparse
import subprocess
import sys

parser = argparse.ArgumentParser(description="Compares the losses of peers.")
parser.add_argument("peers", nargs="+", help="commands, as bench_update's --peer")
parser.add_argument("--cases", default="cartpole64,cartpole120,cartpole_small,minatar,trackmania512,btr32")
a = parser.parse_args()


def losses(command, case):
    """By mode."""
    with subprocess.Popen(f"exec {command} --case {case}", shell=True, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:  # fmt: skip
        found = {}
        line = child.stdout.readline()
        while line.startswith("missing"):
            print(f"{case:15} {line.strip()}", flush=True)
            line = child.stdout.readline()
        for mode in line.split()[1:]:
            print(mode, "loss 8", file=child.stdin, flush=True)
            found[mode] = float(child.stdout.readline())
        return found


wrong = 0
for case in a.cases.split(","):
    truth = None
    for command in a.peers:
        found = losses(command, case)
        wrong += not found
        for mode, loss in found.items():
            truth = truth or loss
            same = abs(loss - truth) <= 1e-3 * abs(truth)
            wrong += not same
            print(f"{case:15} {mode:24} {loss:.6f} {'' if same else 'differs'}", flush=True)
sys.exit(1 if wrong else 0)
