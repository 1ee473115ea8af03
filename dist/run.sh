#!/bin/sh
# make run: measures this kernel, and prints and writes the porting map of
# guix-daemon.  Argument: the build directory.
set -eu

isthmus=$1/isthmus
mkdir -p out
"$isthmus" probe --output out/probe.json
"$isthmus" probe --format kv --output out/probe.kv
"$isthmus" map --consumer guix-daemon --probe out/probe.json
"$isthmus" map --consumer guix-daemon --probe out/probe.json \
    --output out/porting-map.html
echo
echo "The same as a page:      $(pwd)/out/porting-map.html"
echo "What was measured:       $(pwd)/out/probe.json (and probe.kv)"
