"""The time in which something stood that was taken back for the harm it did. What failed then is no measure of what was
wrong before: held against it, whatever is done next looks as if it had cured.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.domain.actions import Action, merchants_undone, undos_of
from app.domain.approvals import RowKind
from app.domain.receipts import ReceiptVerdict
from app.domain.signals import Signal

Spell = tuple[datetime, datetime]
NO_TIME = timedelta(0)


class HarmedTime(NamedTuple):
    """When something harmful stood, by merchant, the earliest first."""

    spells: dict[str, tuple[Spell, ...]]

    @property
    def longest(self) -> timedelta:
        """How much of its time the one has lost who lost most."""
        return max((_add_up(spells) for spells in self.spells.values()), default=NO_TIME)

    def cut_out(self, signals: Iterable[Signal]) -> list[Signal]:
        """The same as if that time had not been: what came in it is gone, and what came before it follows close on."""
        return [kept for one in signals if (kept := self._keep(one)) is not None] if self.spells else list(signals)

    def _keep(self, signal: Signal) -> Signal | None:
        at = signal.occurred_at
        spells = self.spells.get(signal.merchant_id or "", ())
        if any(began <= at < ended for began, ended in spells):
            return None
        later = _add_up([spell for spell in spells if at < spell[0]])
        return signal.changed(occurred_at=at + later) if later else signal


def find_harmed_time(rows: Sequence[Action], acted_at: datetime, settles: timedelta) -> HarmedTime:
    """What stood for whom before something was done: of each part that did harm, or that a person had taken back, from
    when it was sent until it was taken back and that had settled.
    """
    found: dict[str, list[Spell]] = {}
    for row in rows:
        began = row.executed_at
        if row.step is RowKind.UNDO or began is None or began >= acted_at:
            continue
        harmed = row.receipt is not None and row.receipt.verdict is ReceiptVerdict.HARMED
        for undo in undos_of(row, rows):
            if undo.executed_at is None or undo.executed_at > acted_at or not (harmed or undo.undo_asked_by):
                continue
            spell = (began, min(undo.executed_at + settles, acted_at))
            for name in merchants_undone([undo]):
                found.setdefault(name, []).append(spell)
    return HarmedTime({name: _join(spells) for name, spells in found.items()})


def _join(spells: Sequence[Spell]) -> tuple[Spell, ...]:
    """Apart from each other: what overlaps is one."""
    joined: list[Spell] = []
    for began, ended in sorted(spells):
        if joined and began <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ended))
        else:
            joined.append((began, ended))
    return tuple(joined)


def _add_up(spells: Iterable[Spell]) -> timedelta:
    return sum((ended - began for began, ended in spells), NO_TIME)
