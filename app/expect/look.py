"""One look at a panel: everything that judging it needs, worked out once."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from app.expect.descriptions import Bools, Columns
from app.expect.expected import Stream, expect_each, spare_moved
from app.expect.explained import Explained
from app.expect.families import OUTCOMES
from app.expect.faults import Fault
from app.expect.outcomes import Outcomes
from app.expect.panel import Panel


class Look:
    """Local to one call of `judge_streams`."""

    def __init__(
        self, panel: Panel, columns: Columns, now: int, prior: Callable[[str], float], threshold: float
    ) -> None:
        self.panel, self.columns, self.now, self.prior, self.threshold = panel, columns, now, prior, threshold
        self.dispersion = panel.dispersions()
        self._whole: list[Stream] | None = None
        self._each: dict[str, Stream | None] = {}
        """What each stream would show by itself, in their order; none of what shows nothing."""
        self._by_name: dict[str, Stream] = {}
        self._left: list[Stream] | None = None
        self._outcomes: Outcomes | None = None
        self._explained: list[Explained] = []
        self.faults: Sequence[Fault] = ()
        """What is known so far."""
        self.names = np.array(panel.merchants, dtype=object)

    def streams(self) -> list[Stream]:
        """Without what is explained."""
        if not self._explained:
            return self.whole()
        if self._left is None:
            self._left = self._without_explained()
        return self._left

    def _without_explained(self) -> list[Stream]:
        """What is explained is a matter of few streams: the others are as they were."""
        self.whole()
        window = self.panel.look(self.now, touched=True)
        left: dict[str, Stream | None] = {**self._each, **dict.fromkeys(window.streams)}
        left.update((one.name, one) for one in expect_each(window, self.dispersion))
        return spare_moved(one for one in left.values() if one is not None)

    def outcomes(self) -> Outcomes:
        """Of these, the ones that tell of harm by themselves."""
        if self._outcomes is None:
            self._outcomes = Outcomes([one for one in self.streams() if one.family.name in OUTCOMES])
        return self._outcomes

    def explain(self, faults: Sequence[Fault]) -> None:
        """What these faults account for is left out from now on."""
        self.faults = faults
        explained = [cells for one in faults for cells in one.explains()]
        self.panel.explain(explained)
        if explained != self._explained:
            self._explained, self._left, self._outcomes = explained, None, None

    def whole(self) -> list[Stream]:
        """With it."""
        if self._whole is None:
            window = self.panel.look(self.now, masked=False)
            self._each = dict.fromkeys(window.streams)
            self._each.update((one.name, one) for one in expect_each(window, self.dispersion))
            self._whole = spare_moved(one for one in self._each.values() if one is not None)
            self._by_name = {one.name: one for one in self._whole}
        return self._whole

    def stream(self, name: str) -> Stream | None:
        """One of them; none when it shows nothing."""
        self.whole()
        return self._by_name.get(name)

    def combined(self, names: Sequence[str]) -> Stream | None:
        """The streams a fault is about, as one, with everything that is explained; those of the first one's kind."""
        lead = self.stream(names[0])
        if lead is None:
            return None
        parts = [one for name in sorted(set(names)) if (one := self.stream(name)) is not None]
        alike = [one for one in parts if one.family.rises == lead.family.rises and one.family.name == lead.family.name]
        if len(alike) == 1:
            return lead
        return replace(
            lead,
            count=np.sum([one.count for one in alike], axis=0),
            expected=np.sum([one.expected for one in alike], axis=0),
            known=np.mean([one.known for one in alike], axis=0),
            past=np.sum([one.past for one in alike], axis=0),
            dispersion=max(one.dispersion for one in alike),
        )

    def columns_of(self, fault: Fault) -> Columns:
        """By what merchants are told apart for a fault: by the directory as it stood."""
        places = np.flatnonzero(self.panel.flags(fault.stood)) if fault.stood else ()
        return self.columns.as_it_stood({int(one): fault.stood[self.names[one]] for one in places})

    def named(self, members: Bools) -> frozenset[str]:
        """The merchants of a mask; nobody in particular is none."""
        return frozenset(str(one) for one in self.names[members] if one)
