#!/bin/sh
# Installs the packages that the named groups need: build, test, lint, bench.
# Knows apt and pkg; never prompts; says what it installs; does nothing when
# all is there.  ISTHMUS_DEPS=none: only says what is missing.
set -eu

apt_packages() {
	case $1 in
	build) echo "gcc libc6-dev meson ninja-build pkg-config libjansson-dev libmd-dev" ;;
	test) echo "libatf-dev atf-sh kyua chromium util-linux passt slirp4netns iproute2 nix-bin e2fsprogs acl attr gzip zstd" ;;
	lint) echo "clang-format clang-tidy cppcheck coccinelle clang" ;;
	fuzz) echo "clang libclang-rt-14-dev" ;;
	coverage) echo "gcovr" ;;
	bench) echo "bubblewrap crun nix-bin universal-ctags libclang-14-dev clang hyperfine dpkg-dev linux-source-6.1 bison flex gettext autoconf libpam0g-dev libncurses-dev libselinux1-dev libudev-dev libcap-ng-dev libcrypt-dev zlib1g-dev libsystemd-dev" ;;
	esac
}

pkg_packages() {
	case $1 in
	build) echo "meson ninja pkgconf jansson" ;;
	test) echo "atf kyua" ;;
	lint) echo "llvm cppcheck coccinelle" ;;
	fuzz) echo "" ;;
	coverage) echo "gcovr" ;;
	bench) echo "bubblewrap crun nix-bin universal-ctags llvm hyperfine" ;;
	esac
}

# One package that a system calls "installed".
has_apt() {
	dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null |
	    grep -q 'ok installed'
}

has_pkg() {
	pkg info -e "$1" 2>/dev/null
}

if command -v apt-get >/dev/null 2>&1; then
	manager=apt
elif command -v pkg >/dev/null 2>&1; then
	manager=pkg
else
	echo "deps: no apt or pkg here; install by hand what" \
	    "'sed -n /apt_packages/,/esac/p $0' lists" >&2
	exit 0
fi

missing=
for group in "$@"; do
	for package in $("${manager}_packages" "$group"); do
		"has_$manager" "$package" || missing="$missing $package"
	done
done
[ -n "$missing" ] || exit 0

if [ "${ISTHMUS_DEPS:-}" = none ]; then
	echo "deps: missing (ISTHMUS_DEPS=none, so not installed):$missing" >&2
	exit 0
fi
become=
if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
		become=sudo
	else
		echo "deps: not root, so install by hand:$missing" >&2
		exit 0
	fi
fi
echo "deps: installing:$missing"
case $manager in
apt)
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	# shellcheck disable=SC2086
	if ! { $become env DEBIAN_FRONTEND=noninteractive sh -c \
	    "apt-get update -q && apt-get install -q -y \
	    --no-install-recommends $missing"; } >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		echo "deps: apt-get could not install:$missing" >&2
		exit 3
	fi
	;;
pkg)
	# shellcheck disable=SC2086
	$become env ASSUME_ALWAYS_YES=yes pkg install -y $missing </dev/null ||
	    { echo "deps: pkg could not install:$missing" >&2; exit 3; }
	;;
esac
