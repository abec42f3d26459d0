"""How well causes are told, beside rules that anybody would write in an hour, and what each group of evidence is worth:
`python -m tests.bench.diagnosis FILE ...`, without a file on the incidents of our own tests.

On our own incidents, which the pack was written beside, the figures of the product say little; the file of somebody who
never saw the pack is what counts. A learner is never asked about an incident that it learnt from.
"""

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from app.domain.hypotheses import UNKNOWN, Dossier
from app.observe.match import listed_values
from app.ports.knowledge import Nearness
from app.reason.score import score_causes
from app.settings import Settings
from rag.index import Document, RunbookIndex
from rag.shipped import load_shipped
from rag.tenant_index import FLOOR
from rag.text_vectors import remembered_meaning
from rag.word_nearness import nearness_with
from simulations.scoring.statistics import Calibration, Rate, calibration_of, share_of
from tests.bench.labelled_incidents import GROUPS, Labelled, every_feature, our_own, read_labelled, without
from tests.builders import NOW
from tests.faults import pack, thresholds
from tests.told import looked_at, told_as


class Claim(NamedTuple):
    """A cause with its confidence, and with what of that may be acted on, where it is less."""

    cause: str
    confidence: float
    lower: float | None = None

    @property
    def least(self) -> float:
        """What may be acted on."""
        return self.confidence if self.lower is None else self.lower


Guess = list[Claim]
"""Claims, the likeliest first; the unknown is one of them. A rule is as sure as it can be."""
Judge = Callable[[Labelled], Guess]
SURE = 1.0
EDGES = (0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
SMOOTHING = 0.5
PASSAGES = 12


class Judged(NamedTuple):
    """What one judge made of all incidents."""

    first: Rate
    third: Rate
    kept: Rate
    wrong: Rate
    treated: Rate
    rightly: Rate
    calibration: Calibration
    curve: Sequence[tuple[float, int, int]]
    """From each confidence on that may be acted on: how many would be treated rightly, and how many wrongly."""


def judge_all(judge: Judge, incidents: Sequence[Labelled]) -> Judged:
    """First, among the first three, unknown left unknown, a wrong cause in front, and what is likely enough to be
    treated.
    """
    told = [(one.cause, judge(one)) for one in incidents]
    known = [(cause, guess) for cause, guess in told if cause != UNKNOWN]
    floor = thresholds().escalate_confidence
    claims = [(guess[0], cause) for cause, guess in told]
    acted = [(claim.least, claim.cause == cause) for claim, cause in claims if claim.cause != UNKNOWN]
    return Judged(
        first=share_of(guess[0].cause == cause for cause, guess in known),
        third=share_of(cause in [one.cause for one in guess if one.cause != UNKNOWN][:3] for cause, guess in known),
        kept=share_of(guess[0].cause == UNKNOWN for cause, guess in told if cause == UNKNOWN),
        wrong=share_of(claim.cause not in {cause, UNKNOWN} for claim, cause in claims),
        treated=share_of(claim.cause not in {cause, UNKNOWN} and claim.least >= floor for claim, cause in claims),
        rightly=share_of(guess[0].cause == cause and guess[0].least >= floor for cause, guess in known),
        calibration=calibration_of((claim.confidence, claim.cause == cause) for claim, cause in claims),
        curve=[
            (
                edge,
                sum(right for least, right in acted if least >= edge),
                sum(not right for least, right in acted if least >= edge),
            )
            for edge in EDGES
        ],
    )


def by_the_product(dossier: Dossier) -> Guess:
    """The ranking of the product."""
    return [Claim(one.cause, one.confidence, one.lower) for one in score_causes(dossier, dossier.evidence, pack())]


def by_the_commonest_code(one: Labelled) -> Guess:
    """The cause that lists the most frequent code; nobody knows, where there is no code or no cause lists it."""
    counted = Counter(str(seen["error_code"]) for seen in one.case.seen if seen.get("error_code"))
    for code, _ in counted.most_common():
        listed = [
            (-sign.weight, cause.id)
            for cause in pack().causes
            for sign in cause.signs
            if code in listed_values(sign.test, "code")
        ]
        if listed:
            return [*(Claim(cause, SURE) for _, cause in sorted(listed)), Claim(UNKNOWN, 0.0)]
    return [Claim(UNKNOWN, SURE)]


class ByTheNearestRunbook:
    """The cause of the runbook that the words of an incident find first, by the product's own search by words; one that
    hardly covers them counts only where the floor is low.
    """

    def __init__(self, folder: Path, floor: float) -> None:
        shelf = Settings().runbooks
        shipped = [document for document, _ in load_shipped(shelf, NOW)]
        self._causes = {one.id: one.causes for one in shipped}
        self._index = RunbookIndex(folder, lite=True, floor=floor)
        texts = {one.id: (shelf / one.filename).read_text(encoding="utf-8") for one in shipped}
        self._index.add(Document(id=one.id, title=one.title, text=texts[one.id]) for one in shipped)

    def __call__(self, one: Labelled) -> Guess:
        """The causes of what is found, in its order; nobody knows, where nothing is."""
        words = " ".join(
            str(part)
            for seen in one.case.seen
            for part in (seen.get("error_code"), seen.get("endpoint"), seen.get("error_message"), seen.get("message"))
            if part
        )
        found = self._index.search(f"{words} {' '.join(one.case.said)}", k=PASSAGES)
        causes = [cause for passage in found for cause in self._causes.get(passage.document_id, ())]
        if not causes:
            return [Claim(UNKNOWN, SURE)]
        return [*(Claim(cause, SURE) for cause in dict.fromkeys(causes)), Claim(UNKNOWN, 0.0)]


class NaiveBayes:
    """A plain learner: whether a feature is there, by cause, smoothed; what fits no cause is a class like any other."""

    def __init__(self, taught: Sequence[Labelled]) -> None:
        self._taught = [(one.cause, frozenset(every_feature(one.case)), one.name) for one in taught]

    def __call__(self, one: Labelled) -> Guess:
        """Learnt from all others, and asked about this one."""
        seen = frozenset(every_feature(one.case))
        taught = [(cause, features) for cause, features, name in self._taught if name != one.name]
        vocabulary = {feature for _, features in taught for feature in features}
        by_cause: dict[str, list[frozenset[str]]] = defaultdict(list)
        for cause, features in taught:
            by_cause[cause].append(features)
        logs = {}
        for cause, told in by_cause.items():
            counted = Counter(feature for features in told for feature in features)
            logs[cause] = math.fsum(
                math.log((counted[feature] + SMOOTHING) / (len(told) + 2 * SMOOTHING)) for feature in seen & vocabulary
            ) + math.fsum(
                math.log(1 - (counted[feature] + SMOOTHING) / (len(told) + 2 * SMOOTHING))
                for feature in counted.keys() - seen
            )
        highest = max(logs.values())
        total = math.fsum(math.exp(one - highest) for one in logs.values())
        shares = [Claim(cause, math.exp(log - highest) / total) for cause, log in logs.items()]
        return sorted(shares, key=lambda one: (-one.confidence, one.cause))


def measure(
    incidents: Sequence[Labelled], taught: Sequence[Labelled], folder: Path, compared_by: Nearness
) -> dict[str, Judged]:
    """Every judge, and the product without each group of evidence, on the same incidents; messages are compared with
    sentences by what they mean, or by their words alone.
    """
    judges: dict[str, Judge] = {
        "the product": lambda one: by_the_product(looked_at(told_as(one.case), compared_by)),
        "the commonest code": by_the_commonest_code,
        "a runbook that covers it": ByTheNearestRunbook(folder / "covers", FLOOR),
        "the nearest runbook": ByTheNearestRunbook(folder / "nearest", 0.0),
        "naive Bayes": NaiveBayes(taught),
        "naive Bayes, of the file": NaiveBayes([*incidents, *taught] if incidents != taught else taught),
        "always unknown": lambda one: [Claim(UNKNOWN, SURE)],
    }
    for group in GROUPS:
        judges[f"without {group}"] = lambda one, group=group: by_the_product(without(group, one.case, compared_by))  # type: ignore[misc]
    return {name: judge_all(judge, incidents) for name, judge in judges.items()}


def tell(found: dict[str, Judged]) -> None:
    """The table."""
    titles = ("first", "among three", "unknown kept", "wrong first", "treated wrongly", "treated rightly")
    print(" " * 26 + "".join(f"{title:>26}" for title in titles))
    for name, one in found.items():
        rates = (one.first, one.third, one.kept, one.wrong, one.treated, one.rightly)
        print(f"{name:26}" + "".join(f"{_cell(rate):>26}" for rate in rates) + f"  {one.calibration.cells()[0]}")
    told = next(iter(found.values())).curve
    print("treated rightly / wrongly from: " + ", ".join(f"{edge:.2f} {well}/{ill}" for edge, well, ill in told))


def _cell(rate: Rate) -> str:
    if rate.value is None:
        return "-"
    return f"{rate.hits}/{rate.n} {rate.value:.0%} ({rate.low:.0%}-{rate.high:.0%})"


def main() -> None:
    """Print the table of every file."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("files", nargs="*", type=Path)
    asked.add_argument("--lite", action="store_true", help="as where no model of meaning is installed")
    given = asked.parse_args()
    compared_by = nearness_with(None if given.lite else remembered_meaning())
    sets = {str(path): read_labelled(path) for path in given.files} or {"our own": our_own()}
    for name, incidents in sets.items():
        strangers = sum(one.cause == UNKNOWN for one in incidents)
        print(f"{name}: {len(incidents)} incidents, {strangers} of them of no cause of the pack")
        with TemporaryDirectory() as folder:
            tell(measure(incidents, our_own(), Path(folder), compared_by))


if __name__ == "__main__":
    main()
