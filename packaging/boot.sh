#!/usr/bin/env bash
# Boot the product on free ports with a fresh data folder, wait until API and console answer, stop it with Ctrl-C.
set -uo pipefail
cd "$(dirname "$0")/.."
python=${1:-.venv/bin/python}
free() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
data=$(mktemp -d)
export CAUSEWAY_DATA="$data/store" CAUSEWAY_API_PORT=$(free) CAUSEWAY_CONSOLE_PORT=$(free)
"$python" -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.setsid(); os.execv(sys.argv[1], sys.argv[1:])' \
  "$python" -m app up >"$data/log" 2>&1 &
pid=$!
trap 'kill -KILL -- "-$pid" 2>/dev/null; rm -rf "$data"' EXIT
started=$SECONDS
until curl -fsS -o /dev/null "http://127.0.0.1:$CAUSEWAY_API_PORT/health" 2>/dev/null && curl -fsS -o /dev/null "http://127.0.0.1:$CAUSEWAY_CONSOLE_PORT/" 2>/dev/null; do
  if ! kill -0 "$pid" 2>/dev/null || [ $((SECONDS - started)) -gt 120 ]; then echo "boot: no answer; its last lines:"; tail -n 25 "$data/log"; exit 1; fi
  read -rt 0.5 <> <(:) || true
done
echo "boot: both ports answered after $((SECONDS - started)) s"
kill -INT -- "-$pid"
for _ in $(seq 40); do kill -0 -- "-$pid" 2>/dev/null || { echo "boot: Ctrl-C stopped everything"; exit 0; }; read -rt 0.5 <> <(:) || true; done
echo "boot: something still runs after Ctrl-C"; tail -n 25 "$data/log"; exit 1
