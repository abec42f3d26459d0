#!/usr/bin/env bash
# Compile the six hash-pinned locks with uv (a maintainer's tool, not needed to install). torch and its CUDA
# companions stay outside: a CPU build of torch has another hash on every platform, and pip's hash mode would refuse it.
# All are cut from one resolution of everything, so that what one of them adds to another moves no version of it.
set -euo pipefail
cd "$(dirname "$0")/.."
torch=$(sed -n 's/^TORCH_VERSION = "\(.*\)"$/\1/p' packaging/install.py)
constraint=$(mktemp) && trap 'rm -f "$constraint" "$constraint.full"' EXIT
echo "torch==$torch" >"$constraint"
compile() { uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --constraint "$constraint" pyproject.toml "$@"; }
compile --extra semantic --extra multilingual --extra llm --extra test >"$constraint.full"
sed -nE 's/^([a-z0-9].*) \\$/\1/p' "$constraint.full" | grep -vE '^(torch|triton|nvidia|cuda)' >>"$constraint"
outside=(--no-emit-package torch --no-emit-package triton)
for name in $(grep -oE '^(nvidia|cuda)[a-z0-9-]*' "$constraint.full" | sort -u); do outside+=(--no-emit-package "$name"); done
lock() {
  local name=$1; shift
  { echo "# Written by 'make lock'; edit pyproject.toml instead."; compile "${outside[@]}" "$@" | grep -vE '^--(index-url|extra-index-url|find-links)'; } >"packaging/locks/$name.lock"
}
mkdir -p packaging/locks
lock run-lite
lock run --extra semantic
lock llm --extra llm
lock multilingual --extra multilingual
lock test-lite --extra llm --extra test
lock test --extra semantic --extra llm --extra test
wc -l packaging/locks/*.lock
