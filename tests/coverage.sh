#!/bin/sh
# make coverage: lines and branches of base, cli and survey that the suite
# reaches.
set -eu

sh dist/deps.sh build test coverage
[ -f build-coverage/build.ninja ] ||
    meson setup build-coverage -Db_coverage=true
ninja -C build-coverage
chmod -R a+rwX build-coverage
ISTHMUS_NO_FREEBSD=1 sh tests/run.sh build-coverage
gcovr --root . --filter base/ --filter cli/ --filter survey/ \
    --exclude-unreachable-branches --print-summary build-coverage
