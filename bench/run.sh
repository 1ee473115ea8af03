#!/bin/sh
# make bench: runs every benchmark and writes out/bench.json, an array of
# {"name", "peer", "ratio", "goal", "runs", "pinned"}: a cost, ours over the
# peer's in the same run; lower is better.  Each bench prints such rows, one
# a line, and whatever else it says goes to its standard error output.
# Argument: the build directory.
set -eu

build=$1
mkdir -p out
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT

for bench in bench/*/run.sh; do
	echo "== $bench" >&2
	sh "$bench" "$build" >>"$rows"
done
{
	echo '['
	sed '$!s/$/,/; s/^/  /' "$rows"
	echo ']'
} >out/bench.json
cat out/bench.json
