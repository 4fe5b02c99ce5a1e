#!/usr/bin/env bash
# Counts the instructions of one update on the native backend, compiled for AVX2: `bench/instructions.sh [case…]`.
# A figure that does not depend on what else the machine does; needs valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v valgrind > /dev/null || { echo "bench/instructions.sh needs valgrind; write: sudo apt install valgrind" >&2; exit 1; }

build=build/bench_avx2
cmake --preset bench -B "$build" -DIQNRL_NATIVE=OFF -DCMAKE_CXX_FLAGS="-mavx2 -mfma -fno-math-errno" > /dev/null
cmake --build "$build" --target bench_instructions > /dev/null

count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$build/bench/bench_instructions" --case "$1" --updates "$2" 2>&1 |
    sed -n 's/.*Collected : //p'
}
[[ $# -gt 0 ]] || set -- cartpole64 cartpole_small
for name in "$@"; do
  echo "$name: $((($(count "$name" 12) - $(count "$name" 2)) / 10)) instructions an update"
done
