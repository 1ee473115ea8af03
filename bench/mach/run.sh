#!/bin/sh
# Mach IPC in one process, and by way of machd.  Argument: the build directory.
set -eu

ninja -C "$1" bench/mach/bench_mach bench/mach/bench_machd machd >&2
"$1/bench/mach/bench_mach"
# Wake-ups across processors cost most of a round trip on some machines.
taskset -c 0 "$1/machd" --run --no-bootstrap "$1/bench/mach/bench_machd"
