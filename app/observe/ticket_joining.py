"""Brings tickets to the incidents they speak of, each by itself: what one ticket of a cluster says, and whose it is,
decides about that ticket.

A ticket joins the incident it fits best, of several that it fits alike the oldest. It is held against what is open when
it is new; later only against what has opened since, or against an incident that has come to hurt its merchant.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.config.vocabulary import Vocabulary
from app.domain.signals import Signal
from app.observe.ticket_fit import Fit, IncidentSigns, fit_of_ticket
from app.observe.tongues import Tongues


@dataclass(frozen=True)
class NewTickets:
    """What a sweep knows of the tickets it sees: which it has not seen before, and which have joined what."""

    is_new: Callable[[str], bool] = lambda signal_id: True
    joined: Mapping[str, str] | None = None
    """By signal id, the open incident it belongs to."""
    tongues: Tongues | None = None
    """A model of many languages, where one is installed."""

    def home_of(self, signal_id: str) -> str | None:
        """The open incident that a ticket belongs to already."""
        return (self.joined or {}).get(signal_id)


class Asked(NamedTuple):
    """An incident that tickets are held against; the older one comes first among those that are given."""

    signs: IncidentSigns
    is_new: bool
    newly_hurt: frozenset[str] = frozenset()
    incident_id: str | None = None


class Joined(NamedTuple):
    """The incident of a ticket, by its place among those that were asked, and why; it was there before without a
    fit.
    """

    place: int
    fit: Fit | None = None


def settle_tickets(
    tickets: Iterable[Signal], asked: Sequence[Asked], vocabulary: Vocabulary, known: NewTickets
) -> dict[str, Joined]:
    """Where each of these tickets belongs, by its id; one that fits nothing is left out."""
    homes = {one.incident_id: place for place, one in enumerate(asked) if one.incident_id}
    found: dict[str, Joined] = {}
    for ticket in tickets:
        home = known.home_of(ticket.id)
        if home is not None:
            if home in homes:
                found[ticket.id] = Joined(homes[home])
            continue
        best = _best_fit(ticket, asked, vocabulary, known)
        if best is not None:
            found[ticket.id] = best
    return found


def _best_fit(ticket: Signal, asked: Sequence[Asked], vocabulary: Vocabulary, known: NewTickets) -> Joined | None:
    """The first of the best: a tie goes to the older."""
    fresh = known.is_new(ticket.id)
    best: Joined | None = None
    for place, one in enumerate(asked):
        if not (fresh or one.is_new or ticket.merchant_id in one.newly_hurt):
            continue
        fit = fit_of_ticket(
            ticket.text(),
            one.signs,
            vocabulary,
            merchants=[ticket.merchant_id],
            when=ticket.occurred_at,
            tongues=known.tongues,
        )
        if fit.joins and (best is None or best.fit is None or fit.score > best.fit.score):
            best = Joined(place, fit)
    return best


def reasons_of(joined: Collection[Joined]) -> tuple[str, ...]:
    """Why these joined, the most frequent reasons first."""
    told = [reason for one in joined if one.fit is not None for reason in one.fit.reasons]
    return tuple(sorted(set(told), key=lambda reason: (-told.count(reason), reason)))
