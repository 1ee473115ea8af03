#!/bin/sh
# Precision and recall of the calls that a scan finds, against clang's syntax
# tree of the same sources (accuracy.c): util-linux, and tmux to see whether
# the figures hold on a tree that the lexer was not mended by.
# Argument: the build directory.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd)
. "$here/trees.sh"

# row TREE KIND VALUE: a cost, hence the calls that are wrong or missed.
row()
{
	printf '{"name": "scan, 1 - %s of calls in %s", ' "$2" "$1"
	printf '"peer": "clang syntax tree", %s, "goal": 0.01, ' "$3"
	printf '"runs": 1, "pinned": false}\n'
}

nothing()
{
	for kind in precision recall; do
		row "$1" $kind "\"ratio\": null, \"why\": \"$2\""
	done
}

llvm=$(ls -d /usr/lib/llvm-*/include/clang-c 2>/dev/null | sort -V | tail -1)
if [ -z "$llvm" ]; then
	nothing util-linux 'no libclang headers (libclang-14-dev)'
	exit 0
fi
llvm=${llvm%/include/clang-c}
cc -std=gnu17 -O2 -D_GNU_SOURCE -I"$root" -I"$llvm/include" \
    -o "$CACHE/accuracy" "$here/accuracy.c" "$build/libisthmus.a" \
    -L"$llvm/lib" -Wl,-rpath,"$llvm/lib" -lclang -ljansson -pthread

# configure_TREE: makes compile_commands.json in $CACHE/TREE-build, and what
# the sources include that is generated.
configure_util_linux()
{
	meson setup "$CACHE/util-linux-build" "$CACHE/util-linux" \
	    -Dbuild-python=disabled >&2 &&
	    ninja -C "$CACHE/util-linux-build" >&2
}

configure_tmux()
{
	mkdir -p "$CACHE/tmux-build"
	(
		cd "$CACHE/tmux"
		[ -x configure ] || sh autogen.sh
		./configure
		make clean
		rm -f "$CACHE/tmux.calls"
		RECORD=$CACHE/tmux.calls make CC="$here/record-cc"
	) >&2
	(
		echo '['
		sed '$s/,$//' "$CACHE/tmux.calls"
		echo ']'
	) >"$CACHE/tmux-build/compile_commands.json"
}

for tree in util-linux tmux; do
	if ! fetch_source $tree; then
		nothing $tree 'its source could not be fetched'
		continue
	fi
	if [ ! -e "$CACHE/$tree-build/.done" ]; then
		rm -rf "$CACHE/$tree-build"
		if ! "configure_$(echo $tree | tr - _)"; then
			nothing $tree 'it does not configure here'
			continue
		fi
		touch "$CACHE/$tree-build/.done"
	fi
	# shellcheck disable=SC2046
	set -- $("$CACHE/accuracy" "$CACHE/$tree-build" "$CACHE/$tree" \
	    "$CACHE/$tree.misses")
	echo "scan: $tree: precision $1, recall $2 of $3 calls of $4" \
	    "functions in $5 files; see $CACHE/$tree.misses" >&2
	row $tree precision "\"ratio\": $(awk "BEGIN { printf \"%.5f\", 1 - $1 }")"
	row $tree recall "\"ratio\": $(awk "BEGIN { printf \"%.5f\", 1 - $2 }")"
done
