#!/bin/sh
# Inside the guest, as root, in mach.ko's stage: for STRESS_SECONDS clients of
# root and of an ordinary user make traps at random and are killed at random,
# others make every trap with random arguments, are stopped and go on, jails
# with Mach come and go, and allocations fail now and then (fail(9)); after
# each round of it the module is unloaded and loaded anew.  Then nothing may be
# left, and all must have been as before.
set -u

here=$(cd "$(dirname "$0")" && pwd)
seconds=${STRESS_SECONDS:-1800} round=${STRESS_ROUND:-120}
work=$(mktemp -d /tmp/mach.XXXXXX)
cp "$here"/kernel_clients "$here"/kernel_trap_test "$here"/kernel_load "$work/"
chmod 755 "$work" "$work"/*
failures=0

complain() {
	failures=$((failures + 1))
	echo "$*"
}

as() {
	user=$1
	shift
	case $user in
	root) "$@" ;;
	# su(1) stops with its child, and stays so.
	*) chroot -u "$user" -g "$user" / "$@" ;;
	esac
}

clients() { # USER TRANSPORT
	as "$1" env ISTHMUS_MACH_TRANSPORT="$2" "$work/kernel_clients" "$round" \
	    "${STRESS_CLIENTS:-12}" >"$work/clients.$1" 2>&1 || touch "$work/clients.$1.failed"
}

# Until this round is over.
garbage() { # USER TRANSPORT
	while [ -e "$work/running" ]; do
		mkdir -m 777 -p "$work/g.$1"
		(cd "$work/g.$1" && as "$1" env ISTHMUS_MACH_TRANSPORT="$2" \
		    timeout -s KILL 60 "$work/kernel_trap_test" \
		    -r /dev/null garbage >/dev/null 2>&1)
	done
}

# Somebody stops and goes on.
stop_and_go() {
	while [ -e "$work/running" ]; do
		pids=$(pgrep kernel_clients | sort -R | head -n 5)
		[ -z "$pids" ] || kill -STOP $pids 2>/dev/null
		sleep 0.2
		[ -z "$pids" ] || kill -CONT $pids 2>/dev/null
		sleep 1
	done
}

# jail_remove(2) kills who is inside.
jails() {
	n=0
	while [ -e "$work/running" ]; do
		n=$((n + 1))
		jail -c name="stress$n" path=/ allow.mach persist exec.clean=false \
		    command="$work/kernel_load" 3 >/dev/null 2>&1 &
		sleep 1
		pgrep -q -j "stress$n" kernel_load && touch "$work/jailed"
		jail -m name="stress$n" allow.nomach 2>/dev/null
		sleep 0.3
		jail -m name="stress$n" allow.mach 2>/dev/null
		sleep 0.7
		jail -r "stress$n" >/dev/null 2>&1
		wait $!
	done
}

failing() {
	while [ -e "$work/running" ]; do
		sysctl -q debug.fail_point.mach_alloc='2%return' >/dev/null ||
		    touch "$work/nothing-fails"
		sleep 3
		sysctl -q debug.fail_point.mach_alloc=off >/dev/null
		sleep 5
	done
}

# What must be as it was: processes, jails, descriptors and memory of ours.
look() {
	printf 'processes %d jails %d files %d mach-bytes %d\n' \
	    "$(ps -ax -o pid= | wc -l)" "$(jls -d | wc -l)" \
	    "$(sysctl -n kern.openfiles)" \
	    "$(vmstat -m | awk '$1 ~ /^mach/ { n += $2 } END { print n + 0 }')"
}

round() { # TRANSPORT
	kldload "$here/mach.ko" || complain "kldload: $?"
	touch "$work/running"
	rm -f "$work"/clients.* "$work/jailed" "$work/nothing-fails"
	clients root "$1" & clients nobody "$1" &
	# Their hubs are there before anything fails.
	sleep 2
	garbage root "$1" & garbage nobody "$1" &
	stop_and_go & jails & failing &
	sleep "$round"
	# The clients end by themselves; what is left after a while hangs.
	i=0
	while pgrep -q kernel_clients && [ $i -lt 60 ]; do
		sleep 2
		i=$((i + 1))
	done
	rm -f "$work/running"
	pids=$(pgrep kernel_clients) && {
		complain "clients hang: $pids"
		ps -o pid,ppid,state,wchan,command -p "$(echo $pids | tr ' ' ,)"
		procstat kstack $pids
	}
	pkill -KILL kernel_clients
	wait
	pkill -KILL 'kernel_(load|trap)'
	cat "$work/clients.root" "$work/clients.nobody"
	for user in root nobody; do
		[ ! -e "$work/clients.$user.failed" ] || complain "clients of $user failed"
	done
	[ -e "$work/jailed" ] || complain "no jail ran a program"
	[ ! -e "$work/nothing-fails" ] || complain "no allocation was made to fail"
	sleep 3
	[ "$(sysctl -n mach.stats.holders)" = 0 ] || {
		complain "holders: $(sysctl -n mach.stats.holders)"
		sysctl mach.stats
	}
	kldunload mach || complain "kldunload: $?"
	vmstat -m | awk '$1 ~ /^mach/ && $2 != 0' | grep . && complain "memory is left"
}

uname -v
end=$(($(date +%s) + seconds)) n=0
before=$(look)
while [ "$(date +%s)" -lt "$end" ]; do
	for transport in table mux device; do
		[ "$(date +%s)" -lt "$end" ] || break
		n=$((n + 1))
		echo "== round $n, $transport"
		round "$transport"
	done
done
sleep 5
after=$(look)
echo "before: $before"
echo "after:  $after"
[ "$before" = "$after" ] || complain "it is not as it was"
dmesg | grep -A 8 'lock order reversal' | grep -B 8 mach && complain "lock order reversal"
rm -rf "$work"
echo "$n rounds, $failures failures"
[ "$failures" -eq 0 ]
