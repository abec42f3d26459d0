"""What every kind of sign is: what it counts in the facts of a dossier, which evidence shows it, how present that makes
it, and what is wrong with an entry of a pack that can never hold.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import ClassVar

from app.domain.dossier_facts import Counts, DossierFacts
from app.domain.evidence import Evidence
from app.domain.once import once_for_each
from app.validation.strict_yaml import KeyPath


@dataclass(frozen=True, slots=True)
class Presence:
    """How far one sign holds, in [0, 1], and what shows it; not testable when the facts cannot tell."""

    testable: bool
    degree: float = 0.0
    share: float = 0.0
    count: int = 0
    value: str = ""
    evidence_ids: tuple[str, ...] = ()
    by_word: bool = False
    """Whether a person said so, rather than the facts."""
    reach: float = 1.0
    """Of all that fails, the share that tells of such things at all. The rest may be the fault and never say so, so
    what speaks against a cause counts by this: one stray call beside many lines of a log refutes little.
    """


UNTESTABLE = Presence(testable=False)
MOST_NAMED = 4
LISTS_KEPT = 8_192
A_LOOK, A_QUESTION, ASKING_A_MERCHANT = 2.0, 10.0, 60.0
"""Minutes to wait for a look into the directory, for an answer of a colleague, and for one of a merchant."""


@dataclass(frozen=True, slots=True)
class Hits:
    """What a sign hit among the facts: how many of how many, by value, and what that is worth."""

    count: int
    total: int
    by_value: Counts
    weight: float = 1.0
    nearness: float | None = None
    """How much of it there is, where that is not told by counting."""
    reach: float = 1.0
    """The share of what fails that such a sign can be seen in."""

    @property
    def share(self) -> float:
        """How much of it there is, from 0 to 1."""
        return min(self.count / self.total if self.nearness is None else self.nearness, 1.0)


class SignKind(ABC):
    """One kind of sign. Its file names it, and holds one instance as KIND."""

    name: ClassVar[str]
    full_share: ClassVar[float]
    """The share of signals, messages or merchants at which a sign counts as fully present."""
    example: ClassVar[object]
    """What an entry of a pack may look like."""
    contrary_rows: ClassVar[frozenset[str]] = frozenset({"error_group"})
    """The evidence that shows what was seen instead, when the sign is absent."""
    minutes: ClassVar[float] = A_QUESTION
    """How long it takes to learn from elsewhere whether such a sign holds."""
    silence_tells: ClassVar[bool] = True
    """Whether it counts as known to be absent once nothing shows it; what nobody wrote may hold all the same."""
    nothing_at: ClassVar[float] = 0.0
    """The share up to which there is nothing of a sign; what it hits comes to more."""
    can_be_asked: ClassVar[bool] = True
    """Whether a person can be asked if such a sign holds."""
    witness: ClassVar[str | None] = None
    """Which kind of evidence it is: two signs of one kind tell the same twice. Its own where nothing is said; empty
    where it parts no causes worth telling apart, as all incidents have it.
    """

    @property
    def own_witness(self) -> str:
        """The kind of evidence by name."""
        return self.name if self.witness is None else self.witness

    @abstractmethod
    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """What the sign hits among the facts; None when they cannot tell. `sign` is its full name, cause/sign."""

    @abstractmethod
    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """Whether an evidence row shows the sign."""

    def describe_value(self, hits: Hits) -> str:
        """What {value} reads as in the sentence of a sign."""
        return ", ".join(sorted(hits.by_value))

    def describe_wanted(self, wanted: object) -> str:
        """What an entry of a pack looks for, for people."""
        listed = texts_of(wanted)
        return f"{self.name.replace('_', ' ')} {', '.join(listed[:MOST_NAMED])}{', ...' * (len(listed) > MOST_NAMED)}"

    def find_problems(self, wanted: object) -> Iterator[tuple[KeyPath, str]]:
        """What is wrong with an entry of a pack: the key below the kind, and what to do."""
        listed = wanted if isinstance(wanted, list | tuple) else [wanted]
        if not listed:
            yield (), "lists nothing; write at least one value"
        for place, one in enumerate(listed):
            path: KeyPath = (place,) if listed is wanted else ()
            if isinstance(one, bool) or not isinstance(one, str | int) or not str(one).strip():
                yield path, f"is {one!r}; write a word or a number"
                continue
            for what in self.find_value_problems(str(one)):
                yield path, what

    def find_value_problems(self, value: str) -> Iterator[str]:
        """What is wrong with one listed value."""
        yield from ()

    def measure_presence(
        self,
        wanted: object,
        sign: str,
        facts: DossierFacts,
        evidence: Sequence[Evidence],
        full_at: float | None = None,
        *,
        against: bool = False,
    ) -> Presence:
        """How present the sign is; `full_at` is the share at which it fully is, where the pack says another than its
        kind. One that holds but whose evidence is gone is not testable: it claims nothing. What speaks `against` a
        cause is worth no less for being common: a cause that is not there is not there, whoever else is without it.
        """
        hits = self.count_hits(wanted, sign, facts)
        if hits is None:
            return UNTESTABLE
        if not hits.count:
            return Presence(testable=True, reach=hits.reach)
        full = (full_at or self.full_share) - self.nothing_at
        degree = min((hits.share - self.nothing_at) / full, 1.0) * (1.0 if against else hits.weight)
        ids = tuple(row.id for row in evidence if self.is_shown_by(row, wanted, sign, hits))
        if degree > 0 and not ids:
            return UNTESTABLE
        return Presence(
            testable=True,
            degree=round(degree, 6),
            share=round(hits.share, 6),
            count=hits.count,
            value=self.describe_value(hits),
            evidence_ids=ids,
            reach=hits.reach,
        )


class RouteKind(SignKind):
    """What the kinds share that look at one part of the failing routes."""

    part: ClassVar[str]
    """What the part is called in the key of an error group."""

    @abstractmethod
    def counts_in(self, facts: DossierFacts) -> Counts:
        """The failures by this part of their route."""

    def fits_value(self, value: str, wanted: Sequence[str]) -> bool:
        """Whether a value is one of those wanted; stars stand for anything, and case does not matter."""
        return _fits_any(value, tuple(wanted))

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """The failures whose route fits, of those whose route is known in this part."""
        counts = self.counts_in(facts)
        total = sum(counts.values())
        if not total:
            return None
        listed = texts_of(wanted)
        fitting = {value: count for value, count in counts.items() if self.fits_value(value, listed)}
        reach = min(total / facts.errors, 1.0) if facts.errors else 1.0
        return Hits(count=sum(fitting.values()), total=total, by_value=fitting, reach=reach)

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The error groups with a value that fits."""
        return row.kind == "error_group" and str(row.data.get(self.part)) in hits.by_value

    def describe_value(self, hits: Hits) -> str:
        """The value that failed most often."""
        return max(hits.by_value, key=lambda name: (hits.by_value[name], name)) if hits.by_value else ""


@lru_cache(maxsize=16_384)
def _fits_any(value: str, wanted: tuple[str, ...]) -> bool:
    """The same few routes fail again and again, and every cause is asked about each."""
    return any(fnmatchcase(value.lower(), one.lower()) for one in wanted)


def texts_of(wanted: object) -> tuple[str, ...]:
    """The values an entry lists, as text; a single one may stand without a list."""
    return _listed_texts(wanted) if isinstance(wanted, list | tuple) else (str(wanted),)


@once_for_each(LISTS_KEPT)
def _listed_texts(wanted: Sequence[object]) -> tuple[str, ...]:
    """Every incident asks every sign, and what a pack lists never changes."""
    return tuple(map(str, wanted))
