#!/bin/sh
# Has a mig(1) of Apple's kind make stubs of every interface in
# mach/include/mach, compiles them, and
#   - looks whether all that the stubs refer to is in the library,
#   - asks the kernel's objects by them (generated.c),
#   - runs mig_test.c with stubs made of sample.defs in place of its own,
#   - has the .defs files of a program's import of ours parsed: sample.defs.
# Nothing of what is made is kept.  Arguments: mig, the source's root, the
# build directory.
set -eu

mig=$1
root=$2
build=$3
cc="${CC:-cc} -w -O1 -g -D_GNU_SOURCE -I$root -I$root/mach/include"
work=$(mktemp -d "${TMPDIR:-/tmp}/isthmus-mig.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

for defs in "$root"/mach/include/mach/*.defs; do
	name=$(basename "$defs" .defs)
	case $name in *_types) continue ;; esac
	$mig -I "$root/mach/include" -header "$name.h" \
	    -sheader "${name}_server.h" -user "${name}_user.c" \
	    -server "${name}_server.c" "$defs"
	$cc -I. -c "${name}_user.c"
	$cc -I. -c "${name}_server.c"
done

# What stubs refer to, beside the functions that are made of them.
nm -D --defined-only "$build/mach/libsystem_kernel.so" |
    awk '{ print $NF }' | sort -u >there
nm ./*_user.o | awk '$2 == "T" { print $3 }' | sort -u >made
nm -u ./*_user.o | awk 'NF >= 2 { print $NF }' | sort -u |
    comm -23 - there | comm -23 - made |
    grep -Evx 'memcpy|memset|memchr|strlen|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail' \
	>missing || :
if [ -s missing ]; then
	echo "stubs refer to what is not there:" >&2
	cat missing >&2
	exit 1
fi

# Under names of their own, beside the library's functions.
stubs=
for name in mach_port task thread_act mach_host host_priv clock; do
	nm "${name}_user.o" | awk '$2 == "T" { print $3, "stub_" $3 }' >names
	objcopy --redefine-syms=names "${name}_user.o"
	stubs="$stubs ${name}_user.o"
done
# shellcheck disable=SC2086
$cc "$root/tests/mach/mig/generated.c" $stubs \
    "$build/mach/libsystem_kernel.a" -lpthread -o generated
ISTHMUS_MACH_TRANSPORT=embedded ./generated

cp "$root/tests/mach/mig/sample_types.h" .
$mig -I "$root/mach/include" -header sample.h -sheader sample_server.h \
    -user sample_user.c -server sample_server.c \
    "$root/tests/mach/mig/sample.defs"
$cc -I. -I"$root/mach/os/user" "$root/tests/mach/mig_test.c" \
    "$root/tests/mach/rig.c" "$root/tests/mach/rig_embedded.c" sample_user.c \
    sample_server.c "$build/mach/libsystem_kernel.a" -latf-c -lpthread \
    -o mig_test
for case in $(./mig_test -l | sed -n 's/^ident: //p'); do
	ISTHMUS_MACH_TRANSPORT=embedded ./mig_test -r result "$case" >log 2>&1 || :
	if ! grep -q '^passed' result; then
		echo "$case, with stubs that were made: $(cat result)" >&2
		cat log >&2
		exit 1
	fi
	rm result
done
echo "$(wc -l <made) functions made, all that they refer to is there"
