#!/bin/sh
# make check-all, after make check and make lint: the tests over machd with
# delays and beside clients that are killed, the suite again under ASan and UBSan, the stress of Mach under TSan, and every fuzz target, these for
# FUZZ_SECONDS (default 20) each.
set -eu

sh dist/deps.sh build test fuzz

seconds=${FUZZ_SECONDS:-20}

sh tests/mach/shaken.sh out/meson 1 2

# What honest clients keep beside hostile ones, which asks for a machine that
# does nothing else.
for program in out/meson/tests/mach/hostile_*_test; do
	for case in $("$program" -l | sed -n 's/^ident: //p'); do
		ISTHMUS_TEST_QUIET=1 "$program" -r /dev/stderr "$case"
	done
done

# gcc's flow warnings see paths that only instrumented code has.
[ -f out/asan/build.ninja ] || meson setup out/asan -Dwerror=false \
    -Db_sanitize=address,undefined -Db_lundef=false
ninja -C out/asan
root=$(pwd)
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=0"
export LSAN_OPTIONS="suppressions=$root/tests/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"
ISTHMUS_NO_FREEBSD=1 sh tests/run.sh out/asan

# What runs in many threads, under the thread sanitizer.
[ -f out/tsan/build.ninja ] || meson setup out/tsan -Dwerror=false \
    -Db_sanitize=thread -Db_lundef=false
ninja -C out/tsan tests/mach/stress_test tests/mach/pollfd_race_test \
    tests/mach/machd_debug
(cd out/tsan && TSAN_OPTIONS="halt_on_error=1:exitcode=66" \
    STRESS_SECONDS="$seconds" tests/mach/stress_test -r /dev/stderr \
    anything_at_once)
for case in no_level_is_lost no_edge_is_lost descriptors_come_and_go; do
	(cd out/tsan && TSAN_OPTIONS="halt_on_error=1:exitcode=66" \
	    tests/mach/pollfd_race_test -r /dev/stderr "$case")
done

# machd, with clients as they are.
for program in out/meson/tests/mach/server_*_test; do
	for case in $("$program" -l | sed -n 's/^ident: //p'); do
		MACHD=$root/out/tsan/tests/mach/machd_debug \
		    TSAN_OPTIONS="exitcode=66 log_path=$root/out/tsan/race" \
		    "$program" -r /dev/null "$case" >/dev/null 2>&1 </dev/null ||
		    { echo "$program:$case fails with machd under TSan"; exit 1; }
	done
done
if ls out/tsan/race.* >/dev/null 2>&1; then
	cat out/tsan/race.*
	exit 1
fi

[ -f out/fuzz/build.ninja ] || CC=clang meson setup out/fuzz \
    -Dfuzz=true -Dtests=false -Db_sanitize=address,undefined \
    -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link
ninja -C out/fuzz
for target in out/fuzz/tests/fuzz/fuzz_*; do
	[ -x "$target" ] && [ -f "$target" ] || continue
	name=${target##*/fuzz_}
	echo "== fuzz $name, $seconds s"
	mkdir -p "out/fuzz/corpus/$name" "out/fuzz/found/$name"
	"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
	    -print_final_stats=0 -verbosity=0 \
	    -artifact_prefix="out/fuzz/found/$name/" \
	    "out/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
done
echo "check-all: clean"
