#!/bin/sh
# Runs the suite under Kyua: as the caller, and when that is root once more
# as an unprivileged user.  Ends with "N passed, N failed, N skipped".
# MUST_WORK=1 turns a skip into a failure, except for the reasons that begin
# with "needs FreeBSD", "needs Linux", "needs MIG", "needs root", "needs a
# user", "needs a quiet machine" or "needs a host in the process".
# Argument: the build directory.
set -eu

build=$(cd "$1" && pwd)
tests=$build/tests
work=$(mktemp -d "${TMPDIR:-/tmp}/isthmus-check.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
passed=0 failed=0 skipped=0

# A Kyuafile per folder, since one may name programs of its own folder only.
# Argument: a file with the programs.
kyuafiles() {
	{
		echo 'syntax(2)'
		sed 's|/[^/]*$||' "$1" | sort -u |
		    sed 's|.*|include("&/Kyuafile")|'
	} >"$tests/Kyuafile"
	sed 's|/[^/]*$||' "$1" | sort -u | while read -r folder; do
		{
			echo 'syntax(2)'
			echo 'test_suite("isthmus")'
			sed -n "s|^$folder/\([^/]*\)\$|atf_test_program{name=\"\1\"}|p" \
			    "$1"
		} >"$tests/$folder/Kyuafile"
	done
}

# Kyua counts an expected failure as passed and a skip too: count by report.
tally() {
	kyua report --results-file="$1" \
	    --results-filter=passed,skipped,xfail,broken,failed |
	    sed -n 's/^\([^ ]*:[^ ]*\)  ->  \([a-z_]*\)\(.*\)/\2 \1\3/p' \
	    >"$work/results"
	passed=$((passed + $(grep -c -e '^passed' -e '^expected' \
	    "$work/results" || true)))
	failed=$((failed + $(grep -c -e '^failed' -e '^broken' \
	    "$work/results" || true)))
	grep '^skipped' "$work/results" >"$work/skips" || true
	if [ "${MUST_WORK:-}" = 1 ]; then
		grep -v -E 'needs (FreeBSD|FREEBSD|Linux|MIG|root|a user|a quiet|a host in)' "$work/skips" \
		    >"$work/bad" || true
		failed=$((failed + $(wc -l <"$work/bad")))
		sed 's/^/MUST_WORK: /' "$work/bad"
		grep -E 'needs (FreeBSD|FREEBSD|Linux|MIG|root|a user|a quiet|a host in)' "$work/skips" \
		    >"$work/skips.ok" || true
		mv "$work/skips.ok" "$work/skips"
	fi
	skipped=$((skipped + $(wc -l <"$work/skips")))
	if grep -q -e '^failed' -e '^broken' "$work/results"; then
		kyua report --results-file="$1" --verbose \
		    --results-filter=failed,broken | sed -n '/^===> /,$p' |
		    grep -v '^    [A-Z_]*=' | head -n 300
	fi
}

suite() {
	echo "== as $1"
	shift
	HOME=$work "$@" kyua --logfile="$work/kyua.log" \
	    -v unprivileged_user=nobody test \
	    --kyuafile="$tests/Kyuafile" --results-file="$work/results.db" \
	    >"$work/out" 2>&1 || true
	if [ ! -s "$work/results.db" ]; then
		cat "$work/out"
		failed=$((failed + 1))
		return
	fi
	grep -v -- '->  passed' "$work/out" | sed '/^$/d' || true
	HOME=$work tally "$work/results.db"
	rm -f "$work/results.db"
}

# Runs a command as an unprivileged user with a directory of its own.
as_user() {
	if command -v setpriv >/dev/null 2>&1; then
		setpriv --reuid=65534 --regid=65534 --clear-groups \
		    env HOME="$work/user" TMPDIR="$work/user" "$@"
	else
		su -m nobody -c 'HOME='"$work"'/user TMPDIR='"$work"'/user "$0" "$@"' \
		    -- "$@"
	fi
}

kyuafiles "$tests/programs"
if [ "$(id -u)" -eq 0 ]; then
	suite root env
	mkdir -p "$work/user"
	# What is the same for any user has been seen: the core alone, the
	# simulator, most of what there is over machd, scans and maps.
	grep -vE '^(sim/|survey/(catalogue|map|scan)/|mach/(core|server|hostile|kill|setuid)_)' "$tests/programs" \
	    >"$work/programs"
	kyuafiles "$work/programs"
	chown -R 65534:65534 "$work"
	suite "uid 65534" as_user
else
	suite "uid $(id -u)" env
fi

if [ "$(uname -s)" != FreeBSD ] && [ -z "${ISTHMUS_NO_FREEBSD:-}" ]; then
	echo "skipped: the FreeBSD guest (make check-freebsd runs it)"
	skipped=$((skipped + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
