"""Makes the virtual environment from the hash-pinned lock. Standard library only, because nothing else is there yet.

    python packaging/install.py run|test        LITE=1 leaves torch out, LLM=1 adds what a language model needs,
                                                MULTILINGUAL=1 the embedding model of many languages

A second call with the same lock takes no time. torch is the one package outside the lock: its CPU, CUDA and macOS
builds have different hashes, so its version is pinned here and it is installed first.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

TORCH_VERSION = "2.13.0"
OLDEST_PYTHON = (3, 11)
ADDED = ("llm", "multilingual")
"""What may be added to a set by a variable of its name; it is the same with torch and without."""
TESTED = ("llm",)
"""What the set for tests holds of it."""
NEEDED_GIB = {"full": 4.0, "lite": 2.0}
PROJECT = Path(__file__).resolve().parent.parent
LOCKS = PROJECT / "packaging" / "locks"


class Stop(Exception):
    """One clear sentence for the person at the keyboard."""


def main(arguments: list[str]) -> int:
    """Install the set that was asked for, if it is not there."""
    wanted = arguments[0] if arguments else "run"
    lite = os.environ.get("LITE", "") not in {"", "0"}
    try:
        check_python()
        install(wanted, lite)
        for added in ADDED:
            if os.environ.get(added.upper(), "") not in {"", "0"} and not (wanted == "test" and added in TESTED):
                install(added, lite)
    except Stop as problem:
        print(f"causeway: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ncauseway: stopped; run the same command again to go on", file=sys.stderr)
        return 130
    return 0


def check_python() -> None:
    """Refuse an interpreter that cannot work, with what to do."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        have = ".".join(str(part) for part in sys.version_info[:3])
        raise Stop(f"this is Python {have}; 3.11 or newer is needed. Try: make run PYTHON=python3.11")
    try:
        import ensurepip
        import venv
    except ImportError as missing:
        raise Stop(
            f"this Python cannot make virtual environments ({missing}); on Debian or Ubuntu: apt-get install"
            " python3-venv"
        ) from None
    del ensurepip, venv


def install(wanted: str, lite: bool) -> None:
    """Bring the environment to the state of its lock; the stamp says what it holds."""
    folder = PROJECT / (".venv-lite" if lite else ".venv")
    lock = lock_of(wanted, lite)
    stamp = folder / "causeway.json"
    mark = fingerprint(lock, lite)
    if read_stamp(stamp).get(wanted) == mark:
        return
    check_disk("lite" if lite else "full")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        say(f"making {folder.name} with Python {sys.version.split()[0]}")
        run([sys.executable, "-m", "venv", str(folder)])
    if not lite:
        install_torch(python)
    names = [
        line.split("==")[0]
        for line in lock.read_text("utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    ]
    say(f"installing up to {len(names)} packages, each checked against its hash")
    pip(python, ["--no-deps", "--require-hashes", "-r", str(lock)], counted=len(names))
    run([str(python), "-m", "pip", "check"])
    held = ("run", *TESTED, "test") if wanted == "test" else (wanted,)
    done = read_stamp(stamp) | {name: fingerprint(lock_of(name, lite), lite) for name in held}
    stamp.write_text(json.dumps(done), encoding="utf-8")
    say("the environment is ready")


def lock_of(wanted: str, lite: bool) -> Path:
    """The lock of a set."""
    return LOCKS / f"{wanted}{'-lite' if lite and wanted not in ADDED else ''}.lock"


def install_torch(python: Path) -> None:
    """The embedding model runs on torch; where its CPU build comes from differs by platform."""
    found = subprocess.run(
        [str(python), "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, check=False
    )
    if found.returncode == 0 and found.stdout.startswith(TORCH_VERSION):
        return
    source = os.environ.get("TORCH_INDEX_URL")
    size = (
        "about 200 MB for a CPU build; a plain Linux index may bring several GB of CUDA (set TORCH_INDEX_URL to a CPU"
        " index, or use LITE=1)"
    )
    say(f"installing torch {TORCH_VERSION}: {size}")
    pip(python, [f"torch=={TORCH_VERSION}", *(["--index-url", source] if source else [])], counted=0)


def fingerprint(lock: Path, lite: bool) -> str:
    """What the environment must match: the lock, torch, and the interpreter."""
    content = lock.read_bytes() + repr((TORCH_VERSION, lite, sys.version_info[:3], str(PROJECT))).encode()
    return hashlib.sha256(content).hexdigest()


def read_stamp(stamp: Path) -> dict[str, str]:
    """What was installed, or nothing when the note is missing or torn."""
    try:
        return dict(json.loads(stamp.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def check_disk(kind: str) -> None:
    """Refuse before the disk is full, not in the middle."""
    free = shutil.disk_usage(PROJECT).free / 2**30
    if free < NEEDED_GIB[kind]:
        raise Stop(
            f"{free:.1f} GiB are free here and {NEEDED_GIB[kind]:.0f} are needed; free some space, or use LITE=1"
        )


def pip(python: Path, arguments: list[str], *, counted: int) -> None:
    """Run pip, showing how far it is, and its last lines when it fails."""
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        *arguments,
    ]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    assert process.stdout is not None
    tail: list[str] = []
    seen = 0
    for line in process.stdout:
        tail = [*tail[-14:], line.rstrip()]
        if line.startswith(("Collecting", "Requirement already satisfied")):
            seen += 1
            if counted and (seen % 20 == 0 or seen == counted):
                say(f"  {seen} of {counted}")
        elif line.startswith("Installing collected"):
            say("  unpacking")
    if process.wait() != 0:
        raise Stop(explain(tail))


def explain(tail: list[str]) -> str:
    """Why pip failed, in one sentence where the cause is known."""
    text = "\n".join(tail)
    if "No space left" in text or "Errno 28" in text:
        return "the disk is full; free some space and run the same command again"
    if "Temporary failure in name resolution" in text or "No matching distribution" in text:
        return f"a package could not be fetched; is the package index reachable?\n{text}"
    return f"pip failed; its last words were:\n{text}"


def run(command: list[str]) -> None:
    """Run a step; its output is shown only when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Stop(explain((done.stdout + done.stderr).splitlines()[-15:]))


def say(what: str) -> None:
    """Progress for people."""
    print(f"causeway: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
