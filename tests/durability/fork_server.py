"""A parent that has imported everything once, and whose children live over a data folder or a database until they are
done, or killed.

Run as a process of its own: it reads one job a line and writes one obituary a line. A child is forked before any thread
starts, so that its life begins ready-imported. It is killed by SIGKILL: at a failpoint it was told by number or by name
(by itself, when it gets there), or by its parent some milliseconds after it said ready. Which point it passed last is
kept in memory that both share.
"""

import json
import mmap
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tests.durability.world import Plan

ROOT = Path(__file__).resolve().parents[2]
LONGEST_LIFE = 900.0
LONGEST_NAME = 120
QUIET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Watch:
    """How many points were passed, and the name of the last: written by the child, read by the parent after
    its death.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 4096)

    def passed(self, number: int, name: str) -> None:
        """The child is here."""
        written = name.encode()[:LONGEST_NAME]
        self._shared[: 8 + len(written)] = struct.pack("<II", number, len(written)) + written

    def read(self) -> tuple[int, str]:
        """Where the child was last."""
        number, length = struct.unpack("<II", self._shared[:8])
        return number, self._shared[8 : 8 + length].decode()

    def close(self) -> None:
        """Give the memory back."""
        self._shared.close()


class Child:
    """One life, seen from inside: it counts its points, and ends itself at the one it was told."""

    def __init__(self, job: dict[str, Any], watch: Watch, ready: int) -> None:
        self._job, self._watch, self._ready = job, watch, ready
        self._count = self._sends = 0
        self._armed = False

    def live(self) -> None:
        """Open the product over the place and bring the plan to its end."""
        from tests.durability.worker_driver import Place, leases_run_out

        driver = import_module(self._job.get("driver", "tests.durability.worker_driver"))
        place = Place.of(self._job["place"])
        effects = driver.open_world(place)
        application = driver.open_application(place, effects, self.passed)
        leases_run_out(application)
        driver.Life(application, _plan(self._job.get("before", ()))).run()
        self._armed = True
        if not self._job.get("ready_after"):
            self.say("ready")
        driver.Life(application, _plan(self._job["plan"])).run()
        application.stop()
        effects.close()

    def passed(self, name: str) -> None:
        """A failpoint was reached."""
        if not self._armed:
            return
        self._count += 1
        self._watch.passed(self._count, name)
        if self._count == self._job.get("kill_at") or name == self._job.get("kill_at_point"):
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith("send "):
            self._sends += 1
            if self._sends == self._job.get("ready_after"):
                self.say("ready")

    def say(self, word: str) -> None:
        """Tell the parent."""
        os.write(self._ready, f"{word}\n".encode())


def _plan(cases: Any) -> "Plan":
    from tests.durability.world import Case, Plan

    return Plan(tuple(Case(*case) for case in cases))


def raise_child(job: dict[str, Any]) -> dict[str, Any]:
    """Fork one child, watch over its life, and tell how it ended."""
    watch = Watch()
    hears, says = os.pipe()
    born = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.close(hears)
        _be_born(job, watch, says)
    os.close(says)
    heard = _until_ready(hears)
    killed_after = _let_live(hears, pid, job) if heard else None
    _, status = os.waitpid(pid, 0)
    os.close(hears)
    number, name = watch.read()
    watch.close()
    ended = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return {
        "pid": pid,
        "ended": ended,
        "points": number,
        "point": name,
        "after_ms": killed_after,
        "seconds": time.monotonic() - born,
    }


def _be_born(job: dict[str, Any], watch: Watch, says: int) -> None:
    """The child's side of the fork; it never returns to the parent's code."""
    code = 1
    try:
        Child(job, watch, says).live()
        code = 0
    except BaseException:  # noqa: BLE001 - whatever ended it is told, and the process ends here
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _until_ready(hears: int) -> bool:
    """Wait for the word, or for the end of the pipe when the child ended before it."""
    select.select([hears], [], [], LONGEST_LIFE)
    return bool(os.read(hears, 16))


def _let_live(hears: int, pid: int, job: dict[str, Any]) -> float | None:
    """Let it live for its time after it was ready; kill it when it is still alive then."""
    patience = job.get("kill_after_ms")
    ended, _, _ = select.select([hears], [], [], LONGEST_LIFE if patience is None else patience / 1000)
    if ended:
        return None
    os.kill(pid, signal.SIGKILL)
    return patience


def main() -> None:
    """One job a line, one obituary a line, until the input ends."""
    grow_up(Path(sys.argv[1]))
    print(json.dumps({"nursery": os.getpid()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(raise_child(json.loads(line))), flush=True)


def grow_up(config: Path) -> None:
    """Live a whole short life over a passing folder, so that everything a child will need is imported; no thread may be
    left of it.
    """
    from tests.durability.worker_driver import Life, Place, open_application, open_world
    from tests.durability.world import Case, Plan

    with TemporaryDirectory() as folder:
        place = Place(Path(folder), config)
        effects = open_world(place)
        application = open_application(place, effects, lambda _name: None, passing=True)
        Life(application, Plan((Case(0, "warm", "asked_report"),))).run()
        application.stop()
        effects.close()
    assert threading.active_count() == 1, threading.enumerate()


class Nursery:
    """The nursery as a test sees it."""

    def __init__(self, log: Path, config: Path) -> None:
        self._log = log.open("a")
        environment = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.durability.fork_server", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        self._answer()

    def raise_child(self, job: dict[str, Any]) -> dict[str, Any]:
        """Let one child live; how it ended. A child that ended in an error ends the test, with what it said."""
        assert self._process.stdin is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        obituary = self._answer()
        print(
            f"pid {obituary['pid']} ended {obituary['ended']} at point {obituary['points']}: {obituary['point']}",
            file=self._log,
            flush=True,
        )
        assert obituary["ended"] in (0, -signal.SIGKILL), f"a child ended with {obituary}:\n{self.tail()}"
        return obituary

    def tail(self) -> str:
        """The last lines of the log."""
        return "\n".join(Path(self._log.name).read_text().splitlines()[-60:])

    def close(self) -> None:
        """Let the parent end."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the nursery ended:\n{self.tail()}"
        found: dict[str, Any] = json.loads(line)
        return found


if __name__ == "__main__":
    main()
