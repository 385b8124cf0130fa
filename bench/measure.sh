#!/bin/sh
# Runs the suite and makes the page: measure.sh PROGRAMS OUTPUT [OPTIONS OF usher_bench]. Root runs it as nobody, because
# Usher's users are not root.
set -eu
programs=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)
shift 2
failed=0
if [ "$(id -u)" = 0 ]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  chown 65534:65534 "$scratch"
  (cd "$scratch" && HOME=$scratch TMPDIR=$scratch setpriv --reuid=65534 --regid=65534 --clear-groups "$programs/usher_bench" --json bench.json "$@") || failed=$?
  if [ -s "$scratch/bench.json" ]; then cp "$scratch/bench.json" "$output/bench.json"; fi
else
  "$programs/usher_bench" --json "$output/bench.json" "$@" || failed=$?
fi
if [ -s "$output/bench.json" ]; then
  "$programs/report" "$output/bench.json" --html "$output/bench.html" --markdown "$output/bench.md"
  echo "$output/bench.html, bench.md and bench.json are ready"
fi
exit "$failed"
