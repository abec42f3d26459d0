"""How many written questions are understood: `python -m tests.bench.asking`. What was kept aside, what was written once
everything was taught, and what was taught by; with how many have their kind among the three nearest.
"""

import re
import time
from collections import Counter

from app.explain.questions import understand_parts
from app.explain.readers import KnownNames
from app.ports.knowledge import Meaning
from rag.text_vectors import remembered_meaning
from tests.told_in_chat import read_questions

KNOWN = KnownNames(
    merchants={"MERCH-A": "Nordic Loom"},
    tools={"rotate_token": "", "purge_cache": "", "escalate": "", "resubscribe_webhook": ""},
    causes={"callback_not_https": ""},
)
NAMES = {
    "incident": "INC-1A",
    "incident2": "INC-2B",
    "action": "ACT-1A",
    "merchant": "MERCH-A",
    "merchant2": "MERCH-A",
    "tool": "rotate_token",
    "cause": "callback_not_https",
    "wave": "wave 2",
    "time": "14:10",
}
FILES = ("kept", "asked_once", "asked_twice", "asked_by_four", "asked_by_four_again", "strange_kept", "tuned_on")
"""What strangers asked: the second by one and the third by another, once everything was taught; what four people would
ask, of which some was mended and the second hundred only counted; and what nobody here can answer.
"""


def measure_file(name: str, meaning: Meaning | None = None) -> str:
    """The figures of one file in a line, with a model of meaning or as where none is installed."""
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    near = unknown = 0
    began = time.perf_counter()
    questions = read_questions(name)["questions"]
    for one in questions:
        text = re.sub(r"{(\w+)}", lambda found: NAMES[found[1]], one["question"])
        parts = understand_parts(text, KNOWN, meaning=meaning)
        group = "typos" if one.get("typos") else one["language"]
        good = [part.kind for part in parts] == one["kind"].split("+")
        asked[group] += 1
        right[group] += good
        near += good or one["kind"] in parts[0].nearest
        unknown += parts[0].kind == "unknown"
    spent = 1_000 * (time.perf_counter() - began) / len(questions)
    groups = ", ".join(f"{group} {right[group]}/{count}" for group, count in sorted(asked.items()))
    total = f"{right.total()}/{len(questions)} right, {unknown} not understood, {near} among the three nearest"
    return f"{name}: {total} ({groups}), {spent:.1f} ms each"


if __name__ == "__main__":
    for name in FILES:
        print(measure_file(name), "without a model of meaning")
        if remembered_meaning():
            measure_file(name, remembered_meaning())
            print(measure_file(name, remembered_meaning()), "with it, known sentences")
