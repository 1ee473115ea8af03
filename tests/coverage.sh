#!/bin/sh
# make coverage: how much of mach/core its own tests reach.  Builds with gcc's
# counters into out/coverage, runs tests/mach and the simulator there, and
# prints lines and branches; fails under the goals.
set -eu

lines=95
branches=90

sh dist/deps.sh build test coverage
[ -f out/coverage/build.ninja ] || meson setup out/coverage \
    -Db_coverage=true -Dwerror=false -Dbuildtype=debug
ninja -C out/coverage
find out/coverage -name '*.gcda' -delete
grep '^mach/' out/coverage/tests/programs >out/coverage/programs
root=$(pwd)
work=$root/out/coverage/work
while read -r program; do
	path=$root/out/coverage/tests/$program
	"$path" -l | sed -n 's/^ident: //p' | while read -r name; do
		rm -rf "$work" && mkdir "$work"
		(cd "$work" && "$path" -r /dev/null "$name") \
		    >/dev/null 2>&1 </dev/null ||
		    echo "coverage: $program:$name does not pass" >&2
	done
done <out/coverage/programs
[ ! -x out/coverage/tests/sim/sim ] ||
    out/coverage/tests/sim/sim --seed 1 --steps 300000 >/dev/null
# What must never be reached (panics) and assertions are no branches to take.
gcovr --root . --filter 'mach/core/' \
    --exclude-unreachable-branches --exclude-throw-branches \
    --exclude-lines-by-pattern '.*(IPC_ASSERT|ipc_panic).*' \
    --exclude-branches-by-pattern '.*(IPC_ASSERT|ipc_mutex_assert).*' \
    --print-summary --fail-under-line "$lines" \
    --fail-under-branch "$branches" out/coverage
