#!/bin/sh
# The demo of `make run`: the agent on a scratch copy of the small project, with a scratch home that has fake secrets in it.
# At a terminal Usher asks whoever sits there; otherwise approver.py answers. Usage: run.sh USHER [OPTION…]
set -eu
usher=$(realpath "$1")
shift
demo=$(realpath "$(dirname "$0")")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/usher-demo.XXXXXX")
listeners=
trap 'kill $listeners 2>/dev/null || true; rm -rf "$scratch"' EXIT

mkdir -p "$scratch/home/.ssh" "$scratch/home/.aws"
echo "-----BEGIN FAKE PRIVATE KEY-----" > "$scratch/home/.ssh/id_ed25519"
echo "[default] aws_secret_access_key = fake" > "$scratch/home/.aws/credentials"
echo "The customer wants the bill by Friday." > "$scratch/home/notes.txt"
echo "# of the demo's own home" > "$scratch/home/.bashrc"
cp -r "$demo/project" "$scratch/shop"
cp "$demo/agent.sh" "$scratch/shop/agent.sh"

export HOME="$scratch/home" SHOP_API_KEY=fake-key PYTHONDONTWRITEBYTECODE=1 PATH="/usr/local/bin:/usr/bin:/bin"
export GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@shop.example GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@shop.example
unset XDG_STATE_HOME XDG_CONFIG_HOME USHER_STATE GIT_DIR GIT_WORK_TREE
cd "$scratch/shop"
git init -q -b main . && git add -A && git commit -qm "Start the shop"

# Two programs that have nothing to do with the sandbox and listen on this machine: no other network is needed.
for name in service collector; do
  python3 "$demo/listener.py" "$scratch/$name" &
  listeners="$listeners $!"
done
while [ ! -s "$scratch/service" ] || [ ! -s "$scratch/collector" ]; do sleep 0.05; done
DEMO_SERVICE=$(cat "$scratch/service") DEMO_COLLECTOR=$(cat "$scratch/collector")
export DEMO_SERVICE DEMO_COLLECTOR

set -- "$usher" run "$@" --quiet --receipt "$scratch/receipt.md"
if [ -t 0 ] && [ -t 1 ]; then
  echo "Usher asks you below: o is yes, this once; d is no; ? says more. What is decided by the policy is not asked."
else
  set -- "$@" --approver "$demo/approver.py"
fi
"$@" -- ./agent.sh

echo
echo "The receipt, without the lists that follow it:"
sed '/^<details>/,/^<\/details>/d' "$scratch/receipt.md"
