#!/bin/sh
# make run: measures this kernel, prints and writes the porting map of
# guix-daemon, and shows what two builds can do to each other.  Argument: the
# build directory.
set -eu

isthmus=$1/isthmus
mkdir -p out
"$isthmus" probe --output out/probe.json
"$isthmus" probe --format kv --output out/probe.kv

# Elsewhere FreeBSD's side of the map is what a FreeBSD kernel answered.
other=
if [ "$(uname -s)" != FreeBSD ]; then
	for saved in docs/results/freebsd-*-root.json; do
		[ -f "$saved" ] && other="--other $saved"
	done
fi
# shellcheck disable=SC2086
map() {
	"$isthmus" map --consumer guix-daemon --probe out/probe.json $other "$@"
}
map
map --output out/porting-map.html
echo
echo "The same as a page:      $(pwd)/out/porting-map.html"
echo "What was measured:       $(pwd)/out/probe.json (and probe.kv)"

echo
echo "Two builds at the same time, and what the system said to each:"
status=0
"$isthmus" build --verify-isolation --state out/state || status=$?
if [ "$status" = 3 ]; then
	echo "This host does not let this caller isolate builds: see above."
elif [ "$status" != 0 ]; then
	exit "$status"
fi

echo
echo "Mach IPC between two tasks of one process:"
"$isthmus" mach demo
