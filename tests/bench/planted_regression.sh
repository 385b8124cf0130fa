#!/bin/sh
# The suite against itself: a build that is slow on purpose is caught, two runs of one build are not. As an ordinary user,
# because Usher's users are.
#   planted_regression.sh USHER_BENCH COMPARE SLOW_USHER
set -u
bench=$1 compare=$2 slow=$3
if [ "$(id -u)" = 0 ]; then
  directory=$(mktemp -d) && chown 65534:65534 "$directory" || exit 1
  trap 'rm -rf "$directory"' EXIT
  cd "$directory" && TMPDIR=$directory HOME=$directory setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh "$0" "$@"
  exit $?
fi
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1

# Calls that write nothing, neither themselves nor in Usher's log: how busy a disk is changes from run to run.
measure() {  # NAME OPTIONS…
  name=$1
  shift
  "$bench" --filter '^call/(openat|kill)/1/free$' --restarts 6 --rounds 4 --threads 1 --json "$name.json" "$@" > "$name.txt" 2>&1 && return
  cat "$name.txt"
  if grep -q 'there is a seccomp filter already' "$name.txt"; then
    echo "skipped: this runs inside of a sandbox, where native is not native"
    exit 77
  fi
  exit 1
}

measure first
measure second
measure slow --usher "$slow"

"$compare" first.json second.json --markdown same.md --json same.json
if [ $? != 0 ]; then
  echo "two runs of one build differ:"
  cat same.md first.txt second.txt
  exit 1
fi
"$compare" first.json slow.json --markdown slow.md --json slow.json.out
if [ $? != 1 ]; then
  echo "the planted delay was not caught:"
  cat slow.md first.txt slow.txt
  exit 1
fi
# Each held call has to be named, not just one of them.
for call in openat kill; do
  grep -q "call/$call/usher/1/free.*| slower |" slow.md || { echo "$call is not named:"; cat slow.md; exit 1; }
done
"$compare" first.json missing.json > /dev/null 2>&1
[ $? = 2 ] || { echo "a missing file should be trouble, exit code 2"; exit 1; }
cat slow.md
