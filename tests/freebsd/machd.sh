#!/bin/sh
# Inside the guest, as root, in the stage's folder: every case of the tests
# over machd, and of those that would harm it; where the file `places` says
# "jail", machd and its clients are in one that may do nothing special.  The
# last line has the counts.  PLACES and PROGRAMS make it shorter.
set -u

here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0 skipped=0
work=$(mktemp -d /tmp/machd.XXXXXX)
chmod 755 "$work"
# The paths that were compiled into the tests.
root=$(cat "$here/source-root")
mkdir -p "$root/out/freebsd/user"
cp -R "$here/built/." "$root/out/freebsd/user/"
cp -R "$here/tests" "$work/tests"
chmod -R a+rX "$root" "$work/tests"

# What a jail may be allowed.
nothing='allow.noset_hostname allow.noraw_sockets allow.nosysvipc
    allow.nochflags allow.nomount allow.noquotas allow.nosocket_af
    allow.nomlock allow.noreserved_ports allow.noread_msgbuf'

# run_case PLACE PROGRAM CASE
run_case() {
	place=$1 program=$2 name=$3
	rm -rf "$work/case"
	mkdir -m 777 "$work/case"
	set -- timeout "${CASE_TIME:-900}" "$work/tests/$program" \
	    -s "$work/tests" -r "$work/case/result" "$name"
	[ "$place" = host ] ||
	    set -- jail -c path=/ ip4=inherit $nothing exec.clean=false \
		command=/usr/bin/env "$@"
	(cd "$work/case" && exec "$@" >"$work/log" 2>&1 </dev/null)
	code=$?
	result=$(cat "$work/case/result" 2>/dev/null || echo "exit $code")
	case $result:$code in
	passed*:0) passed=$((passed + 1)) ;;
	skipped*:0)
		skipped=$((skipped + 1))
		echo "$place: $program:$name: $result"
		;;
	*)
		failed=$((failed + 1))
		echo "$place: $program:$name: FAILED: $result, exit $code"
		grep -v WARNING "$work/log" | head -n 8 | sed 's/^/    /'
		;;
	esac
}

# An emulated machine: what takes time may take more.
export ISTHMUS_TEST_SLOW=8
uname -v
for place in ${PLACES:-$(cat "$here/places")}; do
	for program in ${PROGRAMS:-$(cd "$work/tests" && ls -d *_test)}; do
		"$work/tests/$program" -s "$work/tests" -l |
		    sed -n 's/^ident: //p' >"$work/cases"
		while read -r name; do
			run_case "$place" "$program" "$name"
		done <"$work/cases"
		echo "$place: $program: $passed passed, $failed failed," \
		    "$skipped skipped so far"
	done
done
if pgrep -l machd; then
	echo "FAILED: a server is left"
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
