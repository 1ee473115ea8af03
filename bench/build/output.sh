#!/bin/sh
# Collecting an output of 50,000 files and 1 GB: moved, and copied to fresh
# inodes as for fixed-output builds, against cp -a of the same tree.  The
# three take turns.  Argument: the build directory.
set -eu

build=$1
here=$(dirname "$0")
root=$(cd "$here/../.." && pwd)
runs=3
. "$here/lib.sh"
if ! cp --reflink=auto /dev/null /dev/null 2>/dev/null &&
    ! cp --help 2>/dev/null | grep -q reflink; then
	missing "output, moved" "cp -a --reflink=auto" 1.2 "no GNU cp"
	exit 0
fi
work=$(mktemp -d /var/tmp/isthmus-bench-output.XXXXXX)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap "exit 1" INT TERM
mkdir "$work/store" "$work/stage" "$work/peer"
${CC:-cc} -std=gnu17 -O2 -D_GNU_SOURCE -I"$root" -o "$work/output" \
    "$here/output.c" "$build/libisthmus.a" -ljansson -lmd
"$work/output" make "$work/tree"

# took COMMAND...: milliseconds, on a quiet disk.
took() {
	sync
	from=$(date +%s%N)
	"$@"
	echo $((($(date +%s%N) - from) / 1000000))
}

median() {
	sort -n "$1" | sed -n "$(((runs + 1) / 2))p"
}

clear() {
	chmod -R u+w "$work/store" "$work/stage" "$work/peer"
	rm -rf "$work/store/out" "$work/stage/out" "$work/peer/out"
}

i=0
while [ $i -lt $runs ]; do
	took cp -a --reflink=auto "$work/tree" "$work/peer/out" >>"$work/cp"
	mv "$work/peer/out" "$work/store/out"
	took "$work/output" fresh "$work/store" "$work/stage" out \
	    >>"$work/fresh"
	chmod -R u+w "$work/stage"
	rm -rf "$work/stage/out"
	took "$work/output" move "$work/store" "$work/stage" out >>"$work/move"
	clear
	i=$((i + 1))
done
peer="cp -a --reflink=auto"
cp=$(median "$work/cp")
move=$(median "$work/move")
fresh=$(median "$work/fresh")
row "output of 1 GB in 50,000 files, moved" "$peer" \
    "$(ratio "$move" "$cp")" 1.2 $runs false
row "output of 1 GB in 50,000 files, fresh inodes" "$peer" \
    "$(ratio "$fresh" "$cp")" 1.2 $runs false
echo "moved $move ms, fresh $fresh ms, cp $cp ms" >&2
