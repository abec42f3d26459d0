"""Large libraries are imported by one thread, and the worker waits for that."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.process.large_imports import import_once

PROJECT = Path(__file__).resolve().parents[2]
WATCHED = """
import sys, threading
from pathlib import Path
LARGE = {"scipy", "sklearn", "chromadb", "torch"}
seen = set()
def watch(event, given):
    if event == "import" and given[0].split(".")[0] in LARGE and given[0] not in sys.modules:
        seen.add(threading.current_thread().name)
sys.addaudithook(watch)
from app.bootstrap import build_application
from app.domain.tenants import Scope
from app.settings import Settings
application = build_application(Settings(data=Path(sys.argv[1]), lite=True, demo=False, log_level="ERROR"))
assert not seen, seen
from threadpoolctl import threadpool_info
application.start()
application.ctx.retriever.search(Scope(tenant_id="default"), "callbacks must be https")
application.retriever.warm().join()
application.stop()
print(*sorted(seen))
print(*{one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"})
"""


@pytest.mark.long
@pytest.mark.ci
def test_one_thread_imports_all_that_is_large_and_one_does_its_sums(tmp_path: Path) -> None:
    """Also while a question comes in at once, and though nobody said so beforehand."""
    told_by_us = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"}
    environment = {name: value for name, value in os.environ.items() if name not in told_by_us}
    environment["PYTHONPATH"] = str(PROJECT)
    told = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "data")],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    importing, threads = told.stdout.splitlines()
    assert len(importing.split()) == 1, told.stdout
    assert threads == "1"


def test_everybody_who_asks_meanwhile_gets_the_whole_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_come.py").write_text("import threading\nthreading.Event().wait(0.2)\nwhole = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found: list[bool] = []

    def ask() -> None:
        import_once("slow_to_come")
        found.append(getattr(sys.modules["slow_to_come"], "whole", False))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


def test_what_cannot_be_imported_says_so_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError):
            import_once("there_is_no_such_library")
