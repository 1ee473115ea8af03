#!/bin/sh
# The build executor against bubblewrap, crun and Nix: one trivial build,
# a thousand of them, and the executor's memory.  As root.
# Argument: the build directory.
set -eu

here=$(dirname "$0")
isthmus=$(cd "$1" && pwd)/isthmus
if [ "$(uname -s)" != Linux ] || [ "$(id -u)" -ne 0 ]; then
	echo "bench/build: needs Linux and root" >&2
	exec sh "$here/output.sh" "$1"
fi
# On a disk, since the journal is flushed to it; BENCH_DIR to try another.
work=$(mktemp -d "${BENCH_DIR:-/var/tmp}/isthmus-bench.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir -p "$work/in" "$work/store" "$work/peer" "$work/root"
mkdir -m 700 "$work/state"
${CC:-cc} -O2 -o "$work/alternate" "$here/alternate.c"
${CC:-cc} -O2 -static -o "$work/in/builder" "$here/builder.c"
${CC:-cc} -O2 -static -o "$work/bare" "$here/bare.c"
# What is not there, start.sh leaves out.
${CC:-cc} -std=gnu17 -O2 -D_GNU_SOURCE -I"$here/../.." -static-pie \
    -o "$work/room" "$here/room.c" "$1/libisthmus.a" -ljansson -lmd || :
mkdir -p "$work/rooms/jobs"
export work isthmus here
# A pool of its own: another executor's builds would hold uids.
ours="$isthmus build --pool 35901-35932 --state $work/state"
export ours

sh "$here/start.sh"
sh "$here/throughput.sh"
sh "$here/memory.sh"
sh "$here/output.sh" "$1"
