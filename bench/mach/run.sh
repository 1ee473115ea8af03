#!/bin/sh
# Mach IPC in one process.  Argument: the build directory.
set -eu

ninja -C "$1" bench/mach/bench_mach >&2
exec "$1/bench/mach/bench_mach"
