# Front door of Isthmus: POSIX make (GNU and BSD), over Meson and Ninja.
# Every target sets up what it needs; ISTHMUS_DEPS=none installs nothing.

# Meson's folder; the command is linked to build/isthmus, beside its room.
BUILD = out/meson
PREFIX = /usr/local
DESTDIR =
MESONFLAGS =

.PHONY: all run check check-all check-freebsd coverage bench install \
	format lint clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)
	ln -sf ../$(BUILD)/isthmus build/isthmus

$(BUILD)/build.ninja:
	sh dist/deps.sh build test
	meson setup --prefix=$(PREFIX) $(MESONFLAGS) $(BUILD)

# Measure this host and print what guix-daemon meets on it, as text and page.
run: all
	sh dist/run.sh $(BUILD)

check: all
	sh tests/run.sh $(BUILD)

# The same tests under ASan and UBSan, and every fuzz target for a while.
check-all: check lint
	sh tests/check-all.sh

# How much of the Mach core its tests reach.
coverage:
	sh tests/coverage.sh

check-freebsd:
	sh tests/freebsd/check.sh

bench: all
	sh dist/deps.sh bench
	sh bench/run.sh $(BUILD)

install: all
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

format:
	sh dist/deps.sh lint
	sh tests/lint/run.sh format

lint: all
	sh dist/deps.sh lint
	sh tests/lint/run.sh lint $(BUILD)

clean:
	rm -rf out build/isthmus
