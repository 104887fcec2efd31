#!/usr/bin/env bash
# Makes the hashed requirements of the Action again from pyproject.toml. With --check it writes nothing and fails where
# they are stale; with --upgrade it takes the newest versions. Needs uv and a package index.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cp requirements/*.txt "$out/" 2>/dev/null || true # versions that are there already are kept

upgrade=()
[[ ${1:-} == --upgrade ]] && upgrade=(--upgrade)

lock() { # NAME ARGUMENT...
  # The index is whoever calls it's own business: no file names one.
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    --no-annotate --only-binary :all: ${upgrade[@]+"${upgrade[@]}"} --output-file "$out/$1" "${@:2}" >/dev/null
}

lock action.txt pyproject.toml
lock local.txt pyproject.toml --extra local --constraint "$out/action.txt"
lock uv.txt requirements/uv.in

if [[ ${1:-} == --check ]]; then
  for name in action.txt local.txt uv.txt; do
    diff -u "requirements/$name" "$out/$name" || { echo "requirements/$name is stale: run requirements/lock.sh" >&2; exit 1; }
  done
else
  cp "$out"/*.txt requirements/
fi
