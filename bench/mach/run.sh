#!/bin/sh
# Mach IPC in one process.  Argument: the build directory.
set -eu

exec "$1/bench/mach/bench_mach"
