#!/bin/sh
# Does the simulator see what it is for?  Breaks rules of the core, one at a
# time, in a copy, and tells after how many operations the simulator finds
# each: it must within a million.  Argument, optional: a seed.  What it printed
# is kept in docs/results/mach-mutants.txt.
set -eu

seed=${1:-1}
steps=1000000
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/isthmus-mutants.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp -R "$source/mach" "$source/tests" "$work"
cd "$work"
cc=${CC:-cc}
flags="-std=gnu17 -D_GNU_SOURCE -DIPC_DEBUG -O2 -w -I. -Imach/os/user
    -Imach/include"
system=$(uname -s | tr '[:upper:]' '[:lower:]')
missed=0
tried=0
echo "Mutants of mach/core, $(date -u '+%Y-%m-%d'), commit" \
    "$(git -C "$source" log -1 --format=%h 2>/dev/null || echo unknown)," \
    "sh tests/sim/mutate.sh $seed"

compile() {
	# shellcheck disable=SC2086
	$cc $flags -c "$1" -o "$(echo "$1" | tr '/' '_').o"
}

for file in $(sed 's|^|mach/core/|' mach/core/SOURCES) \
    "mach/os/user/futex_$system.c" mach/os/user/lock_order.c \
    mach/os/user/os.c tests/sim/[a-r]*.c tests/sim/sim.c; do
	compile "$file"
done

# What is broken, the file, how: in a function, a text becomes another.
mutant() {
	what=$1 file=mach/core/$2 function=$3 from=$4 to=$5
	tried=$((tried + 1))
	cp "$file" kept.c
	sed "/^$function(/,/^}/s@$from@$to@" kept.c >"$file"
	if cmp -s kept.c "$file"; then
		echo "$what: not in $file any more"
		missed=$((missed + 1))
		return
	fi
	compile "$file"
	$cc -o mutant ./*.o -lpthread
	# One that hangs is found, too.
	status=0
	timeout 300 ./mutant --seed "$seed" --steps "$steps" --no-shrink \
	    >said.txt 2>&1 || status=$?
	if [ "$status" -eq 0 ]; then
		echo "$what: NOT FOUND"
		missed=$((missed + 1))
	else
		world=$(sed -n 's/.*after \([0-9]*\) steps.*/\1/p' said.txt)
		at=$(sed -n 's/^WRONG at operation \([0-9]*\): .*/\1/p' said.txt)
		why=$(sed -n -e 's/^WRONG at operation [0-9]*: //p' \
		    -e 's/^mach: panic: //p' said.txt | head -1)
		echo "$what: found after $((${world:-0} + ${at:-0})) steps" \
		    "(${why:-hangs or dies})"
	fi
	mv kept.c "$file"
	compile "$file"
}

mutant 'a made send right counts in mscount' port.c \
    ipc_port_make_send 'port->mscount++;' ';'
mutant 'references peg at their maximum' right.c \
    urefs_apply 'delta == -IPC_UREFS_MAX ? 0 : IPC_UREFS_MAX' \
    '(uint32_t)((int32_t)urefs + delta) \& IPC_UREFS_MAX'
mutant 'the last send right fires no-senders, once' port.c \
    ipc_port_drop_send 'port->nsrequest = NULL;' ';'
mutant 'a send-once right that was not used tells its receiver' port.c \
    ipc_port_release_send_once 'dead = port->object.dead;' \
    'dead = port->object.dead || port->srights != 0;'
mutant 'a dead-name notification brings a reference' right.c \
    ipc_right_lock_port 'entry->urefs++;' ';'
mutant 'a message too large for one receiver goes to the next' queue.c \
    offer 'waiter->options & MACH_RCV_LARGE' 'false'
mutant 'a queue holds as many messages as its limit' queue.c \
    ipc_port_full 'port->count >= port->limit' 'port->count > port->limit'
mutant 'a receive right queued, in the end, at itself is a circle' port.c \
    ipc_port_transit 'if (base == port)' 'if (port == NULL)'
mutant 'a guarded receive right is not given up' right.c \
    mod_receive 'port->flags & IPC_PORT_GUARDED' 'false'
mutant 'a moved receive right begins at seqno 0' port.c \
    ipc_port_clear_receiver 'port->seqno = 0;' ';'
mutant 'a moved receive right leaves its sets' port.c \
    ipc_port_clear_receiver 'ipc_set_remove_all(port, NULL);' ';'
mutant 'whoever was served goes to the end of its set' queue.c \
    receive_set 'if (member->ready)' 'if (false)'
mutant 'the first who waits to send is the first let in' queue.c \
    ipc_port_admit 'WAITER(port->senders)' 'WAITER(port->senders->prev)'
mutant 'a deleted name is told' right.c \
    ipc_after_run 'after->deleted != NULL' 'false'
mutant 'signal_all leaves the count alone' semaphore.c \
    ipc_do_semaphore_signal_all 'kr = KERN_TERMINATED;' \
    'kr = KERN_SUCCESS;'
mutant 'a destination moved twice needs two references' right_copy.c \
    copyin_move_send 'IPC_COPYIN_TWICE_MOVE ? 2 : 1' \
    'IPC_COPYIN_TWICE_MOVE ? 1 : 1'

echo "$tried rules broken, $missed not found"
[ "$missed" -eq 0 ]
