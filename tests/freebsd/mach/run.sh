#!/bin/sh
# Inside the guest, as root, in the stage's folder: mach.ko is loaded; every
# case of kernel_trap_test runs over each transport as root and as an ordinary
# user, those of tests/mach over each as root; it is loaded and unloaded under
# load; and then nothing may be left.  The last line has the counts.
# TRANSPORTS, USERS, PROGRAMS, LOADS and STRESS_SECONDS make it shorter, the
# last one also longer: stress.sh.
set -u

here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0 skipped=0
work=$(mktemp -d /tmp/mach.XXXXXX)
cp "$here"/kernel_* "$work/"
chmod 755 "$work" "$work"/*
transports=${TRANSPORTS:-table class mux device}

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

# run_case TRANSPORT USER PROGRAM CASE
run_case() {
	transport=$1 user=$2 program=$3 name=$4
	rm -rf "$work/d"
	mkdir -m 777 "$work/d"
	case $user in
	root) set -- env ;;
	*) set -- su -m "$user" -c 'exec "$0" "$@"' ;;
	esac
	(cd "$work/d" && ISTHMUS_MACH_TRANSPORT=$transport timeout ${CASE_TIME:-300} "$@" \
	    "$work/$program" -s "$work" -r "$work/d/result" "$name" \
	    >"$work/log" 2>&1 </dev/null)
	code=$?
	verdict "$transport $user $program:$name" \
	    "$(cat "$work/d/result" 2>/dev/null || echo "exit $code")"
}

run_program() {
	"$work/$3" -s "$work" -l | sed -n 's/^ident: //p' >"$work/cases"
	while read -r name; do
		run_case "$1" "$2" "$3" "$name"
	done <"$work/cases"
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

# What every native call does, by 1,400 lines of `isthmus probe`, is what it does
# without the module.
probed() {
	for i in 1 2 3; do
		"$here/isthmus-survey" probe --format kv 2>/dev/null |
		    sed 's/=unreliable$/=ok/' >"$work/$1.kv"
		# Late, too: none of its calls waits for long.
		grep -q '=hung$' "$work/$1.kv" || return 0
	done
}
native() {
	# A probe that waits is late now and then on a busy machine, so that what
	# it asks about is "unreliable".
	for n in 1 2 3; do
		probed with
		[ "$(wc -l <"$work/with.kv")" -gt 1000 ] || return 1
		diff "$work/without.kv" "$work/with.kv" && return 0
	done
	return 2
}

load() { kldload "$here/mach.ko"; }
unload() { kldunload mach; }

# Processes that make traps all the time, while the module comes and goes.
load_unload() {
	ISTHMUS_MACH_TRANSPORT=table "$work/kernel_load" 4 &
	pid=$!
	i=0
	while [ $i -lt "${LOADS:-100}" ]; do
		load || return 1
		sleep 0.1
		until unload 2>/dev/null; do
			sleep 0.05
		done
		i=$((i + 1))
	done
	# One of them would have ended it (load.c, faulting()).
	kill -9 $pid || return 2
	wait $pid 2>/dev/null
	return 0
}

# Faults of who has no handler are the signals that they are without a module.
signals() {
	mkdir -p "$work/signals"
	(cd "$work/signals" && "$work/kernel_signals") >"$work/signals.$1" 2>&1
	[ "$1" = without ] ||
	    diff "$work/signals.without" "$work/signals.$1"
}

# A task that holds a port keeps the module, and works on.
refused() {
	"$work/kernel_load" hold &
	pid=$!
	sleep 1
	unload && return 1
	dmesg | tail -n 5 | grep 'tasks hold ports' || return 2
	kill -9 $pid
	wait $pid 2>/dev/null
	return 0
}

# As does a descriptor of a port, in a process that has nothing else of it.
followed() {
	"$work/kernel_load" follow >"$work/pid" || return 1
	sleep 1
	unload && return 2
	dmesg | tail -n 5 | grep 'followed by descriptors' || return 3
	kill -9 "$(cat "$work/pid")"
	sleep 1
	[ "$(sysctl -n mach.stats.holders)" = 0 ]
}

# What a jail's host held goes with the module, and a jail by its descriptor.
owned() {
	"$work/kernel_load" own || return 1
	jls -j own name || return 2
	unload || return 3
	! jls -j own name || return 4
	load
}

# Allocations that fail now and then (fail(9)): errors, and nothing lost.
failing_memory() {
	sysctl debug.fail_point.mach_alloc='5%return' || return 1
	for name in test:garbage memory_test:memory test:two_hundred_forks \
	    share_test:more_is_not_allowed_than_there_was \
	    share_test:entries_have_limits; do
		ISTHMUS_MACH_TRANSPORT=table timeout 30 \
		    "$work/kernel_trap_${name%%:*}" -r /dev/null "${name#*:}" \
		    </dev/null
	done
	sysctl debug.fail_point.mach_alloc=off
}

# A jail has no Mach unless it is allowed: as if there were no such call.
allowed() {
	jail -c path=/ allow.mach exec.clean=false \
	    command="$work/kernel_trap_test" -r "$work/result" own_port
	grep passed "$work/result"
}
jailed() {
	ISTHMUS_MACH_TRANSPORT=table jail -c path=/ exec.clean=false \
	    command="$work/kernel_load" hold 2>&1 |
	    grep 'Function not implemented'
}

# ktrace(1) tells the trap, and by what name we know it.
traced() {
	for transport in table class mux; do
		ktrace -t cn -f "$work/ktrace" env ISTHMUS_MACH_TRANSPORT=$transport \
		    "$work/kernel_trap_test" -r /dev/null own_port || return 1
		kdump -f "$work/ktrace" | grep -c 'NAMI  "mach:mach_msg_trap"' ||
		    return 2
		[ $transport = mux ] && continue
		kdump -f "$work/ktrace" | grep -c 'CALL  \[-31\]' || return 3
		kdump -f "$work/ktrace" | grep -c 'RET   \[-31\]' || return 4
	done
}

# What dtrace(1) would see.
probed_by_others() {
	kldload "$here/mach_probed.ko" || return 1
	"$work/kernel_probed"
	code=$?
	kldunload mach_probed || return 2
	return $code
}

# What the module found when it tried, and what the command makes of it.
audited() {
	"$here/isthmus-survey" mach audit || return 1
	"$here/isthmus-survey" mach audit |
	    grep -c 'kqueue filters, unclaimed: -12' || return 2
	"$here/isthmus-survey" mach audit --format json |
	    grep -c '"dynamic": "210 211 212 213 214 215 216 217 218 219"'
}

# Beside the others: mux finds no number left, which is no failed load.
slots() {
	unload || return 1
	kenv mach.transports=table,slots,mux
	load || return 2
	dmesg | tail -n 5 | grep 'mach: transport mux: error 23'
}

no_slots() {
	unload || return 1
	kenv -u mach.transports
	load || return 2
	[ "$(sysctl -n mach.syscall.mach_msg_trap)" = -1 ]
}

# No transport can be had: as if it had never been tried, while threads end and
# take signals.
load_fails() {
	"$work/kernel_signals" >/dev/null 2>&1 &
	kenv mach.transports=nothing || return 1
	for i in 1 2 3 4 5; do
		load 2>/dev/null && return 2
	done
	kenv -u mach.transports
	wait
	! sysctl -n mach.transports 2>/dev/null
}

# What traps cost beside this kernel's own calls; WITNESS costs more.
measured() {
	"$work/kernel_bench" 200000 native "$here/mach.ko" || return 3
	load || return 1
	for pinned in '' pinned; do
		echo "== kernel_bench, ${pinned:-two processors}"
		"$work/kernel_bench" 20000 $pinned || return 2
	done
	unload
}

# Nobody calls the module when it is gone: not for jails either, of which one
# that came later is told, too.
later() {
	load || return 1
	kldload -n mqueuefs || return 2
	unload || return 3
	jail -c path=/ command=/bin/echo jailed
}

no_reversal() {
	! dmesg | grep -A 8 'lock order reversal' | grep mach
}

holders_gone() { [ "$(sysctl -n mach.stats.holders)" = 0 ]; }
no_memory() {
	vmstat -m | awk '$1 ~ /^mach/ && $2 != 0 { print; bad = 1 }
	    END { exit bad }'
}

uname -v
probed without
signals without
check load load
check 'signals with the module' signals with
sysctl mach.transport
for transport in $transports; do
	for user in ${USERS-root nobody}; do
		for program in "$work"/kernel_trap_*_test "$work/kernel_trap_test"; do
			run_program "$transport" "$user" "$(basename "$program")"
		done
	done
done
for program in ${PROGRAMS-$(cd "$work" && ls -d kernel_*_test)}; do
	case $program in
	kernel_trap_* | kernel_slots_test | kernel_wait_test) continue ;;
	esac
	for transport in $transports; do
		# The library has one name for both ways into the table.
		[ "$transport" = class ] || run_program "$transport" root "$program"
	done
done
check 'signals beside exceptions' signals beside
check 'failing memory' failing_memory
check 'ktrace tells traps' traced
check 'probes fire' probed_by_others
check 'native calls are as without it' native
check 'the kernel is audited' audited
check 'kqueue gets a filter' sysctl mach.evfilt=-12
for user in ${USERS-root nobody}; do
	run_program table "$user" kernel_wait_test
done
check 'kqueue has none again' sysctl mach.evfilt=0
sleep 3
check 'the ten slots' slots
for user in ${USERS-root nobody}; do
	run_program table "$user" kernel_slots_test
done
sleep 3
check 'no slots' no_slots
check 'a jail has no Mach' jailed
check 'a jail may have Mach' allowed
# Threads that ended are given back by the kernel a little later.
sleep 3
check 'no holder is left' holders_gone
vmstat -m | sed -n '/^mach/p'
check 'a holder keeps the module' refused
check 'a descriptor keeps the module' followed
# Jails have descriptors since 15.0.
[ "$(uname -K)" -lt 1500000 ] || check 'a jail goes with its host' owned
check unload unload
check 'load and unload under load' load_unload
check 'a load that fails' load_fails
STRESS_SECONDS=${STRESS_SECONDS:-60} STRESS_ROUND=${STRESS_ROUND:-20}
export STRESS_SECONDS STRESS_ROUND
check 'stress' sh "$here/stress.sh"
tail -n 3 "$work/log"
if ! sysctl debug.witness >/dev/null 2>&1; then
	check 'what traps cost' measured
	cat "$work/log"
fi
check 'jails after the module' later
check 'no memory is left' no_memory
check 'no reversal of locks' no_reversal
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
