"""Large libraries are imported for the first time by one thread at a time.

Some of them (torch and scipy with it) come half made to a second thread that imports them meanwhile, or wait for each
other for ever. So whoever needs one says so here first: the first to ask imports it, and everybody else waits until it
is whole.
"""

import importlib
import threading

ARITHMETIC = (
    *("numpy", "scipy.special", "scipy.sparse"),
    "bm25s",
    *("sklearn.cluster", "sklearn.preprocessing", "sklearn.decomposition", "sklearn.feature_extraction.text"),
)
"""What the observers, the lighter vectors and the search for words count with."""

_IMPORTING = threading.RLock()
_whole: set[str] = set()


def import_once(*names: str) -> None:
    """Return when all of these are imported."""
    if _whole.issuperset(names):
        return
    with _IMPORTING:
        for name in names:
            importlib.import_module(name)
            _whole.add(name)
