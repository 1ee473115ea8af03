#!/bin/sh
# The tests of Mach a third time over machd: with random delays in server and
# client (mach/os/user/shake.h), and beside clients that are killed while each
# case runs (rig_bystanders.c).  Each case must end as it does without that.
# Arguments: the build directory, and numbers that choose the delays
# (default: 1).  PROGRAMS makes it shorter: names without server_.
set -eu

build=$(cd "$1" && pwd)
shift
[ $# -ne 0 ] || set -- 1
work=$(mktemp -d "${TMPDIR:-/tmp}/isthmus-shaken.XXXXXX")
trap 'rm -rf "$work"' EXIT
ninja -C "$build" mach_shaken >"$work/build" || { cat "$work/build"; exit 1; }
cd "$build/tests/mach"

# How a case ends: its result without the reason, and why it is that.
result_of() {
	rm -rf "$work/case"
	mkdir "$work/case"
	status=0
	(cd "$work/case" && exec timeout 120 "$build/tests/mach/$1" \
	    -s "$build/tests/mach" -r "$work/result" "$2" \
	    </dev/null >"$work/log" 2>&1) || status=$?
	result=$(sed 's/:.*//' "$work/result" 2>/dev/null || true)
	rm -f "$work/result"
	# What a case says counts only when it ended well.
	case $result:$status in
	passed:0 | skipped:0) ;;
	*) result="${result:-no result} and status $status" ;;
	esac
}

same=0 other=0
for program in ${PROGRAMS:-$(ls -d shaken_*_test | sed 's/^shaken_//')}; do
	"./shaken_$program" -l | sed -n 's/^ident: //p' >"$work/cases"
	while read -r name; do
		result_of "server_$program" "$name"
		plain=$result
		for seed in "$@"; do
			export ISTHMUS_SHAKE="$seed"
			result_of "shaken_$program" "$name"
			unset ISTHMUS_SHAKE
			if [ "$result" = "$plain" ]; then
				same=$((same + 1))
				continue
			fi
			other=$((other + 1))
			echo "$program:$name, shaken by $seed: $result, not $plain"
			sed 's/^/    /' "$work/log" | grep -v WARNING | head -n 12
		done
	done <"$work/cases"
done
echo "shaken by $*: $same as without, $other otherwise"
[ "$other" -eq 0 ]
