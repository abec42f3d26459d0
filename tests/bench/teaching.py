"""Teaches what people ask, and judges how well that is done: `make learn`.

Learnt is from every example, and kept beside them. `python -m tests.bench.teaching judge` learns from one writer's and
counts on the other's, both ways round: by this everything that decides is chosen.
"""

import sys
from collections.abc import Sequence
from statistics import fmean

import numpy as np

from app.explain.features import mask_slots
from app.explain.kind import LANGUAGES, UNKNOWN_KIND
from app.explain.learning import learn_examples
from app.explain.matcher import Likeness, Matcher
from app.explain.questions import is_clear
from app.explain.taught import LEARNT, Example, list_taught, read_all_examples
from app.ports.knowledge import Meaning
from rag.text_vectors import remembered_meaning


def write_learnt() -> None:
    """Learn from all examples, and keep it. What a model of meaning tells is learnt as well, so one must be there."""
    meaning = remembered_meaning()
    if meaning is None:
        sys.exit("no model of meaning is installed, and what it tells has to be learnt too; do without LITE=1")
    np.savez_compressed(LEARNT, allow_pickle=False, **learn_examples(read_all_examples(), meaning))


def judge(learnt_from: str, meaning: Meaning | None) -> str:
    """In a line, how much of what the others wrote is understood."""
    examples = read_all_examples()
    matcher = Matcher(learn_examples([one for one in examples if one.writer == learnt_from], meaning))
    asked = [one for one in examples if one.writer != learnt_from]
    told = [matcher.compare(mask_slots(one.text), meaning) for one in asked]
    pairs = list(zip(asked, told, strict=True))
    known = [pair for pair in pairs if pair[0].kind != UNKNOWN_KIND]
    others = [pair for pair in pairs if pair[0].kind == UNKNOWN_KIND]
    by_language = (f"{code} {_share_right([one for one in known if one[0].language == code])}" for code in LANGUAGES)
    left = fmean(not is_clear(likeness) for _, likeness in others)
    return (
        f"learnt from {learnt_from}, {'with' if meaning else 'without'} meaning: of {len(known)} questions"
        f" {_share_right(known)} right ({', '.join(by_language)}), {fmean(not is_clear(one) for _, one in known):.1%}"
        f" not understood; of {len(others)} that ask nothing we know {left:.1%} not answered"
    )


def _share_right(pairs: Sequence[tuple[Example, Likeness]]) -> str:
    return f"{fmean(is_clear(likeness) and likeness.best[0] == one.kind for one, likeness in pairs):.1%}"


if __name__ == "__main__":
    if sys.argv[1:] == ["judge"]:
        kinds = list_taught()
        written = {(one.writer, one.kind) for one in read_all_examples()}
        writers = dict.fromkeys(one.writer for one in read_all_examples())
        for writer in (one for one in writers if all((one, kind) in written for kind in kinds)):
            for meaning in dict.fromkeys([None, remembered_meaning()]):
                print(judge(writer, meaning), flush=True)
    else:
        write_learnt()
