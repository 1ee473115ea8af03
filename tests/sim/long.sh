#!/bin/sh
# A long run of the simulator, written as docs/results/mach-sim.txt is: for
# instance 400 seeds of 2.5 million operations, a billion.
#
#	meson setup --buildtype=release -Db_ndebug=false out/sim
#	ninja -C out/sim tests/sim/sim
#	sh tests/sim/long.sh out/sim/tests/sim/sim 1001 400 2500000
#
# Prints what it is, the sum of the operations by kind, and a line a seed.
# A failure ends it; the simulator has shrunk it by then.
set -eu

sim=$1 first=$2 seeds=$3 steps=$4
work=$(mktemp -d "${TMPDIR:-/tmp}/isthmus-sim.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$sim" "$work/sim"
commit=$(git log -1 --format=%h)
git diff --quiet HEAD -- mach tests/sim || commit="$commit and changes"
begun=$(date -u '+%Y-%m-%d %H:%M')
failed=0
seed=$first
while [ "$seed" -lt $((first + seeds)) ]; do
	"$work/sim" --seed "$seed" --steps "$steps" --count \
	    >"$work/said.txt" 2>&1 || failed=1
	if [ "$failed" -ne 0 ]; then
		cat "$work/said.txt" >>"$work/seeds.txt"
		break
	fi
	sed -n '/^seed /p' "$work/said.txt" >>"$work/seeds.txt"
	sed '/^seed /d' "$work/said.txt" >>"$work/counts.txt"
	seed=$((seed + 1))
done

cat <<END
The simulator of mach/core against the reference model, a long run.

commit:   $commit
begun:    $begun UTC, ended $(date -u '+%Y-%m-%d %H:%M')
command:  sh tests/sim/long.sh $*
seeds:    $((seed - first)) from $first on
steps:    $(awk '/no difference/ { n += $3 } END { printf "%.0f", n }' "$work/seeds.txt")
failures: $([ "$failed" -eq 0 ] && echo none || echo "seed $seed, below")

Operations by kind; of these, with an error (the same in core and model):
END
[ ! -f "$work/counts.txt" ] || awk '{
	failed = $NF; done = $(NF - 1)
	NF -= 2
	n[$0] += done; f[$0] += failed
} END {
	for (what in n)
		printf "%-50s %12.0f %12.0f\n", what, n[what], f[what]
}' "$work/counts.txt" | LC_ALL=C sort
echo
cat "$work/seeds.txt"
[ "$failed" -eq 0 ]
