"""One word for one thing: a reader who meets a name twice must not have to ask which of the two is meant."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.architecture.test_house_rules import SOURCES, parsed, short

FRONTS = ("app/cli/", "app/api/routes/", "app/console/", "app/store/migrations/versions/", "graph/nodes/")
"""Where a name is that of a command, an operation, a page, a step of the loop: said as its module is asked for it."""
TWICE = {"Hand", "Interval", "Trouble", "Turn"}
"""Names that still mean two things. The list only gets shorter."""
OF_ONE_WORD = {
    "app/access.py": {"require"},
    "app/api/auth.py": {"door"},
    "app/api/manners.py": {"allowed"},
    "app/domain/times.py": {"shifted"},
    "app/observe/contrast.py": {"contrast"},
    "app/observe/correlate.py": {"correlate"},
    "app/playbooks/plan.py": {"leading"},
    "app/policy/risk.py": {"assess"},
    "app/privacy/redact.py": {"redact"},
    "app/process/private_files.py": {"tidy"},
    "app/services/analyse.py": {"localize", "triage"},
    "app/services/audit/lost_events.py": {"release"},
    "app/services/intake/ingest.py": {"accept", "faults", "misplaced", "refusal"},
    "app/services/intake/lag.py": {"lags"},
    "app/services/intake/signals.py": {"aside", "beyond"},
    "app/services/loop/advance.py": {"advance"},
    "app/services/operations/maintenance.py": {"sizes"},
    "app/services/operations/retention.py": {"foreseen"},
    "app/services/trials/fixtures.py": {"load"},
    "app/services/watch/recovery.py": {"recover"},
    "app/services/watch/sift.py": {"failure", "sift"},
    "app/store/sql/failures.py": {"answering", "unavailable"},
    "app/store/sql/heads.py": {"replaced"},
    "app/verify/recovery.py": {"recovery"},
    "graph/checkpoints.py": {"close", "probe", "thin"},
    "rag/pdf_worker.py": {"main"},
}
"""Functions of one bare word, in modules that are what the word is done to. The list only gets shorter."""


def public_names(path: Path) -> list[tuple[str, bool]]:
    """The public functions and classes at the top of a file, and whether each is a function."""
    return [
        (node.name, not isinstance(node, ast.ClassDef))
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


INSIDE = [path for path in SOURCES if not short(path).startswith(FRONTS)]


def test_no_name_means_two_things() -> None:
    """Two functions of one name are told apart by their module only, which a call does not show."""
    places = defaultdict(list)
    for path in INSIDE:
        for name, _ in public_names(path):
            places[name].append(short(path))
    found = {name: where for name, where in places.items() if len(where) > 1}
    assert len(places) > 500
    assert {name: where for name, where in found.items() if name not in TWICE} == {}, "give one of each another name"
    assert set() == TWICE - set(found), "these mean one thing now; take them off TWICE"


def test_a_function_says_what_it_does_to_what() -> None:
    """A verb without its object is read together with everything around it."""
    found: dict[str, set[str]] = {}
    for path in INSIDE:
        words = {name for name, is_function in public_names(path) if is_function and "_" not in name}
        found |= {short(path): words} if words else {}
    new = {place: words - OF_ONE_WORD.get(place, set()) for place, words in found.items()}
    assert {place: words for place, words in new.items() if words} == {}, "name them by verb and object"
    assert {place for place, words in OF_ONE_WORD.items() if words - found.get(place, set())} == set(), (
        "some of these are renamed; take them off OF_ONE_WORD"
    )
