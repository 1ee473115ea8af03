#!/bin/sh
# make check-freebsd: on Linux, cross-builds with clang against
# FREEBSD_SYSROOT and runs the suite and the whole probe in the guest that
# FREEBSD_VM boots (FREEBSD_VM_DEBUG too, where set: a kernel with INVARIANTS
# and WITNESS).  With FREEBSD_SYSDIR and FREEBSD_KERNBUILD it builds mach.ko
# for these kernels, too, and tries it there, and with FREEBSD_KERNBUILD_ARM64
# for one that no guest boots.  What the guest printed is kept as
# docs/results/freebsd-RELEASE.txt.  On FreeBSD itself `make check` runs all
# of it natively.
set -eu

if [ "$(uname -s)" = FreeBSD ]; then
	exec make check
fi

missing=
[ -n "${FREEBSD_SYSROOT:-}" ] || missing="$missing FREEBSD_SYSROOT"
[ -n "${FREEBSD_VM:-}" ] || missing="$missing FREEBSD_VM"
if [ -n "$missing" ]; then
	echo "check-freebsd: skipped: not set:$missing (CONTRIBUTING.md says" \
	    "what they are)"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

build=out/freebsd
stage=$build/stage
clang=
for version in '' -19 -18 -17 -16; do
	if command -v "clang$version" "ld.lld$version" >/dev/null 2>&1 &&
	    [ "$("clang$version" -dumpversion | cut -d. -f1)" -ge 16 ]; then
		clang=$version
		found=1
	fi
done
if [ -z "${found:-}" ]; then
	echo "check-freebsd: needs clang and lld of version 16 or later" >&2
	exit 3
fi

# The cross file: everything target-specific is in the sysroot.  It holds
# FreeBSD's base system, and jansson and ATF below usr/local.
mkdir -p "$build"
flags="'--target=x86_64-unknown-freebsd15.1', '--sysroot=$FREEBSD_SYSROOT'"
cat >"$build/cross.ini.new" <<TEXT
[binaries]
c = ['clang$clang', $flags]
cpp = ['clang++$clang', $flags]
ar = 'llvm-ar$clang'
strip = 'llvm-strip$clang'
pkgconfig = 'pkg-config'
[built-in options]
c_link_args = ['-fuse-ld=lld']
[properties]
pkg_config_libdir = '$FREEBSD_SYSROOT/usr/local/libdata/pkgconfig:$FREEBSD_SYSROOT/usr/local/lib/pkgconfig'
sys_root = '$FREEBSD_SYSROOT'
[host_machine]
system = 'freebsd'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
TEXT
if ! cmp -s "$build/cross.ini.new" "$build/cross.ini" ||
    [ ! -f "$build/user/build.ninja" ]; then
	mv "$build/cross.ini.new" "$build/cross.ini"
	rm -rf "$build/user"
	meson setup --cross-file "$build/cross.ini" --prefer-static \
	    "$build/user" >"$build/setup.log" 2>&1 ||
	    { cat "$build/setup.log"; exit 1; }
fi
ninja -C "$build/user"

rm -rf "$stage"
mkdir -p "$stage/tests"
cp tests/freebsd/guest.sh "$stage/run.sh"
chmod 755 "$stage/run.sh"
cp tests/freebsd/thousand.sh "$stage/"
# And isthmus-survey, where the command is two programs.
for program in "$build"/user/isthmus "$build"/user/isthmus-survey; do
	[ ! -f "$program" ] || cp "$program" "$stage/"
done
cp "$build/user/bootstrapd" \
    "$build/user/tests/cli/example" \
    "$build/user/tests/attack/attacker" "$stage/"
# What tests run by the path that it was built at.
for program in bootstrapd machd examples/kv examples/notify \
    tests/mach/bootstrap_client tests/mach/machd_debug tests/sim/sim; do
	mkdir -p "$stage/built/$(dirname "$program")"
	cp "$build/user/$program" "$stage/built/$program"
done
# What is over machd has a guest of its own, below.
over_machd='^mach/((server|hostile)_|[a-z]+_server_)'
grep -vE "$over_machd" "$build/user/tests/programs" >"$stage/programs"
while read -r program; do
	mkdir -p "$stage/tests/$(dirname "$program")"
	cp "$build/user/tests/$program" "$stage/tests/$program"
done <"$stage/programs"
# The tests look for the sources and the command where they were built.
echo "$(pwd)" >"$stage/source-root"
for tree in $(cat tests/freebsd/data 2>/dev/null); do
	mkdir -p "$stage/data/$(dirname "$tree")"
	cp -R "$tree" "$stage/data/$tree"
done

# machd, on the host and in a jail, in a guest each.
machd=$build/machd
rm -rf "$machd" "$build/machd-jail"
mkdir -p "$machd/tests"
cp tests/freebsd/machd.sh "$machd/run.sh"
chmod 755 "$machd/run.sh"
cp "$stage/source-root" "$machd/"
for program in bootstrapd tests/mach/machd_debug tests/mach/server_stress \
    $(cd "$build/user" &&
	find mach -maxdepth 1 -type f -name 'libsystem_kernel.so.*'); do
	mkdir -p "$machd/built/$(dirname "$program")"
	cp "$build/user/$program" "$machd/built/$program"
done
grep -E "$over_machd" "$build/user/tests/programs" |
    while read -r program; do
	cp "$build/user/tests/$program" "$machd/tests/"
done
cp -R "$machd" "$build/machd-jail"
echo host >"$machd/places"
echo jail >"$build/machd-jail/places"

# mach.ko for each kernel, with the programs that try it.
stage_module() {
	mkdir -p "$2"
	CLANG=clang$clang sh tests/freebsd/kmod-build.sh "$1" "$2/mach.ko"
	CLANG=clang$clang sh tests/freebsd/kmod-build.sh "$1" \
	    "$2/mach_probed.ko" tests/freebsd/mach/probed_kmod.c
	for program in "$build"/user/tests/mach/kernel_*; do
		[ -d "$program" ] || cp "$program" "$2/"
	done
	# Where the command is one program, it has the audit itself.
	cp "$build/user/isthmus-survey" "$2/" 2>/dev/null ||
	    cp "$build/user/isthmus" "$2/isthmus-survey"
	cp tests/freebsd/mach/run.sh tests/freebsd/mach/stress.sh "$2/"
}

# NAME COMMAND STAGE, a line for each guest, the longest first.  Each has a
# folder of its own: it writes there.
guests=$build/guests
: >"$guests"
kernel=
if [ -n "${FREEBSD_SYSDIR:-}" ] && [ -n "${FREEBSD_KERNBUILD:-}" ]; then
	kernel=yes
	rm -rf "$build/mach-plain" "$build/mach-debug"
else
	echo "check-freebsd: mach.ko is not tried: FREEBSD_SYSDIR and" \
	    "FREEBSD_KERNBUILD are not set"
fi
if [ -n "$kernel" ] && [ -n "${FREEBSD_VM_DEBUG:-}" ] &&
    [ -n "${FREEBSD_KERNBUILD_DEBUG:-}" ]; then
	stage_module "$FREEBSD_KERNBUILD_DEBUG" "$build/mach-debug"
	echo "mach-debug $FREEBSD_VM_DEBUG $build/mach-debug" >>"$guests"
fi
if [ -n "$kernel" ]; then
	stage_module "$FREEBSD_KERNBUILD" "$build/mach-plain"
	echo "mach-plain $FREEBSD_VM $build/mach-plain" >>"$guests"
fi
if [ -n "${FREEBSD_VM_DEBUG:-}" ]; then
	rm -rf "$build/stage-debug"
	cp -R "$stage" "$build/stage-debug"
	echo "debug $FREEBSD_VM_DEBUG $build/stage-debug" >>"$guests"
fi
printf '%s\n' "plain $FREEBSD_VM $stage" "machd $FREEBSD_VM $machd" \
    "machd-jail $FREEBSD_VM $build/machd-jail" >>"$guests"

# For arm64 there is no guest: what is Mach is compiled.  compile WHAT COMMAND...
status=0
compile() {
	what=$1
	shift
	if CLANG=clang$clang sh "$@" >>"$build/arm64.txt" 2>&1; then
		echo "$what: compiled"
		compiled=$((compiled + 1))
	else
		echo "$what: FAILED"
		status=1
	fi >>"$build/arm64.txt"
}
echo "== arm64" >"$build/arm64.txt"
if [ -n "${FREEBSD_SYSDIR:-}" ] && [ -n "${FREEBSD_KERNBUILD_ARM64:-}" ]; then
	compiled=0
	compile mach.ko tests/freebsd/kmod-build.sh \
	    "$FREEBSD_KERNBUILD_ARM64" "$build/mach-arm64/mach.ko"
	compile libraries tests/freebsd/user-arm64.sh "$FREEBSD_KERNBUILD_ARM64"
	echo "$compiled passed, $((2 - compiled)) failed, 0 skipped"
else
	echo "skipped: FREEBSD_SYSDIR and FREEBSD_KERNBUILD_ARM64 are not set"
	echo "0 passed, 0 failed, 2 skipped"
fi >>"$build/arm64.txt"
cat "$build/arm64.txt"

# What a guest prints is shown when it ends.
export build
xargs -P "${FREEBSD_GUESTS:-1}" -L 1 sh -c '
	started=$(date +%s)
	"$1" "$2" "${FREEBSD_SECONDS:-7200}" >"$build/$0.txt" 2>&1
	code=$?
	echo "== $0: status $code, $(($(date +%s) - started)) s"
	cat "$build/$0.txt"
	exit $code' <"$guests" || status=1
release=$(sed -n 's/^host.release=\([0-9.]*\).*/\1/p' \
    "$stage/out/probe-root.kv" 2>/dev/null || true)
if [ -n "$release" ] && [ "$status" -eq 0 ]; then
	mkdir -p docs/results
	while read -r name _; do
		cp "$build/$name.txt" "docs/results/freebsd-$release-$name.txt"
	done <"$guests"
	mv "docs/results/freebsd-$release-plain.txt" \
	    "docs/results/freebsd-$release.txt"
	cp "$stage/out/probe-root.json" "docs/results/freebsd-$release-root.json"
fi
awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
	p += $1; f += $3; s += $5 }
    END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' \
    "$build/arm64.txt" $(sed "s|^\([^ ]*\) .*|$build/\1.txt|" "$guests")
exit "$status"
