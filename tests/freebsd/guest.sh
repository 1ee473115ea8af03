#!/bin/sh
# Runs inside the FreeBSD guest as root; /host is the stage that check.sh
# made.  Every case of every test program as root, those that ask the kernel
# or read files also as an unprivileged user, then the whole probe as both.
# Ends with the counts.
set -u

passed=0 failed=0 skipped=0
here=/host
out=$here/out
mkdir -p "$out"
uname -v

# The paths that were compiled into the tests.
root=$(cat $here/source-root)
mkdir -p "$root/out/freebsd/user/tests/cli" \
    "$root/out/freebsd/user/tests/attack"
for program in $here/isthmus $here/isthmus-survey $here/bootstrapd; do
	[ ! -f $program ] || cp $program "$root/out/freebsd/user/"
done
cp $here/example "$root/out/freebsd/user/tests/cli/example"
cp $here/attacker "$root/out/freebsd/user/tests/attack/attacker"
# An emulated machine: the attack suite multiplies its times.
export ISTHMUS_TEST_SLOW=8
cp -R $here/built/. "$root/out/freebsd/user/"
[ -d $here/data ] && cp -R $here/data/. "$root/"
chmod -R a+rX "$root"
cp -R $here/tests /tmp/isthmus-tests
chmod -R a+rX /tmp/isthmus-tests

# run_case LABEL PROGRAM CASE COMMAND...: COMMAND runs the program as a user.
run_case() {
	label=$1 program=$2 case=$3
	shift 3
	dir=$(mktemp -d /tmp/isthmus-case.XXXXXX)
	mkdir "$dir/work"
	chmod 777 "$dir" "$dir/work"
	(cd "$dir/work" && exec </dev/null && timeout 300 "$@" "/tmp/isthmus-tests/$program" \
	    -s "$(dirname "/tmp/isthmus-tests/$program")" \
	    -r "$dir/result" "$case" >"$dir/stdout" 2>"$dir/stderr")
	code=$?
	result=$(cat "$dir/result" 2>/dev/null)
	case $result in
	passed*|expected_failure*) passed=$((passed + 1)) ;;
	skipped*)
		skipped=$((skipped + 1))
		echo "$label: $program:$case: $result"
		;;
	*)
		failed=$((failed + 1))
		echo "$label: $program:$case: FAILED: ${result:-exit $code}"
		head -n 5 "$dir/stdout" "$dir/stderr" | sed 's/^/    /'
		;;
	esac
	chflags -R noschg,nouchg "$dir" 2>/dev/null
	rm -rf "$dir"
}

# "CASE USER PROGRAM..." a line: root, unprivileged, or any; what it needs.
cases() {
	"/tmp/isthmus-tests/$1" -s "$(dirname "/tmp/isthmus-tests/$1")" -l |
	    awk '/^ident:/ { if (id) print id, user, needs
			id = $2; user = "any"; needs = "" }
		/^require.user:/ { user = $2 }
		/^require.progs:/ { sub(/^[^ ]* /, ""); needs = $0 }
		END { if (id) print id, user, needs }'
}

while read -r program; do
	# Queues and semaphores are there to be attacked; all others see the
	# kernel as it is.
	for module in mqueuefs sem; do
		case $program in
		attack/*) kldload -n $module ;;
		*) kldunload $module ;;
		esac 2>/dev/null
	done
	cases "$program" >/tmp/isthmus-cases
	while read -r case user needs; do
		missing=
		for need in $needs; do
			command -v "$need" >/dev/null || missing=$need
		done
		if [ -n "$missing" ]; then
			skipped=$((skipped + 1))
			echo "$program:$case: skipped: needs $missing"
			continue
		fi
		[ "$user" = unprivileged ] ||
		    run_case root "$program" "$case" env
		case $program:$user in
		*:root) ;;
		*:unprivileged | cli/*:* | survey/probe/live_test:* | \
		    survey/scan/scan_test:*)
			run_case user "$program" "$case" \
			    su -m nobody -c 'exec "$0" "$@"' --
			;;
		esac
	done </tmp/isthmus-cases
	echo "$program: $passed passed, $failed failed, $skipped skipped so far"
done <$here/programs

state() {
	mount
	jls -d
	sysctl -a 2>/dev/null | grep -E '^(security|kern.hostname|vfs.usermount)'
	ipcs -a | sed -n '/^T/,$p'
	ls -A /tmp | grep -v '^state\.'
}

# The probe loads no module, and what a port needs would be loaded.
for module in nullfs fdescfs unionfs mqueuefs fusefs linprocfs; do
	kldload -n $module 2>/dev/null
done
state >/tmp/state.before
for run in root user; do
	for format in kv json; do
		if [ $run = root ]; then
			$here/isthmus probe --format $format \
			    --output /tmp/p.$format
		else
			su -m nobody -c "$here/isthmus probe --format $format" \
			    >/tmp/p.$format
		fi || failed=$((failed + 1))
		cp /tmp/p.$format "$out/probe-$run.$format"
	done
	echo "== isthmus probe as $run"
	if [ $run = root ]; then
		$here/isthmus probe
	else
		su -m nobody -c "$here/isthmus probe"
	fi
done
rm -f /tmp/p.kv /tmp/p.json
state >/tmp/state.after
if ! diff /tmp/state.before /tmp/state.after; then
	echo "FAILED: the probe changed the host"
	failed=$((failed + 1))
else
	passed=$((passed + 1))
fi

echo "== isthmus catalogue --check, against this kernel"
if $here/isthmus catalogue --check --probe "$out/probe-root.json"; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi

echo "== a thousand builds"
if sh $here/thousand.sh $here/isthmus; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
