"""The folder with the vectors: embedded Chroma, opened by exactly one process, thrown away and rebuilt whenever it is
in doubt.

Two processes writing one Chroma folder lose chunks without a word, so the first one holds a lock and the second gets a
sentence. Inside one process everybody who opens the same folder shares it.
"""

import errno
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar, cast

from app.domain.base import JsonMapping, JsonObject, digest_of
from app.domain.errors import Conflict, Unavailable
from app.process.held_file import LEAST_ROOM
from app.process.large_imports import import_once
from app.process.private_files import own_folder

if TYPE_CHECKING:
    import numpy
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from chromadb.config import Settings
    from numpy.typing import NDArray

BATCH = 1_000
VECTORS_KEPT_BY = ("numpy", "chromadb", "chromadb.config")
LOCK_FILE = "owner.lock"
VECTORS = "vectors"
PULSE = "pulse"


class Broken(Exception):
    """The vectors on disk cannot be used as they are; they are to be rebuilt."""


class VectorFolder:
    """One folder of collections. Get it with `VectorFolder.open`, give it back with `close`."""

    _opened: ClassVar[dict[Path, "VectorFolder"]] = {}
    _opening: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._users = 0
        self._owner = _hold_lock_file(path)
        self._client: Client | None = None
        self._home: Path | None = None
        self._identity: tuple[int, int] | None = None

    @classmethod
    def open(cls, path: Path) -> "VectorFolder":
        """The folder, shared by everybody in this process; Conflict when another process has it."""
        place = path.resolve()
        with cls._opening:
            folder = cls._opened.get(place)
            if folder is None:
                folder = cls._opened[place] = cls(place)
            folder._users += 1
            return folder

    @classmethod
    def is_open(cls, path: Path) -> bool:
        """Whether anybody in this process has it open."""
        return path.resolve() in cls._opened

    def close(self) -> None:
        """Release it; the last user in this process releases the lock."""
        with self._opening, self.lock:
            self._users -= 1
            if self._users > 0:
                return
            self._opened.pop(self.path, None)
            self._disconnect()
            self._owner.close()

    def probe(self) -> None:
        """Write something, without waiting for whoever works in it; Unavailable when that fails. A folder that is gone
        is made again.
        """
        what, place = "the search index cannot be written now", str(self.path)
        try:
            if not self.path.is_dir():
                self.path.mkdir(parents=True, exist_ok=True)
                raise Unavailable(
                    what,
                    "its folder was removed",
                    place=place,
                    remedy="nothing is lost: it is drawn anew from the store",
                )
            if shutil.disk_usage(self.path).free < LEAST_ROOM:
                raise OSError(errno.ENOSPC, "its disk is full")
            write_whole(self.path / PULSE, json.dumps({"process": os.getpid()}))
        except OSError as failure:
            remedy = (
                "look whether its disk is full, gone or broken, and whether the folder may be written; it goes on by"
                " itself"
            )
            raise Unavailable(what, str(failure.strerror), place=place, remedy=remedy) from failure

    def collection(self, name: str) -> "Collection":
        """A collection of cosine vectors; raises Broken when the files cannot be read."""
        with self.lock:
            if self._client is not None and self._identity != self._file_identity():
                self._disconnect()
                raise Broken("the index folder was removed or replaced")
            client = self._client or self._connect()
            with guarded():
                return client.get_or_create_collection(
                    name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
                )

    def drop(self, name: str) -> None:
        """Forget a collection; when even that fails, everything."""
        with self.lock:
            self.note(name, None)
            try:
                client = self._client or self._connect()
                with guarded():
                    if name in [collection.name for collection in client.list_collections()]:
                        client.delete_collection(name)
            except Broken:
                self.wipe()

    def wipe(self) -> None:
        """Throw all vectors away; the next collection starts in a fresh sub-folder, so nothing of the old files is met
        again.
        """
        with self.lock:
            self._disconnect()
            for old in self.path.glob(f"{VECTORS}*"):
                shutil.rmtree(old, ignore_errors=True)
            for sheet in self.path.glob("*.json"):
                if sheet.name.startswith("shelf-"):
                    sheet.unlink(missing_ok=True)
            self._home = None

    def note(self, name: str, facts: JsonMapping | None) -> None:
        """Write down (or forget) what a collection was built from."""
        sheet = self.path / f"shelf-{digest_of(name)[:16]}.json"
        if facts is None:
            sheet.unlink(missing_ok=True)
        else:
            write_whole(sheet, json.dumps({"collection": name, **facts}, sort_keys=True))

    def noted(self, name: str) -> JsonObject:
        """What was written down about a collection; empty when nothing readable is there."""
        try:
            found = json.loads((self.path / f"shelf-{digest_of(name)[:16]}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _connect(self) -> "Client":
        import_once(*VECTORS_KEPT_BY)
        import chromadb

        home = self._home or self._find_home()
        own_folder(home)
        with guarded():
            client = cast("Client", chromadb.PersistentClient(path=str(home), settings=_quiet_settings().model_copy()))
        self._client, self._home = client, home
        self._identity = self._file_identity()
        return client

    def _find_home(self) -> Path:
        """The sub-folder in use, or the name of a new one that was never used in this folder before."""
        existing = sorted(self.path.glob(f"{VECTORS}-*"))
        return existing[-1] if existing else self.path / f"{VECTORS}-{os.urandom(4).hex()}"

    def _disconnect(self) -> None:
        client, self._client, self._identity = self._client, None, None
        if client is not None:
            try:
                with guarded():
                    client.close()
            except Broken:
                return

    def _file_identity(self) -> tuple[int, int] | None:
        """Which file the database is, to notice when it is deleted or replaced under us."""
        try:
            found = ((self._home or self.path) / "chroma.sqlite3").stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


@cache
def _quiet_settings() -> "Settings":
    """Chroma's settings, gathered from the surroundings once; a client writes its folder into its copy."""
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


class guarded:
    """Turns whatever Chroma throws at broken files into Broken."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Name the failure; what is not a failure of the files passes."""
        if error is None or isinstance(error, Broken):
            return
        from chromadb.errors import ChromaError

        if isinstance(
            error, (ChromaError, sqlite3.Error, OSError, RuntimeError, ValueError, TypeError, KeyError, AttributeError)
        ):
            raise Broken(f"{type(error).__name__}: {error}") from error


def upsert_vectors(collection: "Collection", ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
    """Add vectors, a batch at a time."""
    with guarded():
        for start in range(0, len(ids), BATCH):
            collection.upsert(
                ids=list(ids[start : start + BATCH]), embeddings=_to_array(vectors[start : start + BATCH])
            )


def delete_vectors(collection: "Collection", ids: Sequence[str]) -> None:
    """Remove vectors, a batch at a time."""
    with guarded():
        for start in range(0, len(ids), BATCH):
            collection.delete(ids=list(ids[start : start + BATCH]))


def all_ids(collection: "Collection") -> set[str]:
    """Every id in the collection."""
    with guarded():
        return set(collection.get(include=[])["ids"])


def count_vectors(collection: "Collection") -> int:
    """How many vectors the collection says it has."""
    with guarded():
        return collection.count()


def find_nearest_vectors(collection: "Collection", vector: Sequence[float], most: int) -> dict[str, float]:
    """The ids nearest to a vector with their cosine similarity."""
    with guarded():
        found = collection.query(query_embeddings=_to_array([vector]), n_results=most, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        return {id: 1.0 - float(away) for id, away in zip(found["ids"][0], distances, strict=True)}


def _to_array(vectors: Sequence[Sequence[float]]) -> "NDArray[numpy.float32]":
    """The vectors as Chroma takes them."""
    import numpy

    return numpy.asarray(vectors, dtype=numpy.float32)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new content, never half."""
    own_folder(path.parent)
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _hold_lock_file(path: Path) -> IO[str]:
    """The lock file, held; Conflict with a sentence when another process holds it."""
    own_folder(path)
    file = (path / LOCK_FILE).open("a+", encoding="utf-8")
    try:
        _try_lock(file)
    except OSError as taken:
        file.seek(0)
        owner = file.read(20).strip() or "unknown"
        file.close()
        raise Conflict(
            f"another process (id {owner}) has the search index in {path.name!r} open; only one may, so stop it or use"
            " another folder",
            owner=owner,
        ) from taken
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def _try_lock(file: IO[str]) -> None:
    """Lock without waiting; OSError when somebody has it."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        file.seek(1_000)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows only
        return
    fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
