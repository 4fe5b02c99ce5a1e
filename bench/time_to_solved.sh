#!/usr/bin/env bash
# Seconds from the start of the CartPole example to its first evaluation at 500, on two threads, for seeds 1 to 20, and
# their median: `bench/time_to_solved.sh [option of the example…]`, with nothing else running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cmake --preset release > /dev/null
cmake --build --preset release --target cartpole > /dev/null

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for seed in $(seq 20); do
  begin=$EPOCHREALTIME
  steps=never
  coproc run { exec build/release/examples/cartpole --seed "$seed" --threads 2 --out "$out" "$@" 2>&1; }
  pid=$run_PID
  while read -r count line; do
    if [[ $line == *"return 500.0"* ]]; then
      steps=$count
      break
    fi
  done <&"${run[0]}"
  end=$EPOCHREALTIME
  kill "$pid" 2> /dev/null || true
  wait "$pid" 2> /dev/null || true
  awk -v seed="$seed" -v steps="$steps" -v begin="$begin" -v end="$end" \
    'BEGIN { printf "seed %2d: %6.2f s, at step %s\n", seed, end - begin, steps }'
done | tee "$out/times"
sort -k3 -n "$out/times" | awk '{ time[NR] = $3; missed += $NF == "never" }
  END { printf "median %.2f s (%.2f to %.2f); %d seeds never\n", (time[10] + time[11]) / 2, time[1], time[20], missed }'
