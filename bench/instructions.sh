#!/usr/bin/env bash
# Counts the instructions of one update on the native backend, compiled for AVX2 by g++ 12: `bench/instructions.sh
# [case…]`. A figure that does not depend on what else the machine does; fails where it is more than a hundredth above that
# in bench/instructions.txt, which is to be changed when a change is worth it. Needs valgrind.
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
worse=0
for name in "$@"; do
  found=$((($(count "$name" 12) - $(count "$name" 2)) / 10))
  known=$(sed -n "s/^$name //p" bench/instructions.txt)
  echo "$name: $found instructions an update, ${known:-none} in bench/instructions.txt"
  if [[ -n $known && $((100 * found)) -gt $((101 * known)) ]]; then
    worse=1
  fi
done
exit "$worse"
