"""What the signs of meaning should weigh, and how much of itself what is counted keeps beside them: fitted on all files
but one, and on other causes than those judged.

    python -m tests.bench.meaning_weights FILE FILE ...

Four numbers are fitted by the likelihood of the truth, with the model of meaning and by words alone at once, since the
pack has one set of weights for both: `share` (app.reason.score.OVERLAP), `slope` (weight and absent of a sign of
meaning together), and the weights of a cause's sign and of the unknown's. Nothing is changed; what the product has
stands beside what was fitted.
"""

import argparse
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped,unused-ignore]

from app.config.model import SignSpec
from app.domain.hypotheses import UNKNOWN
from app.ports.knowledge import Nearness
from app.reason.score import HALF_CONVINCED, HALF_HEARD, OVERLAP, THIN_FROM, score_causes
from rag.text_vectors import remembered_meaning
from rag.word_nearness import nearness_with
from tests.bench.diagnosis import Claim, Guess, judge_all, tell
from tests.bench.labelled_incidents import Labelled, read_labelled
from tests.faults import pack
from tests.told import looked_at, told_as

FOLDS: Final = 5
ROOM: Final = (1.0, 10.0, 4.0, 4.0)
"""How far a number may go from what it is without a reason, each in its own measure."""
RESTRAINT: Final = 0.001
NAMES: Final = (*sorted(one.id for one in pack().causes), UNKNOWN)
Numbers = NDArray[np.float64]


class Setting(NamedTuple):
    """The four numbers."""

    share: float
    slope: float
    of_cause: float
    of_unknown: float


class Taken(NamedTuple):
    """One incident, taken apart: what is counted of the signs of each cause and of what speaks against it, how well
    each explains what is said, and by how many different messages.
    """

    incident: Labelled
    counted: Numbers
    against: Numbers
    likeness: Numbers
    heard: int
    signals: int

    def scores(self, setting: Setting) -> Numbers:
        """The scores, as `app.reason.score` would make them with these numbers."""
        weights = np.full(len(NAMES), setting.of_cause)
        weights[-1] = setting.of_unknown
        sums = self.counted + self.against
        if self.heard:
            meant = self.heard / (self.heard + HALF_HEARD) * (weights - setting.slope * (1 - self.likeness))
            sums = setting.share * self.counted + self.against + meant
        pull = sums * HALF_CONVINCED / (self.signals + HALF_CONVINCED)
        pulled = np.abs(pull) >= THIN_FROM
        pulled[:-1] &= sums[:-1] > 0
        priors = [cause.prior for name in NAMES[:-1] if (cause := pack().cause(name))]
        return np.where(pulled, sums - pull, sums) + np.array([*priors, pack().unknown_prior])


def as_it_is() -> Setting:
    """The numbers of the product."""
    of_cause, of_unknown = (_sign_of_meaning(signs) for signs in (pack().causes[0].signs, pack().unknown_signs))
    return Setting(OVERLAP, of_cause.weight + of_cause.absent, of_cause.weight, of_unknown.weight)


def _sign_of_meaning(signs: Iterable[SignSpec]) -> SignSpec:
    return next(one for one in signs if "meaning" in one.test)


def take_apart(one: Labelled, compared_by: Nearness) -> Taken:
    """An incident as it is looked at when messages are compared by these."""
    dossier = looked_at(told_as(one.case), compared_by)
    found = dossier.facts.meanings
    share = OVERLAP if found.messages else 1.0
    counted, against = np.zeros(len(NAMES)), np.zeros(len(NAMES))
    for told in score_causes(dossier, dossier.evidence, pack()):
        if cause := pack().cause(told.cause):
            findings = (*told.findings_for, *told.findings_against)
            signs = {sign.id for sign in cause.signs if "meaning" not in sign.test}
            contrary = {sign.id for sign in cause.contradictions}
            place = NAMES.index(told.cause)
            counted[place] = math.fsum(one.weight for one in findings if one.sign in signs) / share
            against[place] = math.fsum(one.weight for one in findings if one.sign in contrary)
    likeness = {name.partition("/")[0]: value for name, value in found.likeness.items()}
    explained = np.array([likeness.get(name, 0.0) for name in NAMES])
    return Taken(one, counted, against, explained, found.messages, dossier.facts.signals)


def fit(taken: Sequence[Taken]) -> Setting:
    """The numbers under which the truth was likeliest, held near to those of the product."""
    start = np.array(as_it_is())
    places = [NAMES.index(one.incident.cause) for one in taken]

    def loss(numbers: Numbers) -> float:
        setting = Setting(*(float(one) for one in numbers))
        lost = []
        for one, place in zip(taken, places, strict=True):
            scores = one.scores(setting)
            highest = scores.max()
            lost.append(highest + math.log(np.exp(scores - highest).sum()) - scores[place])
        return math.fsum(lost) / len(lost) + RESTRAINT * float((((numbers - start) / np.array(ROOM)) ** 2).sum())

    found = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 300, "xatol": 0.02, "fatol": 1e-4})
    return Setting(*(round(float(one), 2) for one in found.x))


def judge_with(taken: Sequence[Taken], setting_for: Callable[[Labelled], Setting]) -> Callable[[Labelled], Guess]:
    """A judge that has the numbers which `setting_for` gives it for an incident."""
    by_name = {one.incident.name: one for one in taken}

    def judge(one: Labelled) -> Guess:
        scores = by_name[one.name].scores(setting_for(one))
        powers = np.exp(scores - scores.max())
        shares = [Claim(name, float(power)) for name, power in zip(NAMES, powers / powers.sum(), strict=True)]
        return sorted(shares, key=lambda one: (-one.confidence, one.cause))

    return judge


def _by_file(one: Labelled) -> str:
    return one.name.partition("/")[2].rpartition(" ")[0]


def _by_cause(one: Labelled) -> str:
    """One of five parts of all causes, and of what fits none."""
    names = sorted(NAMES)
    own = names.index(one.cause) if one.cause != UNKNOWN else sum(map(ord, one.name))
    return str(own % FOLDS)


def left_out(taken: Sequence[Taken], part_of: Callable[[Labelled], str]) -> Iterator[tuple[str, Setting]]:
    """For each part the numbers that are fitted without it."""
    for part in sorted({part_of(one.incident) for one in taken}):
        yield part, fit([one for one in taken if part_of(one.incident) != part])


def main() -> None:
    """Print what is fitted without each file and each fifth of the causes, and how it judges what it was not shown."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("files", nargs="+", type=Path)
    incidents = [one for path in asked.parse_args().files for one in read_labelled(path)]
    ways = {"by words": nearness_with(None)}
    if meaning := remembered_meaning():
        ways["by meaning and words"] = nearness_with(meaning)
    taken = {way: [take_apart(one, compared_by) for one in incidents] for way, compared_by in ways.items()}
    every = [one for some in taken.values() for one in some]
    print(f"as it is: {as_it_is()}\nfitted on all: {fit(every)}")
    for title, part_of in (("a file", _by_file), ("a fifth of the causes", _by_cause)):
        settings = dict(left_out(every, part_of))
        print(f"without {title}: {settings}")
        for way, some in taken.items():
            print(f"{way}, {title} left out of the fit:")
            fitted = judge_with(some, lambda one, settings=settings, part_of=part_of: settings[part_of(one)])  # type: ignore[misc]
            kept = judge_with(some, lambda one: as_it_is())
            tell({name: judge_all(judge, incidents) for name, judge in (("fitted", fitted), ("as it is", kept))})


if __name__ == "__main__":
    main()
