#!/bin/sh
# Inside the guest, as root, in the stage's folder: mach.ko is loaded, every
# case of trap_test runs over each transport as root and as an ordinary user,
# and then nothing may be left.  The last line has the counts.
set -u

here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0 skipped=0
work=$(mktemp -d /tmp/mach.XXXXXX)
cp "$here/trap_test" "$work/trap_test"
chmod 755 "$work" "$work/trap_test"

verdict() {
	case $2 in
	passed*) passed=$((passed + 1)) ;;
	skipped*) skipped=$((skipped + 1)); echo "$1: $2" ;;
	*)
		failed=$((failed + 1))
		echo "$1: FAILED: $2"
		head -n 8 "$work/log" | sed 's/^/    /'
		;;
	esac
}

# run_case TRANSPORT USER CASE
run_case() {
	rm -rf "$work/d"
	mkdir -m 777 "$work/d"
	case $2 in
	root) set -- "$@" env ;;
	*) set -- "$@" su -m "$2" -c 'exec "$0" "$@"' ;;
	esac
	transport=$1 user=$2 name=$3
	shift 3
	(cd "$work/d" && ISTHMUS_MACH_TRANSPORT=$transport timeout 120 "$@" \
	    "$work/trap_test" -s "$work" -r "$work/d/result" "$name" \
	    >"$work/log" 2>&1 </dev/null)
	verdict "$transport $user $name" \
	    "$(cat "$work/d/result" 2>/dev/null || echo no result)"
}

check() {
	what=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		verdict "$what" passed
	else
		verdict "$what" "exit $?"
	fi
}

load() { kldload "$here/mach.ko"; }
unload() { kldunload mach; }
holders_gone() { [ "$(sysctl -n mach.stats.holders)" = 0 ]; }
no_memory() {
	vmstat -m | awk '$1 ~ /^mach/ && $2 != 0 { print; bad = 1 }
	    END { exit bad }'
}

check load load
sysctl mach.transport
cases=$("$work/trap_test" -s "$work" -l | sed -n 's/^ident: //p')
for transport in ${TRANSPORTS:-table class mux device}; do
	for user in root nobody; do
		for name in ${CASES:-$cases}; do
			run_case $transport $user "$name"
		done
	done
done
# Threads that ended are given back by the kernel a little later.
sleep 3
check 'no holder is left' holders_gone
vmstat -m | sed -n '/^mach/p'
check unload unload
check 'no memory is left' no_memory
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
