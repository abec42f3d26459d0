"""What confidences should be softened by, and how likely the unknown is beforehand: fitted on some causes, judged on
others.

An incident counts twice: among all causes of the pack, and in a world whose pack never heard of its cause, where the
honest answer is the unknown. Both numbers are fitted on the incidents of four fifths of the causes (and of the
mechanisms that no pack knows), by the likelihood of the truth, and judged on the last fifth; so no cause that is judged
had a say in the numbers it is judged with. Nothing is changed: the numbers of the product stand beside those fitted.
"""

import argparse
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from app.domain.hypotheses import UNKNOWN
from app.reason.score import TEMPERATURE, UNKNOWN_FLOOR, score_causes
from simulations.scoring.statistics import Calibration, calibration_of, share_of
from simulations.world.seeded_random import Draws
from tests.bench.labelled_incidents import Labelled, our_own, read_labelled
from tests.bench.simulated_incidents import draw_incidents
from tests.faults import pack, thresholds
from tests.told import looked_at, told_as

FOLDS: Final = 5
TEMPERATURES: Final = tuple(round(0.2 + 0.1 * step, 1) for step in range(24))
PRIORS: Final = tuple(round(-3.5 + 0.25 * step, 2) for step in range(19))


class Setting(NamedTuple):
    """What scores are divided by, and the score of the unknown."""

    temperature: float
    unknown_prior: float


class Example(NamedTuple):
    """One incident before one pack: the scores of the causes it knows, and what would be right."""

    truth: str
    scores: Mapping[str, float]
    fold: int

    def shares(self, setting: Setting) -> dict[str, float]:
        """The confidences, as `app.reason.score` would make them with these numbers."""
        every = {**self.scores, UNKNOWN: setting.unknown_prior}
        highest = max(every.values())
        powers = {name: math.exp((score - highest) / setting.temperature) for name, score in every.items()}
        total = math.fsum(powers.values())
        shares = {name: power / total for name, power in powers.items()}
        if shares[UNKNOWN] >= UNKNOWN_FLOOR:
            return shares
        left = (1 - UNKNOWN_FLOOR) / (1 - shares[UNKNOWN])
        return {name: UNKNOWN_FLOOR if name == UNKNOWN else share * left for name, share in shares.items()}


def examples_of(incidents: Sequence[Labelled], seed: int) -> list[Example]:
    """Each incident before the whole pack, and where a cause is known, before one that never heard of it."""
    names = sorted({one.cause if one.cause != UNKNOWN else one.name.partition("/")[0] for one in incidents})
    lots = {name: Draws(seed, "fold", name).uniform() for name in names}
    fold = {name: place % FOLDS for place, name in enumerate(sorted(names, key=lots.__getitem__))}
    found = []
    for one in incidents:
        dossier = looked_at(told_as(one.case))
        ranked = score_causes(dossier, dossier.evidence, pack())
        scores = {hypothesis.cause: hypothesis.score for hypothesis in ranked if hypothesis.cause != UNKNOWN}
        mine = fold[one.cause if one.cause != UNKNOWN else one.name.partition("/")[0]]
        found.append(Example(one.cause, scores, mine))
        if one.cause != UNKNOWN:
            bare = {name: score for name, score in scores.items() if name != one.cause}
            found.append(Example(UNKNOWN, bare, mine))
    return found


def fit(examples: Sequence[Example]) -> Setting:
    """The numbers under which the truth was likeliest, each class of truth with the same say."""
    known = [one for one in examples if one.truth != UNKNOWN]
    unknown = [one for one in examples if one.truth == UNKNOWN]

    def likelihood(setting: Setting) -> float:
        return sum(
            math.fsum(math.log(max(one.shares(setting)[one.truth], 1e-9)) for one in some) / max(len(some), 1)
            for some in (known, unknown)
        )

    return max((Setting(*one) for one in product(TEMPERATURES, PRIORS)), key=likelihood)


def claims_of(examples: Iterable[Example], setting: Setting) -> list[tuple[float, bool]]:
    """The confidence of what comes first, and whether it is right."""
    claims = []
    for one in examples:
        name, share = max(one.shares(setting).items(), key=lambda item: (item[1], item[0]))
        claims.append((share, name == one.truth))
    return claims


def judged_by(examples: Sequence[Example], settings: Mapping[int, Setting]) -> Calibration:
    """The claims of each fold with the numbers that were fitted without it."""
    return calibration_of(
        claim for fold, setting in settings.items() for claim in claims_of(_of(examples, fold), setting)
    )


def _of(examples: Iterable[Example], fold: int) -> list[Example]:
    return [one for one in examples if one.fold == fold]


def tell(name: str, examples: Sequence[Example], proposed: Sequence[Setting] = ()) -> None:
    """The numbers of each fold, and both tables."""
    ours = Setting(TEMPERATURE, pack().unknown_prior)
    fitted = {fold: fit([one for one in examples if one.fold != fold]) for fold in range(FOLDS)}
    known = sum(one.truth != UNKNOWN for one in examples)
    print(f"{name}: {len(examples)} judgements, {known} with a known cause, {len(examples) - known} without")
    print(f"  fitted without each fifth: {', '.join(f'{one[0]:g} and {one[1]:g}' for one in fitted.values())}")
    print(f"  fitted on all of them: {' and '.join(f'{one:g}' for one in fit(examples))}")
    rows = [("as it is", dict.fromkeys(range(FOLDS), ours)), ("fitted, left out", fitted)]
    rows += [(f"with {one[0]:g} and {one[1]:g}", dict.fromkeys(range(FOLDS), one)) for one in proposed]
    for title, settings in rows:
        found = judged_by(examples, settings)
        print(f"  {title}: {found.cells()[0]} (n={found.n})")
        _tell_floors(examples, settings)
        for one in found.bins:
            if one.right.n:
                share, of, interval = one.right.cells()
                print(f"    {one.above:.1f} to {one.up_to:.1f}", end=": ")
                print(f"claimed {one.claimed:.2f}, right {share} {of} ({interval})")


def _tell_floors(examples: Sequence[Example], settings: Mapping[int, Setting]) -> None:
    """How often what is likely enough to be treated, or to go ahead by rule, is right."""
    for title, floor in (
        ("treated", thresholds().escalate_confidence),
        ("by rule", thresholds().auto_confidence),
    ):
        led = [
            (max((share, name) for name, share in one.shares(settings[one.fold]).items()), one.truth)
            for one in examples
        ]
        acted = [name == truth for (share, name), truth in led if name != UNKNOWN and share >= floor]
        share, of, interval = share_of(acted).cells()
        print(f"    {title} (from {floor:.2f}): right {share} {of} ({interval})")


def main() -> None:
    """Print the tables of drawn incidents, of our own, and of files."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("files", nargs="*", type=Path)
    asked.add_argument("--drawn", type=int, default=400)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument(
        "--with", dest="wanted", nargs=2, type=float, action="append", default=[], metavar=("T", "PRIOR")
    )
    told = asked.parse_args()
    sets = {f"{told.drawn} drawn with seed {told.seed}": draw_incidents(told.drawn, told.seed), "our own": our_own()}
    sets |= {str(path): read_labelled(path) for path in told.files}
    for name, incidents in sets.items():
        tell(name, examples_of(incidents, told.seed), [Setting(*one) for one in told.wanted])


if __name__ == "__main__":
    main()
